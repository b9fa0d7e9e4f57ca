/**
 * What the owner's connections share: the app, and the streams that outlive a single request.
 *
 * @module
 */
import type { App } from "../../app/app.ts";
import type { AppStream } from "../../app/node/node.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Duplex } from "../../wire/machine.ts";
import type { Tokens } from "../socket.ts";
import type { ServedListener } from "./listener.ts";
import type { ServedStream } from "./stream.ts";

/** How an owner reaches the network, for clients who want it otherwise. */
export interface OwnerNetwork {
  /** URLs of its discoveries. */
  readonly discovery: readonly string[];
  /** What it thinks of the hybrid handshake: `off`, `offer` or `require`. */
  readonly pq: string;
}

/** What the owner's connections share. */
export interface House {
  /** What is offered. */
  readonly app: App;
  /** For slow readers of events. */
  readonly clock: Clock;
  /** What a client must show. */
  readonly tokens?: Tokens;
  /** How it reaches the network. */
  readonly network?: OwnerNetwork;
  /** Another one after each restart. */
  readonly instance: string;
  /** Streams by number, with the connection that they end with. */
  readonly streams: Map<number, { served: ServedStream; control: number | undefined }>;
  /** Listeners by number, with the connection that they end with. */
  readonly listeners: Map<number, { served: ServedListener; control: number }>;
  /** Whether a connection is there: streams are bound to it. */
  isOpen(connection: number): boolean;
  /** A fresh number. */
  number(): number;
  /** Starts copying between a stream and a connection. */
  run(number: number, stream: AppStream, raw: Duplex, control: number | undefined): void;
}
