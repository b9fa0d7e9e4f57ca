/**
 * A key-value server (KV Connect) of which every call ends: the runtime's own client repeats a call for as long as
 * the server is away.
 *
 * @module
 */
import { type Clock, within } from "./clock.ts";

/** What this program uses of a database of the runtime. */
export interface Kv extends Pick<Deno.Kv, "get" | "getMany" | "atomic" | "close"> {
  /** See `Deno.Kv.list`. */
  list<T>(selector: Deno.KvListSelector, options?: Deno.KvListOptions): AsyncIterable<Deno.KvEntry<T>>;
}

/** How long one call may take: a server that is started again is back sooner. */
export const KV_CALL_MS = 10_000;

/**
 * Opens the database of a server. Its token is read by the runtime, from `DENO_KV_ACCESS_TOKEN`.
 *
 * A call that takes longer than {@link KV_CALL_MS} fails, and so does at once every call after it until that one has
 * ended: the runtime still tries, and a write of which nobody knows must not be overtaken.
 * @throws {Error} The server does not answer, or refuses the token; the text is the runtime's, without the token.
 */
export async function openKvServer(url: string, clock: Clock): Promise<Kv> {
  const opening = Deno.openKv(url);
  let late = false;
  opening.then((kv) => late && kv.close(), () => {});
  const kv = await within(clock, KV_CALL_MS, opening, () => {
    late = true;
    return timedOut();
  });
  return bounded(kv, clock);
}

/** Bounds each call. */
function bounded(kv: Deno.Kv, clock: Clock): Kv {
  let stalled = 0;
  const call = async <T>(run: () => Promise<T>): Promise<T> => {
    if (stalled > 0) throw timedOut();
    const running = run();
    return await within(clock, KV_CALL_MS, running, () => {
      stalled++;
      const end = (): number => stalled--;
      running.then(end, end);
      return timedOut();
    });
  };
  return {
    get: (key, options) => call(() => kv.get(key, options)),
    getMany: (keys, options) => call(() => kv.getMany(keys, options)),
    async *list<T>(selector: Deno.KvListSelector, options?: Deno.KvListOptions) {
      const rows = kv.list<T>(selector, options);
      for (;;) {
        const { done, value } = await call(() => rows.next());
        if (done) return;
        yield value;
      }
    },
    atomic: () => {
      const change = kv.atomic();
      const commit = change.commit.bind(change);
      return Object.assign(change, { commit: () => call(commit) });
    },
    close: () => kv.close(),
  };
}

const timedOut = (): Error => new Error(`the call timed out after ${KV_CALL_MS / 1000} s`);
