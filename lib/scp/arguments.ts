/**
 * The two ends of a copy as people write them.
 *
 * @see specification dmsgscp §6
 * @module
 */
import { parsePublicKey, type PublicKeyHex } from "../crypto/keys.ts";
import { UserError } from "../wire/errors.ts";

/** A place on a peer. */
export interface RemotePlace {
  /** Whose. */
  readonly pk: PublicKeyHex;
  /** Below its root; one leading `./` is dropped. Not checked, and may be empty. */
  readonly path: string;
}

/** Which way, and between what. */
export interface CopyOrder extends RemotePlace {
  /** `upload`: the peer's side is the last one. */
  readonly direction: "upload" | "download";
  /** The other sides, as they were written. */
  readonly local: readonly string[];
}

/** Says whose key a text before a colon is: a key, or a name that is known; undefined for anything else. */
export type PeerFinder = (text: string) => PublicKeyHex | undefined;

/** Finds keys alone, in either case. */
export function keyNamed(text: string): PublicKeyHex | undefined {
  try {
    parsePublicKey(text);
    return text.toLowerCase();
  } catch {
    return undefined;
  }
}

/**
 * Reads `<src>... <dst>`, of which one side is a peer's.
 * @param args  Two or more.
 * @param find  Knows the peers.
 * @throws {UserError} usage: none of the sides or both are a peer's, or sources of two kinds.
 */
export function parseCopyOrder(args: readonly string[], find: PeerFinder = keyNamed): CopyOrder {
  const sources = args.slice(0, -1).map((arg) => ({ arg, remote: remotePlace(arg, find) }));
  const target = args[args.length - 1];
  const to = remotePlace(target, find);
  const remotes = sources.flatMap(({ remote }) => remote ?? []);
  if (to && remotes.length > 0) throw usage("dmsg scp: only one of <src>/<dst> may carry a PK: prefix");
  if (to) return { ...to, direction: "upload", local: sources.map(({ arg }) => arg) };
  if (remotes.length === 0 || sources.length === 0) {
    throw usage("dmsg scp: exactly one of <src>/<dst> must carry a PK: prefix");
  }
  if (sources.length > 1) throw usage("dmsg scp: give one PK:PATH at a time to copy from a peer");
  return { ...remotes[0], direction: "download", local: [target] };
}

/** The peer's side that a text names; undefined when it is a local path. */
function remotePlace(text: string, find: PeerFinder): RemotePlace | undefined {
  const match = /^([^:/\n]+):([^\n]*)$/.exec(text);
  const pk = match ? find(match[1]) : undefined;
  return pk === undefined ? undefined : { pk, path: match![2].replace(/^\.\//, "") };
}

/**
 * A path below the peer's root: leading slashes are dropped, a host would refuse them.
 * @returns The path, and whether something was dropped, so that it can be said.
 */
export function belowRoot(path: string): { path: string; dropped: boolean } {
  const rest = path.replace(/^\/+/, "");
  return { path: rest, dropped: rest !== path };
}

const usage = (message: string): UserError =>
  new UserError(message, {
    kind: "usage",
    hint: "Write the peer's side as PK:PATH or NAME:PATH, the other as a path.",
  });
