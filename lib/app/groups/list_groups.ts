/**
 * The list of groups from their records alone: no engine is opened for it, which would read every leaf.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { adminsOf, readGroupRecord } from "../../group/record/record.ts";
import type { Store } from "../../store/store.ts";
import { groupView } from "./views/group.ts";
import type { GroupId, GroupView } from "./groups.ts";
import { GROUP_RECORDS } from "./has_groups.ts";
import { GROUP_EXTRAS, readExtra } from "./room/kept_groups.ts";

/** All that are kept, as {@link Groups.list} shows them. */
export async function listKept({ values }: Store, own: PublicKeyHex | undefined): Promise<GroupView[]> {
  const views: GroupView[] = [];
  for (const { name, value } of await values.list(GROUP_RECORDS)) {
    const record = readGroupRecord(value);
    if (record === undefined) views.push(damagedView(name));
    else {
      const isIn = record.status === "active" || record.status === "left";
      const extra = isIn ? undefined : await values.get(GROUP_EXTRAS, record.id);
      const admin = own !== undefined && adminsOf(record).includes(own);
      views.push(groupView(record, admin, extra && readExtra(extra)));
    }
  }
  return sorted(views);
}

/** A group whose record can't be read: it can be dropped, and nothing else. */
export const damagedView = (id: GroupId): GroupView => ({
  id,
  name: "",
  mode: "private",
  kind: "private",
  role: "member",
  status: "damaged",
  admin: false,
  members: 0,
});

/** By name, then by id. */
export const sorted = (views: readonly GroupView[]): GroupView[] =>
  [...views].sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1);
