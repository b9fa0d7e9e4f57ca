/**
 * Decoders of bytes below the network: frames, gob, Noise, yamux.
 *
 * @module
 */
import { nobleAead } from "../../../lib/crypto/aead.ts";
import { keyPairOf } from "../../../lib/crypto/keys.ts";
import { HANDSHAKE_FRAME } from "../../../lib/dmsg/sessions/handshake.ts";
import {
  checkRequest,
  checkResponse,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  objectHash,
} from "../../../lib/dmsg/streams/request.ts";
import { HandshakeState } from "../../../lib/noise/handshake_state.ts";
import { CIPHERTEXT_BYTES, ENCAPSULATION_KEY_BYTES, loadKem } from "../../../lib/noise/hybrid.ts";
import { KK, type Pattern, XK } from "../../../lib/noise/patterns.ts";
import { SecureStream } from "../../../lib/noise/secure.ts";
import { FrameOpener, ObjectOpener, Sealer } from "../../../lib/noise/transport.ts";
import { concat, fromHex, toHex, utf8 } from "../../../lib/wire/bytes.ts";
import { ProtocolError } from "../../../lib/wire/errors.ts";
import { encodeFrame, FrameReader, type FrameRule } from "../../../lib/wire/frame.ts";
import { YamuxSession } from "../../../lib/yamux/session.ts";
import { MemoryConduit } from "../../fakes/conduit.ts";
import { seededRandom } from "../../fakes/random.ts";
import { merged, texts } from "../../yamux/helpers.ts";
import type { Target } from "../fuzz.ts";
import { dmsg, hexSeeds } from "../seeds.ts";

const throws = [ProtocolError];

/** Frames of a rule. */
export function frames(name: string, rule: FrameRule): Target {
  const read = (pieces: Iterable<Uint8Array>, onFrame: (payload: Uint8Array) => void): void => {
    const reader = new FrameReader(rule);
    for (const piece of pieces) reader.push(piece, onFrame);
  };
  const seeds = [1, 2, 300, 4000].map((length) => encodeFrame(rule, new Uint8Array(length).fill(length)));
  return {
    name,
    seeds: [...seeds, concat(...seeds)],
    throws,
    run: (input) => read([input], () => {}),
    feed: (pieces) => {
      const out: string[] = [];
      try {
        read(pieces, (payload) => void out.push(toHex(payload)));
      } catch (error) {
        out.push((error as Error).message);
      }
      return out.join("\n");
    },
  };
}

/** Stream requests: gob, then the checks. What decodes must survive being written and read again. */
export function requests(): Target {
  return {
    name: "dmsg: request",
    seeds: hexSeeds(dmsg.stream_objects, "signed_object"),
    throws,
    garbage: true,
    run: (input) => {
      const request = decodeRequest(input);
      const again = decodeRequest(encodeRequest(request, new Uint8Array(32).fill(1)));
      if (JSON.stringify(again, plain) !== JSON.stringify(request, plain)) {
        throw new Error("read back differently");
      }
      checkRequest(request, input);
    },
  };
}

/** Stream responses, checked against a request. */
export function responses(): Target {
  const asked = fromHex(dmsg.stream_objects.valid[0].signed_object);
  const request = decodeRequest(asked);
  return {
    name: "dmsg: response",
    seeds: hexSeeds(dmsg.stream_objects, "signed_object"),
    throws,
    garbage: true,
    run: (input) => checkResponse(decodeResponse(input), input, request, objectHash(asked)),
  };
}

const plain = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? `${value}n` : value instanceof Uint8Array ? toHex(value) : value;

/** One side of a handshake: input is what the other side writes, framed. */
export function handshake(name: string, pattern: Pattern, side: "initiator" | "responder"): Target {
  const vector = pattern === XK ? dmsg.noise.xk_session : dmsg.noise.kk_stream;
  const hybrid = pattern === XK ? dmsg.noise_pq_hybrid.xk : dmsg.noise_pq_hybrid.kk;
  const initiator = side === "initiator";
  const other = initiator ? "responder" : "initiator";
  const local = keyPairOf(fromHex(vector[`${side}_static_sk`]));
  const ephemeral = keyPairOf(fromHex(vector[`${side}_ephemeral_sk`]));
  const known = pattern === KK || initiator;
  const remote = known ? keyPairOf(fromHex(vector[`${other}_static_sk`])).public : undefined;
  const invalid = pattern === XK ? dmsg.noise.invalid_xk_message1 : dmsg.noise.invalid_kk_message1;
  // deno-lint-ignore no-explicit-any
  const theirs = (session: any): Uint8Array =>
    // deno-lint-ignore no-explicit-any
    concat(...session.messages.filter((m: any) => m.from === other).map((m: any) => framed(m.noise_message)));
  const framed = (hex: string): Uint8Array => encodeFrame(HANDSHAKE_FRAME, fromHex(hex));
  return {
    name,
    // deno-lint-ignore no-explicit-any
    seeds: [theirs(vector), theirs(hybrid), ...invalid.map((entry: any) => framed(entry.input_to_responder))],
    throws,
    garbage: true,
    run: (input) => {
      const state = new HandshakeState(pattern, { initiator, local, ephemeral, remote });
      if (initiator) state.writeMessage();
      new FrameReader(HANDSHAKE_FRAME).push(input, (message) => {
        state.readMessage(message);
        if (!state.done) state.writeMessage();
        return !state.done;
      });
      if (state.done) state.transportKeys();
    },
  };
}

