/**
 * Feeds one decoder and watches it: what it throws, how long it takes, what it allocates, and whether cutting its
 * input changes its result.
 *
 * @module
 */
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { equal, toHex } from "../../lib/wire/bytes.ts";
import { Dice, inputOf, piecesOf } from "./mutate.ts";

/** No input may take longer. */
export const MAX_MS = 50;
/** No input may make more, in the heap and outside of it; 64 KiB of frames of 32 bytes, each of which is read, are 4 MiB. */
export const MAX_BYTES: number = 5 * 1024 * 1024;
/**
 * Further looks before an input is blamed, with growing pauses (milliseconds) before them: a busy machine or the
 * collector may have been at work, and load comes in bursts.
 */
export const LOOKS_AFTER_MS: readonly number[] = [0, 0, 10, 30, 100, 300, 600, 2000, 4000];

/** One decoder. */
export interface Target {
  readonly name: string;
  /** Valid inputs, to start from. */
  readonly seeds: readonly Uint8Array[];
  /**
   * Decodes an input; this is what is measured. Returns for good input; throws {@link Target.throws} for bad one.
   * Throws anything else when the result is not what it should be.
   */
  readonly run: (input: Uint8Array) => unknown;
  /** Decoders of streams: takes the input in pieces and says what came out, as a text. */
  readonly feed?: (pieces: Iterable<Uint8Array>) => string | Promise<string>;
  /** Errors that are an answer. Default none: the decoder takes everything. */
  // deno-lint-ignore no-explicit-any
  readonly throws?: readonly (abstract new (...args: any[]) => Error)[];
  /**
   * Whether any input makes garbage (curve arithmetic, a whole party with its peer): then what stays after a
   * collection is measured, not what was made on the way.
   */
  readonly garbage?: boolean;
  /** Whether each input takes milliseconds, so that fewer must do in the fast tests. */
  readonly slow?: boolean;
  /** Called at the end; throws when something is wrong by then. */
  readonly finish?: () => Promise<void>;
}

/** A target as a table holds it: made when it is first used. */
export type TargetMaker = () => Target | Promise<Target>;

/** An input that broke a rule. */
export interface Finding {
  readonly target: string;
  readonly seed: string;
  readonly index: number;
  readonly reason: string;
  /** The input's length and beginning. */
  readonly input: string;
}

/** What was seen. */
export interface Report {
  readonly inputs: number;
  readonly slowestMs: number;
  readonly largestBytes: number;
  readonly finding: Finding | undefined;
}

/** What an input may take, and how it is looked at again. */
export interface Limits {
  /** The pauses before further looks at an input that took too much, milliseconds. */
  readonly looksAfterMs: readonly number[];
  /** Milliseconds of the processor. */
  readonly maxMs: number;
}

interface Measured {
  readonly ms: number;
  readonly bytes: number;
}

/** The collector, also when the process was started without `--expose-gc`. */
const collect: () => void = (globalThis as { gc?: () => void }).gc ?? exposed();

function exposed(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}

const used = (): number => {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
};

/**
 * Runs one input once. Its time is what our thread takes of a processor: the clock on the wall also tells of what else
 * the machine does, and the process's time of the tests in its other threads.
 */
async function measure(target: Target, input: Uint8Array): Promise<Measured> {
  const before = used();
  const start = performance.now();
  const cpu = process.threadCpuUsage();
  try {
    const result = target.run(input);
    if (result instanceof Promise) await result;
  } catch (error) {
    if (!target.throws?.some((kind) => error instanceof kind)) throw error;
  }
  const wallMs = performance.now() - start;
  const { user, system } = process.threadCpuUsage(cpu);
  return { ms: Math.min(wallMs, (user + system) / 1000), bytes: used() - before };
}

/** The same in a heap without old garbage; where all inputs make some, without new one either. */
async function measureCollected(target: Target, input: Uint8Array): Promise<Measured> {
  collect();
  const before = used();
  const measured = await measure(target, input);
  if (!target.garbage) return measured;
  collect();
  return { ...measured, bytes: used() - before };
}

/** Looks again where the first measurement was too much, and takes the least of each kind. */
async function measureFairly(
  target: Target,
  input: Uint8Array,
  { looksAfterMs, maxMs }: Limits,
): Promise<Measured> {
  let { ms, bytes } = await measure(target, input);
  for (const pauseMs of looksAfterMs) {
    if (ms <= maxMs && bytes <= MAX_BYTES) break;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const again = await measureCollected(target, input);
    ms = Math.min(ms, again.ms);
    bytes = Math.min(bytes, again.bytes);
  }
  return { ms, bytes };
}

/** What is wrong about one input, and what it cost. */
async function examine(
  target: Target,
  input: Uint8Array,
  dice: Dice,
  limits: Limits,
): Promise<Measured & { reason?: string }> {
  const original = input.slice();
  let measured: Measured = { ms: 0, bytes: 0 };
  try {
    measured = await measureFairly(target, input, limits);
    if (target.feed) {
      const whole = await target.feed([input]);
      const cut = await target.feed(piecesOf(input, dice));
      if (whole !== cut) return { ...measured, reason: `cut into pieces it gives ${differing(whole, cut)}` };
    }
  } catch (error) {
    return { ...measured, reason: `throws ${error instanceof Error ? error.stack ?? error : error}` };
  }
  const { ms, bytes } = measured;
  if (!equal(input, original)) return { ...measured, reason: "changes its input" };
  if (ms > limits.maxMs) return { ...measured, reason: `takes ${ms.toFixed(1)} ms` };
  if (bytes > MAX_BYTES) return { ...measured, reason: `allocates ${(bytes / 2 ** 20).toFixed(1)} MiB` };
  return measured;
}

function differing(whole: string, cut: string): string {
  let at = 0;
  while (at < whole.length && whole[at] === cut[at]) at++;
  const part = (text: string): string => JSON.stringify(text.slice(Math.max(0, at - 40), at + 40));
  return `${part(cut)} instead of ${part(whole)}`;
}

/**
 * Feeds inputs to a target until one is wrong or enough were fed.
 * @param seed  Decides the inputs.
 * @param from  Number of the first input.
 * @param more  Asked before each input.
 * @param limits  Other ones than those of real decoders, for samples.
 */
export async function fuzz(
  target: Target,
  seed: string,
  from: number,
  more: (fed: number) => boolean,
  limits: Limits = { looksAfterMs: LOOKS_AFTER_MS, maxMs: MAX_MS },
): Promise<Report> {
  let slowestMs = 0;
  let largestBytes = 0;
  let fed = 0;
  for (; more(fed); fed++) {
    const index = from + fed;
    // Each input has dice of its own, so that one alone can be repeated.
    const dice = new Dice(`${seed}/${target.name}/${index}`);
    const input = inputOf(index, target.seeds, dice).slice();
    const { ms, bytes, reason } = await examine(target, input, dice, limits);
    slowestMs = Math.max(slowestMs, ms);
    largestBytes = Math.max(largestBytes, bytes);
    if (reason === undefined) continue;
    const shown = `${input.length} bytes ${toHex(input.subarray(0, 64))}${input.length > 64 ? "…" : ""}`;
    const finding = { target: target.name, seed, index, reason, input: shown };
    return { inputs: fed + 1, slowestMs, largestBytes, finding };
  }
  return { inputs: fed, slowestMs, largestBytes, finding: undefined };
}

/** A finding in words, with the line that repeats it. */
export const wordsOf = ({ target, seed, index, reason, input }: Finding): string =>
  `${target}: input ${index} ${reason}\n  input: ${input}\n  repeat: task fuzz 0 ${seed} "${target}#${index}"`;
