/**
 * What a discovery says in `{"message":…,"code":…}`. Clients compare the texts byte by byte, so both sides read
 * them from here.
 *
 * @see specification dmsg §7, §7.1
 * @module
 */
import { parseGoObject, readMembers } from "../../wire/go_json.ts";

const invalid = (why: string) => `entry validation error: ${why}`;

/** Answer texts by meaning. */
export const DISCOVERY_TEXTS = {
  /** 200: first entry of a key. */
  created: "wrote a new entry",
  /** 200: a later entry of a key. */
  updated: "wrote new entry iteration",
  /** 200: deleted, or nothing was there. */
  deleted: "deleted entry",
  /** 400: the key in the path does not parse. */
  badInput: "error bad input",
  /** 401: the signature is not by the entry's key. */
  badSignature: "invalid signature",
  /** 404: no entry. */
  notFound: "entry of public key is not found",
  /** 404: no server is registered, or none has room. */
  noServers: "no delegated dmsg servers available for remote",
  /** 413: longer than the discovery reads. */
  tooLarge: "request body too large",
  /** 422: member `static` is missing. */
  noKey: invalid("entry Keys is nil"),
  /** 422: member `signature` is missing. */
  noSignature: invalid("entry has no signature"),
  /** 422: member `version` is missing. */
  noVersion: invalid("entry has no version"),
  /** 422: nobody's entry. */
  noRole: invalid("entry has neither client or server field"),
  /** 422: the stored sequence is as high or higher; a client reads the entry again and retries. */
  wrongSequence: invalid("sequence field of new entry is not sequence of old entry + 1"),
  /** 422: the stored timestamp is higher. */
  wrongTime: invalid("advertised entry timestamp is not greater than previous"),
  /** 422: a server's timestamp is not now. */
  outdated: invalid("advertised entry has outdated timestamp"),
  /** 422: the server's host is empty or this very machine. */
  loopback: invalid("advertising localhost listening address is not allowed in production mode"),
  /** 422: the server's address is empty. */
  noAddress: invalid("server address cannot be empty"),
  /** 422: of old, never sent. */
  nonZeroSequence: invalid("new entry has non-zero sequence"),
  /** 422: of old, never sent. */
  noEphemeralKeys: invalid("entry of client instance has nil ephemeral keys"),
  /** 422: of old, never sent. */
  serverEphemeralKeys: invalid("entry of server instance has non nil Keys.Ephemerals field"),
  /** 500: the body is not JSON, or the discovery itself failed. */
  unexpected: "something unexpected happened",
} as const;

const known: ReadonlySet<string> = new Set(Object.values(DISCOVERY_TEXTS));

/**
 * The text of an answer's body.
 * @param body  `{"message":…}`, or anything at all.
 * @returns A text of {@link DISCOVERY_TEXTS}; every other body means "unexpected".
 */
export function discoveryText(body: string): string {
  const object = parseGoObject(body);
  const message = object && readMembers(object, { message: "string" })?.message;
  return message !== undefined && known.has(message) ? message : DISCOVERY_TEXTS.unexpected;
}
