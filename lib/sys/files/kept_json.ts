/**
 * Files that we keep as one JSON object or list: what is whole of them is used, the rest is set aside.
 *
 * @see lib/app/README.md "Beside the store"
 * @module
 */
import { utf8 } from "../../wire/bytes.ts";
import { isBlank, tornJson, wholeJson } from "../../wire/whole_json.ts";
import { type Files, isGarbage } from "./files.ts";

/** What a file says. */
export interface KeptJson {
  /** All that is whole of it. */
  readonly value?: object;
  /** It is something else; left as it is. */
  readonly other?: Uint8Array;
}

/**
 * Reads a file. Garbage behind what it says, and the end of one that breaks off, go into a file of their own
 * ({@link Files.setAside}); what is left is a whole file again.
 * @param depth  How deep a member lies that counts by itself; as in `tornJson`.
 * @returns Neither member when there is no file, or nothing in it: 0 bytes, white space, or the zeros of a power cut.
 * @throws {UserError} local: it can't be read or mended.
 */
export async function readKeptJson(
  files: Pick<Files, "read" | "setAside" | "replacePrivate">,
  path: string,
  maxBytes: number,
  depth = 1,
): Promise<KeptJson> {
  const bytes = await files.read(path, maxBytes);
  if (bytes === undefined || isBlank(bytes) || !isGarbage(bytes)) return {};
  const whole = wholeJson(bytes);
  if (whole) {
    const rest = bytes.subarray(whole.end);
    if (!isBlank(rest) && isGarbage(rest)) await files.setAside(path, rest, whole.end);
    return { value: whole.value };
  }
  const torn = tornJson(bytes, depth);
  if (!torn) return { other: bytes };
  const rest = bytes.subarray(torn.end);
  if (isGarbage(rest)) await files.setAside(path, rest);
  await files.replacePrivate(path, utf8(`${JSON.stringify(torn.value)}\n`));
  return { value: torn.value };
}

/** Reads one that nobody but us writes: what is something else is set aside whole. @returns undefined: nothing is known. */
export async function readOwnJson(
  files: Pick<Files, "read" | "setAside" | "replacePrivate">,
  path: string,
  maxBytes: number,
  depth?: number,
): Promise<object | undefined> {
  const { value, other } = await readKeptJson(files, path, maxBytes, depth);
  if (other !== undefined) await files.setAside(path, other, 0);
  return value;
}
