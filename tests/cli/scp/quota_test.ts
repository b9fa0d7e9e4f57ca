import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { Quota } from "../../../cli/scp/host/host.ts";
import { loadSha256 } from "../../../lib/crypto/digest.ts";
import { push } from "../../../lib/scp/client.ts";
import { BLOCK_BYTES } from "../../../lib/scp/extended/frames.ts";
import { type Served, serveStream } from "../../../lib/scp/host.ts";
import { pushStream } from "../../../lib/scp/push_stream.ts";
import { openSeekable } from "../../../lib/sys/copies/source_file.ts";
import { freeBytes } from "../../../lib/sys/copies/space.ts";
import { systemTree } from "../../../lib/sys/tree/system.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { memoryDuplexPair } from "../../fakes/duplex.ts";
import { framed, hosted, sha } from "../../scp/faults_stage.ts";

const clock = new FakeClock();
const digest = await loadSha256();
const SIZE = 6 * BLOCK_BYTES + 5;

/** What a stream of a client does: it breaks after so many bytes, or does not hear the last answer. */
interface Break {
  readonly after?: number;
  readonly deaf?: boolean;
  readonly extended?: boolean;
  /** Changes the source in the middle. */
  readonly change?: boolean;
  readonly stream?: boolean;
}

async function staged(
  quota: Quota,
  run: (pushed: (how?: Break) => Promise<Served>, top: string) => Promise<void>,
): Promise<void> {
  const top = await Deno.realPath(await Deno.makeTempDir());
  await Deno.mkdir(`${top}/root`);
  await Deno.writeFile(`${top}/f`, new Uint8Array(SIZE).map((_, i) => (i * 7) & 255));
  const tree = systemTree(`${top}/root`);
  try {
    await run(
      async ({ after = Infinity, deaf = false, extended = true, change = false, stream = false } = {}) => {
        const [near, far] = memoryDuplexPair();
        let sent = 0;
        const host = {
          ...far,
          async write(bytes: Uint8Array) {
            // The file is in its place when the last answer leaves.
            if (deaf && (await Deno.stat(`${top}/root/f`).catch(() => undefined))?.size === SIZE) {
              near.break();
            }
            await far.write(bytes);
          },
        };
        const serving = serveStream(host, {
          tree,
          read: true,
          write: true,
          refuseSize: (bytes, before) => quota.refusal("me", bytes, before),
        }, { clock, peer: "me", digest });
        const client = {
          ...near,
          async write(bytes: Uint8Array) {
            sent += bytes.length;
            if (sent > after) near.break();
            await near.write(bytes);
          },
        };
        const file = (await openSeekable(`${top}/f`, digest))!;
        const source = {
          ...file,
          async read(into: Uint8Array) {
            if (change) await Deno.utime(`${top}/f`, 1e9, 1e9);
            return await file.read(into);
          },
        };
        const options = { clock, digest, path: "f", extended };
        await (stream ? pushStream(client, source, options) : push(client, source, options)).catch(() => {});
        file.close();
        const served = await serving;
        quota.settle("me", served);
        return served;
      },
      top,
    );
  } finally {
    await Deno.remove(top, { recursive: true });
  }
}

/** How much more of the key is taken. */
function roomOf(quota: Quota, most: number): number {
  let room = 0;
  for (let step = most; step >= 1; step = Math.floor(step / 2)) {
    while (quota.refusal("me", step) === undefined) room += step;
  }
  return room;
}

Deno.test("A push that breaks off and goes on fits the quota that the whole file fits, and counts once", async () => {
  const quota = new Quota(SIZE, SIZE + 10);
  await staged(quota, async (pushed) => {
    const first = await pushed({ after: 5 * BLOCK_BYTES + 1000 });
    strictEqual(first.promised, SIZE);
    strictEqual(first.kept! >= 2 * BLOCK_BYTES, true, `${first.kept}`);
    const last = await pushed();
    strictEqual(last.error, undefined);
    deepStrictEqual([last.promised, last.kept], [SIZE - first.kept!, SIZE - first.kept!]);
    strictEqual(roomOf(quota, 16), 10);
  });
});

