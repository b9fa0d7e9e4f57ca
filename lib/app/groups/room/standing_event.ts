/**
 * What is to be told of a group beside its messages: that somebody asks us, what was decided about us, and that a list
 * of groups is another one now, whoever changed it.
 *
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import { adminsOf, type GroupRecord, membersOf } from "../../../group/record/record.ts";
import type { Change } from "../../../store/store.ts";

/** `asked`: the peer waits for the word of an admin, which we are; the others: an admin has said so to us, who waited. */
export type Standing = "asked" | "admitted" | "denied" | "banned";

/** That, as an event of the App: `network`, by the name `group`. */
export const standingEvent = (
  { id, name }: Pick<GroupRecord, "id" | "name">,
  event: Standing,
  peer?: PublicKeyHex,
): Change => ({
  kind: "network",
  name: "group",
  detail: { event, group: id, name, ...(peer === undefined ? {} : { peer }) },
});

/** What a list shows of a group is another: an event of the App, `network`, by the name `group-changed`. */
export const changedEvent = (
  { id, name }: Pick<GroupRecord, "id" | "name">,
  event: "kept" | "dropped" = "kept",
): Change => ({ kind: "network", name: "group-changed", detail: { event, group: id, name } });

/** What a list shows of a group, and who is in: another text is another list. */
export const listedAs = (record: GroupRecord, isAdmin: boolean): string =>
  JSON.stringify([
    record.name,
    record.status,
    isAdmin,
    ...[membersOf(record), adminsOf(record), record.muted].map(({ length }) => length),
  ]);
