/**
 * A stream that a server opens to us: its request is checked and answered, by a door that says who is let in.
 *
 * @see specification dmsg §9.3
 * @module
 */
import { generateKeyPair, parsePublicKey } from "../../crypto/keys.ts";
import { HandshakeState } from "../../noise/handshake_state.ts";
import { KK } from "../../noise/patterns.ts";
import type { MuxStream } from "../../yamux/mux_stream.ts";
import type { Addr } from "../addr.ts";
import { dmsgError } from "../errors.ts";
import { answerOffer, checkPq, type HandshakeContext } from "../sessions/handshake.ts";
import type { Session } from "../sessions/session.ts";
import { checkRequest, decodeRequest, encodeResponse, objectHash, type StreamRequest } from "./request.ts";
import { DmsgStream } from "./stream.ts";

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
      clock: context.clock,
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
