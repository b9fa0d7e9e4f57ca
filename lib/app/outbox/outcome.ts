/**
 * What became of an attempt, as the store has it.
 *
 * @module
 */
import { afterAttempt, gaveUp, type Next } from "../../chat/outbox.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Change, MessageState } from "../../store/store.ts";
import type { Random } from "../../sys/random.ts";
import type { AttemptParts } from "./attempt.ts";
import { type Job, mayHaveLeft, type Tried } from "./job.ts";
import type { PeerBook } from "../peers/peer_book.ts";

/** From these states an ack or a hand-over moves a message on; `read` is further than both. */
const UNREAD: readonly MessageState[] = ["pending", "sent", "unconfirmed", "failed", "cancelled"];

/** Somebody did not want it any more. */
export const takenBack: Next = { kind: "over", state: "failed", reason: "it was taken back" };

/**
 * Keeps an outcome, and the state that the job has then. A store that fails leaves the older state: after a restart the
 * message is judged again.
 * @param facts  Kept with it: what the attempt has taught about the peer.
 * @throws What the store throws.
 */
export async function keepOutcome(
  book: PeerBook,
  peer: PublicKeyHex,
  job: Job,
  next: Next,
  facts: readonly Change[],
): Promise<void> {
  const at = { peer, position: job.position };
  if (next.kind === "later") {
    const state = next.written ? "sent" : "pending";
    const { dueNs, attempts } = next;
    const moved: Change[] = job.state === state ? [] : [{ kind: "state", ...at, state }];
    await book.commit([{ kind: "queue", ...at, dueNs, attempts }, ...moved]);
    job.state = state;
    return;
  }
  const reason = next.kind === "over" ? { reason: next.reason } : {};
  const state: Change = { kind: "state", ...at, state: next.state, from: UNREAD, ...reason };
  const unqueue: Change[] = job.kind === "again" ? [] : [{ kind: "unqueue", ...at }];
  const result = await book.commit([state, ...unqueue, ...facts]);
  // Read before its ack was handled, or taken back meanwhile: only the entry goes.
  if (!result.ok) await book.commit(unqueue);
  if (!result.ok && facts.length > 0) await book.commit(facts);
}

/** What follows from an attempt. */
export async function nextOf(
  { book, clock, random, store, outbox }: AttemptParts & { readonly random: Random },
  peer: PublicKeyHex,
  job: Job,
  tried: Exclude<Tried, { kind: "gone" }>,
): Promise<Next> {
  const maxAgeNs = outbox?.ageNs;
  if (tried.kind === "too old") return gaveUp(mayHaveLeft(job), maxAgeNs);
  // Only what had no answer asks for it; a peer that nobody can be sure of counts as one that shows a repeat.
  const once = tried.kind === "unanswered" && ((await book.get(peer).catch(() => undefined))?.once ?? false);
  const { plannedNs } = job;
  const now = { nowNs: clock.wallNs(), passedNs: store.passedNs(), fraction: random.fraction() };
  const facts = { once, ...now, plannedNs, maxAgeNs };
  const next = afterAttempt({ ...job, queued: job.kind === "queued" }, tried, facts);
  return next.kind === "over" && mayHaveLeft(job) ? { ...next, state: "unconfirmed" } : next;
}
