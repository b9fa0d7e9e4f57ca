/**
 * Whether a server brings us what peers send: a stream to our own key through it must arrive here.
 *
 * A session can be up and yet be deaf: a classic server with two sessions of one key serves one of them and keeps the
 * other connected (specification dmsg §8.1). Only a stream that goes the whole way shows it.
 *
 * @see lib/dmsg/README.md "Self-dials"
 * @module
 */
import { sleep, within } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import { toHex } from "../../wire/bytes.ts";
import { NetworkError, ProtocolError } from "../../wire/errors.ts";
import type { HandshakeContext } from "../sessions/handshake.ts";
import type { Session } from "../sessions/session.ts";
import { CONTROL_PORT, pingPeer } from "../streams/control.ts";
import { dialStream, prepareDial } from "../streams/dial.ts";
import type { PortLease } from "../streams/ports.ts";
import { encodeRequest, objectHash } from "../streams/request.ts";
import type { DmsgStream } from "../streams/stream.ts";

/** Pauses before the self-dials of a session: soon after its start, then now and then; each ± a quarter. */
const PAUSES_MS = [400, 8000, 20_000, 45_000];
/** One self-dial; a classic server says nothing when it fails. */
const PROBE_MS = 5000;
/** Before the second one, after one that failed. */
const AGAIN_MS = 1000;
/** Our own requests that are remembered: one that a server sends a second time is no other program's. */
const MAX_REMEMBERED = 512;

/** What a self-dial has shown. */
export type Heard =
  /** It came here. */
  | "here"
  /** Another program has answered with our key. */
  | "elsewhere"
  /** Nobody has. */
  | "nowhere";

/** What self-dials need and whom they tell. */
export interface SelfDialOptions {
  /** Our key; nothing of it but key, clock and randomness is used. */
  readonly context: HandshakeContext;
  /** Reserves the port that a self-dial comes from. */
  readonly ephemeral: () => PortLease;
  /** Spreads the pauses. */
  readonly random: Random;
  /** Told of each outcome; of `nowhere` only after a second time. Must not throw. */
  readonly onHeard: (session: Session, heard: Heard) => void;
}

/** Dials our own key through sessions, as long as they live. */
export class SelfDial {
  readonly #options: SelfDialOptions;
  readonly #stop = new AbortController();
  /** Hashes of requests to our own key that we sent; a self-dial under way has who waits for it. */
  readonly #sent = new Map<string, (() => void) | undefined>();
  /** Wakes the pause of a session. */
  readonly #pauses = new Map<Session, AbortController>();

  /** Dials nobody yet. */
  constructor(options: SelfDialOptions) {
    this.#options = options;
  }

