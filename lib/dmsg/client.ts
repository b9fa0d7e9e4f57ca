/**
 * A dmsg client: dials and takes streams, over several sessions.
 *
 * A client that publishes keeps sessions and an entry, so that others can reach it. One that does not (every
 * one-shot command) only dials: it never posts, changes or deletes an entry; answers come back on its own streams.
 *
 * @see specification dmsg §9, §13
 * @module
 */
import type { KeyPair } from "../crypto/keys.ts";
import { loadKem } from "../noise/hybrid.ts";
import type { Clock } from "../sys/clock.ts";
import { within } from "../sys/clock.ts";
import type { Random } from "../sys/random.ts";
import { NetworkError, ProtocolError } from "../wire/errors.ts";
import type { MuxStream } from "../yamux/mux_stream.ts";
import { type Addr, formatAddr } from "./addr.ts";
import type { Carrier } from "./carriers/carrier.ts";
import type { DiscoveryClient } from "./discovery.ts";
import { dmsgError } from "./errors.ts";
import type { HandshakeContext } from "./handshake.ts";
import { Listener } from "./listener.ts";
import { PortTable } from "./ports.ts";
import { Registration, type RegistrationEvent } from "./registration.ts";
import type { Session } from "./session.ts";
import { Sessions } from "./sessions.ts";
import {
  type Admission,
  answerStream,
  type DialAttempt,
  type DialRoute,
  dialStream,
  type DmsgStream,
  prepareDial,
} from "./stream.ts";

/** One try through one server; a classic server is silent when it can't reach the peer (specification dmsg §9.2). */
const ATTEMPT_MS = 8000;
/** All tries of one dial together. */
const DIAL_MS = 20_000;
/** An incoming stream must be answered by then (specification dmsg §9.3). */
const ANSWER_MS = 20_000;
/** Incoming streams whose handshake is under way. */
const MAX_ANSWERING = 256;

