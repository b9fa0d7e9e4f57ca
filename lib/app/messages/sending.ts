/**
 * Messages of ours: kept, put into their lane, and reported; sent again, cancelled and taken back.
 *
 * @see lib/app/README.md "Sending"
 * @module
 */
import type { Next } from "../../chat/outbox.ts";
import { clampWait } from "../../chat/outgoing.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { type Clock, within } from "../../sys/clock.ts";
import type { Change, CommitResult, NewMessage, StoredMessage } from "../../store/store.ts";
import { utf8Length } from "../../wire/bytes.ts";
import { inPart, NetworkError, UserError } from "../../wire/errors.ts";
import { DIRECT_NS, type Job, mayHaveLeft, RETRY_WAIT_MS, type Settled } from "../outbox/job.ts";
import type { OutboxRun } from "../outbox/outbox_run.ts";
import type { SendReport, SendRequest } from "./messages.ts";
import { CHAT_PORT, type Messenger } from "./messenger.ts";
import { type Planned, Planning, type PlanningParts, usage } from "./planning.ts";

/** For a message's own attempt to end by itself first, and to say why; in parts of its wait. */
const SLACK = 0.05;

class Late extends Error {}

/** What sending works with. */
export interface SendingParts extends PlanningParts {
  /** The lanes. */
  readonly lanes: OutboxRun;
  /** Port 1. */
  readonly messenger: Messenger;
  /** Times. */
  readonly clock: Clock;
}

/** What the user does with messages of ours. */
export class Sending {
  readonly #parts: SendingParts;
  readonly #planning: Planning;

  /** Nothing happens by itself. */
  constructor(parts: SendingParts) {
    this.#parts = parts;
    this.#planning = new Planning(parts);
  }

  /** A message of that protocol came: the answer goes the same way. */
  answerVia(peer: PublicKeyHex, via: NewMessage["via"]): void {
    this.#planning.answerVia(peer, via);
  }

