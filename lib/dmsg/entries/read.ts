/**
 * Reading discovery entries: JSON text to {@link Entry}, each member checked by hand (no schema package, because a
 * one-shot send reads an entry before it does anything else).
 *
 * @see specification dmsg §6.1
 * @module
 */
import { parsePublicKeyText, type PublicKeyHex } from "../../crypto/keys.ts";
import { toHex } from "../../wire/bytes.ts";
import { ProtocolError } from "../../wire/errors.ts";
import { parseAll, wholeIn } from "../../wire/go_json.ts";
import { eachMember } from "../../wire/twins.ts";
import { NULL_PK } from "../addr.ts";
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
 * Reads an entry. Unknown members and the order of members do not matter; absent ones are zero values.
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
    return parseAll(text);
  } catch (cause) {
    throw fault("not JSON", cause);
  }
}

function entryOf(value: unknown, { generation = "current", checkKeys = false }: ParseOptions): Entry {
  const known = new Members(value === null ? [] : membersIn(value), checkKeys);
  const current = generation === "current";
  const client = known.object("client");
  const server = known.object("server");
  return present({
    version: known.text("version") ?? "",
    sequence: known.integer("sequence", 0n, 2n ** 64n - 1n),
    timestampNs: known.integer("timestamp", -(2n ** 63n), 2n ** 63n - 1n),
    static: known.key("static"),
    client: client && { delegatedServers: client.keys("delegated_servers") },
    clientType: known.text("client_type"),
    server: server && serverOf(server, current),
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

/**
 * Typed access to the members of a parsed JSON object as the Go programs' parser (jsoniter, not encoding/json) gives
 * them: names in any case of ASCII; of several of one name the last wins, but objects are put together; `null` is the
 * empty text, takes an object or a list away, and leaves numbers and keys as they are.
 */
class Members {
  readonly #said = new Map<string, unknown[]>();
  constructor(members: Iterable<readonly [string, unknown]>, readonly checkKeys: boolean) {
    for (const [name, value] of members) {
      const known = lower(name);
      const said = this.#said.get(known);
      if (said) said.push(value);
      else this.#said.set(known, [value]);
    }
  }
  #all(name: string): readonly unknown[] {
    return this.#said.get(lower(name)) ?? [];
  }
  object(name: string): Members | undefined {
    const all = this.#all(name).map((value) => value === null ? undefined : membersIn(value));
    const last = all.slice(all.lastIndexOf(undefined) + 1) as (readonly [string, unknown][])[];
    return last.length === 0 ? undefined : new Members(last.flat(), this.checkKeys);
  }
  text(name: string): string | undefined {
    const texts = this.#all(name).map((value) => value ?? "");
    for (const value of texts) {
      if (typeof value !== "string" || value.length > MAX_TEXT_CHARS) {
        throw fault(`"${name}" is no short text`);
      }
    }
    return (texts.at(-1) as string | undefined)?.toWellFormed() || undefined;
  }
  flag(name: string): boolean {
    const flags = this.#all(name).filter((value) => value !== null);
    if (flags.some((value) => typeof value !== "boolean")) throw fault(`"${name}" is neither true nor false`);
    return flags.at(-1) === true;
  }
  integer(name: string, least: bigint, most: bigint): bigint {
    const numbers = this.#all(name).filter((value) => value !== null).map((value) => {
      const number = wholeIn(value, least, most);
      if (number === undefined) throw fault(`"${name}" is out of range`);
      return number;
    });
    return numbers.at(-1) ?? 0n;
  }
  key(name: string): PublicKeyHex {
    const keys = this.#all(name).map((value) => this.#keyOf(value ?? "", name));
    return keys.findLast((key) => key !== NULL_PK) ?? NULL_PK;
  }
  keys(name: string): PublicKeyHex[] | null {
    const lists = this.#all(name).map((value) => {
      if (value === null) return null;
      if (!Array.isArray(value) || value.length > MAX_DELEGATED_SERVERS) {
        throw fault(`"${name}" is no short list`);
      }
      return value.map((key) => this.#keyOf(key ?? "", name));
    });
    return lists.at(-1) ?? null;
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

/** In lower case as that parser has it: letters of ASCII alone. */
const lower = (name: string): string => name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

function membersIn(value: unknown): readonly [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw fault("not an object");
  const members: [string, unknown][] = [];
  eachMember(value as Record<string, unknown>, (name, member) => members.push([name, member]) > 0);
  return members;
}
