/**
 * A peer that says exactly what a test wants, also what no real one would: built on the protocol cores, without
 * any of the checks of the shells.
 *
 * @module
 */
import { nobleAead } from "../../lib/crypto/aead.ts";
import { generateKeyPair, type KeyPair } from "../../lib/crypto/keys.ts";
import { HandshakeState, type TransportKeys } from "../../lib/noise/handshake_state.ts";
import { XK } from "../../lib/noise/patterns.ts";
import { ObjectOpener, Sealer } from "../../lib/noise/transport.ts";
import type { Random } from "../../lib/sys/random.ts";
import { concat, readU16, writeU16 } from "../../lib/wire/bytes.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import {
  Flag,
  FrameType,
  GREETING,
  type Header,
  HEADER_BYTES,
  readHeader,
  windowUpdate,
  writeHeader,
} from "../../lib/yamux/frame.ts";

/** A message behind its u16 length, whatever the length. */
export function framed(message: Uint8Array, length = message.length): Uint8Array {
  const frame = new Uint8Array(2 + message.length);
  writeU16(frame, 0, length);
  frame.set(message, 2);
  return frame;
}

/** A Data frame. */
export function dataFrame(id: number, payload: Uint8Array, flags = 0, length = payload.length): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + payload.length);
  writeHeader(frame, FrameType.data, flags, id, length);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** A header of any type, flags, id and length; `version` may be wrong as well. */
export function header(type: number, flags: number, id: number, length: number, version = 0): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES);
  writeHeader(frame, type, flags, id, length);
  frame[0] = version;
  return frame;
}

/** The bytes of a duplex as they come, and raw writes. */
export class RawSocket {
  readonly #duplex: Duplex;
  #received: Uint8Array = new Uint8Array(0);
  #changed: (() => void)[] = [];
  /** Whether the other side has closed. */
  ended = false;
  /** While it is set, nothing more is read: the other side's writes pile up. */
  held: Promise<void> | undefined;
  /** Takes what comes from now on, instead of the buffer. */
  onBytes: ((bytes: Uint8Array) => void) | undefined;

  constructor(duplex: Duplex) {
    this.#duplex = duplex;
    void this.#pull();
  }

  /** What came and was not taken. */
  get received(): Uint8Array {
    return this.#received;
  }

