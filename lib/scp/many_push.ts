/**
 * Many small files and directories to a host of ours, over one stream.
 *
 * @see lib/scp/README.md "Many"
 * @module
 */
import type { KeptFacts } from "../sys/tree/tree.ts";
import { nextTurn } from "../sys/turn.ts";
import { NEVER_MS, type Stream } from "../wire/reading.ts";
import { lastWords } from "./body.ts";
import { badWire, CopyError, fatalError } from "./errors.ts";
import { type Control, controlHere, hashOf, readControl, timesOf } from "./extended/frames.ts";
import { Gathered } from "./extended/gathered.ts";
import { checkPath, greet, run } from "./greet.ts";
import type { ManyOptions } from "./many.ts";
import { FINAL_MS, type Wire } from "./wire.ts";

/** Reading at once is quick, and holds up everything else: others have their turn after so long. */
const TURN_MS = 4;

/** A small file. */
export interface ReadFile {
  /** All of it; to be used before the next one is read. */
  readonly bytes: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
  /** When it was last written, milliseconds since 1970. */
  readonly mtimeMs?: number;
  /** SHA-256 of the bytes, 32 bytes, where it is known: it is not made again. */
  readonly hash?: Uint8Array;
}

/** Something to push among many. */
export interface SmallSource {
  /** Below the peer's root. */
  readonly path: string;
  /** Of a directory: bits and time; left out: the host's choice. */
  readonly keep?: KeptFacts;
  /** Of a file: keep its time, and all nine bits. */
  readonly keepTime?: boolean;
  /** Reads the file; undefined: it is a directory. @throws {UserError} local: only this file fails. */
  readonly read?: () => ReadFile | Promise<ReadFile>;
}

/**
 * Pushes files of at most 1 MiB and directories, without waiting for an answer to each.
 * @param onDone  Each is told once, as it is decided: with an error when it did not arrive.
 * @throws As `push`; what was not told yet has no outcome then.
 */
export function pushMany(
  stream: Stream,
  sources: readonly SmallSource[],
  options: ManyOptions,
  onDone: (index: number, error?: unknown) => void,
): Promise<void> {
  return run(stream, options, async (wire) => {
    await greet(wire, "SINK", ".");
    const sent: number[] = [];
    const answers = hear(wire, sent, onDone);
    answers.catch(() => {}); // told in its turn
    try {
      const gathered = new Gathered(wire, options.allow);
      await gathered.control({ op: "many" });
      let turnMs = wire.clock.nowMs();
      for (const [index, source] of sources.entries()) {
        const read = fileOf(source);
        const file = read instanceof Promise ? await read.catch((error: Error) => error) : read;
        if (file instanceof Error) {
          onDone(index, file);
          continue;
        }
        sent.push(index);
        const full = gathered.control(headOf(source, file));
        if (full) await full;
        if (file) {
          for (const piece of [file.bytes, file.hash ?? hashOf(file.bytes, options.digest)]) {
            const full = gathered.put(piece);
            if (full) await full;
          }
        }
        options.onBytes?.(file?.bytes.length ?? 0);
        if (wire.clock.nowMs() - turnMs < TURN_MS) continue;
        await nextTurn();
        turnMs = wire.clock.nowMs();
      }
      await gathered.control({ ok: true, entries: sent.length });
      await gathered.flush();
    } catch (error) {
      // The host knows the reason better.
      throw await lastWords(wire, answers) ?? error;
    }
    await wire.patiently(answers, FINAL_MS, noReceipt);
  });
}

/** @returns Undefined for a directory; an error when only this one fails. */
function fileOf(
  { path, read }: SmallSource,
): ReadFile | Error | undefined | Promise<ReadFile | Error | undefined> {
  try {
    checkPath(path);
    return read?.();
  } catch (error) {
    return error as Error;
  }
}

/** What is said before a file, or of a directory. */
function headOf({ path: name, keep, keepTime }: SmallSource, file: ReadFile | undefined): Control {
  const time = (mtimeMs?: number) => mtimeMs === undefined ? {} : timesOf(mtimeMs);
  if (!file) return { kind: "directory", name, mode: keep?.mode, ...time(keep?.mtimeMs) };
  const { bytes: { length: size }, mode, mtimeMs } = file;
  return { kind: "file", name, size, mode, ...time(keepTime ? mtimeMs : undefined) };
}

/** Hears what became of each; the host says it in batches. */
async function hear(
  wire: Wire,
  sent: readonly number[],
  onDone: (index: number, error?: unknown) => void,
): Promise<void> {
  let told = 0;
  const failed = new Map<number, string>();
  for (;;) {
    const { ok, err, done, index, entries } = controlHere(wire) ?? await readControl(wire, NEVER_MS);
    if (ok === false) throw fatalError(err ?? "no reason given");
    if (index !== undefined) failed.set(index, err ?? "no reason given");
    if (done !== undefined) {
      if (done > sent.length) throw badWire("frame", "dmsgscp: more is done than was sent");
      for (; told < done; told++) {
        const why = failed.get(told);
        onDone(sent[told], why === undefined ? undefined : fatalError(why));
        failed.delete(told);
      }
    }
    if (ok !== true) continue;
    if (entries !== sent.length || told !== sent.length) {
      throw new CopyError("the host has taken other files than were sent", "broken");
    }
    return;
  }
}

const noReceipt = (): CopyError => new CopyError("the host gave no receipt", "broken");
