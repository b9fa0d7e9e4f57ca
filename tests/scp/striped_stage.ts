/**
 * A host and a client whose long file goes over several streams, some of which break.
 *
 * @module
 */
import { loadSha256 } from "../../lib/crypto/digest.ts";
import type { Flow } from "../../lib/scp/body.ts";
import { pull, push } from "../../lib/scp/client.ts";
import { StripeCopies } from "../../lib/scp/extended/stripe_copies.ts";
import { serveStream } from "../../lib/scp/host.ts";
import { type Clock, systemClock } from "../../lib/sys/clock.ts";
import { resumePart } from "../../lib/sys/copies/part_file.ts";
import { openSeekable } from "../../lib/sys/copies/source_file.ts";
import { systemTree } from "../../lib/sys/tree/system.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";

/** A block. */
export const MIB: number = 2 ** 20;
/** Of the file: long enough to be striped. */
export const SIZE: number = 17 * MIB + 5;
const digest = await loadSha256();
const system = systemClock();
/** Further streams come at once: here a copy is over soon. */
const clock: Clock = {
  nowMs: () => system.nowMs(),
  wallNs: () => system.wallNs(),
  after: (ms, run) => system.after(ms < 1000 ? 0 : ms, run),
};
/** What is in it. */
export const BYTES: Uint8Array<ArrayBuffer> = new Uint8Array(SIZE).map((_, i) => (i * 7 + (i >> 11)) & 255);

/** The two of them. */
export interface Stage {
  /** A directory with all files. */
  readonly top: string;
  /** Bytes that went over each stream, either way. */
  readonly moved: number[];
  /** From `f` to `root/f`. */
  push(flow?: Flow): Promise<void>;
  /** From `root/f` to `back`. */
  pull(flow?: Flow): Promise<void>;
  /** Where copies were taken up. */
  readonly resumed: number[];
}

/** A host with `root/f`, and a client with `f`. @param most  Bytes after which each stream breaks. @param peers  Whose each stream is. */
export async function staged(
  run: (stage: Stage) => Promise<void>,
  most: number[] = [],
  peers: string[] = [],
): Promise<void> {
  const top = await Deno.realPath(await Deno.makeTempDir());
  await Deno.mkdir(`${top}/root`);
  const stripes = new StripeCopies();
  const tree = systemTree(`${top}/root`);
  const moved: number[] = [];
  const resumed: number[] = [];
  const serving: Promise<unknown>[] = [];
  const dial = (): Promise<Duplex> => {
    const [near, far] = memoryDuplexPair();
    const number = moved.push(0) - 1;
    const peer = peers[number] ?? "me";
    serving.push(
      serveStream(far, { tree, read: true, write: true }, { clock, peer, digest, stripes }),
    );
    const count = (length: number): void => {
      moved[number] += length;
      if (moved[number] > (most[number] ?? Infinity)) near.break();
    };
    return Promise.resolve({
      ...near,
      async read() {
        const some = await near.read();
        count(some?.length ?? 0);
        return some;
      },
      async write(some: Uint8Array) {
        count(some.length);
        await near.write(some);
      },
    });
  };
  const options = {
    clock,
    path: "f",
    extended: true,
    digest,
    more: { count: 3, dial },
    onResumed: (offset: number) => void resumed.push(offset),
  };
  try {
    await run({
      top,
      moved,
      resumed,
      async push(flow) {
        const file = (await openSeekable(`${top}/f`, digest))!;
        await push(await dial(), file, { ...options, ...flow }).finally(() => file.close());
      },
      async pull(flow) {
        const open = (): Promise<never> => Promise.reject(new Error("the host has the extension"));
        const resume = () => resumePart(top, "back", "0".repeat(32));
        await pull(await dial(), open, { ...options, ...flow, resume });
      },
    });
  } finally {
    await Promise.all(serving);
    await Deno.remove(top, { recursive: true });
  }
}
