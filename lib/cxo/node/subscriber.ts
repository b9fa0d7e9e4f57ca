/**
 * Filling: a Root that somebody shows, and the objects that are missing for it, asked of all who have it, many at once.
 *
 * @see specification cxo §5, §9.4; lib/cxo/README.md "Subscriber"
 * @module
 */
import { equal } from "../../wire/bytes.ts";
import { ProtocolError } from "../../wire/errors.ts";
import type { RootMessage } from "../connection/message.ts";
import type { Feed } from "../feed/feed.ts";
import { topKeyOf } from "../feed/feed.ts";
import { isPacked, type Kept } from "../feed/kept.ts";
import { malformed } from "../objects/codec.ts";
import { type HashKey, hashKey, nameOf } from "../objects/hash.ts";
import { REGISTRY_REF } from "../objects/registry.ts";
import { decodeRoot, isStorable, type Scheme, type SignedRoot } from "../objects/root.ts";

/** Requests on the way to one peer. Go serves them side by side and queues 256 frames. */
export const WINDOW = 128;
/** Trees that were given up for newer ones, and whose objects are kept until one is complete. */
const MAX_DONORS = 8;
/** Heads of a feed whose last number is remembered; Go's nominal limit. */
const MAX_HEADS = 10;

/** Who can be asked. */
export interface Source {
  /** Requests that wait for its answer, of all feeds. */
  readonly waiting: number;
  /** Asks for an object; the answer comes back with the object. */
  ask(object: Kept): void;
}

/** What became of a Root that was shown. */
export type Verdict =
  /** Not newer than what is here or being filled. */
  | { readonly kind: "old" }
  /** It is being filled. */
  | { readonly kind: "filling" }
  /** Not validly signed, not a Root, or not a tree: the peer or the feed's owner is wrong. */
  | { readonly kind: "bad"; readonly reason: string };

/** Reads and checks the Root of a message. @throws {ProtocolError} by peer. */
export function verifiedRoot(message: RootMessage, scheme: Pick<Scheme, "verify">): SignedRoot {
  if (!scheme.verify(message.feed, message.signature, message.value)) throw malformed("Root: bad signature");
  const encoded = message.value.slice();
  const root = decodeRoot(encoded);
  const agrees = equal(root.feed, message.feed) && root.nonce === message.nonce && root.seq === message.seq;
  if (!agrees) throw malformed("Root: it names another feed, head or place than its message");
  if (!isStorable(root)) throw malformed("Root: Prev and Seq do not fit, or it has no time");
  const signed = { root, encoded, hash: nameOf(encoded), signature: message.signature.slice() };
  topKeyOf(signed); // refuses what is no tree
  return signed;
}

/** The reader's side of one feed. */
export class Filler {
  readonly #feed: Feed;
  /** What another feed of the node has. */
  readonly #find: (key: HashKey) => Kept | undefined;
  readonly #window: number;
  #target: { signed: SignedRoot; top: HashKey | undefined } | undefined;
  #donors: HashKey[] = [];
  readonly #sources = new Set<Source>();
  /** Last number of each head of which a Root was complete here. */
  readonly #lastSeq = new Map<bigint, bigint>();
  /** The Root that can't be filled by anybody: its content is wrong. */
  #rejected: Uint8Array | undefined;
  #hasRegistry = false;

  /**
   * Nothing is being filled.
   * @param find  Looks elsewhere before a peer is asked.
   * @param window  Requests on the way to one peer.
   */
  constructor(feed: Feed, find: (key: HashKey) => Kept | undefined, window = WINDOW) {
    this.#feed = feed;
    this.#find = find;
    this.#window = window;
  }

  /** The Root that is being filled. */
  get target(): SignedRoot | undefined {
    return this.#target?.signed;
  }

  /** Whether somebody can be asked. */
  get hasSources(): boolean {
    return this.#sources.size > 0;
  }

  /** Whether a Root of this place in the chain could be taken: asked before its signature is looked at. */
  isNews(nonce: bigint, seq: bigint): boolean {
    const last = this.#lastSeq.get(nonce);
    return last === undefined || seq > last;
  }

