/**
 * What is said in a group: leaves of messages in, messages to be shown out. Each is shown once, only when its
 * signature and its sender are good, and never after it was taken back.
 *
 * @see specification skychat §b.2, §b.3, §b.10, §b.14
 * @module
 */
import { readBody } from "../../chat/body.ts";
import { utf8Length } from "../../wire/bytes.ts";
import { checksum } from "./checksum.ts";
import type { Examined } from "./examined.ts";
import { isUnsigned } from "../../crypto/members.ts";
import type { GroupMessage } from "../group_types.ts";
import {
  HEARTBEAT_TEXT,
  type LeafPath,
  MAX_TEXT_BYTES,
  MESSAGE_PREFIX,
  type MessageLeaf,
  parseLeafPath,
} from "./leaf.ts";
import { NOT_READ, type Shown, ShownTails } from "./shown_tails.ts";
import type { Signer } from "./signer.ts";
import { type FeedCopy, SILENCED, type TalkOut, type TalkView } from "./types.ts";
import { isVouchedFor } from "./voucher.ts";
import { Parking } from "./parking.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { SharedPlaces } from "../threads/shared_places.ts";
import { isSomewhere, NOWHERE, type Place, type Proven } from "../threads/thread.ts";

interface Waiting extends FeedCopy {
  readonly at: LeafPath;
  readonly leaf: MessageLeaf;
  /** Its thread, when it is its sender's. */
  readonly proven: Proven | undefined;
}

/** The messages of one group. */
export class Talk {
  readonly #seen = new ShownTails();
  readonly #gone = new Set<string>();
  readonly #places = new SharedPlaces();
  readonly #strangers = new Parking<Waiting>();
  readonly #sealed = new Parking<Waiting>();
  readonly #refused = new Parking<Waiting>();
  #hasMissed = false;
  /** More was hidden or refused than may wait: whichever decision allows it, it has to be read again then. */
  #hasLostRefused = false;

  /** A group in which nothing was said yet. @param view  The group as it is when it is asked. */
  constructor(private readonly view: TalkView, private readonly signer: Signer) {}

  /** Remembers a message that was shown before with its text. */
  remember(tail: string): void {
    this.#seen.put(tail, { sum: NOT_READ, isSealed: false, hasThread: false });
  }

