/**
 * A dial: through the peer's servers in turn, each with its own time, and beside each other when one is slow.
 *
 * @see specification dmsg §9.1
 * @module
 */
import { unlessAborted } from "../../sys/abort.ts";
import { within } from "../../sys/clock.ts";
import { NetworkError } from "../../wire/errors.ts";
import type { Addr } from "../addr.ts";
import type { DiscoveryClient } from "../discovery/client.ts";
import type { Entry } from "../entries/entry.ts";
import type { HandshakeContext } from "../sessions/handshake.ts";
import type { Session } from "../sessions/session.ts";
import type { Sessions } from "../sessions/sessions.ts";
import { type DialAttempt, type DialRoute, dialStream, prepareDial, ServerSilent } from "./dial.ts";
import { isRefusal, NOT_TRIED, refusal, serverFailed, serversIn, unreachable } from "./dial_errors.ts";
import { hedged } from "./hedged.ts";
import type { PortLease } from "./ports.ts";
import type { DmsgStream } from "./stream.ts";

/** One try through one server; a classic server is silent when it can't reach the peer (specification dmsg §9.2). */
const ATTEMPT_MS = 8000;
/** A server that has not brought an answer after so long has the next one asked beside it: a frozen session, or that silence. */
const STALL_MS = 2000;
/** So many servers of the entry that came first may stall before other discoveries are asked beside them. */
const PATIENCE = 2;
/** All tries of one dial together. */
const DIAL_MS = 20_000;

/** What a dial needs of its client. */
export interface DiallerOptions {
  /** Our key, time and randomness. */
  readonly context: HandshakeContext;
  /** Knows the peer's servers. */
  readonly discovery: DiscoveryClient;
  /** Those that we have, and makes others. */
  readonly sessions: Sessions;
  /** Takes a port of ours for one stream. @throws {ProtocolError} None is free. */
  readonly ephemeral: () => PortLease;
  /** Told of a stream that is open. @returns Call it when the stream is closed. */
  readonly track: (stream: DmsgStream) => () => void;
  /** A server that has not brought an answer after so long has the next one asked beside it. Default {@link STALL_MS}. */
  readonly stallMs?: number;
  /** Told of a request to ourselves, before it leaves: its object. */
  readonly onOwn: (object: Uint8Array) => void;
}

/** See the module. */
export class Dialler {
  readonly #options: DiallerOptions;

  /** Has dialled nobody. */
  constructor(options: DiallerOptions) {
    this.#options = options;
  }

