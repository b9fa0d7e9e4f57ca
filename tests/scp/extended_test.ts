import { deepStrictEqual, match, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { nobleAead } from "../../lib/crypto/aead.ts";
import { loadSha256, sha256Stream } from "../../lib/crypto/digest.ts";
import { SecureStream } from "../../lib/noise/secure.ts";
import { pull, push } from "../../lib/scp/client.ts";
import { type Control, hello, parseControl } from "../../lib/scp/extended/frames.ts";
import { serveStream } from "../../lib/scp/host.ts";
import { createPart, resumePart } from "../../lib/sys/copies/part_file.ts";
import { openSeekable } from "../../lib/sys/copies/source_file.ts";
import { systemTree } from "../../lib/sys/tree/system.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import { FakeClock } from "../fakes/clock.ts";
import { MemoryConduit } from "../fakes/conduit.ts";
import { type MemoryDuplex, memoryDuplexPair } from "../fakes/duplex.ts";

const MIB = 2 ** 20;
const SIZE = 3 * MIB + 12_345;
const clock = new FakeClock();
const digest = await loadSha256();
const noise = (count: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return bytes;
};

interface Stage {
  readonly top: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Runs a client against the host; breaks the stream after so many payload bytes. */
  push(cutAt?: number): Promise<{ resumed: number; sent: number; error?: Error }>;
  pull(cutAt?: number): Promise<{ resumed: number; sent: number; error?: Error }>;
}

async function staged(run: (stage: Stage) => Promise<void>): Promise<void> {
  const top = await Deno.realPath(await Deno.makeTempDir());
  const bytes = noise(SIZE);
  await Deno.mkdir(`${top}/root`);
  await Deno.mkdir(`${top}/local`);
  await Deno.writeFile(`${top}/source`, bytes);
  const tree = systemTree(`${top}/root`);
  const copy = async (role: "push" | "pull", cutAt = Infinity) => {
    const [near, far] = memoryDuplexPair();
    const serving = serveStream(far, { tree, read: true, write: true }, { clock, peer: "peer", digest });
    let [resumed, sent] = [0, 0];
    const options = {
      clock,
      path: "f",
      extended: true,
      digest,
      onResumed: (offset: number) => void (resumed = offset),
      onBytes: (count: number) => {
        sent += count;
        if (sent >= cutAt) near.break();
      },
    };
    const error = role === "push"
      ? await pushed(`${top}/source`, near, options)
      : await pull(near, () => Promise.reject(new Error("classic")), {
        ...options,
        resume: ({ token }) => resumePart(`${top}/local`, "f", token),
      }).then(() => undefined, (error: Error) => error);
    await serving;
    return { resumed, sent, error };
  };
  try {
    await run({ top, bytes, push: (cutAt) => copy("push", cutAt), pull: (cutAt) => copy("pull", cutAt) });
  } finally {
    await Deno.remove(top, { recursive: true });
  }
}

/** Two secured streams over a pair of conduits, and how many frames of more than 4096 bytes went each way. */
function longPair() {
  const conduits = MemoryConduit.pair();
  const long = [0, 0];
  const [k1, k2] = [noise(32), noise(32)];
  const ends = conduits.map((conduit, i) => {
    const stream = new SecureStream(conduit, i ? { send: k2, receive: k1 } : { send: k1, receive: k2 }, {
      maker: nobleAead,
    });
    const { send } = stream.longFrames;
    stream.longFrames.send = (most) => {
      long[i] = most;
      send(most);
    };
    return stream;
  });
  return { near: ends[0], far: ends[1], long };
}

for (const extended of [true, false]) {
  const kind = extended ? "of ours" : "of a visor";
  Deno.test(`A push to a host ${kind} that is gone ends at once, although a server in between still takes some bytes`, async () => {
    const root = await Deno.realPath(await Deno.makeTempDir());
    await Deno.mkdir(`${root}/host`);
    await Deno.writeFile(`${root}/f`, noise(SIZE));
    try {
      const [near, far] = memoryDuplexPair();
      let gone = false;
      const over = Promise.withResolvers<null>();
      const killed: Duplex = {
        read: () => gone ? over.promise : far.read(),
        write: (bytes) => far.write(bytes),
        closeWrite: () => far.closeWrite(),
        close: () => far.close(),
      };
      const grant = { tree: systemTree(`${root}/host`), read: true, write: true };
      const serving = serveStream(killed, grant, extended ? { clock, peer: "peer", digest } : { clock });
      const onBytes = (): void => {
        if (!gone) setTimeout(() => far.closeWrite(), 100); // what we write waits by then
        gone = true;
      };
      const pushing = pushed(`${root}/f`, near, { clock, path: "f", extended, digest, onBytes });
      const timer = AbortSignal.timeout(5000); // the clock of the limits stands still
      const late = new Promise<never>((_, reject) => timer.onabort = () => reject(new Error("still sent")));
      const error = await Promise.race([pushing, late]);
      deepStrictEqual(
        [error?.name, (error as { isCut?: boolean }).isCut],
        ["CopyError", true],
        String(error),
      );
      over.resolve(null);
      await serving; // what it leaves behind it writes into the directory
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  });
}

for (const extended of [true, false]) {
  const kind = extended ? "of ours" : "of a classic kind";
  Deno.test(`A puller ${kind} that is gone holds no place, although a server in between still takes some bytes`, async () => {
    const root = await Deno.realPath(await Deno.makeTempDir());
    await Deno.writeFile(`${root}/f`, noise(SIZE));
    try {
      const [near, far] = memoryDuplexPair();
      const grant = { tree: systemTree(root), read: true, write: false };
      const serving = serveStream(far, grant, { clock, peer: "peer", digest });
      let gone = false;
      const over = Promise.withResolvers<null>();
      // What a classic server makes of a client that was killed: its direction ends, and ours is read no more.
      const killed: Duplex = {
        read: () => gone ? over.promise : near.read(),
        write: (bytes) => near.write(bytes),
        closeWrite: () => near.closeWrite(),
        close: () => near.close(),
      };
      const pulling = pull(killed, () => createPart(root, "h"), {
        clock,
        path: "f",
        extended,
        digest,
        resume: ({ token }) => resumePart(root, "g", token),
        onBytes: () => {
          if (!gone) void near.closeWrite();
          gone = true;
        },
      }).catch(() => {});
      const timer = AbortSignal.timeout(5000); // the clock of the limits stands still
      const late = new Promise<never>((_, reject) => timer.onabort = () => reject(new Error("still served")));
      const { error } = await Promise.race([serving, late]);
      match(
        String(error),
        extended ? /the stream ended before the next frame/ : /the stream ended before the other side said/,
      );
      over.resolve(null);
      await pulling; // what it leaves behind it writes into the directory
      near.close();
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  });
}

Deno.test("Two of ours agree on long frames, in the direction of the blocks, and a classic copy on none", () =>
  staged(async ({ top, bytes }) => {
    const tree = systemTree(`${top}/root`);
    const grant = { tree, read: true, write: true };
    const copy = async (run: (near: SecureStream) => Promise<unknown>) => {
      const { near, far, long } = longPair();
      const serving = serveStream(far, grant, { clock, peer: "peer", digest });
      await run(near);
      strictEqual((await serving).error, undefined);
      return long;
    };
    const options = { clock, path: "f", extended: true, digest };
    const pushing = async (near: SecureStream, extended: boolean) =>
      strictEqual(await pushed(`${top}/source`, near, { ...options, extended }), undefined);
    deepStrictEqual(await copy((near) => pushing(near, false)), [0, 0]);
    deepStrictEqual(await copy((near) => pushing(near, true)), [32_768, 0]);
    const pulling = (near: SecureStream) =>
      pull(near, () => Promise.reject(new Error("classic")), {
        ...options,
        resume: ({ token }) => resumePart(`${top}/local`, "f", token),
      });
    deepStrictEqual(await copy(pulling), [32_768, 32_768]);
    for (const path of [`${top}/root/f`, `${top}/local/f`]) deepStrictEqual(await Deno.readFile(path), bytes);
  }));

async function pushed(path: string, near: Duplex, options: Parameters<typeof push>[2]) {
  const file = (await openSeekable(path, digest))!;
  try {
    return await push(near, file, options).then(() => undefined, (error: Error) => error);
  } finally {
    file.close();
  }
}

const names = (directory: string): string[] => [...Deno.readDirSync(directory)].map(({ name }) => name);

Deno.test("Extension copies both ways, and leaves nothing beside the file", async () => {
  await staged(async ({ top, bytes, push, pull }) => {
    strictEqual((await push()).error, undefined);
    deepStrictEqual(await Deno.readFile(`${top}/root/f`), bytes);
    strictEqual((await pull()).error, undefined);
    deepStrictEqual(await Deno.readFile(`${top}/local/f`), bytes);
    deepStrictEqual([names(`${top}/root`), names(`${top}/local`)], [["f"], ["f"]]);
  });
});

Deno.test("Extension goes on behind the last whole block, wherever it was cut", async () => {
  await staged(async ({ top, bytes, push, pull }) => {
    for (const direction of ["push", "pull"] as const) {
      const copy = direction === "push" ? push : pull;
      let had = 0;
      for (const cut of [1, MIB + 7, 2 * MIB - 1]) {
        const { resumed, error } = await copy(cut);
        ok(error, `cut after ${cut}`);
        strictEqual(resumed, had);
        const directory = direction === "push" ? `${top}/root` : `${top}/local`;
        ok(!names(directory).includes("f"));
        const part = names(directory).find((name) => /^\.[0-9a-f]{32}\.journal\.part$/.test(name));
        // Of a copy that was cut in its first block nothing is left.
        had = part === undefined ? 0 : Deno.statSync(`${directory}/${part}`).size / 32 * MIB;
        strictEqual(had >= MIB, names(directory).length > 0);
      }
      const last = await copy();
      deepStrictEqual([last.error, last.resumed], [undefined, had]);
      strictEqual(last.sent, SIZE - had);
      ok(had >= MIB);
    }
    deepStrictEqual(await Deno.readFile(`${top}/root/f`), bytes);
    deepStrictEqual(await Deno.readFile(`${top}/local/f`), bytes);
  });
});

Deno.test("Extension begins again when the source has changed", async () => {
  await staged(async ({ top, push, pull }) => {
    ok((await push(2 * MIB + 1)).error);
    const other = noise(SIZE);
    await Deno.writeFile(`${top}/source`, other);
    await Deno.utime(`${top}/source`, 1, 1);
    deepStrictEqual(await push(), { resumed: 0, sent: SIZE, error: undefined });
    deepStrictEqual(await Deno.readFile(`${top}/root/f`), other);
    ok((await pull(2 * MIB + 1)).error);
    await Deno.utime(`${top}/root/f`, 2, 2);
    strictEqual((await pull()).resumed, 0);
    deepStrictEqual(await Deno.readFile(`${top}/local/f`), other);
  });
});

Deno.test("Extension keeps no file that changed while it was read", async () => {
  await staged(async ({ top }) => {
    const [near, far] = memoryDuplexPair();
    const serving = serveStream(far, { tree: systemTree(`${top}/root`), read: true, write: true }, {
      clock,
      peer: "peer",
      digest,
    });
    let once = true;
    const error = await pushed(`${top}/source`, near, {
      clock,
      path: "f",
      extended: true,
      digest,
      onBytes: () => {
        if (once) Deno.utimeSync(`${top}/source`, 5, 5);
        once = false;
      },
    });
    match(error!.message, /changed while it was read/);
    ok((await serving).error);
    ok(!names(`${top}/root`).includes("f"));
  });
});

/** A host that says these bytes to a push. */
async function hostile(...bytes: Uint8Array[]): Promise<Error> {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, noise(100));
  const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
  for (const part of bytes) await (far as MemoryDuplex).write(part);
  await far.closeWrite();
  const error = await pushed(path, near, { clock, path: "f", extended: true, digest });
  await Deno.remove(path);
  return error!;
}

const framed = (value: unknown): Uint8Array => {
  const payload = utf8(JSON.stringify(value));
  return Uint8Array.of(0, 0, payload.length >> 8, payload.length & 255, ...payload);
};

Deno.test("Extension's client believes no offset, no frame and no receipt that can't be right", async () => {
  const cases: [Uint8Array[], RegExp][] = [
    [[framed({ ok: true, offset: 101 })], /wrong offset/],
    [[framed({ ok: true, offset: 7 })], /wrong offset/],
    [[framed({ ok: true, offset: -1 })], /wrong offset/],
    [[framed({ ok: false, err: "open: is a directory" })], /remote: open: is a directory/],
    [[Uint8Array.of(0, 1, 0, 0)], /frame of 65536 bytes/],
    [[framed({ ok: true, offset: 0 }), framed({ ok: true, sent: "00" })], /other blocks|ended/],
    [[framed({ ok: true, offset: 0 })], /ended/],
    [[framed({ ok: true, offset: 0, reuse: true })], /asks for digests/],
    [[framed({ ok: true, offset: 0, join: 1 })], /asks for stripes/],
  ];
  for (const [bytes, message] of cases) match((await hostile(hello(), ...bytes)).message, message);
});

Deno.test("Extension's frames have members of one type each, and caps", () => {
  deepStrictEqual(parseControl(utf8('{"ok":true,"x":[1]}')) as Control & { x: number[] }, {
    ok: true,
    x: [1],
  });
  for (
    const bad of [
      "",
      "1",
      "null",
      '{"ok":1}',
      '{"size":-1}',
      '{"size":1.5}',
      '{"offset":1e300}',
      '{"err":{}}',
    ]
  ) {
    throws(() => parseControl(utf8(bad)));
  }
});

Deno.test("Extension's hello is the vector of the README, and no host says it to a client without the mark", async () => {
  strictEqual(fromUtf8(hello()), '\x01dmsgscp/2 {"v":2}\n');
  const top = await Deno.makeTempDir();
  const [near, far] = memoryDuplexPair();
  await near.write(utf8("SINK f\r\n"));
  const serving = serveStream(far, { tree: systemTree(top), read: true, write: true }, {
    clock,
    peer: "peer",
    digest: sha256Stream,
  });
  deepStrictEqual(await near.read(), Uint8Array.of(0));
  near.break();
  await serving;
  await Deno.remove(top, { recursive: true });
});

Deno.test("A copy that is taken up again ends the stream that its client has left behind", async () => {
  const top = await Deno.makeTempDir();
  const bytes = noise(SIZE);
  await Deno.writeFile(`${top}/source`, bytes);
  await Deno.mkdir(`${top}/root`);
  const tree = systemTree(`${top}/root`);
  const begin = () => {
    const [near, far] = memoryDuplexPair();
    const serving = serveStream(far, { tree, read: true, write: true }, { clock, peer: "peer", digest });
    return { near, serving };
  };
  const first = begin();
  let sent = 0;
  const stuck = Promise.withResolvers<number>();
  const allow = async (wanted: number): Promise<number> => {
    if (sent > 2 * MIB) await stuck.promise; // the client stands still, and its stream stays open
    sent += wanted;
    return wanted;
  };
  const abandoned = pushed(`${top}/source`, first.near, { clock, path: "f", extended: true, digest, allow });
  while (sent <= 2 * MIB) await new Promise((resolve) => setTimeout(resolve, 1));
  const second = begin();
  let resumed = 0;
  const error = await pushed(`${top}/source`, second.near, {
    clock,
    path: "f",
    extended: true,
    digest,
    onResumed: (offset) => void (resumed = offset),
  });
  deepStrictEqual([error, resumed > 0], [undefined, true]);
  stuck.resolve(1);
  ok(await abandoned);
  ok((await first.serving).error);
  strictEqual((await second.serving).error, undefined);
  deepStrictEqual(await Deno.readFile(`${top}/root/f`), bytes);
  deepStrictEqual(names(`${top}/root`), ["f"]);
  await Deno.remove(top, { recursive: true });
});

Deno.test("A file that another program receives is not received a second time", async () => {
  const top = await Deno.realPath(await Deno.makeTempDir());
  const id = "0".repeat(32);
  const first = await resumePart(top, "f", id);
  await rejects(resumePart(top, "f", id), Deno.errors.Busy);
  await first.discard();
  await (await resumePart(top, "f", id)).discard();
  deepStrictEqual(names(top), []);
  await Deno.remove(top);
});

Deno.test("The first byte of a file leaves when the host has answered twice", async () => {
  await staged(async ({ top }) => {
    const [near, far] = memoryDuplexPair();
    const tree = systemTree(`${top}/root`);
    const serving = serveStream(far, { tree, read: true, write: true }, { clock, peer: "peer", digest });
    let answers = 0;
    let first: number | undefined;
    const counted = {
      ...near,
      async read() {
        const bytes = await near.read();
        answers++;
        return bytes;
      },
    };
    const onBytes = (): void => void (first ??= answers);
    strictEqual(
      await pushed(`${top}/source`, counted, { clock, path: "f", extended: true, digest, onBytes }),
      undefined,
    );
    strictEqual(first, 2);
    await serving;
  });
});
