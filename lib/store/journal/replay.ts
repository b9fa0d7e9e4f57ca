/**
 * What a journal holds and the rows do not, into the store: in order and once, wherever a process dies meanwhile.
 *
 * @see lib/store/README.md "The journal"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Moment } from "../passed.ts";
import type { JournalMark } from "../rows/records.ts";
import type { Change, CommitResult, Direction, PeerFacts, Peers, StoredMessage } from "../store.ts";
import { type Burst, burstIn, type LogContents, NO_ROWS, type SentEntry, sentIn } from "./log.ts";

/** For what has no time of its own. */
const NEVER: Moment = { nowNs: 0n, passedNs: 0n };

/** What replaying works with. */
export interface ReplayParts {
  /** Plans commits together; `mark` says that everything before it is planned. @see Writer.replay */
  readonly replay: (
    commits: readonly (readonly Change[])[],
    when: Moment,
    mark?: JournalMark,
  ) => Promise<readonly CommitResult[]>;
  /** As `PassedTime`: what was sent without a store counts from now. */
  readonly passedNs: () => bigint;
  /** What is known of peers. */
  readonly peers: Pick<Peers, "get">;
  /** A kept message. */
  readonly get: (peer: string, position: number) => Promise<StoredMessage | undefined>;
}

/**
 * Takes in files of a journal.
 * @param found  Oldest first.
 * @param written  How far the rows have them.
 * @returns Whether commits that are added to the last file are ours without a word: else that file says first on top of
 * which rows they stand, `Journal.goOnBehind`.
 * @throws {UserError} As reading the place.
 */
export async function replayAll(
  parts: ReplayParts,
  found: readonly LogContents[],
  written: JournalMark | undefined,
): Promise<boolean> {
  let at = written;
  let state: Replayed = { isOurs: true, isMoved: false };
  const moved: Moved = new Map();
  // Files before the one that the rows name are in the rows as a whole.
  const named = found.findIndex(({ name }) => name === written?.name);
  for (const file of found.slice(Math.max(0, named))) {
    const own = file.name === at?.name ? at.next : 0;
    // Positions mean what they meant only on top of the very rows that they were given for.
    const isNext = own > 0 || goesOnBehind(file, at);
    if (!isNext) moved.clear();
    const isOurs = own > 0 ? own <= file.contents.length : isNext && !state.isMoved;
    const from = own > file.contents.length ? 0 : own;
    const isLast = file === found.at(-1);
    state = await replayFile(parts, file, { ...state, isOurs, from, written, moved, isLast });
    at = { name: file.name, next: file.contents.length };
  }
  return state.isOurs;
}

/** How far what was planned again is what was planned then. */
interface Replayed {
  /** What comes next was planned on top of these very rows. */
  readonly isOurs: boolean;
  /** Commits of other rows were taken in: what was planned on top of them finds something else. */
  readonly isMoved: boolean;
}

/** Where messages lie that were taken in on other rows, by peer and position on those. */
type Moved = Map<string, number>;

function goesOnBehind({ contents: [first] }: LogContents, at: JournalMark | undefined): boolean {
  if (first === undefined || !("b" in first)) return at === undefined;
  return first.b.name === at?.name && first.b.next === at.next;
}

