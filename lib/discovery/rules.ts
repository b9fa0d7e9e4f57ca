/**
 * What an entry must satisfy to be kept or deleted, what becomes of it, and how long it lives.
 *
 * @see specification dmsg §6.3, §6.4, §7.2
 * @module
 */
import { DISCOVERY_TEXTS } from "../dmsg/discovery/texts.ts";
import { encodeEntry, type Entry, verifiedText } from "../dmsg/entries/entry.ts";
import { parseEntry } from "../dmsg/entries/read.ts";
import { fromUtf8, utf8 } from "../wire/bytes.ts";
import { rewriteJson } from "../wire/exact_json.ts";
import { wholeJson } from "../wire/whole_json.ts";

/** A server's timestamp may be this much older than now. */
const MAX_AGE_NS = 60_000_000_000n;
/** A server's timestamp may be this much ahead of now. */
const MAX_AHEAD_NS = 5_000_000_000n;
/** Life of an entry with a server part after its last post. */
const SERVER_LIFETIME_MS = 2 * 60_000;
/** Life of a client entry that was posted with `?timeout=true`. */
const SHORT_LIFETIME_MS = 3 * 60_000;

/** How a discovery is set up, as far as its rules go. */
export interface RuleOptions {
  /** Permits servers on loopback addresses. */
  readonly testMode?: boolean;
  /** Keys whose servers are `official`. */
  readonly officialServers?: ReadonlySet<string>;
  /** A posted `serverType` that equals it makes a server `official`. Default: the empty text, as in Go. */
  readonly passphrase?: string;
}

/** A posted entry and what it is measured by. */
export interface PostInput extends RuleOptions {
  /** The entry, keys checked. */
  readonly entry: Entry;
  /** What it was parsed from, for members that we don't know; see `verifiedText`. */
  readonly receivedText?: string;
  /** What is kept for this key now. */
  readonly stored: Entry | undefined;
  /** Wall time, nanoseconds since 1970. */
  readonly nowNs: bigint;
}

/** A refusal: status and exact text. */
export interface Refusal {
  /** 401 or 422. */
  readonly status: 401 | 422;
  /** A text of `DISCOVERY_TEXTS`. */
  readonly message: string;
}

/** What becomes of a post. */
export type PostVerdict = Refusal | {
  /** The entry is to be kept. */
  readonly status: 200;
  /** A text of `DISCOVERY_TEXTS`. */
  readonly message: string;
  /** The entry as it is to be kept, `serverType` rewritten, original signature. */
  readonly entry: Entry;
  /** The JSON text of it, with members that we don't know when the signature covers them. */
  readonly text: string;
};

/**
 * Judges a posted entry, in the order of the specification.
 * @returns 200 with what to keep, or the first rule that does not hold.
 * @see specification dmsg §6.3
 */
export function validatePost(input: PostInput): PostVerdict {
  const { entry, stored, testMode } = input;
  if (!testMode && entry.server && isLoopback(entry.server.address)) return unfit(DISCOVERY_TEXTS.loopback);
  const signed = signedText(input);
  if (typeof signed !== "string") return signed;
  const kept = withServerType(signed, entry, input);
  if (!stored) return { status: 200, message: DISCOVERY_TEXTS.created, ...kept };
  if (entry.sequence <= stored.sequence) return unfit(DISCOVERY_TEXTS.wrongSequence);
  if (entry.timestampNs < stored.timestampNs) return unfit(DISCOVERY_TEXTS.wrongTime);
  return { status: 200, message: DISCOVERY_TEXTS.updated, ...kept };
}

/**
 * Judges an entry that asks for deletion: any signed entry of the key will do, a server's must be fresh.
 * @returns Undefined when it may be deleted.
 * @see specification dmsg §7 "DELETE"
 */
export function validateDelete(input: Omit<PostInput, "stored">): Refusal | undefined {
  const signed = signedText(input);
  return typeof signed === "string" ? undefined : signed;
}

