/**
 * The XK handshake of a session over a Duplex: three framed messages, 5 seconds.
 *
 * @see specification dmsg §5.1, §8.1, §14
 * @module
 */
import { generateKeyPair, type KeyPair } from "../../crypto/keys.ts";
import { HandshakeState, type TransportKeys } from "../../noise/handshake_state.ts";
import { CIPHERTEXT_BYTES, ENCAPSULATION_KEY_BYTES, type Kem } from "../../noise/hybrid.ts";
import { XK } from "../../noise/patterns.ts";
import type { Clock } from "../../sys/clock.ts";
import { within } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import { NetworkError, ProtocolError } from "../../wire/errors.ts";
import { encodeFrame, FrameReader, type FrameRule } from "../../wire/frame.ts";
import type { Duplex } from "../../wire/machine.ts";

/** Both sides give up after this (specification dmsg §5.1). */
export const HANDSHAKE_MS = 5000;

/** Handshake messages on the socket: u16 length, at most 4094. */
export const HANDSHAKE_FRAME: FrameRule = {
  prefixBytes: 2,
  minBytes: 1,
  maxBytes: 4094,
  error: (length) =>
    new ProtocolError(
      `no dmsg is spoken there: a handshake message of ${length} bytes, where 1 to 4094 can be`,
      {
        by: "peer",
        code: "noise",
        ends: "session",
      },
    ),
};

/** What a party needs for handshakes, of sessions and of streams. */
export interface HandshakeContext {
  /** Our static pair. */
  readonly local: KeyPair;
  /** Measures the 5 s and the round trip; its wall time goes into stream requests. */
  readonly clock: Clock;
  /** Makes ephemeral keys and ML-KEM's draws. */
  readonly random: Random;
  /** Loads ML-KEM-768; called when a peer offers it, or at once when we do. */
  readonly loadKem: () => Promise<Kem>;
  /** Whether we offer the hybrid as an initiator. */
  readonly offerPq: boolean;
  /** Whether a plain peer is refused. */
  readonly requirePq: boolean;
  /** Called when a request for a stream is on its way: until its answer comes there is time for other work. */
  readonly onAsked?: () => void;
}

/** A finished XK handshake. */
export interface SessionKeys {
  /** For the object records of all streams of the session; frames of yamux itself are not sealed. */
  readonly keys: TransportKeys;
  /** The other side's static key, 33 bytes. */
  readonly remote: Uint8Array;
  /** Message 1 to message 2, in milliseconds; initiator only. */
  readonly rttMs: number;
  /** Whether the keys have an ML-KEM-768 secret in them. */
  readonly hybrid: boolean;
  /** Bytes that came behind the last message: already the peer's first mux frames. */
  readonly rest: Uint8Array;
}

const plainRefused = (what: string): NetworkError =>
  new NetworkError(`${what} offers no post-quantum key exchange, and --require-pq is set`, {
    retry: false,
    reason: "refused",
  });

/**
 * The refusal of a plain peer under `requirePq`.
 * @param what  Who it is, for the sentence: `the peer`.
 * @returns The error to throw (`refused`), or undefined when all is well.
 * @see specification dmsg §14.5
 */
export const checkPq = (context: HandshakeContext, hybrid: boolean, what: string): NetworkError | undefined =>
  context.requirePq && !hybrid ? plainRefused(what) : undefined;

/** Reads handshake messages one by one and keeps what comes behind. */
class MessageReader {
  readonly #duplex: Duplex;
  readonly #frames = new FrameReader(HANDSHAKE_FRAME);
  constructor(duplex: Duplex) {
    this.#duplex = duplex;
  }
  async next(): Promise<Uint8Array> {
    let message: Uint8Array | undefined;
    const take = (payload: Uint8Array): boolean => {
      message = payload.slice();
      return false;
    };
    this.#frames.push(new Uint8Array(0), take);
    while (message === undefined) {
      const bytes = await this.#duplex.read();
      if (bytes === null) {
        throw new NetworkError("connection closed during the handshake", { retry: true, reason: "closed" });
      }
      this.#frames.push(bytes, take);
    }
    return message;
  }
  rest(): Uint8Array {
    return this.#frames.pending();
  }
}

