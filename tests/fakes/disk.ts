/**
 * A disk for a store: two journal files and rows, with every write and sync in order, so that a test can cut the power
 * at any of them.
 *
 * @module
 */
import { memoryPlace, type MemoryRows } from "../../lib/store/place/memory.ts";
import type { Place } from "../../lib/store/place/place.ts";
import type { LogFile } from "../../lib/sys/files/log_file.ts";
import { concat } from "../../lib/wire/bytes.ts";

/** What a disk was asked for. */
export type Step =
  | { readonly kind: "append"; readonly file: 0 | 1; readonly bytes: Uint8Array }
  | { readonly kind: "cut"; readonly file: 0 | 1; readonly length: number }
  | { readonly kind: "sync"; readonly file: 0 | 1 }
  /** A sync that has failed: what it was for is forgotten, and a later sync does not bring it back. */
  | { readonly kind: "lost"; readonly file: 0 | 1 }
  /** Rows are synced by the place itself. */
  | { readonly kind: "rows"; readonly rows: MemoryRows };

/** What lies on a disk. */
export interface Image {
  readonly files: readonly [Uint8Array, Uint8Array];
  readonly rows: MemoryRows;
}

/** What becomes of steps that were not synced. */
export type Fate =
  /** None has happened. */
  | "dropped"
  /** All have happened. */
  | "kept"
  /** Of the last append a part is there. */
  | "torn"
  /** A part of it, and zeros up to its length. */
  | "holes"
  /** The sector in which it begins was not written, and zeros that were written ahead lie behind it. */
  | "ahead"
  /** Cuts have happened, and appends not. */
  | "cut only";

const SECTOR_BYTES = 512;
const AHEAD_BYTES = 3000;
const EMPTY = new Uint8Array(0);

/** An empty image. */
export const emptyImage = (): Image => ({ files: [EMPTY, EMPTY], rows: { rows: new Map(), writes: 0 } });

/** A disk over an image, that notes what it is asked for. */
export class Disk {
  readonly steps: Step[] = [];
  readonly #bytes: [Uint8Array, Uint8Array];
  readonly #rows: MemoryRows;
  readonly #start: Image;
  /** When set, the next sync fails, and what it was for is not on the disk behind the one after it, either (as on Linux). */
  failSync = false;

  constructor(image: Image = emptyImage()) {
    this.#start = image;
    this.#bytes = [...image.files];
    this.#rows = copyOf(image.rows);
  }

  /** Opens a journal file. */
  file(file: 0 | 1): LogFile {
    return {
      bytes: this.#bytes[file],
      cut: (length) => this.#do({ kind: "cut", file, length }),
      append: (bytes) => this.#do({ kind: "append", file, bytes: bytes.slice() }),
      sync: async () => {
        await Promise.resolve();
        if (this.failSync) {
          this.failSync = false;
          this.steps.push({ kind: "lost", file });
          throw new Error("the disk reports an error");
        }
        this.steps.push({ kind: "sync", file });
      },
      close() {},
    };
  }

  /** Both files. */
  get files(): [LogFile, LogFile] {
    return [this.file(0), this.file(1)];
  }

  /** Opens the rows. */
  place(): Place {
    const place = memoryPlace(this.#rows);
    return {
      ...place,
      write: async (writes, guard) => {
        const stamp = await place.write(writes, guard);
        if (stamp !== undefined) this.steps.push({ kind: "rows", rows: copyOf(this.#rows) });
        return stamp;
      },
    };
  }

  /** What lies there now. */
  image(): Image {
    return { files: [...this.#bytes], rows: copyOf(this.#rows) };
  }

  /**
   * What lies there when the power was cut behind the first steps.
   * @param count  How many steps had been asked for.
   */
  cutAt(count: number, fate: Fate): Image {
    const files = ([0, 1] as const).map((file) => this.#fileAt(file, count, fate));
    const rows = this.steps.slice(0, count).findLast((step) => step.kind === "rows");
    return {
      files: [files[0], files[1]],
      rows: copyOf(rows?.kind === "rows" ? rows.rows : this.#start.rows),
    };
  }

  #fileAt(file: 0 | 1, count: number, fate: Fate): Uint8Array {
    const steps = withoutLost(
      this.steps.slice(0, count).filter((step) => step.kind !== "rows" && step.file === file),
    );
    const synced = steps.findLastIndex((step) => step.kind === "sync") + 1;
    let bytes = this.#start.files[file];
    for (const step of steps.slice(0, synced)) bytes = after(bytes, step);
    const loose = steps.slice(synced);
    for (const [i, step] of loose.entries()) {
      const isLast = i === loose.length - 1;
      if (fate === "kept" || (step.kind === "cut" && fate !== "dropped")) bytes = after(bytes, step);
      else if (step.kind === "append" && (fate === "torn" || fate === "holes")) {
        const part = step.bytes.slice(0, isLast ? Math.floor(step.bytes.length / 2) : undefined);
        const zeros = new Uint8Array(fate === "holes" ? step.bytes.length - part.length : 0);
        bytes = concat(bytes, part, zeros);
      } else if (step.kind === "append" && fate === "ahead") {
        const written = step.bytes.slice();
        // A file without its beginning is set aside: what else lies in it nobody can know.
        if (isLast && bytes.length > 0) written.fill(0, 0, SECTOR_BYTES - bytes.length % SECTOR_BYTES);
        bytes = concat(bytes, written);
      }
    }
    return fate === "ahead" && bytes.length > 0 ? concat(bytes, new Uint8Array(AHEAD_BYTES)) : bytes;
  }

  #do(step: Step): void {
    this.steps.push(step);
    if (step.kind === "append" || step.kind === "cut") {
      this.#bytes[step.file] = after(this.#bytes[step.file], step);
    }
  }
}

const copyOf = ({ rows, writes }: MemoryRows): MemoryRows => ({ rows: new Map(rows), writes });

/** What was appended between a sync and one that has failed is zeros. */
function withoutLost(steps: readonly Step[]): Step[] {
  const found: Step[] = [];
  let synced = 0;
  for (const step of steps) {
    if (step.kind === "lost") {
      for (let i = synced; i < found.length; i++) {
        const lost = found[i];
        if (lost.kind === "append") found[i] = { ...lost, bytes: new Uint8Array(lost.bytes.length) };
      }
    } else found.push(step);
    if (step.kind === "sync" || step.kind === "lost") synced = found.length;
  }
  return found;
}

function after(bytes: Uint8Array, step: Step): Uint8Array {
  if (step.kind === "append") return concat(bytes, step.bytes);
  return step.kind === "cut" ? bytes.slice(0, step.length) : bytes;
}
