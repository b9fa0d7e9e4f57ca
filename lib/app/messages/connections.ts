/**
 * The live chat connections: which one a message to a peer takes, and how many there may be.
 *
 * @see specification skychat §a.4
 * @module
 */
import { type Addr, formatAddr } from "../../dmsg/addr.ts";

/** Connections of one peer: the newest is for sending, an older one may still carry acks. */
const MAX_PER_PEER = 4;
/** Connections of all peers. */
const MAX_CONNECTIONS = 256;
/** Dials to a peer at once: one that began while it was away may take 20 s to fail. */
const MAX_DIALS = 2;

interface Dialling<C> {
  readonly dial: () => Promise<C>;
  /** Under way. */
  dials: number;
  readonly made: PromiseWithResolvers<C>;
}

/** What is kept here. */
export interface Connection {
  /** Whether nothing can be sent any more. */
  readonly ended: boolean;
  /** Whether something that was sent on it has no outcome yet: what follows must not overtake it on another one. */
  readonly busy?: boolean;
  /** Ends it. */
  close(): void;
}

/**
 * Connections by peer; the newest of a peer is the one for sending, whoever dialled it. What follows on something that
 * has no outcome yet goes the same way: two connections of a peer have no order between them.
 */
export class Connections<C extends Connection> {
  /** Every live connection with its peer's key, oldest first. */
  readonly #live = new Map<C, string>();
  readonly #newest = new Map<string, C>();
  /** The one that was last given out for sending. */
  readonly #inUse = new Map<string, C>();
  readonly #dialling = new Map<string, Dialling<C>>();

  /** All live connections, oldest first. */
  all(): C[] {
    return [...this.#live.keys()];
  }

  /** The connection for sending to a peer, when there is one: see {@link get}. */
  ready(peer: Addr): C | undefined {
    return this.#ready(formatAddr(peer));
  }

  #ready(key: string): C | undefined {
    const inUse = this.#inUse.get(key);
    if (inUse?.busy && !inUse.ended) return inUse;
    const cached = this.#newest.get(key);
    if (!cached || cached.ended) return undefined;
    this.#inUse.set(key, cached);
    return cached;
  }

  /**
   * The connection for sending to a peer: the one that is busy with earlier messages, the newest, the one that is
   * being dialled, or a new one.
   * @param dial  Makes one and adds it.
   */
  get(peer: Addr, dial: () => Promise<C>): Promise<C> {
    const key = formatAddr(peer);
    const ready = this.#ready(key);
    if (ready) return Promise.resolve(ready);
    const running = this.#dialling.get(key);
    if (running) return running.made.promise;
    const dialling: Dialling<C> = { dial, dials: 0, made: Promise.withResolvers() };
    this.#dialling.set(key, dialling);
    this.#dial(key, dialling);
    dialling.made.promise.then((made) => this.#live.has(made) && this.#inUse.set(key, made), () => {});
    return dialling.made.promise;
  }

  /** The peer has given a sign of life: who waits for a dial that began before gets a second one beside it. */
  dialAgain(peer: Addr): void {
    const key = formatAddr(peer);
    const dialling = this.#dialling.get(key);
    if (dialling && dialling.dials < MAX_DIALS) this.#dial(key, dialling);
  }

  #dial(key: string, dialling: Dialling<C>): void {
    const end = (): void => {
      if (this.#dialling.get(key) === dialling) this.#dialling.delete(key);
    };
    dialling.dials++;
    dialling.dial().then((made) => (end(), dialling.made.resolve(made)), (error) => {
      if (--dialling.dials > 0) return; // the other one may do it
      end();
      dialling.made.reject(error);
    });
  }

  /** Adds a connection: messages to its peer take this one from now on. Too many: the oldest are closed. */
  add(peer: Addr, connection: C): void {
    const key = formatAddr(peer);
    const ofPeer = this.all().filter((other) => this.#live.get(other) === key);
    this.#live.set(connection, key);
    this.#newest.set(key, connection);
    // Who waits for a dial to that peer needs it no more.
    this.#dialling.get(key)?.made.resolve(connection);
    this.#dialling.delete(key);
    if (ofPeer.length >= MAX_PER_PEER) this.#end(ofPeer[0]);
    if (this.#live.size > MAX_CONNECTIONS) this.#end(this.all()[0]);
  }

  /** Takes a connection out of use for sending; it stays open for what may still come. */
  evict(connection: C): void {
    const key = this.#live.get(connection);
    if (key === undefined) return;
    for (const uses of [this.#newest, this.#inUse]) if (uses.get(key) === connection) uses.delete(key);
  }

  /** Forgets a connection that has ended. */
  remove(connection: C): void {
    this.evict(connection);
    this.#live.delete(connection);
  }

  #end(connection: C): void {
    this.remove(connection);
    connection.close();
  }
}
