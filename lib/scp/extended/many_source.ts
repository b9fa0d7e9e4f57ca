/**
 * Many small files to a client of ours, digests, and the names below a directory.
 *
 * @see lib/scp/README.md "Many"
 * @module
 */
import type { Digest } from "../../crypto/digest.ts";
import { Room } from "../../sys/copies/room.ts";
import type { SourceFile } from "../../sys/copies/source_file.ts";
import type { KeptFacts, ReadLimits, SmallContent, Tree, TreeEntry } from "../../sys/tree/tree.ts";
import { concat, toHex } from "../../wire/bytes.ts";
import type { Flow } from "../body.ts";
import { Refusal } from "../errors.ts";
import { checkText, MAX_NAME_BYTES } from "../path.ts";
import { IDLE_MS, type Wire } from "../wire.ts";
import {
  BLOCK_BYTES,
  type Control,
  controlHere,
  frameOf,
  hasControl,
  hashOf,
  readControl,
  timesOf,
} from "./frames.ts";
import { Gathered } from "./gathered.ts";
import type { ManyHost } from "./host_parts.ts";
import { nameOf, wordsOf } from "./many_host.ts";

/** A digest takes as long as reading: the peer waits for a minute, and a slow card reads 20 MiB a second. */
export const MAX_SUM_BYTES: number = 2 ** 30;
/** Questions that are answered together, when so many have come. */
const TOGETHER_FILES = 64;
/** Frames that are written together. */
const WRITE_BYTES = 16 * 1024;

/**
 * Serves files that the client names, in its order; what fails of them is told to the client.
 * @throws {Refusal} Many are not given here. @throws {CopyError} broken: the stream ended.
 * @throws {ProtocolError} by peer `frame`.
 */
export async function sourceMany(wire: Wire, { digest, tree, onSeen }: ManyHost, flow: Flow): Promise<void> {
  if (!tree.readMany) throw new Refusal("many files are not given here");
  const gathered = new Gathered(wire);
  const room = new Room();
  const limits: ReadLimits = { largest: BLOCK_BYTES, together: 2 * BLOCK_BYTES, room };
  let entries = 0;
  let files = 0;
  for (;;) {
    if (!hasControl(wire)) await gathered.leave(); // the client waits for that
    const { asked, end } = await questions(wire);
    for (let left = asked; left.length > 0;) {
      const read = await tree.readMany(left.map(({ name }) => name), limits);
      const known = left;
      left = left.slice(read.length);
      for (const [i, content] of read.entries()) {
        entries++;
        const { name, isSum } = known[i];
        if (isSum && !(content instanceof Error) && !content.bytes) {
          // What is known already does not wait for a digest that takes long.
          await gathered.control(await sumOf(tree, name, digest, () => gathered.leave()));
          continue;
        }
        const { head, bytes } = isSum ? { head: sumIn(content, digest) } : answerOf(content);
        const full = gathered.control(head);
        if (full) await full;
        if (bytes === undefined) continue;
        for (const piece of [bytes, hashOf(bytes, digest)]) {
          const full = gathered.put(piece);
          if (full) await full;
        }
        flow.onBytes?.(bytes.length);
        files++;
      }
      room.free();
      onSeen({ files });
    }
    if (!end) continue;
    if (!end.error) await gathered.control({ ok: true, entries });
    await gathered.flush();
    if (end.error) throw end.error;
    return;
  }
}

interface Questions {
  readonly asked: readonly {
    readonly name: string;
    /** For its digest, and not for what is in it. */
    readonly isSum: boolean;
  }[];
  /** That was all, or what came behind them is wrong. */
  readonly end?: { readonly error?: Error };
}

/** What a client asks for and has come already: one question at least. */
async function questions(wire: Wire): Promise<Questions> {
  const asked: { name: string; isSum: boolean }[] = [];
  try {
    do {
      const one = controlHere(wire) ?? await readControl(wire, IDLE_MS);
      if (one.ok === true) return { asked, end: {} };
      asked.push({ name: nameOf(one), isSum: one.kind === "sum" });
    } while (asked.length < TOGETHER_FILES && hasControl(wire));
  } catch (error) {
    return { asked, end: { error: error as Error } };
  }
  return { asked };
}

/** What is said of a file, and what is in it; without that it can't be had. */
function answerOf(content: SmallContent | Error): { readonly head: Control; readonly bytes?: Uint8Array } {
  const refused = (error: Error) => ({ head: { ok: false, err: wordsOf(error) } });
  if (content instanceof Error) return refused(content);
  const { size, mode, mtimeMs, bytes } = content;
  if (!bytes) return refused(new Refusal("the file is not small"));
  if (bytes.length !== size) return refused(new Refusal("the file changed while it was read"));
  return { head: { ok: true, size, mode, ...timesOf(mtimeMs) }, bytes };
}

/** The digest of a small file that was read. */
function sumIn(content: SmallContent | Error, digest: () => Digest): Control {
  const { head: { size, ...head }, bytes } = answerOf(content);
  return bytes ? { ok: true, size, sent: toHex(hashOf(bytes, digest)) } : head;
}

/** The digest of a larger file: it tells as much as the file, and is read like one. @param onLarge  It takes a while. */
async function sumOf(
  tree: Tree,
  name: string,
  digest: () => Digest,
  onLarge: () => Promise<void>,
): Promise<Control> {
  let file: SourceFile | undefined;
  try {
    file = await tree.open(name);
    if (file.size > MAX_SUM_BYTES) throw new Refusal("the file is too large for that");
    if (file.size > BLOCK_BYTES) await onLarge();
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

/**
 * Tells what is below a directory.
 * @throws {Refusal} Directories are not listed here. @throws {TreeError} It is none, or not there.
 */
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
  let top: KeptFacts | undefined;
  for await (const entry of tree.list(path, (facts) => top = facts)) {
    const { name, kind, size, mode, mtimeMs, problem: err } = tellable(entry);
    const frame = frameOf({ name, kind, size, mode, ...timesOf(mtimeMs), err });
    held.push(frame);
    bytes += frame.length;
    entries++;
    if (bytes >= WRITE_BYTES) await write();
  }
  held.push(frameOf({ ok: true, entries, ...(top && { mode: top.mode, ...timesOf(top.mtimeMs) }) }));
  await write();
}

/** What lies there under a name that nobody can ask for is told with the reason, and no more of its name than that. */
function tellable(entry: TreeEntry): TreeEntry {
  const why = unaskable(entry.name);
  if (why === undefined || (entry.kind === "other" && entry.problem === undefined)) {
    return { ...entry, name: entry.name.slice(0, MAX_NAME_BYTES) };
  }
  return { problem: why, ...entry, name: entry.name.slice(0, MAX_NAME_BYTES), kind: "other", size: 0 };
}

function unaskable(name: string): string | undefined {
  try {
    checkText(name);
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^dmsgscp: /, "");
  }
}
