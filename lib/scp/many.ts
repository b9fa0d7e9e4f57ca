/**
 * Many small files over one stream, and the names below a directory: the dialling side. Both need a host of ours.
 *
 * @see lib/scp/README.md "Many"
 * @module
 */
import type { Digest } from "../crypto/digest.ts";
import type { KeptFacts, TreeEntry } from "../sys/tree.ts";
import { concat, utf8 } from "../wire/bytes.ts";
import type { Stream } from "../wire/reading.ts";
import { type Flow, lastWords } from "./body.ts";
import { checkPath, run } from "./client.ts";
import { badWire, CopyError, cutOff, fatalError, NoExtension } from "./errors.ts";
import { BLOCK_BYTES, type Control, frameOf, HASH_BYTES, readControl, sameHash } from "./extended/frames.ts";
import { hashOf } from "./extended/many_host.ts";
import { checkName } from "./path.ts";
import { encodeRole, type Role } from "./role.ts";
import { CONTROL_MS, FINAL_MS, HELLO, IDLE_MS, Mark, NEVER_MS, type Wire, type WireOptions } from "./wire.ts";

/** Larger files have a stream of their own. */
export const SMALL_BYTES: number = BLOCK_BYTES;
/** Files that are asked for before the first of them has come: what hides a round trip. */
const ASKED_AHEAD = 64;
/** Longest list: some 100 MiB of memory here. */
const MAX_ENTRIES = 500_000;

/** What all three need. */
export interface ManyOptions extends WireOptions, Flow {
  /** Makes a SHA-256. */
  readonly digest: () => Digest;
}

/**
 * Asks for everything below a directory.
 * @param path  Of the directory, below the peer's root.
 * @returns In an order in which a directory comes before what is in it. Names are checked: none leads elsewhere, and
 * none comes twice.
 * @throws {NoExtension} The host is of another kind.
 * @throws As `pull`, for what is no directory too.
 */
export function list(
  stream: Stream,
  path: string,
  options: WireOptions,
): Promise<readonly TreeEntry[]> {
  return run(stream, options, async (wire) => {
    await greet(wire, "SOURCE", path);
    await wire.write(frameOf({ op: "list" }));
    const entries: TreeEntry[] = [];
    const seen = new Set<string>();
    for (;;) {
      const { ok, err, entries: count, name = "", kind, size = 0, mode = 0, mtime = 0 } = await readControl(
        wire,
        IDLE_MS,
      );
      if (ok === false) throw fatalError(err ?? "no reason given");
      if (ok === true && count === entries.length) return entries;
      if (kind !== "file" && kind !== "directory" && kind !== "other") {
        throw badWire("frame", "dmsgscp: entry");
      }
      if (kind !== "other") checkEntry(name, seen);
      if (entries.length === MAX_ENTRIES) throw new CopyError("the directory has too many files", "broken");
      entries.push({ name, kind, size, mode: mode & 0o777, mtimeMs: mtime });
    }
  });
}

/** A name of a list is made into a local path: it must lie in the directory that was asked for, and be new. */
function checkEntry(name: string, seen: Set<string>): void {
  checkName(utf8(name));
  const parts = name.split("/");
  const parent = parts.slice(0, -1).join("/");
  const odd = parts.some((part) => part === "" || part === "." || part === "..") || name.includes("\\");
  if (odd || seen.has(name) || (parent !== "" && !seen.has(`${parent}/`))) {
    throw badWire("frame", "dmsgscp: list with a wrong name");
  }
  seen.add(name);
  seen.add(`${name}/`);
}

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
      for (const [index, source] of sources.entries()) {
        let entry: Entry;
        try {
          entry = await entryOf(source, options.digest);
        } catch (error) {
          onDone(index, error);
          continue;
        }
        sent.push(index);
        await paced(wire, entry.bytes, options.allow);
        options.onBytes?.(entry.payload);
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

/** A small file that came. */
export interface SmallFile extends KeptFacts {
  /** All of it. */
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
    await wire.write(frameOf({ op: "many" }));
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
      // Few at a time: each takes the host as long as reading the file.
      const names = paths.slice(asked, found.length + 4);
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
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size;) {
    const most = await options.allow?.(size - at) ?? size - at;
    const part = await wire.reader.some(most, IDLE_MS);
    if (part === null) throw cutOff("inside a file");
    bytes.set(part, at);
    at += part.length;
    options.onBytes?.(part.length);
  }
  const told = await wire.reader.exactly(HASH_BYTES, IDLE_MS);
  if (told === undefined) throw cutOff("inside a file");
  if (!sameHash(hashOf(bytes, options.digest), told)) {
    throw new CopyError("a file is not what was sent", "broken");
  }
  return { bytes, mode: mode & 0o777, mtimeMs: mtime };
}

/** @throws {NoExtension} The host is of another kind. */
async function greet(wire: Wire, role: Role, path: string): Promise<void> {
  checkPath(path);
  await wire.write(encodeRole(role, path, true));
  for (;;) {
    const first = await wire.reader.byte(CONTROL_MS);
    if (first !== Mark.warning && first !== Mark.fatal && first !== undefined) {
      throw new NoExtension("the host is a classic one");
    }
    if ((await wire.answer(first, "before the host answered")).startsWith(HELLO)) return;
  }
}
