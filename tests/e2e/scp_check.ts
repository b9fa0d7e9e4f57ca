import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { networkTest, Running, type TestNetwork } from "./network.ts";

function noise(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return bytes;
}

/** A host that can be reached, its key, and the list that it reads. */
async function hostOn(network: TestNetwork, ...flags: string[]) {
  const { home } = network.stage;
  await Deno.mkdir(`${home}/shared`, { recursive: true });
  const process = network.start("host", "scp-host", "shared", "--scp-whitelist", "list", "--json", ...flags);
  const [, pk] = /"event":"hosting","pk":"([0-9a-f]{66})"/.exec(await process.prints("stdout", '"hosting"'))!;
  const me = (await network.look("me", "id")).trim();
  return {
    process,
    pk,
    me,
    home,
    list: (text: string) => Deno.writeTextFile(`${home}/list`, text),
    scp: (...args: string[]) =>
      network.run("me", ["scp", ...args.map((arg) => arg.replace("HOST:", `${pk}:`))]),
    read: (name: string) => Deno.readTextFile(`${home}/shared/${name}`),
  };
}

networkTest(
  "scp is refused with the line to add; once that is added it pushes and pulls, in 2 s",
  async (network) => {
    const { scp, list, home, me, process, pk } = await hostOn(network);
    const bytes = noise(3_000_001);
    await Deno.writeFile(`${home}/f`, bytes);
    const refused = await scp("f", "HOST:");
    strictEqual(refused.status, 4);
    match(refused.err, new RegExp(`refused the copy: our key is not on its whitelist\nhint: .* ${me}`));
    await Deno.mkdir(`${home}/d`);
    for (const name of ["a", "b", "c"]) await Deno.writeTextFile(`${home}/d/${name}`, name);
    const none = await scp("-r", "d", "HOST:");
    deepStrictEqual([none.status, none.err.match(/refused the copy/g)?.length], [4, 1], none.err);
    match(none.err, /0 of 3 files copied \(0 B\); none arrived: 3 refused\n$/);
    await list(`# friends\n${me}\n`);
    deepStrictEqual(await scp("f", "HOST:sub/f", "--verify"), {
      status: 0,
      out: "",
      err: `uploaded f -> ${pk}:sub/f\n`,
    });
    deepStrictEqual(await Deno.readFile(`${home}/shared/sub/f`), bytes);
    strictEqual((await scp("HOST:sub/f", "back", "-q")).status, 0);
    deepStrictEqual(await Deno.readFile(`${home}/back`), bytes);
    await list("");
    strictEqual((await scp("HOST:sub/f", "again")).status, 4);
    process.kill("SIGTERM");
    strictEqual((await process.ended()).status, 143);
  },
);

networkTest("scp sends a long file over several streams, and its host tells of one copy", async (network) => {
  const { scp, list, home, me, process } = await hostOn(network);
  await list(me);
  const bytes = noise(20 * 2 ** 20 + 1);
  await Deno.writeFile(`${home}/f`, bytes);
  for (const streams of ["4", "1"]) {
    const path = `HOST:f${streams}`;
    strictEqual((await scp("-q", "--streams", streams, "f", path)).status, 0);
    deepStrictEqual(await Deno.readFile(`${home}/shared/f${streams}`), bytes);
    strictEqual((await scp("-qf", "--streams", streams, path, "back")).status, 0);
    deepStrictEqual(await Deno.readFile(`${home}/back`), bytes);
  }
  process.kill("SIGTERM");
  const said = new TextDecoder().decode((await process.ended()).stdout);
  const events = [...said.matchAll(/"event":"(cop[a-z-]+)".*?"bytes":(\d+)/g)].map((
    [, event, count],
  ) => [event, count]);
  const each = [["copied-in", `${bytes.length}`], ["copied-out", `${bytes.length}`]];
  deepStrictEqual(events, [...each, ...each]);
});

networkTest("scp moves only what has changed of a file that it replaces", async (network) => {
  const { scp, list, home, me } = await hostOn(network);
  const bytes = new Uint8Array(3 * 2 ** 20).fill(7);
  const other = bytes.slice();
  other[2 ** 20] = 8;
  await Deno.writeFile(`${home}/f`, bytes);
  for (const right of ["wo", "rw"]) {
    await list(`${me} ${right}`);
    await Deno.writeFile(`${home}/shared/f`, other);
    const { status, err } = await scp("f", "HOST:f");
    deepStrictEqual([status, /were there/.test(err)], [0, right === "rw"], right);
    deepStrictEqual(await Deno.readFile(`${home}/shared/f`), bytes);
  }
  for (const more of [[], ["--reuse"]]) {
    await Deno.writeFile(`${home}/f`, other);
    const { status, err } = await scp("HOST:f", "f", "-f", ...more);
    deepStrictEqual([status, /were there/.test(err)], [0, more.length > 0], `${more}`);
    deepStrictEqual(await Deno.readFile(`${home}/f`), bytes);
  }
});

