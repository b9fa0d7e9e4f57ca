/**
 * A client's sessions to servers: connecting, finding, losing.
 *
 * @see specification dmsg §8.1, §13
 * @module
 */
import { parsePublicKey } from "../../crypto/keys.ts";
import { abortWith } from "../../sys/abort.ts";
import { sleep, within } from "../../sys/clock.ts";
import { NetworkError } from "../../wire/errors.ts";
import type { MuxStream } from "../../yamux/mux_stream.ts";
import type { Carrier } from "../carriers/carrier.ts";
import { pickCarrier } from "../carriers/mod.ts";
import type { DiscoveryClient } from "../discovery/client.ts";
import type { Entry } from "../entries/entry.ts";
import { dmsgError } from "../errors.ts";
import { type HandshakeContext, initiateSession } from "./handshake.ts";
import { MIN_PAUSE_MS, PATIENT_PAUSE_MS, Session } from "./session.ts";
import { Unasked } from "./unconnected.ts";

/** Longest wait for a server's socket. */
const CONNECT_MS = 5000;

/** Streams that a server may hold open to us: each may keep a window of unread bytes here, 128 MiB in all. */
const MAX_STREAMS = 512;

/** How often a session that is out of use is asked whether its last stream has ended. */
const DRAIN_LOOK_MS = 2000;
/** From the end of a session to the next one with the same server, at least: see {@link Sessions.retire}. */
const AFTER_END_MS = 250;

/** What the table needs and whom it tells. */
export interface SessionsOptions {
  /** Our key, and whether the hybrid is offered or required. */
  readonly context: HandshakeContext;
  /** Looks up servers whose entry is not known. */
  readonly discovery: DiscoveryClient;
  /** Ways to a server, the preferred one first. */
  readonly carriers: readonly Carrier[];
  /** Takes the streams that a server opens to us. */
  readonly onStream: (stream: MuxStream, session: Session) => void;
  /** Told once for each session, when it is in the table. */
  readonly onUp: (session: Session) => void;
  /** Told once for each session, when it has left the table; no error means that we closed it. */
  readonly onDown: (session: Session, error: Error | undefined) => void;
  /** Told when a session that had left the table before has ended (the server's key). Default: nobody. */
  readonly onDrained?: (server: string) => void;
}

