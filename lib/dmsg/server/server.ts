/**
 * A dmsg server: takes sessions of clients and relays streams between them.
 *
 * Where a classic server is silent, this one closes the initiator's stream at once, so that the dial fails fast.
 *
 * @see specification dmsg §9.2
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import { loadKem } from "../../noise/hybrid.ts";
import type { Clock } from "../../sys/clock.ts";
import { within } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import { toHex } from "../../wire/bytes.ts";
import { NetworkError } from "../../wire/errors.ts";
import type { Duplex } from "../../wire/machine.ts";
import type { MuxStream } from "../../yamux/mux_stream.ts";
import { dmsgError } from "../errors.ts";
import { acceptSession, type HandshakeContext } from "../sessions/handshake.ts";
import { Session } from "../sessions/session.ts";
import {
  checkRequest,
  checkResponse,
  decodeRequest,
  decodeResponse,
  encodeResponse,
  objectHash,
  type StreamRequest,
} from "../streams/request.ts";
import { type Client, Clients, type ServerUsage } from "./clients.ts";
import { ipBytes } from "./ip_bytes.ts";
import { ClientAccount, DEFAULT_LIMITS, type ServerLimits } from "./limits.ts";
import { pipe } from "./pipe.ts";

/** Longest wait for a stream's request after it was opened. */
const REQUEST_MS = 10_000;
/** Longest wait for the destination's answer (specification dmsg §9.2 "Servers should bound the wait for B"). */
const ANSWER_MS = 5000;
/** Connections whose handshake is under way; one more ends the oldest, so that silent ones can't keep others out. */
const MAX_HANDSHAKES = 128;

/** What a server tells its owner. */
export type ServerEvent =
  /** A client (its key) has a session; an older one of the same key is closed without an event. */
  | { readonly kind: "session-up"; readonly client: string }
  /** A client's last session has ended. */
  | { readonly kind: "session-down"; readonly client: string }
  /** A stream of a client to another one (their keys) is open: the server copies from now on. */
  | { readonly kind: "stream-up"; readonly client: string; readonly target: string }
  /** It has ended, in whatever way. */
  | { readonly kind: "stream-down"; readonly client: string; readonly target: string }
  /** A connection did not become a session. */
  | { readonly kind: "handshake-failed"; readonly remoteIp: string; readonly error: Error }
  /** A stream that a client opened was reset before it was relayed, and why. */
  | { readonly kind: "stream-failed"; readonly client: string; readonly error: Error };

/** How a server is set up. */
export interface ServerOptions {
  /** The server's key, as in its entry. */
  readonly pair: KeyPair;
  /** Measures every time-out and rate. */
  readonly clock: Clock;
  /** Makes ephemeral keys and answers ML-KEM offers. */
  readonly random: Random;
  /** Where the limits differ from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<ServerLimits>;
  /** The key of a client of whoever runs this server: it takes nobody's place, and these limits are not its. */
  readonly own?: PublicKeyHex;
  /** Told of sessions, streams and failures; must not throw. */
  readonly onEvent?: (event: ServerEvent) => void;
}

/**
 * A dmsg server without its listening socket: it is given connections.
 * @see lib/dmsg/README.md "The server"
 */
export class DmsgServer {
  readonly #options: ServerOptions;
  readonly #context: HandshakeContext;
  readonly #clients: Clients;
  /** Oldest first. */
  readonly #handshakes = new Set<Duplex>();
  #closed = false;

  /** A server without sessions. */
  constructor(options: ServerOptions) {
    this.#options = options;
    this.#clients = new Clients({ ...DEFAULT_LIMITS, ...options.limits }, options.own);
    const { pair, clock, random } = options;
    this.#context = { local: pair, clock, random, loadKem, offerPq: false, requirePq: false };
  }

  /** The server's public key, 66 hex characters. */
  get pk(): string {
    return this.#options.pair.pk;
  }

  /** Live sessions, one for each client key; {@link ServerOptions.own} is not counted. */
  get sessionCount(): number {
    return this.#clients.count;
  }

  /** What clients have open at the moment. */
  get usage(): ServerUsage {
    return this.#clients.usage;
  }

  /** Sessions that it would still take, for its entry. */
  get availableSessions(): number {
    return this.#clients.available;
  }

