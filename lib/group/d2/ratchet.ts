/**
 * The pairs of a D2 group: every two members, and each with itself. Each member announces a fresh key in its feed, and two
 * keys give an epoch of their pair, as the ratchet keys of two contacts do. So members are paired by being in, and nobody
 * is asked.
 *
 * @see docs/d2.md "Pairs"
 * @module
 */
import { sha256 } from "../../crypto/hash.ts";
import { generateKeyPair, type KeyPair, keyPairOf, type PublicKeyHex } from "../../crypto/keys.ts";
import { type PairEpoch, pairEpoch } from "../../pair/keys.ts";
import type { Random } from "../../sys/random.ts";
import { concat, fromHex, toHex, u64Bytes, utf8 } from "../../wire/bytes.ts";
import type { Signer } from "../talk/signer.ts";
import { uuidBytes } from "../record/uuid.ts";

/** Where announcements lie in a feed, by whose they are. */
export const RATCHET_PREFIX = "d2";
const DOMAIN = utf8("dmsg d2 ratchet v1");
const [PK_BYTES, SIGNATURE_BYTES] = [33, 65];
/** issuer 33 ‖ u64 ns ‖ ratchet 33; behind it the signature. */
const HEAD_BYTES = PK_BYTES + 8 + PK_BYTES;
const DAY_NS = 24n * 3600n * 1_000_000_000n;
/** A key serves for a day, as a pair's does (§c.2). */
const GENERATION_AGE_NS = DAY_NS;
/** What was wrapped under a key opens this long after the next one: then the feeds have brought it everywhere. */
const KEPT_NS = 7n * DAY_NS;
/** Who is cut off announces its own key each day, so it has learnt of no key of ours later than this after its last one. */
const UNHEARD_NS = 2n * DAY_NS;
/** A secret that is due goes so much later: who was cut off is read first, and so is what waited while we were. */
const SETTLED_NS = 600n * 1_000_000_000n;
/** Most of our secrets, whatever the clock says: a week's, and those of some who stay away. */
const MAX_OWN = 32;
/** Of two programs with one identity key each announces a key above the other's; no more often than this. */
const OVERTAKEN_NS = 600n * 1_000_000_000n;
/** The latest time of an announcement that counts, nanoseconds. */
const LATEST_NS = 2n ** 63n - 1n;
/** Members whose keys are remembered: as many as one rotation has wraps. */
const MAX_KNOWN = 1024;
/** Epochs that are remembered; each costs a DH to find again. */
const MAX_EPOCHS = 4096;

/** A member's announcement. */
export interface Announcement {
  /** Whose. */
  readonly issuer: PublicKeyHex;
  /** When, nanoseconds; the latest one counts. */
  readonly issuedAtNs: bigint;
  /** The fresh key. */
  readonly ratchet: PublicKeyHex;
  /** All of it, 139 bytes. */
  readonly value: Uint8Array;
}

const digestOf = (groupId: string, head: Uint8Array): Uint8Array =>
  sha256(concat(DOMAIN, uuidBytes(groupId) ?? utf8(groupId), head));

/** A signed announcement. */
export function announce(
  groupId: string,
  issuer: KeyPair,
  ratchet: PublicKeyHex,
  issuedAtNs: bigint,
  signer: Signer,
): Announcement {
  const head = concat(issuer.public, u64Bytes(issuedAtNs), fromHex(ratchet));
  const value = concat(head, signer.sign(issuer.secret, digestOf(groupId, head)));
  return { issuer: issuer.pk, issuedAtNs, ratchet, value };
}

/** Reads one and checks it. @returns undefined when it is none, of another group, or not its issuer's. */
export function readAnnouncement(
  value: Uint8Array,
  groupId: string,
  signer: Signer,
): Announcement | undefined {
  if (value.length !== HEAD_BYTES + SIGNATURE_BYTES) return undefined;
  const head = value.subarray(0, HEAD_BYTES);
  const issuer = toHex(head.subarray(0, PK_BYTES));
  if (!signer.verify(issuer, value.subarray(HEAD_BYTES), digestOf(groupId, head))) return undefined;
  const issuedAtNs = BigInt(`0x${toHex(head.subarray(PK_BYTES, PK_BYTES + 8))}`);
  return { issuer, issuedAtNs, ratchet: toHex(head.subarray(PK_BYTES + 8)), value };
}

