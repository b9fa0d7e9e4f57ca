/**
 * A place under the store that fails at a chosen operation, or dies there.
 *
 * @module
 */
import type { Place } from "../../lib/store/place/place.ts";

/** What goes wrong. */
export interface Fault {
  /** The operation at which it does, counted from 0: every read, list and write is one. */
  readonly at: number;
  /**
   * `fail`: that operation alone is refused, nothing of it happens. `lost answer`: it happens and is reported as
   * failed. `kill before`, `kill after`: the process ends there, so no later operation happens at all.
   */
  readonly how: "fail" | "lost answer" | "kill before" | "kill after";
  /** How many operations in a row it happens to, default 1. */
  readonly count?: number;
  /** What is thrown, default a full disk as SQLite says it. */
  readonly error?: Error;
  /** Called in the moment in which a process ends, before anything that it awaits goes on. */
  readonly onKill?: () => void;
}

/** A place that counts. */
export interface FaultyPlace extends Place {
  /** How many operations were asked for. */
  operations(): number;
  /** Whether the fault has happened. */
  tripped(): boolean;
}

/** The text with which Deno KV reports a full disk. */
export const diskFull = (): Error => new Error("database or disk is full");

/** Wraps a place. @param fault  Without one it only counts. */
export function faultyPlace(place: Place, fault?: Fault): FaultyPlace {
  let operations = 0;
  let dead = false;
  const error = fault?.error ?? diskFull();

  async function step<T>(run: () => Promise<T>): Promise<T> {
    const at = operations++;
    if (dead) throw error;
    if (!fault || at < fault.at || at >= fault.at + (fault.count ?? 1)) return await run();
    dead = fault.how.startsWith("kill");
    if (fault.how === "lost answer" || fault.how === "kill after") await run();
    if (dead) fault.onKill?.();
    throw error;
  }

  return {
    name: place.name,
    operations: () => operations,
    tripped: () => fault !== undefined && operations > fault.at,
    read: (keys) => step(() => place.read(keys)),
    stamped: (key) => step(() => place.stamped(key)),
    async *list(range, options) {
      await step(() => Promise.resolve());
      yield* place.list(range, options);
    },
    write: (writes, guard) => step(() => place.write(writes, guard)),
    close: () => place.close(),
  };
}
