/**
 * How two come to agree on a pair: asked and answered by hand, or by a signed invite. Steps that change what is kept
 * follow one another, so that an answer that comes twice, or two at once for one last use, are decided once.
 *
 * @see specification skychat §c.1; lib/pair/README.md "Invites"
 * @module
 */
import type { PairControl } from "../../chat/control.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { pairPort } from "../../pair/keys.ts";
import { newPair, type PairStatus } from "../../pair/record.ts";
import type { Change } from "../../store/store.ts";
import { goTrim } from "../../wire/go_json.ts";
import { GO_ZERO_TIME_NS } from "../../wire/go_time.ts";
import { Turns } from "../../wire/turns.ts";
import { signedContact } from "../groups/joining/signed_links.ts";
import { isEnded } from "../groups/views/issued.ts";
import { isBlocked } from "../peers/block_file.ts";
import { type AskedBy, askedBy, keepAskedBy } from "./asked_by.ts";
import type { IssuedContacts } from "./issued_contacts.ts";
import { keepPair, keepPairInvite, keptHead, type KeptPair, pairEvent, pairInvites } from "./kept_pairs.ts";
import { noInvite, pairUsage } from "./pair_errors.ts";
import type { PairRoom } from "./pair_room.ts";
import type { Pairs, PairUse } from "./pairs.ts";
import { Telling, type TellingParts } from "./telling.ts";

/** What they agree with. */
export interface AgreeingParts extends TellingParts {
  /** Whether nothing of a peer's is taken. */
  readonly isBlocked: (peer: PublicKeyHex) => Promise<boolean>;
  /** Opens a pair. */
  readonly open: (kept: KeptPair) => PairRoom;
  /** Ends one, with what is to be kept of that. */
  readonly drop: (peer: PublicKeyHex, changes: readonly Change[]) => Promise<void>;
  /** Signed invites to us. */
  readonly issued: IssuedContacts;
}

/** Who has asked and waits for our word; of more the newest are not kept. */
const MAX_INVITES = 64;

const ACK: PairControl = { type: "pair-ack" };

/** See the module. */
export class Agreeing {
  readonly #parts: AgreeingParts;
  readonly #telling: Telling;
  readonly #turns = new Turns();

  /** Nothing is said yet. */
  constructor(parts: AgreeingParts) {
    this.#parts = parts;
    this.#telling = new Telling(parts);
  }

  /** Begins to say again what nobody has got yet. */
  start(): void {
    this.#telling.askAgain((room, asked) => this.#expired(room, asked));
  }

  /** Says no more by itself. */
  close(): void {
    this.#telling.close();
  }

