import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { pull, push } from "../../lib/scp/client.ts";
import { CopyError } from "../../lib/scp/errors.ts";
import { ScpHost } from "../../lib/scp/streams.ts";
import { serveStream } from "../../lib/scp/host.ts";
import { CHUNK_BYTES } from "../../lib/scp/body.ts";
import { NetworkError, UserError } from "../../lib/wire/errors.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { FakeClock, settle } from "../fakes/clock.ts";
import { type ClassicFiles, classicHost, classicPull, classicPush } from "../fakes/classic_scp.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";
import { memoryFile, MemoryTree } from "../fakes/tree.ts";
import { readAll } from "../vectors/helpers.ts";

const clock = new FakeClock();
const noise = (count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => (i * 31 + (i >> 8)) & 255);

const SIZES = [0, 1, 2, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 5];

for (const extended of [false, true]) {
  const line = extended ? "with our mark" : "classic";
  Deno.test(`Scp pushes to a Go host and pulls back the same bytes, role line ${line}`, async () => {
    const files: ClassicFiles = new Map();
    for (const size of SIZES) {
      const [near, far] = memoryDuplexPair();
      const hosting = classicHost(far, files);
      await push(near, memoryFile(noise(size), 0o755), { clock, path: "dir/a b", extended });
      strictEqual(await hosting, `SINK dir/a b${extended ? "\r\r" : ""}\n`);
      deepStrictEqual(files.get("dir/a b"), { bytes: noise(size), mode: 0o700 });
      const [ours, theirs] = memoryDuplexPair();
      const tree = new MemoryTree();
      const serving = classicHost(theirs, files);
      const record = await pull(ours, () => tree.create("x"), { clock, path: "dir/a b", extended });
      await serving;
      deepStrictEqual([record.name, record.size], ["a b", BigInt(size)]);
      deepStrictEqual(tree.files.get("x")!.bytes, noise(size));
    }
  });
}

Deno.test("Scp host takes a Go client's push and serves its pull", async () => {
  const tree = new MemoryTree();
  for (const size of SIZES) {
    const [near, far] = memoryDuplexPair({ chunk: (most) => Math.min(most, 4070) });
    const serving = serveStream(near, { tree, read: true, write: true }, { clock });
    await classicPush(far, "sub/f", noise(size), 0o644);
    deepStrictEqual(await serving, { role: "SINK", path: "sub/f", bytes: size, promised: size });
    const [ours, theirs] = memoryDuplexPair();
    const pulling = serveStream(ours, { tree, read: true, write: true }, { clock });
    deepStrictEqual(await classicPull(theirs, "sub/f"), { bytes: noise(size), mode: 0o600 });
    strictEqual((await pulling).error, undefined);
  }
});

Deno.test("Scp host says the same to a client whose last answer is none, whenever that comes", async () => {
  for (const last of ["A", "\x02no space\n", "\n"]) {
    const said = utf8(`SOURCE f\n\0${last}`);
    for (const size of [1, 10, said.length]) {
      const tree = new MemoryTree();
      tree.files.set("f", { bytes: utf8("12345"), mode: 0o644 });
      const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
      for (let at = 0; at < said.length; at += size) await far.write(said.subarray(at, at + size));
      const { error } = await serveStream(near, { tree, read: true, write: true }, { clock });
      ok(error, `${JSON.stringify(last)} is no ack`);
      strictEqual(fromUtf8(await readAll(far)), "C0644 5 f\n12345\0", `in pieces of ${size}`);
    }
  }
});

/** A host that says some bytes and then stops, or ends. */
async function against(bytes: string, end: "close" | "silence", role: "push" | "pull", file = noise(1000)) {
  const time = new FakeClock();
  const tree = new MemoryTree();
  const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
  await far.write(Uint8Array.from(bytes, (c) => c.charCodeAt(0)));
  if (end === "close") await far.closeWrite();
  const run = role === "push"
    ? push(near, memoryFile(file), { clock: time, path: "f" })
    : pull(near, () => tree.create("f"), { clock: time, path: "f" });
  const outcome = run.then(() => undefined, (error: Error) => error);
  await settle();
  if (end === "silence") await time.advance(200_000);
  const error = await outcome;
  strictEqual(tree.unfinished + tree.files.size, 0);
  return error!;
}