/** What a member's ratchets are made of. */
export interface RatchetOptions {
  /** Us. */
  readonly own: KeyPair;
  /** UUID of the group. */
  readonly groupId: string;
  /** Makes keys. */
  readonly random: Random;
  /** The signature scheme. */
  readonly signer: Signer;
  /** Our secrets as they were kept, 32 bytes by the nanoseconds of their announcement. */
  readonly secrets?: ReadonlyMap<bigint, Uint8Array>;
}

/** Our keys, and what is known of the others'. */
export class Ratchets {
  readonly #options: RatchetOptions;
  /** Ours, the newest first. */
  #own: { readonly issuedAtNs: bigint; readonly pair: KeyPair }[];
  readonly #known = new Map<PublicKeyHex, Announcement>();
  /** Of our pairs, by both keys. */
  readonly #epochs = new Map<string, PairEpoch>();
  /** When ours was made, by our clock: a key above one that somebody has dated ahead says another time. */
  #madeNs: bigint | undefined;
  /** The time of a key that somebody else has announced as ours, above all of ours. */
  #overtakenNs = 0n;
  /** Since when a secret of ours is due, by its announcement. */
  readonly #dueSinceNs = new Map<bigint, bigint>();

  /** With what was kept. */
  constructor(options: RatchetOptions) {
    this.#options = options;
    this.#own = [...options.secrets ?? []].map(([issuedAtNs, secret]) => ({
      issuedAtNs,
      pair: keyPairOf(secret),
    }))
      .sort((a, b) => a.issuedAtNs > b.issuedAtNs ? -1 : 1);
  }

  /** Our secrets, to be kept where they can be erased. */
  get secrets(): ReadonlyMap<bigint, Uint8Array> {
    return new Map(this.#own.map(({ issuedAtNs, pair }) => [issuedAtNs, pair.secret]));
  }

  /** Our current public key; undefined before the first {@link renew}. */
  get current(): PublicKeyHex | undefined {
    return this.#own[0]?.pair.pk;
  }

  /** What a member has announced last. */
  of(pk: PublicKeyHex): Announcement | undefined {
    return this.#known.get(pk);
  }

  /** All that was announced. */
  all(): Announcement[] {
    return [...this.#known.values()];
  }

  /**
   * A new key of ours when it is time for one; old ones go when they are due.
   * @param members  Who is in: as long as one may still wrap under a key of ours, its secret stays.
   * @returns Whether the secrets have changed.
   */
  renew(nowNs: bigint, members: readonly PublicKeyHex[] = []): boolean {
    const { own, groupId, random, signer } = this.#options;
    const [newest] = this.#own;
    const newestNs = newest?.issuedAtNs ?? 0n;
    this.#madeNs ??= newestNs < nowNs ? newestNs : nowNs;
    const isOvertaken = this.#overtakenNs > newestNs && nowNs - this.#madeNs >= OVERTAKEN_NS;
    const isDue = newest === undefined || isOvertaken || nowNs - this.#madeNs >= GENERATION_AGE_NS;
    if (isDue) {
      const pair = generateKeyPair(random);
      const aboveNs = newestNs > this.#overtakenNs ? newestNs : this.#overtakenNs;
      const issuedAtNs = nowNs <= aboveNs ? aboveNs + 1n : nowNs;
      this.#madeNs = nowNs;
      this.#own.unshift({ issuedAtNs, pair });
      this.#known.set(own.pk, announce(groupId, own, pair.pk, issuedAtNs, signer));
    } else if (!this.#known.has(own.pk)) {
      this.#known.set(own.pk, announce(groupId, own, newest.pair.pk, newest.issuedAtNs, signer));
    }
    return this.#erase(nowNs, members) || isDue;
  }

  /** @returns Whether something went. */
  #erase(nowNs: bigint, members: readonly PublicKeyHex[]): boolean {
    const next = this.#own.at(-2);
    const isYoung = next === undefined || nowNs - next.issuedAtNs < KEPT_NS;
    if (isYoung && this.#own.length <= MAX_OWN) return false;
    const heardNs = members.flatMap((pk) =>
      pk === this.#options.own.pk ? [] : this.#known.get(pk)?.issuedAtNs ?? []
    );
    const kept = this.#own.filter(({ issuedAtNs }, i) => {
      const nextNs = this.#own[i - 1]?.issuedAtNs;
      if (nextNs === undefined) return true;
      if (i >= MAX_OWN) return false;
      // Whose last key is from the time of this one may have learnt of none after it.
      const mayServe = nowNs - nextNs < KEPT_NS ||
        heardNs.some((ns) => ns < nextNs && ns + UNHEARD_NS >= issuedAtNs);
      if (mayServe) this.#dueSinceNs.delete(issuedAtNs);
      else if (!this.#dueSinceNs.has(issuedAtNs)) this.#dueSinceNs.set(issuedAtNs, nowNs);
      return mayServe || nowNs - this.#dueSinceNs.get(issuedAtNs)! < SETTLED_NS;
    });
    const gone = this.#own.filter((one) => !kept.includes(one));
    for (const { issuedAtNs } of gone) this.#dueSinceNs.delete(issuedAtNs);
    if (gone.length > 0) this.#epochs.clear();
    this.#own = kept;
    return gone.length > 0;
  }

  /** Takes an announcement. @returns Whether it is news. */
  take(announcement: Announcement): boolean {
    const { issuer, issuedAtNs } = announcement;
    if (issuer === this.#options.own.pk) return this.#found(announcement);
    if (issuedAtNs > LATEST_NS) return false;
    const known = this.#known.get(issuer);
    if (known === undefined ? this.#known.size >= MAX_KNOWN : known.issuedAtNs >= issuedAtNs) return false;
    this.#known.set(issuer, announcement);
    return true;
  }

  /**
   * Ours, as it lies in our feed: it is not signed once more at each start. A later one that we have not made is of
   * somebody who has our identity key; the others take it for ours until we announce one above it.
   */
  #found(announcement: Announcement): boolean {
    const { issuer, issuedAtNs, ratchet } = announcement;
    const [newest] = this.#own;
    if (newest?.pair.pk === ratchet && newest.issuedAtNs === issuedAtNs) {
      this.#known.set(issuer, announcement);
    } else if (issuedAtNs > this.#overtakenNs && issuedAtNs < LATEST_NS) this.#overtakenNs = issuedAtNs;
    return false;
  }

  /** The current epoch of our pair with a member, or with ourselves; undefined: one of us has announced nothing. */
  epochWith(pk: PublicKeyHex): PairEpoch | undefined {
    const [own] = this.#own;
    const ratchet = pk === this.#options.own.pk ? own?.pair.pk : this.#known.get(pk)?.ratchet;
    return own === undefined || ratchet === undefined ? undefined : this.#between(own.pair, ratchet);
  }

  /** Epochs of our pair with whose key that is, that of our newest key first: what it has wrapped for us opens in one. */
  epochsFrom(ratchet: PublicKeyHex): PairEpoch[] {
    return this.#own.flatMap(({ pair }) => this.#between(pair, ratchet) ?? []);
  }

  /** Finds epochs that a removal will need, some at a time. @param members  Who is in. */
  warm(members: readonly PublicKeyHex[], count: number): void {
    const [own] = this.#own;
    if (own === undefined) return;
    const cold = members.filter((pk) => {
      const known = this.#known.get(pk);
      return known !== undefined && !this.#epochs.has(`${own.pair.pk}${known.ratchet}`);
    });
    for (const pk of cold.slice(0, count)) this.epochWith(pk);
  }

  #between(pair: KeyPair, ratchet: PublicKeyHex): PairEpoch | undefined {
    const name = `${pair.pk}${ratchet}`;
    let epoch = this.#epochs.get(name);
    if (epoch === undefined) {
      try {
        epoch = pairEpoch(pair, ratchet);
      } catch {
        return undefined; // its maker gave no point
      }
      if (this.#epochs.size >= MAX_EPOCHS) this.#epochs.delete(this.#epochs.keys().next().value!);
      this.#epochs.set(name, epoch);
    }
    return epoch;
  }
}
