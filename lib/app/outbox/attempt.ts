/**
 * One attempt to take a message to its peer.
 *
 * @see lib/app/README.md "A lane"
 * @module
 */
import { isTooOld } from "../../chat/outbox.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Store } from "../../store/store.ts";
import { NetworkError } from "../../wire/errors.ts";
import type { Carry, Job, Tried } from "./job.ts";
import type { PeerBook } from "../peers/peer_book.ts";

/** The message was taken back or forgotten. */
class Gone extends Error {}

/** What an attempt works with. */
export interface AttemptParts {
  /** Where the messages are. */
  readonly store: Store;
  /** What is known of the peer. */
  readonly book: PeerBook;
  /** Wall time, and time that only passes. */
  readonly clock: Pick<Clock, "wallNs" | "nowMs">;
  /** Takes a message to the peer. */
  readonly carry: Carry;
  /** How long a queued message is tried, nanoseconds; 7 days by default. Read anew each time. */
  readonly outbox?: { readonly ageNs: bigint };
}

/** What may have changed for a job while its connection was made; asked right before the write. */
export type Standing = () => "goes" | "taken back" | "overtakes";

/**
 * Makes one attempt.
 * @param standing  A job that was taken back, or that would overtake one that has just failed, is not written.
 * @param onWritten  The message may have left from now on.
 * @returns What it brought; failures of the network are results.
 */
export async function attempt(
  parts: AttemptParts,
  peer: PublicKeyHex,
  job: Job,
  standing: Standing,
  onWritten: () => void,
): Promise<Tried> {
  const { store, book, carry } = parts;
  let written = false;
  try {
    const message = job.message ?? await store.messages.get(peer, job.position);
    if (!message || message.state === "deleted") return { kind: "gone" };
    if (job.kind === "queued" && isTooOld(job, store.passedNs(), parts.outbox?.ageNs)) {
      return { kind: "too old" };
    }
    if ((await book.get(peer)).blocked) return { kind: "unwritten", reason: "blocked", retry: true };
    return await carry(message, {
      waitMs: job.waitMs,
      beforeWrite: async () => {
        const now = standing();
        if (now === "taken back") throw new Gone();
        if (now === "overtakes") throw unsent(peer);
        await mark(parts, peer, job);
      },
      onWritten: () => {
        written = true;
        onWritten();
      },
    });
  } catch (cause) {
    const error = cause as Error;
    if (error instanceof Gone) return { kind: "gone" };
    if (written) return { kind: "unanswered", reason: error.message };
    return { kind: "unwritten", reason: error.message, retry: passes(error), error };
  }
}

/**
 * Whether a message that waits is tried again. Our own end is no reason to give it up, and neither is a network that
 * answers with what no discovery says, such as the page of a hotel that wants a login: asking once more right now would
 * not help, but it passes.
 */
const passes = (error: Error): boolean =>
  !(error instanceof NetworkError) || error.retry || ["closed", "no-network"].includes(error.reason);

/** What a crash during the write must find in the store. A peer that keeps one copy needs no mark. */
async function mark({ store, book }: AttemptParts, peer: PublicKeyHex, job: Job): Promise<void> {
  const { position, kind } = job;
  const state = kind === "queued" ? "sent" : "unconfirmed";
  if (kind === "direct" || job.written || job.state === state) return;
  if (kind === "queued" && (await book.get(peer)).once) return;
  const result = await store.commit([{ kind: "state", peer, position, state }]);
  if (!result.ok) throw new Gone();
  job.state = state;
}

const unsent = (peer: PublicKeyHex): NetworkError =>
  new NetworkError(`Cannot send to ${peer}: the connection ended`, { retry: true, reason: "unreachable" });
