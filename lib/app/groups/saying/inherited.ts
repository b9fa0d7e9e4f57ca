/**
 * For whom a text is that hangs on another one: a reply, or an entry of a list, a bulletin or a poll.
 *
 * @see docs/d2.md "Messages"
 * @module
 */
import { readBody } from "../../../chat/body.ts";
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import { readOverlay } from "../../../overlay/frame.ts";
import type { Store } from "../../../store/store.ts";
import { saidIn } from "./evidence.ts";
import type { GroupId } from "../groups.ts";
import { audienceOf } from "../room/kept_groups.ts";
import { tailOfId } from "../room/message_id.ts";

/**
 * The audience of what a text hangs on; undefined: it hangs on nothing, or on what is for everybody.
 * @param replyTo  The id of what it answers, where the text does not say that.
 */
export async function inheritedAudience(
  store: Store,
  group: GroupId,
  text: string,
  replyTo: string | undefined,
): Promise<PublicKeyHex[] | undefined> {
  if (replyTo !== undefined) return await audienceOf(store, group, saidIn(tailOfId(replyTo)));
  const { parent } = readOverlay(text);
  if (parent !== undefined) return await audienceOf(store, group, parent);
  const body = readBody(text);
  if (body?.kind !== "reply" || body.toSender === undefined || body.toTsNs === undefined) return undefined;
  return await audienceOf(store, group, `${body.toSender}/${body.toTsNs}`);
}
