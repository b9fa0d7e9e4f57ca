/**
 * What waits to be sent, in this process.
 *
 * @module
 */
import type { Store } from "../../store/store.ts";
import { UserError } from "../../wire/errors.ts";
import { formatGoTime } from "../../wire/go_time.ts";
import type { Sending } from "../messages/sending.ts";
import { messageView } from "../views.ts";
import type { Outbox, QueuedView } from "./outbox.ts";
import type { OutboxRun } from "./outbox_run.ts";

/** See {@link Outbox}. */
export class LocalOutbox implements Outbox {
  readonly #store: Store;
  readonly #lanes: OutboxRun;
  readonly #sending: Sending;

  /** Nothing happens by itself. */
  constructor({ store, lanes, sending }: { store: Store; lanes: OutboxRun; sending: Sending }) {
    this.#store = store;
    this.#lanes = lanes;
    this.#sending = sending;
  }

  /** See {@link Outbox.list}. */
  async list(): Promise<QueuedView[]> {
    const queued = this.#lanes.jobs().filter(({ job }) => job.kind === "queued");
    const views = await Promise.all(queued.map(async ({ peer, job }) => {
      const message = await this.#store.messages.get(peer, job.position);
      const { dueNs, attempts } = job;
      return message && { message: messageView(message), due: formatGoTime(dueNs), attempts };
    }));
    return views.filter((view) => view !== undefined);
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
