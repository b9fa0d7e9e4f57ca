/**
 * Sends over all owners that an identity has while we use it, in the order in which they were asked for. Each is handed
 * to the App of now before the next one is looked at; outcomes are not waited for. When an owner ends, those that it has
 * not finished go to the next one, still in order.
 *
 * @see lib/owner/README.md "Takeover"
 * @module
 */
import type { App } from "../../app/app.ts";
import {
  CHAT_PORT,
  MARK_BYTES,
  type MessageView,
  type SendReport,
  type SendRequest,
} from "../../app/messages/messages.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import { toHex } from "../../wire/bytes.ts";
import { parseGoTime } from "../../wire/go_time.ts";
import type { Claimed } from "../claim.ts";
import { finishSend, keptSince, mayGoAgain, newestPosition } from "./resend.ts";

/** What sends go through. */
export interface SendsParts {
  /** The App of now, or the next one. @throws What ends every use. */
  readonly ready: () => Promise<Claimed>;
  /** An owner has ended. @throws The error when that was not the reason, and when our use is over. */
  readonly lost: (claimed: Claimed, error: unknown) => void;
  /** Measures the time that the rest of a send may take. */
  readonly clock: Clock;
  /** For marks. */
  readonly random: Random;
}

interface Send {
  readonly number: number;
  readonly request: SendRequest;
  readonly signal: AbortSignal | undefined;
  /** The id of its envelope, when it should get one: no other message has it. */
  readonly mark?: string;
  /** Else: the newest position of the conversation at some moment before it. */
  behind?: number;
  /** When an App was first asked to do it, nanoseconds since 1970. */
  begunNs?: bigint;
  readonly result: PromiseWithResolvers<Omit<SendReport, "ms">>;
}

/** What an owner's end has left of a conversation: messages of ours that no send has found yet. */
type Left = Map<PublicKeyHex, MessageView[]>;

/** Hands sends over, one after the other. */
export class Sends {
  readonly #parts: SendsParts;
  /** Not handed over yet, in order. */
  #waiting: Send[] = [];
  /** Handed over, without an outcome, by the App that has them. */
  readonly #away = new Map<Send, Claimed>();
  /** A position below every message that is still to be sent, by peer. */
  readonly #behind = new Map<PublicKeyHex, number>();
  /** Positions of what has its outcome while others of that peer are away: no other send is found there. */
  readonly #done = new Map<PublicKeyHex, Set<number>>();
  readonly #left = new WeakMap<Claimed, Left>();
  #changed = Promise.withResolvers<void>();
  #lastNumber = 0;
  #running = false;

  /** Nothing happens by itself. */
  constructor(parts: SendsParts) {
    this.#parts = parts;
  }

  /** Sends a text behind those before it. @see Messages.send */
  send(request: SendRequest, signal?: AbortSignal): Promise<Omit<SendReport, "ms">> {
    const { key, waitMs, queue, to } = request;
    const isMarked = key === undefined && to.port === CHAT_PORT && (waitMs > 0 || queue === true);
    const mark = isMarked ? { mark: toHex(this.#parts.random.bytes(MARK_BYTES)) } : {};
    const send: Send = {
      number: ++this.#lastNumber,
      request,
      signal,
      ...mark,
      result: Promise.withResolvers(),
    };
    this.#enter(send);
    return send.result.promise;
  }

  #enter(send: Send): void {
    const at = this.#waiting.findIndex(({ number }) => number > send.number);
    this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, send);
    this.#run();
  }