/** Rules 3 to 5, which posts and deletions share: the text that is signed, or a refusal. */
function signedText(input: Omit<PostInput, "stored">): string | Refusal {
  const { entry, nowNs } = input;
  if (!entry.version) return unfit(DISCOVERY_TEXTS.noVersion);
  if (!entry.signature) return unfit(DISCOVERY_TEXTS.noSignature);
  if (/^0+$/.test(entry.static)) return unfit(DISCOVERY_TEXTS.noKey);
  if (!entry.client && !entry.server) return unfit(DISCOVERY_TEXTS.noRole);
  if (entry.server && !entry.server.address) return unfit(DISCOVERY_TEXTS.noAddress);
  const fresh = entry.timestampNs >= nowNs - MAX_AGE_NS && entry.timestampNs <= nowNs + MAX_AHEAD_NS;
  if (!entry.client && !fresh) return unfit(DISCOVERY_TEXTS.outdated);
  return verifiedText(entry, input.receivedText) ?? { status: 401, message: DISCOVERY_TEXTS.badSignature };
}

const unfit = (message: string): Refusal => ({ status: 422, message });

/**
 * Overwrites `serverType` and keeps the signature, which may not match any more.
 * @see specification dmsg §6.4
 */
function withServerType(text: string, entry: Entry, options: RuleOptions): { entry: Entry; text: string } {
  if (!entry.server) return { entry, text };
  const { officialServers, passphrase = "" } = options;
  const official = (entry.server.serverType ?? "") === passphrase || officialServers?.has(entry.static);
  const serverType = official ? "official" : "community";
  const kept = { ...entry, server: { ...entry.server, serverType } };
  if (text === encodeEntry(entry)) return { entry: kept, text: encodeEntry(kept) };
  return {
    entry: kept,
    text: rewriteJson(text, (value) => {
      for (const part of spelled(value, "server")) {
        writeType(value[part] as Record<string, unknown>, serverType);
      }
    }),
  };
}

/** A reader takes the last of several spellings: what a server says of itself must not stand behind ours. */
function writeType(server: Record<string, unknown>, serverType: string): void {
  for (const name of spelled(server, "servertype")) if (name !== "serverType") delete server[name];
  server.serverType = serverType;
}

/** Names of an object's members that are one name in any case, without those that are null. */
const spelled = (object: Record<string, unknown>, name: string): string[] =>
  Object.keys(object).filter((key) => key.toLowerCase() === name && object[key] !== null);

/**
 * Whether an address names no host, or this very machine by number. Names are not looked up, and an address
 * without a port passes, as in Go.
 */
function isLoopback(address: string): boolean {
  const host = address.match(/^(?:\[([^[\]]*)\]|([^:[\]]*)):[^:[\]]*$/);
  if (!host) return false;
  const name = host[1] ?? host[2];
  if (!name.includes(":")) return name === "" || /^127(\.(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){3}$/.test(name);
  // The URL parser brings all spellings of an IPv6 address into one.
  return /^\[::(1|ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4})\]$/.test(URL.parse(`http://[${name}]/`)?.hostname ?? "");
}

/**
 * When an entry is forgotten without a further post.
 * @param nowMs  Wall time of the post, milliseconds since 1970.
 * @param options.short  Posted with `?timeout=true`.
 * @param options.clientLifetimeMs  The operator's choice for clients; undefined means for ever.
 * @returns Milliseconds since 1970, or undefined for never.
 * @see specification dmsg §7.2
 */
export function expiryMs(
  entry: Entry,
  nowMs: number,
  options: { readonly short?: boolean; readonly clientLifetimeMs?: number },
): number | undefined {
  const lifetime = entry.server
    ? SERVER_LIFETIME_MS
    : options.short
    ? SHORT_LIFETIME_MS
    : options.clientLifetimeMs;
  return lifetime === undefined ? undefined : nowMs + lifetime;
}

/**
 * The part of a body that a discovery reads: the Go one decodes one value and looks at nothing behind it.
 * @returns The body itself when it doesn't begin with an object.
 */
export function postedText(body: string): string {
  if (/^[ \t\r\n]*null/.test(body)) return "null";
  const bytes = utf8(body);
  return fromUtf8(bytes.subarray(0, wholeJson(bytes)?.end));
}

/**
 * Reads an entry as a discovery does: every key must lie on the curve.
 * @param text  Of {@link postedText}.
 * @param generation  `classic` drops the members of 2026 before it verifies, and with them their signatures.
 * @throws {ProtocolError} by peer: answered with 500 `something unexpected happened`.
 */
export const readPosted = (text: string, generation: "classic" | "current"): Entry =>
  parseEntry(text, { generation, checkKeys: true });
