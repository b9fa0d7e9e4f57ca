/**
 * What members of old programs say by way of us, their founder.
 *
 * @see specification skychat §b.5
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import { frameKind } from "../../../group/joining/admission.ts";
import { encodeRelayAck, readRelayRequest } from "../../../group/talk/relay.ts";
import type { GroupRoom } from "../room/group_room.ts";

/**
 * Publishes what a member has sent for it.
 * @param from  The stream's key, which must be the sender's.
 * @returns The answer, once it is kept; undefined: it is no such message, or not to be published.
 */
export async function takeRelayed(
  room: GroupRoom,
  payload: Uint8Array,
  from: PublicKeyHex,
): Promise<Uint8Array | undefined> {
  if (frameKind(payload) !== "") return undefined;
  const request = readRelayRequest(payload);
  if (request === undefined || request.sender !== from) return undefined;
  const { sender, text, tsNs, messageId } = request;
  const { refused } = await room.handle({ kind: "relayed", sender, text, tsNs });
  return refused === undefined ? encodeRelayAck({ ack: true, messageId }) : undefined;
}
