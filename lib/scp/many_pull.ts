/**
 * Many small files, and digests of files, from a host of ours, over one stream.
 *
 * @see lib/scp/README.md "Many"
 * @module
 */
import type { KeptFacts } from "../sys/tree.ts";
import { concat } from "../wire/bytes.ts";
import type { Stream } from "../wire/reading.ts";
import { checkPath, greet, run } from "./greet.ts";
import { badWire, CopyError, cutOff, fatalError } from "./errors.ts";
import {
  BLOCK_BYTES,
  type Control,
  frameOf,
  framesOf,
  HASH_BYTES,
  readControl,
  sameHash,
} from "./extended/frames.ts";
import { hashOf } from "./extended/many_host.ts";
import type { ManyOptions } from "./many.ts";
import { IDLE_MS, type Wire } from "./wire.ts";

/** Files that are asked for before the first of them has come: what hides a round trip, and fills writes. */
const ASKED_AHEAD = 256;
/** Digests, likewise; what takes the host long is told as soon as it is known. */
const SUMS_AHEAD = 64;

/** A small file that came. */
export interface SmallFile extends KeptFacts {
  /** All of it; to be used before what is called with it has resolved. */
  readonly bytes: Uint8Array;
}

/**
 * Pulls files of at most 1 MiB, in their order, many of them asked for ahead.
 * @param onFile  Each file, or why the host does not give it.
 * @throws As `pull`, and what `onFile` throws.
 */
export function pullMany(
  stream: Stream,
  paths: readonly string[],
  options: ManyOptions,
  onFile: (index: number, file: SmallFile | Error) => Promise<void>,
): Promise<void> {
  return run(stream, options, async (wire) => {
    for (const path of paths) checkPath(path);
    await greet(wire, "SOURCE", ".");
    await wire.write(frameOf({ op: "many", ...framesOf(wire) }));
    let asked = 0;
    const ask = async (most: number): Promise<void> => {
      const frames = paths.slice(asked, asked + most).map((name) => frameOf({ name }));
      asked += frames.length;
      if (frames.length > 0) await wire.write(concat(...frames));
    };
    await ask(ASKED_AHEAD);
    for (let index = 0; index < paths.length; index++) {
      const answer = await readControl(wire, IDLE_MS);
      const file = answer.ok === false
        ? fatalError(answer.err ?? "no reason given")
        : await small(wire, answer, options);
      // Half of them are there: the other half is on its way while new ones are asked for.
      if (asked - index <= ASKED_AHEAD / 2) await ask(ASKED_AHEAD / 2);
      await onFile(index, file);
    }
    await wire.write(frameOf({ ok: true, entries: paths.length }));
    const { ok, entries } = await readControl(wire);
    if (ok !== true || entries !== paths.length) throw badWire("frame", "dmsgscp: no end of many files");
  });
}

/**
 * Asks for the digests of files that are there.
 * @param paths  Of files that the peer lets us read.
 * @returns SHA-256 of each, 64 hex characters; undefined when the host does not tell.
 * @throws As `pull`.
 */
export function sums(
  stream: Stream,
  paths: readonly string[],
  options: ManyOptions,
): Promise<(string | undefined)[]> {
  return run(stream, options, async (wire) => {
    for (const path of paths) checkPath(path);
    await greet(wire, "SOURCE", ".");
    await wire.write(frameOf({ op: "many" }));
    const found: (string | undefined)[] = [];
    let asked = 0;
    while (found.length < paths.length) {
      const names = paths.slice(asked, found.length + SUMS_AHEAD);
      asked += names.length;
      if (names.length > 0) await wire.write(concat(...names.map((name) => frameOf({ name, kind: "sum" }))));
      const { ok, sent } = await readControl(wire, IDLE_MS);
      found.push(ok === true ? sent : undefined);
    }
    await wire.write(frameOf({ ok: true, entries: paths.length }));
    await readControl(wire);
    return found;
  });
}

async function small(
  wire: Wire,
  { size, mode = 0, mtime = 0 }: Control,
  options: ManyOptions,
): Promise<SmallFile> {
  if (size === undefined || size > BLOCK_BYTES) {
    throw badWire("frame", "dmsgscp: frame of a file that is not small");
  }
  const length = size + HASH_BYTES;
  const both = (options.allow ? undefined : wire.reader.here(length)) ?? await paced(wire, length, options);
  const bytes = both.subarray(0, size);
  options.onBytes?.(size);
  if (!sameHash(hashOf(bytes, options.digest), both.subarray(size))) {
    throw new CopyError("a file is not what was sent", "broken");
  }
  return { bytes, mode: mode & 0o777, mtimeMs: mtime };
}

async function paced(wire: Wire, length: number, { allow }: ManyOptions): Promise<Uint8Array> {
  const whole = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const most = await allow?.(length - at) ?? length - at;
    const part = await wire.reader.some(most, IDLE_MS);
    if (part === null) throw cutOff("inside a file");
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
