/**
 * What a group's conversation tells beside what is said in it: who went on without its own past, and who is proven to
 * have said two things in one place. Each is a message of the one whom it is about, with a reason that no peer can give
 * to what it says, so that every surface shows it.
 *
 * @see lib/group/README.md "Threads", "Forks"
 * @module
 */
import type { GroupOut } from "../../../group/group_types.ts";
import type { Change, NewMessage, Store } from "../../../store/store.ts";
import type { GroupId } from "../groups.ts";

/** Reasons of messages that nobody has written. */
const NOTICES: readonly unknown[] = ["restarted", "forked"];

/** Whether a message of a conversation was written by nobody. */
export const isNotice = ({ via, reason }: Pick<NewMessage, "via" | "reason">): boolean =>
  via === "group" && NOTICES.includes(reason);

/** Where they are kept, and when. */
export interface NoticesOf {
  /** The group. */
  readonly id: GroupId;
  /** Keeps everything. */
  readonly store: Store;
  /** The wall clock, nanoseconds since 1970. */
  readonly nowNs: bigint;
}

/** Changes that keep what is to be told; what was told already is not told again. */
export async function noticesIn(
  outs: readonly GroupOut[],
  { id: peer, store, nowNs: atNs }: NoticesOf,
): Promise<Extract<Change, { kind: "message" }>[]> {
  const told = new Map(outs.flatMap((out) => {
    const notice = noticeOf(out);
    return notice === undefined ? [] : [[notice.id, notice]];
  }));
  const changes: Extract<Change, { kind: "message" }>[] = [];
  for (const [id, { body, reason }] of told) {
    if (await store.seen.check(peer, "in", id, body) !== "new") continue;
    const form = "text" as const;
    changes.push({
      kind: "message",
      message: { peer, direction: "in", id, body, atNs, state: "received", form, via: "group", reason },
    });
  }
  return changes;
}

/** Named after whom it is about, as messages are after their writers. */
function noticeOf(out: GroupOut): { id: string; body: string; reason: string } | undefined {
  if (out.kind === "restarted") {
    const { author, inc } = out;
    return {
      id: `${author}/restarted/${inc}`,
      body: "restarted without what it had said before: its state was lost, or is an older one",
      reason: "restarted",
    };
  }
  if (out.kind !== "forked") return undefined;
  const { author, place: { inc, seq } } = out;
  return {
    id: `${author}/forked/${inc}/${seq}`,
    body: `said two different things under one number (${seq}): the proof is kept`,
    reason: "forked",
  };
}
