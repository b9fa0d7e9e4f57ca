/**
 * Directories of many names: each is looked for once.
 *
 * @module
 */
import type { Made } from "./made.ts";
import { Walk, type WalkParts } from "./walk.ts";

/** What was looked at so long ago is looked at anew. */
const MOMENT_MS = 1000;

/** What comes within a moment shares what it has looked at. */
export class Recent<T> {
  readonly #make: () => T;
  #sinceMs = -Infinity;
  #made: T | undefined;

  /** Nothing is made yet. */
  constructor(make: () => T) {
    this.#make = make;
  }

  /** What was made a moment ago, or a new one. */
  now(): T {
    const nowMs = performance.now();
    if (this.#made !== undefined && nowMs - this.#sinceMs <= MOMENT_MS) return this.#made;
    this.#sinceMs = nowMs;
    return this.#made = this.#make();
  }
}

/** A walk that begins when it is needed. */
export class LateWalk {
  readonly #parts: WalkParts;
  /** What failures are told as. */
  readonly step: "mkdir" | "stat";
  readonly #made: Made | undefined;
  #walk: Promise<Walk> | undefined;

  /** It has not begun. @param made  As {@link Walk.begin} takes it. */
  constructor(parts: WalkParts, step: "mkdir" | "stat", made?: Made) {
    this.#parts = parts;
    this.step = step;
    this.#made = made;
  }

  /** The same for all who ask, unless it failed. @throws {TreeError} */
  walk(): Promise<Walk> {
    return this.#walk ??= Walk.begin(this.#parts, this.step, this.#made).catch((error) => {
      this.#walk = undefined;
      throw error;
    });
  }
}

/** A walk, and a real directory that it leads to. */
export type Way = readonly [walk: Walk, directory: string];

/** The directories of names that come together: each is looked for once. */
export class Ways {
  readonly #walking: LateWalk;
  readonly #known = new Map<string, Way | Promise<Way>>();

  /** No directory is known. */
  constructor(walking: LateWalk) {
    this.#walking = walking;
  }

  /**
   * The real directory that the name's last part lies in; at once when it is known.
   * @param again  Looks, and makes it, also when it is known. @throws {TreeError}
   */
  to(name: string, again = false): Way | Promise<Way> {
    const way = name.slice(0, Math.max(0, name.lastIndexOf("/")));
    let known = again ? undefined : this.#known.get(way);
    if (!known) {
      known = this.#look(way);
      this.#known.set(way, known);
      known.then((found) => this.#known.set(way, found), () => this.#known.delete(way));
    }
    return known;
  }

  async #look(way: string): Promise<Way> {
    const walk = await this.#walking.walk();
    return [walk, walk.place(`${way}/x`, this.#walking.step).directory];
  }
}
