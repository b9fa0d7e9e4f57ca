/**
 * The App of a one-shot command that is alone and looks at nothing that is kept: it sends, or dials, and ends. Without a
 * store it starts some 15 ms sooner, which is what a cron line feels. What it sends goes into a file, from which the
 * next one with a store takes it.
 *
 * @see lib/app/README.md "Beside the store"
 * @module
 */
import { clampWait, newMessageId } from "../chat/outgoing.ts";
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { Addr } from "../dmsg/addr.ts";
import type { SentMessage, SentOutcome } from "../store/journal/log.ts";
import type { JournalMark } from "../store/rows/records.ts";
import { unlessAborted } from "../sys/abort.ts";
import type { Clock } from "../sys/clock.ts";
import type { Random } from "../sys/random.ts";
import type { App } from "./app.ts";
import { noFiles } from "./files/no_files.ts";
import { noGroups } from "./groups/no_groups.ts";
import { MESSAGES, type Messages, type SendReport, type SendRequest } from "./messages/messages.ts";
import { type MessageNetwork, Messenger, outgoing, type SendOutcome } from "./messages/messenger.ts";
import type { AppStream } from "./node/node.ts";
import { OUTBOX, type Outbox } from "./outbox/outbox.ts";
import { noOverlays } from "./overlays/no_overlays.ts";
import { noPairs } from "./pairs/no_pairs.ts";
import { isBlocked } from "./peers/block_file.ts";
import { PEERS, type Peers } from "./peers/peers.ts";
import type { SentFile } from "./sent_file.ts";
import { through } from "./through.ts";

/** What a lean App needs. */
export interface LeanAppOptions {
  /** Carries the streams. */
  readonly client: MessageNetwork & {
    /** Our key, 66 hex characters. */
    readonly pk: string;
    /** Opens a stream. */
    dial(to: Addr, signal?: AbortSignal, apart?: number): Promise<AppStream>;
  };
  /** Measures what a send takes, and times for acks. */
  readonly clock: Clock;
  /** For message ids. */
  readonly random: Random;
  /** Whether a peer is blocked; asked before anything is written to it. @throws What a send then ends with. */
  readonly blocked: (peer: PublicKeyHex) => Promise<boolean>;
  /** Resolves when a dial waits for its peer: the time to keep what will be sent. */
  readonly asked: Promise<void>;
  /** Opens the file of what was sent; called when there is something. */
  readonly openSent: () => Promise<SentFile>;
  /** Opens the store once, after everything else, and so takes in what was sent; called when that has become long. */
  readonly takeIn: () => Promise<void>;
  /** An outcome could not be kept, or not be taken in. Must not throw. */
  readonly onProblem: (error: Error) => void;
  /** Ends what is under it; called once. */
  readonly onClose: () => Promise<void>;
}

/**
 * Makes it.
 * @returns An App whose `messages.send`, `node.dial` and `close` work; everything else asks for what is kept and throws `TypeError`.
 */
export function openLeanApp(options: LeanAppOptions): App {
  const { client, clock, onClose, onProblem } = options;
  const sender = new Sender(options);
  const ended = Promise.withResolvers<void>();
  const keepsNothing = (): never => {
    throw new TypeError("a command without a store was asked for what is kept");
  };
  const refuse = (): Promise<never> =>
    Promise.reject(new TypeError("a command without a store looks at nothing that is kept"));
  return {
    pk: client.pk,
    messages: {
      ...through<Messages>(MESSAGES, refuse),
      async send(request, signal) {
        const startedMs = clock.nowMs();
        const sent = await unlessAborted(signal, sender.send(request));
        return { ...sent, ms: clock.nowMs() - startedMs };
      },
    },
    outbox: through<Outbox>(OUTBOX, refuse),
    peers: through<Peers>(PEERS, refuse),
    groups: noGroups(),
    pairs: noPairs(),
    overlays: noOverlays(),
    files: noFiles(),
    events: { follow: keepsNothing, cursor: refuse },
    node: {
      status: refuse,
      listen: refuse,
      async dial(to, signal, apart) {
        if (await options.blocked(to.pk)) throw isBlocked(to.pk);
        return await client.dial(to, signal, apart);
      },
    },
    closed: ended.promise,
    async close() {
      const isLong = await sender.close();
      await onClose();
      if (isLong) await options.takeIn().catch(onProblem); // what was sent is in the file all the same
      ended.resolve();
    },
  };
}

