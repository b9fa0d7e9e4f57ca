/**
 * Files below a root, in memory.
 *
 * @module
 */
import type { TargetFile } from "../../lib/sys/copies/part_file.ts";
import type { SourceFile } from "../../lib/sys/copies/source_file.ts";
import { TreeError } from "../../lib/sys/tree/error.ts";
import type { Tree } from "../../lib/sys/tree/tree.ts";

/** Files and directories in memory. */
export class MemoryTree implements Tree {
  /** Content and mode by cleaned path; tests may change it. */
  readonly files = new Map<string, { bytes: Uint8Array; mode: number }>();
  /** Paths of directories. */
  readonly directories = new Set<string>([""]);
  /** Files that were begun and neither committed nor discarded. */
  unfinished = 0;
  readonly #most: number;

  /** An empty tree. @param most  Bytes that fit. */
  constructor(most = Infinity) {
    this.#most = most;
  }

  async prepare(name: string): Promise<void> {
    await Promise.resolve();
    const parts = clean(name).split("/");
    for (let i = 1; i < parts.length; i++) {
      const parent = parts.slice(0, i).join("/");
      if (this.files.has(parent)) throw new TreeError("mkdir", "not a directory");
      this.directories.add(parent);
    }
  }

  async reserve(_name: string, bytes: number): Promise<void> {
    await Promise.resolve();
    if (bytes > this.#most) throw new TreeError("space", "not enough space");
  }

  async create(name: string): Promise<TargetFile> {
    await Promise.resolve();
    const path = clean(name);
    if (this.directories.has(path)) throw new TreeError("open", "is a directory");
    const parts: Uint8Array[] = [];
    let live = true;
    this.unfinished++;
    const end = (): void => {
      if (live) this.unfinished--;
      live = false;
    };
    return {
      write: (bytes) => Promise.resolve(void parts.push(bytes.slice())),
      commit: (mode) => {
        this.files.set(path, { bytes: joined(parts), mode: (mode & 0o700) || 0o600 });
        return Promise.resolve(end());
      },
      discard: () => Promise.resolve(end()),
    };
  }

  async open(name: string): Promise<SourceFile> {
    await Promise.resolve();
    const path = clean(name);
    if (this.directories.has(path)) throw new TreeError("directory", "is a directory");
    const file = this.files.get(path);
    if (!file) throw new TreeError("stat", "no such file");
    return memoryFile(file.bytes, file.mode);
  }
}

/** As `concat`; there may be more parts than a call takes. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const clean = (name: string): string =>
  name.split("/").filter((part) => part !== "" && part !== ".").join("/");

/** A file in memory that is read from its beginning. */
export function memoryFile(bytes: Uint8Array, mode = 0o644): SourceFile {
  let at = 0;
  return {
    size: bytes.length,
    mode,
    read(into) {
      if (at === bytes.length) return Promise.resolve(null);
      const part = bytes.subarray(at, at + into.length);
      into.set(part);
      at += part.length;
      return Promise.resolve(part.length);
    },
    close: () => {},
  };
}