  /** See {@link Pairs.add}. */
  async add({ peer }: { peer: PublicKeyHex }): ReturnType<Pairs["add"]> {
    const { own, rooms } = this.#parts;
    if (peer === own.pk) throw pairUsage("A pair with ourselves makes no sense", "Name somebody else.");
    await this.#notBlocked(peer);
    if (rooms.get(peer)?.record.status === "active") {
      throw pairUsage(
        `We are paired with ${peer}`,
        "Where the other side has ended that, end it here too (`dmsg pair remove`), and ask again.",
      );
    }
    const room = await this.#asked(peer);
    if (room.record.status === "active") {
      return { sent: await this.#telling.told(peer, ACK), status: "active" };
    }
    return { sent: await this.#telling.ask(room), status: room.record.status };
  }

  /** See {@link Pairs.accept}. */
  async accept({ peer }: { peer: PublicKeyHex }): Promise<{ told: boolean }> {
    await this.inTurn(async () => {
      if (!await this.#waitsForUs(peer)) throw noInvite(peer);
      await this.#agree(peer);
    });
    return { told: await this.#telling.told(peer, ACK) };
  }

  /** See {@link Pairs.decline}. */
  async decline({ peer }: { peer: PublicKeyHex }): Promise<{ told: boolean }> {
    await this.inTurn(async () => {
      if (!await this.#waitsForUs(peer)) throw noInvite(peer);
      await this.#commit([keepPairInvite(peer, false), pairEvent("refused", peer)]);
    });
    return { told: await this.#telling.told(peer, { type: "pair-decline" }) };
  }

  /** See {@link Pairs.use}. */
  async use({ link }: { link: string }): Promise<PairUse> {
    const { clock, own, rooms, store } = this.#parts;
    const { inviter: peer, id, expiresNs } = signedContact(link);
    if (peer === own.pk) throw pairUsage("This invite is our own", "Others take it up.");
    await this.#notBlocked(peer);
    if (rooms.get(peer)?.record.status === "active") {
      // Who ends a pair tells nobody. Where it stands this says nothing new, and uses nothing up.
      const invite = { type: "pair-invite", fromPk: own.pk, invite: goTrim(link) } as const;
      if (clock.wallNs() < expiresNs) await this.#telling.told(peer, invite);
      return { peer, sent: true, status: "active" };
    }
    if (clock.wallNs() >= expiresNs && !await this.#waitsForUs(peer)) {
      return { peer, sent: false, status: "denied", ended: "expired" };
    }
    const asked = keepAskedBy(peer, { id, link: goTrim(link), expiresNs, ended: "" });
    const room = await this.#asked(peer, [asked]);
    if (room.record.status === "active") {
      return { peer, sent: await this.#telling.told(peer, ACK), status: "active" };
    }
    const sent = await this.#telling.answered(room);
    const { status } = rooms.get(peer)?.record ?? {};
    if (status !== undefined) return { peer, sent, status };
    const ended = (await askedBy(store, peer))?.ended || undefined;
    return { peer, sent, status: "denied", ...(ended === undefined ? {} : { ended }) };
  }

  /** Ends a pair here. */
  remove(peer: PublicKeyHex): Promise<void> {
    return this.inTurn(() =>
      this.#parts.drop(peer, [keepAskedBy(peer, undefined), pairEvent("removed", peer)])
    );
  }

  /** A peer has given a sign of life. */
  isBack(peer: PublicKeyHex): void {
    this.#telling.isBack(peer);
  }

  /** A peer says a step. */
  async heard(peer: PublicKeyHex, frame: PairControl): Promise<void> {
    const answer = await this.inTurn(() => this.#take(peer, frame));
    this.#telling.heard(peer);
    if (answer !== undefined) await this.#telling.told(peer, answer);
  }

  /** @returns What is to be said to that. */
  async #take(peer: PublicKeyHex, { type, invite, ended }: PairControl): Promise<PairControl | undefined> {
    const { rooms, store, drop } = this.#parts;
    const room = rooms.get(peer);
    const isPending = room?.record.status === "pending";
    if (type === "pair-ack") {
      if (isPending) await room.handle({ kind: "agreed" }); // else nobody asked
      return undefined;
    }
    if (type === "pair-decline") {
      const asked = await askedBy(store, peer);
      const isOfInvite = invite !== undefined && isEnded(ended);
      if (isOfInvite && (asked?.id !== invite || !isPending)) return undefined; // nobody asked by that one
      const waits = await this.#waitsForUs(peer);
      if (!isPending && !waits) return undefined;
      const said = isOfInvite
        ? [keepAskedBy(peer, { ...asked!, ended }), pairEvent("declined", peer, { invite, ended })]
        : [keepAskedBy(peer, undefined), keepPairInvite(peer, false), pairEvent("declined", peer)];
      return void await (isPending ? drop(peer, said) : this.#commit(said));
    }
    if (room !== undefined) {
      // Both have asked, or it has lost our word.
      if (isPending) await room.handle({ kind: "agreed" });
      return ACK;
    }
    return await this.#askedUs(peer, invite);
  }

  async #askedUs(peer: PublicKeyHex, link: string | undefined): Promise<PairControl | undefined> {
    const { issued, store } = this.#parts;
    const verdict = link === undefined ? undefined : await issued.judge(peer, link);
    if (verdict === undefined) {
      const invites = await pairInvites(store);
      if (invites.includes(peer) || invites.length >= MAX_INVITES) return undefined;
      return void await this.#commit([keepPairInvite(peer, true), pairEvent("received", peer)]);
    }
    const { id } = verdict;
    if ("ended" in verdict) return { type: "pair-decline", invite: id, ended: verdict.ended };
    await this.#agree(peer, [verdict.change], { invite: id });
    return ACK;
  }

  /** A pair that waits for the peer's word; with its word on hand it is agreed. */
  #asked(peer: PublicKeyHex, changes: readonly Change[] = []): Promise<PairRoom> {
    return this.inTurn(async () => {
      const known = this.#parts.rooms.get(peer);
      if (await this.#waitsForUs(peer)) return await this.#agree(peer);
      if (known?.record.status === "active") return known;
      if (known === undefined) {
        return await this.#new(peer, "pending", [...changes, pairEvent("asked", peer)]);
      }
      if (changes.length > 0) await this.#commit(changes);
      return known;
    });
  }

  async #agree(
    peer: PublicKeyHex,
    changes: readonly Change[] = [],
    by: Readonly<Record<string, string>> = {},
  ): Promise<PairRoom> {
    const known = this.#parts.rooms.get(peer);
    const all = [...changes, keepPairInvite(peer, false)];
    if (known === undefined) {
      return await this.#new(peer, "active", [...all, pairEvent("accepted", peer, by)]);
    }
    await known.handle({ kind: "agreed" });
    await this.#commit([...all, accepted(peer)]);
    return known;
  }

  async #new(peer: PublicKeyHex, status: PairStatus, changes: readonly Change[]): Promise<PairRoom> {
    const { clock, own, open, store } = this.#parts;
    const since = status === "active" ? clock.wallNs() : GO_ZERO_TIME_NS;
    const record = newPair(peer, pairPort(own.pk, peer), status, since);
    const head = await keptHead(store, peer);
    await this.#commit([...changes, keepPair(record), accepted(peer)]);
    return open({ record, head, leaves: new Map() });
  }

  /** Nobody has said what became of an invite, and nobody will. */
  async #expired({ record }: PairRoom, asked: AskedBy): Promise<void> {
    const { peer } = record;
    const ended = "expired";
    await this.inTurn(async () => {
      if (this.#parts.rooms.get(peer)?.record.status !== "pending") return;
      await this.#parts.drop(peer, [
        keepAskedBy(peer, { ...asked, ended }),
        pairEvent("declined", peer, { invite: asked.id, ended }),
      ]);
    });
  }

  async #notBlocked(peer: PublicKeyHex): Promise<void> {
    if (await this.#parts.isBlocked(peer)) throw isBlocked(peer);
  }

  readonly #waitsForUs = async (peer: PublicKeyHex): Promise<boolean> =>
    (await pairInvites(this.#parts.store)).includes(peer);

  async #commit(changes: readonly Change[]): Promise<void> {
    const result = await this.#parts.store.commit(changes);
    if (!result.ok) throw new Error(`pairs: nothing was kept: ${result.reason}`);
  }

  /** Runs one step behind all that were begun before it. */
  inTurn<T>(run: () => Promise<T>): Promise<T> {
    return this.#turns.run(run);
  }
}

const accepted = (peer: PublicKeyHex): Change => ({ kind: "peer", peer, facts: { accepted: true } });
