/**
 * The App of a one-shot command that keeps nothing and looks at nothing that is kept: it sends, or dials, and ends.
 * Without a store it starts some 15 ms sooner, which is what a cron line feels.
 *
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { Addr } from "../dmsg/addr.ts";
import type { Clock } from "../sys/clock.ts";
import type { Random } from "../sys/random.ts";
import type { App, AppStream, SendReport, SendRequest } from "./app.ts";
import { isBlocked } from "./block_file.ts";
import { type MessageNetwork, Messenger } from "./messages.ts";

/** What a lean App needs. */
export interface LeanAppOptions {
  /** Carries the streams. */
  readonly client: MessageNetwork & {
    /** Our key, 66 hex characters. */
    readonly pk: string;
    /** Opens a stream. */
    dial(to: Addr, signal?: AbortSignal): Promise<AppStream>;
  };
  /** Measures what a send takes, and times for acks. */
  readonly clock: Clock;
  /** For message ids. */
  readonly random: Random;
  /** Whether a peer is blocked; asked before anything is written to it. @throws What a send then ends with. */
  readonly blocked: (peer: PublicKeyHex) => Promise<boolean>;
  /** Ends what is under it; called once. */
  readonly onClose: () => Promise<void>;
}

/**
 * Makes it.
 * @returns An App whose `send`, `dial` and `close` work; everything else asks for what is kept and throws `TypeError`.
 */
export function openLeanApp({ client, clock, random, blocked, onClose }: LeanAppOptions): App {
  const messenger = new Messenger({ network: client, clock, random });
  const ended = Promise.withResolvers<void>();
  const keepsNothing = (): never => {
    throw new TypeError("a command without a store was asked for what is kept");
  };
  const refuse = (): Promise<never> =>
    Promise.reject(new TypeError("a command without a store keeps nothing"));
  return {
    pk: client.pk,
    async send({ to, text, waitMs }: SendRequest, signal?: AbortSignal): Promise<SendReport> {
      const startedMs = clock.nowMs();
      if (await blocked(to.pk)) throw isBlocked(to.pk);
      const outcome = await messenger.send(to, text, { waitMs, signal });
      const ms = clock.nowMs() - startedMs;
      if (outcome.state === "acked") return { state: "acked", id: outcome.id, ms };
      if (outcome.state === "handed-over") return { state: "handed-over", ms };
      return { state: "unconfirmed", id: outcome.id, reason: outcome.reason, ms };
    },
    dial: (to, signal) => client.dial(to, signal),
    events: keepsNothing,
    history: refuse,
    search: refuse,
    conversations: refuse,
    status: refuse,
    markRead: refuse,
    remove: refuse,
    forget: refuse,
    peers: refuse,
    decide: refuse,
    outbox: refuse,
    cancel: refuse,
    retry: refuse,
    listen: refuse,
    closed: ended.promise,
    async close() {
      messenger.close();
      await onClose();
      ended.resolve();
    },
  };
}
