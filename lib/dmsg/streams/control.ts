/**
 * dmsgctrl, the port that says "I am alive": single bytes on a stream, a ping is answered by a pong.
 *
 * @see specification dmsg §11
 * @module
 */
import { type Clock, within } from "../../sys/clock.ts";
import { NetworkError } from "../../wire/errors.ts";
import type { Listener } from "./listener.ts";
import type { DmsgStream } from "./stream.ts";

/** Where pings are answered. */
export const CONTROL_PORT = 7;
/** "Are you there?" */
const PING = 0x09;
/** "Yes." */
const PONG = 0x0a;
/** Open streams: one more ends the oldest, so that nobody can keep others from asking. */
const MAX_STREAMS = 64;

/** The part of a client that answers pings. */
export interface ControlClient {
  /** Takes streams to a port. */
  listen(port: number): Listener;
  /** Told when a ping has come on a stream: its peer lives now. */
  heardPing?(stream: DmsgStream): void;
}

/** Answers pings on port 7 until the client is closed. */
export function serveControl(client: ControlClient): void {
  const listener = client.listen(CONTROL_PORT);
  const open = new Set<DmsgStream>();
  const takeAll = async (): Promise<void> => {
    for await (const stream of listener) {
      const [oldest] = open;
      if (open.size >= MAX_STREAMS) oldest.close();
      open.add(stream);
      void answer(stream, () => client.heardPing?.(stream)).finally(() => open.delete(stream));
    }
  };
  void takeAll();
}

async function answer(stream: DmsgStream, heard: () => void): Promise<void> {
  try {
    for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) {
      const other = bytes.findIndex((byte) => byte !== PING);
      if (other !== 0) heard();
      await stream.write(new Uint8Array(other < 0 ? bytes.length : other).fill(PONG));
      if (other >= 0) break;
    }
  } catch {
    // The peer left: there is nobody to tell.
  } finally {
    stream.close();
  }
}

/**
 * Sends one ping and waits for its pong. After a failure the stream is of no more use.
 * @param stream  A stream to a peer's {@link CONTROL_PORT} on which no other ping is under way.
 * @param limitMs  Longest wait.
 * @returns The time that it took, in milliseconds.
 * @throws {NetworkError} `timeout`: no answer in time · `closed`: the stream ended first, or something else came.
 */
export async function pingPeer(
  stream: Pick<DmsgStream, "read" | "write">,
  clock: Clock,
  limitMs: number,
  signal?: AbortSignal,
): Promise<number> {
  const sentMs = clock.nowMs();
  const work = stream.write(Uint8Array.of(PING)).then(() => stream.read());
  const late = (): Error =>
    new NetworkError(`no answer within ${limitMs} ms`, { retry: true, reason: "timeout" });
  const bytes = await within(clock, limitMs, work, late, signal);
  if (bytes?.length !== 1 || bytes[0] !== PONG) {
    throw new NetworkError(bytes ? "the answer is not a pong" : "the peer closed the stream", {
      retry: true,
      reason: "closed",
    });
  }
  return clock.nowMs() - sentMs;
}
