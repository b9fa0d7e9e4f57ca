/**
 * The pairs of an identity in this process.
 *
 * @see lib/app/README.md "Pairs"
 * @module
 */
import type { PairControl } from "../../chat/control.ts";
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import { NULL_PK } from "../../crypto/members.ts";
import { pairPath } from "../../pair/message.ts";
import type { Change, Store } from "../../store/store.ts";
import { type Clock, sleep } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import { formatGoTime } from "../../wire/go_time.ts";
import { KeptSecrets } from "../kept_secrets.ts";
import { EPOCHS } from "../secrets_form.ts";
import type { SecretsFile } from "../secrets_file.ts";
import type { AppNetwork } from "../node/app_network.ts";
import { type CarriedFeed, type FeedEvents, type FeedNode, isServing } from "../groups/feeds/feed_node.ts";
import type { GroupNetwork } from "../groups/feeds/group_network.ts";
import { Agreeing } from "./agreeing.ts";
import { allAskedBy } from "./asked_by.ts";
import { IssuedContacts } from "./issued_contacts.ts";
import { dropPair, type KeptPair, keptPair, keptPairs, pairInvites } from "./kept_pairs.ts";
import { noSuchPair, pairRefusal, pairUsage } from "./pair_errors.ts";
import { PairRoom } from "./pair_room.ts";
import { deniedView, invitedView, viewOf } from "./pair_view.ts";
import { Holding } from "./holding/holding.ts";
import type { PairReading, PairReadRequest, Pairs, PairSendReport, PairView } from "./pairs.ts";

/** A program that is there to read waits so long for somebody who may never agree. */
const ASKED_MS = 5_000;
/** So often it is looked whether somebody still reads ours. */
const LOOK_MS = 100;

/** What they are made of. */
export interface LocalPairsOptions {
  /** Us. */
  readonly own: KeyPair;
  /** Keeps everything but epoch secrets. */
  readonly store: Store;
  /** Keeps those. */
  readonly secrets: SecretsFile;
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
  /** As `PeerWatchParts.mark`: whom our asking has not reached is looked for by it. */
  readonly mark?: AppNetwork["mark"];
  /** Whether this program stays: an invite that was not handed over is tried again. */
  readonly resident: boolean;
  /** Told when something went wrong beside a call. */
  readonly onProblem: (error: Error) => void;
}

/** See {@link Pairs}. */
export class LocalPairs implements Pairs {
  readonly #options: LocalPairsOptions;
  readonly #rooms = new Map<PublicKeyHex, PairRoom>();
  readonly #secrets: KeptSecrets;
  readonly #holding: Promise<Holding>;
  readonly #issued: IssuedContacts;
  readonly #agreeing: Agreeing;