/** What a client tells its owner. */
export type ClientEvent =
  | RegistrationEvent
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
  /** `client_type` of the entry. */
  readonly clientType?: string;
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
  /** Accepted streams that are open, by our port and the remote end. */
  #registration: Registration | undefined;
  #answering = 0;
  #closed = false;

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
        this.#registration?.changed();
      },
      onDown: (session, error) => {
        this.#tell({ kind: "session-down", server: session.remotePk, error });
        this.#registration?.lost(this.#options.clock.nowMs() - session.sinceMs);
      },
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
    const { pair, discovery, clock, random, clientType } = this.#options;
    this.#registration ??= new Registration({
      pair,
      discovery,
      clock,
      random,
      clientType,
      sessions: this.#sessions,
      wanted: this.#options.sessions ?? 2,
      onEvent: (event) => this.#tell(event),
    });
    this.#registration.start();
  }

  /**
   * Takes streams to a port. Peers find us only while we publish.
   * @param port  1 … 65535.
   * @returns Up to 20 streams wait in it; its `close` frees the port once its streams are closed too.
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
   * @returns The stream; both sides have proven their keys, from an ephemeral port of ours.
   * @throws {NetworkError} `unreachable`: no entry, no server of it reachable, or no answer; `refused`: the peer
   *   said no (or has no hybrid under `requirePq`); `no-network`: no discovery.
   * @throws The signal's reason, when it is aborted first.
   * @see specification dmsg §9.1
   */
  async dial(destination: Addr, signal?: AbortSignal): Promise<DmsgStream> {
    const { clock } = this.#options;
    const untilMs = clock.nowMs() + DIAL_MS;
    const servers = await this.#serversOf(destination);
    const reasons: string[] = [];
    let last: unknown;
    for (const server of servers) {
      signal?.throwIfAborted();
      const leftMs = untilMs - clock.nowMs();
      if (leftMs <= 0) break;
      try {
        return await this.#attempt(server, destination, Math.min(leftMs, ATTEMPT_MS), signal);
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        if (isRefusal(error)) throw refusal(destination, error);
        last = error;
        reasons.push(`${server.slice(0, 8)}…: ${(error as Error).message}`);
      }
    }
    throw new NetworkError(
      `Cannot open stream to ${formatAddr(destination)}: ${reasons.join("; ") || "no time left"}`,
      {
        retry: true,
        reason: "unreachable",
        cause: last,
      },
    );
  }

  /** What is open at the moment. */
  get usage(): ClientUsage {
    const { streamCount } = this.#sessions;
    return { sessions: this.#sessions.list().length, streams: streamCount, ports: this.#ports.size };
  }

  /**
   * Ends all streams, sessions and listeners; a publishing client takes its entry out of the discovery first.
   * Never rejects: an entry that can't be taken out ages there.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#registration?.close();
    } catch { /* the discovery is away: the entry ages there by itself */ }
    this.#sessions.close();
    for (const listener of this.#ports.listeners()) listener.close();
  }

  /** The destination's servers: those that we have a session with first (specification dmsg §9.1). */
  async #serversOf(destination: Addr): Promise<string[]> {
    const entry = await this.#options.discovery.entry(destination.pk);
    const no = (code: number, text: string): NetworkError =>
      new NetworkError(`Cannot reach ${destination.pk}: ${text}`, {
        retry: true,
        reason: "unreachable",
        cause: dmsgError(code),
      });
    if (!entry) {
      throw no(100, "the discovery has no entry of it. Is its program running, on the same discovery?");
    }
    if (!entry.client) throw no(102, "its entry is not one of a client");
    const servers = entry.client.delegatedServers ?? [];
    if (servers.length === 0) throw no(103, "its entry names no server: it is not connected at the moment");
    const have = servers.filter((server) => this.#sessions.get(server));
    return [...have, ...servers.filter((server) => !this.#sessions.get(server))];
  }

  #attempt(server: string, destination: Addr, limitMs: number, signal?: AbortSignal): Promise<DmsgStream> {
    const late = (): Error =>
      new NetworkError(`no answer within ${Math.round(limitMs)} ms`, { retry: true, reason: "timeout" });
    // Given up, the work must end too: a classic server is silent, its stream would stay for ever.
    const over = new AbortController();
    const work = this.#dialThrough(server, destination, over.signal);
    return within(this.#options.clock, limitMs, work, late, signal).catch((error) => {
      over.abort(error);
      work.then((stream) => stream.close(), () => {}); // answered in the same moment
      throw error;
    });
  }

  async #dialThrough(server: string, destination: Addr, signal: AbortSignal): Promise<DmsgStream> {
    const lease = this.#ports.ephemeral();
    const route = { source: { pk: this.pk, port: lease.port }, destination, onClose: () => lease.release() };
    try {
      return await this.#dialRoute(server, route, signal);
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  async #dialRoute(server: string, route: DialRoute, signal: AbortSignal): Promise<DmsgStream> {
    const context = this.#context;
    const kem = context.offerPq ? await context.loadKem() : undefined;
    let early: DialAttempt | undefined;
    const prepare = (): DialAttempt => early ??= prepareDial(route, context, kem);
    const session = await this.#sessions.connect(server, undefined, prepare).catch(serverFailed);
    signal.throwIfAborted();
    try {
      return await dialStream(session, prepare(), context, signal);
    } catch (error) {
      const again = signal.aborted ? undefined : this.#sessions.reconnectPatiently(session);
      if (!again) throw error;
      const second = await again.catch(serverFailed);
      signal.throwIfAborted();
      return await dialStream(second, prepareDial(route, context, kem), context, signal);
    }
  }

  async #answer(stream: MuxStream, session: Session): Promise<void> {
    if (this.#answering >= MAX_ANSWERING || this.#closed) return stream.reset();
    this.#answering++;
    const late = (): Error =>
      new NetworkError("an incoming stream was not set up in time", { retry: false, reason: "timeout" });
    try {
      const work = answerStream(
        session,
        stream,
        this.#context,
        (local) => this.#admit(local),
      );
      await within(this.#options.clock, ANSWER_MS, work, late);
    } catch (error) {
      stream.reset();
      this.#tell({ kind: "stream-refused", error: error as Error });
    } finally {
      this.#answering--;
    }
  }

  #admit(local: Addr): Admission {
    const listener = this.#ports.listener(local.port);
    if (!listener) throw dmsgError(306);
    listener.checkRoom();
    const lease = this.#ports.child(local.port);
    return { onClose: () => lease.release(), deliver: (stream) => listener.deliver(stream) };
  }

  #tell(event: ClientEvent): void {
    this.#options.onEvent?.(event);
  }
}

/** Whatever a server did wrong, another one may do right: it must not pass for the peer's refusal. */
function serverFailed(cause: Error): never {
  throw new NetworkError(cause.message, { retry: true, reason: "unreachable", cause });
}

/** A signed "no" of the peer, or our own refusal of a plain one: no other server will change it. */
function isRefusal(error: unknown): boolean {
  if (error instanceof NetworkError) return error.reason === "refused";
  return error instanceof ProtocolError && typeof error.code === "number" &&
    (error.code === 306 || error.code === 352 || error.code === 401 ||
      (error.code >= 200 && error.code < 300));
}

function refusal(destination: Addr, error: unknown): NetworkError {
  const code = (error as { code?: unknown }).code;
  const why = code === 306 ? `nothing listens on its port ${destination.port}` : (error as Error).message;
  return new NetworkError(`${formatAddr(destination)} refused the stream: ${why}`, {
    retry: code === 306 || code === 401,
    reason: "refused",
    cause: error,
  });
}
