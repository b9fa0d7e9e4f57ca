/**
 * A pipe as a stream of node, for its HTTP parser: that takes any stream for a connection, so no socket of this machine
 * lies between a peer and what serves it.
 *
 * @see lib/bridge/README.md "HTTP"
 * @module
 */
import type { Clock } from "../sys/clock.ts";
import { NetworkError } from "../wire/errors.ts";
import type { Breakable } from "./join.ts";
import { StallLimit } from "./stall_limit.ts";

/** What the HTTP parts use of node's streams. */
export type NodeStream = import("node:stream").Duplex;

/** A stream over a pipe. */
export interface PipeStream {
  /** For node. */
  readonly stream: NodeStream;
  /** When it has ended: undefined for an end of both directions, else what broke it. */
  readonly ended: Promise<Error | undefined>;
  /** Breaks it off when nothing moves for too long; nothing at first. */
  readonly limit: Pick<StallLimit, "set">;
  /** Nothing more is read: node's parser goes on after a pause as soon as a request is whole. */
  stopReading(): void;
}

/**
 * Makes it.
 * @param pipe  Owned from now on: closed when both directions have ended, reset when the stream is destroyed before.
 * @param pieceBytes  Node is given no more at once.
 */
export async function pipeStream(
  pipe: Breakable,
  clock: Clock,
  pieceBytes: number = 64 * 1024,
): Promise<PipeStream> {
  const { Duplex } = await import("node:stream");
  const ended = Promise.withResolvers<Error | undefined>();
  /** The pipe has been asked for more. */
  let asks = false;
  const limit = new StallLimit({
    clock,
    asks: () => asks && stream.readableLength === 0,
    onOver: (error) => void stream.destroy(error),
  });
  let rest = new Uint8Array(0);
  let reads = true;
  const pushPiece = (): void => {
    const piece = rest.subarray(0, pieceBytes);
    rest = rest.subarray(piece.length);
    stream.push(piece);
  };
  const stream: NodeStream = new Duplex({
    allowHalfOpen: true,
    read: () => {
      if (!reads) return;
      if (rest.length > 0) return pushPiece();
      asks = true;
      pipe.read().then((bytes) => {
        asks = false;
        limit.moved();
        if (bytes === null) return void stream.push(null);
        // A copy: the view is good until the next read, and node keeps what it was given.
        rest = Uint8Array.from(bytes);
        pushPiece();
      }, (error) => stream.destroy(error));
    },
    write: (bytes: Uint8Array, _encoding, done) => {
      pipe.write(bytes).then(() => {
        limit.moved();
        done();
      }, done);
    },
    final: (done) => void pipe.closeWrite().then(() => done(), done),
    destroy: (error, done) => {
      limit.clear();
      // The other side must not take a part for the whole.
      if (stream.writableFinished && !error) pipe.close();
      else pipe.reset();
      ended.resolve(error ?? (stream.writableFinished ? undefined : cutOff()));
      done(null); // told by `ended`: node's own listeners come and go
    },
  });
  stream.on("error", () => {});
  stream.setMaxListeners(0); // each request that waits has its own, and those are few: no warning on standard error
  Object.assign(stream, {
    setTimeout: () => stream, // `limit` is what ends it
    // As sockets have it: node's server ends a connection so that what it has written still leaves.
    destroySoon: (): void => {
      if (stream.writableFinished) return void stream.destroy();
      stream.once("finish", () => stream.destroy());
      stream.end();
    },
  });
  return {
    stream,
    ended: ended.promise,
    limit,
    stopReading: () => void (reads = false),
  };
}

const cutOff = (): NetworkError =>
  new NetworkError("the connection was cut off", { retry: false, reason: "closed" });
