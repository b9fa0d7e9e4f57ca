/**
 * The streams of a session: which there are, who may open which, and how many of the peer's are too many.
 *
 * @see dmsg.md §8.2; README.md
 * @module
 */
import { brokenRule, MAX_U32 } from "./frame.ts";
import { UsedIds } from "./ids.ts";
import { Stream } from "./stream.ts";
import type { YamuxLimits } from "./types.ts";

/** Streams by id, ours and the peer's. */
export class StreamTable {
  readonly #limits: YamuxLimits;
  /** Who is at the other end, for errors: "the peer" would be read as the one that a stream goes to. */
  readonly otherEnd: "server" | "client";
  readonly #peersParity: 0 | 1;
  readonly #streams = new Map<number, Stream>();
  #nextId: number;
  /** Of the peer. */
  readonly #usedIds = new UsedIds();
  #peerStreams = 0;
  #untaken = 0;

  /** An empty one. @param role  The client's streams are odd, the server's even. */
  constructor(role: "client" | "server", limits: YamuxLimits) {
    this.#limits = limits;
    this.otherEnd = role === "client" ? "server" : "client";
    this.#peersParity = role === "client" ? 0 : 1;
    this.#nextId = role === "client" ? 1 : 2;
  }

  /** Live streams of both sides. */
  get size(): number {
    return this.#streams.size;
  }

  /** Whether our ids are used up. */
  get isUsedUp(): boolean {
    return this.#nextId > MAX_U32;
  }

  /** A live stream. */
  get(id: number): Stream | undefined {
    return this.#streams.get(id);
  }

  /** Makes a stream of ours. */
  open(): Stream {
    const stream = new Stream(this.#nextId, false, this.#limits);
    this.#nextId += 2;
    this.#streams.set(stream.id, stream);
    return stream;
  }

  /**
   * Takes a new stream of the peer's.
   * @returns undefined when there are too many, or its id was used before.
   * @throws {ProtocolError} by peer: it may not open that one, or has opened it already.
   */
  accept(id: number): Stream | undefined {
    if (id === 0 || id % 2 !== this.#peersParity) {
      throw brokenRule("yamux-id", `stream id ${id} is not one that the peer may open`);
    }
    if (this.#streams.has(id)) throw brokenRule("yamux-id", `stream ${id} was opened twice`);
    const full = this.#untaken >= this.#limits.backlog || this.#peerStreams >= this.#limits.maxStreams;
    if (full || !this.#usedIds.take(id)) return undefined;
    const stream = new Stream(id, true, this.#limits);
    this.#streams.set(id, stream);
    this.#peerStreams++;
    this.#untaken++;
    return stream;
  }

  /** Somebody on our side has it now. */
  take(stream: Stream): void {
    if (stream.taken) return;
    stream.taken = true;
    this.#untaken--;
  }

  /** It is over. */
  forget(stream: Stream): void {
    this.take(stream);
    if (stream.openedByPeer) this.#peerStreams--;
    this.#streams.delete(stream.id);
  }

  /** All of them are over. */
  clear(): void {
    this.#streams.clear();
  }
}