/** ML-KEM data in handshake payloads, which comes from the peer; cut or filled to the length that is looked at. */
export async function kem(): Promise<Target> {
  const { xk, kk } = dmsg.noise_pq_hybrid;
  const loaded = await loadKem();
  const random = seededRandom("kem");
  const pair = loaded.generate(random);
  const sized = (input: Uint8Array, length: number): Uint8Array => {
    const out = new Uint8Array(length);
    out.set(input.subarray(0, length));
    return out;
  };
  return {
    name: "noise: ML-KEM",
    seeds: hexSeeds([xk, kk], "mlkem_ciphertext", "mlkem_encapsulation_key"),
    garbage: true,
    run: (input) => {
      loaded.encapsulate(sized(input, ENCAPSULATION_KEY_BYTES), random);
      loaded.decapsulate(sized(input, CIPHERTEXT_BYTES), pair.decapsulationKey);
    },
  };
}

const KEY = new Uint8Array(32).fill(7);

/** Good records of a few lengths. */
function records(): Uint8Array[] {
  const sealer = new Sealer(nobleAead(KEY));
  const all = ["", "x", "a longer text", "y".repeat(4000)].map((text) => sealer.sealObject(utf8(text)));
  return [...all, concat(...all)];
}

/** Objects of one session, more than its streams bring at once; one that does not open only costs its stream. */
const MAX_OBJECTS = 256;

/** Session objects. */
export function objects(): Target {
  const rule: FrameRule = { ...HANDSHAKE_FRAME, minBytes: 0, maxBytes: 0xffff };
  return {
    name: "noise: objects",
    seeds: records(),
    throws,
    run: (input) => {
      const opener = new ObjectOpener(nobleAead(KEY));
      let count = 0;
      new FrameReader(rule).push(input, (body) => {
        try {
          opener.open(body);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
        }
        return ++count < MAX_OBJECTS;
      });
    },
  };
}

/** Stream frames, opened in place. */
export function sealedFrames(): Target {
  const open = (
    pieces: Iterable<Uint8Array>,
    onPlain: (plain: Uint8Array) => void,
  ): ProtocolError | undefined => {
    const opener = new FrameOpener(nobleAead(KEY));
    for (const piece of pieces) {
      if (opener.error) break;
      const out = new Uint8Array(opener.roomFor(piece.length));
      try {
        onPlain(out.subarray(0, opener.push(piece, out, 0)));
      } catch (error) {
        if (error !== opener.error) throw error;
      }
    }
    return opener.error;
  };
  return {
    name: "noise: frames",
    seeds: records(),
    run: (input) => open([input], () => {}),
    feed: (pieces) => {
      let plain = "";
      const error = open(pieces, (part) => plain += toHex(part));
      return `${plain} ${error?.message}`;
    },
  };
}

/** The same frames through the Duplex that applications read. */
export function secureStream(): Target {
  const read = async (pieces: Iterable<Uint8Array>): Promise<string> => {
    const [near] = MemoryConduit.pair();
    const stream = new SecureStream(near, { send: KEY, receive: KEY }, { maker: nobleAead });
    for (const piece of pieces) if (!near.wasReset && piece.length > 0) near.inject(piece);
    await near.finish();
    near.breakHere();
    let plain = "";
    try {
      for (let view = await stream.read(); view; view = await stream.read()) plain += toHex(view);
    } catch (error) {
      plain += ` ${(error as Error).message}`;
    }
    return plain;
  };
  return { name: "noise: secure stream", seeds: records(), run: (input) => read([input]), feed: read };
}

/** A yamux session; when it is measured, its application takes every stream and reads everything at once. */
export function yamux(name: string, role: "client" | "server"): Target {
  const seeds = hexSeeds(dmsg.live_capture, "wire").filter((wire) => wire.length >= 12);
  const session = (): YamuxSession => {
    const made = new YamuxSession({ role });
    for (let i = 0; i < 2; i++) made.handle({ kind: "open" }, 0);
    return made;
  };
  return {
    name,
    seeds: [...seeds, concat(...seeds).subarray(0, 16_384)],
    run: (bytes) => {
      const core = session();
      for (const out of core.handle({ kind: "bytes", bytes }, 0)) {
        if (out.kind === "accepted") core.handle({ kind: "take", id: out.id }, 0);
        // A stream that was reset behind its data is gone already.
        if (out.kind === "data") core.handle({ kind: "consumed", id: out.id, bytes: out.bytes.length }, 0);
      }
    },
    feed: (pieces) => {
      const core = session();
      const lines: string[] = [];
      for (const bytes of pieces) lines.push(...texts(core.handle({ kind: "bytes", bytes }, 0)));
      return merged(lines).join("\n");
    },
  };
}
