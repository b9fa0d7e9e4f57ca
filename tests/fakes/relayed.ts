/**
 * Two ends of a stream as clients have it: sealed frames over yamux, and a server between them.
 *
 * @module
 */
import { nobleAead } from "../../lib/crypto/aead.ts";
import { ClientAccount, DEFAULT_LIMITS } from "../../lib/dmsg/server/limits.ts";
import { pipe } from "../../lib/dmsg/server/pipe.ts";
import { SecureStream } from "../../lib/noise/secure.ts";
import type { Clock } from "../../lib/sys/clock.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import type { Stream } from "../../lib/wire/reading.ts";
import { Mux } from "../../lib/yamux/mux.ts";
import type { MuxStream } from "../../lib/yamux/mux_stream.ts";
import { Connection } from "./connection.ts";
import { seededRandom } from "./random.ts";

/** How the two are connected. */
export interface RelayedOptions {
  readonly clock: Clock;
  /** The server credits each half of a window and nothing before, as Go's do. */
  readonly isCoarse?: boolean;
  /** Makes a connection, the dialling end first. Default: one in memory. */
  readonly connect?: () => Promise<readonly [Duplex, Duplex]>;
}

const [k1, k2] = [seededRandom("k1").bytes(32), seededRandom("k2").bytes(32)];

/** Two clients with a stream between them. */
export async function relayedPair(
  { clock, isCoarse = false, connect }: RelayedOptions,
): Promise<[Stream & { reset(): void }, Stream & { reset(): void }]> {
  const at: MuxStream[] = [];
  const both = Promise.withResolvers<void>();
  const unders: MuxStream[] = [];
  for (let side = 0; side < 2; side++) {
    const ends = await connect?.() ??
      new Connection({ clock, latencyMs: () => 1, bufferBytes: 2 ** 20 }).ends;
    new Mux({
      duplex: ends[1],
      role: "server",
      clock,
      limits: isCoarse ? { creditMs: Infinity } : {},
      onStream: (stream) => {
        if (at.push(stream) === 2) both.resolve();
      },
    });
    unders.push(new Mux({ duplex: ends[0], role: "client", clock }).open());
  }
  await both.promise;
  const accounts = at.map(() => new ClientAccount(DEFAULT_LIMITS, clock));
  void pipe(at[0], at[1], clock, accounts[0], accounts[1]);
  const [near, far] = unders.map((under, side) => {
    const keys = side === 0 ? { send: k1, receive: k2 } : { send: k2, receive: k1 };
    const stream = new SecureStream(under, keys, { maker: nobleAead }, true, clock);
    return {
      read: () => stream.read(),
      write: (bytes: Uint8Array) => stream.write(bytes),
      closeWrite: () => stream.closeWrite(),
      close: () => stream.close(),
      sign: () => stream.sign(),
      longFrames: stream.longFrames,
      get moved() {
        return stream.moved;
      },
      reset: () => {
        under.reset();
        stream.close();
      },
    };
  });
  return [near, far];
}
