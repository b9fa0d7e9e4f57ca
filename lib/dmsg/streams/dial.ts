/**
 * A stream that we dial: a signed request with KK message 1, and the answer to it.
 *
 * @see specification dmsg §9.1
 * @module
 */
import { generateKeyPair, parsePublicKey } from "../../crypto/keys.ts";
import { HandshakeState } from "../../noise/handshake_state.ts";
import { CIPHERTEXT_BYTES, type Kem, type KemPair } from "../../noise/hybrid.ts";
import { KK } from "../../noise/patterns.ts";
import { NetworkError } from "../../wire/errors.ts";
import type { Addr } from "../addr.ts";
import { dmsgError } from "../errors.ts";
import { checkPq, type HandshakeContext } from "../sessions/handshake.ts";
import type { Session } from "../sessions/session.ts";
import {
  checkRequest,
  checkResponse,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  objectHash,
  type StreamRequest,
} from "./request.ts";
import { DmsgStream } from "./stream.ts";

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

/** A session that brings no answer for so long is asked whether it lives: its socket may be dead on the other side alone. */
const DOUBT_MS = 2000;
/**
 * Without a byte of the server for so long behind that, or for four round trips, the dial is tried over another session.
 * Its pong has 10 s before the session ends, and a dial that waits for that is over: a message has 5 s.
 */
const SILENT_MS = 2000;

/** Nothing comes through the session, though it stands: its socket is dead on one side alone, or its server stands still. */
export class ServerSilent extends NetworkError {
  /** Says it. @param silentMs  For how long. */
  constructor(silentMs: number) {
    super(`the server has said nothing for ${silentMs} ms`, { retry: true, reason: "timeout" });
  }
}

/**
 * Dials through one session. Has no time limit of its own: the caller's is the one over all tries. One that is not
 * answered soon has the server pinged: without a pong the session ends, long before its keep-alive would have noticed.
 * @param context  Our key; with `offerPq` the ML-KEM offer goes into KK message 1.
 * @param signal  Gives up: the stream is reset, so that nothing stays of it when the server is silent.
 * @returns The stream; both sides have proven their keys.
 * @throws {ProtocolError} A rejection by the peer (its dmsg code), an answer that can't be right, or a stream that
 *   the server closed: the destination is not reachable through it.
 * @throws {ServerSilent} Nothing at all has come from the server meanwhile.
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
  let silent: ServerSilent | undefined;
  let trust = context.clock.after(DOUBT_MS, () => {
    void session.mux.ping().catch(() => {});
    const askedMs = context.clock.nowMs();
    const silentMs = Math.max(SILENT_MS, 4 * Math.round(session.rttMs));
    trust = context.clock.after(silentMs, () => {
      if (session.mux.ended || session.mux.heardMs >= askedMs) return;
      silent = new ServerSilent(DOUBT_MS + silentMs);
      under.reset();
    });
  });
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
      clock: context.clock,
    });
  } catch (error) {
    under.release();
    throw silent ?? error;
  } finally {
    trust();
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