  /** Keeps and sends a text. @param id  Of its envelope; a random one by default. @see Messages.send */
  async send(request: SendRequest, id?: string): Promise<SendReport> {
    const startMs = this.#parts.clock.nowMs();
    const { pk: peer } = request.to;
    const lane = this.#parts.lanes.lane(peer);
    let planned!: Planned;
    const bytes = utf8Length(request.text);
    const prepare = async (): Promise<{ committing: Promise<CommitResult> }> => {
      planned = await this.#planning.plan(request, id);
      // What is not queued is promised with its outcome, which is kept behind it.
      const early = !request.queue;
      return { committing: this.#parts.book.commit(await this.#changes(request, planned), { early }) };
    };
    const jobOf = (result: CommitResult): Job | undefined =>
      result.ok ? this.#job(request, planned, result.positions[0], bytes) : undefined;
    const { result, settled } = await lane.keep(bytes, prepare, jobOf);
    const position = result.ok ? result.positions[0] : result.position ?? 0;
    const { next, error } = settled
      ? await this.#inTime(request, settled)
      : await this.#repeated(request, planned, result);
    const ms = this.#parts.clock.nowMs() - startMs;
    return report(next, error, { ms, position, ...(planned.id === undefined ? {} : { id: planned.id }) });
  }

  /** What is queued behind others is kept, and told to be, when its time is over: theirs may take longer. */
  async #inTime({ queue, waitMs }: SendRequest, settled: Promise<Settled>): Promise<Settled> {
    if (!queue || waitMs <= 0) return await settled;
    const late: Settled = {
      next: { kind: "later", dueNs: 0n, attempts: 0, written: false, reason: `no ack within ${waitMs} ms` },
    };
    const limitMs = clampWait(waitMs) * (1 + SLACK);
    return await within(this.#parts.clock, limitMs, settled, () => new Late()).catch((error) => {
      if (error instanceof Late) return late;
      throw error;
    });
  }

  /** Sends a message again now. @see Outbox.retry */
  async retry(peer: PublicKeyHex, position: number): Promise<void> {
    const lane = this.#parts.lanes.lane(peer);
    const look = () => Promise.resolve({ committing: this.#parts.store.messages.get(peer, position) });
    const { result: message, settled } = await lane.keep(0, look, (message) => {
      const isDone = message?.via === "pair" ||
        ["received", "read", "deleted"].includes(message?.state ?? "deleted");
      if (!message || message.direction === "in" || isDone) return undefined;
      return lane.find(position) ?? againJob(message, RETRY_WAIT_MS);
    });
    if (!message || !settled) throw noSuch("There is no such message to send again");
    await settled;
  }

  /** Takes a message out of the outbox. @see Outbox.cancel */
  async cancel(peer: PublicKeyHex, position: number): Promise<void> {
    const job = this.#parts.lanes.find(peer)?.find(position);
    if (job?.kind !== "queued") throw noneWaits();
    if (job.away) {
      throw new UserError("The message is just being sent", {
        kind: "busy",
        hint: "Wait for its outcome; it can be taken back afterwards.",
      });
    }
    const reason = mayHaveLeft(job) ? "it may have arrived" : undefined;
    await this.#takeOut(peer, job, "cancelled", [
      { kind: "state", peer, position, state: "cancelled", ...(reason ? { reason } : {}) },
      { kind: "unqueue", peer, position },
    ]);
  }

  /** Takes a message out of its lane, and keeps that; where it can't be kept, the message waits there as before. */
  async #takeOut(
    peer: PublicKeyHex,
    job: Job | undefined,
    reason: string,
    changes: readonly Change[],
  ): Promise<void> {
    const { store, lanes } = this.#parts;
    if (job) lanes.find(peer)?.take(job, { kind: "over", state: "failed", reason });
    try {
      await store.commit(changes);
    } catch (error) {
      if (job && !job.away) this.#putBack(peer, [job]);
      throw error;
    }
  }

  #putBack(peer: PublicKeyHex, jobs: readonly Job[]): void {
    if (jobs.length === 0) return;
    const lane = this.#parts.lanes.lane(peer);
    for (const job of jobs) lane.add(job);
    lane.run(false);
  }

  /** Takes a message back. @see Messages.remove */
  async remove(peer: PublicKeyHex, position: number, everywhere: boolean): Promise<void> {
    const { store, lanes, messenger } = this.#parts;
    const message = await store.messages.get(peer, position);
    if (!message) throw noSuch("There is no such message");
    const job = lanes.find(peer)?.find(position);
    const isThere = job ? mayHaveLeft(job) || job.away : !isUnsent(message);
    await this.#takeOut(peer, job, "it was taken back", [{ kind: "delete", peer, position }]);
    const { direction, id, via } = message;
    if (!everywhere || direction === "in" || id === undefined || via !== "dmsg" || !isThere) return;
    try {
      await messenger.notify({ pk: peer, port: CHAT_PORT }, [{ kind: "delete", id }]);
    } catch (error) {
      throw inPart("The text is deleted here; the peer could not be told, do it again for that", error);
    }
  }

  /** Drops a conversation, with what waits to be sent. @see Messages.forget */
  async forget(peer: PublicKeyHex): Promise<void> {
    const { book, lanes } = this.#parts;
    this.#planning.forget(peer);
    const forgotten: Next = { kind: "over", state: "failed", reason: "it was forgotten" };
    const waiting = lanes.lane(peer).jobs.filter(({ away }) => !away);
    try {
      await lanes.lane(peer).drop(forgotten, () => book.commit([{ kind: "forget", peer }]));
    } catch (error) {
      this.#putBack(peer, waiting);
      throw error;
    }
  }

  /** An ack came when nobody waited for it any more. */
  async lateAck(peer: PublicKeyHex, id: string, once: boolean): Promise<void> {
    const { store, lanes } = this.#parts;
    const message = await store.messages.byId(peer, "out", id);
    if (!message) return;
    const { position } = message;
    const lane = lanes.find(peer);
    if (lane?.find(position)) await store.commit([]); // resolves when all that was kept early survives, too
    const job = lane?.find(position);
    const keeping = this.#keepArrived(message, job, once);
    // Out of the lane at once: what its attempt brings must not be kept behind this. Told when it is kept.
    if (job) lane?.take(job, { kind: "done", state: "received" }, keeping);
    await keeping;
    lane?.run(false);
  }

  async #keepArrived({ peer, position }: StoredMessage, job: Job | undefined, once: boolean): Promise<void> {
    const { book } = this.#parts;
    const facts = await book.onceChange(peer, once);
    const state: Change = {
      kind: "state",
      peer,
      position,
      state: "received",
      from: ["pending", "sent", "unconfirmed", "failed", "cancelled"],
    };
    const unqueue: Change[] = job && job.kind !== "again" ? [{ kind: "unqueue", peer, position }] : [];
    const result = await book.commit([state, ...unqueue, ...facts]);
    if (!result.ok) await book.commit([...unqueue, ...facts]);
  }

  async #changes({ to, queue }: SendRequest, planned: Planned): Promise<Change[]> {
    const { book, clock } = this.#parts;
    const peer = to.pk;
    const atNs = clock.wallNs();
    const message: NewMessage = { peer, direction: "out", atNs, state: "pending", ...planned };
    // Who is written to may answer.
    const accepted: Change[] = (await book.get(peer)).accepted
      ? []
      : [{ kind: "peer", peer, facts: { accepted: true } }];
    return [{ kind: "message", message, queue: { dueNs: queue ? atNs : DIRECT_NS } }, ...accepted];
  }

  #job({ to, waitMs, queue }: SendRequest, planned: Planned, position: number, bytes: number): Job {
    const nowNs = this.#parts.clock.wallNs();
    const kept = { peer: to.pk, direction: "out", atNs: nowNs, state: "pending", position } as const;
    return {
      position,
      kind: queue ? "queued" : "direct",
      addedNs: this.#parts.store.passedNs(),
      dueNs: nowNs,
      attempts: 0,
      written: false,
      state: "pending",
      bytes,
      waitMs: clampWait(waitMs),
      message: { ...planned, ...kept },
    };
  }

  /** The same key once more: one message. It has arrived, is under way, or is sent again. */
  async #repeated(
    { to, waitMs }: SendRequest,
    { replyTo }: Planned,
    result: CommitResult,
  ): Promise<Settled> {
    if (result.ok) throw new TypeError("a kept message has an outcome");
    const { reason, position = 0 } = result;
    if (reason === "full") {
      throw refused(
        "The outbox of this peer is full: this is not kept",
        '`dmsg outbox` shows what waits; config.json may allow more with "outboxMiB".',
      );
    }
    const another = () =>
      refused("This key was used for another text", "A key names one message: use a new one.");
    if (reason === "conflict") throw another();
    const message = position > 0 ? await this.#parts.store.messages.get(to.pk, position) : undefined;
    if (!message || message.state === "deleted") {
      throw refused("The message with this key was removed", "Use a new key to send it again.");
    }
    if (message.replyTo !== replyTo) throw another();
    const isThere = message.state === "received" || message.state === "read";
    return isThere ? { next: { kind: "done", state: "received" } } : await this.#again(message, waitMs);
  }

  async #again(message: StoredMessage, waitMs: number): Promise<Settled> {
    const { peer, position } = message;
    const lane = this.#parts.lanes.lane(peer);
    let job = lane.find(position);
    if (!job) lane.add(job = againJob(message, waitMs));
    const settled = lane.outcome(job);
    lane.run(true);
    return await settled;
  }
}