Deno.test("Scp client takes no end of a stream for the end of a file", async () => {
  const cuts: [string, "push" | "pull"][] = [
    ["", "push"],
    ["\0", "push"],
    ["\0\0", "push"],
    ["", "pull"],
    ["C0644 5 f", "pull"],
    ["C0644 5 f\n", "pull"],
    ["C0644 5 f\n123", "pull"],
    ["C0644 5 f\n12345", "pull"],
    ["C0644 0 f\n", "pull"],
  ];
  for (const [bytes, role] of cuts) {
    const error = await against(bytes, "close", role);
    ok(error instanceof CopyError && error.fault === "broken", `${JSON.stringify(bytes)}: ${error}`);
    const late = await against(bytes, "silence", role);
    ok(late instanceof NetworkError || (late instanceof CopyError && late.fault === "broken"), `${late}`);
  }
});

Deno.test("Scp client says what the host said, in one class for each meaning", async () => {
  const said = await against("\0\0\x02open: is a directory\n", "close", "push");
  ok(said instanceof CopyError && said.fault === "remote");
  strictEqual(said.message, "remote: open: is a directory");
  strictEqual(
    (await against("\x02dmsg stream rejected by whitelist\n", "close", "push")).name,
    "NetworkError",
  );
  strictEqual((await against("\x02busy\n", "close", "pull")).name, "BusyError");
  strictEqual((await against("\x02mkdir: no\r\n", "close", "push")).message, "remote: mkdir: no");
  match((await against("A", "close", "push")).message, /unexpected byte 0x41 from peer/);
  match((await against("D0755 0 d\n", "close", "pull")).message, /directory transfer not implemented/);
  match((await against("C0644 9223372036854775807 f\n", "close", "pull")).message, /bad size/);
});

Deno.test("Scp client stops sending when the host says in the middle that it can't go on", async () => {
  const time = new FakeClock();
  const [near, far] = memoryDuplexPair({ bufferBytes: 4096 });
  let sent = 0;
  const pushing = push(near, memoryFile(noise(40 * CHUNK_BYTES)), {
    clock: time,
    path: "f",
    onBytes: (count) => void (sent += count),
  });
  const read = async (count: number) => {
    for (let got = 0; got < count;) got += (await far.read())!.length;
  };
  await far.write(utf8("\0\0"));
  await read(CHUNK_BYTES * 2);
  await far.write(utf8("\x02open: no space\n"));
  void read(Infinity).catch(() => {});
  await rejects(pushing, /remote: open: no space/);
  ok(sent < 6 * CHUNK_BYTES, `${sent} bytes were sent`);
});

Deno.test("Scp bounds what a host may say: a text without an end, a line without an end", async () => {
  match((await against(`\x02${"x".repeat(10_000)}`, "silence", "push")).message, /^remote: x{4096}$/);
  match((await against(`\x01${"x".repeat(10_000)}`, "silence", "push")).message, /^remote: x{4096}$/);
  match((await against(`C0644 1 ${"n".repeat(10_000)}`, "silence", "pull")).message, /exceeds max length/);
});

Deno.test("Scp breaks the stream when the file becomes shorter while it is read", async () => {
  const files: ClassicFiles = new Map();
  const [near, far] = memoryDuplexPair();
  const hosting = classicHost(far, files);
  const file = { ...memoryFile(noise(10)), size: 20 };
  await rejects(push(near, file, { clock, path: "f" }), (error) => error instanceof UserError);
  await hosting;
  strictEqual(files.size, 0);
});

/** A host with one tree, and what its client sees. */
function hostWith(tree: MemoryTree, rights = { read: true, write: true }, time = new FakeClock()) {
  let listed = true;
  const host = new ScpHost({
    clock: time,
    grant: () => Promise.resolve(listed ? { tree, ...rights } : undefined),
    onServed: () => {},
    onRejected: () => {},
  });
  return { host, time, unlist: () => void (listed = false) };
}

async function said(stream: { read(): Promise<Uint8Array | null> }): Promise<string> {
  let text = "";
  for (;;) {
    const bytes = await stream.read().catch(() => null);
    if (bytes === null) return text;
    text += String.fromCharCode(...bytes);
  }
}

