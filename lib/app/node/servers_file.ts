/**
 * The file that remembers on which servers discoveries sit, for the next start: a help and no record. What can't be read
 * is not known, and what can't be written is not missed.
 *
 *     { "<key of a discovery>": ["<key of a server>@<host>:<port>", …], … }
 *
 * @see lib/dmsg/README.md "A discovery over dmsg"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { areSame, MAX_KNOWN, remembered, type ServerMemory } from "../../dmsg/discovery/known_servers.ts";
import { type KnownServer, serverAt } from "../../dmsg/discovery/place.ts";
import type { Files } from "../../sys/files/files.ts";
import { join } from "../../sys/paths.ts";
import { fromUtf8, utf8 } from "../../wire/bytes.ts";
import { Turns } from "../../wire/turns.ts";

/** What it is called, in the data directory: it is the same for all identities. */
export const SERVERS_FILE = "servers.json";
/** Discoveries that it has; the one that told last is the first. */
const MAX_DISCOVERIES = 16;
/** More is not read: that is no file of ours, which has 350 KB when all hosts have the longest names there are. */
const MAX_BYTES = 1 << 19;

/** Servers that each discovery has told of, by its key. */
export type Known = ReadonlyMap<string, readonly KnownServer[]>;

/**
 * The memory in a file.
 * @param directory  The data directory, as soon as it is known; nothing is remembered before, and none is made for this.
 */
export function serversFile(
  files: Pick<Files, "read" | "list" | "replacePrivate">,
  directory: () => string | undefined,
): ServerMemory {
  const turns = new Turns();
  const read = async (): Promise<{ readonly path: string; readonly known: Known } | undefined> => {
    const within = directory();
    if (within === undefined) return undefined;
    const path = join(within, SERVERS_FILE);
    const bytes = await files.read(path, MAX_BYTES).catch(() => undefined);
    if (bytes === undefined && (await files.list(within)).length === 0) return undefined;
    return { path, known: bytes === undefined ? new Map() : knownIn(fromUtf8(bytes)) };
  };
  const learn = async (pk: PublicKeyHex, servers: readonly KnownServer[]): Promise<void> => {
    const file = await read();
    const before = file?.known.get(pk) ?? [];
    const now = remembered(servers, before);
    if (file === undefined || areSame(now, before)) return;
    const all = [[pk, now] as const, ...[...file.known].filter(([other]) => other !== pk)];
    const told = all.slice(0, MAX_DISCOVERIES).map((
      [of, its],
    ) => [of, its.map(({ pk, address }) => `${pk}@${address}`)]);
    await files.replacePrivate(file.path, utf8(`${JSON.stringify(Object.fromEntries(told), null, 2)}\n`));
  };
  return {
    recall: async (pk) => (await read().catch(() => undefined))?.known.get(pk) ?? [],
    learn: (pk, servers) => turns.run(() => learn(pk, servers)).catch(() => {}),
  };
}

/** What a file says; what is none of ours in it is left out. */
export function knownIn(text: string): Known {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return new Map();
  }
  if (typeof value !== "object" || value === null) return new Map();
  return new Map(
    Object.entries(value).slice(0, MAX_DISCOVERIES).map(([of, its]) => {
      const servers = Array.isArray(its) ? its.slice(0, MAX_KNOWN) : [];
      return [of, servers.flatMap((one) => typeof one === "string" ? serverAt(one) ?? [] : [])];
    }),
  );
}
