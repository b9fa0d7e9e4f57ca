/**
 * Keeps one conversation's overlays up to its log. When what folds make has changed, or changes of the log were
 * missed, all is made anew beside the old rows, a part at a time, while these still serve.
 *
 * @see lib/overlay/README.md "Generations"
 * @module
 */
import type { Kept } from "./entry.ts";
import { OverlayEngine } from "./engine.ts";
import { FORMER_LAYOUTS, type Generation, type KeeperState, LAYOUT, VERSION } from "./generation.ts";
import type { Scope } from "./names.ts";
import type { PageWrite } from "./pages.ts";

/** Pages that wait in memory before they are written, in one commit. Fewer would be written again more often, more are memory. */
const FLUSH_PAGES = 48;
/** Messages that are in what serves and not written down: the log has them, so what is killed folds them again. */
export const FOLLOWED = 64;
/** Bytes of a commit. */
const COMMIT_BYTES = 400_000;
/** A cursor that has come so much further is written for its own sake; behind it little is looked at again. */
const CURSORS = 100;
/** Messages that a part of the work takes: read together, so four times as many are 8 MiB more while rows are made. */
const PART = 32;

/** The conversation and the place for its rows. */
export interface KeeperPorts {
  /** Two people or a group. */
  readonly scope: Scope;
  /** Of this store alone, 16 bytes. */
  readonly salt: Uint8Array;
  /** Reads a page. */
  readonly page: (generation: number, name: string) => Promise<Uint8Array | undefined>;
  /** Writes pages of a generation and the state, all or nothing. */
  readonly write: (generation: number, pages: readonly PageWrite[], state: KeeperState) => Promise<void>;
  /** The position of the newest message, 0 without one. */
  readonly last: () => Promise<number>;
  /** Messages behind a position that count, at most so many positions on, oldest first. */
  readonly behind: (position: number, limit: number) => Promise<Kept[]>;
  /** What the log says at a position; undefined: nothing that counts. */
  readonly at: (position: number) => Promise<Kept | undefined>;
}

/** How far a new generation is. */
export interface Progress {
  /** Messages that are in it. */
  readonly done: number;
  /** Messages that there are. */
  readonly total: number;
}

interface Open {
  generation: Generation;
  readonly engine: OverlayEngine;
}

/** One conversation. Its calls must not overlap; after an error another one is opened on the state that was kept. */
export class Keeper {
  readonly #ports: KeeperPorts;
  #state: KeeperState;
  #live: Open | undefined;
  #next: Open | undefined;
  /** Up to where each generation is written down, by its number. */
  readonly #written = new Map<number, number>();
  #writtenCursor: number;

