/**
 * What is said in a group: leaves of messages in, messages to be shown out. Each is shown once, only when its
 * signature and its sender are good, and never after it was taken back.
 *
 * @see specification skychat §b.2, §b.3, §b.10, §b.14
 * @module
 */
import { readBody } from "../chat/body.ts";
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { GroupMessage } from "./group_types.ts";
import {
  HEARTBEAT_TEXT,
  type LeafPath,
  MESSAGE_PREFIX,
  type MessageLeaf,
  openLeaf,
  parseLeafPath,
  proofOf,
  readLeaf,
  type Signer,
} from "./leaf.ts";
import { Parking } from "./parking.ts";
import type { Verdict } from "./gate.ts";

/** How many tails are remembered at most; a feed holds 500 of each writer. */
const MAX_SEEN = 50_000;

/** What a talk asks of the rest of the group. */
export interface TalkView {
  /** Whether texts are sealed. */
  readonly isPrivate: boolean;
  /** Whether leaves without a signature are shown, as unverified. */
  readonly takesUnsigned: boolean;
  /** Keys to open with, the current one first. */
  keys(): readonly Uint8Array[];
  /** See gate.ts. */
  judge(sender: PublicKeyHex, tsNs: bigint): Verdict;
}

/** What follows from a leaf. */
export type TalkOut =
  | { readonly kind: "message"; readonly message: GroupMessage; readonly copy: FeedCopy | undefined }
  | {
    readonly kind: "gone";
    readonly sender: PublicKeyHex;
    readonly tsNs: bigint;
    /** Of the message, when it was shown here. */
    readonly tail: string | undefined;
    readonly copy: FeedCopy | undefined;
  }
  | { readonly kind: "alive"; readonly sender: PublicKeyHex; readonly tsNs: bigint }
  /** It was shown as sealed, and is nothing to be shown: a heartbeat, or a message that was taken back. */
  | { readonly kind: "hidden"; readonly tail: string; readonly path: string }
  | { readonly kind: "dropped"; readonly path: string; readonly reason: string };

/** A leaf as it came, for whoever copies it. */
export interface FeedCopy {
  /** Its path. */
  readonly path: string;
  /** Its value. */
  readonly value: Uint8Array;
}

interface Waiting extends FeedCopy {
  readonly at: LeafPath;
  readonly leaf: MessageLeaf;
}

/** The messages of one group. */
export class Talk {
  /** Tails of what was shown, and whether it was still sealed then. */
  readonly #seen = new Map<string, boolean>();
  readonly #gone = new Set<string>();
  readonly #strangers = new Parking<Waiting>();
  readonly #sealed = new Parking<Waiting>();
  readonly #refused = new Parking<Waiting>();
  #hasMissed = false;

  /** A group in which nothing was said yet. @param view  The group as it is when it is asked. */
  constructor(private readonly view: TalkView, private readonly signer: Signer) {}

