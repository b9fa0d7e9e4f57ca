/**
 * Who has which of our messages, as far as we know since this program began.
 *
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { OwnerAge } from "../../../group/roster/old_owner.ts";
import type { Clock } from "../../../sys/clock.ts";
import { formatGoTime } from "../../../wire/go_time.ts";
import type { GroupEvidence } from "../groups.ts";

/** Messages that are remembered. */
const MAX_MESSAGES = 1000;

/** Names a message of ours, by its tail: an old founder publishes it under a counter of its own. */
export const saidIn = (tail: string): string => tail.split("/", 2).join("/");

/**
 * What it says that somebody has fetched a leaf of ours; undefined: nothing, for everybody reads a group in clear. Who is
 * in where the founder's program is an old one nobody knows.
 */
export function takenBy(
  room: {
    readonly extra: { readonly holder: string };
    readonly ownerAge: OwnerAge;
    isMember(pk: PublicKeyHex): boolean;
  },
  reader: PublicKeyHex,
): "fetched" | "held" | undefined {
  if (reader === room.extra.holder) return "held";
  return room.isMember(reader) || room.ownerAge !== "newer" ? "fetched" : undefined;
}

/** What is known, and who waits for more. */
export class Evidence {
  readonly #known = new Map<string, Map<PublicKeyHex, GroupEvidence>>();
  readonly #waiting = new Set<{ said: string; look: () => void; end: () => void }>();
  #isClosed = false;

  /** Nothing is known. */
  constructor(private readonly clock: Clock) {}

  /** Whether nobody waits any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whoever waits is told what is known now. */
  close(): void {
    this.#isClosed = true;
    for (const { end } of this.#waiting) end();
  }

  /** Learns that somebody has a message; the first way in which we learn it stays. */
  add(tail: string, pk: PublicKeyHex, by: GroupEvidence["by"]): void {
    const said = saidIn(tail);
    const who = this.#known.get(said) ?? new Map<PublicKeyHex, GroupEvidence>();
    if (who.has(pk)) return;
    who.set(pk, { pk, by, ts: formatGoTime(this.clock.wallNs()) });
    this.#known.set(said, who);
    if (this.#known.size > MAX_MESSAGES) this.#known.delete(this.#known.keys().next().value!);
    for (const waiting of this.#waiting) if (waiting.said === said) waiting.look();
  }

  /** Who has a message. */
  of(tail: string): GroupEvidence[] {
    return [...this.#known.get(saidIn(tail))?.values() ?? []];
  }

  /** Waits until enough is known of a message, or a time has passed, or the signal, or the end. Never rejects. */
  wait(tail: string, isEnough: () => boolean, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (isEnough() || this.#isClosed || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.clock.after(timeoutMs, () => end());
      const end = (): void => {
        this.#waiting.delete(waiting);
        cancel();
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const waiting = { said: saidIn(tail), look: () => isEnough() && end(), end };
      this.#waiting.add(waiting);
      signal?.addEventListener("abort", end, { once: true });
    });
  }
}
