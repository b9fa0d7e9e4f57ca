/**
 * One stream between two clients: the KK handshake inside a signed request and response, then sealed frames.
 *
 * @see specification dmsg §9.1, §9.3, §14
 * @module
 */
import { loadNativeAead, readyAead } from "../crypto/aead.ts";
import { generateKeyPair, parsePublicKey } from "../crypto/keys.ts";
import { HandshakeState, type TransportKeys } from "../noise/handshake_state.ts";
import { CIPHERTEXT_BYTES, type Kem, type KemPair } from "../noise/hybrid.ts";
import { KK } from "../noise/patterns.ts";
import { type Ciphers, SecureStream } from "../noise/secure.ts";
import type { Duplex } from "../wire/machine.ts";
import type { MuxStream } from "../yamux/mux_stream.ts";
import type { Addr } from "./addr.ts";
import { dmsgError } from "./errors.ts";
import { answerOffer, checkPq, type HandshakeContext } from "./handshake.ts";
import {
  checkRequest,
  checkResponse,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  objectHash,
  type StreamRequest,
} from "./request.ts";
import type { Session } from "./session.ts";

const CIPHERS: Ciphers = { maker: readyAead, upgrade: loadNativeAead };

/**
 * A byte pipe to another client, sealed end to end. Frame borders of the wire are not seen here.
 * @see specification dmsg §9.4
 */
export class DmsgStream implements Duplex {
  /** Our end: a listener's port, or the ephemeral one of a stream that we dialled. */
  readonly local: Addr;
  /** Proven by the handshake. */
  readonly remote: Addr;
  /** Whether the keys are hybrid (ML-KEM-768). */
  readonly hybrid: boolean;
  readonly #secure: SecureStream;
  readonly #under: MuxStream;
  readonly #onClose: () => void;
  #closed = false;

  /**
   * For {@link dialStream} and {@link answerStream}.
   * @param under  Its next byte is the first byte of a stream frame; owned from now on.
   * @param keys  Of the finished KK handshake.
   * @param info  `onClose` is called once, by {@link close}.
   */
  constructor(
    under: MuxStream,
    keys: TransportKeys,
    info: { local: Addr; remote: Addr; hybrid: boolean; onClose: () => void },
  ) {
    this.local = info.local;
    this.remote = info.remote;
    this.hybrid = info.hybrid;
    this.#onClose = info.onClose;
    this.#under = under;
    this.#secure = new SecureStream(under, keys, CIPHERS);
  }

  /**
   * Waits for the next bytes; the peer's window grows by them when they are handed over.
   * @returns A view that is valid until the next call, or null behind the peer's FIN.
   * @throws {ProtocolError} by peer: a frame that can't be right (length, nonce, tag); the stream is dead then.
   * @throws {NetworkError} The stream was reset or cut inside a frame, or its session has ended.
   */
  read(): Promise<Uint8Array | null> {
    return this.#secure.read();
  }

  /**
   * Seals bytes, any number, in frames of at most 4070 and waits for window. Calls that are not awaited keep their
   * order, and let the next bytes be sealed meanwhile.
   * @returns When all are handed to the socket and the array may be reused; not when the peer has them.
   * @throws {NetworkError} The stream is closed for writing, was reset, or its session has ended.
   */
  write(bytes: Uint8Array): Promise<void> {
    return this.#secure.write(bytes);
  }

  /** FIN behind the writes before it; reading goes on. A classic server then ends the other direction as well. */
  closeWrite(): Promise<void> {
    return this.#secure.closeWrite();
  }

  /** Ends both directions: FIN, and what still arrives is dropped. Frees the port; harmless when repeated. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#secure.close();
    this.#onClose();
  }

  /** Ends both directions at once and lets the peer know that bytes are missing: an end that is no end of file. */
  reset(): void {
    this.#under.reset();
    this.close();
  }

