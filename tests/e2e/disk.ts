/**
 * All that lies on the disk of an identity: every file as it is, and what its store holds, opened with the identity's
 * key.
 *
 * @module
 */
import { JOURNAL_FILES, openJournalFiles } from "../../lib/app/journal_files.ts";
import { openStore } from "../../lib/store/open.ts";
import { openKvPlace } from "../../lib/store/place/kv.ts";
import type { Key } from "../../lib/store/place/place.ts";
import { deriveSealKey, openSeal, SEAL_INFO } from "../../lib/store/place/sealed.ts";
import type { Store } from "../../lib/store/store.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { systemFiles } from "../../lib/sys/files/files.ts";
import { openLogFile } from "../../lib/sys/files/log_file.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { toBase64 } from "../../lib/wire/base64.ts";
import { toHex, utf8 } from "../../lib/wire/bytes.ts";

/** Something that lies there, and where. */
export interface Found {
  readonly where: string;
  readonly bytes: Uint8Array;
}

/** Everything, of a directory that no process has. @param secret  The identity's, 32 bytes. */
export async function wholeDisk(directory: string, secret: Uint8Array): Promise<Found[]> {
  const files = await filesOf(directory);
  return await withCopy(directory, async (copy) => {
    await (await storeOf(copy, secret)).close();
    return [...files, ...await rowsOf(`${copy}/store/messages.kv`, secret)];
  });
}

/** Does something with an identity's store, as a copy. */
export async function withStore<T>(
  directory: string,
  secret: Uint8Array,
  run: (store: Store) => Promise<T>,
): Promise<T> {
  return await withCopy(directory, async (copy) => {
    const store = await storeOf(copy, secret);
    return await run(store).finally(() => store.close());
  });
}

async function withCopy<T>(directory: string, run: (copy: string) => Promise<T>): Promise<T> {
  const copy = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${copy}/store`);
    for (const name of ["store/messages.kv", ...JOURNAL_FILES]) {
      for (const end of ["", "-wal", "-shm"]) {
        await Deno.copyFile(`${directory}/${name}${end}`, `${copy}/${name}${end}`).catch(() => {});
      }
    }
    return await run(copy);
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}

/** With what its journal holds taken in. */
async function storeOf(directory: string, secret: Uint8Array): Promise<Store> {
  return await openStore({
    place: await openKvPlace(`${directory}/store/messages.kv`),
    secret,
    clock: systemClock(),
    random: systemRandom,
    journal: await openJournalFiles({ openLogFile, files: systemFiles, directory, durability: "power" }),
  });
}

/** Where some bytes lie, as they are, in hex or in base64. */
export const holding = (disk: readonly Found[], bytes: Uint8Array): string[] => {
  const forms = [bytes, utf8(toHex(bytes)), utf8(toBase64(bytes).replace(/=+$/, ""))];
  return disk.filter((one) => forms.some((form) => indexOf(one.bytes, form) >= 0)).map(({ where }) => where);
};

async function filesOf(directory: string): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) found.push(...await filesOf(path));
    else if (isFile) found.push({ where: path, bytes: await Deno.readFile(path) });
  }
  return found;
}

/** Rows of a store that nobody has open. */
async function rowsOf(path: string, secret: Uint8Array): Promise<Found[]> {
  const seal = await openSeal(deriveSealKey(secret, SEAL_INFO), systemRandom);
  using kv = await Deno.openKv(path);
  const rows: Found[] = [];
  for await (const { key, value } of kv.list({ prefix: [] })) {
    const plain = value instanceof Uint8Array ? await seal.open(key as unknown as Key, value) : undefined;
    if (plain !== undefined) rows.push({ where: `${path} ${String(key[0])}`, bytes: plain });
  }
  return rows;
}

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  for (let at = bytes.indexOf(part[0]); at >= 0; at = bytes.indexOf(part[0], at + 1)) {
    if (part.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}
