/**
 * Reads what `deno compile` embeds: an ELF section `.note.sui` with JSON metadata and the files.
 *
 * @module
 */
import { fromUtf8 } from "../../lib/wire/bytes.ts";

/** The members of the metadata that tests look at. */
export interface Metadata {
  readonly permissions: Readonly<Record<string, unknown>>;
  readonly v8_flags: readonly string[];
  readonly unstable_config: { readonly features: readonly string[] };
  readonly app_name: string;
  readonly entrypoint_key: string;
}

/** The bytes of a section of a little-endian ELF64 file. */
export function elfSection(file: Uint8Array, name: string): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const at = (offset: number): number => Number(view.getBigUint64(offset, true));
  const [table, size, count] = [at(40), view.getUint16(58, true), view.getUint16(60, true)];
  const header = (i: number): number => table + i * size;
  const names = at(header(view.getUint16(62, true)) + 24);
  for (let i = 0; i < count; i++) {
    const start = names + view.getUint32(header(i), true);
    if (fromUtf8(file.subarray(start, file.indexOf(0, start))) !== name) continue;
    return file.subarray(at(header(i) + 24), at(header(i) + 24) + at(header(i) + 32));
  }
  throw new Error(`there is no section ${name}`);
}

/** The magic number before the metadata, which is a u64 length and JSON. */
const MAGIC = "d3n0l4nd";

/** What is baked into a compiled file. */
export function compiledMetadata(file: Uint8Array): { metadata: Metadata; payloadBytes: number } {
  const section = elfSection(file, ".note.sui");
  const text = new TextDecoder("latin1").decode(section);
  const start = text.indexOf(`${MAGIC}${MAGIC}`) >= 0 ? text.indexOf(`${MAGIC}${MAGIC}`) + 16 : -1;
  if (start < 0) throw new Error("there is no metadata in .note.sui");
  const length = Number(new DataView(section.buffer, section.byteOffset + start).getBigUint64(0, true));
  const metadata = JSON.parse(fromUtf8(section.subarray(start + 8, start + 8 + length)));
  return { metadata, payloadBytes: section.length };
}
