/**
 * Lines over a duplex, both ways, until the connection becomes the raw bytes of a stream.
 *
 * @module
 */
import { nextTurn } from "../../sys/turn.ts";
import { concat } from "../../wire/bytes.ts";
import type { Duplex } from "../../wire/machine.ts";
import { decodeLine, LineCutter, type RpcMessage } from "./rpc.ts";

/** Up to so many writes each goes out at once: who says little need not load what tells turns apart. */
const FEW_WRITES = 8;

/** One connection between a client and the owner. */
export class Channel {
  readonly #duplex: Duplex;
  readonly #lines = new LineCutter();
  #reading: Promise<boolean> | undefined;
  /** Lines that leave together, behind those that are leaving. */
  #waiting: Uint8Array[] = [];
  /** Settles with the write of those that wait, or of the last ones. */
  #leaving: Promise<void> = Promise.resolve();
  /** Resolves when the next write may begin. */
  #free: Promise<unknown> = Promise.resolve();
  #writes = 0;

  /** The duplex belongs to the channel from now on. */
  constructor(duplex: Duplex) {
    this.#duplex = duplex;
  }

  /**
   * Waits for the next message.
   * @returns null at the end of the connection, however it ended.
   * @throws {LineTooLong} Nothing behind it can be read.
   */
  async next(): Promise<RpcMessage | null> {
    for (;;) {
      const line = this.#lines.next();
      if (line !== undefined) return decodeLine(line);
      if (!await this.fill()) return null;
    }
  }

  /**
   * Reads once and keeps what came for later. Calls that overlap share one read.
   * @returns false at the end of the connection.
   */
  fill(): Promise<boolean> {
    return this.#reading ??= this.#duplex.read().then((bytes) => {
      if (bytes !== null) this.#lines.push(bytes);
      return bytes !== null;
    }, () => false).finally(() => this.#reading = undefined);
  }

  /**
   * Writes a line behind those before it. What is written in one turn, or while others leave, goes out together.
   * @returns When it is handed over; pending while the other side does not read.
   * @throws {NetworkError} closed: the connection has ended.
   */
  write(line: Uint8Array): Promise<void> {
    this.#waiting.push(line);
    if (this.#waiting.length > 1) return this.#leaving;
    const leaving = this.#leaving = this.#free.then(() => {
      const lines = this.#waiting;
      this.#waiting = [];
      return this.#duplex.write(lines.length === 1 ? lines[0] : concat(...lines));
    });
    // Many answers become ready in one turn, and a socket takes each write at once.
    this.#free = leaving.then(() => ++this.#writes > FEW_WRITES ? nextTurn() : undefined, () => {});
    return leaving;
  }

  /** The connection as raw bytes, from behind the last line that was read. No lines are read or written any more. */
  raw(): Duplex {
    const duplex = this.#duplex;
    return {
      read: async () => {
        if (this.#reading) await this.#reading;
        const rest = this.#lines.rest();
        return rest.length > 0 ? rest : await duplex.read();
      },
      write: (bytes) => duplex.write(bytes),
      closeWrite: () => duplex.closeWrite(),
      close: () => duplex.close(),
    };
  }

  /** Ends it at once. */
  close(): void {
    this.#duplex.close();
  }
}
