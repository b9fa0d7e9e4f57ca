/**
 * The file beside the store that has the names of our groups, for a shell's completion, which opens no store. It is a
 * help and no record: what can't be written is not missed.
 *
 * @see lib/app/README.md "Beside the store"
 * @module
 */
import type { Change, Store } from "../../store/store.ts";
import type { Files } from "../../sys/files.ts";
import { fromUtf8, utf8 } from "../../wire/bytes.ts";
import { type GroupId, isGroupId } from "./groups.ts";
import { GROUP_RECORDS } from "./has_groups.ts";

/** Where it lies in an identity's directory. */
export const NAMES_FILE = "store/groups";
/** More is not read: 10,000 groups. */
const MAX_BYTES = 1 << 20;

/** A group and its name. */
export type NamedGroup = readonly [id: GroupId, name: string];

/** Keeps the file in step with a store: it is written anew behind a commit that changes a name. */
export function withNamesFile(store: Store, { files, path }: { files: Files; path: string }): Store {
  let known: Promise<Map<GroupId, string>> | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const renew = async (records: readonly Change[]): Promise<void> => {
    known ??= readNames(files, path).then((names) => new Map(names));
    const names = await known;
    const before = JSON.stringify([...names]);
    for (const change of records) {
      if (change.kind !== "value") continue;
      const name = nameIn(change.value);
      if (name === undefined) names.delete(change.name);
      else names.set(change.name, name);
    }
    if (JSON.stringify([...names]) === before) return;
    if (names.size === 0) await files.remove(path);
    else await files.replacePrivate(path, utf8([...names].map(([id, name]) => `${id}\t${name}\n`).join("")));
  };
  return {
    ...store,
    commit(changes, options) {
      const records = changes.filter((change) => change.kind === "value" && change.room === GROUP_RECORDS);
      const committed = store.commit(changes, options);
      if (records.length === 0) return committed;
      return committed.then((result) => {
        if (result.ok) turn = turn.then(() => renew(records)).catch(() => {});
        return result;
      });
    },
    async close() {
      await turn;
      await store.close();
    },
  };
}

/** What the file says; nothing when there is none or it can't be read. */
export async function readNames(files: Pick<Files, "read">, path: string): Promise<NamedGroup[]> {
  const bytes = await files.read(path, MAX_BYTES).catch(() => undefined);
  return fromUtf8(bytes ?? new Uint8Array(0)).split("\n").flatMap((line): NamedGroup[] => {
    const [id, name] = line.split("\t");
    return name !== undefined && isGroupId(id) ? [[id, name]] : [];
  });
}

/** The name in a record; undefined: it is dropped, or can't be read. */
function nameIn(record: Uint8Array | undefined): string | undefined {
  try {
    const { name } = JSON.parse(fromUtf8(record!));
    return typeof name === "string" ? name.replace(/[\t\n]/g, " ") : undefined;
  } catch {
    return undefined;
  }
}