  private constructor(options: LocalPairsOptions, secrets: KeptSecrets) {
    this.#options = options;
    this.#secrets = secrets;
    this.#holding = Holding.open({ ...options, network: options.holds });
    this.#holding.catch(options.onProblem);
    this.#issued = new IssuedContacts(options);
    this.#agreeing = new Agreeing({
      ...options,
      rooms: this.#rooms,
      open: (kept) => this.#open(kept),
      drop: (peer, changes) => this.#drop(peer, changes),
      issued: this.#issued,
    });
  }

  /** Opens all that are kept, and begins to carry them. @throws {UserError} local: secrets can't be read. */
  static async open(options: LocalPairsOptions): Promise<LocalPairs> {
    const secrets = new KeptSecrets(options.secrets, EPOCHS);
    await secrets.load();
    const pairs = new LocalPairs(options, secrets);
    try {
      for (const kept of await keptPairs(options.store, options.onProblem)) pairs.#open(kept);
    } catch (error) {
      await pairs.close(); // else their ports, and those of what is held, stay taken
      throw error;
    }
    pairs.#agreeing.start();
    return pairs;
  }

  /** A peer has given a sign of life: what we ask of it is asked again. */
  isBack(peer: PublicKeyHex): void {
    this.#agreeing.isBack(peer);
  }

  /** Ends all that runs. */
  async close(): Promise<void> {
    this.#agreeing.close();
    await Promise.all([...this.#rooms.values()].map((room) => room.close()));
    await this.#holding.then((holding) => holding.close(), () => {});
    await this.#secrets.close();
  }

  async list(): Promise<PairView[]> {
    const { store, own: { pk } } = this.#options;
    const asked = await allAskedBy(store);
    const invited = (await pairInvites(store)).map((peer) => invitedView(pk, peer));
    const paired = [...this.#rooms.values()].map((room) => viewOf(room, asked.get(room.record.peer)));
    const denied = [...asked].flatMap(([peer, by]) =>
      by.ended === "" || this.#rooms.has(peer) ? [] : [deniedView(pk, peer, by)]
    );
    const all = [...invited, ...paired, ...denied].sort((a, b) => a.peer < b.peer ? -1 : 1);
    return await Promise.all(all.map(async (view) => {
      const { verified } = await store.peers.get(view.peer);
      return verified ? { ...view, verified } : view;
    }));
  }

  readonly add: Pairs["add"] = (request) => this.#agreeing.add(request);
  readonly accept: Pairs["accept"] = (request) => this.#agreeing.accept(request);
  readonly decline: Pairs["decline"] = (request) => this.#agreeing.decline(request);
  readonly use: Pairs["use"] = (request) => this.#agreeing.use(request);
  /** A peer says a step of pairing. */
  readonly heard = (peer: PublicKeyHex, frame: PairControl): Promise<void> =>
    this.#agreeing.heard(peer, frame);
  readonly issueInvite: Pairs["issueInvite"] = (terms) =>
    this.#agreeing.inTurn(() => this.#issued.issue(terms));
  readonly issuedInvites: Pairs["issuedInvites"] = () => this.#issued.list();
  readonly revokeInvite: Pairs["revokeInvite"] = ({ invite }) =>
    this.#agreeing.inTurn(() => this.#issued.revoke(invite));

  async remove({ peer }: { peer: PublicKeyHex }): Promise<void> {
    const isDenied = (await allAskedBy(this.#options.store)).has(peer) && !this.#rooms.has(peer);
    if (!isDenied) this.#room(peer);
    await this.#agreeing.remove(peer);
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

  async read({ waitMs, leaves = false, peers }: PairReadRequest): Promise<PairReading> {
    const rooms = [...this.#rooms.values()].filter(({ record: { status, peer } }) =>
      status !== "revoked" && (peers?.includes(peer) ?? true)
    );
    const read = await Promise.all(rooms.map((room) => this.#exchange(room, waitMs, leaves)));
    const away = rooms.filter(({ record }, i) => record.status === "active" && !read[i])
      .map(({ record: { peer } }) => peer);
    const count = { pairs: rooms.length, read: read.filter(Boolean).length };
    return away.length === 0 ? count : { ...count, away };
  }

  async nameHolder({ peer, holder = NULL_PK }: Parameters<Pairs["nameHolder"]>[0]): Promise<void> {
    const room = this.#room(peer);
    if (holder === peer || holder === this.#options.own.pk) {
      throw pairUsage("A side of a pair can't hold it", "Name a third node that is always on.");
    }
    await room.nameHolder(holder);
  }

  readonly kept: Pairs["kept"] = () =>
    Promise.resolve([...this.#rooms.values()].flatMap(({ parts }) => parts));
  readonly hold: Pairs["hold"] = async (request) => await (await this.#holding).add(request);
  readonly held: Pairs["held"] = async () => await (await this.#holding).list();
  readonly release: Pairs["release"] = async (request) => await (await this.#holding).remove(request);

  /** A program that does not stay reads, and stays until the peer has read too. @returns Whether we have read. */
  async #exchange(room: PairRoom, waitMs: number, leaves: boolean): Promise<boolean> {
    const { clock, resident } = this.#options;
    const untilMs = clock.nowMs() + waitMs;
    const leftMs = (): number => Math.max(0, untilMs - clock.nowMs());
    const isAsked = leaves && room.record.status === "pending";
    if (!await room.read(isAsked ? Math.min(waitMs, ASKED_MS) : waitMs)) return false;
    if (!leaves && resident) return true;
    await room.allRead(leftMs());
    const all = room.feeds?.untilNow(); // the other may talk on and on
    while (isServing(room.feeds, clock.nowMs()) && leftMs() > 0) await sleep(clock, LOOK_MS);
    all?.();
    return true;
  }

  async #drop(peer: PublicKeyHex, changes: readonly Change[]): Promise<void> {
    const { store } = this.#options;
    await this.#rooms.get(peer)?.close();
    this.#rooms.delete(peer);
    try {
      await this.#secrets.keep(peer, new Map());
      await dropPair(store, peer, changes);
    } catch (error) {
      // What is left of it is there, now as after the next start, and can be dropped once more.
      const kept = await keptPair(store, peer).catch(() => undefined);
      if (kept !== undefined) this.#open(kept);
      throw error;
    }
  }

  #open(kept: KeptPair): PairRoom {
    const { peer } = kept.record;
    const room = new PairRoom({
      ...this.#options,
      kept,
      secrets: () => this.#secrets.of(peer),
      keepSecrets: (secrets) => this.#secrets.keep(peer, secrets),
      isBlocked: () => this.#options.isBlocked(peer),
    });
    this.#rooms.set(peer, room);
    return room;
  }

  #room(peer: PublicKeyHex): PairRoom {
    const room = this.#rooms.get(peer);
    if (room === undefined) throw noSuchPair(peer);
    return room;
  }
}
