/**
 * The one door through which every stream of every port comes, and the streams that are open behind it.
 *
 * @see lib/dmsg/README.md "Streams"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { dmsgError } from "../errors.ts";
import type { Admission, Door } from "./answer.ts";
import type { Listener } from "./listener.ts";
import type { PortTable } from "./ports.ts";
import type { DmsgStream } from "./stream.ts";

/** What a door asks. */
export interface DoorwayOptions {
  /** Our key. */
  readonly pk: PublicKeyHex;
  /** Who listens where. */
  readonly ports: PortTable<Listener>;
  /** Whether a peer's streams are taken. */
  readonly admits: (pk: PublicKeyHex) => boolean | Promise<boolean>;
  /** Whose a request is that names us as its source. @param hash  Of its object. */
  readonly takeOwn: (hash: Uint8Array) => "heard" | "ours" | "strange";
}

/** Lets streams in, and shuts out whom it must. */
export class Doorway {
  readonly #options: DoorwayOptions;
  /** Open streams by their peer. */
  readonly #open = new Map<PublicKeyHex, Set<DmsgStream>>();
  /** Streams that another program with our key has dialled. */
  readonly #strange = new WeakSet<DmsgStream>();
  /** How often streams were dropped: one that was just let in is asked about again. */
  #drops = 0;

  /** Everybody is outside. */
  constructor(options: DoorwayOptions) {
    this.#options = options;
  }

  /** The door for one stream. */
  forStream(): Door {
    const { pk, takeOwn, admits } = this.#options;
    let own: ReturnType<DoorwayOptions["takeOwn"]> | undefined;
    let drops = 0;
    return {
      isOwn: (hash) => (own = takeOwn(hash)) === "heard",
      passes: ({ source }) => {
        drops = this.#drops;
        return admits(source.pk);
      },
      admit: ({ port }) =>
        this.#admit(port, (stream) => {
          if (own === "strange" && stream.remote.pk === pk) this.#strange.add(stream);
          if (drops !== this.#drops) void this.#askAgain(stream);
        }),
    };
  }

  /** Notes an open stream. @returns What forgets it. */
  track(stream: DmsgStream): () => void {
    const { pk } = stream.remote;
    const streams = this.#open.get(pk) ?? new Set();
    this.#open.set(pk, streams.add(stream));
    return () => {
      streams.delete(stream);
      if (streams.size === 0 && this.#open.get(pk) === streams) this.#open.delete(pk);
    };
  }

  /** Resets all open streams of a peer. */
  drop(pk: PublicKeyHex): void {
    this.#drops++;
    for (const stream of [...this.#open.get(pk) ?? []]) stream.reset();
  }

  /** Whether another program with our key has dialled a stream. */
  isStrange(stream: DmsgStream): boolean {
    return this.#strange.has(stream);
  }

  #admit(port: number, entered: (stream: DmsgStream) => void): Admission {
    const { ports } = this.#options;
    const listener = ports.listener(port);
    if (!listener) throw dmsgError(306);
    listener.checkRoom();
    const lease = ports.child(port);
    let forget = (): void => {};
    return {
      onClose: () => {
        lease.release();
        forget();
      },
      deliver: (stream) => {
        forget = this.track(stream);
        entered(stream);
        listener.deliver(stream);
      },
    };
  }

  /** Somebody was shut out while this stream came in. */
  async #askAgain(stream: DmsgStream): Promise<void> {
    try {
      if (await this.#options.admits(stream.remote.pk)) return;
    } catch { /* who can't be asked about is not let in */ }
    stream.reset();
  }
}
