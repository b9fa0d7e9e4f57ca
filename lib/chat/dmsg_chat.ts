/**
 * The other chat: `dmsg chat` on port 9001 puts one JSON object with its own members into each frame. It is told
 * apart from a direct-message connection by the port, never by content.
 *
 * @see specification skychat §a.8
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import { fromUtf8, utf8 } from "../wire/bytes.ts";
import { goJson, parseGoObject, readMembers } from "../wire/go_json.ts";

/** The port that `dmsg chat` always dials. */
export const DMSG_CHAT_PORT = 9001;

/** The members of a payload. */
export interface DmsgChatMessage {
  /** The writer's key as it claims it. */
  readonly sender: string;
  /** The text. */
  readonly message: string;
  /** RFC 3339, as it came. */
  readonly ts: string;
  /** `dmsg`. */
  readonly network: string;
}

/** A message of a peer whose claim has been compared. */
export interface DmsgChatReceived extends DmsgChatMessage {
  /** Whether `sender` is the stream's key; when it is not, show the stream's key and a warning. */
  readonly senderIsPeer: boolean;
}

/** The payload of a message; the frame is the one of {@link file://./frame.ts}. */
export const encodeDmsgChat = ({ sender, message, ts, network }: DmsgChatMessage): Uint8Array =>
  utf8(goJson({ sender, message, ts, network }));

/**
 * Reads a payload.
 * @param payload  One frame's payload.
 * @param peer  The key that the stream authenticated.
 * @returns The message; undefined when the payload is no such JSON and is to be dropped.
 */
export function readDmsgChat(payload: Uint8Array, peer: PublicKeyHex): DmsgChatReceived | undefined {
  const object = parseGoObject(fromUtf8(payload));
  const shape = { sender: "string", message: "string", ts: "string", network: "string" } as const;
  const members = object && readMembers(object, shape);
  return members && { ...members, senderIsPeer: members.sender.toLowerCase() === peer };
}
