/**
 * Copies of which one side is killed at each of many points, or has a full disk; with files of the system, and a
 * process that ends at an operation of them.
 *
 * @module
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { loadSha256 } from "../../lib/crypto/digest.ts";
import { pull, push } from "../../lib/scp/client.ts";
import { serveStream } from "../../lib/scp/host.ts";
import { resumePart } from "../../lib/sys/copies/part_file.ts";
import { openSeekable } from "../../lib/sys/copies/source_file.ts";
import { systemTree } from "../../lib/sys/tree/system.ts";
import { FakeClock } from "../fakes/clock.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";
import { type Fault, FaultyDisk } from "../fakes/faulty_disk.ts";

const MIB = 2 ** 20;
const SIZE = 3 * MIB + 12_345;
const digest = await loadSha256();
const clock = new FakeClock();

type Direction = "push" | "pull";
type Side = "sender" | "receiver";

/** A source, an old file in the place of the target, and runs of which one side can have a fault. */
async function staged(run: (stage: Stage) => Promise<void>): Promise<void> {
  const top = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${top}/from`);
    await Deno.mkdir(`${top}/to`);
    const bytes = new Uint8Array(SIZE);
    for (let at = 0; at < SIZE; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
    await Deno.writeFile(`${top}/from/f`, bytes);
    await Deno.writeFile(`${top}/to/f`, OLD);
    await run(new Stage(top, bytes));
  } finally {
    await Deno.remove(top, { recursive: true });
  }
}

const OLD = new TextEncoder().encode("the old file");

class Stage {
  readonly #top: string;
  readonly bytes: Uint8Array;

  constructor(top: string, bytes: Uint8Array) {
    this.#top = top;
    this.bytes = bytes;
  }

  /** One try. A killed process loses its connections in that moment. */
  async copy(direction: Direction, side?: Side, fault?: Fault) {
    const [near, far] = memoryDuplexPair();
    const disks = {
      sender: new FaultyDisk(side === "sender" ? fault : undefined, () => near.break()),
      receiver: new FaultyDisk(side === "receiver" ? fault : undefined, () => near.break()),
    };
    let resumed = 0;
    const options = {
      clock,
      path: "f",
      extended: true,
      digest,
      onResumed: (offset: number) => void (resumed = offset),
    };
    const isPush = direction === "push";
    const root = systemTree(
      `${this.#top}/${isPush ? "to" : "from"}`,
      undefined,
      undefined,
      isPush ? disks.receiver : disks.sender,
    );
    const serving = serveStream(far, { tree: root, read: true, write: true }, {
      clock,
      peer: "peer",
      digest,
    });
    const error = await (isPush ? this.#push(near, disks.sender, options) : pull(near, unused, {
      ...options,
      resume: ({ token }) => resumePart(`${this.#top}/to`, "f", token, disks.receiver),
    })).then(() => undefined, (error: Error) => error);
    near.break();
    const served = await serving;
    const { sender, receiver } = disks;
    return {
      error,
      served,
      resumed,
      read: { sender: sender.bytesRead, receiver: receiver.bytesRead },
      disks,
    };
  }

  async #push(
    near: Parameters<typeof push>[0],
    disk: FaultyDisk,
    options: Parameters<typeof push>[2],
  ): Promise<void> {
    const file = (await openSeekable(`${this.#top}/from/f`, digest, false, disk))!;
    try {
      await push(near, file, options);
    } finally {
      file.close();
    }
  }

  /** Whether the new file is there; else it must be the old one, whole. */
  async isNew(): Promise<boolean> {
    const now = await Deno.readFile(`${this.#top}/to/f`);
    if (now.length === SIZE) deepStrictEqual(now, this.bytes);
    else deepStrictEqual(now, OLD);
    return now.length === SIZE;
  }

  /** The names beside the file. */
  strays(): string[] {
    return [...Deno.readDirSync(`${this.#top}/to`)].map(({ name }) => name).filter((name) => name !== "f");
  }

  /** Back to the beginning. */
  async reset(): Promise<void> {
    for (const name of this.strays()) await Deno.remove(`${this.#top}/to/${name}`);
    await Deno.writeFile(`${this.#top}/to/f`, OLD);
  }
}

const unused = (): Promise<never> => Promise.reject(new Error("not the classic protocol"));

/** Adds the tests. @param points  How many operations a side is killed at. */
export function killTests(points: number): void {
  for (const direction of ["push", "pull"] as const) {
    for (const side of ["sender", "receiver"] as const) {
      Deno.test(`A ${side} of a ${direction} that is killed, at any of ${points} points, goes on and ends with the same bytes`, async () => {
        await staged(async (stage) => {
          const { disks, error } = await stage.copy(direction);
          strictEqual(error, undefined);
          const { steps } = disks[side];
          ok(steps >= 20, `${steps} operations`);
          for (let point = 0; point < points; point++) {
            await stage.reset();
            const at = 1 + Math.floor(point * steps / points);
            const { error, served } = await stage.copy(direction, side, { at, kind: "kill" });
            const isThere = await stage.isNew();
            const told = direction === "push" ? error : served.error;
            // The side that lives believes nothing that is not so.
            if (!isThere) ok(told, `killed at ${at}: success was told`);
            const again = await stage.copy(direction);
            strictEqual(again.error, undefined, `killed at ${at}`);
            ok(await stage.isNew(), `killed at ${at}`);
            deepStrictEqual(stage.strays(), [], `killed at ${at}`);
            // Neither side has read old data again: only what is sent.
            deepStrictEqual(again.read, { sender: SIZE - again.resumed, receiver: 0 });
          }
        });
      });
    }

    Deno.test(`A disk that is full in the middle of a ${direction} is told, and the old file stays`, async () => {
      await staged(async (stage) => {
        const { disks: { receiver: { steps } } } = await stage.copy(direction);
        for (const at of [1, 5, 20, Math.floor(steps / 2), steps - 5]) {
          await stage.reset();
          const { error, served } = await stage.copy(direction, "receiver", { at, kind: "full" });
          if (await stage.isNew()) continue; // it was full behind the last byte
          ok(error && served.error);
          if (direction === "push") {
            strictEqual(error.message, "remote: write: not enough space");
            strictEqual(served.error.message, "not enough space");
          } else strictEqual(error.message, "the file can't be written: the disk is full");
          const again = await stage.copy(direction);
          strictEqual(again.error, undefined);
          ok(await stage.isNew());
          deepStrictEqual(stage.strays(), []);
        }
      });
    });
  }
}
