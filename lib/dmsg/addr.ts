/**
 * Addresses: `<pk>:<port>`, and URLs `dmsg://<pk>:<port>/path`.
 *
 * @see specification dmsg §11; lib/dmsg/README.md "Addresses and ports"
 * @module
 */
import { KeyError, parsePublicKey, type PublicKeyHex } from "../crypto/keys.ts";
import { toHex } from "../wire/bytes.ts";
import { goTrim } from "../wire/go_json.ts";

/** The largest port. */
export const MAX_PORT = 0xffff;
/** The port of a `dmsg://` URL that names none. */
const DEFAULT_URL_PORT = 80;
/** The null key's text: no party. */
export const NULL_PK: PublicKeyHex = "0".repeat(66);

/** A party and a port of it. */
export interface Addr {
  /** 66 lower-case hex characters; {@link NULL_PK} for none. */
  readonly pk: PublicKeyHex;
  /** 1 … 65535, or 0 for none. */
  readonly port: number;
}

/** What a `dmsg://` URL says. */
export interface DmsgUrl {
  /** The party and the port, never 0. */
  readonly addr: Addr;
  /** Path and query, starting with `/`. */
  readonly path: string;
}

/**
 * Parses `<pk>[:<port>]`, with blanks around either. The port is a Go integer, see {@link parsePort}.
 * @param text  An empty key in front of a colon is the null key; a missing port, an empty one and `~` are 0.
 * @returns The address; its key is in lower case.
 * @throws {KeyError} `Invalid public key length` or `Invalid public key`.
 * @throws {SyntaxError} Two colons or more, or not a port.
 */
export function parseAddr(text: string): Addr {
  const parts = text.split(":", 3).map(goTrim);
  if (parts.length > 2) throw new SyntaxError("invalid dmsg.Addr string");
  const [key, port] = parts;
  const pk = port !== undefined && key === "" ? NULL_PK : toHex(parsePublicKey(key));
  return { pk, port: port === undefined || port === "" || port === "~" ? 0 : parsePort(port) };
}

/** An integer as Go's scanner takes it off the front of a text; `_` may stand between digits. */
const PORT_TOKEN = /^(?:0[xX][0-9a-fA-F_]*|0[bB][01_]*|0[oO][0-7_]*|0[0-7_]*|[1-9_][0-9_]*)/;
const WELL_FORMED = /^(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|[0-9](?:_?[0-9])*)$/;

/**
 * Parses a port as Go's scanner does it: decimal, or with prefix 0x, 0o, 0b or a bare 0 (octal); what follows
 * the digits is ignored.
 * @returns 0 … 65535.
 * @throws {SyntaxError} With Go's message.
 */
export function parsePort(text: string): number {
  const token = PORT_TOKEN.exec(text)?.[0];
  if (token === undefined) throw new SyntaxError("expected integer");
  if (!WELL_FORMED.test(token)) {
    throw new SyntaxError(`strconv.ParseUint: parsing "${token}": invalid syntax`);
  }
  const value = BigInt(token.replaceAll("_", "").replace(/^0(?=[0-7])/, "0o"));
  if (value >= 1n << 64n) throw new SyntaxError(`strconv.ParseUint: parsing "${token}": value out of range`);
  if (value > MAX_PORT) throw new SyntaxError(`unsigned integer overflow on token ${token}`);
  return Number(value);
}

/** `<pk>:<port>`; port 0 prints as `~`. */
export const formatAddr = (addr: Addr): string => `${addr.pk}:${addr.port === 0 ? "~" : addr.port}`;

/**
 * Parses `dmsg://<pk>[:<port>][/path][?query]`; a fragment is dropped.
 * @returns Port 80 where the URL names none (or 0); path `/` where it names none.
 * @throws {KeyError} Not a valid key.
 * @throws {SyntaxError} Not such a URL, or not a port.
 */
export function parseDmsgUrl(text: string): DmsgUrl {
  const match = /^dmsg:\/\/([^/?#\s]+)((?:[/?][^#\s]*)?)(?:#\S*)?$/i.exec(text.trim());
  if (match === null) throw new SyntaxError("not a dmsg:// URL");
  const { pk, port } = parseAddr(match[1]);
  if (pk === NULL_PK) throw new KeyError("Invalid public key length");
  const path = match[2].startsWith("/") ? match[2] : `/${match[2]}`;
  return { addr: { pk, port: port === 0 ? DEFAULT_URL_PORT : port }, path };
}
