/**
 * The file beside the store that has the names of our groups, for a shell's completion, which opens no store. It is a
 * help and no record: what can't be written is not missed.
 *
 * @see lib/app/README.md "Beside the store"
 * @module
 */
import type { Change, Store } from "../../../store/store.ts";
import type { Files } from "../../../sys/files/files.ts";
import { fromUtf8, utf8 } from "../../../wire/bytes.ts";
import { Turns } from "../../../wire/turns.ts";
import { type GroupId, isGroupId } from "../groups.ts";
import { GROUP_RECORDS } from "../has_groups.ts";

/** Where it lies in an identity's directory. */
export const NAMES_FILE = "store/groups";
/** More is not read: 10,000 groups. */
const MAX_BYTES = 1 << 20;

/** A group and its name. */
export type NamedGroup = readonly [id: GroupId, name: string];

/**
 * Keeps the file in step with a store: it is written anew behind a commit that changes a name, which resolves then. A
 * command that ends with such a commit closes no store.
 */
export function withNamesFile(store: Store, { files, path }: { files: Files; path: string }): Store {
  let known: Promise<Map<GroupId, string>> | undefined;
  let written: string | undefined;
  const turns = new Turns();
  const renew = async (records: readonly Change[]): Promise<void> => {
    const names = await (known ??= keptNames(store));
    for (const change of records) {
      if (change.kind !== "value") continue;
      const name = nameIn(change.value);
      if (name === undefined) names.delete(change.name);
      else names.set(change.name, name);
    }
    const text = [...names].map(([id, name]) => `${id}\t${name}\n`).join("");
    if (text === written) return;
    if (text === "") await files.remove(path);
    else if (text !== await textOf(files, path)) await files.replacePrivate(path, utf8(text));
    written = text;
  };
  return {
    ...store,
    commit(changes, options) {
      const records = changes.filter((change) => change.kind === "value" && change.room === GROUP_RECORDS);
      const committed = store.commit(changes, options);
      if (records.length === 0) return committed;
      return committed.then(async (result) => {
        if (result.ok) await turns.run(() => renew(records)).catch(() => {});
        return result;
      });
    },
    async close() {
      await turns.idle();
      await store.close();
    },
  };
}

/** What the file says; nothing when there is none or it can't be read. */
export async function readNames(files: Pick<Files, "read">, path: string): Promise<NamedGroup[]> {
  return (await textOf(files, path)).split("\n").flatMap((line): NamedGroup[] => {
    const [id, name] = line.split("\t");
    return name !== undefined && isGroupId(id) ? [[id, name]] : [];
  });
}

/** Of all records: a file of an older build may not have them all. */
async function keptNames({ values }: Store): Promise<Map<GroupId, string>> {
  const names = new Map<GroupId, string>();
  for (const { name: id, value } of await values.list(GROUP_RECORDS)) {
    const name = nameIn(value);
    if (name !== undefined) names.set(id, name);
  }
  return names;
}

const textOf = async (files: Pick<Files, "read">, path: string): Promise<string> =>
  fromUtf8(await files.read(path, MAX_BYTES).catch(() => undefined) ?? new Uint8Array(0));

/** The name in a record; undefined: it is dropped, or can't be read. */
function nameIn(record: Uint8Array | undefined): string | undefined {
  try {
    const { name } = JSON.parse(fromUtf8(record!));
    return typeof name === "string" ? name.replace(/[\t\n]/g, " ") : undefined;
  } catch {
    return undefined;
  }
}
