/**
 * A conversation whose overlays are followed message by message, with rows that lie in memory, so that only our own work
 * is measured.
 *
 * @module
 */
import { cpuUsage } from "node:process";
import type { OverlayEngine } from "../lib/overlay/engine.ts";
import type { Kept } from "../lib/overlay/entry.ts";
import type { KeeperState } from "../lib/overlay/generation.ts";
import { Keeper, type KeeperPorts } from "../lib/overlay/keeper.ts";

/** Who writes all messages. */
export const AUTHOR = `02${"ab".repeat(32)}`;

/** Bytes of a segment, and what places are a multiple of. */
const [SEGMENT, UNIT] = [2 ** 22, 256];

/** Where a value lies: the number of its segment, where in it, and how long it is. */
type Place = readonly [segment: number, at: number, length: number];

/**
 * Bytes by name in a few long arrays: some 100,000 arrays in their place would be swept again and again while we measure,
 * and one that grows would be copied. What is free is used again, as a disk's is.
 */
class Disk {
  readonly #segments: Uint8Array[] = [];
  #end = SEGMENT;
  readonly #places = new Map<string, Place>();
  readonly #free = new Map<number, Place[]>();

  write(name: string, value: Uint8Array | undefined): void {
    const old = this.#places.get(name);
    if (old !== undefined && (value === undefined || unitsOf(old[2]) !== unitsOf(value.length))) {
      const free = this.#free.get(unitsOf(old[2])) ?? [];
      free.push(old);
      this.#free.set(unitsOf(old[2]), free);
      this.#places.delete(name);
    }
    if (value === undefined) return;
    const [segment, at] = this.#places.get(name) ?? this.#free.get(unitsOf(value.length))?.pop() ??
      this.#fresh(unitsOf(value.length) * UNIT);
    this.#segments[segment].set(value, at);
    this.#places.set(name, [segment, at, value.length]);
  }

  read(name: string): Uint8Array | undefined {
    const place = this.#places.get(name);
    return place && this.#segments[place[0]].subarray(place[1], place[1] + place[2]);
  }

  *[Symbol.iterator](): Generator<[name: string, value: Uint8Array]> {
    for (const name of this.#places.keys()) yield [name, this.read(name)!];
  }

  #fresh(bytes: number): Place {
    if (this.#end + bytes > SEGMENT) {
      this.#segments.push(new Uint8Array(SEGMENT).fill(1)); // its memory is there before anything is measured
      this.#end = 0;
    }
    this.#end += bytes;
    return [this.#segments.length - 1, this.#end - bytes, 0];
  }
}

const unitsOf = (bytes: number): number => Math.ceil(bytes / UNIT);

/** What follows a conversation, and where its rows lie. */
export class Followed {
  /** Where rows lie, by their names. */
  readonly disk = new Disk();
  readonly #first: (i: number) => string;
  readonly #said: string[] = [];
  #size = 0;
  #reads = 0;
  #state: KeeperState | undefined;
  readonly #ports: KeeperPorts = {
    scope: "person",
    salt: new Uint8Array(16),
    page: (_, name) => (this.#reads++, Promise.resolve(this.disk.read(name))),
    write: (_, pages, state) => {
      for (const { name, value } of pages) this.disk.write(name, value);
      this.#state = state;
      return Promise.resolve();
    },
    last: () => Promise.resolve(this.length),
    behind: (position, limit) => {
      const kept: Kept[] = [];
      for (let i = position; i < Math.min(this.length, position + limit); i++) kept.push(this.#kept(i));
      return Promise.resolve(kept);
    },
    at: () => Promise.resolve(undefined),
  };
  #keeper = new Keeper(this.#ports);

  /** Nothing was said yet. @param first  The body of each message that {@link Followed.growTo} has said, by its number from 0. */
  constructor(first: (i: number) => string) {
    this.#first = first;
  }

  /** Messages that there are. */
  get length(): number {
    return this.#size + this.#said.length;
  }

  /** Has so many messages, all of them folded and written down; before anything else. */
  async growTo(size: number): Promise<this> {
    this.#size = size;
    await this.#keeper.catchUp([], 0, 0);
    while (this.#keeper.engine === undefined) await this.#keeper.build();
    await this.#keeper.flush();
    return this;
  }

  /** What a message more takes, ms of the processor, of a batch each of which is followed as it comes; all are written down in the end. */
  async batch(bodies: readonly string[]): Promise<number> {
    const before = cpuUsage();
    for (const body of bodies) {
      this.#said.push(body);
      await this.#keeper.catchUp([], 0, 0);
    }
    await this.#keeper.flush();
    const { user, system } = cpuUsage(before);
    return (user + system) / 1000 / bodies.length;
  }

  /** Pages that are read when nothing is in memory. */
  async pages(run: (engine: OverlayEngine) => Promise<unknown>): Promise<number> {
    await this.#keeper.flush();
    this.#keeper = new Keeper(this.#ports, this.#state);
    const before = this.#reads;
    await run(this.#keeper.engine!);
    return this.#reads - before;
  }

  #kept(i: number): Kept {
    const body = i < this.#size ? this.#first(i) : this.#said[i - this.#size];
    return { position: i + 1, author: AUTHOR, own: false, body, atMs: 0 };
  }
}
