/**
 * A message of ours on its way to a peer: what is known of it between two attempts, and what an attempt can bring.
 *
 * @see lib/app/README.md "A lane"
 * @module
 */
import type { Attempt, Next } from "../../chat/outbox.ts";
import type { MessageState, StoredMessage } from "../../store/store.ts";

/** How long a later attempt waits for its ack (specification skychat §a.3 "Receipts without blocking"). */
export const RETRY_WAIT_MS = 20_000;
/** The due time of an entry that is not to be tried again: a message that is being sent without a queue. */
export const DIRECT_NS: bigint = 1n << 62n;
/** What carries a message: port 1 or port 9001. */
export type Carry = (
  message: StoredMessage,
  options: {
    /** For the ack; 0 waits only until the next hop has it. */
    readonly waitMs: number;
    /** Awaited before the write; nothing is written when it throws. */
    readonly beforeWrite: () => Promise<void>;
    /** The message may have left from now on. */
    readonly onWritten: () => void;
  },
) => Promise<Carried>;

/** Where a message went. */
export type Carried =
  | { readonly kind: "acked"; readonly once: boolean }
  | { readonly kind: "handed-over" }
  | { readonly kind: "unanswered"; readonly reason: string };

/** What became of a message for those who wait for it. */
export interface Settled {
  /** What follows. */
  readonly next: Next;
  /** Why nothing was written. */
  readonly error?: Error;
}

/** A message in a lane. */
export interface Job {
  /** Which message. */
  readonly position: number;
  /** `queued`: until it arrives; `direct`: one attempt; `again`: one more attempt, asked for by hand. */
  readonly kind: "queued" | "direct" | "again";
  /** When it was kept, by `Store.passedNs`. */
  readonly addedNs: bigint;
  /** When it is tried next; counts for `queued` only. */
  dueNs: bigint;
  /** Attempts so far. */
  attempts: number;
  /** Whether it may have left. */
  written: boolean;
  /** Whether a program that has ended may have written it: it was found so, and its peer keeps one copy. */
  readonly isDoubtful?: boolean;
  /** The state that the store has. */
  state: MessageState;
  /** Bytes of its body. */
  readonly bytes: number;
  /** For the ack of the next attempt. */
  waitMs: number;
  /** The message itself; read from the store when it is not here. */
  message?: StoredMessage;
  /** Whether an attempt is under way. */
  away?: boolean;
  /** The attempt under way was planned for later, then: nanoseconds since 1970. */
  plannedNs?: bigint;
  /** How often the lane had been woken when that began. */
  wakes?: number;
  /** That attempt has failed, and what follows is not kept yet. Later ones must not overtake it meanwhile. */
  failing?: boolean;
}

/** Whether nobody can say that it never left. */
export const mayHaveLeft = ({ written, isDoubtful = false }: Job): boolean => written || isDoubtful;

/** What an attempt has brought. */
export type Tried =
  | (Attempt & { readonly once?: boolean; readonly error?: Error })
  | { readonly kind: "gone" }
  | { readonly kind: "too old" };
