/**
 * Messages as lines and JSON values, as `listen`, `history` and `search` show them.
 *
 * @see specification skychat (e)
 * @module
 */
import type { AppEvent } from "../../lib/app/events/events.ts";
import { isGroupId } from "../../lib/app/groups/groups.ts";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { assigneeOf } from "../../lib/overlay/shown.ts";
import { utf8Length } from "../../lib/wire/bytes.ts";
import type { PeerNames } from "../names/peers.ts";
import { bodyText } from "./body_text.ts";
import type { WordingValue } from "./wording.ts";

/** The version of the JSON lines of `listen` (specification skychat (e)). */
export const SCHEMA = "v1";

/**
 * What people read in a body that is more than a text: `shown`, its readable lines, not escaped, where the body is not
 * those; and whose an item of a list is by it, by the name that we have for them.
 */
export function readIn(body: string, names: PeerNames): { assignee_alias?: string; shown?: string } {
  const assignee = assigneeOf(body);
  const alias = assignee === undefined ? undefined : names.of(assignee);
  const shown = bodyText(body, alias);
  return {
    ...(assignee === undefined ? {} : { assignee_alias: alias }),
    ...(shown === body ? {} : { shown }),
  };
}

/** What `listen` shows of a message. */
export function listenMessage(
  message: MessageView,
  own: PublicKeyHex,
  names: PeerNames,
  cursor: number,
): WordingValue<"message"> {
  const { peer, sender, outgoing, id, text, ts, via, replyTo, reason, again } = message;
  const name = names.of(peer);
  const isGroup = isGroupId(peer);
  const from = isGroup ? sender ?? "" : peer;
  return {
    type: "msg",
    ts,
    schema: SCHEMA,
    id,
    from: outgoing ? own : from,
    from_alias: outgoing ? undefined : names.of(from),
    to: outgoing || isGroup ? peer : own,
    to_alias: outgoing || isGroup ? name : undefined,
    net: via,
    group_id: isGroup ? peer : undefined,
    body: text,
    ...readIn(text, names),
    dir: outgoing ? "out" : "in",
    len: utf8Length(text),
    reply_to: replyTo,
    warning: outgoing ? undefined : reason,
    again,
    cursor,
  };
}

/** What `listen` shows of a message's new state. */
export function listenState(
  event: Extract<AppEvent, { kind: "state" | "deleted" }>,
  names: PeerNames,
): WordingValue<"messageState"> {
  const { peer, position, id, ts, cursor } = event;
  const state = event.kind === "deleted" ? "deleted" : event.state;
  const reason = event.kind === "deleted" ? undefined : event.reason;
  const alias = names.of(peer);
  return { type: "state", ts, schema: SCHEMA, id, peer, peer_alias: alias, position, state, reason, cursor };
}

/** What `history` and `search` show of a message. */
export function historyMessage(
  message: MessageView,
  own: PublicKeyHex,
  names: PeerNames,
): WordingValue<"historyMessage"> {
  const { peer, sender, outgoing, id, text, ts, via, replyTo, reason, state, position } = message;
  const from = isGroupId(peer) ? sender ?? "" : peer;
  return {
    ts,
    peer,
    from: outgoing ? own : from,
    from_alias: isGroupId(peer) && !outgoing ? names.of(from) : undefined,
    outgoing,
    text,
    ...readIn(text, names),
    peer_alias: names.of(peer),
    position,
    id,
    state,
    reason,
    reply_to: replyTo,
    net: via,
    to: outgoing || isGroupId(peer) ? peer : own,
    group_id: isGroupId(peer) ? peer : undefined,
  };
}