  /** Takes a leaf of a feed. */
  take(path: string, value: Uint8Array): TalkOut[] {
    const at = parseLeafPath(path);
    if (at === undefined) return [];
    const refused = this.#refused.get(at.tail);
    if (refused !== undefined && this.#sumOf(refused.value) === this.#sumOf(value)) return [];
    const seen = this.#seen.get(at.tail);
    if (
      seen !== undefined && (!seen.isSealed || this.#sealed.has(at.tail)) && this.#isSame(seen, path, value)
    ) {
      return [];
    }
    const examined = this.#examine(at, value);
    if (typeof examined === "string") return [dropped(path, examined)];
    const { leaf, proof, proven } = examined;
    if (proof === "unsigned" && !this.#takesUnsigned(leaf, at)) return [dropped(path, "it is not signed")];
    const outs = this.#show({ path, value, at, leaf, proven });
    return refused === undefined && this.#refused.has(at.tail) ? [...outs, dropped(path, SILENCED)] : outs;
  }

  /** Tries again what waits for a member, for the right to speak, or for a key. */
  retry(): TalkOut[] {
    return [...this.#strangers.takeAll(), ...this.#refused.takeAll(), ...this.#sealed.takeAll()]
      .flatMap((waiting) => this.#show(waiting));
  }

  /**
   * Whether something that waits had to go since the last call, or of what was refused ever: only who reads all feeds
   * again finds it.
   */
  takeMissed(): boolean {
    const rooms = [this.#strangers, this.#sealed];
    this.#hasLostRefused ||= this.#refused.takeLost();
    const hasMissed = rooms.map((room) => room.takeLost()).includes(true) || this.#hasMissed ||
      this.#hasLostRefused;
    this.#hasMissed = false;
    return hasMissed;
  }

  /**
   * What was shown and may no longer be, as is known now; each comes back when it may again.
   * @param leafOf  The value of a message where it is still at hand.
   * @returns Tails.
   */
  judgeAgain(leafOf: (path: string) => Uint8Array | undefined): string[] {
    const hidden: string[] = [];
    for (const tail of this.#seen.tails()) {
      const path = `${MESSAGE_PREFIX}/${tail}`;
      const at = parseLeafPath(path);
      if (at?.sender === undefined || this.view.judge(at.sender, at.tsNs) === "shown") continue;
      hidden.push(tail);
      this.#seen.forget(tail);
      const value = leafOf(path);
      const examined = value && this.#examine(at, value);
      if (value === undefined || typeof examined !== "object") this.#hasMissed = true;
      else this.#refused.put(tail, { path, value, at, leaf: examined.leaf, proven: examined.proven });
    }
    return hidden;
  }

  #takesUnsigned(leaf: MessageLeaf, { seq: counter }: LeafPath): boolean {
    const { groupId, founder, takesUnsigned } = this.view;
    return takesUnsigned || isVouchedFor({ groupId, counter, leaf }, founder, this.signer);
  }

  /** Whether it is what was read before: most of it lies in our own feed too. */
  #isSame({ sum }: Shown, path: string, value: Uint8Array): boolean {
    if (sum === NOT_READ) return false;
    return this.view.isKept(path, value) || sum === this.#sumOf(value);
  }

  #sumOf(value: Uint8Array): number {
    return checksum(value, this.view.secret);
  }

  #examine(at: LeafPath, value: Uint8Array): Examined | string {
    return this.view.examine(at, value, this.view.groupId, this.signer);
  }

  #show(waiting: Waiting): TalkOut[] {
    const { at: { tail }, leaf } = waiting;
    const verdict = this.view.judge(leaf.sender, leaf.tsNs);
    const noted = verdict === "wait" ? [] : this.#note(waiting);
    // Taking back is no speaking: whoever may not speak may still do that.
    const isShown = verdict === "shown" || verdict === "silenced" && this.#isTombstone(waiting);
    if (isShown) return [...noted, ...this.#showNow(waiting)];
    (verdict === "wait" ? this.#strangers : this.#refused).put(tail, waiting);
    return noted;
  }

  #isTombstone({ leaf, proven }: Waiting): boolean {
    if (proven !== undefined && isSomewhere(proven.thread.removes)) return true;
    const text = this.view.isPrivate ? this.view.open(leaf)?.text : leaf.text;
    return text !== undefined && readBody(text)?.kind === "delete";
  }

  #note({ path, value, leaf: { sender, tsNs }, proven }: Waiting): TalkOut[] {
    if (proven === undefined) return [];
    const { inc, seq } = proven.thread;
    this.#places.note(sender, proven.thread, path, this.view.ledger.pathOf(sender, proven.thread));
    if (!this.view.ledger.note(sender, proven, tsNs, path)) return [];
    return [{ kind: "noted", author: sender, place: { inc, seq }, leaf: { path, value } }];
  }

  #showNow(waiting: Waiting): TalkOut[] {
    const { path, value, at: { tail }, leaf, proven } = waiting;
    const before = this.#seen.get(tail);
    if (proven?.thread.seq === 0n) return this.#alive(waiting, before);
    const seen = { sum: this.#sumOf(value), hasThread: proven !== undefined || before?.hasThread === true };
    if (before?.isSealed === false) {
      this.#seen.put(tail, { ...seen, isSealed: false });
      // What was taken back is not copied again, though somebody sealed it anew.
      if (leaf.d2 !== undefined) {
        return this.#isGone(waiting) ? [] : [{ kind: "resealed", copy: { path, value } }];
      }
      return proven && !before.hasThread ? [{ kind: "threaded", copy: { path, value } }] : [];
    }
    const doubles = this.#doublesOf(waiting);
    if (doubles === undefined) {
      // An old founder says everything of ours once more.
      return isUnsigned(leaf.signature) ? [] : [dropped(path, "it was said already, under another number")];
    }
    if (this.view.isPrivate && leaf.ciphertext.length === 0) {
      return [dropped(path, "it is in clear in a private group")];
    }
    const opened = this.view.isPrivate ? this.view.open(leaf) : { text: leaf.text, audience: [] };
    const text = opened?.text;
    if (text !== undefined && utf8Length(text) > MAX_TEXT_BYTES) return [dropped(path, "it is too long")];
    if (text === HEARTBEAT_TEXT) return [...doubles, ...this.#alive(waiting, before)];
    if (text !== undefined && isUnsigned(leaf.signature) && readBody(text)?.kind === "delete") {
      return [dropped(path, "it takes back, and is not signed")]; // only its author may, and anybody could have said it
    }
    const isSealed = text === undefined;
    this.#seen.put(tail, { ...seen, isSealed });
    if (isSealed) this.#sealed.put(tail, waiting);
    if (isSealed && before !== undefined) {
      if (leaf.d2 === undefined || this.#isGone(waiting)) return doubles;
      return [...doubles, { kind: "resealed", copy: { path, value } }];
    }
    const copy = before === undefined || leaf.d2 !== undefined ? { path, value } : undefined;
    const unseal: TalkOut[] = before === undefined ? [] : [{ kind: "hidden", tail, path, stays: true }];
    const removed = this.#removedBy(waiting, text);
    if (removed !== undefined) {
      return [...doubles, ...unseal, { ...removed, copy }, ...this.#alsoRemoved(removed)];
    }
    if (this.#isGone(waiting)) return [...doubles, ...unseal];
    const proof = isUnsigned(leaf.signature) ? "unsigned" : "signed"; // a forged one has not come so far
    const { sender, tsNs, signature } = leaf;
    const audience = opened?.audience ?? [];
    const message: GroupMessage = { tail, sender, tsNs, text, audience, proof, signature };
    return [...doubles, { kind: "message", message, copy }];
  }

  /** Whether its author has taken it back. */
  #isGone({ at: { tail }, leaf, proven }: Waiting): boolean {
    return this.#gone.has(timeOf(tail)) ||
      proven !== undefined && this.view.ledger.of(leaf.sender)?.isRemoved(proven.thread) === true;
  }

  /** A heartbeat; one that was shown before its key came is taken away. */
  #alive({ path, at: { tail }, leaf }: Waiting, before: Shown | undefined): TalkOut[] {
    this.#seen.forget(tail);
    const alive: TalkOut = { kind: "alive", sender: leaf.sender, tsNs: leaf.tsNs };
    return before === undefined ? [alive] : [{ kind: "hidden", tail, path, stays: false }, alive];
  }

  /**
   * A message of the same sender and time under another counter is the same one: the counter is signed only by its
   * thread. What has a thread takes the place of what has none.
   * @returns undefined: this one is the double.
   */
  #doublesOf({ at: { tail }, proven }: Waiting): TalkOut[] | undefined {
    const other = this.#seen.at(timeOf(tail));
    if (other === undefined || other === tail) return [];
    if (proven === undefined) return undefined;
    if (this.#seen.get(other)?.hasThread !== false) return [];
    this.#seen.forget(other);
    return [{ kind: "hidden", tail: other, path: `${MESSAGE_PREFIX}/${other}`, stays: false }];
  }

  /** A place holds one message: what a liar said besides in the one that it takes back goes too, also what we know alone. */
  #alsoRemoved({ sender, place }: { sender: PublicKeyHex; place: Place }): TalkOut[] {
    const there = isSomewhere(place) ? this.view.ledger.pathOf(sender, place) : undefined;
    return [...this.#places.of(sender, place), there].flatMap((path): TalkOut[] => {
      const at = path === undefined ? undefined : parseLeafPath(path);
      if (at === undefined || this.#gone.has(`${sender}/${at.tsNs}`)) return [];
      this.#gone.add(`${sender}/${at.tsNs}`);
      const tail = this.#seen.at(`${sender}/${at.tsNs}`);
      return [{ kind: "gone", sender, tsNs: at.tsNs, tail, place, copy: undefined }];
    });
  }

  /** What a tombstone takes back; its thread says so also to who can't open it. */
  #removedBy({ leaf: { sender }, proven }: Waiting, text: string | undefined) {
    const body = text === undefined ? undefined : readBody(text);
    const place = proven?.thread.removes ?? NOWHERE;
    if (body?.kind !== "delete" && !(body === undefined && isSomewhere(place))) return undefined;
    const path = isSomewhere(place) ? this.view.ledger.pathOf(sender, place) : undefined;
    const at = path === undefined ? undefined : parseLeafPath(path);
    const tsNs = body?.kind === "delete" ? body.toTsNano : at?.tsNs;
    if (tsNs === undefined) return { kind: "gone", sender, tsNs: 0n, tail: undefined, place } as const;
    this.#gone.add(`${sender}/${tsNs}`);
    return { kind: "gone", sender, tsNs, tail: this.#seen.at(`${sender}/${tsNs}`), place } as const;
  }
}

/** `<sender>/<nanoseconds>` of a tail. */
const timeOf = (tail: string): string => tail.slice(0, tail.lastIndexOf("/"));

const dropped = (path: string, reason: string): TalkOut => ({ kind: "dropped", path, reason });
