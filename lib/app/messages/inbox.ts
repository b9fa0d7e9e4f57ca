/**
 * What a peer has said on one connection and what is not kept yet, in the order in which it was said. Messages that
 * came together are kept together: one commit of a store costs much the same for one message and for a hundred.
 *
 * @see lib/app/README.md "What arrives"
 * @module
 */
import type { Received, ReceivedMessage } from "../../chat/link_types.ts";

/** Messages that are handed over at once, at most. */
const MAX_BURST = 128;
/** Characters of them: whatever they are and however they are stored, a burst fits one commit. One message always may. */
const MAX_BURST_CHARS = 65_536;

/** Whether a message is kept; `failed`: it could not be, though it may be when it comes again. */
export type Kept = boolean | "failed";

/** What a peer says about a message, other than its ack in time. */
export type Notice =
  /** Its user has seen our message. */
  | { readonly kind: "read"; readonly id: string }
  /** It takes its own message back. */
  | { readonly kind: "deleted"; readonly id: string }
  /** An ack that nobody waits for any more. */
  | { readonly kind: "late-ack"; readonly id: string; readonly once: boolean };

/** Who takes what is said. */
export interface InboxTakers {
  /**
   * Runs work when all that was given before is over, also by other inboxes: nothing of it inside the call. Its failure is
   * the caller's.
   */
  readonly turn: (work: () => Promise<void>) => Promise<void>;
  /**
   * Keeps messages, one burst after the other.
   * @returns An answer for each. After one that `failed`, messages that ask for an ack must not be kept: their sender
   * writes all of them again, in order. When it throws, none is kept.
   */
  readonly keep: (burst: readonly ReceivedMessage[]) => readonly Kept[] | Promise<readonly Kept[]>;
  /** Hears notices in turn with the messages: a retraction may be of the one right before. */
  readonly notice?: (notice: Notice) => void | Promise<void>;
  /** Told what became of each message. */
  readonly answer: (token: number, kept: boolean) => void;
  /** Told once, when a message has failed. */
  readonly onLost: () => void;
}

/** What waits. */
type Said = Received | { readonly kind: "notice"; readonly notice: Notice };

/** One connection's inbox. */
export class Inbox {
  readonly #takers: InboxTakers;
  #waiting: Said[] = [];
  #chars = 0;
  /** What waits has a turn that has not come yet. */
  #hasTurn = false;
  /** A message could not be kept. */
  #lost = false;
  #room: (() => void)[] = [];

  /** An empty one. */
  constructor(takers: InboxTakers) {
    this.#takers = takers;
  }

  /** Takes a message. */
  received(message: Received): void {
    this.#chars += sizeOf(message.message);
    this.#put(message);
  }

  /** Takes a notice. */
  noticed(notice: Notice): void {
    if (this.#takers.notice) this.#put({ kind: "notice", notice });
  }

  /**
   * Resolves when less than a burst waits: what comes while one is being kept makes the next one, and a flood slows
   * its sender down.
   */
  async room(): Promise<void> {
    while (this.#waiting.length >= MAX_BURST || this.#chars >= MAX_BURST_CHARS) {
      await new Promise<void>((resolve) => this.#room.push(resolve));
    }
  }

  #put(item: Said): void {
    this.#waiting.push(item);
    if (this.#hasTurn) return;
    this.#hasTurn = true;
    // It comes a moment later: what came in the same chunk is of the same burst.
    void this.#takers.turn(() => this.#run());
  }

  /** Takes what waits now. What comes meanwhile has a turn of its own, behind what has come elsewhere before. */
  async #run(): Promise<void> {
    this.#hasTurn = false;
    for (let left = this.#waiting.length; left > 0;) {
      const burst = this.#burst(left);
      left -= Math.max(1, burst.length);
      this.#wake();
      if (burst.length > 0) await this.#keep(burst);
      else await this.#next();
    }
  }

  /** Takes the messages at the head, so many at most; none when a notice stands there. */
  #burst(most: number): Received[] {
    const burst: Received[] = [];
    let chars = 0;
    for (const item of this.#waiting) {
      if (item.kind !== "received" || burst.length === Math.min(most, MAX_BURST)) break;
      chars += sizeOf(item.message);
      if (chars > MAX_BURST_CHARS && burst.length > 0) break;
      burst.push(item);
      this.#chars -= sizeOf(item.message);
    }
    this.#waiting.splice(0, burst.length);
    return burst;
  }

  /** Tells the notice at the head. */
  async #next(): Promise<void> {
    const item = this.#waiting.shift()!;
    if (item.kind !== "notice") return;
    try {
      await this.#takers.notice?.(item.notice);
    } catch { /* whoever takes notices reports its own failures */ }
  }

  async #keep(burst: readonly Received[]): Promise<void> {
    const { keep, answer, onLost } = this.#takers;
    const asked = burst.filter(({ message }) => !(this.#lost && message.wantsAck));
    const kept = new Map<Received, Kept>();
    try {
      const answers = asked.length > 0 ? await keep(asked.map(({ message }) => message)) : [];
      for (const [i, received] of asked.entries()) kept.set(received, answers[i]);
    } catch { /* none of them */ }
    for (const received of burst) answer(received.token, kept.get(received) === true);
    if (this.#lost || ![...kept.values()].includes("failed")) return;
    this.#lost = true;
    onLost();
  }

  #wake(): void {
    for (const resolve of this.#room.splice(0)) resolve();
  }
}

/** Characters that a message brings. */
const sizeOf = ({ body, id = "", replyTo = "" }: ReceivedMessage): number =>
  body.length + id.length + replyTo.length;
