/**
 * The shell of the other chat: `dmsg chat` on port 9001. One stream per peer for sending, any number that peers make;
 * frames on any of them are messages. There are no acks.
 *
 * @see specification skychat §a.8; lib/chat/dmsg_chat.ts
 * @module
 */
import { DMSG_CHAT_PORT, encodeDmsgChat, readDmsgChat } from "../../chat/dmsg_chat.ts";
import { CHAT_FRAME, encodeChatFrame } from "../../chat/frame.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { type Clock, within } from "../../sys/clock.ts";
import { NetworkError } from "../../wire/errors.ts";
import { FrameReader } from "../../wire/frame.ts";
import { formatGoTime } from "../../wire/go_time.ts";
import type { AppStream } from "../node/node.ts";
import { Connections } from "./connections.ts";
import type { DmsgChatText } from "./incoming.ts";
import type { MessageNetwork } from "./messenger.ts";

/** How long a write may take until the server has it. */
const HAND_OVER_MS = 10_000;

/** What the port needs. */
export interface DmsgChatPortOptions {
  /** Our key: what a message names as its sender. */
  readonly pk: PublicKeyHex;
  /** Carries the streams. */
  readonly network: MessageNetwork;
  /** Time-outs, and the times in messages. */
  readonly clock: Clock;
  /** Asked before a peer's stream is taken. */
  readonly admit: (from: PublicKeyHex) => Promise<boolean>;
  /** A peer has made a stream. */
  readonly onPeer: (from: PublicKeyHex) => void;
  /** Keeps a message; one at a time for each stream, and nothing more is read from it meanwhile. */
  readonly take: (message: DmsgChatText) => Promise<boolean>;
}

/** A stream to or from a peer. */
class Line {
  readonly stream: AppStream;
  ended = false;
  constructor(stream: AppStream) {
    this.stream = stream;
  }
  close(): void {
    this.stream.close();
  }
}

/** Sends and takes messages of `dmsg chat`. */
export class DmsgChatPort {
  readonly #options: DmsgChatPortOptions;
  /** Streams that we made, and (under port 0) those of peers: the Go program reads only the ones that it took. */
  readonly #lines = new Connections<Line>();
  readonly #stop = new AbortController();

  /** Connects and listens when it is asked to. */
  constructor(options: DmsgChatPortOptions) {
    this.#options = options;
  }

  /**
   * Takes streams until {@link close}.
   * @throws {ProtocolError} dmsg error 400: something listens on the port already.
   */
  async listen(): Promise<void> {
    const { network, admit, onPeer } = this.#options;
    const listener = network.listen(DMSG_CHAT_PORT);
    this.#stop.signal.addEventListener("abort", () => listener.close(), { once: true });
    if (this.#stop.signal.aborted) listener.close();
    for await (const stream of listener) {
      const { pk } = stream.remote;
      void admit(pk).catch(() => false).then((admitted) => {
        if (!admitted || this.#stop.signal.aborted) return stream.close();
        this.#adopt(stream, 0);
        onPeer(pk);
      });
    }
  }

  /** The payload of a text, as it would be sent now. */
  payload(text: string): Uint8Array {
    const { pk, clock } = this.#options;
    return encodeDmsgChat({ sender: pk, message: text, ts: formatGoTime(clock.wallNs()), network: "dmsg" });
  }

  /**
   * Sends a text; resolves when the server has taken it.
   * @param payload  Of {@link payload}; fits a frame.
   * @param hooks  As of `Messenger.deliver`.
   * @throws {NetworkError} The peer can't be reached; after `onWritten`: it may have arrived all the same.
   */
  async send(
    peer: PublicKeyHex,
    payload: Uint8Array,
    hooks: { readonly beforeWrite?: () => Promise<void>; readonly onWritten?: () => void },
  ): Promise<void> {
    const to = { pk: peer, port: DMSG_CHAT_PORT };
    const line = await this.#lines.get(to, async () => {
      return this.#adopt(await this.#options.network.dial(to, this.#stop.signal), DMSG_CHAT_PORT);
    });
    await hooks.beforeWrite?.();
    hooks.onWritten?.();
    const handedOver = line.stream.write(encodeChatFrame(payload)).then(() => line.stream.ping());
    try {
      await within(this.#options.clock, HAND_OVER_MS, handedOver, notTaken);
    } catch (error) {
      line.close();
      throw error;
    }
  }

  /** Ends all streams with a peer. */
  drop(peer: PublicKeyHex): void {
    for (const line of this.#lines.all()) if (line.stream.remote.pk === peer) line.close();
  }

  /** Ends everything. */
  close(): void {
    this.#stop.abort(new NetworkError("the app is closed", { retry: false, reason: "closed" }));
    for (const line of this.#lines.all()) line.close();
  }

  #adopt(stream: AppStream, port: number): Line {
    const line = new Line(stream);
    this.#lines.add({ pk: stream.remote.pk, port }, line);
    void this.#read(line).catch(() => {}).finally(() => {
      line.ended = true;
      this.#lines.remove(line);
      line.close();
    });
    return line;
  }

  async #read({ stream }: Line): Promise<void> {
    const from = stream.remote.pk;
    const reader = new FrameReader(CHAT_FRAME);
    for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) {
      const texts: DmsgChatText[] = [];
      reader.push(bytes, (payload) => {
        const message = readDmsgChat(payload, from);
        if (message && message.message !== "") {
          texts.push({ from, text: message.message, senderIsPeer: message.senderIsPeer });
        }
      });
      for (const text of texts) await this.#options.take(text);
    }
  }
}

const notTaken = (): NetworkError =>
  new NetworkError(`the server did not take the message within ${HAND_OVER_MS} ms`, {
    retry: true,
    reason: "unreachable",
  });