  /**
   * A round trip to the server under the stream, in milliseconds. Its answer says that the server has taken every
   * byte that was written before: "handed over".
   * @throws {NetworkError} The session ended, or the server did not answer in 10 s, which ends it.
   */
  ping(): Promise<number> {
    return this.#under.ping();
  }
}

/** Where a dialled stream goes from and to. */
export interface DialRoute {
  /** Our key and an ephemeral port that is reserved for this stream. */
  readonly source: Addr;
  /** The peer's key and the port that it should listen on. */
  readonly destination: Addr;
  /** Called once when the stream is closed; not when the dial fails. */
  readonly onClose: () => void;
}

/** A dial that has its first message: the request, and the handshake that waits for the answer. Good for one try. */
export interface DialAttempt {
  /** From where to where. */
  readonly route: DialRoute;
  /** Has written KK message 1. */
  readonly state: HandshakeState;
  /** What is asked. */
  readonly request: StreamRequest;
  /** The same, encoded and signed. */
  readonly object: Uint8Array;
  /** Given when the hybrid is offered. */
  readonly kem: Kem | undefined;
  /** The pair whose encapsulation key is in the request. */
  readonly offer: KemPair | undefined;
}

/**
 * Makes the first message of a dial: some 3 ms of curve work that needs no session.
 * @param kem  Offers the hybrid.
 * @see specification dmsg §9.1
 */
export function prepareDial(route: DialRoute, context: HandshakeContext, kem: Kem | undefined): DialAttempt {
  const offer = kem?.generate(context.random);
  const state = new HandshakeState(KK, {
    initiator: true,
    local: context.local,
    ephemeral: generateKeyPair(context.random),
    remote: parsePublicKey(route.destination.pk),
  });
  const request: StreamRequest = {
    timestampNs: context.clock.wallNs(),
    source: route.source,
    destination: route.destination,
    ipInfo: false,
    noiseMessage: state.writeMessage(offer?.encapsulationKey),
  };
  return { route, state, request, object: encodeRequest(request, context.local.secret), kem, offer };
}

/**
 * Dials through one session. Has no time limit of its own: the caller's is the one over all tries.
 * @param context  Our key; with `offerPq` the ML-KEM offer goes into KK message 1.
 * @param signal  Gives up: the stream is reset, so that nothing stays of it when the server is silent.
 * @returns The stream; both sides have proven their keys.
 * @throws {ProtocolError} A rejection by the peer (its dmsg code), an answer that can't be right, or a stream that
 *   the server closed: the destination is not reachable through it.
 * @throws {NetworkError} The session ended or takes no more streams, or (`refused`) a plain peer under `requirePq`.
 * @see specification dmsg §9.1, 3 to 6
 */
