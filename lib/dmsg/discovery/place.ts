/**
 * Where a discovery is that is asked over dmsg: its key, and servers on which it sits.
 *
 * @see lib/dmsg/README.md "A discovery over dmsg"; specification dmsg §7.3, current
 * @module
 */
import { KeyError, parsePublicKey, type PublicKeyHex } from "../../crypto/keys.ts";
import { toHex } from "../../wire/bytes.ts";
import { type Addr, formatAddr, parseDmsgUrl } from "../addr.ts";

/** A server on which a discovery sits. */
export interface KnownServer {
  /** Its key. */
  readonly pk: PublicKeyHex;
  /** Where it listens for TCP: `host:port`. */
  readonly address: string;
}

/** A discovery over dmsg. It can't be looked up itself, so its URL says through whom it is reached. */
export interface DmsgPlace {
  /** Its key and port. */
  readonly addr: Addr;
  /** Servers on which it sits, one or more. */
  readonly servers: readonly KnownServer[];
  /** `dmsg://KEY:PORT/SERVERKEY@HOST:PORT/…`, lower-case keys, without a slash at the end. */
  readonly base: string;
  /** What comes behind that, beginning with a slash; empty for a base URL. */
  readonly path: string;
}

/** A host's name has 253 characters at the most: what goes on for longer would fill what servers are remembered in. */
const SERVER = /^([0-9a-f]{66})@((?:\[[0-9a-f:.]{2,45}\]|[^:[\]/@\s]{1,253}):\d{1,5})$/i;

/**
 * Takes such a URL apart.
 * @param url  `dmsg://KEY[:PORT]/SERVERKEY@HOST:PORT[/SERVERKEY@HOST:PORT …][/path]`; port 80 unless named.
 * @returns Undefined when it is something else, also one without a server, or with a key that is none.
 */
export function dmsgPlace(url: string): DmsgPlace | undefined {
  if (!url.startsWith("dmsg://")) return undefined;
  try {
    const { addr, path } = parseDmsgUrl(url);
    const parts = path.split("/").slice(1);
    const count = parts.findIndex((part) => !part.includes("@"));
    const named = count < 0 ? parts : parts.slice(0, count);
    const servers = named.flatMap((part) => serverAt(part) ?? []);
    if (servers.length === 0 || servers.length < named.length) return undefined;
    return {
      addr,
      servers,
      base: placeUrl(addr, servers),
      path: count < 0 ? "" : `/${parts.slice(count).join("/")}`,
    };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof KeyError) return undefined;
    throw error;
  }
}

/** The base URL of a discovery over dmsg. */
export const placeUrl = (addr: Addr, servers: readonly KnownServer[]): string =>
  `dmsg://${[formatAddr(addr), ...servers.map(({ pk, address }) => `${pk}@${address}`)].join("/")}`;

/** Reads `SERVERKEY@HOST:PORT`, keys in either case. @returns Undefined when it is something else. */
export function serverAt(text: string): KnownServer | undefined {
  const match = SERVER.exec(text);
  if (!match) return undefined;
  try {
    return { pk: toHex(parsePublicKey(match[1])), address: match[2] };
  } catch (error) {
    if (error instanceof KeyError) return undefined;
    throw error;
  }
}

/** A URL for people: of a discovery over dmsg without its servers, else as it is. */
export const shownUrl = (url: string): string =>
  url.startsWith("dmsg://") ? url.replace(/\/[^/]*@[^/]*/g, "") : url;
