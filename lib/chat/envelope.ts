/**
 * What a frame's payload is: plain text, an envelope, or a control frame.
 *
 * @see specification skychat §a.1, §a.2
 * @module
 */
import { fromUtf8, utf8 } from "../wire/bytes.ts";
import { goJson, type GoObject, goTrim, parseGoObject, readMembers } from "../wire/go_json.ts";
import { type ControlFrame, readControl } from "./control.ts";

/** A message with an id. */
export interface MessageEnvelope {
  /** The only one. */
  readonly type: "chat-msg";
  /** Opaque; empty when the writer gave none. */
  readonly id: string;
  /** The text. */
  readonly body: string;
  /** Whether the sender asks for a `chat-ack`. */
  readonly ack: boolean;
  /** The id of the message that this one answers. */
  readonly replyTo?: string;
}

/** "Your message was processed." */
export interface AckEnvelope {
  /** The only one. */
  readonly type: "chat-ack";
  /** The id of the message that it is about. */
  readonly id: string;
  /** Ours: the receiver keeps one copy however often this id arrives, so sending again is safe. Go skips it. */
  readonly once?: boolean;
}

/** "The user has seen it", or "I take it back". */
export interface NoticeEnvelope {
  /** Which of the two. */
  readonly type: "chat-read" | "chat-delete";
  /** The id of the message that it is about. */
  readonly id: string;
}

/** The JSON payloads of a direct-message connection. */
export type Envelope = MessageEnvelope | AckEnvelope | NoticeEnvelope;

/** A payload, recognised. */
export type Incoming =
  | { readonly kind: "text"; readonly body: string }
  | { readonly kind: "envelope"; readonly envelope: Envelope }
  | { readonly kind: "control"; readonly frame: ControlFrame };

/** All of them, whatever the type: Go reads one structure, so a wrong member spoils any envelope. */
const MEMBERS = { type: "string", id: "string", body: "string", ack: "boolean", reply_to: "string" } as const;

/**
 * Recognises a payload: trimmed, first character `{`, valid JSON, known type; otherwise plain text, unchanged.
 * @param payload  One frame's payload; invalid UTF-8 becomes U+FFFD.
 */
export function classify(payload: Uint8Array): Incoming {
  const body = fromUtf8(payload);
  const trimmed = goTrim(body);
  const object = trimmed.startsWith("{") ? parseGoObject(trimmed) : undefined;
  if (!object) return { kind: "text", body };
  const frame = readControl(object);
  if (frame) return { kind: "control", frame };
  const envelope = readEnvelope(object);
  return envelope ? { kind: "envelope", envelope } : { kind: "text", body };
}

function readEnvelope(object: GoObject): Envelope | undefined {
  const members = readMembers(object, MEMBERS);
  if (!members) return undefined;
  const { type, id, body, ack, reply_to } = members;
  switch (type) {
    case "chat-msg":
      return { type, id, body, ack, ...(reply_to === "" ? {} : { replyTo: reply_to }) };
    case "chat-ack":
      // Not a member of Go's: whatever a peer writes here must not spoil the envelope.
      return { type, id, ...(object.once === true ? { once: true } : {}) };
    case "chat-read":
    case "chat-delete":
      return { type, id };
    default:
      return undefined;
  }
}

type AllMembers =
  & Pick<Envelope, "type" | "id">
  & Partial<Pick<MessageEnvelope, "body" | "ack" | "replyTo">>
  & Pick<AckEnvelope, "once">;

/**
 * The payload of an envelope, byte for byte as Go writes it.
 * @param bytesOf  `utf8View` for who copies them at once.
 * @returns JSON with the members type, id, body, ack, reply_to, once; empty and false ones (not the id) left out.
 */
export function encodeEnvelope(envelope: Envelope, bytesOf = utf8): Uint8Array {
  const { type, id, body, ack, replyTo, once }: AllMembers = envelope;
  return bytesOf(goJson({
    type,
    id,
    body: body || undefined,
    ack: ack || undefined,
    reply_to: replyTo || undefined,
    once: once || undefined,
  }));
}
