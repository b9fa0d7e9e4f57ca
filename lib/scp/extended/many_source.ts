/**
 * Many small files to a client of ours, digests, and the names below a directory.
 *
 * @see lib/scp/README.md "Many"
 * @module
 */
import type { Digest } from "../../crypto/digest.ts";
import type { SourceFile } from "../../sys/source_file.ts";
import type { Tree, TreeReading } from "../../sys/tree.ts";
import { ahead } from "../../wire/ahead.ts";
import { concat } from "../../wire/bytes.ts";
import type { Flow } from "../body.ts";
import { Refusal } from "../errors.ts";
import { IDLE_MS, type Wire } from "../wire.ts";
import { BLOCK_BYTES, type Control, frameOf, readControl, writeControl } from "./frames.ts";
import type { ManyHost } from "./host_parts.ts";
import { hashOf, nameOf, wordsOf } from "./many_host.ts";

/** A digest takes as long as reading: the peer waits for a minute, and a slow card reads 20 MiB a second. */
export const MAX_SUM_BYTES: number = 2 ** 30;
/** Files that are read ahead of those that are written: at most so many MiB. */
const READ_AHEAD = 8;
/** Files whose places are looked for together. */
const READING_FILES = 64;
/** Frames that are written together. */
const WRITE_BYTES = 16 * 1024;

/** Serves files that the client names, each read whole before it is answered for. */
export async function sourceMany(wire: Wire, { digest, tree, onSeen }: ManyHost, flow: Flow): Promise<void> {
  let entries = 0;
  let files = 0;
  const open = readingOf(tree);
  const answers = ahead(questions(wire), READ_AHEAD, async ({ name, kind }) => {
    if (kind === "sum") return { bytes: frameOf(await sumOf(tree, name, digest)) };
    return await smallAnswer(open(), name, digest);
  });
  for await (const some of answers) {
    await wire.write(concat(...some.map(({ bytes }) => bytes)));
    entries += some.length;
    for (const { payload } of some) {
      if (payload === undefined) continue;
      flow.onBytes?.(payload);
      files++;
    }
    onSeen({ files });
  }
  await writeControl(wire, { ok: true, entries });
}

/** What a client asks for, until it says that this was all. */
async function* questions(wire: Wire): AsyncGenerator<{ readonly name: string; readonly kind?: string }> {
  for (;;) {
    const asked = await readControl(wire, IDLE_MS);
    if (asked.ok === true) return;
    yield { name: nameOf(asked), kind: asked.kind };
  }
}

interface Answer {
  readonly bytes: Uint8Array;
  /** Of the file; undefined: it is not among them. */
  readonly payload?: number;
}

/** Places are looked for anew every so often. */
function readingOf(tree: Tree): () => TreeReading {
  let reading: TreeReading = tree;
  let count = 0;
  return () => {
    if (tree.reading && count++ % READING_FILES === 0) reading = tree.reading();
    return reading;
  };
}

async function smallAnswer(tree: TreeReading, name: string, digest: () => Digest): Promise<Answer> {
  let file: SourceFile | undefined;
  try {
    file = await tree.open(name);
    const bytes = await readAll(file);
    const { mode, mtimeMs = 0 } = file;
    const head = frameOf({ ok: true, size: bytes.length, mode, mtime: Math.max(0, Math.trunc(mtimeMs)) });
    return { bytes: concat(head, bytes, hashOf(bytes, digest)), payload: bytes.length };
  } catch (error) {
    return { bytes: frameOf({ ok: false, err: wordsOf(error) }) };
  } finally {
    file?.close();
  }
}

/** The digest of a whole file: it tells as much as the file, and is read like one. */
async function sumOf(tree: Tree, name: string, digest: () => Digest): Promise<Control> {
  let file: SourceFile | undefined;
  try {
    file = await tree.open(name);
    if (file.size > MAX_SUM_BYTES) throw new Refusal("the file is too large for that");
    const sum = digest();
    const buffer = new Uint8Array(Math.min(file.size, 2 ** 17) + 1);
    let size = 0;
    for (let count; (count = await file.read(buffer)) !== null && count > 0; size += count) {
      sum.add(buffer.subarray(0, count));
    }
    return { ok: true, size, sent: sum.hex() };
  } catch (error) {
    return { ok: false, err: wordsOf(error) };
  } finally {
    file?.close();
  }
}

async function readAll(file: SourceFile): Promise<Uint8Array> {
  if (file.size > BLOCK_BYTES) throw new Refusal("the file is not small");
  const bytes = new Uint8Array(file.size + 1); // a byte more shows that it has grown
  let length = await file.read(bytes) ?? 0;
  while (length < file.size) {
    const count = await file.read(bytes.subarray(length));
    if (!count) break;
    length += count;
  }
  if (length !== file.size) throw new Refusal("the file changed while it was read");
  return bytes.subarray(0, length);
}

/** Tells what is below a directory. */
export async function sourceList(wire: Wire, { tree }: ManyHost, path: string): Promise<void> {
  if (!tree.list) throw new Refusal("directories are not listed here");
  let entries = 0;
  let held: Uint8Array[] = [];
  let bytes = 0;
  const write = async (): Promise<void> => {
    await wire.write(concat(...held));
    held = [];
    bytes = 0;
  };
  for await (const { name, kind, size, mode, mtimeMs } of tree.list(path)) {
    const frame = frameOf({ name, kind, size, mode, mtime: mtimeMs });
    held.push(frame);
    bytes += frame.length;
    entries++;
    if (bytes >= WRITE_BYTES) await write();
  }
  held.push(frameOf({ ok: true, entries }));
  await write();
}