  /** Begins to dial through a session, until that has ended; harmless when repeated. */
  watch(session: Session): void {
    if (this.#pauses.has(session) || this.#stop.signal.aborted) return;
    this.#pauses.set(session, new AbortController());
    void this.#run(session);
  }

  /** Dials through all sessions soon: something suggests that they may be deaf. */
  soon(): void {
    for (const pause of this.#pauses.values()) pause.abort();
  }

  /** Remembers a request to our own key that leaves from here. @param object  As it is sent. */
  remember(object: Uint8Array, heard?: () => void): void {
    const hash = toHex(objectHash(object));
    this.#sent.set(hash, heard);
    const [oldest] = this.#sent.keys();
    if (this.#sent.size > MAX_REMEMBERED) this.#sent.delete(oldest);
  }

  /**
   * Looks at a request that has come.
   * @param hash  Of the request object, 32 bytes.
   * @returns `heard`: it was a self-dial and needs no answer; `ours`: we sent it; `strange`: somebody else did.
   */
  take(hash: Uint8Array): "heard" | "ours" | "strange" {
    const name = toHex(hash);
    if (!this.#sent.has(name)) return "strange";
    const heard = this.#sent.get(name);
    if (!heard) return "ours";
    this.#sent.set(name, undefined);
    heard();
    return "heard";
  }

  /** Ends all of it. */
  close(): void {
    this.#stop.abort();
    for (const pause of this.#pauses.values()) pause.abort();
  }

  async #run(session: Session): Promise<void> {
    const { onHeard } = this.#options;
    void session.mux.closed.then(() => this.#pauses.get(session)?.abort());
    const isOver = (): boolean => session.mux.ended || session.mux.isLeaving || this.#stop.signal.aborted;
    for (let round = 0; !isOver(); round++) {
      await this.#pause(session, PAUSES_MS[Math.min(round, PAUSES_MS.length - 1)]);
      let heard = isOver() ? undefined : await this.#probe(session, "knock");
      if (heard === "nowhere" && !isOver()) {
        await this.#pause(session, AGAIN_MS);
        heard = isOver() ? undefined : await this.#probe(session, "dial");
      }
      if (heard && !isOver()) onHeard(session, heard);
    }
    this.#pauses.delete(session);
  }

  /** Waits; {@link soon} makes it short. */
  async #pause(session: Session, pauseMs: number): Promise<void> {
    const { context: { clock }, random } = this.#options;
    const pause = new AbortController();
    this.#pauses.set(session, pause);
    if (this.#stop.signal.aborted || session.mux.ended) return;
    await sleep(clock, pauseMs * (0.75 + 0.5 * random.fraction()), pause.signal).catch(() => {});
  }

  /** Undefined when no port is free: that says nothing about the session. */
  #lease(): PortLease | undefined {
    try {
      return this.#options.ephemeral();
    } catch {
      return undefined;
    }
  }

  /** @returns Undefined when it could not be asked. */
  async #probe(session: Session, how: "knock" | "dial"): Promise<Heard | undefined> {
    const { clock } = this.#options.context;
    const over = new AbortController();
    const here = Promise.withResolvers<Heard>();
    const heard = (): void => here.resolve("here");
    const late = (): Error => new NetworkError("nobody has answered", { retry: true, reason: "timeout" });
    const lease = this.#lease();
    if (!lease) return undefined;
    const work = how === "knock"
      ? this.#knock(session, lease.port, heard, over.signal)
      : this.#dial(session, lease.port, heard, over.signal);
    try {
      return await within(clock, PROBE_MS, Promise.race([here.promise, work]), late, this.#stop.signal);
    } catch {
      return "nowhere";
    } finally {
      over.abort(late());
      lease.release();
    }
  }

  /**
   * Sends a request that only we can take, without a handshake in it: one signature is all that it costs.
   * Rejects when the stream has ended.
   */
  async #knock(session: Session, port: number, heard: () => void, signal: AbortSignal): Promise<never> {
    const { local, clock } = this.#options.context;
    const object = encodeRequest({
      timestampNs: clock.wallNs(),
      source: { pk: local.pk, port },
      destination: { pk: local.pk, port: CONTROL_PORT },
      ipInfo: false,
      noiseMessage: new Uint8Array(0),
    }, local.secret);
    this.remember(object, heard);
    const under = session.mux.open();
    signal.addEventListener("abort", () => under.reset(), { once: true });
    await session.writeObject(under, object);
    await session.readObject(under);
    throw new NetworkError("somebody else has taken it", { retry: true, reason: "unreachable" });
  }

  /** Dials; settles when another program has answered, or nobody can. */
  async #dial(session: Session, port: number, heard: () => void, signal: AbortSignal): Promise<Heard> {
    const { context } = this.#options;
    const pk = context.local.pk;
    const plain = { ...context, offerPq: false, requirePq: false, onAsked: undefined };
    const destination = { pk, port: CONTROL_PORT };
    let stream: DmsgStream | undefined;
    try {
      const attempt = prepareDial({ source: { pk, port }, destination, onClose: () => {} }, plain, undefined);
      this.remember(attempt.object, heard);
      stream = await dialStream(session, attempt, plain, signal);
      // The other program knows by this that we live: a request alone could be a server's copy of an old one.
      await pingPeer(stream, context.clock, PROBE_MS, signal).catch(() => {});
      return "elsewhere";
    } catch (error) {
      // A signed "no" to this very request: whoever has our key is there.
      if (error instanceof ProtocolError && typeof error.code === "number" && isAnswer(error.code)) {
        return "elsewhere";
      }
      throw error;
    } finally {
      stream?.close();
    }
  }
}

/** Codes of a response whose hash and signature were right. */
const isAnswer = (code: number): boolean => code === 306 || code === 352 || code === 401 || code === 400;
