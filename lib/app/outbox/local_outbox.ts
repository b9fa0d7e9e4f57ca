/**
 * What waits to be sent, in this process.
 *
 * @module
 */
import { dueAfterJumps } from "../../chat/outbox.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Store } from "../../store/store.ts";
import type { Clock } from "../../sys/clock.ts";
import { UserError } from "../../wire/errors.ts";
import { formatGoTime } from "../../wire/go_time.ts";
import type { Sending } from "../messages/sending.ts";
import { messageView } from "../views.ts";
import type { Outbox, QueuedView } from "./outbox.ts";
import type { OutboxRun } from "./outbox_run.ts";

/** What it works with. */
export interface LocalOutboxParts {
  /** Has the messages. */
  readonly store: Store;
  /** Has what waits. */
  readonly lanes: OutboxRun;
  /** Cancels and tries again. */
  readonly sending: Sending;
  /** By which a plan is due. */
  readonly clock: Pick<Clock, "wallNs">;
}

/** See {@link Outbox}. */
export class LocalOutbox implements Outbox {
  readonly #store: Store;
  readonly #lanes: OutboxRun;
  readonly #sending: Sending;
  readonly #clock: Pick<Clock, "wallNs">;

  /** Nothing happens by itself. */
  constructor({ store, lanes, sending, clock }: LocalOutboxParts) {
    this.#store = store;
    this.#lanes = lanes;
    this.#sending = sending;
    this.#clock = clock;
  }

  /** See {@link Outbox.list}. */
  async list(): Promise<QueuedView[]> {
    const nowNs = this.#clock.wallNs();
    /** When those of a peer that come before are tried: a later one waits for them. */
    const before = new Map<PublicKeyHex, bigint>();
    const dueOf = (peer: PublicKeyHex, plannedNs: bigint): bigint => {
      const [own, ahead] = [dueAfterJumps(plannedNs, nowNs), before.get(peer)];
      const dueNs = ahead !== undefined && ahead > own ? ahead : own;
      before.set(peer, dueNs);
      return dueNs;
    };
    const queued = Map.groupBy(
      this.#lanes.jobs().filter(({ job }) => job.kind === "queued"),
      ({ peer }) => peer,
    );
    const views: QueuedView[] = [];
    for (const [peer, jobs] of queued) {
      const plans = jobs.map(({ job: { dueNs, attempts } }) => ({
        due: formatGoTime(dueOf(peer, dueNs)),
        attempts,
      }));
      const messages = await this.#store.messages.many(peer, jobs.map(({ job }) => job.position));
      messages.forEach((message, i) => message && views.push({ message: messageView(message), ...plans[i] }));
    }
    return views;
  }

  /** See {@link Outbox.cancel}. */
  cancel({ peer, position }: Parameters<Outbox["cancel"]>[0]): Promise<void> {
    return this.#sending.cancel(peer, position);
  }

  /** See {@link Outbox.retry}. */
  async retry({ peer, position }: Parameters<Outbox["retry"]>[0]): Promise<void> {
    const message = await this.#store.messages.get(peer, position);
    const { isSentFile } = await import("../files/records.ts");
    if (message && isSentFile(message)) {
      throw new UserError("The message is a file: sent again, it would arrive without its bytes", {
        kind: "usage",
        hint: "`dmsg send-file` sends the file again.",
      });
    }
    await this.#sending.retry(peer, position);
  }
}
