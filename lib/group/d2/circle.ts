/**
 * Who reads what in a D2 group: what we say is sealed for its readers, what others said is opened, and what a
 * revocation forbids to serve is sealed again.
 *
 * @see docs/d2.md "Revoking history"
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import type { Random } from "../../sys/random.ts";
import { fromHex } from "../../wire/bytes.ts";
import { encodeLeaf, type MessageLeaf, readLeaf } from "../talk/leaf.ts";
import { type GroupKey, newestFirst } from "../keys/ring.ts";
import { holdsAt, type Roster } from "../roster/roster.ts";
import type { KeyRotation } from "../keys/rotation.ts";
import type { Signer } from "../talk/signer.ts";
import { openForOne, wrapForOne } from "./admission.ts";
import { bodyOf, copyIn, type D2Body, makeD2Leaf, openCopy, sealAgain, type Sealing } from "./content.ts";
import {
  type EpochRotation,
  makeEpoch,
  NO_RESEALING,
  openEpoch,
  readEpoch,
  rosterMark,
} from "./epoch_key.ts";
import type { PairSecret } from "./pair_wrap.ts";
import { Ratchets } from "./ratchet.ts";

/** What a circle asks of the rest of the group. */
export interface CircleView {
  /** Who is in, and who was. */
  roster(): Roster;
  /** All rotations that count, with their keys where they open; the same array until that changes. */
  rotations(): readonly { readonly rotation: KeyRotation; readonly key: GroupKey | undefined }[];
}

/** What a circle is made of. */
export interface CircleOptions {
  /** Us. */
  readonly own: KeyPair;
  /** UUID of the group, lower case. */
  readonly groupId: string;
  /** Keys and filling. */
  readonly random: Random;
  /** The signature scheme. */
  readonly signer: Signer;
  /** Our ratchet secrets as they were kept. */
  readonly secrets?: ReadonlyMap<bigint, Uint8Array>;
}

/** A rotation that we know, with its key where a wrap of it is for us. */
interface Known {
  readonly epoch: EpochRotation;
  readonly key: Uint8Array | undefined;
  /** How many are newer. */
  readonly place: number;
}

/** What follows from the rotations that count. */
interface Sorted {
  /** From which. */
  readonly from: ReturnType<CircleView["rotations"]>;
  /** The newest first. */
  readonly known: readonly Known[];
  /** The newest of each id: who signs one rotation twice has made two of one id. */
  readonly named: ReadonlyMap<string, Known>;
  /** Those that ask for history to be sealed again. */
  readonly revocations: readonly Known[];
}

/** The readers of one group. */
export class Circle {
  /** The members' keys. */
  readonly ratchets: Ratchets;
  #view: CircleView | undefined;
  #sorted: Sorted | undefined;
  /** Which rotations are fit, as of a roster: each message that is served asks. */
  #fits: { readonly roster: Roster; readonly of: Map<EpochRotation, boolean> } | undefined;

  /** Before anything was read. */
  constructor(private readonly options: CircleOptions) {
    this.ratchets = new Ratchets(options);
  }

  /** Says where the rest of the group is to be asked. */
  attach(view: CircleView): void {
    this.#view = view;
  }

  /** Reads a rotation as the key book has it. @returns undefined when it is none that its issuer made for this group. */
  readRotation(value: Uint8Array): KeyRotation | undefined {
    const epoch = readEpoch(value, this.options.groupId, this.options.signer);
    return epoch && rotationOf(epoch, this.options.groupId);
  }

  /** The key of a rotation. @param known  Keys that we have by other ways. */
  openRotation({ d2 }: KeyRotation, known: readonly Uint8Array[]): Uint8Array | undefined {
    return d2 && openEpoch(d2, () => this.ratchets.epochsFrom(d2.ratchet), known);
  }

