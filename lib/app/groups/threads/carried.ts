/**
 * Leaves that come from a file, as requests of a size that an owner takes.
 *
 * @see lib/group/README.md "Bundles"
 * @module
 */
import type { FeedLeaf } from "../../../cxo/feed/change.ts";
import { bundleLines } from "../../../group/threads/bundle.ts";
import type { GroupId } from "../groups.ts";
import { readingOrder } from "../room/inputs.ts";

/** Lines of one request at most: as many leaves as are kept together. */
const MAX_LINES = 48;
/** Their characters, unless it is one line alone: an owner takes a MiB at a time, and the longest leaf has 0.6 as a line. */
const MAX_CHARACTERS = 256 << 10;

/**
 * All leaves of a file, some at a time, for {@link Groups.unbundle}. What lets others in, or opens them, stands before
 * them: only so much can wait, and of a file nothing is read again. Messages stand as when they came together.
 * @returns The lines of each request.
 */
export function carriedLines(group: GroupId, leaves: readonly FeedLeaf[]): string[][] {
  const ordered = readingOrder(leaves).sort((a, b) => rankOf(a) - rankOf(b));
  const requests: string[][] = [];
  let characters = 0;
  for (const line of bundleLines(group, ordered).slice(1)) {
    characters += line.length;
    const last = requests.at(-1);
    if (last !== undefined && last.length < MAX_LINES && characters <= MAX_CHARACTERS) last.push(line);
    else {
      requests.push([line]);
      characters = line.length;
    }
  }
  return requests;
}

/** Promotions before the rest that is decided: what somebody decides who was never promoted waits, 256 of it at most. */
const rankOf = ({ path }: FeedLeaf): number =>
  ["d2", "keys", "admin"].indexOf(path.slice(0, path.indexOf("/"))) & 3;
