/**
 * For whom a text is that hangs on another one: a reply, or an entry of a list, a bulletin or a poll.
 *
 * @see docs/d2.md "Messages"
 * @module
 */
import { readBody } from "../../chat/body.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { readOverlay } from "../../overlay/frame.ts";
import type { Store } from "../../store/store.ts";
import type { GroupId } from "./groups.ts";
import { audienceOf } from "./kept_groups.ts";

/** The audience of what a text hangs on; undefined: it hangs on nothing, or on what is for everybody. */
export async function inheritedAudience(
  store: Store,
  group: GroupId,
  text: string,
): Promise<PublicKeyHex[] | undefined> {
  const { parent } = readOverlay(text);
  if (parent !== undefined) return await audienceOf(store, group, parent);
  const body = readBody(text);
  if (body?.kind !== "reply" || body.toSender === undefined || body.toTsNs === undefined) return undefined;
  return await audienceOf(store, group, `${body.toSender}/${body.toTsNs}`);
}
