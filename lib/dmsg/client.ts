/**
 * A dmsg client: dials and takes streams, over several sessions.
 *
 * A client that publishes keeps sessions and an entry, so that others can reach it. One that does not (every
 * one-shot command) only dials: it never posts, changes or deletes an entry; answers come back on its own streams.
 *
 * @see specification dmsg §9, §13
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../crypto/keys.ts";
import { loadKem } from "../noise/hybrid.ts";
import type { Clock } from "../sys/clock.ts";
import { within } from "../sys/clock.ts";
import type { Random } from "../sys/random.ts";
import { NetworkError } from "../wire/errors.ts";
import type { MuxStream } from "../yamux/mux_stream.ts";
import type { Addr } from "./addr.ts";
import type { Carrier } from "./carriers/carrier.ts";
import type { DiscoveryClient } from "./discovery/client.ts";
import { Reach, type ReachEvent, type SessionProof } from "./reach/reach.ts";
import type { HandshakeContext } from "./sessions/handshake.ts";
import type { Session } from "./sessions/session.ts";
import { Sessions } from "./sessions/sessions.ts";
import type { TwinView } from "./sessions/twin.ts";
import { answerStream } from "./streams/answer.ts";
import { Dialler } from "./streams/dialler.ts";
import { Doorway } from "./streams/doorway.ts";
import { Listener } from "./streams/listener.ts";
import { PortTable } from "./streams/ports.ts";
import type { DmsgStream } from "./streams/stream.ts";

/** An incoming stream must be answered by then (specification dmsg §9.3). */
const ANSWER_MS = 20_000;
/** Incoming streams whose handshake is under way. */
const MAX_ANSWERING = 256;

/** What a client tells its owner. */
export type ClientEvent =
  | ReachEvent
  /** We sit on a server (its key); `hybrid`: the session's keys have ML-KEM in them. */
  | { readonly kind: "session-up"; readonly server: string; readonly hybrid: boolean }
  /** A session has ended; no error when we closed it. */
  | { readonly kind: "session-down"; readonly server: string; readonly error: Error | undefined }
  /** A stream to us was not set up: a malformed request, no listener, a full queue, or too slow. */
  | { readonly kind: "stream-refused"; readonly error: Error };

/** How a client is set up. */
export interface ClientOptions {
  /** Who we are. No other live client may have this key: servers keep one session for each. */
  readonly pair: KeyPair;
  /** Looks up peers and servers; a publishing client registers there. */
  readonly discovery: DiscoveryClient;
  /** Ways to a server, the preferred one first. */
  readonly carriers: readonly Carrier[];
  /** Measures every time-out; its wall time goes into requests. */
  readonly clock: Clock;
  /** Makes ephemeral keys, shuffles servers, spreads retries. */
  readonly random: Random;
  /** Sessions that a publishing client holds. Default 2. */
  readonly sessions?: number;
  /** Offers the ML-KEM hybrid; it is answered in any case. */
  readonly offerPq?: boolean;
  /** Refuses servers and peers without the hybrid. */
  readonly requirePq?: boolean;
  /** A server that has not brought an answer of a dial after so long has the next one asked beside it. Default 2000. */
  readonly stallMs?: number;
  /**
   * Whether a peer's streams are taken, to whatever port; asked for each of them before it is answered. `false` ends it
   * without a word. Default: everybody's are.
   */
  readonly admits?: (pk: PublicKeyHex) => boolean | Promise<boolean>;
  /** Told of everything that happens by itself; must not throw. */
  readonly onEvent?: (event: ClientEvent) => void;
  /** Told when a dial waits for its peer: there is time for other work. Must not throw. */
  readonly onAsked?: () => void;
}

/** What a client has open. */
export interface ClientUsage {
  /** Sessions with servers that new streams may use. */
  readonly sessions: number;
  /** Streams on them, also those that are being set up and those that wait for the peer's end. */
  readonly streams: number;
  /** Ports held by listeners, by streams that they took, and by streams that we dialled. */
  readonly ports: number;
}

/**
 * A dmsg client. It opens no connection before `publish` or `dial`.
 * @see lib/dmsg/README.md "The client"
 */
export class DmsgClient {
  readonly #options: ClientOptions;
  readonly #context: HandshakeContext;
  readonly #sessions: Sessions;
  readonly #ports = new PortTable<Listener>();
  readonly #reach: Reach;
  readonly #dialler: Dialler;
  #isPublished = false;
  readonly #doorway: Doorway;
  #answering = 0;
  #closing: Promise<void> | undefined;

