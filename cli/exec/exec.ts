/**
 * `listen --exec`: how the command is run.
 *
 * @module
 */
import type { ExecLimits } from "../../lib/app/policies.ts";
import type { Mark } from "../../lib/bot/inbox.ts";
import { sleep } from "../../lib/sys/clock.ts";
import type { Context } from "../context.ts";
import { runChild } from "./child.ts";
import { ExecQueue } from "./queue.ts";
import { type MarkRequest, openMark } from "./mark_file.ts";
import { holdMark } from "./mark_lock.ts";
import type { PeerNames } from "../names/peers.ts";

/** What to run, and where to remember it. */
export interface ExecRequest extends MarkRequest {
  /** For the shell. */
  readonly command: string;
  /** Commands at once, and how long one may take; read each time. */
  readonly limits: ExecLimits;
  /** For warnings. */
  readonly names: PeerNames;
}

/** Takes the file of what is done. @throws {UserError} busy: another `listen --exec` has it. */
export const holdExec = (path: string): Promise<Disposable> =>
  holdMark({
    path,
    command: "listen --exec",
    what: `A listen --exec with ${path}`,
    hint: "Name another file with --cursor-file, or end that one first.",
  });

/** Makes the queue; remembers the start at once, so that nothing between it and the first message is missed. */
export async function openExec(
  context: Context,
  request: ExecRequest,
): Promise<{ queue: ExecQueue; mark: Mark }> {
  const { clock, files, print, signal, atDeath } = context;
  const { command, limits, path, names } = request;
  const { mark, save } = await openMark(context, request);
  const queue = new ExecQueue({
    get jobs() {
      return limits.jobs;
    },
    run: async (line, { cursor, name }) => {
      const onLeft = (pid: number): void => print.note("execLeft", { pid, name });
      const parts = { clock, files, signal, atDeath, timeoutMs: limits.timeoutMs, onLeft };
      const { success, words } = await runChild(parts, command, line, `${path}.${cursor}.running`);
      return success ? undefined : words;
    },
    pause: (ms) => sleep(clock, ms, signal),
    save,
    onFailure: (peer, pauseMs, { name }, why) => {
      const value = { command, why, message: name, peer: names.shown(peer) };
      print.note("execFailed", { ...value, seconds: pauseMs / 1000 });
    },
  }, mark);
  return { queue, mark };
}

/** Limits as they are set now, each time they are asked for. @param jobs  In place of what is set. */
export const limitsWith = (set: ExecLimits, jobs: number | undefined): ExecLimits => ({
  get jobs() {
    return jobs ?? set.jobs;
  },
  get timeoutMs() {
    return set.timeoutMs;
  },
});
