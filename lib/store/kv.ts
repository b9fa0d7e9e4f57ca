/**
 * A {@link Place} in Deno KV: a file of this machine, or a database server that speaks KV Connect.
 *
 * @module
 */
import { parent } from "../sys/paths.ts";
import { storageError } from "./errors.ts";
import type { Key, Place } from "./place.ts";

/** Keys that Deno KV reads in one call at most. */
const READ_BATCH = 10;

/**
 * Opens a place.
 * @param where  The path of a file, made when there is none (only its owner can read it, also in a directory that
 * others can look into), or the http(s) URL of a KV Connect server; its token is `DENO_KV_ACCESS_TOKEN`.
 * @throws {UserError} local: it can't be opened; busy: another process holds it.
 */
export async function openKvPlace(where: string): Promise<Place> {
  const isUrl = /^https?:\/\//.test(where);
  try {
    if (!isUrl) await makePrivate(where);
    const kv = await Deno.openKv(where);
    return kvPlace(kv, where);
  } catch (error) {
    throw storageError(error, where, "open");
  }
}

/** Deno KV would make the file, and the ones that come and go beside it, readable for everybody. */
async function makePrivate(path: string): Promise<void> {
  await Deno.mkdir(parent(path), { recursive: true, mode: 0o700 });
  using _file = await Deno.open(path, { create: true, write: true, mode: 0o600 });
}

function kvPlace(kv: Deno.Kv, name: string): Place {
  return {
    name,
    async read(keys) {
      const calls: Promise<(Uint8Array | undefined)[]>[] = [];
      for (let at = 0; at < keys.length; at += READ_BATCH) {
        const batch = keys.slice(at, at + READ_BATCH).map(partsOf);
        calls.push(
          kv.getMany<Uint8Array[]>(batch).then((rows) => rows.map(({ value }) => value ?? undefined)),
        );
      }
      return (await Promise.all(calls)).flat();
    },
    async stamped(key) {
      const { value, versionstamp } = await kv.get<Uint8Array>(partsOf(key));
      return { value: value ?? undefined, stamp: versionstamp };
    },
    async *list({ start, end }, { limit, reverse, batch } = {}) {
      const range = { start: partsOf(start), end: partsOf(end) };
      for await (const row of kv.list<Uint8Array>(range, { limit, reverse, batchSize: batch })) {
        yield { key: row.key as unknown as Key, value: row.value };
      }
    },
    async write(writes, { key, stamp }) {
      let change = kv.atomic().check({ key: partsOf(key), versionstamp: stamp });
      for (const write of writes) {
        const at = partsOf(write.key);
        change = write.value === undefined ? change.delete(at) : change.set(at, write.value);
      }
      const result = await change.commit();
      return result.ok ? result.versionstamp : undefined;
    },
    close: () => kv.close(),
  };
}

const partsOf = (key: Key): Deno.KvKey => key;
