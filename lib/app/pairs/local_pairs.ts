/**
 * The pairs of an identity in this process.
 *
 * @see lib/app/README.md "Pairs"
 * @module
 */
import type { PairControl } from "../../chat/control.ts";
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import { NULL_PK } from "../../crypto/members.ts";
import { pairPort } from "../../pair/keys.ts";
import { pairPath } from "../../pair/message.ts";
import { newPair, type PairRecord, type PairStatus } from "../../pair/record.ts";
import type { Store } from "../../store/store.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import { UserError } from "../../wire/errors.ts";
import { formatGoTime, GO_ZERO_TIME_NS } from "../../wire/go_time.ts";
import type { CarriedFeed, FeedEvents, FeedNode } from "../groups/feed_node.ts";
import type { GroupNetwork } from "../groups/group_network.ts";
import {
  dropPair,
  keepPair,
  keepPairInvite,
  keptHead,
  type KeptPair,
  keptPairs,
  pairEvent,
  pairInvites,
} from "./kept_pairs.ts";
import { KeptSecrets } from "./kept_secrets.ts";
import { noInvite, noSuchPair, pairRefusal } from "./pair_errors.ts";
import { PairRoom } from "./pair_room.ts";
import { viewOf } from "./pair_view.ts";
import { Holding } from "./holding/holding.ts";
import type { Pairs, PairSendReport, PairView } from "./pairs.ts";
import type { PairSecrets } from "./secrets.ts";

/** What they are made of. */
export interface LocalPairsOptions {
  /** Us. */
  readonly own: KeyPair;
  /** Keeps everything but epoch secrets. */
  readonly store: Store;
  /** Keeps those. */
  readonly secrets: PairSecrets;
  /** Time. */
  readonly clock: Clock;
  /** Keys and nonces. */
  readonly random: Random;
  /** Makes the carrier of a pair's feeds; undefined for a command without a network. */
  readonly carry: ((events: FeedEvents, kept: CarriedFeed) => FeedNode) | undefined;
  /** Carries streams of what we hold for others; undefined for a program that does not stay. */
  readonly holds: GroupNetwork | undefined;
  /** Says a step of pairing to a peer. @throws {NetworkError} It is not to be reached. */
  readonly tell: (peer: PublicKeyHex, frame: PairControl) => Promise<void>;
  /** Whether nothing of a peer's is taken. */
  readonly isBlocked: (peer: PublicKeyHex) => Promise<boolean>;
  /** Whether this program stays: an invite that was not handed over is tried again. */
  readonly resident: boolean;
  /** Told when something went wrong beside a call. */
  readonly onProblem: (error: Error) => void;
}

/** Invites that wait for our word; of more the newest are not kept. */
const MAX_INVITES = 64;
/** An invite that was not handed over is tried again after this. */
const AGAIN_MS = 60_000;

/** See {@link Pairs}. */
export class LocalPairs implements Pairs {
  readonly #options: LocalPairsOptions;
  readonly #rooms = new Map<PublicKeyHex, PairRoom>();
  readonly #secrets: KeptSecrets;
  readonly #holding: Promise<Holding>;
  #cancelAgain: (() => void) | undefined;

  private constructor(options: LocalPairsOptions, secrets: KeptSecrets) {
    this.#options = options;
    this.#secrets = secrets;
    this.#holding = Holding.open({ ...options, network: options.holds });
    this.#holding.catch(options.onProblem);
  }

  /** Opens all that are kept, and begins to carry them. @throws {UserError} local: secrets can't be read. */
  static async open(options: LocalPairsOptions): Promise<LocalPairs> {
    const pairs = new LocalPairs(options, await KeptSecrets.open(options.secrets));
    for (const kept of await keptPairs(options.store, options.onProblem)) pairs.#open(kept);
    pairs.#tellAgain();
    return pairs;
  }

