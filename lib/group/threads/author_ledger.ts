/**
 * What is known of one author's thread: which leaves are here, which must exist, and how the runs of its program hang
 * together. Everything follows from the set of leaves that were noted and not from their order.
 *
 * @see lib/group/README.md "Threads"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { type Range, Ranges } from "./ranges.ts";
import { isSomewhere, NOWHERE, type Place, type Thread } from "./thread.ts";

/** Runs of one author that are remembered; of more, complete ones go, the first that came first. */
const MAX_RUNS = 256;
/** Leaves of one range of {@link AuthorLedger.retired}: an answer holds no more. */
const SOME = 64n;
/** Most ranges of it. */
const MAX_RETIRED = 32;

/** One run of an author's program. */
export interface Run {
  /** The last leaf of the run before, {@link NOWHERE} when there was none; undefined: no leaf of it is here. */
  after: Place | undefined;
  /** Numbers of the leaves that were noted. */
  readonly here: Ranges;
  /** What was taken back, here or not. */
  readonly removed: Ranges;
  /** The largest number that its author is known to have given. */
  last: bigint;
}

/** The newest leaf of an author. */
export interface Newest extends Place {
  /** 32 bytes. */
  readonly hash: Uint8Array;
  /** Its time, nanoseconds. */
  readonly tsNs: bigint;
}

/** Leaves that are not here. */
export interface Missing {
  /** Whose. */
  readonly author: PublicKeyHex;
  /** In which run of its program. */
  readonly inc: string;
  /** First number. */
  readonly from: bigint;
  /** Last number. */
  readonly to: bigint;
  /** Who says that they exist: the author, by its signature, or another member that says to have seen them. */
  readonly saidBy: PublicKeyHex;
}

/** All that an author's ledger holds. */
export interface LedgerState {
  /** By incarnation, in the order of their coming. */
  readonly runs: Map<string, Run>;
  /** All before it is retired. */
  floor: Place;
  /** The last leaf here that was said before we were in; {@link NOWHERE}: none. */
  early: Place;
  /** The last place that each other member says to have seen. */
  readonly claims: Map<PublicKeyHex, Place>;
  /** The newest leaf; undefined: none. */
  newest: Newest | undefined;
}

/** Nothing is known. */
const emptyState = (): LedgerState => ({
  runs: new Map(),
  floor: NOWHERE,
  early: NOWHERE,
  claims: new Map(),
  newest: undefined,
});

/** One author's thread, as it is known here. */
export class AuthorLedger {
  /** Whether the leaf that is being noted has changed anything. */
  #isNews = false;

  /** With what was kept. */
  constructor(readonly author: PublicKeyHex, readonly state: LedgerState = emptyState()) {}

  /** Whether a leaf was noted, or is known to be taken back. */
  has({ inc, seq }: Place): boolean {
    const run = this.state.runs.get(inc);
    return run !== undefined && (run.here.has(seq) || run.removed.has(seq));
  }

  /** Which leaves of a run were noted, of a range; undefined: nothing is known of the run. */
  here({ inc, from, to }: Pick<Missing, "inc" | "from" | "to">): Range[] | undefined {
    return this.state.runs.get(inc)?.here.within(from, to);
  }

  /** Whether a leaf was taken back. */
  isRemoved({ inc, seq }: Place): boolean {
    return this.state.runs.get(inc)?.removed.has(seq) ?? false;
  }

