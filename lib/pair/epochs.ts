/**
 * The epochs of a pair: our secrets by generation, the peer's announcements, and which secret is due to be erased.
 *
 * A side always writes for the newest generation of the other that it knows. So once the peer is known to use a newer
 * announcement of ours, and all that it wrote before has been read, older secrets are of no use to us: they go.
 *
 * @see specification skychat §c.2 "Ratchet epochs"; lib/pair/README.md "Secrets"
 * @module
 */
import { type KeyPair, keyPairOf, type PublicKeyHex } from "../crypto/keys.ts";
import { toHex } from "../wire/bytes.ts";
import { type PairEpoch, pairEpoch, pairEpochId } from "./keys.ts";
import { FIRST_BY_CLOCK, KEPT_EPOCHS } from "./ratchet.ts";
import type { KnownRatchet, RatchetState } from "./record.ts";

/** An epoch that can be opened. */
interface Named {
  readonly own: bigint;
  readonly peer: PublicKeyHex;
  epoch?: PairEpoch;
}

/** The epochs that can be opened. */
export class Epochs {
  readonly #own = new Map<bigint, KeyPair>();
  /** The peer's keys, and when each was announced: its numbers begin anew when it has lost its keys. */
  readonly #peer = new Map<PublicKeyHex, bigint>();
  /** By id in hex: which two keys, and their key once it was needed. */
  readonly #ids = new Map<string, Named>();

  /** The epochs of some secrets; none can be named before an announcement. @param secrets  Of our generations, 32 bytes each. */
  constructor(secrets: ReadonlyMap<bigint, Uint8Array>) {
    for (const [generation, secret] of secrets) this.add(generation, keyPairOf(secret));
  }

  /** Our secrets, by generation. */
  get secrets(): ReadonlyMap<bigint, Uint8Array> {
    return new Map([...this.#own].map(([generation, { secret }]) => [generation, secret]));
  }

  /** A generation of ours. */
  add(generation: bigint, pair: KeyPair): void {
    this.#own.set(generation, pair);
    for (const pk of this.#peer.keys()) this.#name(generation, pair.pk, pk);
  }

  /** An announcement of the peer's; of very many the oldest go. */
  announced({ ratchet, issuedAtNs }: Pick<KnownRatchet, "ratchet" | "issuedAtNs">): void {
    this.#peer.set(ratchet, issuedAtNs);
    for (const [own, pair] of this.#own) this.#name(own, pair.pk, ratchet);
    if (this.#peer.size <= KEPT_EPOCHS) return;
    const [oldest] = [...this.#peer].reduce((a, b) => b[1] < a[1] ? b : a);
    this.#peer.delete(oldest);
    for (const [id, it] of this.#ids) if (it.peer === oldest) this.#ids.delete(id);
  }

  /**
   * The epoch to seal in; undefined before the peer's first announcement. Of ours it has the newest generation, unless
   * the peer is a Go program, which keeps its newest secret alone: one that it replaced before it heard of a new key of
   * ours opens nothing between the two. So it is the oldest one that is here, which it had before.
   */
  toSeal({ generation, peer }: RatchetState, isGo: boolean): PairEpoch | undefined {
    // It heeds none from before a number that is the clock's.
    const heeded = [...this.#own.keys()].filter((one) =>
      one >= FIRST_BY_CLOCK || generation < FIRST_BY_CLOCK
    );
    const own = isGo ? heeded.sort(byNumber)[0] : generation;
    const pair = this.#own.get(own);
    return pair && this.named(pairEpochId(pair.pk, peer.ratchet))?.epoch;
  }

  /** The epoch of an id, and our generation in it; undefined when no key of ours opens it. */
  named(id: Uint8Array): { readonly epoch: PairEpoch; readonly own: bigint } | undefined {
    const found = this.#ids.get(toHex(id));
    return found && { epoch: this.#keyOf(found), own: found.own };
  }

  /**
   * Erases what is due.
   * @param held  Our generation that the peer uses from now on; older ones go. Beyond {@link KEPT_EPOCHS} the oldest behind it go.
   * @returns Whether something went.
   */
  erase(held: bigint): boolean {
    const kept = [...this.#own.keys()].filter((generation) => generation >= held).sort(byNumber);
    const over = Math.max(0, kept.length - KEPT_EPOCHS);
    kept.splice(1, over); // the first is what the peer has for certain
    const gone = [...this.#own.keys()].filter((generation) => !kept.includes(generation));
    for (const generation of gone) {
      this.#own.delete(generation);
      for (const [id, { own }] of this.#ids) if (own === generation) this.#ids.delete(id);
    }
    return gone.length > 0;
  }

  #keyOf(named: Named): PairEpoch {
    return named.epoch ??= pairEpoch(this.#own.get(named.own)!, named.peer);
  }

  #name(own: bigint, ownPk: PublicKeyHex, peer: PublicKeyHex): void {
    this.#ids.set(toHex(pairEpochId(ownPk, peer)), { own, peer });
  }
}

const byNumber = (a: bigint, b: bigint): number => a < b ? -1 : 1;