  /** Ends all that runs. */
  async close(): Promise<void> {
    this.#cancelAgain?.();
    await Promise.all([...this.#rooms.values()].map((room) => room.close()));
    await this.#holding.then((holding) => holding.close(), () => {});
    await this.#secrets.close();
  }

  async list(): Promise<PairView[]> {
    const invites = await pairInvites(this.#options.store);
    const { pk } = this.#options.own;
    const asked = invites.map((peer): PairView => ({
      peer,
      status: "invited",
      port: pairPort(pk, peer),
      waiting: 0,
    }));
    const paired = [...this.#rooms.values()].map(viewOf);
    const all = [...asked, ...paired].sort((a, b) => a.peer < b.peer ? -1 : 1);
    return await Promise.all(all.map(async (view) => {
      const { verified } = await this.#options.store.peers.get(view.peer);
      return verified ? { ...view, verified } : view;
    }));
  }

  async add({ peer }: { peer: PublicKeyHex }): ReturnType<Pairs["add"]> {
    if (peer === this.#options.own.pk) {
      throw usage("A pair with ourselves makes no sense", "Name somebody else.");
    }
    const known = this.#rooms.get(peer);
    if (known?.record.status === "active") {
      throw usage(`We are paired with ${peer}`, "`dmsg pair list` shows all.");
    }
    if ((await pairInvites(this.#options.store)).includes(peer)) {
      const { told } = await this.accept({ peer });
      return { sent: told, status: "active" };
    }
    const room = known ?? await this.#new(peer, "pending");
    return { sent: await this.#invite(room), status: room.record.status };
  }

  async accept({ peer }: { peer: PublicKeyHex }): Promise<{ told: boolean }> {
    if (!(await pairInvites(this.#options.store)).includes(peer)) throw noInvite(peer);
    await this.#agree(peer);
    return { told: await this.#told(peer, { type: "pair-ack" }) };
  }

  async decline({ peer }: { peer: PublicKeyHex }): Promise<{ told: boolean }> {
    if (!(await pairInvites(this.#options.store)).includes(peer)) throw noInvite(peer);
    await this.#options.store.commit([keepPairInvite(peer, false)]);
    return { told: await this.#told(peer, { type: "pair-decline" }) };
  }

  async remove({ peer }: { peer: PublicKeyHex }): Promise<void> {
    await this.#room(peer).close();
    this.#rooms.delete(peer);
    await this.#secrets.keep(peer, new Map());
    await dropPair(this.#options.store, peer);
  }

  async send({ peer, text, waitMs }: Parameters<Pairs["send"]>[0]): Promise<PairSendReport> {
    const { clock } = this.#options;
    const room = this.#room(peer);
    const startMs = clock.nowMs();
    // It may have agreed while no program of ours was there: its feed says so.
    if (room.record.status === "pending" && waitMs > 0 && room.feeds !== undefined) await room.read(waitMs);
    const { outs, positions } = await room.handle({ kind: "say", text });
    const refused = outs.find((out) => out.kind === "refused");
    if (refused !== undefined) throw pairRefusal(refused.reason, peer);
    const { id, tsNs } = outs.find((out) => out.kind === "message")!.message;
    const path = pairPath(tsNs, room.record.seq);
    const by = waitMs > 0 && room.feeds !== undefined ? await room.fetched(path, waitMs) : undefined;
    return {
      id,
      ts: formatGoTime(tsNs),
      fetched: by === peer,
      ...(by !== undefined && by !== peer ? { held: true } : {}),
      position: positions.get(id) ?? 0,
      ms: Math.round(clock.nowMs() - startMs),
    };
  }

  async unsend({ peer, id }: Parameters<Pairs["unsend"]>[0]): Promise<void> {
    await this.#room(peer).handle({ kind: "unsay", id });
  }

  async read({ waitMs }: { waitMs: number }): Promise<{ pairs: number; read: number }> {
    const rooms = [...this.#rooms.values()].filter(({ record }) => record.status !== "revoked");
    const read = await Promise.all(rooms.map((room) => this.#exchange(room, waitMs)));
    return { pairs: rooms.length, read: read.filter(Boolean).length };
  }

  async nameHolder({ peer, holder = NULL_PK }: Parameters<Pairs["nameHolder"]>[0]): Promise<void> {
    const room = this.#room(peer);
    if (holder === peer || holder === this.#options.own.pk) {
      throw usage("A side of a pair can't hold it", "Name a third node that is always on.");
    }
    await room.nameHolder(holder);
  }

  readonly kept: Pairs["kept"] = () =>
    Promise.resolve([...this.#rooms.values()].flatMap(({ parts }) => parts));
  readonly hold: Pairs["hold"] = async (request) => await (await this.#holding).add(request);
  readonly held: Pairs["held"] = async () => await (await this.#holding).list();
  readonly release: Pairs["release"] = async (request) => await (await this.#holding).remove(request);

  /** A program that does not stay reads, and stays until the peer has read too. @returns Whether we have read. */
  async #exchange(room: PairRoom, waitMs: number): Promise<boolean> {
    const { clock, resident } = this.#options;
    const startMs = clock.nowMs();
    if (!await room.read(waitMs)) return false;
    if (!resident) await room.allRead(Math.max(0, waitMs - (clock.nowMs() - startMs)));
    return true;
  }

  /** A peer says a step of pairing. */
  async heard(peer: PublicKeyHex, { type }: PairControl): Promise<void> {
    const { store } = this.#options;
    const room = this.#rooms.get(peer);
    if (type === "pair-ack") {
      if (room?.record.status !== "pending") return; // nobody asked
      await room.handle({ kind: "agreed" });
    } else if (type === "pair-decline") {
      const asked = (await pairInvites(store)).includes(peer);
      if (room?.record.status === "pending") await this.remove({ peer });
      else if (!asked) return;
      await store.commit([keepPairInvite(peer, false), pairEvent("declined", peer)]);
    } else if (room !== undefined) {
      // Both have asked, or it has lost our word.
      if (room.record.status === "pending") await room.handle({ kind: "agreed" });
      await this.#told(peer, { type: "pair-ack" });
    } else {
      const invites = await pairInvites(store);
      if (invites.includes(peer) || invites.length >= MAX_INVITES) return;
      await store.commit([keepPairInvite(peer, true), pairEvent("received", peer)]);
    }
  }

  async #agree(peer: PublicKeyHex): Promise<void> {
    const known = this.#rooms.get(peer);
    if (known === undefined) await this.#new(peer, "active");
    else await known.handle({ kind: "agreed" });
    await this.#options.store.commit([
      keepPairInvite(peer, false),
      { kind: "peer", peer, facts: { accepted: true } },
      ...(known === undefined ? [pairEvent("accepted", peer)] : []),
    ]);
  }

  async #new(peer: PublicKeyHex, status: PairStatus): Promise<PairRoom> {
    const { own, store, clock } = this.#options;
    const since = status === "active" ? clock.wallNs() : GO_ZERO_TIME_NS;
    const record: PairRecord = newPair(peer, pairPort(own.pk, peer), status, since);
    await store.commit([keepPair(record), { kind: "peer", peer, facts: { accepted: true } }]);
    return this.#open({ record, head: await keptHead(store, peer), leaves: new Map() });
  }

  #open(kept: KeptPair): PairRoom {
    const { peer } = kept.record;
    const room = new PairRoom({
      ...this.#options,
      kept,
      secrets: this.#secrets.of(peer),
      keepSecrets: (secrets) => this.#secrets.keep(peer, secrets),
      isBlocked: () => this.#options.isBlocked(peer),
    });
    this.#rooms.set(peer, room);
    return room;
  }

  async #invite(room: PairRoom): Promise<boolean> {
    const { own } = this.#options;
    const sent = await this.#told(room.record.peer, { type: "pair-invite", fromPk: own.pk });
    if (sent) await room.handle({ kind: "invited" });
    return sent;
  }

  async #told(peer: PublicKeyHex, frame: PairControl): Promise<boolean> {
    try {
      await this.#options.tell(peer, frame);
      return true;
    } catch {
      return false;
    }
  }

  /** Invites that nobody has got yet. */
  #tellAgain(): void {
    if (!this.#options.resident) return;
    this.#cancelAgain = this.#options.clock.after(AGAIN_MS, () => {
      const waiting = [...this.#rooms.values()].filter(({ record }) =>
        record.status === "pending" && !record.isInviteSent
      );
      for (const room of waiting) this.#invite(room).catch(this.#options.onProblem);
      this.#tellAgain();
    });
  }

  #room(peer: PublicKeyHex): PairRoom {
    const room = this.#rooms.get(peer);
    if (room === undefined) throw noSuchPair(peer);
    return room;
  }
}

const usage = (message: string, hint: string): UserError => new UserError(message, { kind: "usage", hint });
