/**
 * Files that are read from time to time: which are open at once is bounded, however many there are.
 *
 * @module
 */
import { type SeekableSource, SourceChanged } from "../../../lib/sys/copies/source_file.ts";

/** So many are open at once; often a process may have no more than 1,024. */
const OPEN_FILES = 128;

/** Opens a file to be read at any place. */
export type OpenAt = (path: string) => Promise<FileAt>;

/** A file that is read at any place. */
export interface FileAt
  extends Pick<SeekableSource, "size" | "mode" | "mtimeMs" | "token" | "isSame" | "close"> {
  /** Reads a piece; shorter than asked for only at the end of the file. */
  readAt(offset: number, into: Uint8Array): Promise<number>;
}

/** A file, and whether it is open right now. */
interface Parked {
  open: Promise<FileAt> | undefined;
}

/** Opens files; the one that was not read for longest is closed for another, and opened again when it is read. */
export class ParkedFiles {
  readonly #open: OpenAt;
  readonly #most: number;
  /** Those that are open; who was used last comes last. */
  readonly #used = new Set<Parked>();

  /** Nothing is open. @param most  How many are open at once, besides those that are being opened. */
  constructor(open: OpenAt, most: number = OPEN_FILES) {
    this.#open = open;
    this.#most = most;
  }

  /**
   * Opens a file. Reading it throws when another one has come to its place while it was closed.
   * @throws What opening it throws.
   */
  async open(path: string): Promise<FileAt> {
    const parked: Parked = { open: undefined };
    const first = await this.#use(parked, path);
    const { size, mode, mtimeMs, token } = first;
    return {
      size,
      mode,
      mtimeMs,
      token,
      isSame: () => this.#use(parked, path).then((file) => file.token === token && file.isSame()),
      // In one step behind the opening: what closes it comes behind that.
      readAt: (offset, into) =>
        this.#use(parked, path).then((file) => {
          if (file.token !== token) throw new SourceChanged(`${path} changed while it was copied`);
          return file.readAt(offset, into);
        }),
      close: () => this.#close(parked),
    };
  }

  #use(parked: Parked, path: string): Promise<FileAt> {
    this.#used.delete(parked);
    this.#used.add(parked);
    for (const oldest of this.#used) {
      if (this.#used.size <= this.#most) break;
      this.#close(oldest);
    }
    if (!parked.open) {
      parked.open = this.#open(path);
      parked.open.catch(() => this.#close(parked));
    }
    return parked.open;
  }

  /** What reads it right now is done first. */
  #close(parked: Parked): void {
    this.#used.delete(parked);
    parked.open?.then((file) => file.close(), () => {});
    parked.open = undefined;
  }
}
