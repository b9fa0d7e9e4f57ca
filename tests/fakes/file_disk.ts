/**
 * A disk of files that come and go, in memory.
 *
 * @module
 */
import type { FileDisk } from "../../lib/sys/copies/received_files.ts";
import { once } from "../../lib/sys/copies/local_error.ts";
import { concat } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { memoryFile } from "./tree.ts";

/** Files by path; tests may change them. */
export class MemoryFileDisk implements FileDisk {
  readonly files = new Map<string, Uint8Array>();
  /** Bytes that may still be written. */
  free: number | undefined = undefined;
  /** Files that were opened and not closed. */
  reading = 0;
  /** Files that were begun and neither kept nor given up. */
  unfinished = 0;

  look(directory: string): ReturnType<FileDisk["look"]> {
    const here = [...this.files].filter(([path]) => path.startsWith(`${directory}/`));
    const names = new Set(here.map(([path]) => path.slice(directory.length + 1)));
    return Promise.resolve({
      names,
      bytes: here.reduce((sum, [, { length }]) => sum + length, 0),
      free: this.free,
    });
  }

  create(directory: string, name: string): ReturnType<FileDisk["create"]> {
    const parts: Uint8Array[] = [];
    let live = true;
    this.unfinished++;
    const end = (): void => {
      if (live) this.unfinished--;
      live = false;
    };
    return Promise.resolve({
      write: (bytes: Uint8Array) => Promise.resolve(void parts.push(bytes.slice())),
      commit: () =>
        Promise.resolve(end()).then(() => void this.files.set(`${directory}/${name}`, concat(...parts))),
      discard: () => Promise.resolve(end()),
    });
  }

  open(path: string): ReturnType<FileDisk["open"]> {
    const bytes = this.files.get(path);
    if (bytes) {
      this.reading++;
      return Promise.resolve({ ...memoryFile(bytes), close: once(() => this.reading--) });
    }
    return Promise.reject(new UserError(`Cannot read ${path}`, { kind: "local", hint: "Check the path." }));
  }
}