/** A report without its time. */
export type Sent = Omit<SendReport, "ms">;

/** Sends what its file has, and keeps what became of it. */
class Sender {
  readonly #options: LeanAppOptions;
  readonly #messenger: Messenger;
  readonly #underWay = new Set<Promise<unknown>>();
  #file: Promise<SentFile> | undefined;

  constructor(options: LeanAppOptions) {
    const { client, clock, random } = options;
    this.#options = options;
    this.#messenger = new Messenger({ network: client, clock, random });
  }

  /** As `Sending.send` does it with a store. */
  send(request: SendRequest): Promise<Sent> {
    const sending = this.#send(request);
    const done: Promise<unknown> = sending.catch(() => {}).then(() => this.#underWay.delete(done));
    this.#underWay.add(done);
    return sending;
  }

  /** Ends the connections; what was under way has its outcome then. @returns Whether the file has become long. */
  async close(): Promise<boolean> {
    this.#messenger.close();
    await Promise.all(this.#underWay);
    const file = await this.#file?.catch(() => undefined);
    file?.close();
    return file?.isLong ?? false;
  }

  async #send({ to, text, ...request }: SendRequest): Promise<Sent> {
    const { random, clock, blocked } = this.#options;
    if (await blocked(to.pk)) throw isBlocked(to.pk);
    const waitMs = clampWait(request.waitMs);
    const id = waitMs > 0 ? newMessageId(random) : undefined;
    const named = id === undefined ? {} : { id };
    const form = id === undefined ? "text" : "envelope";
    const message = { peer: to.pk, body: text, atNs: clock.wallNs(), form, via: "dmsg", ...named } as const;
    let keeping: Promise<JournalMark> | undefined;
    const keep = (): Promise<JournalMark> => keeping ??= this.#keep(message);
    // While the peer works on its answer nothing else is to be done here.
    this.#options.asked.then(keep).catch(() => {});
    let written = false;
    const hooks = { beforeWrite: async () => void await keep(), onWritten: () => void (written = true) };
    try {
      const outcome = await this.#messenger.deliver(to, outgoing(text, waitMs, id ?? ""), {
        waitMs,
        ...hooks,
      });
      await this.#settle(keep(), outcomeOf(outcome));
      return reportOf(outcome);
    } catch (error) {
      await keep(); // its own error counts more, as nothing was written then
      const { message: reason } = error as Error;
      await this.#settle(keep(), { state: written ? "unconfirmed" : "failed", reason });
      if (written) return { state: "unconfirmed", reason, ...named };
      throw error;
    }
  }

  async #keep(message: SentMessage): Promise<JournalMark> {
    return (await (this.#file ??= this.#options.openSent())).keep(message);
  }

  async #settle(kept: Promise<JournalMark>, outcome: SentOutcome): Promise<void> {
    const [file, mark] = [await this.#file!, await kept];
    try {
      await file.settle(mark, outcome);
    } catch (error) {
      this.#options.onProblem(error as Error);
    }
  }
}

function outcomeOf(outcome: SendOutcome): SentOutcome {
  if (outcome.state === "acked") return { state: "received", ...(outcome.once ? { once: true } : {}) };
  if (outcome.state === "handed-over") return { state: "sent" };
  return { state: "unconfirmed", reason: outcome.reason };
}

/** The report of an outcome, without its time. */
export function reportOf(outcome: SendOutcome): Sent {
  if (outcome.state === "acked") return { state: "acked", id: outcome.id };
  if (outcome.state === "handed-over") return { state: "handed-over" };
  return { state: "unconfirmed", id: outcome.id, reason: outcome.reason };
}
