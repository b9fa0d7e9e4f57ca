/**
 * Which ports of ours are taken: by listeners, by the streams that these accepted, by streams that we dialled.
 *
 * @see specification dmsg §11; lib/dmsg/README.md "Addresses and ports"
 * @module
 */
import { MAX_PORT } from "../addr.ts";
import { dmsgError } from "../errors.ts";

/** Where the counter for source ports starts and returns to; the first one given out is one above. */
const FIRST_EPHEMERAL_PORT = 49152;

/** A hold on a port. */
export interface PortLease {
  /** 1 … 65535. */
  readonly port: number;
  /** Gives the hold up; harmless when repeated. The port is free once all its holds are gone. */
  release(): void;
}

interface Entry<T> {
  /** Undefined for a dialled stream's port, and when the listener is gone and children are left. */
  listener: { readonly value: T } | undefined;
  /** Whether the listener or the dialling stream still holds the port. */
  owned: boolean;
  /** How many accepted streams there are. */
  children: number;
}

/** The ports of one client. `T` is what a listener is to the caller. */
export class PortTable<T> {
  readonly #entries = new Map<number, Entry<T>>();
  #lastEphemeral = FIRST_EPHEMERAL_PORT;

  /** How many ports are in use. */
  get size(): number {
    return this.#entries.size;
  }

  /** What listens on a port; undefined when nothing does, also for the port of a dialled stream. */
  listener(port: number): T | undefined {
    return this.#entries.get(port)?.listener?.value;
  }

  /** Everything that listens. */
  listeners(): T[] {
    return [...this.#entries.values()].flatMap(({ listener }) =>
      listener === undefined ? [] : [listener.value]
    );
  }

  /**
   * Takes a port for a listener.
   * @param port  1 … 65535.
   * @throws {ProtocolError} 400: in use, also by what an ended listener accepted.
   * @throws {RangeError} Not a port.
   */
  listen(port: number, value: T): PortLease {
    if (!Number.isInteger(port) || port < 1 || port > MAX_PORT) throw new RangeError(`not a port: ${port}`);
    if (this.#entries.has(port)) throw dmsgError(400);
    return this.#own(port, { value });
  }

  /**
   * Takes the next free source port for a stream that we dial: one above the last, past 65535 from 49152.
   * @throws {ProtocolError} 400: all 16384 are in use.
   */
  ephemeral(): PortLease {
    for (let tries = FIRST_EPHEMERAL_PORT; tries <= MAX_PORT; tries++) {
      this.#lastEphemeral = this.#lastEphemeral === MAX_PORT ? FIRST_EPHEMERAL_PORT : this.#lastEphemeral + 1;
      if (!this.#entries.has(this.#lastEphemeral)) return this.#own(this.#lastEphemeral, undefined);
    }
    throw dmsgError(400, "no ephemeral port is free");
  }

  /**
   * Adds an accepted stream to its listener's port. One remote end may have several: each new process of a key counts
   * its source ports from the start, and what the one before has sent may still be read.
   * @throws {ProtocolError} 306: nothing listens there.
   */
  child(port: number): PortLease {
    const entry = this.#entries.get(port);
    if (entry?.listener === undefined) throw dmsgError(306);
    entry.children++;
    return this.#lease(port, entry, () => entry.children--);
  }

  #own(port: number, listener: Entry<T>["listener"]): PortLease {
    const entry: Entry<T> = { listener, owned: true, children: 0 };
    this.#entries.set(port, entry);
    return this.#lease(port, entry, () => {
      entry.owned = false;
      entry.listener = undefined;
    });
  }

  #lease(port: number, entry: Entry<T>, giveUp: () => void): PortLease {
    let held = true;
    return {
      port,
      release: () => {
        if (!held) return;
        held = false;
        giveUp();
        if (!entry.owned && entry.children === 0) this.#entries.delete(port);
      },
    };
  }
}