  /**
   * Takes one connection: handshake, then relaying until it ends. Never throws; failures are events.
   * @param duplex  A fresh connection, owned from now on; closed at once when there is no room.
   * @param remoteIp  The client's address as seen on the socket, as text; the answer to its IP look-up.
   * @returns When the connection has ended.
   * @see specification dmsg §8.1, §9.2
   */
  async take(duplex: Duplex, remoteIp: string): Promise<void> {
    if (this.#closed || !this.#clients.hasRoomFor()) return duplex.close();
    const [oldest] = this.#handshakes;
    if (this.#handshakes.size >= MAX_HANDSHAKES) {
      this.#handshakes.delete(oldest);
      oldest.close();
    }
    this.#handshakes.add(duplex);
    let client: Client;
    try {
      const secured = await acceptSession(duplex, this.#context);
      // Others may have taken the room during the handshake.
      if (this.#closed || !this.#clients.hasRoomFor(toHex(secured.remote))) return duplex.close();
      client = this.#add(duplex, secured, remoteIp);
    } catch (error) {
      return this.#tell({ kind: "handshake-failed", remoteIp, error: error as Error });
    } finally {
      this.#handshakes.delete(duplex);
    }
    await client.session.mux.closed;
    if (!this.#clients.remove(client)) return; // a newer session has the key
    this.#tell({ kind: "session-down", client: client.session.remotePk });
  }

  /** Ends all sessions; connections that come later are closed. */
  close(): void {
    this.#closed = true;
    this.#clients.close();
  }

  /** The newest session of a key wins; the older one is closed (specification dmsg §8.1, current). */
  #add(duplex: Duplex, secured: Awaited<ReturnType<typeof acceptSession>>, remoteIp: string): Client {
    const { clock } = this.#options;
    const limits = this.#clients.limitsOf(toHex(secured.remote));
    const session = new Session(duplex, secured, {
      role: "server",
      clock,
      pauseMs: 0,
      limits: { maxStreams: limits.maxStreamsPerClient },
      onStream: (stream) => void this.#relay(client, stream),
    });
    const client: Client = { session, account: new ClientAccount(limits, clock), remoteIp };
    this.#clients.put(client)?.session.mux.close();
    // Our first frame tells a client of ours that its own may come: it need not wait out its pause (§8.1).
    session.mux.greet();
    this.#tell({ kind: "session-up", client: session.remotePk });
    return client;
  }

  async #relay(client: Client, stream: MuxStream): Promise<void> {
    const free = client.account.addStream();
    try {
      if (!free) throw new NetworkError("client has too many streams", { retry: true, reason: "refused" });
      stream.countWaiting(client.account);
      await this.#relayChecked(client, stream, free);
    } catch (error) {
      stream.reset();
      this.#tell({ kind: "stream-failed", client: client.session.remotePk, error: error as Error });
    } finally {
      free?.();
    }
  }

  async #relayChecked(client: Client, stream: MuxStream, left: () => void): Promise<void> {
    const object = await this.#bounded(REQUEST_MS, client.session.readObject(stream), "no request came");
    if (object === null) {
      await client.session.writeProbe(stream);
      return stream.release();
    }
    const request = decodeRequest(object);
    checkRequest(request, object);
    if (request.source.pk !== client.session.remotePk) throw dmsgError(302);
    if (request.destination.pk === this.pk) return await this.#answerIp(client, stream, request, object);
    const target = this.#clients.get(request.destination.pk);
    if (!target) throw dmsgError(307);
    await this.#connect(client, target, stream, request, object, left);
  }

  /** Asks the destination and copies; its answer, also a rejection, goes back byte for byte. */
  async #connect(
    client: Client,
    target: Client,
    stream: MuxStream,
    request: StreamRequest,
    object: Uint8Array,
    left: () => void,
  ): Promise<void> {
    const free = target.account.addStream();
    if (!free) throw new NetworkError("destination has too many streams", { retry: true, reason: "refused" });
    let onward: MuxStream | undefined;
    try {
      const opened = onward = target.session.mux.open();
      opened.countWaiting(target.account);
      const asked = target.session.writeObject(opened, object).then(() => target.session.readObject(opened));
      const answer = await this.#bounded(ANSWER_MS, asked, "the destination did not answer");
      if (answer === null) throw dmsgError(370);
      const response = decodeResponse(answer);
      const refused = rejection(() => checkResponse(response, answer, request, objectHash(object)));
      if (refused && response.accepted) throw refused;
      await client.session.writeObject(stream, answer);
      if (refused) return [stream, opened].forEach((end) => end.release());
      const ends = { client: client.session.remotePk, target: target.session.remotePk };
      this.#tell({ kind: "stream-up", ...ends });
      const alone = await pipe(stream, opened, this.#options.clock, client.account, target.account);
      this.#tell({ kind: "stream-down", ...ends });
      (alone?.stream === opened ? left : free)(); // who is gone counts no more, the other one until its own end
      await alone?.ended;
    } catch (error) {
      onward?.reset();
      throw error;
    } finally {
      free();
    }
  }

  /** The IP look-up: the one request that the server answers itself (specification dmsg §9.2, 2). */
  async #answerIp(
    client: Client,
    stream: MuxStream,
    request: StreamRequest,
    object: Uint8Array,
  ): Promise<void> {
    if (!request.ipInfo) throw dmsgError(307);
    const response = {
      requestHash: objectHash(object),
      accepted: true,
      ip: ipBytes(client.remoteIp),
      errorCode: 0,
      noiseMessage: new Uint8Array(0),
    };
    await client.session.writeObject(stream, encodeResponse(response, this.#options.pair.secret));
    stream.release();
  }

  #bounded<T>(limitMs: number, work: Promise<T>, what: string): Promise<T> {
    const late = (): Error =>
      new NetworkError(`${what} within ${limitMs} ms`, { retry: true, reason: "timeout" });
    return within(this.#options.clock, limitMs, work, late);
  }

  #tell(event: ServerEvent): void {
    this.#options.onEvent?.(event);
  }
}

/** What a check throws; undefined when it passes. */
function rejection(check: () => void): Error | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