  #run(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#handOver();
  }

  async #handOver(): Promise<void> {
    while (this.#waiting.length > 0) {
      const claimed = await this.#parts.ready().catch((error) => this.#failAll(error));
      if (!claimed) break;
      // What an owner that has ended leaves comes back here, and goes first.
      if ([...this.#away.values()].some((other) => other !== claimed)) {
        await this.#changed.promise;
        continue;
      }
      const send = this.#waiting[0];
      if (!send) break;
      try {
        const outcome = await this.#begin(send, claimed);
        this.#waiting = this.#waiting.filter((other) => other !== send);
        this.#away.set(send, claimed);
        this.#settle(send, claimed, outcome.settled);
      } catch (error) {
        this.#failed(send, claimed, error);
      }
    }
    this.#running = false;
  }

  /** Asks the App for one send. @returns Once it is asked: its outcome, in a box, as a promise would be awaited. */
  async #begin(
    send: Send,
    claimed: Claimed,
  ): Promise<{ readonly settled: Promise<Omit<SendReport, "ms">> }> {
    const { request, signal, mark } = send;
    const { app, role } = claimed;
    signal?.throwIfAborted();
    if (send.begunNs !== undefined && (mark ?? send.behind) !== undefined) {
      const kept = await this.#find(send, claimed);
      const again = kept !== undefined && await mayGoAgain(app, kept);
      if (kept) return { settled: finishSend(app, request, kept, again, this.#parts.clock) };
    }
    // One that runs here can't end under us; one with a key is one message by its key.
    const mustAsk = role === "client" && (request.key ?? mark) === undefined;
    if (mustAsk) send.behind ??= await this.#behindOf(app, request);
    signal?.throwIfAborted();
    send.begunNs ??= this.#parts.clock.wallNs();
    return { settled: app.messages.send(mark === undefined ? request : { ...request, mark }, signal) };
  }

  /** One look at the history for all sends that an owner has left, so that none of them finds what is sent again. */
  async #find(
    { request: { to: { pk }, text }, mark, behind = 0, begunNs }: Send,
    claimed: Claimed,
  ): Promise<MessageView | undefined> {
    const left: Left = this.#left.get(claimed) ?? new Map();
    this.#left.set(claimed, left);
    const messages = left.get(pk) ?? await keptSince(claimed.app, pk, behind);
    const isFree = ({ position }: MessageView): boolean =>
      position > behind && !this.#done.get(pk)?.has(position);
    // A message to a peer of `dmsg chat` has no id, whatever was asked for.
    const mayBe = ({ via, ts }: MessageView): boolean =>
      mark === undefined || (via === "dmsg-chat" && parseGoTime(ts) >= begunNs!);
    const found = messages.find(({ id }) => mark !== undefined && id === mark) ??
      messages.find((one) => one.text === text && isFree(one) && mayBe(one));
    left.set(pk, messages.filter((one) => one !== found));
    return found;
  }

  async #behindOf(app: App, { to: { pk } }: SendRequest): Promise<number> {
    const known = this.#behind.get(pk);
    if (known !== undefined) return known;
    const newest = await newestPosition(app, pk);
    this.#behind.set(pk, newest);
    return newest;
  }

  #settle(send: Send, claimed: Claimed, settled: Promise<Omit<SendReport, "ms">>): void {
    const { pk } = send.request.to;
    settled.then((report) => {
      if (report.position) this.#noteDone(pk, report.position);
      this.#leave(send);
      send.result.resolve(report);
    }, (error) => {
      this.#failed(send, claimed, error);
      this.#leave(send);
    });
  }

  #noteDone(pk: PublicKeyHex, position: number): void {
    const known = this.#behind.get(pk);
    if (known !== undefined) this.#behind.set(pk, Math.max(known, position));
    this.#done.set(pk, (this.#done.get(pk) ?? new Set()).add(position));
  }

  /**
   * When nobody else is away, others may have written meanwhile: the next send asks where it stands. What an owner's end
   * has left still looks for its message among those that are done.
   */
  #leave(send: Send): void {
    const { pk } = send.request.to;
    this.#away.delete(send);
    const isOfPeer = ({ request: { to } }: Send): boolean => to.pk === pk;
    if (![...this.#away.keys()].some(isOfPeer)) {
      this.#behind.delete(pk);
      const isLeft = this.#waiting.some((other) => isOfPeer(other) && other.begunNs !== undefined);
      if (!isLeft) this.#done.delete(pk);
    }
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** It goes to the next owner, or that is how it ends. */
  #failed(send: Send, claimed: Claimed, error: unknown): void {
    const isWaiting = this.#waiting.includes(send);
    try {
      if (send.signal?.aborted) throw send.signal.reason;
      this.#parts.lost(claimed, error);
      if (!isWaiting) this.#enter(send);
    } catch (reason) {
      this.#waiting = this.#waiting.filter((other) => other !== send);
      send.result.reject(reason);
    }
  }

  #failAll(error: unknown): undefined {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { result } of waiting) result.reject(error);
    return undefined;
  }
}