  /**
   * Takes a Root that was verified.
   * @param source  Who showed it, and is asked for its objects.
   * @param always  Also when one of its place is here: a fork of our own feed.
   */
  offer(signed: SignedRoot, source: Source, always = false): Verdict {
    if (this.#rejected && equal(this.#rejected, signed.hash)) return { kind: "old" };
    if (this.#target && equal(this.#target.signed.hash, signed.hash)) {
      this.#sources.add(source);
      return { kind: "filling" };
    }
    const reference = this.#target?.signed ?? this.#feed.last;
    const isNews = this.isNews(signed.root.nonce, signed.root.seq) && isLater(signed, reference);
    if (!isNews && !always) return { kind: "old" };
    try {
      this.#aim(signed);
    } catch (error) {
      return this.#fail(signed, error);
    }
    this.#sources.clear();
    this.#sources.add(source);
    return { kind: "filling" };
  }

  /** A peer that can't be asked any more, or did not have an object. */
  drop(source: Source): void {
    this.#sources.delete(source);
  }

  /**
   * Asks for what is missing, as far as the windows of the sources reach.
   * @returns The Root when it is complete: it is held, and its Filler is done with it.
   * @throws {ProtocolError} by peer: the tree is wrong. It is given up.
   */
  pump(): SignedRoot | undefined {
    if (this.#target === undefined) return undefined;
    try {
      for (let source = this.#idlest(); source !== undefined; source = this.#idlest()) {
        const object = this.#feed.objects.takeWanted();
        if (object === undefined) break;
        const same = this.#find(object.key);
        if (same === undefined) source.ask(object);
        else this.#feed.objects.supply(object, same.bytes!, same);
      }
      return this.#complete();
    } catch (error) {
      throw this.#abandon(error);
    }
  }

  /**
   * An object has come; what is kept of its bytes is copied here.
   * @throws {ProtocolError} by peer: the tree is wrong. It is given up.
   */
  supply(object: Kept, bytes: Uint8Array): void {
    try {
      this.#feed.objects.supply(object, isPacked(object.kind, bytes.length) ? bytes : bytes.slice());
    } catch (error) {
      throw this.#abandon(error);
    }
  }

  /** An object did not come. */
  putBack(object: Kept): void {
    this.#feed.objects.putBack(object);
  }

  /** Takes a Root as complete that came about otherwise: loaded, or our own. */
  adopt(signed: SignedRoot): void {
    const { nonce, seq } = signed.root;
    this.#lastSeq.delete(nonce);
    this.#lastSeq.set(nonce, seq);
    if (this.#lastSeq.size > MAX_HEADS) this.#lastSeq.delete(this.#lastSeq.keys().next().value!);
  }

  /** Gives up what is being filled. */
  cancel(): void {
    if (this.#target?.top !== undefined) this.#donors.push(this.#target.top);
    this.#target = undefined;
    this.#sources.clear();
    this.#releaseDonors(0);
  }

  #aim(signed: SignedRoot): void {
    const { objects } = this.#feed;
    const top = topKeyOf(signed);
    if (top !== undefined) objects.aim(top, "node");
    const before = this.#target?.top;
    this.#target = { signed, top };
    if (before !== undefined) this.#donors.push(before);
    this.#releaseDonors(MAX_DONORS);
    if (this.#hasRegistry) return;
    // The first thing that a Go subscriber asks for; the last one named is asked for first.
    objects.hold(hashKey(REGISTRY_REF), "registry");
    this.#hasRegistry = true;
  }

  /** The source with the fewest requests on the way, when there is one with room. */
  #idlest(): Source | undefined {
    let idlest: Source | undefined;
    for (const source of this.#sources) {
      if (source.waiting < this.#window && (idlest === undefined || source.waiting < idlest.waiting)) {
        idlest = source;
      }
    }
    return idlest;
  }

  #complete(): SignedRoot | undefined {
    const { signed, top } = this.#target!;
    if (top !== undefined && this.#feed.objects.get(top)?.summary === undefined) return undefined;
    this.#target = undefined;
    this.#sources.clear();
    this.#releaseDonors(0);
    this.adopt(signed);
    return signed;
  }

  #releaseDonors(most: number): void {
    while (this.#donors.length > most) this.#feed.objects.release(this.#donors.shift()!);
  }

  #fail(signed: SignedRoot, error: unknown): Verdict {
    if (!(error instanceof ProtocolError)) throw error;
    this.#rejected = signed.hash;
    return { kind: "bad", reason: error.message };
  }

  /** Half of a wrong tree may be shared with what was given up for it: all of it goes. */
  #abandon(error: unknown): unknown {
    if (!(error instanceof ProtocolError)) return error;
    this.#rejected = this.#target?.signed.hash;
    this.cancel();
    return error;
  }
}

/** Whether a Root is after another: in another head by time, in the same one by number. */
function isLater({ root }: SignedRoot, than: SignedRoot | undefined): boolean {
  if (than === undefined) return true;
  return root.nonce === than.root.nonce ? root.seq > than.root.seq : root.timeNs > than.root.timeNs;
}