  /** A new key for who is in and has announced a key. @param sinceNs  What was said from then on is to be sealed again. */
  rotate(
    epoch: bigint,
    issuedAtNs: bigint,
    sinceNs: bigint = NO_RESEALING,
  ): { rotation: KeyRotation; key: Uint8Array } {
    const { own, groupId, random, signer } = this.options;
    const { members } = this.#roster;
    const head = { groupId, ratchet: this.ratchets.current!, epoch, issuedAtNs, sinceNs };
    const roster = rosterMark(this.#membersAt(issuedAtNs));
    const made = makeEpoch({ ...head, roster }, this.#secretsWith(members), own, random, signer);
    return { rotation: rotationOf(made.rotation, groupId), key: made.key };
  }

  /** The current key for a member, wrapped; undefined: there is none that is fit, or no secret with it. */
  wrapFor(pk: PublicKeyHex): Uint8Array | undefined {
    const { groupId, random } = this.options;
    const [newest, secret, ratchet] = [this.#newest, this.ratchets.epochWith(pk), this.ratchets.current];
    if (newest?.key === undefined || secret === undefined || !this.isCurrentFit) return undefined;
    return wrapForOne(groupId, { epoch: newest.epoch.epoch, key: newest.key }, ratchet!, secret, random);
  }

  /** Opens what {@link wrapFor} has made for us. */
  openWrapped(value: Uint8Array): { readonly epoch: bigint; readonly key: Uint8Array } | undefined {
    return openForOne(this.options.groupId, value, (ratchet) => this.ratchets.epochsFrom(ratchet));
  }

  /** Whether the newest key is ours to use, and nobody has it who is out. */
  get isCurrentFit(): boolean {
    const newest = this.#newest;
    return newest?.key !== undefined && this.#isFit(newest.epoch) && this.#hasNobodyElse(newest.epoch);
  }

  /** From when on history is to be sealed again, as of all rotations that say so; {@link NO_RESEALING}: none. */
  get revokedSinceNs(): bigint {
    return this.#all.revocations.reduce(
      (least, { epoch: { sinceNs } }) => sinceNs < least ? sinceNs : least,
      NO_RESEALING,
    );
  }

  /** Members of an audience with whom we share no secret yet. */
  strangersIn(audience: readonly PublicKeyHex[]): PublicKeyHex[] {
    return audience.filter((pk) => this.ratchets.epochWith(pk) === undefined);
  }

  /** What we say, sealed. @param audience  Empty: everybody. @throws {Error} Before the first rotation is known. */
  seal(text: string, tsNs: bigint, audience: readonly PublicKeyHex[]): MessageLeaf {
    const { own, random, signer } = this.options;
    const body = bodyOf(text, audience.length === 0 ? [] : [...audience, own.pk], random);
    const sealing = this.#sealing(body.audience);
    if (sealing === undefined) throw new Error("there is no key yet");
    return makeD2Leaf(body, own, tsNs, sealing, signer);
  }

  /** Whether something can be sealed. */
  get canSeal(): boolean {
    return this.#newest !== undefined && this.ratchets.current !== undefined;
  }

  /** Opens a message. @returns undefined: it is not for us, or not yet. */
  open(leaf: MessageLeaf): D2Body | undefined {
    const copy = copyIn(leaf, this.options.groupId);
    if (copy === undefined) return undefined;
    const secrets = copy.isUnderEpoch
      ? this.#keysNamed(copy.epochId)
      : this.ratchets.epochsFrom(copy.ratchet);
    return openCopy(leaf, copy, secrets);
  }

  /**
   * A message as it may be served: as it is, sealed again where a revocation wants that.
   * @returns undefined: it must not be served, and can't be sealed again here.
   */
  fit(value: Uint8Array): Uint8Array | undefined {
    const { revocations } = this.#all;
    if (revocations.length === 0) return value;
    const leaf = readLeaf(value);
    if (leaf === undefined) return undefined;
    const wanted = revocations.filter(({ epoch: { sinceNs } }) => sinceNs <= leaf.tsNs);
    if (wanted.length === 0 || this.#isSealedBehind(leaf, wanted)) return value;
    const body = this.open(leaf);
    const sealing = body && this.isCurrentFit ? this.#sealing(body.audience) : undefined;
    return sealing && encodeLeaf(sealAgain(leaf, body!, sealing));
  }

  get #roster(): Roster {
    return this.#view!.roster();
  }

  /** Rotations that count, sorted once for as long as they are the same. */
  get #all(): Sorted {
    const from = this.#view!.rotations();
    if (this.#sorted?.from === from) return this.#sorted;
    const known = from.toSorted((a, b) => newestFirst(orderOf(a.rotation), orderOf(b.rotation)))
      .flatMap(({ rotation: { d2 }, key }) => d2 === undefined ? [] : [{ epoch: d2, key: key?.key }])
      .map((one, place) => ({ ...one, place }));
    const named = new Map(known.toReversed().map((one) => [one.epoch.id, one]));
    const revocations = known.filter(({ epoch: { sinceNs } }) => sinceNs !== NO_RESEALING);
    return this.#sorted = { from, known, named, revocations };
  }

  get #newest(): Known | undefined {
    return this.#all.known[0];
  }

  #keysNamed(id: string): PairSecret[] {
    return this.#all.known.flatMap(({ epoch, key }) =>
      epoch.id === id && key ? [{ id: fromHex(id), key }] : []
    );
  }

  #secretsWith(readers: readonly PublicKeyHex[]): PairSecret[] {
    return readers.flatMap((pk) => this.ratchets.epochWith(pk) ?? []);
  }

  /** Under the newest key, if that is fit; else, and for some, a wrap for each reader that is in. */
  #sealing(audience: readonly PublicKeyHex[]): Sealing | undefined {
    const { groupId, random } = this.options;
    const [newest, ratchet] = [this.#newest, this.ratchets.current];
    if (newest === undefined || ratchet === undefined) return undefined;
    const of = { groupId, ratchet, epochId: newest.epoch.id, random };
    if (audience.length === 0 && this.isCurrentFit) return { ...of, epochKey: newest.key, secrets: [] };
    const { members } = this.#roster;
    const readers = audience.length === 0 ? members : audience.filter((pk) => members.includes(pk));
    return { ...of, epochKey: undefined, secrets: this.#secretsWith(readers) };
  }

  #isSealedBehind(leaf: MessageLeaf, revocations: readonly Known[]): boolean {
    const copy = copyIn(leaf, this.options.groupId);
    const under = copy && this.#all.named.get(copy.epochId);
    if (under === undefined || !this.#isFit(under.epoch)) return false;
    return revocations.every(({ place }) => place >= under.place);
  }

  /** Whether its maker saw the same members as we do for that time: who decided apart from it is in no key of it. */
  #isFit(epoch: EpochRotation): boolean {
    const roster = this.#roster;
    if (this.#fits?.roster !== roster) this.#fits = { roster, of: new Map() };
    const { of } = this.#fits;
    const isFit = of.get(epoch) ?? epoch.roster === rosterMark(this.#membersAt(epoch.issuedAtNs));
    of.set(epoch, isFit);
    return isFit;
  }

  /** Whether all who were in when it was made still are. */
  #hasNobodyElse({ issuedAtNs }: EpochRotation): boolean {
    const { members } = this.#roster;
    return this.#membersAt(issuedAtNs).every((pk) => members.includes(pk));
  }

  #membersAt(ns: bigint): PublicKeyHex[] {
    const { memberSpans } = this.#roster;
    return [...memberSpans].filter(([, spans]) => holdsAt(spans, ns)).map(([pk]) => pk);
  }
}

/** A rotation as the key book has it. */
const rotationOf = (d2: EpochRotation, groupId: string): KeyRotation => ({
  groupId,
  epoch: d2.epoch,
  wraps: [],
  parentSeq: 0n,
  issuedAtNs: d2.issuedAtNs,
  issuer: d2.issuer,
  signature: d2.signature,
  d2,
});

const orderOf = ({ epoch, issuedAtNs, issuer, signature }: KeyRotation) => ({
  epoch,
  issuedAtNs,
  issuer,
  mark: signature.toHex(),
});
