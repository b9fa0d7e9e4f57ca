/**
 * Waiting until nothing goes on without time passing, also in a store: its ciphers run in other threads, so turns of
 * the event loop alone don't tell. (Messages of a MessageChannel may overtake what a cipher's end sets off.)
 *
 * @module
 */
import { setImmediate } from "node:timers";

let underWay = 0;

for (const name of ["encrypt", "decrypt", "importKey"] as const) {
  const { prototype } = SubtleCrypto as unknown as {
    prototype: Record<string, (...args: unknown[]) => Promise<unknown>>;
  };
  const run = prototype[name];
  prototype[name] = async function (...args) {
    underWay++;
    try {
      return await run.apply(this, args);
    } finally {
      underWay--;
    }
  };
}

/** Turns without a cipher under way after which everything counts as settled. */
const QUIET_TURNS = 3;

/** Resolves when only time can make something go on. */
export async function quiet(): Promise<void> {
  for (let turns = 0; turns < QUIET_TURNS; turns++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (underWay > 0) turns = -1;
  }
}
