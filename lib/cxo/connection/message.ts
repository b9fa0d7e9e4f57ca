/**
 * The sixteen messages: one table of how each is written and read.
 *
 * @see specification cxo §8; lib/cxo/README.md "Messages"
 * @module
 */
import { PUBLIC_KEY_BYTES } from "../../crypto/keys.ts";
import { SIGNATURE_BYTES } from "../../crypto/sign.ts";
import { Decoder, Encoder, malformed } from "../objects/codec.ts";
import { HASH_BYTES } from "../objects/hash.ts";

/** What the handshake says we speak. */
export const PROTOCOL = 3;

/** A peer of a swarm, as Peers lists it. */
export interface SwarmPeer {
  /** Its node id, 33 bytes. */
  readonly id: Uint8Array;
  /** Free bytes. */
  readonly metadata: Uint8Array;
  /** Its TCP address or an empty text. */
  readonly tcp: string;
  /** Its UDP address or an empty text. */
  readonly udp: string;
}

/** A pushed or answered Root. */
export interface RootMessage {
  /** Which message it is. */
  readonly type: "Root";
  /** 33 bytes. */
  readonly feed: Uint8Array;
  /** The head. */
  readonly nonce: bigint;
  /** Its place in the head. */
  readonly seq: bigint;
  /** The encoded Root. */
  readonly value: Uint8Array;
  /** 65 bytes. */
  readonly signature: Uint8Array;
}

/** A message. Byte members of a decoded one are views. */
export type Message =
  | { readonly type: "Ping" | "Pong" | "Ok" | "RqList" }
  | { readonly type: "Syn"; readonly protocol: number; readonly id: Uint8Array }
  | { readonly type: "Ack"; readonly id: Uint8Array }
  | { readonly type: "Err"; readonly text: string }
  | { readonly type: "Sub" | "Unsub" | "RqPreview" | "RqPeers"; readonly feed: Uint8Array }
  | { readonly type: "List"; readonly feeds: readonly Uint8Array[] }
  | RootMessage
  | { readonly type: "RqObject"; readonly hash: Uint8Array }
  | { readonly type: "Object"; readonly value: Uint8Array }
  | { readonly type: "Peers"; readonly feed: Uint8Array; readonly peers: readonly SwarmPeer[] };

/** The name of a message. */
export type MessageType = Message["type"];

/** Names by number; the number of a message is its place. */
const NAMES: readonly (MessageType | undefined)[] = [
  undefined,
  "Ping",
  "Pong",
  "Syn",
  "Ack",
  "Ok",
  "Err",
  "Sub",
  "Unsub",
  "RqList",
  "List",
  "Root",
  "RqObject",
  "Object",
  "RqPreview",
  "RqPeers",
  "Peers",
];

/** The number of a message on the wire. */
export const typeNumber = (type: MessageType): number => NAMES.indexOf(type);

/** Smallest entry of a Peers list: id and three empty strings. */
const PEER_BYTES = PUBLIC_KEY_BYTES + 12;

/**
 * A message's body, without the type byte.
 * @throws {RangeError} As {@link writeBody}.
 */
export const encodeBody = (message: Message): Uint8Array => writeBody(message, encoderFor(message, 0)).done();

/** An encoder for a message's body behind some bytes: exact for those that come often. */
export function encoderFor(message: Message, before: number): Encoder {
  if (message.type === "Object") return new Encoder(before + 4 + message.value.length);
  if (message.type === "RqObject") return new Encoder(before + HASH_BYTES);
  return new Encoder(before + ("value" in message ? message.value.length + 192 : 64));
}

/**
 * Writes a message's body, without the type byte.
 * @throws {RangeError} A member of a fixed length has another one: a mistake of ours.
 */
export function writeBody(message: Message, out: Encoder): Encoder {
  switch (message.type) {
    case "Ping":
    case "Pong":
    case "Ok":
    case "RqList":
      break;
    case "Syn":
      out.u16(message.protocol).fixed(sized(message.id, PUBLIC_KEY_BYTES));
      break;
    case "Ack":
      out.fixed(sized(message.id, PUBLIC_KEY_BYTES));
      break;
    case "Err":
      out.string(message.text);
      break;
    case "Sub":
    case "Unsub":
    case "RqPreview":
    case "RqPeers":
      out.fixed(sized(message.feed, PUBLIC_KEY_BYTES));
      break;
    case "List":
      out.count(message.feeds.length);
      for (const feed of message.feeds) out.fixed(sized(feed, PUBLIC_KEY_BYTES));
      break;
    case "Root":
      out.fixed(sized(message.feed, PUBLIC_KEY_BYTES)).u64(message.nonce).u64(message.seq);
      out.bytes(message.value).fixed(sized(message.signature, SIGNATURE_BYTES));
      break;
    case "RqObject":
      out.fixed(sized(message.hash, HASH_BYTES));
      break;
    case "Object":
      out.bytes(message.value);
      break;
    case "Peers":
      out.fixed(sized(message.feed, PUBLIC_KEY_BYTES)).count(message.peers.length);
      for (const { id, metadata, tcp, udp } of message.peers) {
        out.fixed(sized(id, PUBLIC_KEY_BYTES)).bytes(metadata).string(tcp).string(udp);
      }
  }
  return out;
}

function sized(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw new RangeError(`a member of ${length} bytes has ${bytes.length}`);
  return bytes;
}

/**
 * Reads a message.
 * @param type  The type byte.
 * @param body  All bytes behind it; consumed to the last one.
 * @throws {ProtocolError} by peer: an unknown type, or a body that is not exactly one message of it.
 */
export function decodeMessage(type: number, body: Uint8Array): Message {
  const name = NAMES[type];
  if (name === undefined) throw malformed(`message: type ${type} is unknown`);
  const from = new Decoder(body, name);
  const message = read(name, from);
  from.end();
  return message;
}

function read(type: MessageType, from: Decoder): Message {
  switch (type) {
    case "Ping":
    case "Pong":
    case "Ok":
    case "RqList":
      return { type };
    case "Syn":
      return { type, protocol: from.u16(), id: from.fixed(PUBLIC_KEY_BYTES) };
    case "Ack":
      return { type, id: from.fixed(PUBLIC_KEY_BYTES) };
    case "Err":
      return { type, text: from.string() };
    case "Sub":
    case "Unsub":
    case "RqPreview":
    case "RqPeers":
      return { type, feed: from.fixed(PUBLIC_KEY_BYTES) };
    case "List":
      return { type, feeds: list(from, PUBLIC_KEY_BYTES, () => from.fixed(PUBLIC_KEY_BYTES)) };
    case "Root":
      return {
        type,
        feed: from.fixed(PUBLIC_KEY_BYTES),
        nonce: from.u64(),
        seq: from.u64(),
        value: from.bytes(),
        signature: from.fixed(SIGNATURE_BYTES),
      };
    case "RqObject":
      return { type, hash: from.fixed(HASH_BYTES) };
    case "Object":
      return { type, value: from.bytes() };
    case "Peers":
      return {
        type,
        feed: from.fixed(PUBLIC_KEY_BYTES),
        peers: list(from, PEER_BYTES, () => swarmPeer(from)),
      };
  }
}

const swarmPeer = (from: Decoder): SwarmPeer => ({
  id: from.fixed(PUBLIC_KEY_BYTES),
  metadata: from.bytes(),
  tcp: from.string(),
  udp: from.string(),
});

function list<T>(from: Decoder, elementBytes: number, next: () => T): T[] {
  const count = from.count(elementBytes);
  const elements: T[] = [];
  for (let i = 0; i < count; i++) elements.push(next());
  return elements;
}
