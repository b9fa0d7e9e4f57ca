/**
 * Files in memory, for tests of code that is given {@link Files}.
 *
 * @module
 */
import type { Files } from "../../lib/sys/files/files.ts";
import { equal, utf8 } from "../../lib/wire/bytes.ts";

/** Files in memory with their permission bits. */
export interface MemoryFiles extends Files {
  /** Content and mode by path; tests may change it. */
  readonly kept: Map<string, { bytes: Uint8Array; mode: number }>;
}

/**
 * Files in memory.
 * @param texts  What is there at first, by path, mode 0600.
 */
export function memoryFiles(texts: Readonly<Record<string, string>> = {}): MemoryFiles {
  const kept: MemoryFiles["kept"] = new Map();
  for (const [path, text] of Object.entries(texts)) kept.set(path, { bytes: utf8(text), mode: 0o600 });
  return {
    kept,
    read: (path) => Promise.resolve(kept.get(path)?.bytes),
    info: (path) => {
      const file = kept.get(path);
      return Promise.resolve(file && { mode: file.mode, isFile: true, bytes: file.bytes.length });
    },
    list: (path) => {
      const below = [...kept.keys()].filter((name) => name.startsWith(`${path}/`));
      return Promise.resolve(
        [...new Set(below.map((name) => name.slice(path.length + 1).split("/")[0]))].sort(),
      );
    },
    createPrivate: (path, bytes) => {
      if (kept.has(path)) return Promise.resolve(false);
      kept.set(path, { bytes: bytes.slice(), mode: 0o600 });
      return Promise.resolve(true);
    },
    replacePrivate: (path, bytes) => {
      kept.set(path, { bytes: bytes.slice(), mode: 0o600 });
      return Promise.resolve();
    },
    alone: (_path, change) => change(),
    remove: (path) => {
      kept.delete(path);
      return Promise.resolve();
    },
    setAside: (path, bytes, cutTo) => {
      let number = 1;
      while (kept.has(`${path}.damaged-${number}`)) number++;
      const last = `${path}.damaged-${number - 1}`;
      const isThere = equal(kept.get(last)?.bytes ?? new Uint8Array(0), bytes);
      const aside = isThere ? last : `${path}.damaged-${number}`;
      kept.set(aside, { bytes: bytes.slice(), mode: 0o600 });
      const file = kept.get(path);
      if (cutTo !== undefined && file) file.bytes = file.bytes.slice(0, cutTo);
      return Promise.resolve(aside);
    },
  };
}
