/**
 * Copies of a host that go over several streams, and the streams that join them.
 *
 * @see lib/scp/README.md "Stripes"
 * @module
 */
import { BUSY, Refusal } from "../errors.ts";
import type { Wire } from "../wire.ts";
import { writeControl } from "./frames.ts";
import { MORE_STREAMS } from "./stripes.ts";

/** Further streams of one peer, of all its copies together; each may keep a window of bytes. */
const MAX_OF_PEER = 8;

interface Copy {
  readonly peer: string;
  readonly over: PromiseWithResolvers<void>;
  /** Those that have joined. */
  readonly wires: Wire[];
  /** Told of them, once the copy has begun. */
  add?: (wire: Wire) => void;
  streams: number;
}

/** A copy that further streams may join. */
export interface OpenCopy {
  /** What they name it by. */
  readonly join: number;
  /** Uses them from now on, those too that are here already. */
  use(add: (wire: Wire) => void): void;
  /** Ends them. */
  close(): void;
}

/** Those that are under way. */
export class StripeCopies {
  readonly #copies = new Map<number, Copy>();
  #last = 0;

  /** A copy that takes further streams. @param peer  Whose they must be. */
  open(peer: string): OpenCopy {
    const join = ++this.#last;
    const copy: Copy = { peer, over: Promise.withResolvers<void>(), wires: [], streams: 0 };
    this.#copies.set(join, copy);
    return {
      join,
      use(add) {
        copy.add = add;
        copy.wires.forEach(add);
      },
      close: () => {
        this.#copies.delete(join);
        copy.over.resolve();
      },
    };
  }

  /** Lends a stream to a copy. @returns When the copy is over. @throws {Refusal} There is none, or it has enough. */
  async join(peer: string, join: number | undefined, wire: Wire): Promise<void> {
    const copy = join === undefined ? undefined : this.#copies.get(join);
    if (copy?.peer !== peer) throw new Refusal("no such copy");
    const own = [...this.#copies.values()].filter((one) => one.peer === peer);
    const streams = own.reduce((sum, one) => sum + one.streams, 0);
    if (copy.streams >= MORE_STREAMS || streams >= MAX_OF_PEER) throw new Refusal(BUSY);
    copy.streams++;
    try {
      await writeControl(wire, { ok: true });
      copy.wires.push(wire);
      copy.add?.(wire);
      await copy.over.promise;
    } finally {
      copy.streams--;
    }
  }
}
