/**
 * How the people of a test behave: what they do succeeds, they end as a power cut ends a program, and what is to come is
 * waited for.
 *
 * @module
 */
import { ok, strictEqual } from "node:assert/strict";
import type { Running, TestNetwork } from "./network.ts";

/** A long test on a slow machine that others use as well. */
const PATIENCE_MS = 600_000;
const LOOK_MS = 500;

/** What people do. */
export interface Manners {
  /** The directory of somebody's identity. */
  readonly home: (who: string) => string;
  /** A command that succeeds. @returns Its standard output. */
  readonly run: (who: string, ...args: string[]) => Promise<string>;
  /** Ends a process at once. */
  readonly end: (running: Running) => Promise<void>;
  /** Waits for something. @param what  It, for the failure. */
  readonly until: (what: string, is: () => Promise<boolean>) => Promise<void>;
}

/** Those of the people of a network. */
export const mannersOf = (network: TestNetwork): Manners => ({
  home: (who) => `${network.stage.home}/.local/share/dmsg/identities/${who}`,
  async run(who, ...args) {
    const said = await network.run(who, args);
    strictEqual(said.status, 0, `${who}: ${args.join(" ")}\n${said.err}`);
    return said.out;
  },
  async end(running) {
    running.kill("SIGKILL");
    await running.ended();
  },
  async until(what, is) {
    for (const late = Date.now() + PATIENCE_MS; !await is();) {
      ok(Date.now() < late, what);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  },
});
