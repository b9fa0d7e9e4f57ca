/**
 * Asking members for leaves that must exist and are not here, and answering those who ask.
 *
 * @see lib/group/README.md "Threads"
 * @module
 */
import { encodeChatFrame } from "../../../chat/frame.ts";
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { FeedLeaf } from "../../../cxo/feed/change.ts";
import { relayPortOf } from "../../../group/record/address.ts";
import { adminsOf, membersOf } from "../../../group/record/record.ts";
import { isDecisionPath } from "../../../group/roster/governance.ts";
import type { Missing } from "../../../group/threads/author_ledger.ts";
import { MAX_WANTS } from "../../../group/threads/inquiry.ts";
import { answerFrames, LeafAnswer } from "../../../group/threads/leaf_answer.ts";
import {
  encodeLeavesRequest,
  type LeavesRequest,
  readLeavesRequest,
  unsaidGroup,
} from "../../../group/threads/leaf_request.ts";
import type { Store } from "../../../store/store.ts";
import { abortWith } from "../../../sys/abort.ts";
import { within } from "../../../sys/clock.ts";
import { late } from "../feeds/group_network.ts";
import type { GroupId } from "../groups.ts";
import { readFrames } from "../joining/admission.ts";
import type { AskingOptions } from "../joining/asking.ts";
import type { GroupRoom } from "../room/group_room.ts";
import { answerOf } from "./archive.ts";
import { Strangers } from "./strangers.ts";

/** How long one member may take, with its dial. */
const ANSWER_MS = 15_000;
/** Members that are asked for the same at most, those that are connected first. */
const ASKED = 8;
/** How long somebody who asks how we stand waits when nobody answers. */
const STANDING_MS = 5_000;
/** Answers that one member gives in a row: a long history, or one of decisions, comes in pieces. */
const IN_A_ROW = 200;
/** Answers in which a stranger gives no decision that is news: it may know of some that others made later. */
const IDLE_ANSWERS = 4;

type More = Pick<LeavesRequest, "skip" | "decisions">;

/** Asks for what is missing. */
export class Inquiries {
  readonly #options: AskingOptions;
  readonly #running = new Set<GroupId>();
  readonly #strangers = new Map<GroupId, Strangers>();
  readonly #stop = new AbortController();

  /** Nothing is asked yet. */
  constructor(options: AskingOptions) {
    this.#options = options;
  }

