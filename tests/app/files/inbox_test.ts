import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { Inbox } from "../../../lib/app/files/inbox.ts";
import type { FilePolicy } from "../../../lib/app/policies.ts";
import { sha256Stream } from "../../../lib/crypto/digest.ts";
import { systemFileDisk } from "../../../lib/sys/copies/received_files.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";
import type { Offer } from "../../../lib/xfer/frames.ts";
import { sendFile } from "../../../lib/xfer/transfer.ts";
import { ChatHub } from "../../fakes/chat_hub.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { MemoryFileDisk } from "../../fakes/file_disk.ts";
import { memoryFile } from "../../fakes/tree.ts";
import { filePolicy, keyOf, party } from "../local/pair.ts";

async function inTemporary(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const PEER = keyOf("peer");
let count = 0;

async function staged(
  { isAccepted = true, ...policy }: Partial<FilePolicy> & { readonly isAccepted?: boolean },
  run: (stage: {
    directory: string;
    names: () => string[];
    send: (name: string, text: string, more?: Partial<Offer>) => Promise<string>;
    offered: () => Promise<string[]>;
  }) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  const hub = new ChatHub();
  const clock = new FakeClock();
  const rules = { ...filePolicy, accept: "accepted", ...policy, directory } as const;
  const files = { policy: rules, disk: systemFileDisk, windows: false };
  const { app } = await party(hub, "taker", clock, { files });
  const network = hub.client(PEER);
  try {
    if (isAccepted) await app.peers.decide({ peer: PEER, accepted: true });
    await run({
      directory,
      names: () => [...Deno.readDirSync(`${directory}/${PEER}`)].map(({ name }) => name).sort(),
      async send(name, text, more = {}) {
        const id = `id${count++}`;
        const size = BigInt(text.length);
        const offer = { id, name, size, mime: "", from: PEER, group: "", ...more };
        const stream = await network.dial({ pk: app.pk, port: 64 });
        const outcome = await sendFile(stream, offer, memoryFile(utf8(text)), {
          clock,
          digest: sha256Stream,
        });
        return outcome.kind === "delivered" ? "delivered" : `${outcome.kind}: ${outcome.reason}`;
      },
      offered: async () => (await app.files.list({ limit: 99 })).map(({ name, state }) => `${name} ${state}`),
    });
  } finally {
    await app.close();
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

Deno.test("Names that differ in case only, or in how a letter is written, are told apart: some disks have them as one", async () => {
  await staged({}, async ({ send, names }) => {
    for (const name of ["a.txt", "A.TXT", "u\u0308", "\u00fc"]) {
      strictEqual(await send(name, name), "delivered");
    }
    deepStrictEqual(names(), ["A (1).TXT", "a.txt", "u\u0308", "\u00fc (1)"]);
  });
});

Deno.test("What came to a file's place while it was received stays, and its sender hears that nothing was kept", async () => {
  await inTemporary(async (directory) => {
    const file = await systemFileDisk.create(directory, "f");
    await file.write(utf8("new"));
    await Deno.writeTextFile(`${directory}/f`, "ours");
    await rejects(file.commit(0o600), /put in its place: something is there already$/);
    await file.discard();
    deepStrictEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["f"]);
    strictEqual(await Deno.readTextFile(`${directory}/f`), "ours");
  });
});

Deno.test("Offers with an id that leads elsewhere, of a group, or of another key are declined", async () => {
  await staged({}, async ({ directory, send, offered }) => {
    for (
      const more of [{ id: "../../x" }, { id: "" }, { group: "g" }, { from: PEER.replace(/^0./, "03") }]
    ) {
      if ("from" in more && more.from === PEER) continue;
      strictEqual(await send("f", "x", more), "declined: declined");
    }
    deepStrictEqual([...Deno.readDirSync(directory)], []);
    deepStrictEqual(await offered(), []);
  });
});

Deno.test("A peer that is not accepted is declined, and its offer stays; none are with `never`", async () => {
  await staged({ isAccepted: false }, async ({ send, offered }) => {
    strictEqual(await send("f", "x"), "declined: declined");
    deepStrictEqual(await offered(), ["f offered"]);
  });
  await staged({ accept: "never" }, async ({ send, offered }) => {
    strictEqual(await send("f", "x"), "declined: declined");
    deepStrictEqual(await offered(), []);
  });
  await staged(
    { accept: "never", peers: { [PEER]: { accept: "accepted", maxBytes: 1 } } },
    async ({ send }) => {
      strictEqual(await send("f", "x"), "delivered");
      strictEqual(await send("f", "xx"), "declined: files of at most 1 bytes are taken");
    },
  );
});

Deno.test("A file that is too large, or beyond the quota, is declined with the reason", async () => {
  await staged({}, async ({ send, names, directory, offered }) => {
    strictEqual(await send("f", "x".repeat(1001)), "declined: files of at most 1000 bytes are taken");
    deepStrictEqual(await offered(), ["f offered"]);
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

Deno.test("Who sends many files at once, or lets them stand, leaves room for others", async () => {
  const inbox = new Inbox({ directory: "/in", disk: new MemoryFileDisk(), windows: false, nowMs: () => 0 });
  const rule = { accept: "accepted", maxBytes: 100, quotaBytes: 10_000 } as const;
  let id = 0;
  const room = (peer: string) => inbox.room(keyOf(peer), { id: `id${id++}`, name: "f" }, 10, rule);
  const taken: (() => void)[] = [];
  const fill = async (peer: string): Promise<number> => {
    for (let count = 0;; count++) {
      const found = await room(peer);
      if ("reason" in found) {
        strictEqual(found.reason, "busy");
        return count;
      }
      taken.push(found.free);
    }
  };
  deepStrictEqual([await fill("bob"), await fill("carol"), await fill("dave")], [8, 8, 0]);
  taken[0]();
  deepStrictEqual([await fill("bob"), await fill("dave")], [1, 0]);
});

Deno.test("What is taken by hand says what to do about it: wait for the others, make room, or allow more", async () => {
  const disk = new MemoryFileDisk();
  const inbox = new Inbox({ directory: "/in", disk, windows: false, nowMs: () => 0 });
  const rule = { accept: "accepted", maxBytes: 100, quotaBytes: 10_000 } as const;
  const said = async (size: number): Promise<unknown> => {
    const error = await inbox.check({ peer: PEER, id: "id", name: "f", size }, rule).catch((error) => error);
    return error && [error.kind, error.message, error.hint];
  };
  strictEqual(await said(100), undefined);
  const config =
    "`files` in config.json says how much is taken (maxMiB, quotaMiB), or of a daemon its flags.";
  const large = "The file can't be kept here: files of at most 100 bytes are taken";
  deepStrictEqual(await said(101), ["refused", large, config]);
  for (let i = 0; i < 8; i++) await inbox.room(PEER, { id: `id${i}`, name: "f" }, 10, rule);
  const [isBusy, wait] = ["As many files are coming as come at once", "Accept it once one of them is here."];
  deepStrictEqual(await said(100), ["busy", isBusy, wait]);
  disk.look = () => Promise.resolve({ names: new Set<string>(), bytes: 0, free: 0 });
  const other = new Inbox({ directory: "/in", disk, windows: false, nowMs: () => 0 });
  const full = await other.check({ peer: PEER, id: "id", name: "f", size: 1 }, rule).catch((error) => error);
  const [space, room] = ["The file can't be kept here: not enough space", "Make room on the disk."];
  deepStrictEqual([full.kind, full.message, full.hint], ["refused", space, room]);
});

Deno.test("What is promised to a file counts for its peer alone, and so does its name", async () => {
  const disk = new MemoryFileDisk();
  const rule = { accept: "accepted", maxBytes: 100, quotaBytes: 25 } as const;
  const inbox = new Inbox({ directory: "/in", disk, windows: false, nowMs: () => 0 });
  const room = async (peer: string, name = "f"): Promise<string> => {
    const found = await inbox.room(peer, { id: "id", name }, 10, rule);
    return "reason" in found ? found.reason : found.path;
  };
  deepStrictEqual(await Promise.all([room("02a"), room("02a", "F"), room("02a"), room("02b")]), [
    "/in/02a/f",
    "/in/02a/F (1)",
    "the quota is used up",
    "/in/02b/f",
  ]);
  const onWindows = new Inbox({ directory: "/in", disk, windows: true, nowMs: () => 0 });
  const odd = await onWindows.room("02c", { id: "id", name: "CON.txt" }, 10, rule);
  strictEqual("path" in odd && odd.path, "/in/02c/file-id");
  const look = disk.look.bind(disk);
  disk.look = async (directory) => ({ ...await look(directory), free: 16 * 2 ** 20 + 10 });
  strictEqual(await room("02d"), "/in/02d/f");
  disk.look = async (directory) => ({ ...await look(directory), free: 16 * 2 ** 20 + 9 });
  strictEqual(await room("02e"), "not enough space");
});
