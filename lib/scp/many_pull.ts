/**
 * Many small files, and digests of files, from a host of ours, over one stream.
 *
 * @see lib/scp/README.md "Many"
 * @module
 */
import type { KeptFacts } from "../sys/tree/tree.ts";
import { concat } from "../wire/bytes.ts";
import type { Stream } from "../wire/reading.ts";
import { Allowance } from "./body.ts";
import { badWire, cutOff, fatalError } from "./errors.ts";
import {
  BLOCK_BYTES,
  type Control,
  controlHere,
  frameOf,
  framesOf,
  HASH_BYTES,
  readControl,
  timeIn,
} from "./extended/frames.ts";
import { checked } from "./extended/many_host.ts";
import { checkPath, greet, run } from "./greet.ts";
import type { ManyOptions } from "./many.ts";
import { IDLE_MS, type Wire } from "./wire.ts";

/** Files or digests that are asked for before the first of them has come: what hides a round trip, and fills writes. */
const ASKED_AHEAD = 256;

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
  onFile: (index: number, file: SmallFile | Error) => void | Promise<void>,
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
      // Half of them are there: the other half is on its way while new ones are asked for.
      if (asked - index <= ASKED_AHEAD / 2) await ask(ASKED_AHEAD / 2);
      const answer = controlHere(wire) ?? await readControl(wire, IDLE_MS);
      const bytes = answer.ok === false
        ? undefined
        : smallHere(wire, answer, options) ?? await small(wire, answer, options);
      const taken = onFile(index, fileOf(answer, bytes, options));
      if (taken) await taken;
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
      if (asked - found.length <= ASKED_AHEAD / 2) {
        const names = paths.slice(asked, found.length + ASKED_AHEAD);
        asked += names.length;
        if (names.length > 0) {
          await wire.write(concat(...names.map((name) => frameOf({ name, kind: "sum" }))));
        }
      }
      const { ok, sent } = controlHere(wire) ?? await readControl(wire, IDLE_MS);
      found.push(ok === true ? sent : undefined);
    }
    await wire.write(frameOf({ ok: true, entries: paths.length }));
    await readControl(wire);
    return found;
  });
}

/** A file and its digest, when they have come already and are taken at any rate: valid until more is read. */
function smallHere({ reader }: Wire, { size }: Control, { allow }: ManyOptions): Uint8Array | undefined {
  if (size === undefined || size > BLOCK_BYTES) {
    throw badWire("frame", "dmsgscp: frame of a file that is not small");
  }
  return allow ? undefined : reader.here(size + HASH_BYTES);
}

function fileOf(
  { err, mode = 0, ...time }: Control,
  both: Uint8Array | undefined,
  options: ManyOptions,
): SmallFile | Error {
  if (both === undefined) return fatalError(err ?? "no reason given");
  return { bytes: checked(both, options, options), mode: mode & 0o777, mtimeMs: timeIn(time) ?? 0 };
}

async function small(wire: Wire, { size = 0 }: Control, { allow }: ManyOptions): Promise<Uint8Array> {
  const whole = new Uint8Array(size + HASH_BYTES);
  const allowance = new Allowance(allow);
  for (let at = 0; at < whole.length;) {
    const part = await wire.reader.some(await allowance.most(whole.length - at), IDLE_MS);
    if (part === null) throw cutOff("inside a file");
    allowance.moved(part.length);
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
