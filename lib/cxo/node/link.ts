/**
 * One connected peer as the node sees it: what it reads here, what we read there, and what it still has to be served.
 *
 * @see lib/cxo/README.md "Serving"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Connection } from "../connection/connection.ts";
import type { Message, RootMessage } from "../connection/message.ts";
import type { Feed } from "../feed/feed.ts";
import type { HashKey } from "../objects/hash.ts";
import type { Source } from "./subscriber.ts";
import type { ConnId } from "./types.ts";

/** Bytes that a peer may owe us to read before it is served no more. */
export const MAX_UNSENT_BYTES: number = 1024 * 1024;
/** Requests that may wait for that; a peer that asks for more does not read. */
export const MAX_BACKLOG = 4096;
/** Requests for objects that are not here, kept in case they come. */
export const MAX_PARKED = 256;
/** How long they are kept; Go's own timer ends a second later. */
export const PARK_MS = 58_000;
/** Roots with a bad signature or of no sense that a peer may show. */
export const MAX_BAD_ROOTS = 16;
/** Roots of one feed are looked at no more often, per peer: a signature costs a millisecond. */
export const ROOT_PAUSE_MS = 100;
/** Without a new Root for so long the Sub is repeated; doubles to {@link MAX_RESUB_MS} while nothing comes. */
export const RESUB_MS = 60_000;
/** See {@link RESUB_MS}. */
export const MAX_RESUB_MS = 900_000;

/** Our subscription to a feed at a peer. */
export interface Subscription {
  /** Whether the Sub waits for its answer. */
  asking: boolean;
  /** When to send it again. */
  againMs: number;
  /** The wait after that. */
  everyMs: number;
}

/** A Root that came too soon after another, the newest. */
export interface HeldRoot {
  /** The Root. */
  message: RootMessage | undefined;
  /** When the next one is looked at. */
  atMs: number;
}

/** What a request waits for. */
export type Answered = (message: Message | undefined) => void;

/** A peer. */
export class Link {
  /** The shell's name for it. */
  readonly conn: ConnId;
  /** Its protocol core. */
  readonly connection: Connection;
  /** Whether we dialled. */
  readonly dialled: boolean;
  /** The key that the stream proved. */
  readonly proved: PublicKeyHex | undefined;
  /** When it began. */
  readonly sinceMs: number;
  /** Its id, once the handshake is done. */
  peer: PublicKeyHex | undefined;
  /** Feeds that it reads here, and of each the number of the oldest Root that it may be filling. */
  readonly readers = new Map<Feed, number>();
  /** Feeds of which it did not get the last Root, because it does not read its stream. */
  readonly unshown = new Set<Feed>();
  /** Feeds that we read there. */
  readonly subscriptions = new Map<PublicKeyHex, Subscription>();
  /** It, as the one to ask for a feed's objects. */
  readonly sources = new Map<Feed, Source>();
  /** Roots that came too fast, by feed. */
  readonly heldRoots = new Map<PublicKeyHex, HeldRoot>();
  /** Objects, and last Roots of feeds, that it asked for and that wait for room. */
  readonly backlog: ({ seq: number; key: HashKey } | { seq: number; feed: PublicKeyHex })[] = [];
  /** Objects that it asked for and that are not here. */
  parked: { seq: number; key: HashKey; untilMs: number }[] = [];
  /** Where the last object that it asked for was found. */
  served: Feed | undefined;
  /** Bytes that were written and have not left. */
  unsentBytes = 0;
  /** Roots of no sense that it showed. */
  badRoots = 0;
  readonly #asks = new Map<number, Answered>();
  #lastRef = 0;
  /** Sends a request; set by the node. */
  request: (ref: number, message: Message) => void = () => {};

  /** Nothing is asked or served yet. */
  constructor(made: {
    conn: ConnId;
    connection: Connection;
    dialled: boolean;
    proved: PublicKeyHex | undefined;
    nowMs: number;
  }) {
    this.conn = made.conn;
    this.connection = made.connection;
    this.dialled = made.dialled;
    this.proved = made.proved;
    this.sinceMs = made.nowMs;
  }

  /** Sends a request. */
  send(message: Message, answered: Answered): void {
    const ref = ++this.#lastRef;
    this.#asks.set(ref, answered);
    this.request(ref, message);
  }

  /** Takes what waits for an answer. */
  take(ref: number): Answered | undefined {
    const answered = this.#asks.get(ref);
    this.#asks.delete(ref);
    return answered;
  }
}
