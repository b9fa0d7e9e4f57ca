/**
 * Coming in: asks the admins of a group until one has decided.
 *
 * @see specification skychat §b.7
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { GroupRecord } from "../../../group/record/record.ts";
import { type Clock, sleep, within } from "../../../sys/clock.ts";
import { NetworkError } from "../../../wire/errors.ts";
import { isEnded } from "../views/issued.ts";
import { type Answered, isDecisive, isOfD2, isWaiting } from "./answers.ts";
import { type GroupNetwork, late } from "../feeds/group_network.ts";
import { turnedAway } from "../group_errors.ts";
import type { GroupRoom } from "../room/group_room.ts";
import type { GroupId } from "../groups.ts";
import type { Standing } from "../room/standing_event.ts";
import { AskingOne, type Plea } from "./asking_one.ts";
import { signedGroup } from "./signed_links.ts";
import { whomToAsk } from "./whom_to_ask.ts";

/** What asking is made of. */
export interface AskingOptions {
  /** Our key. */
  readonly pk: PublicKeyHex;
  /** Time. */
  readonly clock: Clock;
  /** Carries streams; undefined for a command without a network. */
  readonly network: GroupNetwork | undefined;
  /** Told when something went wrong beside a call. */
  readonly onProblem: (error: Error) => void;
  /** Keeps who waits for us and what was decided about us, as an event. */
  readonly onStanding: (group: GroupRecord, event: Standing, peer?: PublicKeyHex) => Promise<void>;
}

/** How long after each other admins are asked. */
const STAGGER_MS = 2_000;
/** How long one admin may take, with its dial. */
const ANSWER_MS = 20_000;
/** Until a request that waits, or found nobody, is made again. */
const AGAIN_MS = 30_000;
/** The same where our program is there for a short while, and its admin may be so as well. */
const KNOCK_MS = 5_000;
/** The same when an admin has begun to read our feed: it reads those of who is in. */
const READ_MS = 500;
/** Who comes to ask this long behind another one asks the same; later that one's question may have nobody to answer it. */
const SAME_MS = 2_000;
/** So often it is looked whether the roster that lets us in has come. */
const LOOK_MS = 100;

/** Comes in. */
export class Asking {
  readonly #options: AskingOptions;
  readonly #toD2: (room: GroupRoom) => Promise<GroupRoom>;
  readonly #learn: (room: GroupRoom, admin: PublicKeyHex) => Promise<void>;
  readonly #again = new Map<GroupId, () => void>();
  /** Groups in which an admin has begun to read our feed since we asked. */
  readonly #read = new Set<GroupId>();
  /** Until when no sign of life has us ask, by the clock's `nowMs`. */
  readonly #quietMs = new Map<GroupId, number>();
  readonly #one: AskingOne;
  /** What is being asked just now. */
  readonly #running = new Map<GroupId, Running>();
  /** Groups of which what an admin has decided is being kept, and told then: two answers may come at once. */
  readonly #telling = new Set<GroupId>();
  readonly #stop = new AbortController();

  /** Nothing is asked yet. @param learn  Asks an admin what was decided. */
  constructor(
    options: AskingOptions,
    toD2: (room: GroupRoom) => Promise<GroupRoom>,
    learn: (room: GroupRoom, admin: PublicKeyHex) => Promise<void>,
  ) {
    this.#options = options;
    this.#toD2 = toD2;
    this.#learn = learn;
    this.#one = new AskingOne(options);
  }

