/**
 * The order in which messages that came together are read: what somebody had seen stands before what it said then,
 * whatever clocks say. A feed gives its leaves by author, and one that is read for the first time holds all there is.
 *
 * @see lib/group/README.md "Order"
 * @module
 */
import type { FeedLeaf } from "../../cxo/feed/change.ts";
import { MESSAGE_PREFIX, parseLeafPath, readLeaf } from "../talk/leaf.ts";
import { HEAD_BYTES, isSomewhere, MAX_HEADS, type Place, readHeads, type Thread } from "./thread.ts";

/** A message among those that came, and when it counts as said. */
interface Said {
  readonly leaf: FeedLeaf;
  readonly author: string;
  readonly thread: Thread | undefined;
  /** By its author's clock; from `isPlaced` on later than all before it. */
  atNs: bigint;
  /** What its author had said and seen before; undefined: nobody has looked yet. */
  before: Said[] | undefined;
  isPlaced: boolean;
}

/** The leaves of each run that came, by number. */
type Runs = ReadonlyMap<string, readonly Said[]>;

/**
 * Puts messages in order: by the time that they were said at, where each is at least a nanosecond behind what its
 * author had seen; of equal times by path. Nothing is checked here: who lies changes where its own words stand, and
 * those of who has seen them.
 * @param leaves  Of messages and of whatever else lies in feeds.
 * @returns The same leaves, messages last; what is none of them stays in its order. It follows from the set alone.
 */
export function inOrder(leaves: readonly FeedLeaf[]): FeedLeaf[] {
  const [messages, others] = [leaves.filter(isMessage), leaves.filter((leaf) => !isMessage(leaf))];
  return [...others, ...messages.length < 2 ? messages : saidTimes(messages).map(({ leaf }) => leaf)];
}

/**
 * The same order with the times that make it.
 * @param leaves  Of messages.
 * @returns The leaves in their order, each with the time that it counts as said at, nanoseconds.
 */
export function saidTimes(leaves: readonly FeedLeaf[]): { readonly leaf: FeedLeaf; readonly atNs: bigint }[] {
  const said = leaves.map(saidIn).sort(byPath);
  const runs = runsOf(said);
  for (const one of said) place(one, runs);
  return said.sort((a, b) => a.atNs < b.atNs ? -1 : a.atNs > b.atNs ? 1 : byPath(a, b));
}

const isMessage = ({ path }: FeedLeaf): boolean => path.startsWith(`${MESSAGE_PREFIX}/`);

const byPath = (a: Said, b: Said): number =>
  a.leaf.path < b.leaf.path ? -1 : a.leaf.path > b.leaf.path ? 1 : 0;

function saidIn(leaf: FeedLeaf): Said {
  const read = readLeaf(leaf.value);
  const atNs = read?.tsNs ?? parseLeafPath(leaf.path)?.tsNs ?? 0n;
  return {
    leaf,
    author: read?.sender ?? "",
    thread: read?.thread ?? undefined,
    atNs,
    before: undefined,
    isPlaced: false,
  };
}

const runOf = (author: string, { inc }: Place): string => `${author}/${inc}`;

function runsOf(said: readonly Said[]): Runs {
  const threaded = said.filter(({ thread }) => thread !== undefined && isSomewhere(thread));
  const runs = Map.groupBy(threaded, ({ author, thread }) => runOf(author, thread!));
  for (const run of runs.values()) run.sort((a, b) => a.thread!.seq < b.thread!.seq ? -1 : 1);
  return runs;
}

/** The newest leaf of a run up to a place: what is seen has been seen with all before it. */
function upTo(runs: Runs, author: string, at: Place): Said | undefined {
  const run = runs.get(runOf(author, at)) ?? [];
  let [low, high] = [0, run.length];
  while (low < high) {
    const middle = low + high >> 1;
    if (run[middle].thread!.seq <= at.seq) low = middle + 1;
    else high = middle;
  }
  return run[low - 1];
}

function beforeIt({ author, thread }: Said, runs: Runs): Said[] {
  if (thread === undefined) return [];
  const { inc, seq, after, heads } = thread;
  const own = upTo(runs, author, { inc, seq: seq - 1n }) ?? upTo(runs, author, after);
  const seen = readHeads(heads.subarray(0, MAX_HEADS * HEAD_BYTES)).map((head) =>
    upTo(runs, head.author, head)
  );
  return [own, ...seen].filter((one) => one !== undefined);
}

/** Step by step: a thread of thousands is no depth for a stack. Who names each other in a ring is not waited for. */
function place(first: Said, runs: Runs): void {
  const path = [first];
  while (path.length > 0) {
    const said = path.at(-1)!;
    const isNew = said.before === undefined;
    said.before ??= beforeIt(said, runs);
    const waitsFor = isNew ? said.before.filter(({ before }) => before === undefined) : [];
    if (waitsFor.length > 0) {
      path.push(...waitsFor);
      continue;
    }
    path.pop();
    if (said.isPlaced) continue;
    for (const { isPlaced, atNs } of said.before) {
      if (isPlaced && atNs >= said.atNs) said.atNs = atNs + 1n;
    }
    said.isPlaced = true;
  }
}
