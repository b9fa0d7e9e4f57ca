/**
 * A job that is run once: its output goes where ours goes, and its end is kept.
 *
 * @module
 */
import { type Job, Tail } from "../../lib/bot/job.ts";
import { sleep } from "../../lib/sys/clock.ts";
import { systemOs } from "../../lib/sys/paths.ts";
import type { Context } from "../context.ts";
import { endOfChild } from "../exec/child.ts";
import { problemOf } from "../exec/program_look.ts";

/** How long what it has printed is read after its end, when something else holds its output open. */
const REST_MS = 1000;

/** How a job ended. */
export type EndedJob = Omit<Job, "name" | "ageMs">;

/** Runs it, with nothing on its standard input; a signal of ours is its signal. */
export async function runJob(context: Context, program: string, args: readonly string[]): Promise<EndedJob> {
  const { clock, files, signal, atDeath } = context;
  const startMs = clock.nowMs();
  const tail = new Tail();
  const ended = (status: number): EndedJob => ({
    status,
    tookMs: clock.nowMs() - startMs,
    endMs: Number(clock.wallNs() / 1_000_000n),
    log: tail.lines,
  });
  const notStarted = (why: string, status: number): EndedJob => {
    const words = `The job could not be started: ${program}: ${why}`;
    context.print.note("jobNotStarted", { words });
    tail.push(new TextEncoder().encode(words));
    return ended(status);
  };
  const problem = await problemOf(program);
  if (problem !== undefined) return notStarted(problem.why, problem.status);
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      detached: systemOs !== "windows",
    }).spawn();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return notStarted(why, error instanceof Deno.errors.NotFound ? 127 : 126); // as a shell has it
  }
  const passing = Promise.all([
    pass(child.stdout, Deno.stdout, tail),
    pass(child.stderr, Deno.stderr, tail),
  ]);
  const { code } = await endOfChild({ clock, files, signal, atDeath, onLeft: () => {} }, child);
  await Promise.race([passing, sleep(clock, REST_MS)]);
  return ended(code);
}

/** Passes output on. When nobody reads ours any more the job goes on, as under `nohup`. */
async function pass(
  from: ReadableStream<Uint8Array>,
  to: { write(bytes: Uint8Array): Promise<number> },
  tail: Tail,
): Promise<void> {
  let isRead = true;
  for await (const chunk of from) {
    tail.push(chunk);
    for (let at = 0; isRead && at < chunk.length;) {
      at += await to.write(chunk.subarray(at)).catch(() => {
        isRead = false;
        return 0;
      });
    }
  }
}
