/**
 * One session between a client and a server: the finished XK handshake, the mux, and the sealed objects that
 * start each of its streams.
 *
 * @see specification dmsg §8
 * @module
 */
import { nobleAead } from "../../crypto/aead.ts";
import { ObjectOpener, Sealer } from "../../noise/transport.ts";
import type { Clock } from "../../sys/clock.ts";
import { sleep } from "../../sys/clock.ts";
import { toHex } from "../../wire/bytes.ts";
import { ProtocolError } from "../../wire/errors.ts";
import { FrameReader, type FrameRule } from "../../wire/frame.ts";
import type { Duplex } from "../../wire/machine.ts";
import { Mux } from "../../yamux/mux.ts";
import type { MuxStream } from "../../yamux/mux_stream.ts";
import type { YamuxLimits } from "../../yamux/session.ts";
import type { SessionKeys } from "./handshake.ts";

/** Shortest pause between XK message 3 and the first frame of ours (specification dmsg §8.1 "No early bytes"). */
export const MIN_PAUSE_MS = 10;
/** The pause of the one reconnect after a session that closed before it answered anything. */
export const PATIENT_PAUSE_MS = 150;

/** An object record on a stream: u16 length (0 = probe), u64 nonce, ciphertext. */
const OBJECT_FRAME: FrameRule = {
  prefixBytes: 2,
  minBytes: 0,
  maxBytes: 0xffff,
  error: (length) =>
    new ProtocolError(`object record of ${length} bytes`, { by: "self", code: "object", ends: "stream" }),
};

/** How a session is set up. */
export interface SessionOptions {
  /** Our side; the client is the yamux client. */
  readonly role: "client" | "server";
  /** Measures the pause and yamux's time-outs. */
  readonly clock: Clock;
  /** From the end of the handshake to our first frame; 0 for servers. */
  readonly pauseMs: number;
  /** Where yamux differs from its defaults. */
  readonly limits?: Partial<YamuxLimits>;
  /** Takes the streams that the other side opens. */
  readonly onStream: (stream: MuxStream, session: Session) => void;
  /** Called once when the other side says that it takes no more streams; those that are open go on. */
  readonly onLeaving?: () => void;
}

/** A session over a duplex that has its handshake behind it. */
export class Session {
  /** The other side's key, proven by the handshake: 66 hex characters. */
  readonly remotePk: string;
  /** Opens streams and ends the session; it owns the duplex. */
  readonly mux: Mux;
  /** Milliseconds, measured during the handshake; 0 on a server. */
  readonly rttMs: number;
  /** Whether the XK keys are hybrid. */
  readonly hybrid: boolean;
  /** When it began, by the clock's `nowMs`. */
  readonly sinceMs: number;
  readonly #sealer: Sealer;
  readonly #opener: ObjectOpener;
  #answered = false;

  /**
   * Begins to read at once. What is written before the pause is over waits for it, or for the first bytes of the
   * other side, whichever is first.
   * @param duplex  Where the handshake ran; its bytes behind the handshake are in `secured.rest`.
   * @see specification dmsg §8.1 "No early bytes"
   */
  constructor(duplex: Duplex, secured: SessionKeys, options: SessionOptions) {
    this.remotePk = toHex(secured.remote);
    this.rttMs = secured.rttMs;
    this.hybrid = secured.hybrid;
    this.sinceMs = options.clock.nowMs();
    this.#sealer = new Sealer(nobleAead(secured.keys.send));
    this.#opener = new ObjectOpener(nobleAead(secured.keys.receive));
    const gate = new Gate(options.clock, options.pauseMs);
    this.mux = new Mux({
      duplex: paused(prefixed(duplex, secured.rest), gate),
      role: options.role,
      clock: options.clock,
      limits: options.limits,
      onStream: (stream) => options.onStream(stream, this),
      onLeaving: options.onLeaving,
      onFirstBytes: () => {
        this.#answered = true;
        gate.open();
      },
    });
  }

  /** Whether the other side has sent a frame: if not, it may have dropped us because ours came too early. */
  get answered(): boolean {
    return this.#answered;
  }