/** One more attempt with a message that is not in its lane. */
function againJob(message: StoredMessage, waitMs: number): Job {
  const { position, atNs, state, body } = message;
  const written = !isUnsent(message);
  const plan = { addedNs: atNs, dueNs: 0n, attempts: 0, written, state, bytes: utf8Length(body), message };
  return { position, kind: "again", ...plan, waitMs: clampWait(waitMs) };
}

/** @throws {NetworkError} It was not written, and is not queued. */
function report(
  next: Next,
  error: Error | undefined,
  rest: Pick<SendReport, "id" | "ms" | "position">,
): SendReport {
  if (next.kind === "done") return { state: next.state === "received" ? "acked" : "handed-over", ...rest };
  if (next.kind === "later") return { state: "queued", reason: next.reason, ...rest };
  if (next.state === "unconfirmed") return { state: "unconfirmed", reason: next.reason, ...rest };
  throw error ?? new NetworkError(`Not sent: ${next.reason}`, { retry: true, reason: "unreachable" });
}

/** Whether a message certainly never left. A cancelled one that may have left has a reason. */
const isUnsent = ({ state, reason }: StoredMessage): boolean =>
  state === "failed" || (state === "cancelled" && reason === undefined);

const refused = (message: string, hint: string): UserError =>
  new UserError(message, { kind: "refused", hint });
const noneWaits = () => usage("There is no such message in the outbox", "`dmsg outbox` shows what waits.");
const noSuch = (message: string): UserError => usage(message, "`dmsg history --verbose` shows the numbers.");
