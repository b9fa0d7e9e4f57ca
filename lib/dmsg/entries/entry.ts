/**
 * A discovery entry: what a client or a server says about itself, signed. Writing, signing, verifying.
 *
 * @see specification dmsg §6
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { sign, verify } from "../../crypto/sign.ts";
import { fromHex, toHex, utf8 } from "../../wire/bytes.ts";
import { rewriteJson } from "../../wire/exact_json.ts";

/** The version that we write. Any other text that is not empty is accepted. */
export const ENTRY_VERSION = "0.0.1";
/** The client part of an entry. */
export interface ClientPart {
  /** Keys of the servers that the client sits on; null and an empty list are written differently. */
  readonly delegatedServers: readonly PublicKeyHex[] | null;
}

/** The server part of an entry. An absent optional member and an empty text are the same. */
export interface ServerPart {
  /** `host:port` of the TCP carrier. */
  readonly address: string;
  /** `[host]:port` over IPv6 (current). */
  readonly addressV6?: string;
  /** `host:port` of the QUIC carrier (current). */
  readonly addressUdp?: string;
  /** `[host]:port` of the QUIC carrier over IPv6 (current). */
  readonly addressUdpV6?: string;
  /** Full URL of the WebSocket carrier (current). */
  readonly addressWs?: string;
  /** Sessions that the server would still take; may be negative. */
  readonly availableSessions: number;
  /** `official` or `community`, written by the discovery; or its passphrase on the way there. */
  readonly serverType?: string;
  /** Whether it helps others to enter the DHT (current). */
  readonly dhtBootstrap?: boolean;
}

/** A discovery entry. An absent optional member and an empty text are the same. */
export interface Entry {
  /** Format version. */
  readonly version: string;
  /** Counts the posts of this key, 0 … 2^64-1. */
  readonly sequence: bigint;
  /** Nanoseconds since 1970, signed 64 bits. */
  readonly timestampNs: bigint;
  /** The key that the entry is about; 66 zeros when the text had none. */
  readonly static: PublicKeyHex;
  /** Present when the party takes streams. */
  readonly client?: ClientPart;
  /** A word about the program, such as `visor`. */
  readonly clientType?: string;
  /** Present when the party relays. */
  readonly server?: ServerPart;
  /** 130 hex characters over the pre-image. */
  readonly signature?: string;
  /** `smux` or `quic` (current). */
  readonly protocol?: string;
}

/**
 * The entry of a party that nothing is known about yet: sequence 0, neither client nor server, unsigned.
 * @param nowNs  Nanoseconds since 1970.
 */
export function freshEntry(pk: PublicKeyHex, nowNs: bigint): Entry {
  return { version: ENTRY_VERSION, sequence: 0n, timestampNs: nowNs, static: pk };
}

/**
 * Writes an entry as discovery, signers and verifiers do: compact, members in their fixed order.
 * @returns JSON text without a newline.
 * @see specification dmsg §6.1
 */
export function encodeEntry(entry: Entry): string {
  const servers = entry.client?.delegatedServers;
  return object([
    member("version", quote(entry.version)),
    member("sequence", String(entry.sequence)),
    member("timestamp", String(entry.timestampNs)),
    member("static", quote(entry.static)),
    entry.client && member("client", `{"delegated_servers":${servers ? `[${servers.map(quote)}]` : "null"}}`),
    filled("client_type", entry.clientType),
    entry.server && member("server", encodeServer(entry.server)),
    filled("signature", entry.signature),
    filled("protocol", entry.protocol),
  ]);
}

function encodeServer(server: ServerPart): string {
  return object([
    member("address", quote(server.address)),
    filled("address_v6", server.addressV6),
    filled("address_udp", server.addressUdp),
    filled("address_udp_v6", server.addressUdpV6),
    filled("address_ws", server.addressWs),
    member("availableSessions", String(server.availableSessions)),
    filled("serverType", server.serverType),
    server.dhtBootstrap && member("dht_bootstrap", "true"),
  ]);
}

const object = (members: (string | false | undefined)[]) => `{${members.filter(Boolean).join(",")}}`;
const member = (name: string, value: string) => `"${name}":${value}`;
const filled = (name: string, text: string | undefined) => text ? member(name, quote(text)) : undefined;
/** A JSON text; the Go encoder has no short forms for backspace and form feed. */
const quote = (text: string) =>
  JSON.stringify(text).replace(
    /\\[\\"bf]/g,
    (pair) => pair === "\\b" ? "\\u0008" : pair === "\\f" ? "\\u000c" : pair,
  );

/**
 * The text whose SHA-256 is signed: the entry without its signature.
 * @returns Compact JSON, members in their fixed order.
 * @see specification dmsg §6.2
 */
export function signingPreimage(entry: Entry): string {
  return encodeEntry({ ...entry, signature: undefined });
}

/**
 * Signs an entry.
 * @param secret  32 bytes; the key of `entry.static`, else nobody accepts the entry.
 * @returns A copy with its signature.
 * @see specification dmsg §6.2
 */
export function signEntry(entry: Entry, secret: Uint8Array): Entry {
  return { ...entry, signature: toHex(sign(secret, utf8(signingPreimage(entry)))) };
}

/**
 * The text that the signature of an entry covers (with the signature in it). An entry that a discovery hands out may
 * have none: it rewrites `serverType` and keeps the signature (§6.4), so clients don't ask.
 * @param receivedText  What the entry was parsed from. When the known members alone don't verify, the pre-image is
 * also cut from this text, so that members which we don't know yet don't break a registration.
 * @returns The entry re-encoded, or the received text made compact; undefined when neither is signed by the key.
 * @see specification dmsg §6.2
 */
export function verifiedText(entry: Entry, receivedText?: string): string | undefined {
  const { signature } = entry;
  if (!signature || !/^[0-9a-fA-F]{130}$/.test(signature)) return undefined;
  const covers = (preimage: string) => verify(fromHex(entry.static), fromHex(signature), utf8(preimage));
  const known = signingPreimage(entry);
  if (covers(known)) return encodeEntry(entry);
  if (receivedText === undefined) return undefined;
  const received = rewriteJson(receivedText, (value) => delete value.signature);
  return received !== known && covers(received) ? rewriteJson(receivedText, () => {}) : undefined;
}
