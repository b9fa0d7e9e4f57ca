/**
 * Standard output and error, written synchronously: a line is out before the next thing happens, and a reader
 * that left is noticed at once.
 *
 * @module
 */
import { UserError } from "../lib/wire/errors.ts";

const encoder = new TextEncoder();

/** Takes text for one of the two streams. */
export type Write = (text: string) => void;

/** The part of `Deno.stdout` that is used. */
export interface ByteSink {
  /** Writes some of the bytes; returns how many. */
  writeSync(bytes: Uint8Array): number;
}

/**
 * A writer for standard output.
 * @param onClosed  Called once, when the reader left; later text is dropped.
 * @returns The writer; throws a {@link UserError} (local) when the output can't be written for another reason,
 * such as a full disk.
 */
export function outputWriter(sink: ByteSink, onClosed: () => void): Write {
  let open = true;
  return (text) => {
    if (!open) return;
    try {
      writeAll(sink, encoder.encode(text));
    } catch (error) {
      open = false;
      if (error instanceof Deno.errors.BrokenPipe) return onClosed();
      throw new UserError("Cannot write the output", {
        kind: "local",
        hint: "Check the free space where the output goes.",
        cause: error,
      });
    }
  };
}

/** A writer for standard error. When nobody reads it there is nobody to tell: failures are dropped. */
export function noticeWriter(sink: ByteSink): Write {
  return (text) => {
    try {
      writeAll(sink, encoder.encode(text));
    } catch {
      // Nobody to tell.
    }
  };
}

function writeAll(sink: ByteSink, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += sink.writeSync(bytes.subarray(at));
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      // Somebody made the pipe non-blocking and its reader is slow: a short sleep keeps the order of lines.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}
