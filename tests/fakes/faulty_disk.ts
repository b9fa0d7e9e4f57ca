/**
 * The system's disk with faults: every operation is counted, and one of them can be the last of a process that is
 * killed, or fail as a full disk does.
 *
 * @module
 */
import { type Disk, type DiskFile, systemDisk } from "../../lib/sys/copies/disk.ts";

/** What happens at an operation. */
export interface Fault {
  /** Its number: 1, 2, 3 … */
  readonly at: number;
  /** `kill`: a write gets half way, and nothing of this process happens afterwards. `full`: writes fail from then on. */
  readonly kind: "kill" | "full";
}

/** What a killed process would have done next. */
export class Killed extends Error {}

/** A disk with a fault. What was written stays, as it does when a process is killed: nothing needs a sync. */
export class FaultyDisk implements Disk {
  readonly #fault: Fault | undefined;
  readonly #onKill: () => void;
  /** Operations so far. */
  steps = 0;
  /** Bytes that were read from files. */
  bytesRead = 0;
  #dead = false;

  /** @param onKill  Ends the connections of the process. */
  constructor(fault?: Fault, onKill: () => void = () => {}) {
    this.#fault = fault;
    this.#onKill = onKill;
  }

  async open(path: string, options: Deno.OpenOptions): Promise<DiskFile> {
    const file = await this.#step(() => systemDisk.open(path, options));
    return this.#file(file);
  }

  lstat = (path: string): Promise<Deno.FileInfo> => systemDisk.lstat(path);
  stat = (path: string): Promise<Deno.FileInfo> => systemDisk.stat(path);
  remove = (path: string): Promise<void> => this.#step(() => systemDisk.remove(path));
  rename = (from: string, to: string): Promise<void> => this.#step(() => systemDisk.rename(from, to));
  chmod = (path: string, mode: number): Promise<void> => this.#step(() => systemDisk.chmod(path, mode));
  make = (path: string, bytes: Uint8Array): DiskFile =>
    this.#file(
      this.#now(
        () => systemDisk.make(path, bytes),
        () => systemDisk.make(path, bytes.subarray(0, bytes.length >> 1)).close(),
        true,
      ),
    );
  readNow: Disk["readNow"] = (path, largest, room) => {
    const read = this.#now(() => systemDisk.readNow(path, largest, room));
    this.bytesRead += read.bytes?.length ?? 0;
    return read;
  };
  move = (from: string, to: string): void => this.#now(() => systemDisk.move(from, to));
  syncDirectory = (): Promise<void> => this.#step(() => Promise.resolve());

  #file(file: DiskFile): DiskFile {
    const sync = (): Promise<void> => this.#step(() => Promise.resolve());
    return {
      read: async (into) => {
        const count = await this.#step(() => file.read(into));
        this.bytesRead += count ?? 0;
        return count;
      },
      write: (bytes) =>
        this.#step(() => file.write(bytes), () => file.write(bytes.subarray(0, bytes.length >> 1)), true),
      seek: (offset, whence) => file.seek(offset, whence),
      truncate: (length) => this.#step(() => file.truncate(length)),
      sync,
      syncData: sync,
      stat: () => file.stat(),
      utime: (atime, mtime) => this.#step(() => file.utime(atime, mtime)),
      tryLock: (exclusive) => file.tryLock(exclusive),
      close: () => file.close(),
    };
  }

  /** @param half  What a kill in the middle of it leaves. */
  async #step<T>(run: () => Promise<T>, half?: () => Promise<unknown>, writes = false): Promise<T> {
    if (!this.#isLast(writes)) return await run();
    await half?.();
    throw this.#kill();
  }

  #now<T>(run: () => T, half?: () => unknown, writes = false): T {
    if (!this.#isLast(writes)) return run();
    half?.();
    throw this.#kill();
  }

  /** Whether the process is killed now. */
  #isLast(writes: boolean): boolean {
    if (this.#dead) throw new Killed("killed");
    this.steps++;
    const { at, kind } = this.#fault ?? { at: Infinity, kind: "full" };
    if (kind === "full" && this.steps >= at && writes) {
      throw Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
    }
    this.#dead = kind === "kill" && this.steps === at;
    return this.#dead;
  }

  #kill(): Killed {
    this.#onKill();
    return new Killed("killed");
  }
}
