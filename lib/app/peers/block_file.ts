/**
 * The file beside the store that names blocked peers. The store decides; the file tells those who open none. It is
 * written before a block is committed and after an unblock, so whatever is cut short leaves the block in force.
 *
 * @see lib/app/README.md "Beside the store"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { type BlockedNames, BlockList, MAX_BLOCKED_BYTES } from "../../store/block_list.ts";
import type { Change, CommitResult, Store } from "../../store/store.ts";
import { type Files, isGarbage } from "../../sys/files/files.ts";
import { UserError } from "../../wire/errors.ts";
import { Turns } from "../../wire/turns.ts";

/** Where it lies in an identity's directory. */
export const BLOCKED_FILE = "store/blocked";

/** Where a list is, and whose. */
export interface BlockFileParts {
  /** Reads and writes it. */
  readonly files: Files;
  /** Its path. */
  readonly path: string;
  /** The identity's secret, 32 bytes. */
  readonly secret: Uint8Array;
}

/** What a send to a blocked peer ends with. */
export const isBlocked = (peer: PublicKeyHex): UserError =>
  new UserError(`${peer} is blocked`, { kind: "refused", hint: "Unblock the peer first." });

/**
 * Reads the list. What stands behind it is set aside.
 * @param heal  Has the file made anew from what the store knows; called when it holds no whole list.
 * @returns Whether a peer is in it; nobody is when there is no file.
 * @throws {UserError} local: it can't be read, or is broken and not mended. That never means "not blocked".
 */
export async function readBlocked(
  parts: BlockFileParts,
  heal?: () => Promise<void>,
): Promise<(peer: PublicKeyHex) => boolean> {
  const { files, path, secret } = parts;
  const bytes = await files.read(path, MAX_BLOCKED_BYTES);
  if (bytes === undefined) return () => false;
  const list = new BlockList(secret);
  const found = list.decode(bytes);
  if (found) {
    const { names, end } = found;
    if (isGarbage(bytes.subarray(end))) await files.setAside(path, bytes.subarray(end), end);
    return (peer) => names.has(list.nameOf(peer));
  }
  if (heal) {
    await heal();
    return await readBlocked(parts);
  }
  throw new UserError(`Cannot read who is blocked in ${path}: the file is broken`, {
    kind: "local",
    hint: "`dmsg status` makes it anew from what the store knows.",
  });
}

/**
 * Brings the file up to what an open store knows, and keeps it so.
 * @returns The store; commits that decide about blocked peers write the file as well.
 * @throws {UserError} local: the store can't be read, or the file not be written.
 */
export async function withBlockFile(store: Store, parts: BlockFileParts): Promise<Store> {
  const { files, path, secret } = parts;
  const list = new BlockList(secret);
  let names: BlockedNames = new Set();
  const write = async (next: BlockedNames): Promise<void> => {
    // Nobody blocked is no file: then a send pays for one look at a directory.
    if (next.size === 0) await files.remove(path);
    else await files.replacePrivate(path, list.encode(next));
    names = next;
  };
  const known = await store.peers.all();
  const wanted = new Set(known.filter(({ facts }) => facts.blocked).map(({ peer }) => list.nameOf(peer)));
  const found = await readNames(list, parts);
  if (found === "none" ? wanted.size > 0 : found === "broken" || !isSame(found, wanted)) await write(wanted);
  names = wanted;

  const decide = async (changes: readonly Change[], blocks: readonly Decision[]): Promise<CommitResult> => {
    const before = names;
    const added = blocks.filter(({ blocked }) => blocked).map(({ peer }) => list.nameOf(peer));
    const removed = blocks.filter(({ blocked }) => !blocked).map(({ peer }) => list.nameOf(peer));
    if (added.some((name) => !names.has(name))) await write(new Set([...names, ...added]));
    // One that throws may have happened all the same: the file stays, and the next opening judges it.
    const result = await store.commit(changes);
    if (!result.ok && names !== before) await write(before);
    if (result.ok && removed.some((name) => names.has(name))) {
      await write(new Set([...names].filter((name) => !removed.includes(name))));
    }
    return result;
  };
  const turns = new Turns();
  return {
    ...store,
    commit(changes, options) {
      const blocks = changes.flatMap(decisionOf);
      if (blocks.length === 0) return store.commit(changes, options);
      return turns.run(() => decide(changes, blocks));
    },
  };
}

interface Decision {
  readonly peer: PublicKeyHex;
  readonly blocked: boolean;
}

const decisionOf = (change: Change): Decision[] =>
  change.kind === "peer" && "blocked" in change.facts
    ? [{ peer: change.peer, blocked: change.facts.blocked ?? false }]
    : [];

/** What is in the file; one that can't be read is set aside, and written anew. */
async function readNames(
  list: BlockList,
  { files, path }: BlockFileParts,
): Promise<BlockedNames | "none" | "broken"> {
  const bytes = await files.read(path, MAX_BLOCKED_BYTES).catch(() => new Uint8Array(0));
  if (bytes === undefined) return "none";
  const found = list.decode(bytes);
  const rest = bytes.subarray(found?.end ?? 0);
  if (isGarbage(rest)) await files.setAside(path, rest, found?.end);
  return found?.names ?? "broken";
}

const isSame = (a: BlockedNames, b: BlockedNames): boolean =>
  a.size === b.size && [...a].every((name) => b.has(name));
