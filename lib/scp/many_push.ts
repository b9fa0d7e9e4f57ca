/**
 * Many small files and directories to a host of ours, over one stream.
 *
 * @see lib/scp/README.md "Many"
 * @module
 */
import type { Digest } from "../crypto/digest.ts";
import type { KeptFacts } from "../sys/tree.ts";
import { ahead } from "../wire/ahead.ts";
import { concat } from "../wire/bytes.ts";
import type { Stream } from "../wire/reading.ts";
import { type Flow, lastWords } from "./body.ts";
import { checkPath, run } from "./client.ts";
import { badWire, CopyError, fatalError } from "./errors.ts";
import { frameOf, readControl } from "./extended/frames.ts";
import { hashOf } from "./extended/many_host.ts";
import { greet, type ManyOptions } from "./many.ts";
import { FINAL_MS, NEVER_MS, type Wire } from "./wire.ts";

/** Files that are read ahead of those that are sent: at most so many MiB. */
const READ_AHEAD = 8;
/** Something to push among many. */
export interface SmallSource {
  /** Below the peer's root. */
  readonly path: string;
  /** Of a directory: bits and time; left out: the host's choice. */
  readonly keep?: KeptFacts;
  /** Of a file: keep its time, and all nine bits. */
  readonly keepTime?: boolean;
  /** All of the file; undefined: it is a directory. @throws {UserError} local: only this file fails. */
  readonly read?: () => Promise<
    { readonly bytes: Uint8Array; readonly mode: number; readonly mtimeMs?: number }
  >;
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
      await wire.write(frameOf({ op: "many" }));
      const entries = ahead(sources.entries(), READ_AHEAD, async ([index, source]) => {
        const entry = await entryOf(source, options.digest).catch((error) => ({ error }));
        return { index, entry };
      });
      for await (const some of entries) {
        const read: Entry[] = [];
        for (const { index, entry } of some) {
          if ("error" in entry) onDone(index, entry.error);
          else {
            sent.push(index);
            read.push(entry);
          }
        }
        await paced(wire, concat(...read.map(({ bytes }) => bytes)), options.allow);
        for (const { payload } of read) options.onBytes?.(payload);
      }
      await wire.write(frameOf({ ok: true, entries: sent.length }));
    } catch (error) {
      // The host knows the reason better.
      throw await lastWords(wire, answers) ?? error;
    }
    await limited(wire, answers);
  });
}

interface Entry {
  readonly bytes: Uint8Array;
  /** How many of them are the file's. */
  readonly payload: number;
}

async function entryOf({ path, keep, keepTime, read }: SmallSource, digest: () => Digest): Promise<Entry> {
  checkPath(path);
  const time = (mtimeMs?: number) => mtimeMs === undefined ? {} : { mtime: Math.max(0, Math.trunc(mtimeMs)) };
  if (!read) {
    const head = frameOf({ kind: "directory", name: path, mode: keep?.mode, ...time(keep?.mtimeMs) });
    return { bytes: head, payload: 0 };
  }
  const { bytes, mode, mtimeMs } = await read();
  const head = frameOf({
    kind: "file",
    name: path,
    size: bytes.length,
    mode,
    ...time(keepTime ? mtimeMs : undefined),
  });
  return { bytes: concat(head, bytes, hashOf(bytes, digest)), payload: bytes.length };
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
    const { ok, err, done, index, entries } = await readControl(wire, NEVER_MS);
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

function limited(wire: Wire, answers: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = wire.clock.after(
      FINAL_MS,
      () => reject(new CopyError("the host gave no receipt", "broken")),
    );
    answers.then(resolve, reject).finally(cancel);
  });
}

/** Writes at the allowed rate. */
async function paced(wire: Wire, bytes: Uint8Array, allow: Flow["allow"]): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const count = await allow?.(bytes.length - at) ?? bytes.length - at;
    await wire.write(bytes.subarray(at, at + count));
    at += count;
  }
}