Deno.test("Who leaves before it is told that its file is there is counted for it", async () => {
  for (const how of [{ extended: true }, { extended: false }, { stream: true }]) {
    const quota = new Quota(undefined, SIZE + 10);
    await staged(quota, async (pushed, top) => {
      const { error, kept } = await pushed({ ...how, deaf: true });
      strictEqual(error === undefined, false, "it left");
      strictEqual(kept, SIZE);
      strictEqual((await Deno.stat(`${top}/root/f`)).size, SIZE);
      strictEqual(roomOf(quota, 16), 10);
    });
  }
});

Deno.test("A file that changed while it was pushed leaves nothing, and counts for nothing", async () => {
  const quota = new Quota(undefined, SIZE + 10);
  await staged(quota, async (pushed, top) => {
    const { error, kept } = await pushed({ change: true });
    strictEqual(error?.message, "the client ended it: the file changed while it was read");
    strictEqual(kept, 0);
    deepStrictEqual([...Deno.readDirSync(`${top}/root`)], []);
    strictEqual(roomOf(quota, SIZE), SIZE + 10);
  });
});

Deno.test("A host wants room for what is still to come of a push, not for all of it", async () => {
  await hosted(async ({ top, dial }) => {
    const free = await freeBytes(`${top}/root`);
    if (free === undefined || free > 2 ** 42) return; // no file is so long
    const token = "0".repeat(32);
    const answers = async (blocks: number): Promise<string> => {
      const near = dial();
      await near.write(utf8("SINK f\r\r\n"));
      await near.write(framed({ op: "push", size: (blocks + 1) * BLOCK_BYTES, mode: 0o600, token }));
      let said = "";
      while (!/"offset"|"err"/.test(said)) said += fromUtf8(await near.read() ?? utf8('"err"'));
      await near.closeWrite();
      return said;
    };
    const blocks = Math.ceil(free / BLOCK_BYTES) + 64;
    match(await answers(blocks), /not enough space/);
    const id = sha(JSON.stringify(["peer", "f", token])).toHex().slice(0, 32);
    // Nothing lies in these blocks: they take no room.
    await Deno.writeFile(`${top}/root/.${id}.part`, new Uint8Array(0));
    await Deno.truncate(`${top}/root/.${id}.part`, blocks * BLOCK_BYTES);
    await Deno.writeFile(`${top}/root/.${id}.journal.part`, new Uint8Array(32 * blocks));
    match(await answers(blocks), new RegExp(`"offset":${blocks * BLOCK_BYTES}`));
    match(await answers(3 * blocks), /not enough space/);
  });
});

Deno.test("What waits of a file that has changed since goes when the new version comes, and counts no longer", async () => {
  const quota = new Quota(SIZE, SIZE + 10);
  await staged(quota, async (pushed, top) => {
    const names = (): string[] => [...Deno.readDirSync(`${top}/root`)].map(({ name }) => name).sort();
    const first = await pushed({ after: 5 * BLOCK_BYTES + 1000 });
    strictEqual(first.kept! >= 2 * BLOCK_BYTES, true, `${first.kept}`);
    const [journal, part] = names();
    await Deno.utime(`${top}/f`, 5, 5);
    // It breaks before a block of it counts.
    const second = await pushed({ after: 1000 });
    deepStrictEqual([second.kept, names()], [-first.kept!, []]);
    strictEqual(roomOf(quota, SIZE), SIZE + 10);
    quota.settle("me", { bytes: 0, promised: SIZE + 10, error: new Error() });
    await pushed({ after: 5 * BLOCK_BYTES + 1000 });
    strictEqual(names().length, 2);
    strictEqual(names().includes(part) || names().includes(journal), false);
    await Deno.utime(`${top}/f`, 6, 6);
    const last = await pushed();
    deepStrictEqual([last.error, names()], [undefined, ["f"]]);
    strictEqual(roomOf(quota, 16), 10);
  });
});
