/**
 * `listen --exec` and `sync --exec`: how the command is run.
 *
 * @module
 */
import type { ExecLimits } from "../../lib/app/policies.ts";
import type { Mark } from "../../lib/bot/inbox.ts";
import { sleep } from "../../lib/sys/clock.ts";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import type { Context } from "../context.ts";
import { jsonLine } from "../output/escape.ts";
import { listenMessage } from "../words/message_lines.ts";
import { runChild } from "./child.ts";
import type { Gate } from "./gate.ts";
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
  /** Where commands of several queues take their places; left out: there is one queue. */
  readonly gate?: Gate;
  /** Whether what fails waits for the next program of ours. Default: no, it is run again. */
  readonly once?: boolean;
}

/** What remembers what is done in a file. */
export type ExecCommand = "listen --exec" | "sync --exec";

/**
 * Takes the file of what is done.
 * @param isNamed  Whether it is one of `--cursor-file`.
 * @throws {UserError} busy: another program has it · local: its lock can't be had.
 */
export const holdExec = (path: string, command: ExecCommand, isNamed: boolean): Promise<Disposable> =>
  holdMark({
    path,
    command,
    what: (other = command) => `A ${other} with ${path}`,
    hint: "Name another file with --cursor-file, or end that one first.",
    unusable: isNamed ? "The lock lies beside the file: name another one with --cursor-file." : undefined,
  });

/** Makes the queue; remembers the start at once, so that nothing between it and the first message is missed. */
export async function openExec(
  context: Context,
  request: ExecRequest,
): Promise<{ queue: ExecQueue; mark: Mark }> {
  const { clock, files, print, signal, atDeath } = context;
  const { command, limits, path, names, gate, once } = request;
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
    gate,
    once,
    onFailure: (peer, pauseMs, { name }, why) => {
      const value = { command, why, message: name, peer: names.shown(peer) };
      print.note("execFailed", once ? value : { ...value, seconds: pauseMs / 1000 });
    },
  }, mark);
  return { queue, mark };
}

/** A message for the command. @returns As `ExecQueue.add`. */
export async function handOver(
  queue: ExecQueue,
  { message, cursor }: { readonly message: MessageView; readonly cursor: number },
  own: PublicKeyHex,
  names: PeerNames,
): Promise<boolean> {
  const { peer, position } = message;
  await names.loadFor(peer);
  const line = jsonLine(listenMessage(message, own, names, cursor));
  return await queue.add(cursor, peer, line, `${position} of ${names.shown(peer)}`);
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
