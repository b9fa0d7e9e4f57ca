/**
 * A client's sessions to servers: connecting, finding, losing.
 *
 * @see specification dmsg §8.1, §13
 * @module
 */
import { parsePublicKey } from "../crypto/keys.ts";
import { within } from "../sys/clock.ts";
import { NetworkError } from "../wire/errors.ts";
import type { MuxStream } from "../yamux/mux.ts";
import { type Carrier, pickCarrier } from "./carriers/mod.ts";
import type { DiscoveryClient } from "./discovery.ts";
import type { Entry } from "./entry.ts";
import { dmsgError } from "./errors.ts";
import { type HandshakeContext, initiateSession } from "./handshake.ts";
import { MIN_PAUSE_MS, PATIENT_PAUSE_MS, Session } from "./session.ts";

/** Longest wait for a server's socket. */
const CONNECT_MS = 5000;

/** What the table needs and whom it tells. */
export interface SessionsOptions {
  readonly context: HandshakeContext;
  readonly discovery: DiscoveryClient;
  readonly carriers: readonly Carrier[];
  readonly onStream: (stream: MuxStream, session: Session) => void;
  readonly onUp: (session: Session) => void;
  readonly onDown: (session: Session, error: Error | undefined) => void;
}

/** The live sessions, one per server key. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #live = new Map<string, Session>();
  readonly #connecting = new Map<string, Promise<Session>>();
  readonly #abort = new AbortController();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** Live sessions, oldest first. */
  list(): Session[] {
    return [...this.#live.values()];
  }

  /** The live session with a server. */
  get(serverPk: string): Session | undefined {
    return this.#live.get(serverPk);
  }

  /**
   * The session with a server: the live one, the one that is being connected, or a new one.
   * @param entry  The server's entry when it is known; else it is looked up.
   * @throws {NetworkError | ProtocolError} Why there is none.
   */
  connect(serverPk: string, entry?: Entry): Promise<Session> {
    const live = this.#live.get(serverPk);
    if (live) return Promise.resolve(live);
    return this.#once(serverPk, () => this.#connect(serverPk, entry, undefined));
  }

  /**
   * Replaces a session that ended before the server answered anything: our first frame may have come too early for
   * a classic server. Once, with a long pause.
   * @returns undefined when the session died of something else.
   */
  reconnectPatiently(dead: Session): Promise<Session> | undefined {
    if (dead.answered || !dead.mux.ended || this.#patient.has(dead) || this.#abort.signal.aborted) {
      return undefined;
    }
    return this.#once(dead.remotePk, () => this.#connect(dead.remotePk, undefined, PATIENT_PAUSE_MS));
  }
  readonly #patient = new WeakSet<Session>();

  /** Ends all sessions; none is made after it. */
  close(): void {
    this.#abort.abort(new NetworkError("client is closed", { retry: false, reason: "closed" }));
    for (const session of this.#live.values()) session.mux.close();
  }

  #once(serverPk: string, work: () => Promise<Session>): Promise<Session> {
    const running = this.#connecting.get(serverPk);
    if (running) return running;
    const made = work().finally(() => this.#connecting.delete(serverPk));
    this.#connecting.set(serverPk, made);
    return made;
  }

  async #connect(serverPk: string, known: Entry | undefined, pauseMs: number | undefined): Promise<Session> {
    const { context, discovery, carriers } = this.#options;
    const entry = known ?? await discovery.entry(serverPk);
    if (!entry?.server) throw dmsgError(101);
    const { carrier, address } = pickCarrier(carriers, entry);
    const signal = this.#abort.signal;
    signal.throwIfAborted();
    const late = (): Error =>
      new NetworkError(`server ${address} did not answer within ${CONNECT_MS} ms`, {
        retry: true,
        reason: "timeout",
      });
    const limit = new AbortController();
    const dialled = carrier.dial(address, AbortSignal.any([signal, limit.signal]));
    const duplex = await within(context.clock, CONNECT_MS, dialled, late).catch((error) => {
      limit.abort(error);
      throw error;
    });
    const secured = await initiateSession(duplex, parsePublicKey(serverPk), context);
    if (signal.aborted) {
      duplex.close();
      throw signal.reason;
    }
    const session = new Session(duplex, secured, {
      role: "client",
      clock: context.clock,
      pauseMs: pauseMs ?? Math.max(MIN_PAUSE_MS, secured.rttMs),
      onStream: this.#options.onStream,
    });
    if (pauseMs !== undefined) this.#patient.add(session);
    this.#live.set(serverPk, session);
    session.mux.closed.then((error) => {
      if (this.#live.get(serverPk) === session) this.#live.delete(serverPk);
      this.#options.onDown(session, error);
    });
    this.#options.onUp(session);
    return session;
  }
}
