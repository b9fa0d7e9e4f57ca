import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Inbox, type InboxParts } from "../../cli/xfer_host.ts";
import { sha256Stream } from "../../lib/crypto/digest.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import type { Offer } from "../../lib/xfer/frames.ts";
import { receiveFile, sendFile } from "../../lib/xfer/transfer.ts";
import { FakeClock } from "../fakes/clock.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";
import { memoryFile } from "../fakes/tree.ts";

const PEER = "02a1a6f8a1a109355914bd8694cf3378070346138e26aab828b30e3fc7dcd7913e";
const clock = new FakeClock();
const options = { clock, digest: sha256Stream };
let count = 0;

async function staged(
  parts: Partial<InboxParts>,
  run: (stage: {
    directory: string;
    names: () => string[];
    send: (name: string, text: string, more?: Partial<Offer>) => Promise<string>;
  }) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  const inbox = new Inbox({
    directory,
    maxFile: 1000,
    quota: 2000,
    windows: false,
    nowMs: () => 0,
    isAccepted: () => Promise.resolve(true),
    ...parts,
  });
  try {
    await run({
      directory,
      names: () => [...Deno.readDirSync(`${directory}/${PEER}`)].map(({ name }) => name).sort(),
      async send(name, text, more = {}) {
        const [near, far] = memoryDuplexPair();
        const receiving = receiveFile(far, PEER, (offer) => inbox.decide(PEER, offer), options);
        const id = `id${count++}`;
        const size = BigInt(text.length);
        const offer = { id, name, size, mime: "", from: PEER, group: "", ...more };
        const outcome = await sendFile(near, offer, memoryFile(utf8(text)), options);
        const received = await receiving;
        if (received.offer) inbox.over(received.offer);
        return outcome.kind === "delivered" ? "delivered" : `${outcome.kind}: ${outcome.reason}`;
      },
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("Files that peers send get names of their own, whatever the peer calls them", async () => {
  await staged({}, async ({ directory, send, names }) => {
    strictEqual(await send("a.txt", "1"), "delivered");
    deepStrictEqual(await Promise.all([send("a.txt", "2"), send("a.txt", "3")]), ["delivered", "delivered"]);
    for (const name of ["../../evil", "/etc/passwd", "..\\x", ".bashrc", "", "a\x1b[2Jb"]) {
      strictEqual(await send(name, "x"), "delivered");
    }
    ok(
      names().every((name) => /^(a( \(\d\))?\.txt|evil|passwd|x|bashrc|file-id\d+|a_\[2Jb)$/.test(name)),
      `${names()}`,
    );
    strictEqual(names().length, 9);
    strictEqual(await Deno.readTextFile(`${directory}/${PEER}/a.txt`), "1");
    deepStrictEqual([...Deno.readDirSync(directory)].map(({ name }) => name), [PEER]);
    strictEqual(Deno.statSync(`${directory}/${PEER}/a.txt`).mode! & 0o777, 0o600);
  });
});

Deno.test("Offers with an id that leads elsewhere, of a group, or of another key are declined", async () => {
  await staged({}, async ({ directory, send }) => {
    for (
      const more of [{ id: "../../x" }, { id: "" }, { group: "g" }, { from: PEER.replace("02a1", "03a1") }]
    ) {
      strictEqual(await send("f", "x", more), "declined: declined");
    }
    deepStrictEqual([...Deno.readDirSync(directory)], []);
  });
});

Deno.test("A peer that is not accepted is declined; a file that is too large, or beyond the quota, with the reason", async () => {
  await staged({ isAccepted: () => Promise.resolve(false) }, async ({ send }) => {
    strictEqual(await send("f", "x"), "declined: declined");
  });
  await staged({ isAccepted: () => Promise.reject(new Error("no store")) }, async ({ send }) => {
    strictEqual(await send("f", "x"), "declined: declined");
  });
  await staged({}, async ({ send, names, directory }) => {
    strictEqual(await send("f", "x".repeat(1001)), "declined: files of at most 1000 bytes are taken");
    deepStrictEqual([await send("f", "x".repeat(1000)), await send("f", "x".repeat(900))], [
      "delivered",
      "delivered",
    ]);
    strictEqual(await send("f", "x".repeat(101)), "declined: the quota is used up");
    await Deno.remove(`${directory}/${PEER}/f`);
    strictEqual(await send("f", "x".repeat(101)), "delivered");
    deepStrictEqual(names(), ["f", "f (1)"]);
  });
});