/** The live sessions, one per server key, and those that only carry what is left on them. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #live = new Map<string, Session>();
  readonly #connecting = new Map<string, Promise<Session>>();
  /** Out of use, until their last stream has ended. */
  readonly #retired = new Set<Session>();
  /** Servers to which nothing is connected before a promise resolves. */
  readonly #ending = new Map<string, Promise<void>>();
  readonly #abort = new AbortController();

  /** An empty table; nothing is connected before it is asked for. */
  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** Live sessions, oldest first. */
  list(): Session[] {
    return [...this.#live.values()];
  }

  /** Streams on all sessions, also on those that are out of use. */
  get streamCount(): number {
    return [...this.#live.values(), ...this.#retired].reduce((sum, { mux }) => sum + mux.streamCount, 0);
  }

  /** The live session with a server (66 hex characters), or undefined. */
  get(serverPk: string): Session | undefined {
    return this.#live.get(serverPk);
  }

  /**
   * The session with a server: the live one, the one that is being connected, or a new one.
   * Calls for the same server share one attempt.
   * @param serverPk  66 hex characters.
   * @param entry  The server's entry when it is known; else it is looked up.
   * @param meanwhile  Work to do while the server computes its half of the handshake; not called for a session that
   *   is there or being made already.
   * @returns A session whose handshake is done; its socket had 5 s, its handshake 5 s more.
   * @throws {NetworkError} No address that we can use, no connection, no handshake in time, a plain server under
   *   `requirePq`, no discovery; or `close` was called.
   * @throws {ProtocolError} dmsg error 101: no server has this key; or by peer: a handshake that can't be right.
   * @see specification dmsg §8.1
   */
  connect(serverPk: string, entry?: Entry, meanwhile?: () => void): Promise<Session> {
    const live = this.#live.get(serverPk);
    if (live) return Promise.resolve(live);
    return this.#once(serverPk, () => this.#connect(serverPk, entry, undefined, meanwhile));
  }

  /**
   * Replaces a session that ended before the server answered anything: our first frame may have come too early for
   * a classic server. Once for each session, with a pause of 150 ms.
   * @param dead  A session that failed its user.
   * @returns The new session, which fails as {@link connect}; or undefined when the old one lives, had been
   *   answered, or was itself the patient one.
   * @see specification dmsg §8.1 "No early bytes"
   */
  reconnectPatiently(dead: Session): Promise<Session> | undefined {
    const live = this.#live.get(dead.remotePk);
    if (live && live !== dead) return Promise.resolve(live); // another dial was here before
    if (dead.answered || !dead.mux.ended || this.#patient.has(dead) || this.#abort.signal.aborted) {
      return undefined;
    }
    return this.#once(dead.remotePk, () => this.#connect(dead.remotePk, undefined, PATIENT_PAUSE_MS));
  }
  readonly #patient = new WeakSet<Session>();

  /**
   * Takes a session out of use: a new one is made when somebody asks for its server. Its streams go on, and it ends
   * with the last of them; without one it ends now, and the server gets a moment to notice, because a classic one
   * would take the end of the old session for that of the new one (specification dmsg §8.1).
   * @param why  For whom {@link SessionsOptions.onDown} tells.
   */
  retire(session: Session, why: Error): void {
    const { remotePk, mux } = session;
    if (this.#live.get(remotePk) !== session) return;
    this.#live.delete(remotePk);
    this.#retired.add(session);
    if (mux.streamCount === 0) this.#end(session);
    else this.#drain(session);
    this.#options.onDown(session, why);
  }

  /** Ends all sessions; attempts under way fail and none is made after it. */
  close(): void {
    this.#abort.abort(new NetworkError("client is closed", { retry: false, reason: "closed" }));
    for (const session of [...this.#live.values(), ...this.#retired]) session.mux.close();
  }

  #drain(session: Session): void {
    const look = (): void => {
      if (session.mux.ended) return;
      if (session.mux.streamCount === 0) this.#end(session);
      else this.#options.context.clock.after(DRAIN_LOOK_MS, look);
    };
    this.#options.context.clock.after(DRAIN_LOOK_MS, look);
  }

  #end({ remotePk, rttMs, mux }: Session): void {
    mux.close();
    const { clock } = this.#options.context;
    const noticed: Promise<void> = sleep(clock, Math.max(AFTER_END_MS, 4 * rttMs), this.#abort.signal)
      .catch(() => {})
      .then(() => void (this.#ending.get(remotePk) === noticed && this.#ending.delete(remotePk)));
    this.#ending.set(remotePk, noticed);
  }

  /** The session has ended, in use or not. */
  #ended(session: Session, error: Error | undefined): void {
    if (this.#retired.delete(session)) return this.#options.onDrained?.(session.remotePk);
    if (this.#live.get(session.remotePk) === session) this.#live.delete(session.remotePk);
    this.#options.onDown(session, error ?? (this.#abort.signal.aborted ? undefined : closedByServer()));
  }

  #once(serverPk: string, work: () => Promise<Session>): Promise<Session> {
    const running = this.#connecting.get(serverPk);
    if (running) return running;
    const made = work().finally(() => this.#connecting.delete(serverPk));
    this.#connecting.set(serverPk, made);
    return made;
  }

  async #connect(
    serverPk: string,
    known: Entry | undefined,
    pauseMs: number | undefined,
    meanwhile?: () => void,
  ): Promise<Session> {
    const { context, discovery, carriers } = this.#options;
    const entry = known ?? await discovery.entry(serverPk).catch(unasked);
    await this.#ending.get(serverPk);
    if (!entry?.server) throw dmsgError(101);
    const { carrier, address } = pickCarrier(carriers, entry);
    const remote = parsePublicKey(serverPk); // before there is a socket that its failure would leave open
    const signal = this.#abort.signal;
    signal.throwIfAborted();
    const late = (): Error =>
      new NetworkError(`server ${address} did not answer within ${CONNECT_MS} ms`, {
        retry: true,
        reason: "timeout",
      });
    const limit = new AbortController();
    const unlink = abortWith(limit, signal);
    const dialled = carrier.dial(address, limit.signal);
    const duplex = await within(context.clock, CONNECT_MS, dialled, late).catch((error) => {
      limit.abort(error);
      dialled.then((late) => late.close(), () => {}); // connected in the same moment
      throw error;
    }).finally(unlink);
    const secured = await initiateSession(duplex, remote, context, meanwhile);
    if (signal.aborted) {
      duplex.close();
      throw signal.reason;
    }
    const session: Session = new Session(duplex, secured, {
      role: "client",
      clock: context.clock,
      pauseMs: pauseMs ?? Math.max(MIN_PAUSE_MS, secured.rttMs),
      limits: { maxStreams: MAX_STREAMS },
      onStream: this.#options.onStream,
      onLeaving: () => this.retire(session, goesAway(address)),
    });
    if (pauseMs !== undefined) this.#patient.add(session);
    this.#live.set(serverPk, session);
    session.mux.closed.then((error) => this.#ended(session, error));
    this.#options.onUp(session);
    return session;
  }
}

function unasked(error: unknown): never {
  throw error instanceof NetworkError ? new Unasked(error) : error;
}

/** Without an open stream that is a clean end, and yet not ours. */
const closedByServer = (): NetworkError =>
  new NetworkError("the server closed the session", { retry: true, reason: "closed" });

const goesAway = (address: string): NetworkError =>
  new NetworkError(`server ${address} takes no more streams`, { retry: true, reason: "closed" });
