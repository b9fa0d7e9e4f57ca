/**
 * What bots and commands are given at random, and the mark that is kept of it.
 *
 * @module
 */
import fc from "fast-check";
import type { Mark } from "../../../lib/bot/inbox.ts";

/** Who sends messages. */
export const PEERS = ["alice", "bob", "carol"];
/** An event: of whom, or of nobody. */
export const event = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...PEERS) },
  { weight: 2, arbitrary: fc.constant(undefined) },
);

/** The file with the mark. */
export class Kept {
  /** What it says now. */
  mark: Mark = { cursor: 0, done: [] };
  /** Writes under way that a test ends. */
  readonly writes: (() => void)[] = [];

  /** Writes it, when a test lets it. @param life  Of the program; a dead one writes nothing. */
  save(mark: Mark, life: { isDead: boolean }): Promise<void> {
    const text = JSON.stringify(mark);
    return new Promise((resolve) =>
      this.writes.push(() => {
        if (life.isDead) return;
        this.mark = JSON.parse(text);
        resolve();
      })
    );
  }

  /** What the mark says to be done, of all events. */
  says(cursor: number): boolean {
    const { mark: { cursor: upTo, done, to = 0, open = [] } } = this;
    return cursor <= upTo || done.includes(cursor) || cursor <= to && !open.includes(cursor);
  }
}