  /**
   * Seals an object under the session's key and writes it as the stream's next record.
   * @param object  A signed object, at most 65511 bytes.
   * @returns When the record is handed to the socket.
   * @throws {NetworkError} The stream or the session has ended.
   * @throws {RangeError} The object is longer.
   * @see specification dmsg §8.3
   */
  writeObject(stream: MuxStream, object: Uint8Array): Promise<void> {
    return this.#writeRecord(stream, this.#sealer.sealObject(object));
  }

  /**
   * Answers a probe: an object record of length 0, which is two zero bytes.
   * @throws {NetworkError} The stream or the session has ended.
   * @see specification dmsg §8.2, current
   */
  writeProbe(stream: MuxStream): Promise<void> {
    return this.#writeRecord(stream, new Uint8Array(2));
  }

  /**
   * Reads the stream's first record; what comes behind it stays in the stream.
   * @returns The signed object, not verified yet, at most 65511 bytes; or null for a probe (length 0).
   * @throws {ProtocolError} by peer: it does not open, its nonce was used, or (`closed`) a FIN came first.
   * @throws {NetworkError} The stream was reset, or the session has ended.
   * @see specification dmsg §5.2 "object reader", §8.3
   */
  async readObject(stream: MuxStream): Promise<Uint8Array | null> {
    const body = await readRecord(stream);
    return body.length === 0 ? null : this.#opener.open(body);
  }

  async #writeRecord(stream: MuxStream, record: Uint8Array): Promise<void> {
    await stream.writable(record.length);
    const frame = new Uint8Array(stream.headroomBytes + record.length);
    frame.set(record, stream.headroomBytes);
    await stream.send(frame);
  }
}

function readRecord(stream: MuxStream): Promise<Uint8Array> {
  const frames = new FrameReader(OBJECT_FRAME);
  return new Promise((resolve, reject) => {
    let done = false;
    stream.attach({
      bytes: (view) => {
        frames.push(view, (payload) => {
          done = true;
          resolve(payload.slice());
          return false;
        });
        const kept = done ? frames.pendingBytes : 0;
        stream.consumed(view.length - kept);
        if (done) stream.putBack(frames.pending());
      },
      end: (error) => {
        if (!done) reject(error ?? streamEnded());
      },
    });
  });
}

/** The stream ended where an object should have come: the other side gave up. */
const streamEnded = (): ProtocolError =>
  new ProtocolError("stream closed before the request was answered", {
    by: "peer",
    code: "closed",
    ends: "stream",
  });

/** Ends the wait for a pause that is not needed. A reason of our own: the runtime's would load 1.5 ms of exceptions. */
const OVER = new Error("the pause is over");

/** Holds back our first write until the pause is over or the other side has written. */
class Gate {
  readonly #clock: Clock;
  readonly #readyMs: number;
  #isOpen: boolean;
  readonly #opened: Promise<void>;
  #open!: () => void;

  constructor(clock: Clock, pauseMs: number) {
    this.#clock = clock;
    this.#readyMs = clock.nowMs() + pauseMs;
    this.#isOpen = pauseMs <= 0;
    this.#opened = new Promise((resolve) => this.#open = resolve);
  }

  /** What is left of the pause is counted at the first write: work done meanwhile is not waited for again. */
  async pass(): Promise<void> {
    if (this.#isOpen) return;
    const leftMs = this.#readyMs - this.#clock.nowMs();
    if (leftMs > 0) {
      const stop = new AbortController();
      const pause = sleep(this.#clock, leftMs, stop.signal).catch(() => {});
      await Promise.race([pause, this.#opened]);
      stop.abort(OVER);
    }
    this.#isOpen = true;
  }

  open(): void {
    this.#isOpen = true;
    this.#open();
  }
}

const paused = (duplex: Duplex, gate: Gate): Duplex => ({
  read: () => duplex.read(),
  write: async (bytes) => {
    await gate.pass();
    await duplex.write(bytes);
  },
  closeWrite: () => duplex.closeWrite(),
  close: () => duplex.close(),
});

/** A duplex whose first bytes were read already. */
function prefixed(duplex: Duplex, first: Uint8Array): Duplex {
  if (first.length === 0) return duplex;
  let rest: Uint8Array | undefined = first;
  return {
    read: () => {
      const bytes = rest;
      rest = undefined;
      return bytes ? Promise.resolve(bytes) : duplex.read();
    },
    write: (bytes) => duplex.write(bytes),
    closeWrite: () => duplex.closeWrite(),
    close: () => duplex.close(),
  };
}
