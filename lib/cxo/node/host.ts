/**
 * The shell of a node: runs it over duplexes, with a clock, and does its dialling.
 *
 * @see lib/cxo/README.md "Host"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Clock } from "../../sys/clock.ts";
import { Drive } from "../../wire/drive.ts";
import type { Duplex, Machine, WireIn, WireOut } from "../../wire/machine.ts";
import type { CxoNode } from "./node.ts";
import type { ConnId, NodeIn, NodeOut } from "./types.ts";

/** What a host needs. */
export interface HostOptions {
  /** Belongs to the host from now on. */
  readonly node: CxoNode;
  /** For timers and stalled writes. */
  readonly clock: Clock;
  /** Opens a stream to a peer; the signal says that it is not wanted any more. */
  readonly dial: (peer: PublicKeyHex, signal: AbortSignal) => Promise<Duplex>;
  /** Takes everything that is no write, close or dial, in order. May give the node new inputs. */
  readonly onEvent: (event: NodeOut) => void;
}

/** What the node has for one stream. */
type Passed = { readonly kind: "pass"; readonly outs: readonly WireOut[] };

/** Runs a node. */
export class CxoHost {
  readonly #options: HostOptions;
  readonly #drives = new Map<ConnId, Drive<Passed, never>>();
  readonly #dials = new Map<PublicKeyHex, AbortController>();
  readonly #events: NodeOut[] = [];
  #dispatching = false;
  #lastConn = 0;
  #cancelTimer: (() => void) | undefined;
  #timerMs: number | undefined;
  #closed = false;

  /** Nothing happens before the first input or stream. */
  constructor(options: HostOptions) {
    this.#options = options;
  }

  /**
   * Gives the node an input.
   * @throws {RangeError} As {@link CxoNode.handle}.
   */
  put(input: NodeIn): void {
    this.#route(this.#options.node.handle(input, this.#options.clock.nowMs()), undefined);
  }

  /**
   * Takes a stream of a peer's. Resolves when it has ended.
   * @param peer  The key that the stream proved; undefined where there is none.
   */
  accept(duplex: Duplex, peer: PublicKeyHex | undefined): Promise<void> {
    return this.#run(duplex, peer, false);
  }

  /** Ends all streams and dials; nothing runs after that. */
  close(): void {
    this.put({ kind: "close" });
    this.#closed = true;
    this.#cancelTimer?.();
    for (const dial of this.#dials.values()) dial.abort();
    this.#dials.clear();
  }

  async #run(duplex: Duplex, peer: PublicKeyHex | undefined, dialled: boolean): Promise<void> {
    if (this.#closed) return duplex.close();
    const conn = ++this.#lastConn;
    const machine: Machine<Passed | WireIn, WireOut> = {
      deadlineMs: undefined,
      handle: (input, nowMs) => {
        if (input.kind === "pass") return [...input.outs];
        if (input.kind === "tick") return [];
        return this.#route(this.#options.node.handle({ ...input, conn }, nowMs), conn);
      },
    };
    const drive = new Drive<Passed, never>(machine, {
      duplex,
      clock: this.#options.clock,
      onEvent: () => {},
    });
    this.#drives.set(conn, drive);
    this.put({ kind: "open", conn, peer, dialled });
    try {
      await drive.run();
    } finally {
      this.#drives.delete(conn);
    }
  }

  /** Sends outputs where they belong. @returns Those for one stream, whose drive asked. */
  #route(outs: readonly NodeOut[], asking: ConnId | undefined): WireOut[] {
    const own: WireOut[] = [];
    const others = new Map<ConnId, WireOut[]>();
    for (const out of outs) {
      if (out.kind === "write" || out.kind === "close") {
        if (out.conn === asking) own.push(out);
        else if (others.has(out.conn)) others.get(out.conn)!.push(out);
        else others.set(out.conn, [out]);
      } else if (out.kind === "dial") this.#dial(out.peer);
      else if (out.kind === "undial") this.#dials.get(out.peer)?.abort();
      else this.#events.push(out);
    }
    for (const [conn, passed] of others) {
      this.#drives.get(conn)?.put({ kind: "pass", outs: passed });
      this.#watch(conn, passed);
    }
    if (asking !== undefined && own.length > 0) queueMicrotask(() => this.#watch(asking, own));
    this.#setTimer();
    // After the writes: what an event's handler does comes after what led to it.
    queueMicrotask(() => this.#dispatch());
    return own;
  }

  /** Tells the node when written bytes have left. */
  #watch(conn: ConnId, outs: readonly WireOut[]): void {
    let bytes = 0;
    for (const out of outs) if (out.kind === "write") bytes += out.bytes.length;
    const drive = this.#drives.get(conn);
    if (bytes === 0 || drive === undefined) return;
    drive.flushed().then(() => {
      if (this.#drives.has(conn)) this.put({ kind: "flushed", conn, bytes });
    });
  }

  #dispatch(): void {
    if (this.#dispatching) return;
    this.#dispatching = true;
    try {
      for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
        this.#options.onEvent(event);
      }
    } finally {
      this.#dispatching = false;
    }
  }

  async #dial(peer: PublicKeyHex): Promise<void> {
    const abort = new AbortController();
    this.#dials.set(peer, abort);
    try {
      const duplex = await this.#options.dial(peer, abort.signal);
      if (this.#dials.get(peer) === abort) this.#dials.delete(peer);
      if (abort.signal.aborted) duplex.close();
      else await this.#run(duplex, peer, true);
    } catch {
      if (this.#dials.get(peer) === abort) this.#dials.delete(peer);
      if (!this.#closed && !abort.signal.aborted) this.put({ kind: "dialFailed", peer });
    }
  }

  #setTimer(): void {
    const deadlineMs = this.#closed ? undefined : this.#options.node.deadlineMs;
    if (deadlineMs === this.#timerMs) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerMs = deadlineMs;
    if (deadlineMs === undefined) return;
    const { clock } = this.#options;
    this.#cancelTimer = clock.after(Math.max(0, deadlineMs - clock.nowMs()), () => {
      this.#timerMs = undefined;
      this.put({ kind: "tick" });
    });
  }
}