  /**
   * Waits for bytes and takes them.
   * @throws {Error} When the other side closes first.
   */
  async take(count: number): Promise<Uint8Array> {
    while (this.#received.length < count) {
      if (this.ended) throw new Error(`closed after ${this.#received.length} of ${count} bytes`);
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
    const taken = this.#received.slice(0, count);
    this.#received = this.#received.slice(count);
    return taken;
  }

  /** Waits for one length-prefixed message. */
  async message(): Promise<Uint8Array> {
    return await this.take(readU16(await this.take(2), 0));
  }

  /** Writes; a write that fails because the other side has closed is what many tests are about. */
  async write(...parts: Uint8Array[]): Promise<void> {
    await this.#duplex.write(concat(...parts)).catch(() => {});
  }

  /** Ends both directions. */
  close(): void {
    this.#duplex.close();
  }

  async #pull(): Promise<void> {
    for (;;) {
      await this.held;
      const view = await this.#duplex.read().catch(() => null);
      if (view === null) break;
      if (this.onBytes) this.onBytes(view);
      else this.#received = concat(this.#received, view);
      this.#wake();
    }
    this.ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

/** One side of an XK handshake, message by message. */
export interface RawHandshake {
  readonly socket: RawSocket;
  readonly state: HandshakeState;
}

/** Starts as the client of a server whose key is known; nothing is sent yet. */
export function rawInitiator(
  duplex: Duplex,
  local: KeyPair,
  remote: Uint8Array,
  random: Random,
): RawHandshake {
  const ephemeral = generateKeyPair(random);
  const state = new HandshakeState(XK, { initiator: true, local, ephemeral, remote });
  return { socket: new RawSocket(duplex), state };
}

/** A finished handshake as the client; `behind` leaves in the same write as message 3. */
export async function rawClient(
  duplex: Duplex,
  local: KeyPair,
  remote: Uint8Array,
  random: Random,
  behind: Uint8Array = new Uint8Array(0),
): Promise<RawSession> {
  const { socket, state } = rawInitiator(duplex, local, remote, random);
  await socket.write(framed(state.writeMessage()));
  state.readMessage(await socket.message());
  await socket.write(framed(state.writeMessage()), behind);
  return new RawSession(socket, state.transportKeys());
}

/** A finished handshake as the server. */
export async function rawServer(duplex: Duplex, local: KeyPair, random: Random): Promise<RawSession> {
  const socket = new RawSocket(duplex);
  const state = new HandshakeState(XK, { initiator: false, local, ephemeral: generateKeyPair(random) });
  state.readMessage(await socket.message());
  await socket.write(framed(state.writeMessage()));
  state.readMessage(await socket.message());
  return new RawSession(socket, state.transportKeys());
}

const typeNames = ["Data", "Window", "Ping", "GoAway"];
const flagNames = Object.entries(Flag);

const lineOf = ({ type, flags, id, length }: Header): string => {
  const names = flagNames.filter(([, bit]) => flags & bit).map(([name]) => name.toUpperCase());
  return [typeNames[type], ...names, id, length].join(" ");
};

/** Yamux frames and session objects behind a handshake, both without rules. */
export class RawSession {
  readonly socket: RawSocket;
  readonly #sealer: Sealer;
  readonly #opener: ObjectOpener;
  #pending: Uint8Array = new Uint8Array(0);
  /** Frames that came, such as `Window ACK 1 0` and `Data 1 45`. */
  readonly lines: string[] = [];
  readonly #payloads = new Map<number, Uint8Array>();
  readonly #objects = new Map<number, Uint8Array>();
  /** Whether pings are answered, so that the session lives on. */
  answersPings = true;

  constructor(socket: RawSocket, keys: TransportKeys) {
    this.socket = socket;
    this.#sealer = new Sealer(nobleAead(keys.send));
    this.#opener = new ObjectOpener(nobleAead(keys.receive));
    const before = socket.received;
    socket.onBytes = (bytes) => this.#take(bytes);
    this.#take(before);
  }

  /** Whether the other side has closed the socket. */
  get ended(): boolean {
    return this.socket.ended;
  }

  /** Whether a frame came. */
  saw(line: string): boolean {
    return this.lines.includes(line);
  }

  /** Payload bytes that came on a stream. */
  payload(id: number): Uint8Array {
    return this.#payloads.get(id) ?? new Uint8Array(0);
  }

  /** Sends frames as they are, in one write. */
  send(...frames: Uint8Array[]): Promise<void> {
    return this.socket.write(...frames);
  }

  /** Opens a stream and sends bytes on it. */
  start(id: number, ...bytes: Uint8Array[]): Promise<void> {
    const first = concat(...bytes);
    const frames = first.length > 0 ? [dataFrame(id, first)] : [];
    return this.send(windowUpdate(id, Flag.syn, 0), ...frames);
  }

  /** An object as a record, under the next nonce. */
  record(object: Uint8Array): Uint8Array {
    return this.#sealer.sealObject(object);
  }

  /** The first record that came on a stream, opened; undefined while it is not complete. */
  object(id: number): Uint8Array | undefined {
    const bytes = this.payload(id);
    if (bytes.length < 2 || bytes.length < 2 + readU16(bytes, 0)) return undefined;
    const object = this.#objects.get(id) ?? this.#opener.open(bytes.subarray(2, 2 + readU16(bytes, 0)));
    this.#objects.set(id, object);
    return object;
  }

  /** Forgets what came on a stream, so that its id can be used again. */
  forget(id: number): void {
    this.#payloads.delete(id);
    this.#objects.delete(id);
  }

  /** Payload bytes of a stream behind its first record. */
  behindObject(id: number): Uint8Array {
    const bytes = this.payload(id);
    return bytes.length < 2 ? bytes : bytes.subarray(2 + readU16(bytes, 0));
  }

  #take(bytes: Uint8Array): void {
    this.#pending = concat(this.#pending, bytes);
    let at = 0;
    while (this.#pending.length - at >= HEADER_BYTES) {
      const head = readHeader(this.#pending, at);
      const payloadBytes = head.type === FrameType.data ? head.length : 0;
      if (this.#pending.length - at - HEADER_BYTES < payloadBytes) break;
      at += HEADER_BYTES;
      const greeting = head.type === FrameType.ping && head.length === GREETING;
      if (!greeting) this.lines.push(lineOf(head));
      if (payloadBytes > 0) {
        const payload = this.#pending.slice(at, at + payloadBytes);
        this.#payloads.set(head.id, concat(this.payload(head.id), payload));
        at += payloadBytes;
      }
      if (this.answersPings && head.type === FrameType.ping && head.flags & Flag.syn) {
        void this.send(header(FrameType.ping, Flag.ack, 0, head.length));
      }
    }
    this.#pending = this.#pending.slice(at);
  }
}
