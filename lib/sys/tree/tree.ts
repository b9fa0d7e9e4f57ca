/**
 * Files below one directory, as somebody sees them who may be malicious.
 *
 * @see specification dmsgscp §10; lib/sys/tree/system.ts
 * @module
 */
import type { ResumableFile, TargetFile } from "../copies/part_file.ts";
import type { Room } from "../copies/room.ts";
import type { SeekableSource, SourceFile } from "../copies/source_file.ts";

/** Files by relative names: checked before, `/` between parts; `.` and empty parts mean nothing. */
export interface Tree {
  /** Makes the directories that lead to a name, each for its owner alone. @throws {TreeError} mkdir. */
  prepare(name: string): Promise<void>;
  /** Looks whether so many bytes fit. @throws {TreeError} space. */
  reserve(name: string, bytes: number): Promise<void>;
  /** Begins to receive a file that takes the place of what is there. @throws {TreeError} open. */
  create(name: string): Promise<TargetFile>;
  /** Opens a regular file; a link is none. @throws {TreeError} stat, open, directory. */
  open(name: string): Promise<SourceFile>;
  /**
   * Takes up a file, or begins to receive it; see `resumePart`.
   * @param sender  Who sends it: what waits here of another version of the same file goes. @throws {TreeError} open.
   */
  resume?(name: string, id: string, sender?: string): Promise<ResumableFile>;
  /** As {@link Tree.open}, to be read from any place. @param make  A fresh SHA-256. */
  openSeekable?(name: string, make: MakeDigest): Promise<SeekableSource>;
  /**
   * Everything below a directory that a peer may know of.
   * @param onTop  Told what is to be kept of the directory itself.
   * @throws {TreeError} stat, directory (it is none).
   */
  list?(name: string, onTop?: (facts: KeptFacts) => void): AsyncIterable<TreeEntry>;
  /** Makes a directory and those that lead to it. @param keep  Sets bits and time. @throws {TreeError} mkdir. */
  makeDirectory?(name: string, keep?: KeptFacts): Promise<void>;
  /** Begins to receive many small files at once. */
  batch?(): TreeBatch;
  /**
   * Reads small files at once, as {@link Tree.open} finds them.
   * @returns For each in order what is in it, or why it can't be had; one at least, and no more when there is enough.
   */
  readMany?(names: readonly string[], limits: ReadLimits): Promise<(SmallContent | Error)[]>;
}

/** How much is read at once. */
export interface ReadLimits {
  /** Bytes of a file; a larger one is only looked at. */
  readonly largest: number;
  /** Bytes that are enough. */
  readonly together: number;
  /** Where they come to: valid until it is freed. */
  readonly room: Pick<Room, "take">;
}

/** A small file that was read. */
export interface SmallContent extends KeptFacts {
  /** Bytes, when it was opened. */
  readonly size: number;
  /** What is in it; undefined: it is too large. Not as long as `size`: it changed meanwhile. */
  readonly bytes?: Uint8Array;
}

/** What is kept of a file or directory besides its content. */
export interface KeptFacts {
  /** Permission bits, 0 … 0o777. */
  readonly mode: number;
  /** When it was last written, milliseconds since 1970. */
  readonly mtimeMs: number;
}

/** One thing below a directory. */
export interface TreeEntry extends KeptFacts {
  /** `other`: a link, a device, a name such as those of files that are being received, a secret: it can't be had. */
  readonly kind: "file" | "directory" | "other";
  /** From the directory on, with `/` between parts; a directory comes before what is in it. */
  readonly name: string;
  /** Bytes; 0 for what is no file. */
  readonly size: number;
  /** Of `other`: why it can't be had, in a few words, where it may be a file or a directory like the others. */
  readonly problem?: string;
}

/** Small files that are received together: one sync of each directory for all of them. */
export interface TreeBatch {
  /**
   * Takes a file, which waits in memory for the commit.
   * @param bytes  All of it; they are copied.
   * @param keep  Bits and, when it is kept, the time.
   */
  add(name: string, bytes: Uint8Array, keep: { mode: number; mtimeMs?: number }): void;
  /** Writes and syncs the files, puts them in their places, and syncs those. @returns For each file why it is not there. */
  commit(): Promise<(Error | undefined)[]>;
}

/** Makes a SHA-256. */
export type MakeDigest = () => { add(bytes: Uint8Array): void; hex(): string };

/** What is kept from peers wherever it lies. */
export interface Secrets {
  /** Directories of ours: nothing below them, except for the root when it is one of their own. */
  readonly directories: readonly string[];
  /** Files of ours, also under other names (hard links). */
  readonly files: readonly string[];
}

/** The tree of a directory in a tree, for a peer that may see no more. */
export function subTree(tree: Tree, directory: string): Tree {
  const below = (name: string): string => `${directory}/${name}`;
  return {
    prepare: (name) => tree.prepare(below(name)),
    reserve: (name, bytes) => tree.reserve(below(name), bytes),
    create: (name) => tree.create(below(name)),
    open: (name) => tree.open(below(name)),
    ...(tree.resume && { resume: (name, id, sender) => tree.resume!(below(name), id, sender) }),
    ...(tree.list && { list: (name, onTop) => tree.list!(below(name), onTop) }),
    ...(tree.makeDirectory && { makeDirectory: (name, keep) => tree.makeDirectory!(below(name), keep) }),
    ...(tree.batch && { batch: () => batchBelow(tree.batch!(), below) }),
    ...(tree.readMany && { readMany: (names, limits) => tree.readMany!(names.map(below), limits) }),
    ...(tree.openSeekable && { openSeekable: (name, make) => tree.openSeekable!(below(name), make) }),
  };
}

const batchBelow = (batch: TreeBatch, below: (name: string) => string): TreeBatch => ({
  add: (name, bytes, keep) => batch.add(below(name), bytes, keep),
  commit: () => batch.commit(),
});