  /** Goes on where it stood. @param state  What was kept; left out: nothing yet. */
  constructor(ports: KeeperPorts, state: KeeperState = { old: [], cursor: 0 }) {
    this.#ports = ports;
    const { live, torn, old } = state;
    const isOfUse = live !== undefined && live.layout === LAYOUT && !torn;
    this.#state = isOfUse || live === undefined ? state : { ...state, live: undefined, old: [...old, live] };
    this.#live = isOfUse ? this.#open(live) : undefined;
    const { next } = this.#state;
    if (next !== undefined && (next.layout !== LAYOUT || next.version !== VERSION || torn)) {
      this.#state = { ...this.#state, next: undefined, old: [...this.#state.old, next] };
    } else if (next !== undefined) this.#next = this.#open(next);
    this.#state = { ...this.#state, torn: undefined };
    for (const open of [this.#live, this.#next]) {
      if (open !== undefined) this.#written.set(open.generation.number, open.generation.upTo);
    }
    this.#writtenCursor = state.cursor;
    if (this.#next === undefined && this.#live?.generation.version !== VERSION) this.renew();
  }

  /** The rows to read; undefined: none yet, {@link Keeper.build} makes them. */
  get engine(): OverlayEngine | undefined {
    return this.#live?.engine;
  }

  /** The caller's own. */
  get cursor(): number {
    return this.#state.cursor;
  }

  /** How far a new generation is; undefined: none is being made. */
  async progress(): Promise<Progress | undefined> {
    return this.#next && { done: this.#next.generation.upTo, total: await this.#ports.last() };
  }

  /** Makes everything anew: changes may have been missed. */
  renew(): void {
    const { live, next, old } = this.#state;
    const number = Math.max(0, ...[live, next, ...old].map((one) => one?.number ?? 0)) + 1;
    const fresh = { number, layout: LAYOUT, version: VERSION, upTo: 0, head: { tops: {}, nowMs: 0 } };
    this.#state = { ...this.#state, next: fresh, old: next === undefined ? old : [...old, next] };
    this.#next = this.#open(fresh);
  }

  /** Takes changes of messages at positions, and whatever is new; and the time. */
  async catchUp(changed: Iterable<number>, cursor: number, nowMs: number): Promise<void> {
    const positions = new Set(changed);
    for (const open of [this.#live, this.#next]) {
      if (open === undefined) continue;
      open.engine.tick(nowMs);
      for (const position of positions) {
        if (position > open.generation.upTo) continue;
        await open.engine.set(position, await this.#ports.at(position));
        await this.#flushIf(open, FLUSH_PAGES);
      }
    }
    this.#state = { ...this.#state, cursor };
    if (this.#live !== undefined) { while (await this.#advance(this.#live)); }
    for (const open of [this.#live, this.#next]) if (open !== undefined) await this.#work(open);
    // What went from the log goes from what is kept at once; what is new can be folded again.
    if (positions.size > 0 || this.#isFarBehind()) await this.flush();
  }

  /** Writes down what waits. What was not is folded again from the log by the next one that opens this. */
  async flush(): Promise<void> {
    for (const open of [this.#live, this.#next]) if (open !== undefined) await this.#settle(open);
  }

  #isFarBehind(): boolean {
    const { live } = this.#state;
    return live === undefined || this.#live!.generation.upTo - live.upTo >= FOLLOWED ||
      this.#state.cursor - this.#writtenCursor >= CURSORS;
  }

  /** Does a part of making a new generation, or of dropping an old one. @returns Whether there is more. */
  async build(): Promise<boolean> {
    const next = this.#next;
    if (next === undefined) return await this.#dropOld();
    if (await this.#advance(next)) return true;
    for (const [root, position] of await (this.#live ?? this.#former())?.engine.marks() ?? []) {
      await next.engine.markThread(root, position);
      await this.#flushIf(next, FLUSH_PAGES);
    }
    if (this.#live !== undefined) await next.engine.thin(await this.#live.engine.interval());
    await this.#settle(next);
    const { live, old } = this.#state;
    this.#live = next;
    this.#next = undefined;
    this.#state = {
      ...this.#state,
      live: next.generation,
      next: undefined,
      old: live === undefined ? old : [...old, live],
    };
    await this.#ports.write(next.generation.number, [], this.#state);
    return this.#state.old.length > 0;
  }

  /** The user has read a thread up to a position. */
  async markThread(root: string, position: number): Promise<void> {
    await this.#tell((engine) => engine.markThread(root, position));
  }

  /** Of each widget one value in so many milliseconds is kept. */
  async thin(intervalMs: number): Promise<void> {
    if (await this.engine?.interval() !== intervalMs) await this.#tell((engine) => engine.thin(intervalMs));
  }

  /** What is no message is told to what serves and to what is being made. */
  async #tell(tell: (engine: OverlayEngine) => Promise<void>): Promise<void> {
    for (const open of [this.#live, this.#next]) {
      if (open === undefined) continue;
      await tell(open.engine);
      await this.#settle(open);
    }
  }

  /** Rows of a layout before this one: they serve nobody any more, but say what was read. */
  #former(): Open | undefined {
    const former = this.#state.old.findLast(({ layout }) => FORMER_LAYOUTS.includes(layout));
    return former && this.#open(former);
  }

  #open(generation: Generation): Open {
    const { scope, salt, page, at } = this.#ports;
    const read = (name: string): Promise<Uint8Array | undefined> => page(generation.number, name);
    return { generation, engine: new OverlayEngine({ scope, salt, read, log: at, head: generation.head }) };
  }

  /** Takes the next messages. @returns Whether there are more. */
  async #advance(open: Open): Promise<boolean> {
    const last = await this.#ports.last();
    const { upTo } = open.generation;
    if (upTo >= last) return false;
    for (const kept of await this.#ports.behind(upTo, PART)) {
      await open.engine.set(kept.position, kept);
      open.generation = { ...open.generation, upTo: kept.position };
      await this.#flushIf(open, FLUSH_PAGES);
    }
    open.generation = { ...open.generation, upTo: Math.min(last, upTo + PART) };
    return true;
  }

  async #settle(open: Open): Promise<void> {
    await this.#work(open);
    await this.#flushIf(open, 0);
  }

  /** Does all that messages have left to do. */
  async #work(open: Open): Promise<void> {
    while (await open.engine.step()) await this.#flushIf(open, FLUSH_PAGES);
  }

  async #flushIf(open: Open, pages: number): Promise<void> {
    if (open.engine.waiting < pages) return;
    const writes = open.engine.take();
    open.generation = { ...open.generation, head: open.engine.head };
    const isLive = open === this.#live;
    this.#state = { ...this.#state, [isLive ? "live" : "next"]: open.generation };
    const { number, upTo } = open.generation;
    const isNews = this.#written.get(number) !== upTo ||
      this.#state.cursor - this.#writtenCursor >= CURSORS;
    if (writes.length === 0 && !isNews) return;
    this.#written.set(number, upTo);
    this.#writtenCursor = this.#state.cursor;
    const commits = inCommits(writes);
    for (const [i, some] of commits.entries()) {
      const isLast = i === commits.length - 1;
      await this.#ports.write(
        open.generation.number,
        some,
        isLast ? this.#state : { ...this.#state, torn: true },
      );
    }
  }

  async #dropOld(): Promise<boolean> {
    const [oldest, ...others] = this.#state.old;
    if (oldest === undefined) return false;
    let pages: PageWrite[] = [];
    const drop = async (): Promise<void> => {
      await this.#ports.write(oldest.number, pages, this.#state);
      pages = [];
    };
    if (oldest.layout === LAYOUT || FORMER_LAYOUTS.includes(oldest.layout)) {
      for await (const name of this.#open(oldest).engine.pageNames()) {
        pages.push({ name, value: undefined });
        if (pages.length >= 200) await drop();
      }
    }
    this.#state = { ...this.#state, old: others };
    await drop();
    return others.length > 0;
  }
}

/** Writes in parts that fit a commit each; at least one, be it empty. */
function inCommits(writes: readonly PageWrite[]): PageWrite[][] {
  const commits: PageWrite[][] = [[]];
  let bytes = 0;
  for (const write of writes) {
    const size = write.value?.length ?? 0;
    if (bytes + size > COMMIT_BYTES && bytes > 0) {
      commits.push([]);
      bytes = 0;
    }
    bytes += size;
    commits[commits.length - 1].push(write);
  }
  return commits;
}