  /** As `DmsgClient.dial`. */
  async dial(destination: Addr, signal: AbortSignal | undefined, apart: number): Promise<DmsgStream> {
    const { clock } = this.#options.context;
    const untilMs = clock.nowMs() + DIAL_MS;
    // A look-up that nobody wants any more would hold up whoever ends: it has seconds.
    const servers = await unlessAborted(signal, this.#serversOf(destination, apart));
    const through = (server: string) => (over: AbortSignal): Promise<DmsgStream> => {
      const leftMs = untilMs - clock.nowMs();
      if (leftMs <= 0) return Promise.reject(NOT_TRIED);
      return this.#attempt(server, destination, Math.min(leftMs, ATTEMPT_MS), over);
    };
    const stallMs = this.#options.stallMs ?? STALL_MS;
    const hedging = { clock, stallMs, isFinal: isRefusal, drop: (stream: DmsgStream) => stream.close() };
    const tried: string[] = [];
    const errors: unknown[] = [];
    const any = async (some: readonly string[], over: AbortSignal): Promise<DmsgStream> => {
      const outcome = await hedged(some.map(through), { ...hedging, signal: over });
      if ("value" in outcome) return outcome.value;
      tried.push(...some);
      errors.push(...outcome.errors);
      throw NOT_TRIED;
    };
    const elsewhere = async (over: AbortSignal): Promise<DmsgStream> => {
      if (clock.nowMs() >= untilMs) throw NOT_TRIED;
      return await any(await this.#serversElsewhere(destination, servers), over);
    };
    const here = (over: AbortSignal): Promise<DmsgStream> => any(servers, over);
    const ways = this.#options.discovery.urls.length > 1 ? [here, elsewhere] : [here];
    const outcome = await hedged(ways, { ...hedging, stallMs: PATIENCE * stallMs, signal }).catch((error) => {
      throw isRefusal(error) ? refusal(destination, error) : error;
    });
    if ("value" in outcome) return outcome.value;
    throw unreachable(destination, tried, errors);
  }

  get #pk(): string {
    return this.#options.context.local.pk;
  }

  /** The destination's servers: those that we have a session with first (specification dmsg §9.1), turned by `apart`. */
  async #serversOf(destination: Addr, apart: number): Promise<string[]> {
    const { discovery } = this.#options;
    const entry = await discovery.entry(destination.pk);
    const isElsewhere = entry !== undefined && serverKeys(entry).length === 0 && discovery.urls.length > 1;
    const other = isElsewhere
      ? (await discovery.entries(destination.pk)).find((one) => serverKeys(one).length > 0)
      : undefined;
    const servers = serversIn(other ?? entry, destination);
    const have = servers.filter((server) => this.#options.sessions.get(server));
    const all = [...have, ...servers.filter((server) => !this.#options.sessions.get(server))];
    const first = apart % all.length;
    return [...all.slice(first), ...all.slice(0, first)];
  }

  /**
   * Servers that other discoveries tell of: an entry of who has left a network without a word stays there, and its
   * discovery may be the one that answers first.
   */
  async #serversElsewhere({ pk }: Addr, known: readonly string[]): Promise<string[]> {
    const all = (await this.#options.discovery.entries(pk)).flatMap(serverKeys);
    return [...new Set(all)].filter((server) => !known.includes(server));
  }

  #attempt(server: string, destination: Addr, limitMs: number, signal?: AbortSignal): Promise<DmsgStream> {
    const late = (): Error =>
      new NetworkError(`no answer within ${Math.round(limitMs)} ms`, { retry: true, reason: "timeout" });
    // Given up, the work must end too: a classic server is silent, its stream would stay for ever.
    const over = new AbortController();
    const work = this.#dialThrough(server, destination, over.signal);
    return within(this.#options.context.clock, limitMs, work, late, signal).catch((error) => {
      over.abort(error);
      work.then((stream) => stream.close(), () => {}); // answered in the same moment
      throw error;
    });
  }

  async #dialThrough(server: string, destination: Addr, signal: AbortSignal): Promise<DmsgStream> {
    const lease = this.#options.ephemeral();
    let forget = (): void => {};
    const onClose = (): void => {
      lease.release();
      forget();
    };
    const route = { source: { pk: this.#pk, port: lease.port }, destination, onClose };
    try {
      const stream = await this.#dialRoute(server, route, signal);
      forget = this.#options.track(stream);
      return stream;
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  async #dialRoute(server: string, route: DialRoute, signal: AbortSignal): Promise<DmsgStream> {
    const context = this.#options.context;
    const kem = context.offerPq ? await context.loadKem() : undefined;
    let early: DialAttempt | undefined;
    const fresh = (): DialAttempt => {
      const attempt = prepareDial(route, context, kem);
      if (route.destination.pk === this.#pk) this.#options.onOwn(attempt.object);
      return attempt;
    };
    const prepare = (): DialAttempt => early ??= fresh();
    const session = await this.#options.sessions.connect(server, undefined, prepare).catch(serverFailed);
    signal.throwIfAborted();
    try {
      return await dialStream(session, prepare(), context, signal);
    } catch (error) {
      const again = signal.aborted ? undefined : this.#insteadOf(session, error);
      if (!again) throw error;
      const second = await again.catch(serverFailed);
      signal.throwIfAborted();
      return await dialStream(second, fresh(), context, signal);
    }
  }

  /** Another session for a dial that failed; undefined: that was not the session's fault. */
  #insteadOf(session: Session, error: unknown): Promise<Session> | undefined {
    const { sessions } = this.#options;
    if (!(error instanceof ServerSilent)) return sessions.reconnectPatiently(session);
    // What it carries goes on: a server that stood still may answer after all.
    sessions.retire(session, error);
    return sessions.connect(session.remotePk);
  }
}

const serverKeys = (entry: Entry): readonly string[] => entry.client?.delegatedServers ?? [];
