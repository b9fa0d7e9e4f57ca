/**
 * A peer made of frames, against one node: what it writes is up to the test.
 *
 * @module
 */
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { encodeFrame, FrameCutter } from "../../lib/cxo/connection/frame.ts";
import { decodeMessage, type Message } from "../../lib/cxo/connection/message.ts";
import { CxoNode } from "../../lib/cxo/node/node.ts";
import type { NodeIn, NodeOptions, NodeOut } from "../../lib/cxo/node/types.ts";
import { fromHex } from "../../lib/wire/bytes.ts";
import { standIn } from "./world.ts";

/** What a node wrote. */
export interface Written {
  readonly seq: number;
  readonly rseq: number;
  readonly message: Message;
}

/** A node under test, its clock, and raw peers on it. */
export class Bench {
  nowMs = 0;
  readonly node: CxoNode;
  readonly events: NodeOut[] = [];
  readonly peers = new Map<number, RawPeer>();
  #lastConn = 0;

  constructor(readonly pk: PublicKeyHex, options: Partial<NodeOptions> = {}) {
    const id = fromHex(pk);
    this.node = new CxoNode({
      id,
      scheme: standIn(id),
      wallNs: () => 1_700_000_000_000_000_000n + BigInt(Math.round(this.nowMs * 1e6)),
      random: { fraction: () => 0.5 },
      ...options,
    });
  }

  put(input: NodeIn): void {
    for (const out of this.node.handle(input, this.nowMs)) {
      if (out.kind === "write") this.peers.get(out.conn)?.wrote(out.bytes);
      else if (out.kind === "close") this.peers.get(out.conn)!.closed = out.error ?? true;
      else this.events.push(out);
    }
  }

  /** Lets time pass, tick by tick. */
  wait(ms: number): void {
    const end = this.nowMs + ms;
    for (let at = this.node.deadlineMs; at !== undefined && at <= end; at = this.node.deadlineMs) {
      this.nowMs = Math.max(this.nowMs, at);
      this.put({ kind: "tick" });
    }
    this.nowMs = end;
  }

  /** A peer that connects; its handshake is done unless `shy`. */
  peer(pk: PublicKeyHex, { shy = false, dialled = false } = {}): RawPeer {
    const conn = ++this.#lastConn;
    const peer = new RawPeer(this, conn, pk);
    this.peers.set(conn, peer);
    this.put({ kind: "open", conn, peer: pk, dialled });
    if (!shy && !dialled) peer.write({ type: "Syn", protocol: 3, id: fromHex(pk) });
    if (!shy && dialled) peer.write({ type: "Ack", id: fromHex(pk) }, 1);
    return peer;
  }

  logs(): string[] {
    return this.events.flatMap((event) => event.kind === "log" ? event.sentence : []);
  }
}

/** One raw peer. */
export class RawPeer {
  /** What the node wrote to it and was not {@link take}n. */
  written: Written[] = [];
  /** True or an error once the node has closed. */
  closed: Error | boolean = false;
  /** Whether it reads: what it does not read is never flushed. */
  reads = true;
  unread = 0;
  #seq = 0;
  readonly #cutter = new FrameCutter(() => "take");

  constructor(readonly bench: Bench, readonly conn: number, readonly pk: PublicKeyHex) {}

  wrote(bytes: Uint8Array): void {
    this.#cutter.push(bytes, ({ seq, rseq, type }, body) => {
      this.written.push({ seq, rseq, message: decodeMessage(type, body.slice()) });
    });
    if (this.reads) this.bench.put({ kind: "flushed", conn: this.conn, bytes: bytes.length });
    else this.unread += bytes.length;
  }

  /** Writes a message. @returns Its number. */
  write(message: Message, rseq = 0): number {
    this.raw(encodeFrame(++this.#seq, rseq, message));
    return this.#seq;
  }

  raw(bytes: Uint8Array): void {
    this.bench.put({ kind: "bytes", conn: this.conn, bytes });
  }

  /** What the node wrote since the last call. */
  take(): Written[] {
    const written = this.written;
    this.written = [];
    return written;
  }

  /** Writes a request and gives the answer to it. */
  ask(message: Message): Message | undefined {
    const seq = this.write(message);
    return this.written.find(({ rseq }) => rseq === seq)?.message;
  }

  /** Texts of what was written, without numbers. */
  types(): string[] {
    return this.take().map(({ message }) => message.type === "Err" ? `Err ${message.text}` : message.type);
  }
}