/** @returns How it is behind its last record. */
async function replayFile(
  parts: ReplayParts,
  file: LogContents,
  begin: Replayed & {
    readonly from: number;
    readonly written: JournalMark | undefined;
    readonly moved: Moved;
    readonly isLast: boolean;
  },
): Promise<Replayed> {
  const { from, written, moved, isLast } = begin;
  let { isOurs, isMoved } = begin;
  const sent = new Map(sentIn(file).map((entry) => [entry.number, entry]));
  for (const [number, content] of file.contents.entries()) {
    if (number < from) continue;
    const place = { name: file.name, next: number + 1 };
    // Of other rows all is taken in once more when it breaks off: what is left would be taken for ours.
    const markOf = (): JournalMark | undefined =>
      isOurs || (isLast && place.next === file.contents.length) ? place : undefined;
    if ("c" in content) {
      const { commits, ...when } = burstIn(content.c);
      if (isOurs) await parts.replay(commits.map(({ changes }) => changes), when, place);
      else {
        isMoved = true;
        for (const [i, commit] of commits.entries()) {
          await replayForeign(parts, commit, when, moved, `${place.name} ${number} ${i}`);
        }
        await parts.replay([], when, markOf());
      }
    } else if ("m" in content) {
      await replaySent(parts, sent.get(number)!, markOf());
    } else {
      // Who sends without a store begins a file and knows of no rows; who goes on with it says on which ones it did. Rows
      // that have the beginning of the file by now don't say which they were before.
      if ("b" in content && number > 0) {
        moved.clear();
        if (isSame(content.b, written ?? NO_ROWS)) [isOurs, isMoved] = [true, false];
      }
      await parts.replay([], NEVER, markOf());
    }
  }
  return { isOurs, isMoved };
}

const isSame = (a: JournalMark, b: JournalMark): boolean => a.name === b.name && a.next === b.next;

/**
 * On top of other rows (an older copy was put back, or another machine has written): messages are taken in as they
 * stand, with what was said about them in the same journal; what speaks of other positions is left out.
 * @param mark  The same for no two commits: one that was taken in before this broke off is not taken in again.
 */
async function replayForeign(
  { replay, get }: ReplayParts,
  { changes, positions }: Burst["commits"][number],
  when: Moment,
  moved: Moved,
  mark: string,
): Promise<void> {
  let at = 0;
  for (const change of changes) {
    if (change.kind === "message") {
      const { peer, body, atNs, id, direction } = change.message;
      const position = positions[at++];
      const there = await get(peer, position);
      if (there && there.body === body && there.atNs === atNs) moved.set(`${peer} ${position}`, position);
      else {
        const seen = id === undefined ? seenAs(`${mark} ${at}`, peer, direction) : [];
        const [result] = await replay([[...seen, change]], when);
        const now = result?.ok ? result.positions[0] : result?.position;
        if (now) moved.set(`${peer} ${position}`, now);
      }
    } else if ("position" in change) {
      const now = moved.get(`${change.peer} ${change.position}`);
      if (now !== undefined) await replay([[{ ...change, position: now }]], when);
    } else if (change.kind === "peer" || change.kind === "seen") await replay([[change]], when);
  }
}

/** A message that was sent without a store, as it stands. Nothing of it is sent. */
async function replaySent(
  parts: ReplayParts,
  entry: SentEntry,
  mark: JournalMark | undefined,
): Promise<void> {
  const { message, outcome } = entry;
  const { peer, id } = message;
  const facts = factsOf(entry, await parts.peers.get(peer));
  const learnt: Change[] = Object.keys(facts).length > 0 ? [{ kind: "peer", peer, facts }] : [];
  const { state, reason } = outcome ?? {
    state: "unconfirmed",
    reason: "the program ended before its ack",
  };
  const kept: Change = {
    kind: "message",
    message: { ...message, direction: "out", state, ...(reason === undefined ? {} : { reason }) },
  };
  const seen = id === undefined ? seenAs(entry.mark, peer, "out") : [];
  await parts.replay([[...seen, kept, ...learnt]], { nowNs: message.atNs, passedNs: parts.passedNs() }, mark);
}

/** Tells a message without an id that was taken in before, from a file which could not be emptied. */
const seenAs = (mark: string, peer: PublicKeyHex, direction: Direction): Change[] => [
  { kind: "seen", peer, direction, id: mark, body: "" },
];

/** Who is written to may answer; and what the ack says, if that is new. */
function factsOf({ outcome }: SentEntry, { accepted, once = false }: PeerFacts): PeerFacts {
  const says = outcome?.state === "received" ? outcome.once ?? false : once;
  return {
    ...(accepted ? {} : { accepted: true }),
    ...(says === once ? {} : { once: says || undefined }),
  };
}