Deno.test("Scp host has room for 8 streams of one peer and 32 of all, and says busy beyond", async () => {
  const { host } = hostWith(new MemoryTree());
  const take = async (peer: string) => {
    const [near, far] = memoryDuplexPair();
    void host.take(near, peer);
    await settle();
    return far;
  };
  for (let i = 0; i < 8; i++) await take("a");
  strictEqual(await said(await take("a")), "\x02busy\n");
  for (const peer of ["b", "c", "d"]) for (let i = 0; i < 8; i++) await take(peer);
  strictEqual(host.streams, 32);
  strictEqual(await said(await take("e")), "\x02busy\n");
  host.stop();
  await settle();
  strictEqual(host.streams, 0);
});

Deno.test("Scp host cuts a running transfer within 2 s when its key is taken from the list", async () => {
  const tree = new MemoryTree();
  const { host, time, unlist } = hostWith(tree);
  const [near, far] = memoryDuplexPair();
  const taking = host.take(near, "a");
  await far.write(utf8("SINK f\nC0644 100 f\n12345"));
  await time.advance(5000);
  strictEqual(host.streams, 1);
  unlist();
  await time.advance(2000);
  await taking;
  deepStrictEqual([tree.files.size, tree.unfinished], [0, 0]);
});

Deno.test("Scp host waits 30 s for a control line and 60 s for a payload", async () => {
  for (
    const [bytes, limitMs] of [["", 30_000], ["SINK f\n", 30_000], ["SINK f\nC0644 9 f\n1", 60_000]] as const
  ) {
    const { host, time } = hostWith(new MemoryTree());
    const [near, far] = memoryDuplexPair();
    const taking = host.take(near, "a");
    await far.write(utf8(bytes));
    await time.advance(limitMs - 1);
    strictEqual(host.streams, 1);
    await time.advance(2);
    await taking;
    strictEqual(host.streams, 0);
  }
});

Deno.test("Scp host keeps to a key's rights", async () => {
  const tree = new MemoryTree();
  tree.files.set("f", { bytes: noise(3), mode: 0o600 });
  const ask = async (rights: { read: boolean; write: boolean }, line: string) => {
    const { host } = hostWith(tree, rights);
    const [near, far] = memoryDuplexPair();
    void host.take(near, "a");
    await far.write(utf8(line));
    await far.closeWrite();
    return await said(far);
  };
  strictEqual(await ask({ read: true, write: false }, "SINK f\n"), "\x02open: permission denied\n");
  strictEqual(await ask({ read: false, write: true }, "SOURCE f\n"), "\x02open: permission denied\n");
  strictEqual(await ask({ read: false, write: true }, "SOURCE nothing\n"), "\x02open: permission denied\n");
});

Deno.test("Scp host answers a promise of 2^63-1 bytes, and one that does not fit, before it takes any", async () => {
  for (
    const [size, text] of [
      ["9223372036854775807", 'bad header: dmsgscp: bad size: "9223372036854775807"'],
      ["1000", "bad header: not enough space"],
    ]
  ) {
    const tree = new MemoryTree(999);
    const { host } = hostWith(tree);
    const [near, far] = memoryDuplexPair();
    void host.take(near, "a");
    await far.write(utf8(`SINK f\nC0644 ${size} f\n`));
    await far.closeWrite();
    strictEqual(await said(far), `\0\x02${text}\n`);
    strictEqual(tree.unfinished, 0);
  }
});

Deno.test("Scp looks for the end of a record in 4096 bytes, as Go does", async () => {
  const tooLong = "dmsgscp: header line exceeds max length";
  for (
    const [record, text] of [
      ["C".repeat(1023), "EOF"],
      ["C".repeat(1024), "EOF"],
      ["C".repeat(4095), "EOF"],
      ["C".repeat(4096), tooLong],
      ["C".repeat(1023) + "\n", "dmsgscp: header too short"],
      ["C".repeat(1024) + "\n", tooLong],
      ["C".repeat(4095) + "\n", tooLong],
    ]
  ) {
    const { host } = hostWith(new MemoryTree());
    const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
    void host.take(near, "a");
    await far.write(utf8(`SINK f\n${record}`));
    await far.closeWrite();
    strictEqual(await said(far), `\0\x02bad header: ${text}\n`, `host: ${record.length}`);
    const { message } = await against(record, "close", "pull");
    match(message, text === "EOF" ? /ended inside the header/ : new RegExp(text), `client: ${record.length}`);
  }
});
