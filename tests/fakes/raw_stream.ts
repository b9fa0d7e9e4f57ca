/**
 * The client ↔ client half of a raw peer: requests, KK messages and sealed frames, each to be made wrong by a test.
 *
 * @module
 */
import { nobleAead } from "../../lib/crypto/aead.ts";
import { generateKeyPair, type KeyPair } from "../../lib/crypto/keys.ts";
import {
  checkResponse,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  objectHash,
  type StreamRequest,
  type StreamResponse,
} from "../../lib/dmsg/streams/request.ts";
import { HandshakeState, type TransportKeys } from "../../lib/noise/handshake_state.ts";
import { KK } from "../../lib/noise/patterns.ts";
import { FrameOpener, Sealer } from "../../lib/noise/transport.ts";
import type { Random } from "../../lib/sys/random.ts";
import { fromHex } from "../../lib/wire/bytes.ts";
import { dataFrame, type RawSession } from "./raw_peer.ts";

/** A dial of a raw peer: its request, and what it needs to read the response. */
export interface RawDial {
  readonly state: HandshakeState;
  readonly request: StreamRequest;
  /** The signed request. */
  readonly object: Uint8Array;
}

/** Who dials whom. */
export interface RawRoute {
  readonly local: KeyPair;
  readonly port?: number;
  /** The destination's key in hex. */
  readonly to: string;
  readonly toPort: number;
  readonly random: Random;
}

/**
 * Makes a good request, or one with other fields.
 * @param change  Replaces fields before it is signed.
 */
export function rawDial(route: RawRoute, change: Partial<StreamRequest> = {}): RawDial {
  const { local, to, random } = route;
  const ephemeral = generateKeyPair(random);
  const state = new HandshakeState(KK, { initiator: true, local, ephemeral, remote: fromHex(to) });
  const request: StreamRequest = {
    timestampNs: 1_795_000_000_000_000_000n,
    source: { pk: local.pk, port: route.port ?? 49153 },
    destination: { pk: to, port: route.toPort },
    ipInfo: false,
    noiseMessage: state.writeMessage(),
    ...change,
  };
  return { state, request, object: encodeRequest(request, local.secret) };
}

/**
 * The response of the other side, checked.
 * @throws {ProtocolError} Whatever is wrong with it.
 */
export function rawAnswered(session: RawSession, id: number, dial: RawDial): RawFrames {
  const object = session.object(id);
  if (!object) throw new Error(`no response on stream ${id}`);
  const response = decodeResponse(object);
  checkResponse(response, object, dial.request, objectHash(dial.object));
  dial.state.readMessage(response.noiseMessage);
  return new RawFrames(session, id, dial.state.transportKeys());
}

/**
 * Answers a request as its destination.
 * @param change  Replaces fields of a good response before it is signed; with another `signer`, if given.
 * @returns The signed response and the frames behind it.
 */
export function rawAnswer(
  object: Uint8Array,
  local: KeyPair,
  random: Random,
  change: Partial<StreamResponse> = {},
  signer: KeyPair = local,
): { object: Uint8Array; keys: TransportKeys } {
  const request = decodeRequest(object);
  const ephemeral = generateKeyPair(random);
  const remote = fromHex(request.source.pk);
  const state = new HandshakeState(KK, { initiator: false, local, ephemeral, remote });
  state.readMessage(request.noiseMessage);
  const noiseMessage = state.writeMessage();
  const response = { requestHash: objectHash(object), accepted: true, errorCode: 0, noiseMessage, ...change };
  return { object: encodeResponse(response, signer.secret), keys: state.transportKeys() };
}

/** Sealed frames on a raw stream. */
export class RawFrames {
  readonly #session: RawSession;
  readonly #id: number;
  readonly #sealer: Sealer;
  readonly #opener: FrameOpener;
  #openedBytes = 0;
  #plain: number[] = [];

  constructor(session: RawSession, id: number, keys: TransportKeys) {
    this.#session = session;
    this.#id = id;
    this.#sealer = new Sealer(nobleAead(keys.send));
    this.#opener = new FrameOpener(nobleAead(keys.receive));
  }

  /** Seals a text as one frame under the next nonce. */
  seal(plain: Uint8Array): Uint8Array {
    return this.#sealer.sealObject(plain);
  }

  /** Sends bytes on the stream as they are. */
  send(...bytes: Uint8Array[]): Promise<void> {
    return this.#session.send(...bytes.map((part) => dataFrame(this.#id, part)));
  }

  /** Everything that was received so far, opened. */
  received(): Uint8Array {
    const sealed = this.#session.behindObject(this.#id).subarray(this.#openedBytes);
    this.#openedBytes += sealed.length;
    const out = new Uint8Array(this.#opener.roomFor(sealed.length));
    this.#plain.push(...out.subarray(0, this.#opener.push(sealed, out, 0)));
    return Uint8Array.from(this.#plain);
  }
}