  /** Ends all that runs. */
  close(): void {
    for (const strangers of this.#strangers.values()) strangers.close();
    this.#stop.abort(new DOMException("the app is closed", "AbortError"));
  }

  /** Asks one member after the other until nothing is missing; one round at a time for each group. */
  async ask(room: GroupRoom): Promise<void> {
    const { id } = room.record;
    if (this.#options.network === undefined || this.#running.has(id)) return;
    this.#running.add(id);
    try {
      for (const pk of this.#whom(room)) {
        // What nobody has any more keeps back nothing that stands behind it.
        let [first, wants] = [0, room.wants()];
        for (let i = 0; i < IN_A_ROW && first < wants.length && !this.#stop.signal.aborted; i++) {
          const came = await this.#askOne(room, pk, wants.slice(first, first + MAX_WANTS));
          if (came === undefined) break;
          if (!came) first += MAX_WANTS;
          wants = room.wants();
        }
      }
    } finally {
      this.#running.delete(id);
    }
  }

  /**
   * Asks somebody who does not let us read its feed, or may not, whether we were put out while our program was off: it
   * gives the decision, which is judged as any other. Its word alone is nothing.
   * @returns Whether it has answered.
   */
  async askStanding(room: GroupRoom, pk: PublicKeyHex): Promise<boolean> {
    if (this.#options.network === undefined || !mayBeOut(room)) return false;
    let skip = 0;
    for (let i = 0; i < IN_A_ROW && mayBeOut(room); i++) {
      const leaves = await this.#leavesOf(room, pk, [], { skip: BigInt(skip) });
      if (leaves === undefined) return skip > 0;
      if (leaves.length === 0) break;
      await room.heard(pk, leaves);
      skip += leaves.length;
    }
    return true;
  }

  /** Somebody reads our feed, or wants to: see {@link askDecisions}. */
  met(room: GroupRoom, pk: PublicKeyHex): void {
    this.askDecisions(room, pk).catch((error) => room.isClosed || this.#options.onProblem(error));
  }

  /**
   * Asks somebody who wants to read our feed, and is in as nobody that we know of, why it should: of two whom only somebody
   * has told of who has left, one knows the other. It gives decisions until one of them says that it is in; a founder that
   * comes back with nothing learns all of them so. Who was put out asks an admin that reads it: that may have let it in
   * again.
   */
  async askDecisions(room: GroupRoom, pk: PublicKeyHex): Promise<void> {
    if (this.#options.network === undefined || !this.#isWorthIt(room, pk)) return;
    if (this.#stop.signal.aborted || !this.#strangersOf(room).isTurnOf(pk, () => this.met(room, pk))) return;
    await this.#decisionsOf(room, pk);
  }

  /** Asks an admin that has just answered us as if we stood otherwise than we know: what was decided about us. */
  async learn(room: GroupRoom, pk: PublicKeyHex): Promise<void> {
    if (mayBeOut(room)) await this.askStanding(room, pk);
    else await this.#decisionsOf(room, pk);
  }

  /** Whether somebody may know what we don't: why it reads us, or that we are in again. */
  #isWorthIt(room: GroupRoom, pk: PublicKeyHex): boolean {
    return isStranger(room, pk) || mayBeBack(room, pk, this.#options.pk);
  }

  async #decisionsOf(room: GroupRoom, pk: PublicKeyHex): Promise<void> {
    let skip = 0;
    for (let i = 0, idle = 0; i < IN_A_ROW && idle < IDLE_ANSWERS && this.#isWorthIt(room, pk); i++) {
      const leaves = await this.#leavesOf(room, pk, [], { skip: BigInt(skip), decisions: true });
      if (leaves === undefined || leaves.length === 0 || room.isClosed) return;
      const before = room.circle.decisionCount;
      // Nothing else of a stranger's: what it says, or says to have of ours, is no evidence.
      const decisions = leaves.filter(({ path }) => isDecisionPath(path));
      const { outs } = await room.handle({ kind: "leaves", feed: pk, leaves: decisions });
      if (outs.some(({ kind }) => kind === "dropped")) return;
      if (room.circle.decisionCount === before) idle++;
      skip += leaves.length;
    }
  }

  #strangersOf({ record: { id } }: GroupRoom): Strangers {
    const strangers = this.#strangers.get(id) ?? new Strangers(this.#options.clock);
    this.#strangers.set(id, strangers);
    return strangers;
  }

  /** {@link askStanding} of several at once, until one has answered, none has, or {@link STANDING_MS} are over. */
  async askAll(room: GroupRoom, whom: readonly PublicKeyHex[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const asked = whom.map(async (pk) => await this.askStanding(room, pk) && resolve());
    void Promise.all(asked).then(() => resolve());
    await within(this.#options.clock, STANDING_MS, promise, () => late(whom[0])).catch(() => {});
  }

  #whom({ record, feeds }: GroupRoom): PublicKeyHex[] {
    const others = membersOf(record).filter((pk) => pk !== this.#options.pk);
    const rank = (pk: PublicKeyHex) => feeds?.state(pk)?.connected ? 0 : 1;
    return others.sort((a, b) => rank(a) - rank(b)).slice(0, ASKED);
  }

  /** @returns Whether something came that was missing; undefined: it has not answered. */
  async #askOne(
    room: GroupRoom,
    pk: PublicKeyHex,
    wants: readonly Missing[],
  ): Promise<boolean | undefined> {
    const leaves = await this.#leavesOf(room, pk, wants);
    if (leaves === undefined || room.isClosed) return undefined;
    if (leaves.length === 0) return false;
    // What has retired is asked for step by step: with what comes as much more may be wanted.
    const here = (): bigint =>
      sizeOf(
        wants.flatMap((want) =>
          room.ledger.of(want.author)?.here(want)?.map(([from, to]) => ({ from, to })) ?? []
        ),
      );
    const [left, found] = [sizeOf(room.wants()), here()];
    await room.heard(pk, leaves);
    return sizeOf(room.wants()) < left || here() > found;
  }

  /** @returns undefined: it is away, its program knows no such requests, or we are nobody that it answers. */
  async #leavesOf(
    room: GroupRoom,
    pk: PublicKeyHex,
    wants: readonly Missing[],
    more: More = {},
  ): Promise<readonly FeedLeaf[] | undefined> {
    const { clock, network } = this.#options;
    const dialled = new AbortController(); // a stream that comes too late is nobody's
    const unlink = abortWith(dialled, this.#stop.signal);
    try {
      const dialing = network!.dial({ pk, port: relayPortOf(room.record.port) }, dialled.signal);
      const stream = await within(clock, ANSWER_MS, dialing, () => late(pk));
      const asking = this.#exchange(stream, room.record.id, wants, more);
      return await within(clock, ANSWER_MS, asking, () => late(pk)).finally(() => stream.close());
    } catch {
      dialled.abort();
      return undefined;
    } finally {
      unlink();
    }
  }

  async #exchange(
    stream: Awaited<ReturnType<NonNullable<AskingOptions["network"]>["dial"]>>,
    group: GroupId,
    wants: readonly Missing[],
    more: More,
  ): Promise<readonly FeedLeaf[] | undefined> {
    const named = more.decisions ? unsaidGroup(group, this.#options.pk) : group; // of strangers alone
    await stream.write(encodeChatFrame(encodeLeavesRequest(named, wants, true, more)));
    const answer = new LeafAnswer(group);
    let leaves: readonly FeedLeaf[] | undefined;
    await readFrames(stream, (payload) => (leaves = answer.take(payload)) === undefined);
    return leaves;
  }
}

/** The answer to a member's request, as payloads. @returns undefined: it is none, or not for who asks. */
export async function answerInquiry(
  room: GroupRoom,
  store: Store,
  payload: Uint8Array,
  from: PublicKeyHex,
): Promise<Iterable<Uint8Array> | undefined> {
  const request = readLeavesRequest(payload);
  const { id, mode } = room.record;
  const named = request?.groupId.toLowerCase();
  if (request === undefined || named !== id && named !== unsaidGroup(id, from)) return undefined;
  if (mode === "private" && !room.isMember(from)) {
    const parting = room.circle.parting(from, Number(request.skip ?? 0n));
    return parting.length === 0 ? undefined : answerFrames(id, parting);
  }
  if (request.decisions) return answerFrames(id, room.circle.decided(Number(request.skip ?? 0n)));
  const leaves = await answerOf(store, id, request, {
    hereOf: (want) => room.ledger.of(want.author)?.here(want),
    served: (leaf) => room.circle.served(leaf),
  });
  return answerFrames(id, leaves);
}

/** Of a group in clear everybody reads the feeds that say so. */
const mayBeOut = ({ isClosed, record: { mode, status } }: GroupRoom): boolean =>
  !isClosed && mode === "private" && status === "active";

/** Whether we are in, and somebody is not, as far as we know. Who is banned is known, and a holder too. */
const isStranger = (room: GroupRoom, pk: PublicKeyHex): boolean => {
  const { isClosed, extra: { holder }, record: { banned, status } } = room;
  if (isClosed || status !== "active" && status !== "pending") return false;
  return !room.isMember(pk) && pk !== holder && !banned.includes(pk);
};

/** Whether we were put out, and somebody who decides reads us, or has let us in. @param own  Us. */
function mayBeBack({ isClosed, record }: GroupRoom, pk: PublicKeyHex, own: PublicKeyHex): boolean {
  const { banned, status } = record;
  const wasPutOut = status === "revoked" || status === "banned" ||
    status === "pending" && banned.includes(own);
  return !isClosed && wasPutOut && adminsOf(record).includes(pk);
}

const sizeOf = (missing: readonly Pick<Missing, "from" | "to">[]): bigint =>
  missing.reduce((sum, { from, to }) => sum + to - from + 1n, 0n);
