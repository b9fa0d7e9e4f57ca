/**
 * The file beside the store that is there while the outbox is not empty. A send that would open no store looks for it:
 * what waits for its peer must go first.
 *
 * @see lib/app/README.md "Beside the store"
 * @module
 */
import type { Change, Store } from "../../store/store.ts";
import type { Files } from "../../sys/files/files.ts";
import { DIRECT_NS } from "./job.ts";

/** Where it lies in an identity's directory. */
export const WAITING_FILE = "store/waiting";

/**
 * Keeps the file in step with a store: it is there before anything is queued, and goes when a look at the whole outbox
 * (`outbox.list`, which every App takes at its start) finds it empty.
 * @returns The store, to be used from now on.
 */
export function withWaitingFile(store: Store, { files, path }: { files: Files; path: string }): Store {
  let isThere: boolean | undefined;
  const make = async (): Promise<void> => {
    if (!isThere) await files.createPrivate(path, new Uint8Array(0));
    isThere = true;
  };
  /** Commits that wait for the file: those behind them wait too, so that the order stays. */
  let held = 0;
  let turn: Promise<unknown> = Promise.resolve();
  return {
    ...store,
    commit(changes, options) {
      const mustMake = !isThere && changes.some(queues);
      if (!mustMake && held === 0) return store.commit(changes, options);
      held++;
      const committing = turn.then(() => mustMake ? make() : undefined).then(() => {
        held--;
        return store.commit(changes, options);
      }, (error) => {
        held--;
        throw error;
      });
      turn = committing.then(() => {}, () => {});
      return committing;
    },
    outbox: {
      ...store.outbox,
      async list() {
        const entries = await store.outbox.list();
        if (entries.length > 0) await make();
        else if (isThere !== false) await files.remove(path);
        isThere = entries.length > 0;
        return entries;
      },
    },
  };
}

/** Whether a message will wait for another attempt; one that is sent without a queue has its entry for a crash only. */
const queues = (change: Change): boolean =>
  change.kind === "message"
    ? change.queue !== undefined && change.queue.dueNs !== DIRECT_NS
    : change.kind === "queue";