networkTest("scp never replaces a local file silently", async (network) => {
  const { scp, list, home, me } = await hostOn(network);
  await list(me);
  await Deno.writeTextFile(`${home}/shared/f`, "new");
  await Deno.writeTextFile(`${home}/f`, "old");
  const kept = await scp("HOST:f", ".");
  strictEqual(kept.status, 5);
  match(kept.err, /f is there already\nhint: --force/);
  match((await scp("HOST:f", ".", "--no-clobber")).err, /left \.\/f as it is/);
  strictEqual(await Deno.readTextFile(`${home}/f`), "old");
  strictEqual((await scp("HOST:f", ".", "--backup")).status, 0);
  deepStrictEqual([await Deno.readTextFile(`${home}/f`), await Deno.readTextFile(`${home}/f~`)], [
    "new",
    "old",
  ]);
  strictEqual((await scp("HOST:f", ".", "-f")).status, 0);
  const skipped = await scp("f", "HOST:f", "--no-clobber");
  match(skipped.err, /left .*:f as it is/);
  const none = await scp("HOST:gone", "x");
  deepStrictEqual([none.status, /remote: stat: no such file/.test(none.err)], [8, true]);
  deepStrictEqual([...Deno.readDirSync(home)].filter(({ name }) => /part|^x$/.test(name)), []);
});

networkTest(
  "scp pushes a tree with its names, tells causes apart, and goes on with what failed",
  async (network) => {
    const { scp, list, home, me, read } = await hostOn(network);
    await list(me);
    await Deno.mkdir(`${home}/d/e`, { recursive: true });
    const names = ["a", "b c", "$(id)", "e/ü"];
    for (const name of names) await Deno.writeTextFile(`${home}/d/${name}`, name);
    await Deno.mkdir(`${home}/shared/tree/a`, { recursive: true });
    const first = await scp("-r", "d", "HOST:tree", "--failed-to", "rest", "--json");
    strictEqual(first.status, 11);
    const summary = JSON.parse(first.out.trim().split("\n").at(-1)!);
    deepStrictEqual([summary.type, summary.copied, summary.failed, summary.causes], ["summary", 3, 1, {
      remote: 1,
    }]);
    strictEqual(await Deno.readTextFile(`${home}/rest`), "d/a\ttree/a\n");
    for (const name of names.slice(1)) strictEqual(await read(`tree/${name}`), name);
    await Deno.remove(`${home}/shared/tree/a`);
    strictEqual((await scp("--files-from", "rest", "HOST:")).status, 0);
    strictEqual(await read("tree/a"), "a");
    const vanished = await scp("d/a", "gone", "HOST:other/");
    deepStrictEqual(
      [vanished.status, /1 of 2 files copied \(1 B\); 1 not there any more/.test(vanished.err)],
      [11, true],
    );
    const dry = await scp("--dry-run", "-r", "d", "HOST:");
    deepStrictEqual([dry.status, dry.out.split("\n").length], [0, 5]);
  },
);

networkTest(
  "scp pushes and pulls a tree with all that is in it, and -p keeps bits and times",
  async (network) => {
    const { scp, list, home, me } = await hostOn(network);
    await list(me);
    await Deno.mkdir(`${home}/d/empty`, { recursive: true });
    for (let i = 0; i < 300; i++) await Deno.writeTextFile(`${home}/d/f${i}`, `${i}`.repeat(i));
    await Deno.utime(`${home}/d/f7`, 1e9, 1e9);
    await Deno.utime(`${home}/d/empty`, 1e9, 1e9);
    const pushed = await scp("-rp", "d", "HOST:tree");
    deepStrictEqual([pushed.status, /300 of 300 files copied/.test(pushed.err)], [0, true], pushed.err);
    const pulled = await scp("-rp", "HOST:tree", "back");
    deepStrictEqual([pulled.status, /300 of 300 files copied/.test(pulled.err)], [0, true], pulled.err);
    for (const name of ["f0", "f7", "f299", "empty"]) {
      const [there, back] = ["d", "back"].map((path) => Deno.statSync(`${home}/${path}/${name}`));
      deepStrictEqual([back.size, back.mode, back.mtime], [there.size, there.mode, there.mtime], name);
    }
    const again = await scp("-rp", "HOST:tree", "back2", "--dry-run");
    deepStrictEqual([again.status, again.out.split("\n").length], [0, 301]);
    match((await scp("-r", "HOST:gone", "x")).err, /remote: stat: no such file/);
    strictEqual((await scp("-r", "HOST:tree/f9", "one")).status, 0);
    strictEqual(await Deno.readTextFile(`${home}/one`), "9".repeat(9));
  },
);

