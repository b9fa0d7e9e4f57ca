/**
 * What is to be told of who comes in: that somebody asks us, and what was decided about us.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { GroupRecord } from "../../group/record.ts";
import type { Change } from "../../store/store.ts";

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
