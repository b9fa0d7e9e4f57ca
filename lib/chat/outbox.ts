/**
 * The retry plan of messages to one peer: what follows from an attempt, and from a restart.
 *
 * A message that certainly never left may be tried again with any peer. One that may have left is tried again only
 * with a peer that keeps one copy of an id (`once` in its acks); a classic peer would show it twice.
 *
 * @see lib/chat/README.md "Outbox"
 * @module
 */

/** The pause before the second attempt; it doubles from there. */
export const MIN_BACKOFF_MS = 5000;
/** The longest pause. */
export const MAX_BACKOFF_MS = 600_000;
/** How long a message is tried when nothing else is said, nanoseconds: 7 days. */
export const MAX_AGE_NS: bigint = 7n * 86_400_000_000_000n;
const DAY_NS = 86_400_000_000_000n;

/** A message that waits. */
export interface Waiting {
  /** Whether it is to be tried again; else one attempt decides. */
  readonly queued: boolean;
  /** When it was queued, by the time that passed while something ran ({@link PlanFacts.passedNs}). */
  readonly addedNs: bigint;
  /** Attempts so far. */
  readonly attempts: number;
  /** Whether an earlier attempt may have left. */
  readonly written: boolean;
}

/** How an attempt ended. */
export type Attempt =
  /** The peer has it. */
  | { readonly kind: "acked" }
  /** No ack was asked for, and the next hop has it. */
  | { readonly kind: "handed-over" }
  /** Certainly nothing left. `retry`: trying later can help. */
  | { readonly kind: "unwritten"; readonly reason: string; readonly retry: boolean }
  /** It may have arrived. */
  | { readonly kind: "unanswered"; readonly reason: string };

/** What follows. */
export type Next =
  | { readonly kind: "done"; readonly state: "received" | "sent" }
  /** `failed`: it never left; `unconfirmed`: it may have arrived, and only a hand may send it again. */
  | { readonly kind: "over"; readonly state: "failed" | "unconfirmed"; readonly reason: string }
  | {
    readonly kind: "later";
    /** Nanoseconds since 1970. */
    readonly dueNs: bigint;
    readonly attempts: number;
    /** Whether an attempt may have left. */
    readonly written: boolean;
    readonly reason: string;
  };

/** What the plan is told besides. */
export interface PlanFacts {
  /** Whether the peer keeps one copy of an id. */
  readonly once: boolean;
  /** Wall time, nanoseconds since 1970. */
  readonly nowNs: bigint;
  /** Time that passed while something ran, nanoseconds: what a message's age is measured by. */
  readonly passedNs: bigint;
  /** Of [0, 1): the jitter. */
  readonly fraction: number;
  /**
   * When the attempt had been planned, if it was made before that: something new was sent, or the peer gave a sign of
   * life. It changes nothing of the plan: what is new never lengthens a pause.
   */
  readonly plannedNs?: bigint;
  /** How long a message is tried, nanoseconds; {@link MAX_AGE_NS} by default. */
  readonly maxAgeNs?: bigint;
}

/**
 * What follows from an attempt.
 * @param waiting  As it was before the attempt.
 */
export function afterAttempt(waiting: Waiting, attempt: Attempt, facts: PlanFacts): Next {
  if (attempt.kind === "acked") return { kind: "done", state: "received" };
  if (attempt.kind === "handed-over") return { kind: "done", state: "sent" };
  const { reason } = attempt;
  const written = waiting.written || attempt.kind === "unanswered";
  const again = waiting.queued && (attempt.kind === "unwritten" ? attempt.retry : facts.once);
  if (!again) return { kind: "over", state: written ? "unconfirmed" : "failed", reason };
  const { plannedNs } = facts;
  const attempts = waiting.attempts + (plannedNs === undefined ? 1 : 0);
  const pauseNs = BigInt(Math.round(backoffMs(Math.max(1, attempts), facts.fraction) * 1e6));
  const dueNs = plannedNs ?? facts.nowNs + pauseNs;
  // A plan from before a jump of the wall clock is due now.
  const leftNs = dueAfterJumps(dueNs, facts.nowNs) - facts.nowNs;
  const atDueNs = facts.passedNs + (leftNs > 0n ? leftNs : 0n);
  if (isTooOld(waiting, atDueNs, facts.maxAgeNs)) return gaveUp(written, facts.maxAgeNs);
  return { kind: "later", dueNs, attempts, written, reason };
}

/** Whether a message has waited for so long that it is not tried any more. @param passedNs  As {@link PlanFacts}. */
export const isTooOld = (
  { addedNs }: Pick<Waiting, "addedNs">,
  passedNs: bigint,
  maxAgeNs: bigint = MAX_AGE_NS,
): boolean => passedNs - addedNs > maxAgeNs;

/**
 * When a message is tried next although the wall clock may have been set back since that was planned: no pause is
 * longer than {@link MAX_BACKOFF_MS}, so what lies further ahead is due now.
 * @param dueNs  As planned, nanoseconds since 1970.
 * @param nowNs  The wall clock, the same.
 */
export const dueAfterJumps = (dueNs: bigint, nowNs: bigint): bigint =>
  dueNs - nowNs > BigInt(MAX_BACKOFF_MS) * 1_000_000n ? nowNs : dueNs;

/** What becomes of a message that is too old. */
export const gaveUp = (
  written: boolean,
  maxAgeNs: bigint = MAX_AGE_NS,
): Extract<Next, { kind: "over" }> => ({
  kind: "over",
  state: written ? "unconfirmed" : "failed",
  reason: `it waited for ${maxAgeNs / DAY_NS} day${maxAgeNs / DAY_NS === 1n ? "" : "s"}`,
});

/**
 * The pause after some attempts: 5 s, 10 s, 20 s … 10 min, each shortened by up to a quarter, so that peers that
 * lost the same server don't come back in one moment.
 * @param attempts  1 or more.
 * @param fraction  Of [0, 1).
 * @returns Milliseconds.
 */
export function backoffMs(attempts: number, fraction: number): number {
  const fullMs = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** Math.min(attempts - 1, 30));
  return fullMs * (1 - fraction / 4);
}

/**
 * What becomes of a message that is found in the outbox at the start.
 * @param found.direct  It was sent without a queue: whether it was written is not known.
 * @param found.marked  It was marked before it was written.
 */
export function afterRestart(
  found: { readonly direct: boolean; readonly marked: boolean },
  once: boolean,
): "continue" | "unconfirmed" {
  return once || !(found.direct || found.marked) ? "continue" : "unconfirmed";
}