networkTest("scp reads standard input and writes standard output", async (network) => {
  const { list, pk, me, read } = await hostOn(network);
  await list(me);
  const sent = await network.run("me", ["scp", "-q", "-", `${pk}:piped`], "from a pipe");
  deepStrictEqual(sent, { status: 0, out: "", err: "" });
  strictEqual(await read("piped"), "from a pipe");
  deepStrictEqual(await network.run("me", ["scp", "-q", `${pk}:piped`, "-"]), {
    status: 0,
    out: "from a pipe",
    err: "",
  });
});

networkTest(
  "A host keeps to rights, serves no secrets, and refuses to share what holds them",
  async (network) => {
    const { scp, list, home, me, process } = await hostOn(network);
    await Deno.mkdir(`${home}/shared/in`);
    await Deno.writeTextFile(`${home}/shared/in/f`, "text");
    await Deno.writeTextFile(`${home}/shared/other`, "text");
    await list(`${me} ro in`);
    strictEqual((await scp("HOST:f", "got")).status, 0);
    strictEqual((await scp("HOST:other", "no")).status, 8);
    const readOnly = await scp("got", "HOST:f");
    deepStrictEqual([readOnly.status, /remote: open: permission denied/.test(readOnly.err)], [8, true]);
    await list(me);
    await Deno.symlink(home, `${home}/shared/out`);
    await Deno.link(`${home}/list`, `${home}/shared/hard`);
    for (const name of ["out/list", "hard"]) {
      const secret = await scp(`HOST:${name}`, "no");
      deepStrictEqual([secret.status, secret.err.includes(home)], [8, false], secret.err);
      strictEqual((await scp("got", `HOST:${name}`)).status, 8);
    }
    strictEqual(await Deno.readTextFile(`${home}/list`), me);
    await list("not a key\n");
    strictEqual((await scp("HOST:other", "no")).status, 4);
    match(await process.prints("stdout", "copy-list"), /the entry .*not.* in line 1 is not a public key/);
    for (const root of ["/", ".", ".local"]) {
      const said = await network.run("other", ["scp-host", root]);
      deepStrictEqual([said.status, /can't be shared/.test(said.err)], [2, true], said.err);
    }
  },
);

networkTest(
  "daemon hosts scp-root beside the key for our own key, listen hosts when it is told to",
  async (network) => {
    const { home } = network.stage;
    await Deno.writeTextFile(`${home}/f`, "mine");
    const daemon = await network.resident("d", "daemon", "--json");
    strictEqual((await network.run("d", ["scp", "f", `${daemon.pk}:`])).status, 0);
    const [root] = [...Deno.readDirSync(`${home}/.local/share/dmsg/identities/d/scp-root`)];
    strictEqual(root.name, "f");
    strictEqual((await network.run("e", ["scp", "f", `${daemon.pk}:`])).status, 4);
    await Deno.mkdir(`${home}/s`);
    const me = (await network.look("e", "id")).trim();
    await Deno.writeTextFile(`${home}/visor.json`, JSON.stringify({ pty: { whitelist: [me] }, dmsgscp: {} }));
    const listen = await network.resident(
      "l",
      "listen",
      "--json",
      "--scp-root",
      "s",
      "--scp-whitelist",
      "visor.json",
    );
    strictEqual((await network.run("e", ["scp", "f", `${listen.pk}:`])).status, 0);
    match(await listen.process.prints("stdout", '"copied-in"'), /"type":"copy"/);
  },
);

networkTest(
  "A key that is taken from the list is cut off within 2 s while its file moves",
  async (network) => {
    const { list, home, me, pk } = await hostOn(network);
    await list(me);
    await Deno.writeFile(`${home}/big`, noise(2_000_000));
    const running = network.start("me", "scp", "--limit", "100K", "--retries", "0", "big", `${pk}:big`);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await list("");
    const began = performance.now();
    const { status } = await running.ended();
    ok([4, 9].includes(status), String(status));
    ok(performance.now() - began < 3500);
    // Less than one block had come: nothing that would be worth going on with.
    deepStrictEqual([...Deno.readDirSync(`${home}/shared`)].map(({ name }) => name), []);
  },
);

networkTest(
  "scp --to pushes to each at its own pace, and --retry-failed goes on with who was away",
  async (network) => {
    const { list, me, home, pk } = await hostOn(network);
    await list(me);
    await Deno.writeTextFile(`${home}/f`, "for all");
    const away = (await network.look("away", "id")).trim();
    const first = await network.run("me", ["scp", "--to", `${pk},${away}`, "f", ":in/"]);
    strictEqual(first.status, 11, first.err);
    match(first.err, new RegExp(`${pk.slice(0, 24)} +1 copied +0 failed`));
    match(first.err, new RegExp(`${away.slice(0, 24)} +0 copied +1 failed`));
    strictEqual(await Deno.readTextFile(`${home}/shared/in/f`), "for all");
    await Deno.mkdir(`${home}/second`);
    await Deno.writeTextFile(`${home}/list2`, me);
    const process = network.start("away", "scp-host", "second", "--scp-whitelist", "list2");
    await process.prints("stdout", "hosting");
    strictEqual((await network.run("me", ["scp", "--retry-failed"])).status, 0);
    strictEqual(await Deno.readTextFile(`${home}/second/in/f`), "for all");
    strictEqual((await network.run("me", ["scp", "--retry-failed"])).status, 2);
  },
);

networkTest(
  "A copy that is killed goes on where it was, both ways, and sends no more than what is missing",
  async (network) => {
    const { scp, list, home, me, pk } = await hostOn(network);
    await list(me);
    const size = 10 * 2 ** 20;
    const bytes = noise(size);
    await Deno.writeFile(`${home}/big`, bytes);
    const part = (directory: string): number =>
      [...Deno.readDirSync(directory)].filter(({ name }) => /^\.[0-9a-f]{32}\.part$/.test(name))
        .reduce((sum, { name }) => sum + Deno.statSync(`${directory}/${name}`).size, 0);
    const killedAt = async (args: string[], directory: string): Promise<void> => {
      const running = network.start("me", "scp", "--limit", "6M", ...args);
      while (part(directory) < size * 0.6) await new Promise((resolve) => setTimeout(resolve, 20));
      running.kill("SIGKILL");
      await running.ended();
    };
    const resumed = (out: string): number =>
      JSON.parse(out.split("\n").find((line) => line.includes('"type":"file"'))!).resumed;
    await killedAt(["big", `${pk}:big`], `${home}/shared`);
    ok(!await Deno.stat(`${home}/shared/big`).then(() => true, () => false));
    const pushed = await scp("big", "HOST:big", "--json", "-p");
    strictEqual(pushed.status, 0, pushed.out + pushed.err);
    ok(resumed(pushed.out) >= size * 0.6 - 2 ** 21, pushed.out);
    deepStrictEqual(await Deno.readFile(`${home}/shared/big`), bytes);
    strictEqual(
      Deno.statSync(`${home}/shared/big`).mtime!.getTime(),
      Deno.statSync(`${home}/big`).mtime!.getTime(),
    );
    await Deno.mkdir(`${home}/in`);
    await killedAt([`${pk}:big`, "in/"], `${home}/in`);
    const pulled = await scp("HOST:big", "in/", "--json");
    strictEqual(pulled.status, 0, pulled.out + pulled.err);
    ok(resumed(pulled.out) >= size * 0.6 - 2 ** 21, pulled.out);
    deepStrictEqual(await Deno.readFile(`${home}/in/big`), bytes);
    deepStrictEqual([...Deno.readDirSync(`${home}/in`)].map(({ name }) => name), ["big"]);
  },
);

networkTest(
  "A copy goes on inside the command when the server is killed in the middle and comes back",
  async (network) => {
    const { list, home, me, pk } = await hostOn(network);
    await list(me);
    const bytes = noise(8 * 2 ** 20);
    await Deno.writeFile(`${home}/big`, bytes);
    const running = network.start("me", "scp", "--limit", "2M", "--json", "big", `${pk}:big`);
    await running.prints("stdout", '"type":"progress"');
    while (partBytes(`${home}/shared`) < 2 * 2 ** 20) await new Promise((resolve) => setTimeout(resolve, 20));
    network.serve.kill("SIGKILL");
    await network.serve.ended();
    const { discovery, servers } = network.ready;
    await using again = killed(
      new Running(network.stage.start([
        "serve",
        "--json",
        "--discovery-address",
        new URL(discovery).host,
        "--server-address",
        servers[0].address,
      ])),
    );
    await again.process.prints("stdout", "\n");
    const { status, stdout, stderr } = await running.ended();
    const out = new TextDecoder().decode(stdout);
    strictEqual(status, 0, out + stderr);
    match(out, /"resumed":\d{7}/);
    deepStrictEqual(await Deno.readFile(`${home}/shared/big`), bytes);
  },
);

const killed = (process: Running): AsyncDisposable & { process: Running } => ({
  process,
  async [Symbol.asyncDispose]() {
    process.kill("SIGKILL");
    await process.ended();
  },
});

/** Bytes of files that are being received in a directory. */
const partBytes = (directory: string): number =>
  [...Deno.readDirSync(directory)].filter(({ name }) => /^\.[0-9a-f]{32}\.part$/.test(name))
    .reduce((sum, { name }) => sum + Deno.statSync(`${directory}/${name}`).size, 0);
