/**
 * What the parts of a node share.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { LogFields, LogLevel } from "../../sys/log.ts";
import type { ConnectionIn } from "../connection/connection.ts";
import type { Feed } from "../feed/feed.ts";
import type { Given } from "./given.ts";
import type { Link } from "./link.ts";
import type { Publisher } from "./publisher.ts";
import type { Filler } from "./subscriber.ts";
import type { ConnId, NodeOptions, NodeOut } from "./types.ts";

/** A feed with its two sides. */
export interface OpenFeed {
  /** What is kept of it. */
  readonly feed: Feed;
  /** Its reading side. */
  readonly filler: Filler;
  /** Of our own feed. */
  publisher: Publisher | undefined;
  /** Whether its Roots must be kept before they are shown. */
  durable: boolean;
  /** Peers at which it is followed; empty for our own. */
  readonly peers: Set<PublicKeyHex>;
  /** Readers that may have missed the last Root. */
  readonly refreshFor: Set<Link>;
  /** Whether the Root that is being kept goes to all readers. */
  forAll: boolean;
}

/** A node from the inside. */
export interface NodeContext {
  /** What the node is made of. */
  readonly options: NodeOptions;
  /** Our own key. */
  readonly pk: PublicKeyHex;
  /** Open feeds by key. */
  readonly feeds: Map<PublicKeyHex, OpenFeed>;
  /** Connections, those in their handshake included. */
  readonly links: Map<ConnId, Link>;
  /** The one open connection of each peer. */
  readonly byPeer: Map<PublicKeyHex, Link>;
  /** Who may read a feed of which nothing else is said; null: everybody. */
  readonly allowed: ReadonlySet<PublicKeyHex> | null;
  /** The time of the current input. */
  readonly nowMs: number;
  /** When peers were last given something. */
  readonly given: Given;
  /** Adds an output to those of the current input. */
  emit(out: NodeOut): void;
  /** Gives a connection an input and does what follows. */
  put(link: Link, input: ConnectionIn): void;
  /** Ends a connection. */
  end(link: Link, error?: Error): void;
  /** Emits a log line. */
  log(level: LogLevel, sentence: string, fields?: LogFields): void;
  /** Asks for a tick at a time. */
  wakeAt(atMs: number): void;
}
