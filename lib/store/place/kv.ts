/**
 * A {@link Place} in Deno KV: a file of this machine, or a part of a database server that speaks KV Connect.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Clock } from "../../sys/clock.ts";
import { makeDirectory } from "../../sys/files/directory.ts";
import { type Kv, openKvServer } from "../../sys/kv.ts";
import { parent } from "../../sys/paths.ts";
import { storageError } from "../../sys/storage_error.ts";
import { fromHex } from "../../wire/bytes.ts";
import type { Key, Place } from "./place.ts";

/** Keys that Deno KV reads in one call at most. */
const READ_BATCH = 10;
/** What a discovery or anything else keeps on the same server begins differently. */
const PART = "dmsg";

/**
 * Opens a file.
 * @param path  Made when there is none; only its owner can read it, also in a directory that others can look into.
 * @throws {UserError} local: it can't be opened; busy: another process holds it.
 */
export async function openKvPlace(path: string): Promise<Place> {
  let isNew = false;
  try {
    isNew = await makePrivate(path);
    return kvPlace(await Deno.openKv(path), path, [], () => Deno.openKv(path));
  } catch (error) {
    // On a full disk an empty file can be made, and nothing in it. One that stays is taken for one that lost all.
    if (isNew) await removeEmptyFile(path);
    throw storageError(error, path, "open");
  }
}

/**
 * Opens the part of a server that belongs to an identity; others of the fleet have theirs beside it. Its token is
 * `DENO_KV_ACCESS_TOKEN`.
 * @param url  http or https.
 * @param pk  The identity.
 * @throws {UserError} local: the server does not answer within 10 s, or refuses the token.
 * @see lib/sys/kv.ts
 */
export async function openServerPlace(url: string, pk: PublicKeyHex, clock: Clock): Promise<Place> {
  try {
    return kvPlace(await openKvServer(url, clock), url, [PART, Uint8Array.from(fromHex(pk))]);
  } catch (error) {
    throw storageError(error, url, "open");
  }
}

/**
 * Deno KV would make the file, and the ones that come and go beside it, readable for everybody.
 * @returns Whether it was not there.
 */
async function makePrivate(path: string): Promise<boolean> {
  await makeDirectory(parent(path));
  try {
    using _file = await Deno.open(path, { createNew: true, write: true, mode: 0o600 });
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    using _file = await Deno.open(path, { create: true, write: true, mode: 0o600 }); // a link may lead to none
    return false;
  }
}

/** Takes a file away that has nothing in it. */
async function removeEmptyFile(path: string): Promise<void> {
  try {
    if ((await Deno.stat(path)).size === 0) await Deno.remove(path);
  } catch {
    // It is not there, or goes on saying that it is empty.
  }
}

/** What a commit with a check throws beside another connection that writes (`findings/deno_kv_check_throws.sh`). */
const LOCKED = /database is locked/;

/**
 * A place over an open database.
 * @param prefix  First parts of all keys: at most 40 bytes of the room that `writing/draft.ts` plans for a key.
 * @param another  Opens the same file once more: one connection answers a read behind the write that is under way, and
 * an ack may wait for that read. A server answers side by side.
 */
function kvPlace(kv: Kv, name: string, prefix: Deno.KvKey, another?: () => Promise<Kv>): Place {
  const partsOf = (key: Key): Deno.KvKey => [...prefix, ...key];
  let writes = 0;
  let opening: Promise<void> | undefined;
  let beside: Kv | undefined;
  const open = async (): Promise<void> => {
    try {
      beside = await another?.();
    } catch {
      // Then reads go on waiting.
    }
  };
  /** A read that begins now finds every write that has resolved, and never less than an earlier read has found. */
  const reader = (): Kv => {
    if (writes === 0) return kv;
    opening ??= open(); // it waits for the write as this first read does
    return beside ?? kv;
  };
  return {
    name,
    async read(keys) {
      const from = reader();
      const calls: Promise<(Uint8Array | undefined)[]>[] = [];
      for (let at = 0; at < keys.length; at += READ_BATCH) {
        const batch = keys.slice(at, at + READ_BATCH).map(partsOf);
        calls.push(
          from.getMany<Uint8Array[]>(batch).then((rows) => rows.map(({ value }) => value ?? undefined)),
        );
      }
      return (await Promise.all(calls)).flat();
    },
    // Behind a write that has failed: what became of it is asked where it was made.
    async stamped(key) {
      const { value, versionstamp } = await kv.get<Uint8Array>(partsOf(key));
      return { value: value ?? undefined, stamp: versionstamp };
    },
    async *list({ start, end }, { limit, reverse, batch } = {}) {
      const range = { start: partsOf(start), end: partsOf(end) };
      const from = reader();
      for await (const row of from.list<Uint8Array>(range, { limit, reverse, batchSize: batch })) {
        yield { key: row.key.slice(prefix.length) as unknown as Key, value: row.value };
      }
    },
    async write(changes, { key, stamp }) {
      const commit = async (): Promise<string | undefined> => {
        let change = kv.atomic().check({ key: partsOf(key), versionstamp: stamp });
        for (const write of changes) {
          const at = partsOf(write.key);
          change = write.value === undefined ? change.delete(at) : change.set(at, write.value);
        }
        const result = await change.commit();
        return result.ok ? result.versionstamp : undefined;
      };
      writes++;
      try {
        return await commit().catch(async (error) => {
          if (opening === undefined || !LOCKED.test((error as Error).message)) throw error;
          await opening; // that locks the file for a moment, and then nothing was written
          return await commit();
        });
      } finally {
        await opening; // so nothing is on its way when this place is closed
        writes--;
      }
    },
    close() {
      beside?.close();
      kv.close();
    },
  };
}