/**
 * Client side: connects as the initiator.
 * @param duplex  A fresh connection to the server; closed when the handshake fails.
 * @param remote  The server's key from its entry, 33 bytes.
 * @returns The keys once message 3 is handed to the socket; `rest` is empty.
 * @throws {ProtocolError} by peer: a message that can't be right, or early bytes (dmsg error 203).
 * @throws {NetworkError} `timeout` after 5 s, `closed`, or `refused`: a plain server under `requirePq`.
 * @see specification dmsg §5, §5.1, §8.1
 * @param meanwhile  Work to do while the server computes its answer; it counts into the measured round trip.
 */
export function initiateSession(
  duplex: Duplex,
  remote: Uint8Array,
  context: HandshakeContext,
  meanwhile?: () => void,
): Promise<SessionKeys> {
  return guarded(duplex, context.clock, async () => {
    const ephemeral = generateKeyPair(context.random);
    const kem = context.offerPq ? await context.loadKem() : undefined;
    const offer = kem?.generate(context.random);
    const state = new HandshakeState(XK, { initiator: true, local: context.local, ephemeral, remote });
    const reader = new MessageReader(duplex);
    const first = encodeFrame(HANDSHAKE_FRAME, state.writeMessage(offer?.encapsulationKey));
    const sentMs = context.clock.nowMs();
    await duplex.write(first);
    const next = reader.next();
    meanwhile?.();
    const answer = await next;
    const rttMs = context.clock.nowMs() - sentMs;
    const payload = state.readMessage(answer);
    if (reader.rest().length > 0) {
      throw new ProtocolError("dmsg error 203 - extra bytes received during session handshake", {
        by: "peer",
        code: 203,
        ends: "session",
      });
    }
    const shared = kem && offer && payload.length === CIPHERTEXT_BYTES
      ? kem.decapsulate(payload, offer.decapsulationKey)
      : undefined;
    const refusal = checkPq(context, shared !== undefined, "the server");
    if (refusal) throw refusal;
    await duplex.write(encodeFrame(HANDSHAKE_FRAME, state.writeMessage()));
    const keys = state.transportKeys(shared);
    return { keys, remote, rttMs, hybrid: shared !== undefined, rest: new Uint8Array(0) };
  });
}

/**
 * Server side: answers as the responder. Early bytes of the client are kept, as current servers do.
 * @param duplex  A fresh connection of a client; closed when the handshake fails, without a reply.
 * @returns The keys, the client's key, and in `rest` what it sent behind message 3.
 * @throws {ProtocolError} by peer: a message that can't be right.
 * @throws {NetworkError} `timeout` after 5 s, `closed`, or `refused`: a plain client under `requirePq`.
 * @see specification dmsg §5, §5.1, §8.1
 */
export function acceptSession(duplex: Duplex, context: HandshakeContext): Promise<SessionKeys> {
  return guarded(duplex, context.clock, async () => {
    const ephemeral = generateKeyPair(context.random);
    const state = new HandshakeState(XK, { initiator: false, local: context.local, ephemeral });
    const reader = new MessageReader(duplex);
    const offer = state.readMessage(await reader.next());
    const made = await answerOffer(offer, context);
    await duplex.write(encodeFrame(HANDSHAKE_FRAME, state.writeMessage(made?.ciphertext)));
    state.readMessage(await reader.next());
    const refusal = checkPq(context, made !== undefined, "the client");
    if (refusal) throw refusal;
    const keys = state.transportKeys(made?.shared);
    return { keys, remote: state.remoteStatic, rttMs: 0, hybrid: made !== undefined, rest: reader.rest() };
  });
}

/**
 * The responder's half of the hybrid: a payload of exactly 1184 bytes that is a valid key is answered, anything
 * else is ignored.
 * @param payload  Of the initiator's first message.
 * @returns The ciphertext to send (1088 bytes) and the shared secret (32 bytes), or undefined: plain keys.
 * @see specification dmsg §14
 */
export async function answerOffer(
  payload: Uint8Array,
  context: HandshakeContext,
): Promise<{ ciphertext: Uint8Array; shared: Uint8Array } | undefined> {
  if (payload.length !== ENCAPSULATION_KEY_BYTES) return undefined;
  return (await context.loadKem()).encapsulate(payload, context.random);
}

async function guarded<T>(duplex: Duplex, clock: Clock, work: () => Promise<T>): Promise<T> {
  const late = (): Error =>
    new NetworkError(`handshake took longer than ${HANDSHAKE_MS} ms`, { retry: true, reason: "timeout" });
  try {
    return await within(clock, HANDSHAKE_MS, work(), late);
  } catch (error) {
    duplex.close();
    throw error;
  }
}