  /** Remembers a message that was shown before. @param isSealed  Whether it could not be opened. */
  remember(tail: string, isSealed = false): void {
    this.#seen.set(tail, isSealed);
    if (this.#seen.size > MAX_SEEN) this.#seen.delete(this.#seen.keys().next().value!);
  }

  /** Remembers that something was taken back. */
  forget(sender: PublicKeyHex, tsNs: bigint): void {
    this.#gone.add(`${sender}/${tsNs}`);
  }

  /** Takes a leaf of a feed. */
  take(path: string, value: Uint8Array): TalkOut[] {
    const at = parseLeafPath(path);
    if (at === undefined || this.#isKnown(at.tail)) return [];
    const leaf = readLeaf(value);
    if (leaf === undefined) return [dropped(path, "it is no message")];
    if (at.tsNs !== leaf.tsNs || at.sender !== undefined && at.sender !== leaf.sender) {
      return [dropped(path, "its path is another message's")];
    }
    const proof = proofOf(leaf, this.signer);
    if (proof === "forged") return [dropped(path, "its signature is not its sender's")];
    if (proof === "unsigned" && !this.view.takesUnsigned) return [dropped(path, "it is not signed")];
    const outs = this.#show({ path, value, at, leaf });
    return this.#refused.has(at.tail) ? [...outs, dropped(path, "its sender may not speak")] : outs;
  }

  /** Tries again what waits for a member, for the right to speak, or for a key. */
  retry(): TalkOut[] {
    return [...this.#strangers.takeAll(), ...this.#refused.takeAll(), ...this.#sealed.takeAll()]
      .flatMap((waiting) => this.#show(waiting));
  }

  /** Whether something that waits had to go since the last call: only who reads all feeds again finds it. */
  takeMissed(): boolean {
    const rooms = [this.#strangers, this.#refused, this.#sealed];
    const hasMissed = rooms.map((room) => room.takeLost()).includes(true) || this.#hasMissed;
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
    for (const tail of [...this.#seen.keys()]) {
      const path = `${MESSAGE_PREFIX}/${tail}`;
      const at = parseLeafPath(path);
      if (at?.sender === undefined || this.view.judge(at.sender, at.tsNs) === "shown") continue;
      hidden.push(tail);
      this.#seen.delete(tail);
      const value = leafOf(path);
      const leaf = value && readLeaf(value);
      if (value !== undefined && leaf !== undefined) this.#refused.put(tail, { path, value, at, leaf });
      else this.#hasMissed = true;
    }
    return hidden;
  }

  /** Shown with its text, or waiting; what was sealed and has lost its place in the room is looked at again. */
  #isKnown(tail: string): boolean {
    return this.#seen.get(tail) === false || this.#refused.has(tail) || this.#sealed.has(tail);
  }

  #show(waiting: Waiting): TalkOut[] {
    const { path, value, at: { tail }, leaf } = waiting;
    const verdict = this.view.judge(leaf.sender, leaf.tsNs);
    if (verdict !== "shown") {
      (verdict === "wait" ? this.#strangers : this.#refused).put(tail, waiting);
      return [];
    }
    if (this.view.isPrivate && leaf.ciphertext.length === 0) {
      return [dropped(path, "it is in clear in a private group")];
    }
    const text = this.view.isPrivate ? openLeaf(leaf, this.view.keys()) : leaf.text;
    const wasSealed = this.#seen.has(tail);
    const unseal: TalkOut[] = wasSealed ? [{ kind: "hidden", tail, path }] : [];
    if (text === HEARTBEAT_TEXT) {
      this.#seen.delete(tail);
      return [...unseal, { kind: "alive", sender: leaf.sender, tsNs: leaf.tsNs }];
    }
    this.remember(tail, text === undefined);
    const copy = wasSealed ? undefined : { path, value };
    if (text === undefined) this.#sealed.put(tail, waiting);
    if (text === undefined && wasSealed) return [];
    const retracted = text === undefined ? undefined : readBody(text);
    if (retracted?.kind === "delete") {
      this.forget(leaf.sender, retracted.toTsNano);
      const prefix = `${leaf.sender}/${retracted.toTsNano}/`;
      const shown = [...this.#seen.keys()].find((known) => known.startsWith(prefix));
      return [...unseal, { kind: "gone", sender: leaf.sender, tsNs: retracted.toTsNano, tail: shown, copy }];
    }
    if (this.#gone.has(`${leaf.sender}/${leaf.tsNs}`)) return unseal;
    const proof = proofOf(leaf, this.signer) === "unsigned" ? "unsigned" : "signed";
    const { sender, tsNs, signature } = leaf;
    const message: GroupMessage = { tail, sender, tsNs, text, proof, signature };
    return [{ kind: "message", message, copy }];
  }
}

const dropped = (path: string, reason: string): TalkOut => ({ kind: "dropped", path, reason });
