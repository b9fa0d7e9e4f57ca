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
  readonly #seen = new Set<string>();
  readonly #gone = new Set<string>();
  readonly #strangers = new Parking<Waiting>();
  readonly #sealed = new Parking<Waiting>();
  readonly #refused = new Parking<Waiting>();

  /** A group in which nothing was said yet. @param view  The group as it is when it is asked. */
  constructor(private readonly view: TalkView, private readonly signer: Signer) {}

  /** Remembers a message that was shown before. */
  remember(tail: string): void {
    this.#seen.add(tail);
    if (this.#seen.size > MAX_SEEN) this.#seen.delete(this.#seen.values().next().value!);
  }

  /** Remembers that something was taken back. */
  forget(sender: PublicKeyHex, tsNs: bigint): void {
    this.#gone.add(`${sender}/${tsNs}`);
  }

  /** Takes a leaf of a feed. */
  take(path: string, value: Uint8Array): TalkOut[] {
    const at = parseLeafPath(path);
    if (at === undefined || this.#seen.has(at.tail) || this.#refused.has(at.tail)) return [];
    const leaf = readLeaf(value);
    if (leaf === undefined) return [dropped(path, "it is no message")];
    if (at.tsNs !== leaf.tsNs || at.sender !== undefined && at.sender !== leaf.sender) {
      return [dropped(path, "its path is another message's")];
    }
    const proof = proofOf(leaf, this.signer);
    if (proof === "forged") return [dropped(path, "its signature is not its sender's")];
    if (proof === "unsigned" && !this.view.takesUnsigned) return [dropped(path, "it is not signed")];
    return this.#show({ path, value, at, leaf });
  }

  /** Tries again what waits for a member, for the right to speak, or for a key. */
  retry(): TalkOut[] {
    return [...this.#strangers.takeAll(), ...this.#refused.takeAll(), ...this.#sealed.takeAll()]
      .flatMap((waiting) => this.#show(waiting));
  }

  /** Takes a message that was shown and may no longer be; it comes back when it may again. */
  hide(path: string, value: Uint8Array): void {
    const at = parseLeafPath(path);
    const leaf = readLeaf(value);
    if (at === undefined || leaf === undefined) return;
    this.#seen.delete(at.tail);
    this.#refused.put(at.tail, { path, value, at, leaf });
  }

  #show(waiting: Waiting): TalkOut[] {
    const { path, value, at: { tail }, leaf } = waiting;
    const verdict = this.view.judge(leaf.sender, leaf.tsNs);
    if (verdict === "wait") {
      this.#strangers.put(tail, waiting);
      return [];
    }
    if (verdict === "refused") {
      this.#refused.put(tail, waiting);
      return [dropped(path, "its sender may not speak")];
    }
    if (this.view.isPrivate && leaf.ciphertext.length === 0) {
      return [dropped(path, "it is in clear in a private group")];
    }
    const text = this.view.isPrivate ? openLeaf(leaf, this.view.keys()) : leaf.text;
    if (text === HEARTBEAT_TEXT) return [{ kind: "alive", sender: leaf.sender, tsNs: leaf.tsNs }];
    const wasSealed = this.#seen.has(tail); // shown already as sealed, and opened only now
    this.remember(tail);
    if (text === undefined) {
      this.#sealed.put(tail, waiting);
      if (wasSealed) return [];
    }
    const copy = wasSealed ? undefined : { path, value };
    const retracted = text === undefined ? undefined : readBody(text);
    if (retracted?.kind === "delete") {
      this.forget(leaf.sender, retracted.toTsNano);
      const prefix = `${leaf.sender}/${retracted.toTsNano}/`;
      const shown = [...this.#seen].find((known) => known.startsWith(prefix));
      return [{ kind: "gone", sender: leaf.sender, tsNs: retracted.toTsNano, tail: shown, copy }];
    }
    if (this.#gone.has(`${leaf.sender}/${leaf.tsNs}`)) return [];
    const proof = proofOf(leaf, this.signer) === "unsigned" ? "unsigned" : "signed";
    const { sender, tsNs, signature } = leaf;
    const message: GroupMessage = { tail, sender, tsNs, text, proof, signature };
    return [{ kind: "message", message, copy }];
  }
}

const dropped = (path: string, reason: string): TalkOut => ({ kind: "dropped", path, reason });