export async function dialStream(
  session: Session,
  attempt: DialAttempt,
  context: HandshakeContext,
  signal?: AbortSignal,
): Promise<DmsgStream> {
  const { route, state, request, object, kem, offer } = attempt;
  signal?.throwIfAborted();
  const under = session.mux.open();
  const giveUp = (): void => under.reset();
  signal?.addEventListener("abort", giveUp, { once: true });
  try {
    await session.writeObject(under, object);
    readOurOwn(object);
    context.onAsked?.();
    const answer = await session.readObject(under);
    if (answer === null) throw dmsgError(370);
    const response = decodeResponse(answer);
    checkResponse(response, answer, request, objectHash(object));
    const payload = state.readMessage(response.noiseMessage);
    const shared = kem && offer && payload.length === CIPHERTEXT_BYTES
      ? kem.decapsulate(payload, offer.decapsulationKey)
      : undefined;
    const hybrid = shared !== undefined;
    const refusal = checkPq(context, hybrid, "the peer");
    if (refusal) throw refusal;
    return new DmsgStream(under, state.transportKeys(shared), {
      local: route.source,
      remote: route.destination,
      hybrid,
      onClose: route.onClose,
    });
  } catch (error) {
    under.release();
    throw error;
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
}

let hasRead = false;

/**
 * Reads and checks our own first request while the peer works on it: then what reads the answer is compiled by the
 * time it comes, which is 4 ms of a one-shot command's life.
 */
function readOurOwn(object: Uint8Array): void {
  if (hasRead) return;
  hasRead = true;
  checkRequest(decodeRequest(object), object);
}

/** What a listener decides about a stream before it is answered. */
export interface Admission {
  /** Called once when the stream is closed. */
  readonly onClose: () => void;
  /** Takes the stream. */
  deliver(stream: DmsgStream): void;
}

/** Who is let in: the one place through which every stream of every port comes. */
export interface Door {
  /** Whether a request is our own, which needs no answer. @param hash  Of its object, 32 bytes. */
  isOwn(hash: Uint8Array): boolean;
  /** Asked when a request is found right, before anything is answered; false ends the stream without an answer. */
  passes(request: StreamRequest): boolean | Promise<boolean>;
  /** Says who takes a stream to this port of ours. @throws {ProtocolError} A dmsg error (306, 401) to refuse. */
  admit(local: Addr): Admission;
}

/**
 * Answers a stream that a server opened to us; a "no" is signed too, so that the dialler fails at once.
 * @param under  The stream, nothing read yet.
 * @returns When the stream is delivered, refused, or a probe was answered.
 * @throws {ProtocolError} What was wrong with the request, or why it was refused; the stream is closed.
 * @throws {NetworkError} The stream ended first, or (`refused`) a plain peer under `requirePq`.
 * @see specification dmsg §9.3
 */
export async function answerStream(
  session: Session,
  under: MuxStream,
  context: HandshakeContext,
  door: Door,
): Promise<void> {
  try {
    const object = await session.readObject(under);
    if (object === null) {
      await session.writeProbe(under);
      await under.finish();
      return under.release();
    }
    const requestHash = objectHash(object);
    if (door.isOwn(requestHash)) return under.reset();
    const request = decodeRequest(object);
    checkRequest(request, object);
    if (request.destination.pk !== context.local.pk) throw dmsgError(303);
    if (!await door.passes(request)) return under.reset();
    await answerRequest(session, under, requestHash, request, context, door);
  } catch (error) {
    under.release();
    throw error;
  }
}

async function answerRequest(
  session: Session,
  under: MuxStream,
  requestHash: Uint8Array,
  request: StreamRequest,
  context: HandshakeContext,
  door: Door,
): Promise<void> {
  const state = new HandshakeState(KK, {
    initiator: false,
    local: context.local,
    ephemeral: generateKeyPair(context.random),
    remote: parsePublicKey(request.source.pk),
  });
  const made = await answerOffer(state.readMessage(request.noiseMessage), context);
  let admission: Admission | undefined;
  try {
    const refusal = checkPq(context, made !== undefined, "the peer");
    if (refusal) throw refusal;
    admission = door.admit(request.destination);
    const noiseMessage = state.writeMessage(made?.ciphertext);
    const accepted = { requestHash, accepted: true, errorCode: 0, noiseMessage };
    // Frames of the initiator may follow the response at once: the opener must stand before it leaves.
    const stream = new DmsgStream(under, state.transportKeys(made?.shared), {
      local: request.destination,
      remote: request.source,
      hybrid: made !== undefined,
      onClose: admission.onClose,
    });
    await session.writeObject(under, encodeResponse(accepted, context.local.secret));
    admission.deliver(stream);
  } catch (error) {
    admission?.onClose();
    const code = (error as { code?: unknown }).code;
    const errorCode = typeof code === "number" && code >= 300 && code < 500 ? code : 0;
    const rejected = { requestHash, accepted: false, errorCode, noiseMessage: new Uint8Array(0) };
    // A signed "no" lets the dialler fail at once; a classic server swallows it (specification dmsg §9.2).
    await session.writeObject(under, encodeResponse(rejected, context.local.secret));
    await under.finish();
    throw error;
  }
}
