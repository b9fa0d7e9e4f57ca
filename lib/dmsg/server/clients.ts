/**
 * Who has a session with a server, and for whom there is room.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Session } from "../sessions/session.ts";
import { type ClientAccount, DEFAULT_LIMITS, type ServerLimits } from "./limits.ts";

/** One client. */
export interface Client {
  /** The newest one with its key. */
  readonly session: Session;
  /** What it uses. */
  readonly account: ClientAccount;
  /** Its address as seen on the socket. */
  readonly remoteIp: string;
}

/** What a server's clients have open. */
export interface ServerUsage {
  /** Sessions. */
  readonly sessions: number;
  /** Streams, each counted for both of its clients. */
  readonly streams: number;
  /** Bytes that wait for a client's window. */
  readonly heldBytes: number;
}

/** All clients of one server, by key. */
export class Clients {
  readonly #limits: ServerLimits;
  readonly #own: PublicKeyHex | undefined;
  readonly #all = new Map<PublicKeyHex, Client>();

  /** Nobody. @param own  A client that takes nobody's place, and to whom the limits of the others don't apply. */
  constructor(limits: ServerLimits, own: PublicKeyHex | undefined) {
    this.#limits = limits;
    this.#own = own;
  }

  /** How many there are; our own is not counted. */
  get count(): number {
    return this.#all.size - (this.#isOwnHere ? 1 : 0);
  }

  /** Sessions that would still be taken; negative when there are more than the limit. */
  get available(): number {
    return this.#limits.maxSessions - this.count;
  }

  /** What they have open; the streams of our own are counted too. */
  get usage(): ServerUsage {
    let streams = 0;
    let heldBytes = 0;
    for (const { account } of this.#all.values()) {
      streams += account.streams;
      heldBytes += account.heldBytes;
    }
    return { sessions: this.count, streams, heldBytes };
  }

  /**
   * Whether a connection may become a session.
   * @param pk  Its key; left out while nobody knows it.
   */
  hasRoomFor(pk?: PublicKeyHex): boolean {
    if (this.available > 0) return true;
    if (pk === undefined) return this.#own !== undefined && !this.#isOwnHere; // it may be our own
    return pk === this.#own || this.#all.has(pk); // who replaces its own session needs no room
  }

  /** What a client may use. */
  limitsOf(pk: PublicKeyHex): ServerLimits {
    return pk === this.#own ? DEFAULT_LIMITS : this.#limits;
  }

  /** The client with a key. */
  get(pk: PublicKeyHex): Client | undefined {
    return this.#all.get(pk);
  }

  /** Puts a client in. @returns The one with the same key that was there. */
  put(client: Client): Client | undefined {
    const { remotePk } = client.session;
    const older = this.#all.get(remotePk);
    this.#all.delete(remotePk);
    this.#all.set(remotePk, client);
    return older;
  }

  /** Takes a client out. @returns Whether it was in; a newer session may have its key. */
  remove(client: Client): boolean {
    const { remotePk } = client.session;
    return this.#all.get(remotePk) === client && this.#all.delete(remotePk);
  }

  /** Ends all sessions. */
  close(): void {
    for (const { session } of this.#all.values()) session.mux.close();
  }

  get #isOwnHere(): boolean {
    return this.#own !== undefined && this.#all.has(this.#own);
  }
}