  /** Ends all that runs. */
  close(): void {
    this.#stop.abort(new DOMException("the app is closed", "AbortError"));
    for (const group of [...this.#again.keys()]) this.stop(group);
  }

  /** No longer asks about a group. */
  stop(group: GroupId): void {
    this.#again.get(group)?.();
    this.#again.delete(group);
    this.#read.delete(group);
    this.#quietMs.delete(group);
    this.#one.forget(group);
  }

  /** Somebody has begun to read our feed; an admin may have let us in, also when another one has told us no. */
  readBy(room: GroupRoom, reader: PublicKeyHex): void {
    const { id } = room.record;
    const isDenied = room.record.status === "denied";
    if (!isDenied && !isWaiting(room) || this.#read.has(id) || !this.#asked(room).includes(reader)) return;
    this.#read.add(id);
    // Else it is being asked, and that goes on behind the answer.
    if (isDenied || this.#again.has(id)) this.goOn(room);
  }

  /**
   * Somebody is there; an admin that our request has not reached, or that has decided since, may be gone again before
   * the next one.
   */
  isBack(room: GroupRoom, peer: PublicKeyHex): void {
    const isQuiet = this.#options.clock.nowMs() < (this.#quietMs.get(room.record.id) ?? -Infinity);
    if (!isWaiting(room) || isQuiet || !this.#asked(room).includes(peer)) return;
    this.#quiet(room, AGAIN_MS);
    this.readBy(room, peer);
  }

  /** For so long a sign of life has us ask no more, if not for longer already. */
  #quiet({ record: { id } }: GroupRoom, ms: number): void {
    this.#quietMs.set(id, Math.max(this.#quietMs.get(id) ?? -Infinity, this.#options.clock.nowMs() + ms));
  }

  /** Asks again after a while, until somebody has decided. */
  goOn(room: GroupRoom): void {
    const { id } = room.record;
    this.#again.get(id)?.();
    if (this.#stop.signal.aborted) return;
    const cancel = this.#options.clock.after(this.#read.has(id) ? READ_MS : AGAIN_MS, () => {
      this.#again.delete(id);
      this.#read.delete(id);
      if (isWaiting(room) || room.record.status === "denied") {
        this.ask(room, room.extra.note).catch(this.#options.onProblem);
      }
    });
    this.#again.set(id, cancel);
  }

  /**
   * Asks the admins, the founder first, each a little later than the one before it, until one has decided.
   * A signed invite's inviter comes before all; that it lets in no more is kept (`ended`).
   * @param isWish  Its user wants in after a no: a Go admin asks its own user about us once more.
   * @returns Whether anybody has answered.
   * @throws {UserError} refused: denied or banned.
   */
  async ask(room: GroupRoom, note: string, isWish = false): Promise<boolean> {
    const { id } = room.record;
    const running = this.#running.get(id);
    const isSame = running?.room === room && running.plea.note === note && running.plea.isWish === isWish;
    const nowMs = this.#options.clock.nowMs();
    // A timer and a command that waits may come to it in the same moment: one question, and one answer.
    if (isSame && nowMs - running.sinceMs <= SAME_MS) return await running.asking;
    const plea = { note, isWish };
    const asking = this.#ask(room, plea);
    this.#running.set(id, { room, plea, asking, sinceMs: nowMs });
    return await asking.finally(() => {
      if (this.#running.get(id)?.asking === asking) this.#running.delete(id);
    });
  }

  async #ask(room: GroupRoom, plea: Plea): Promise<boolean> {
    if (this.#options.network === undefined) return false;
    const { id } = room.record;
    this.#again.get(id)?.();
    this.#again.delete(id);
    const answered = await this.#firstDecision(room, this.#asked(room), plea);
    if (answered?.response.status === "admitted") this.#read.delete(id); // the roster comes with that admin's feed
    if (room.isClosed) return true; // left or dropped meanwhile: what an admin says comes too late
    try {
      if (answered === undefined) return false;
      this.#quiet(room, KNOCK_MS); // what shows us that it is there is this answer
      // What its link did not say: it takes a key of ours to be given the group's.
      if (isOfD2(answered.response, room)) return await this.#ask(await this.#toD2(room), plea);
      await this.#follow(room, answered);
      return true;
    } finally {
      if (!room.isClosed && isWaiting(room)) this.goOn(room);
    }
  }

  /**
   * Asks now, and waits until we are in: what an admin has decided while no program of ours was there counts at once.
   * @param waitMs  At most, milliseconds.
   * @param goesOn  Whether admins that are not there are waited for, and asked again every few seconds.
   * @throws {UserError} refused: denied or banned.
   */
  async settle(find: () => GroupRoom, waitMs: number, signal?: AbortSignal, goesOn = false): Promise<void> {
    const { clock, network } = this.#options;
    if (waitMs <= 0 || network === undefined || !isWaiting(find())) return;
    const untilMs = clock.nowMs() + waitMs;
    const tooLate = new NetworkError("Nobody has answered", { retry: true, reason: "timeout" });
    const over = new AbortController();
    const asking = async (): Promise<void> => {
      while (!await this.ask(find(), find().extra.note) && goesOn && isWaiting(find())) {
        await sleep(clock, KNOCK_MS, AbortSignal.any([over.signal, this.#stop.signal]));
      }
    };
    await within(clock, waitMs, asking(), () => tooLate, signal)
      .catch((error) => {
        if (error !== tooLate) throw error;
      }).finally(() => over.abort(tooLate));
    // The roster comes behind an admin's word; a founder of an old program gives none, and is spoken to as it is.
    const isOnItsWay = (): boolean => find().record.status === "pending" && find().ownerAge === "newer";
    while (isOnItsWay() && clock.nowMs() < untilMs && !this.#stop.signal.aborted) {
      await sleep(clock, LOOK_MS, signal);
    }
  }

  #asked({ record, extra: { invite } }: GroupRoom): PublicKeyHex[] {
    return whomToAsk(record, this.#options.pk, invite === "" ? [] : [signedGroup(invite).inviter]);
  }

  async #firstDecision(
    room: GroupRoom,
    asked: readonly PublicKeyHex[],
    plea: Plea,
  ): Promise<Answered | undefined> {
    const { clock } = this.#options;
    const decided = Promise.withResolvers<Answered | undefined>();
    const ended = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, ended.signal]);
    let open = asked.length;
    let second: Answered | undefined;
    asked.forEach(async (pk, i) => {
      try {
        await sleep(clock, i * STAGGER_MS, signal);
        // A program that says nothing must not keep a stream of ours: it is asked again and again.
        const over = new AbortController();
        const asking = this.#one.ask(room, pk, plea, AbortSignal.any([signal, over.signal]));
        const response = await within(clock, ANSWER_MS, asking, () => late(pk)).finally(() => over.abort());
        if (response === undefined) return;
        if (isDecisive(response.status, room)) decided.resolve({ from: pk, response });
        if (second === undefined || response.status === "pending") second = { from: pk, response };
      } catch (error) {
        if (!(error instanceof NetworkError) && !signal.aborted) this.#options.onProblem(error as Error);
      } finally {
        if (--open === 0) decided.resolve(second);
      }
    });
    if (open === 0) return undefined;
    const response = await decided.promise;
    ended.abort(new DOMException("another admin has decided", "AbortError"));
    return response;
  }

  /** Does what follows from an admin's answer. */
  async #follow(room: GroupRoom, answered: Answered): Promise<void> {
    const { id, status } = room.record;
    const isNews = status === "awaiting_approval" && answered.response.status !== "pending" &&
      !this.#telling.has(id);
    if (isNews) this.#telling.add(id);
    const decided = async (event: Standing): Promise<void> => {
      if (isNews) await this.#options.onStanding(room.record, event);
    };
    await this.#heed(room, answered, decided).finally(() => isNews && this.#telling.delete(id));
  }

  /** @param decided  Tells what was decided, once that is kept. */
  async #heed(
    room: GroupRoom,
    { from, response }: Answered,
    decided: (event: Standing) => Promise<void>,
  ): Promise<void> {
    const { status, aesKey: key, keyEpoch: epoch, name, admins, members, wrapped } = response;
    if (status === "admitted") {
      await room.handle({ kind: "admitted", key, epoch, name, admins, members, wrapped });
      // It has taken back the ban that we know of; its feed, which says so as well, comes later.
      if (room.record.banned.includes(this.#options.pk)) await this.#learn(room, from);
      return await decided(status);
    }
    if (status === "pending") {
      const waits = async () => void await room.handle({ kind: "standing", status: "awaiting_approval" });
      await waits();
      if (room.record.status !== "active") return;
      await this.#learn(room, from); // it has put us out, and we have not heard of that
      return await waits();
    }
    if (isEnded(status) && room.extra.invite !== "") {
      await room.handle({ kind: "standing", status: "denied" });
      return await room.remember(() => ({ ended: status }));
    }
    if (status !== "denied" && status !== "banned") return;
    await room.handle({ kind: "standing", status });
    await decided(status);
    throw turnedAway(room.record, status, response.reason);
  }
}

/** A question on its way. */
interface Running {
  readonly room: GroupRoom;
  readonly plea: Plea;
  readonly asking: Promise<boolean>;
  /** When it began, the clock's `nowMs`. */
  readonly sinceMs: number;
}
