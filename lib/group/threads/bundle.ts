/**
 * A group's leaves as a text that can be carried by hand: a first line that says whose they are and how many, and a
 * line for each leaf with its checksum. Taking them in is the same as reading a feed that holds them.
 *
 * @see lib/group/README.md "Bundles"
 * @module
 */
import { sha256 } from "../../crypto/hash.ts";
import type { FeedLeaf } from "../../cxo/feed/change.ts";
import { concat, equal, fromHex, toHex, utf8 } from "../../wire/bytes.ts";
import { field, goBytes, goString, type GoStruct, goStruct, goU64 } from "../../wire/go_struct.ts";

/** The form of this file. */
const VERSION = 1n;

interface Head {
  readonly version: bigint;
  readonly groupId: string;
  readonly leaves: bigint;
  readonly sum: string;
}

interface Line {
  readonly path: string;
  readonly value: Uint8Array;
  readonly sum: string;
}

const HEAD: GoStruct<Head> = goStruct<Head>({
  version: field("dmsg_bundle", goU64),
  groupId: field("group", goString),
  leaves: field("leaves", goU64),
  sum: field("sha256", goString),
});

const LINE: GoStruct<Line> = goStruct<Line>({
  path: field("path", goString),
  value: field("value", goBytes),
  sum: field("sha256", goString),
});

/** What is wrong with a bundle; the message names the line. */
export class BundleError extends Error {
  /** Tells it from other errors. */
  override readonly name = "BundleError";
}

function headOf(groupId: string, leaves: bigint): string {
  const sum = toHex(sha256(utf8(`${VERSION}/${groupId}/${leaves}`)));
  return HEAD.encode({ version: VERSION, groupId, leaves, sum });
}

/** SHA-256 of u32 length of the path ‖ path ‖ value. */
function sumOf({ path, value }: FeedLeaf): Uint8Array {
  const name = utf8(path);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, name.length);
  return sha256(concat(length, name, value));
}

/** Reads lines of leaves alone. @param from  The number of the first one. @throws {BundleError} See {@link readBundle}. */
export const readLeafLines = (lines: readonly string[], from: number): FeedLeaf[] =>
  lines.map((line, i) => readLine(line, from + i));

/** The lines of a bundle, without their ends. */
export function bundleLines(groupId: string, leaves: readonly FeedLeaf[]): string[] {
  return [
    headOf(groupId, BigInt(leaves.length)),
    ...leaves.map((leaf) => LINE.encode({ ...leaf, sum: toHex(sumOf(leaf)) })),
  ];
}

/**
 * Reads a bundle, all of it or nothing.
 * @param text  Lines, each with its end.
 * @throws {BundleError} It is none, was cut, or a byte of it is another one: the message names the first line that is wrong.
 */
export function readBundle(text: string): { readonly groupId: string; readonly leaves: FeedLeaf[] } {
  const [first, ...rest] = text.split("\n");
  const head = HEAD.decode(first);
  if (head === undefined || head.version === 0n) throw new BundleError("line 1 is no beginning of a bundle");
  if (head.version !== VERSION) throw new BundleError(`it is a bundle of version ${head.version}`);
  if (first !== headOf(head.groupId, head.leaves)) throw new BundleError("line 1 was changed");
  if (rest.pop() !== "") throw new BundleError(`line ${rest.length + 2} has no end: the file was cut`);
  const leaves = readLeafLines(rest, 2);
  if (BigInt(leaves.length) !== head.leaves) {
    throw new BundleError(`there are ${leaves.length} leaves, and line 1 says ${head.leaves}`);
  }
  return { groupId: head.groupId.toLowerCase(), leaves };
}

function readLine(text: string, number: number): FeedLeaf {
  const line = LINE.decode(text);
  if (line === undefined) throw new BundleError(`line ${number} is no leaf`);
  const leaf = { path: line.path, value: line.value };
  const isWhole = /^[0-9a-f]{64}$/.test(line.sum) && equal(fromHex(line.sum), sumOf(leaf)) &&
    text === LINE.encode(line);
  if (!isWhole) throw new BundleError(`line ${number} was changed`);
  return leaf;
}
