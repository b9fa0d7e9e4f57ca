/**
 * What has changed in authors' threads, told once: to be kept, who went on without its state, and who is proven to
 * have lied.
 *
 * @see lib/group/README.md "Threads", "Forks"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { GroupState } from "../group_state.ts";
import type { GroupOut } from "../group_types.ts";
import { NOWHERE } from "./thread.ts";

/** What others say to have seen is written down once in so many ticks: they say it again, and it is only a hint. */
const CLAIM_TICKS = 10;

/** The news of one group. */
export class ThreadNews {
  readonly #restarts = new Map<PublicKeyHex, number>();
  #ticks = 0;

  /** What was kept is no news. */
  constructor(private readonly state: GroupState) {
    for (const author of state.ledger.authors()) this.#restarts.set(author, this.#restartsOf(author));
  }

  /** What is new; proofs go into our feed too, so that everybody gets them. */
  tell(outs: GroupOut[], isTick: boolean): void {
    const { feed, governor, ledger } = this.state;
    for (const { author, value } of ledger.takeChanges(isTick && this.#ticks++ % CLAIM_TICKS === 0)) {
      outs.push({ kind: "ledger", author, value });
      const restarts = this.#restartsOf(author);
      if (restarts > (this.#restarts.get(author) ?? 0)) {
        const inc = ledger.of(author)?.state.newest?.inc ?? NOWHERE.inc;
        outs.push({ kind: "restarted", author, inc });
      }
      this.#restarts.set(author, restarts);
    }
    for (const { fork, path, value } of ledger.takeForks()) {
      if (!governor.roster.memberSpans.has(fork.author)) continue;
      feed.replace(path, value);
      outs.push({ kind: "forked", author: fork.author, place: { inc: fork.inc, seq: fork.seq } });
    }
  }

  #restartsOf(author: PublicKeyHex): number {
    return this.state.ledger.of(author)?.restarts() ?? 0;
  }
}