  /**
   * Notes a leaf of the author's, or a heartbeat.
   * @param hash  Its name, 32 bytes.
   * @param sinceNs  When we came in.
   * @returns Whether it says anything that was not known.
   */
  note(thread: Thread, hash: Uint8Array, tsNs: bigint, sinceNs = 0n): boolean {
    const { inc, seq, after, floor, removes } = thread;
    this.#isNews = false;
    if (isSomewhere(after)) this.#exists(after);
    if (isSomewhere(floor)) this.#raiseFloor(floor);
    if (isSomewhere(removes) && this.#exists(removes).removed.add(removes.seq)) this.#isNews = true;
    if (seq === 0n) return this.#isNews;
    const run = this.#exists(thread);
    if (run.here.add(seq) || run.after === undefined) this.#isNews = true;
    run.after ??= after;
    if (tsNs < sinceNs && this.#isBehind(thread, this.state.early)) this.state.early = { inc, seq };
    const { newest } = this.state;
    if (newest === undefined || tsNs > newest.tsNs || newest.inc === inc && seq > newest.seq) {
      this.state.newest = { inc, seq, hash, tsNs };
      this.#isNews = true;
    }
    this.#prune();
    return this.#isNews;
  }

  /** Another member says to have seen a leaf. @returns Whether that is later than what it said before. */
  claim(by: PublicKeyHex, { inc, seq }: Place): boolean {
    const before = this.state.claims.get(by);
    if (before?.inc === inc ? before.seq >= seq : this.#before(before?.inc ?? "").has(inc)) return false;
    this.state.claims.set(by, { inc, seq });
    return true;
  }

  /** What is not here, by the author's own word first. */
  missing(): Missing[] {
    const { runs, floor, claims } = this.state;
    const { author } = this;
    const retired = this.#before(floor.inc);
    const list: Missing[] = [];
    const add = (inc: string, gaps: readonly Range[], saidBy: PublicKeyHex): void => {
      for (const [from, to] of gaps) list.push({ author, inc, from, to, saidBy });
    };
    for (const [inc, run] of runs) {
      if (!retired.has(inc)) add(inc, this.#gaps(inc, run, 1n, run.last), author);
    }
    for (const [by, { inc, seq }] of claims) {
      const run = runs.get(inc);
      const last = run?.last ?? 0n;
      if (seq > last && !retired.has(inc)) add(inc, [[last + 1n, seq]], by);
    }
    return list;
  }

  /**
   * What the author has retired before it came here, and said while we were in: nobody misses it, but members may still have
   * it. Newest first, in ranges of one answer: what comes shows when we have all of our time.
   */
  retired(): Missing[] {
    const { runs, floor, early } = this.state;
    const { author } = this;
    const past = this.#before(early.inc);
    const list: Missing[] = [];
    for (const inc of [floor.inc, ...this.#before(floor.inc)]) {
      const run = runs.get(inc);
      if (run === undefined || past.has(inc)) break;
      const first = early.inc === inc ? early.seq + 1n : 1n;
      const gaps = this.#gapsIn(run, first, inc === floor.inc ? floor.seq - 1n : run.last);
      for (const [from, end] of gaps.reverse()) {
        for (let to = end; to >= from; to -= SOME) {
          list.push({ author, inc, from: to - SOME < from ? from : to - SOME + 1n, to, saidBy: author });
          // Before the first leaf here nobody knows whether more is of our time until some has come.
          if (list.length >= MAX_RETIRED || !this.#isOfOurTime(inc, from)) return list;
        }
      }
    }
    return list;
  }

  /** Whether it is known that all behind a place is of our time: a leaf from before it is here, whenever it was said. */
  #isOfOurTime(inc: string, seq: bigint): boolean {
    const { runs, early } = this.state;
    const isHereBefore = (runs.get(inc)?.here.within(1n, seq - 1n) ?? []).length > 0;
    return isSomewhere(early) || isHereBefore ||
      [...this.#before(inc)].some((before) => (runs.get(before)?.here.last ?? 0n) > 0n);
  }

  /** How often the author went on without what it had said before: its state was lost, or was an older one. */
  restarts(): number {
    const { runs } = this.state;
    const known = [...runs.values()].flatMap(({ after }) => after === undefined ? [] : [after]);
    const beginnings = known.filter((after) => !isSomewhere(after)).length;
    let restarts = Math.max(0, beginnings - 1);
    for (const [inc, { last }] of runs) {
      const next = known.filter((after) => isSomewhere(after) && after.inc === inc);
      const late = next.filter(({ seq }) => seq < last).length;
      restarts += late + Math.max(0, next.length - late - 1);
    }
    return restarts;
  }

  #gaps(inc: string, run: Run, from: bigint, to: bigint): Range[] {
    const { floor } = this.state;
    return this.#gapsIn(run, floor.inc === inc && floor.seq > from ? floor.seq : from, to);
  }

  /** What of a run is neither here nor taken back. */
  #gapsIn({ here, removed }: Run, from: bigint, to: bigint): Range[] {
    return here.gaps(from, to).flatMap(([a, b]) => removed.gaps(a, b));
  }

  /** A leaf exists, here or not. */
  #exists({ inc, seq }: Place): Run {
    let run = this.state.runs.get(inc);
    if (run === undefined) {
      run = { after: undefined, here: new Ranges(), removed: new Ranges(), last: 0n };
      this.state.runs.set(inc, run);
      this.#isNews = true;
    }
    if (seq > run.last) {
      run.last = seq;
      this.#isNews = true;
    }
    return run;
  }

  /** The floor only rises. */
  #raiseFloor(floor: Place): void {
    if (!this.#isBehind(floor, this.state.floor)) return;
    this.state.floor = floor;
    this.#isNews = true;
  }

  /** Whether a place comes behind another one: in its run, or in one that is not known to come before that. */
  #isBehind({ inc, seq }: Place, other: Place): boolean {
    return other.inc === inc ? seq > other.seq : !this.#before(other.inc).has(inc);
  }

  /** The runs before a run, as far as they are known. */
  #before(inc: string): Set<string> {
    const found = new Set<string>();
    for (let run = this.state.runs.get(inc); run?.after !== undefined && isSomewhere(run.after);) {
      if (found.has(run.after.inc)) break;
      found.add(run.after.inc);
      run = this.state.runs.get(run.after.inc);
    }
    return found;
  }

  #prune(): void {
    if (this.state.runs.size <= MAX_RUNS) return;
    const { newest } = this.state;
    for (const [inc, run] of this.state.runs) {
      const isWhole = run.after !== undefined && this.#gaps(inc, run, 1n, run.last).length === 0;
      if (inc === newest?.inc || !isWhole) continue;
      this.state.runs.delete(inc);
      break;
    }
    // An author that makes up runs pays with its own: the first that came goes.
    if (this.state.runs.size > MAX_RUNS) this.state.runs.delete(this.state.runs.keys().next().value!);
  }
}
