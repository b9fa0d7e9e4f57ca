/**
 * How long an ack of a peer is waited for: what is said in a group may take longer.
 *
 * @module
 */
import { isGroupId } from "../../lib/app/groups/groups.ts";
import type { ConversationId } from "../../lib/app/messages/messages.ts";
import { MAX_WAIT_MS } from "../../lib/chat/outgoing.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { type Host, peerNamed } from "../names/peers.ts";

/**
 * Checks a wait for what is said in a conversation.
 * @param waitMs  What was given, if anything.
 * @throws {UserError} usage: it is longer than a peer's ack is waited for.
 */
export function checkAckWait(conversation: ConversationId, waitMs: number | undefined): void {
  if (waitMs !== undefined && waitMs > MAX_WAIT_MS && !isGroupId(conversation)) throw tooLong();
}

/**
 * The same of names, before anything is opened: one that no peer has is a group's, or nobody's.
 * @param names  Undefined: everybody.
 * @throws {UserError} As {@link checkAckWait}.
 */
export async function checkAckWaits(
  host: Host,
  names: readonly string[] | undefined,
  waitMs: number,
): Promise<void> {
  if (waitMs <= MAX_WAIT_MS) return;
  if (names === undefined) throw tooLong();
  for (const name of names) {
    if (await peerNamed(host, name).then(() => true, () => false)) throw tooLong();
  }
}

const tooLong = (): UserError =>
  new UserError("A peer's ack is waited for 60 s at most", {
    kind: "usage",
    hint: "Give --wait 60s or less; what has not arrived by then is queued, and sent later.",
  });
