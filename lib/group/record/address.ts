/**
 * Addresses `skychat://<key>[/<group>]`, and the ports of a group.
 *
 * @see specification skychat §b.8 "Address", §0.4
 * @module
 */
import { parsePublicKey, type PublicKeyHex } from "../../crypto/keys.ts";
import { readU16, toHex } from "../../wire/bytes.ts";
import { goTrim } from "../../wire/go_json.ts";
import { INVITE_PREFIX, isInviteText } from "../joining/invite.ts";
import { isUuid } from "./uuid.ts";

/** A person, or a group at a person that knows it. */
export interface SkychatAddress {
  /** Whom to ask. */
  readonly pk: PublicKeyHex;
  /** UUID of the group, lower case. */
  readonly group?: string;
}

/** Why a text is no address. `invite`: it is an invite link and to be read as one. */
export class AddressError extends Error {
  /** Tells it from other errors. */
  override readonly name = "AddressError";
  /** A sentence without the text. */
  constructor(readonly fault: "invite" | "key" | "group") {
    super(FAULTS[fault]);
  }
}

const FAULTS = {
  invite: "this is an invite link, not an address",
  key:
    'an address is "skychat://" and a public key of 66 hex characters, and "/" and a group id where it is a group\'s',
  group: "the part behind the key is no group id",
};

const SCHEME = "skychat://";

/**
 * Reads an address, with or without its scheme.
 * @throws {AddressError}
 */
export function parseSkychatAddress(text: string): SkychatAddress {
  const trimmed = goTrim(text);
  // In any case: what somebody's program wrote in capitals is still no address, and is told of as what it is.
  if (isInviteText(trimmed.slice(0, INVITE_PREFIX.length).toLowerCase())) throw new AddressError("invite");
  const hasScheme = trimmed.slice(0, SCHEME.length).toLowerCase() === SCHEME;
  const [key, group, ...rest] = (hasScheme ? trimmed.slice(SCHEME.length) : trimmed).replace(/\/$/, "").split(
    "/",
  );
  const pk = keyOf(key);
  if (group === undefined || (group === "" && rest.length === 0)) return { pk };
  if (rest.length > 0 || !isUuid(group)) throw new AddressError("group");
  return { pk, group: group.toLowerCase() };
}

/** The canonical text of an address. */
export const formatSkychatAddress = ({ pk, group }: SkychatAddress): string =>
  group === undefined ? `${SCHEME}${pk}` : `${SCHEME}${pk}/${group}`;

function keyOf(text: string): PublicKeyHex {
  try {
    return toHex(parsePublicKey(text));
  } catch {
    throw new AddressError("key");
  }
}

/** The port where strangers probe for groups, catalogs and profiles. */
export const DESCRIBE_PORT = 8060;

const FIRST_FEED_PORT = 60_000;
const FEED_PORTS = 5_000;

/** A new group's feed port. @param random  2 random bytes. @returns 60000 … 64999. */
export const feedPortOf = (random: Uint8Array): number => FIRST_FEED_PORT + readU16(random, 0) % FEED_PORTS;

/**
 * A port that this program has free, and the one behind it for strangers: nobody could reach a second group there.
 * @param port  Where to look first, 60000 … 64999.
 * @param feedPorts  Those of the groups that are here.
 * @returns 60000 … 64999; `port` itself when all are taken.
 */
export function freeFeedPort(port: number, feedPorts: Iterable<number>): number {
  const taken = new Set([...feedPorts].flatMap((feed) => [feed - 1, feed, feed + 1]));
  for (let i = 0; i < FEED_PORTS; i++) {
    const next = FIRST_FEED_PORT + (port - FIRST_FEED_PORT + i) % FEED_PORTS;
    if (!taken.has(next)) return next;
  }
  return port;
}

/** The last port behind which there is one for strangers. */
export const MAX_FEED_PORT = 65_534;

/** The port for relayed messages and join requests of a group. */
export const relayPortOf = (feedPort: number): number => feedPort + 1;