  /** Connects to nobody yet. */
  constructor(options: ClientOptions) {
    this.#options = options;
    const { pair, clock, random, discovery, carriers, onAsked } = options;
    const requirePq = options.requirePq ?? false;
    const offerPq = (options.offerPq ?? false) || requirePq;
    this.#context = { local: pair, clock, random, loadKem, offerPq, requirePq, onAsked };
    this.#sessions = new Sessions({
      context: this.#context,
      discovery,
      carriers,
      onStream: (stream, session) => void this.#answer(stream, session),
      onUp: (session) => {
        this.#tell({ kind: "session-up", server: session.remotePk, hybrid: session.hybrid });
        if (this.#isPublished) this.#reach.up(session);
      },
      onDown: (session, error) => {
        this.#tell({ kind: "session-down", server: session.remotePk, error });
        if (this.#isPublished) this.#reach.down(session);
      },
      onDrained: () => this.#reach.drained(),
    });
    this.#reach = new Reach({
      pair,
      context: this.#context,
      discovery,
      clock,
      random,
      sessions: this.#sessions,
      wanted: options.sessions ?? 2,
      ephemeral: () => this.#ports.ephemeral(),
      onEvent: (event) => this.#tell(event),
    });
    this.#doorway = new Doorway({
      pk: pair.pk,
      ports: this.#ports,
      admits: options.admits ?? (() => true),
      takeOwn: (hash) => this.#reach.takeOwn(hash),
    });
    this.#dialler = new Dialler({
      context: this.#context,
      discovery,
      sessions: this.#sessions,
      ephemeral: () => this.#ports.ephemeral(),
      track: (stream) => this.#doorway.track(stream),
      onOwn: (object) => this.#reach.remember(object),
      stallMs: options.stallMs,
    });
  }

  /** Our public key, 66 hex characters. */
  get pk(): string {
    return this.#options.pair.pk;
  }

  /** Keys of the servers that we have a session with, oldest session first. */
  get servers(): string[] {
    return this.#sessions.list().map((session) => session.remotePk);
  }

  /**
   * Begins to hold sessions and an entry, for ever: failures are events and are tried again.
   * @see specification dmsg §7.3, §13
   */
  publish(): void {
    this.#isPublished = true;
    this.#reach.start();
  }

  /** While we publish: our sessions, and when our own stream last came through each. */
  get proofs(): SessionProof[] {
    return this.#isPublished ? this.#reach.proofs : [];
  }

  /** While we publish: another live program with our key. */
  get twin(): TwinView | undefined {
    return this.#isPublished ? this.#reach.twin : undefined;
  }

  /** Told when a ping has come on a stream (`serveControl`). */
  heardPing(stream: DmsgStream): void {
    if (this.#doorway.isStrange(stream)) this.#reach.heardTwin();
  }

  /** Resets all open streams of a peer, those that it dialled and those that we did. */
  drop(pk: PublicKeyHex): void {
    this.#doorway.drop(pk);
  }

  /**
   * Takes streams to a port. Peers find us only while we publish.
   * @param port  1 … 65535.
   * @returns Up to 256 streams wait in it; its `close` frees the port once its streams are closed too.
   * @throws {ProtocolError} dmsg error 400: something holds the port.
   * @throws {RangeError} Not a port.
   * @see specification dmsg §9.3, §11
   */
  listen(port: number): Listener {
    const listener: Listener = new Listener(port, () => lease.release());
    const lease = this.#ports.listen(port, listener);
    return listener;
  }

  /**
   * Opens a stream to a client's port, through any of its servers: 8 s for each, 20 s for all. Servers that we
   * have a session with come first; sessions that are made for it stay.
   * @param destination  The peer's key and port.
   * @param signal  Gives up.
   * @param apart  Streams with different numbers begin with different servers, as far as the peer has them.
   * @returns The stream; both sides have proven their keys, from an ephemeral port of ours.
   * @throws {NetworkError} `unreachable`: no entry, no server of it reachable, or no answer; `refused`: the peer
   *   said no (or has no hybrid under `requirePq`); `no-network`: no discovery.
   * @throws The signal's reason, when it is aborted first.
   * @see specification dmsg §9.1
   */
  dial(destination: Addr, signal?: AbortSignal, apart = 0): Promise<DmsgStream> {
    return this.#dialler.dial(destination, signal, apart);
  }

  /** What is open at the moment. */
  get usage(): ClientUsage {
    const { streamCount } = this.#sessions;
    return { sessions: this.#sessions.list().length, streams: streamCount, ports: this.#ports.size };
  }

  /**
   * Ends all streams, sessions and listeners; a publishing client takes its entry out of the discovery first.
   * Never rejects: an entry that can't be taken out ages there. Whoever asks again waits for the same end.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    try {
      await this.#reach.close();
    } catch { /* the discovery is away: the entry ages there by itself */ }
    this.#sessions.close();
    for (const listener of this.#ports.listeners()) listener.close();
  }

  async #answer(stream: MuxStream, session: Session): Promise<void> {
    if (this.#answering >= MAX_ANSWERING || this.#closing) return stream.reset();
    this.#answering++;
    const late = (): Error =>
      new NetworkError("an incoming stream was not set up in time", { retry: false, reason: "timeout" });
    try {
      const work = answerStream(session, stream, this.#context, this.#doorway.forStream());
      await within(this.#options.clock, ANSWER_MS, work, late);
    } catch (error) {
      stream.reset();
      this.#tell({ kind: "stream-refused", error: error as Error });
    } finally {
      this.#answering--;
    }
  }

  #tell(event: ClientEvent): void {
    this.#options.onEvent?.(event);
  }
}
