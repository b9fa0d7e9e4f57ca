/**
 * Messages of one conversation or of all, oldest first.
 *
 * @module
 */
import type { Messages, StoredMessage } from "../../store/store.ts";
import { UserError } from "../../wire/errors.ts";
import { parseGoTime } from "../../wire/go_time.ts";
import { type GroupId, isGroupId } from "../groups/groups.ts";
import type { HistoryRequest } from "./messages.ts";

/** Positions that are looked at together. */
const MIN_STEP = 128;

/**
 * Reads messages. @param asSaid  Reads the newest ones of a group as they were said.
 * @returns At most `limit`, the newest ones, oldest first.
 * @throws {UserError} usage: a limit that is no positive integer, a time that is none, `before` without a peer.
 */
export async function readHistory(
  messages: Messages,
  request: HistoryRequest,
  asSaid?: (group: GroupId, limit: number) => Promise<StoredMessage[]>,
): Promise<StoredMessage[]> {
  const { peer, limit, before, after, lines } = request;
  if (!Number.isSafeInteger(limit) || limit < 1) throw usage("The limit must be 1 or more");
  if ((before ?? after) !== undefined && peer === undefined) throw usage("A position needs a peer");
  if (before !== undefined && after !== undefined) throw usage("A position is before or after, not both");
  const sinceNs = request.since === undefined ? undefined : timeOf(request.since);
  const isWanted = ({ atNs }: StoredMessage): boolean => sinceNs === undefined || atNs >= sinceNs;
  if (request.asSaid && (peer === undefined || before !== undefined || after !== undefined)) {
    throw usage("As they were said are the newest messages of one conversation");
  }
  if (peer !== undefined && request.asSaid && asSaid !== undefined && isGroupId(peer)) {
    return (await asSaid(peer, limit)).filter(isWanted);
  }
  if (peer === undefined) return (await newestOfAll(messages, limit, { lines })).filter(isWanted);
  const found = after !== undefined
    ? await behind(messages, peer, after, limit, lines ?? false)
    : before === undefined
    ? await messages.newest(peer, limit, { lines })
    : await messages.before(peer, before, limit, { lines });
  return found.filter(isWanted);
}

/** Messages behind a position, piece by piece: there may be many between that are no lines. */
async function behind(
  messages: Messages,
  peer: string,
  position: number,
  limit: number,
  lines: boolean,
): Promise<StoredMessage[]> {
  const last = (await messages.newest(peer, 1))[0]?.position ?? 0;
  const found: StoredMessage[] = [];
  const step = Math.max(limit, MIN_STEP);
  for (let from = position; from < last && found.length < limit; from += step) {
    const piece = await messages.before(peer, from + step + 1, step, { lines });
    found.push(...piece.filter((one) => one.position > from));
  }
  return found.slice(0, limit);
}

async function newestOfAll(
  messages: Messages,
  limit: number,
  options: { readonly lines?: boolean },
): Promise<StoredMessage[]> {
  let found: Placed[] = [];
  for (const { peer, latestNs } of await messages.latest()) {
    // They come latest first by their lines: behind this point none is newer than what we have.
    if (options.lines && found.length >= limit && latestNs < found[0].fromNs) break;
    found.push(...placed(await messages.newest(peer, limit, options)));
    found.sort((a, b) => a.fromNs < b.fromNs ? -1 : a.fromNs > b.fromNs ? 1 : 0);
    found = found.slice(-limit);
  }
  return found.map(({ message }) => message);
}

/** A message and the time that it is sorted by among those of other conversations. */
interface Placed {
  readonly message: StoredMessage;
  readonly fromNs: bigint;
}

/** A wall clock that was set back must not turn a conversation's order: none stands before the one ahead of it. */
function placed(conversation: readonly StoredMessage[]): Placed[] {
  let latestNs = 0n;
  return conversation.map((message) => {
    if (message.atNs > latestNs) latestNs = message.atNs;
    return { message, fromNs: latestNs };
  });
}

function timeOf(text: string): bigint {
  try {
    return parseGoTime(text);
  } catch (cause) {
    throw usage("The time is no RFC 3339 time", cause);
  }
}

const usage = (message: string, cause?: unknown): UserError =>
  new UserError(message, { kind: "usage", hint: "For example 2026-11-23T10:00:00Z, and limit 50.", cause });
