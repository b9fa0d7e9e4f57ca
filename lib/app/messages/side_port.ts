/**
 * A port beside the one of messages: what comes there is answered and ends, some of it at once.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { AppStream } from "../node/node.ts";
import type { MessageNetwork } from "./messenger.ts";

/** What such a port needs. */
export interface SidePort {
  /** Its number. */
  readonly port: number;
  /** Streams at once, of all who come; one more is closed. */
  readonly maxStreams: number;
  /** Carries the streams. */
  readonly network: Pick<MessageNetwork, "listen">;
  /** Asked before a peer's stream is taken. */
  readonly admit: (from: PublicKeyHex) => Promise<boolean>;
}

/**
 * Takes streams until the signal; each is closed when it was answered, or could not be.
 * @throws {ProtocolError} dmsg error 400: something listens on the port already.
 */
export async function answerAt(
  { port, maxStreams, network, admit }: SidePort,
  answer: (stream: AppStream) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const listener = network.listen(port);
  signal.addEventListener("abort", () => listener.close(), { once: true });
  if (signal.aborted) listener.close();
  let streams = 0;
  for await (const stream of listener) {
    if (streams >= maxStreams || !await admit(stream.remote.pk).catch(() => false)) {
      stream.close();
      continue;
    }
    streams++;
    void answer(stream).catch(() => {}).finally(() => {
      streams--;
      stream.close();
    });
  }
}
