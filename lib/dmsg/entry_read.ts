/**
 * Reading discovery entries: JSON text to {@link Entry}, each member checked by hand (no schema package, because a
 * one-shot send reads an entry before it does anything else).
 *
 * @see specification dmsg §6.1
 * @module
 */
import { parsePublicKeyText, type PublicKeyHex } from "../crypto/keys.ts";
import { toHex } from "../wire/bytes.ts";
import { ProtocolError } from "../wire/errors.ts";
import { parseExact } from "../wire/exact_json.ts";
import type { Entry, ServerPart } from "./entry.ts";

/** Longest entry text: below the 64 KiB of one stored value, with room for the record around it. */
export const MAX_ENTRY_CHARS = 60 * 1024;
/** Most delegated servers of one entry: real ones have a handful, and each costs a check of its key. */
export const MAX_DELEGATED_SERVERS = 128;
/** Longest text member of an entry, in characters; addresses and signatures are far below. */
export const MAX_TEXT_CHARS = 1024;

/** Which members are known: those of 2024, or also those of 2026. */
export type Generation = "classic" | "current";

/** How an entry is read. */
export interface ParseOptions {
  /** Members of a later generation than this are dropped, as its own discovery does. Default `current`. */
  readonly generation?: Generation;
  /**
   * Whether keys must lie on the curve. A discovery asks for it; a client does not, because the handshake refuses
   * a bad key anyway and one check costs 30 µs. Default false: 66 hex characters.
   */
  readonly checkKeys?: boolean;
}

const fault = (why: string, cause?: unknown) =>
  new ProtocolError(`Malformed discovery entry: ${why}`, { by: "peer", code: "entry", ends: "stream" }, {
    cause,
  });

/**
 * Reads an entry. Unknown members and the order of members do not matter; absent ones and `null` are zero values.
 * @param text  JSON, at most {@link MAX_ENTRY_CHARS}.
 * @throws {ProtocolError} by peer, code `entry`: not JSON, a member of the wrong type or range, a key that does
 * not parse, or too many of something. What is merely missing is for the rules of the discovery.
 * @see specification dmsg §6.1
 */
export function parseEntry(text: string, options: ParseOptions = {}): Entry {
  if (text.length > MAX_ENTRY_CHARS) throw fault(`longer than ${MAX_ENTRY_CHARS} characters`);
  return entryOf(exactly(text), options);
}

/**
 * Reads a list of entries; those that are malformed are left out, so that one of them can't hide the others.
 * @param text  A JSON array; the caller caps its length.
 * @throws {ProtocolError} by peer, code `entry`: not a JSON array.
 */
export function parseEntries(text: string, options: ParseOptions = {}): Entry[] {
  const values = exactly(text);
  if (!Array.isArray(values)) throw fault("not a list");
  return values.flatMap((value) => {
    try {
      return [entryOf(value, options)];
    } catch (error) {
      if (error instanceof ProtocolError) return [];
      throw error;
    }
  });
}

function exactly(text: string): unknown {
  try {
    return parseExact(text);
  } catch (cause) {
    throw fault("not JSON", cause);
  }
}

function entryOf(value: unknown, { generation = "current", checkKeys = false }: ParseOptions): Entry {
  const known = new Members(value, checkKeys);
  const current = generation === "current";
  return present({
    version: known.text("version") ?? "",
    sequence: known.integer("sequence", 0n, 2n ** 64n - 1n),
    timestampNs: known.integer("timestamp", -(2n ** 63n), 2n ** 63n - 1n),
    static: known.key("static"),
    client: known.has("client")
      ? { delegatedServers: known.object("client").keys("delegated_servers") }
      : undefined,
    clientType: known.text("client_type"),
    server: known.has("server") ? serverOf(known.object("server"), current) : undefined,
    signature: known.text("signature"),
    protocol: current ? known.text("protocol") : undefined,
  });
}

function serverOf(known: Members, current: boolean): ServerPart {
  const later = (name: string) => current ? known.text(name) : undefined;
  return present({
    address: known.text("address") ?? "",
    addressV6: later("address_v6"),
    addressUdp: later("address_udp"),
    addressUdpV6: later("address_udp_v6"),
    addressWs: later("address_ws"),
    availableSessions: Number(known.integer("availableSessions", -(2n ** 53n), 2n ** 53n)),
    serverType: known.text("serverType"),
    dhtBootstrap: current && known.flag("dht_bootstrap") ? true : undefined,
  });
}

/** Drops members that are undefined, so that equal entries are deeply equal. */
function present<T extends object>(value: T): T {
  for (const [name, member] of Object.entries(value)) if (member === undefined) delete value[name as keyof T];
  return value;
}

/** Typed access to the members of a parsed JSON object; `null` counts as absent, as in Go. */
class Members {
  readonly #value: Record<string, unknown>;
  constructor(value: unknown, readonly checkKeys: boolean) {
    if (value === null) value = {};
    if (typeof value !== "object" || Array.isArray(value)) throw fault("not an object");
    this.#value = value as Record<string, unknown>;
  }
  get(name: string): unknown {
    return Object.hasOwn(this.#value, name) ? this.#value[name] ?? undefined : undefined;
  }
  has(name: string): boolean {
    return this.get(name) !== undefined;
  }
  object(name: string): Members {
    return new Members(this.get(name), this.checkKeys);
  }
  text(name: string): string | undefined {
    const value = this.get(name) ?? "";
    if (typeof value !== "string" || value.length > MAX_TEXT_CHARS) throw fault(`"${name}" is no short text`);
    return value === "" ? undefined : value.toWellFormed();
  }
  flag(name: string): boolean {
    const value = this.get(name) ?? false;
    if (typeof value !== "boolean") throw fault(`"${name}" is neither true nor false`);
    return value;
  }
  integer(name: string, least: bigint, most: bigint): bigint {
    const value = this.get(name) ?? 0n;
    if (typeof value !== "bigint" || value < least || value > most) throw fault(`"${name}" is out of range`);
    return value;
  }
  key(name: string): PublicKeyHex {
    return this.#keyOf(this.get(name) ?? "", name);
  }
  keys(name: string): PublicKeyHex[] | null {
    const value = this.get(name) ?? null;
    if (value === null) return null;
    if (!Array.isArray(value) || value.length > MAX_DELEGATED_SERVERS) {
      throw fault(`"${name}" is no short list`);
    }
    return value.map((key) => this.#keyOf(key ?? "", name));
  }
  #keyOf(value: unknown, name: string): PublicKeyHex {
    if (typeof value !== "string") throw fault(`"${name}" holds no key`);
    if (!this.checkKeys && /^[0-9a-fA-F]{66}$/.test(value)) return value.toLowerCase();
    try {
      return toHex(parsePublicKeyText(value));
    } catch (cause) {
      throw fault(`"${name}" holds no key`, cause);
    }
  }
}
