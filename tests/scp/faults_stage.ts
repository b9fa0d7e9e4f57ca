/**
 * A host on the system's files, in a directory of its own, for tests of what goes wrong.
 *
 * @module
 */
import { strictEqual } from "node:assert/strict";
import { loadSha256, sha256Stream } from "../../lib/crypto/digest.ts";
import type { Grant, Served } from "../../lib/scp/host.ts";
import { ScpHost } from "../../lib/scp/streams.ts";
import { systemTree } from "../../lib/sys/tree/system.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { FakeClock } from "../fakes/clock.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";

const digest = await loadSha256();

/** What a test has of it. */
export interface Stage {
  readonly top: string;
  readonly clock: FakeClock;
  /** What the host has ended so far. */
  readonly served: Served[];
  readonly host: ScpHost;
  /** A stream to the host of a peer. */
  dial(peer?: string): ReturnType<typeof memoryDuplexPair>[0];
  /** Names below the root. */
  names(): string[];
}

/** Runs a test with a host that lets everybody read and write, and looks that no stream is left. */
export async function hosted(
  run: (stage: Stage) => Promise<void>,
  grant: Partial<Grant> = {},
): Promise<void> {
  const top = await Deno.realPath(await Deno.makeTempDir());
  await Deno.mkdir(`${top}/root`);
  const clock = new FakeClock();
  const served: Served[] = [];
  const tree = systemTree(`${top}/root`);
  const host = new ScpHost({
    clock,
    digest,
    grant: () => Promise.resolve({ tree, read: true, write: true, ...grant }),
    onServed: (_, one) => void served.push(one),
    onRejected: () => {},
  });
  const taking: Promise<void>[] = [];
  try {
    await run({
      top,
      clock,
      served,
      host,
      dial: (peer = "peer") => {
        const [near, far] = memoryDuplexPair();
        taking.push(host.take(far, peer));
        return near;
      },
      names: () => [...Deno.readDirSync(`${top}/root`)].map(({ name }) => name).sort(),
    });
    host.stop();
    await Promise.all(taking);
    strictEqual(host.streams, 0);
  } finally {
    await Deno.remove(top, { recursive: true });
  }
}

/** A control frame. */
export const framed = (value: unknown): Uint8Array => {
  const payload = utf8(JSON.stringify(value));
  return Uint8Array.of(0, 0, payload.length >> 8, payload.length & 255, ...payload);
};

/** SHA-256, 32 bytes. */
export function sha(text: string): Uint8Array {
  const state = sha256Stream();
  state.add(utf8(text));
  return Uint8Array.from(state.hex().match(/../g)!, (hex) => parseInt(hex, 16));
}

/** Lets files of the system do their work until something holds. */
export async function quiet(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}
