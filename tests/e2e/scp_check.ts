import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { networkTest } from "./network.ts";
import { hostOn, noise, partBytes, received, sizeOf } from "./scp_stage.ts";

/** Of a copy that is ended: on a busy machine seconds may pass until it hears of that, and it must not be over by then. */
const LIMIT = "4M";

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
    // As the Go client does; for a file only that the peer has.
    strictEqual((await scp("HOST:gone", "new/deep/f")).status, 8);
    strictEqual(await Deno.stat(`${home}/new`).catch(() => undefined), undefined);
    strictEqual((await scp("HOST:sub/f", "new/deep/f")).status, 0);
    deepStrictEqual(await Deno.readFile(`${home}/new/deep/f`), bytes);
    for (const path of ["new", "new/deep"]) {
      strictEqual((await Deno.stat(`${home}/${path}`)).mode! & 0o777, 0o700);
    }
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
  deepStrictEqual([none.status, /^dmsg: .*:gone: remote: stat: no such file/.test(none.err)], [8, true]);
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
    // The second one of two that come to one place is not tried again by itself: it would go over the first.
    await Deno.mkdir(`${home}/o`);
    await Deno.writeTextFile(`${home}/o/a`, "other");
    strictEqual((await scp("d/a", "gone", "o/a", "HOST:same/", "--failed-to", "rest")).status, 11);
    strictEqual(await Deno.readTextFile(`${home}/rest`), "gone\tsame/gone\n");
    // Directories, too, both ways.
    await Deno.mkdir(`${home}/m/in/empty`, { recursive: true });
    await Deno.writeTextFile(`${home}/m/f`, "1");
    for (const [args, place, again] of [["m HOST:m", "shared/m", "HOST:"], ["HOST:m n", "n/m", "HOST: ."]]) {
      await Deno.mkdir(`${home}/${place}/in`, { recursive: true });
      await Deno.writeTextFile(`${home}/${place}/in/empty`, "in its way");
      strictEqual((await scp("-r", ...args.split(" "), "--failed-to", "rest")).status, 11);
      const local = place.replace("shared/", "");
      strictEqual(await Deno.readTextFile(`${home}/rest`), `${local}/in/empty/\tm/in/empty/\n`);
      await Deno.remove(`${home}/${place}/in/empty`);
      const rest = await scp("--files-from", "rest", ...again.split(" "), "--failed-to", "rest");
      strictEqual(rest.status, 0);
      strictEqual((await Deno.stat(`${home}/${place}/in/empty`)).isDirectory, true);
      strictEqual(await Deno.readTextFile(`${home}/rest`), "");
    }
    // It is always of the last copy, also when that has come to nothing.
    strictEqual((await scp("gone", "HOST:in/", "--failed-to", "rest")).status, 5);
    strictEqual(await Deno.readTextFile(`${home}/rest`), "gone\tin/gone\n");
    strictEqual((await scp("-r", "HOST:gone", "n2", "--failed-to", "rest", "--dry-run")).status, 8);
    strictEqual(await Deno.readTextFile(`${home}/rest`), "gone\tin/gone\n");
    strictEqual((await scp("-r", "HOST:gone", "n2", "--failed-to", "rest")).status, 8);
    strictEqual((await scp("--files-from", "rest", "HOST:", ".")).status, 5);
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
    await Deno.chmod(`${home}/d`, 0o751);
    await Deno.utime(`${home}/d`, 1e9, 1e9);
    const pushed = await scp("-rp", "d", "HOST:tree");
    deepStrictEqual([pushed.status, /300 of 300 files copied/.test(pushed.err)], [0, true], pushed.err);
    const pulled = await scp("-rp", "HOST:tree", "back");
    deepStrictEqual([pulled.status, /300 of 300 files copied/.test(pulled.err)], [0, true], pulled.err);
    for (const name of ["f0", "f7", "f299", "empty", "."]) {
      const [there, back] = ["d", "back"].map((path) => Deno.statSync(`${home}/${path}/${name}`));
      if (name !== ".") strictEqual(back.size, there.size, name);
      deepStrictEqual([back.mode, back.mtime], [there.mode, there.mtime], name);
    }
    // 300 files, and the directory that is empty.
    const again = await scp("-rp", "HOST:tree", "back2", "--dry-run");
    deepStrictEqual([again.status, again.out.split("\n").length], [0, 302]);
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

networkTest("scp calls a peer by its alias wherever it says what is wrong with it", async (network) => {
  const { home } = network.stage;
  await Deno.mkdir(`${home}/d`);
  for (const name of ["a", "b"]) await Deno.writeTextFile(`${home}/d/${name}`, name);
  const pk = (await network.look("bob", "id")).trim();
  await Deno.mkdir(`${home}/.config/skywire`, { recursive: true });
  await Deno.writeTextFile(`${home}/.config/skywire/skychat-aliases.json`, JSON.stringify({ bob: pk }));
  for (const args of [["d/a", "bob:"], ["-r", "d", "bob:"], ["--to", "bob", "d/a", "d/b"]]) {
    const { status, err } = await network.run("me", ["scp", ...args, "--retries", "1"]);
    strictEqual(status, 3, err);
    strictEqual(err.match(/Cannot reach bob: /g)?.length, 2, err); // the try, and the end
    strictEqual(err.includes(pk), false, err);
  }
});

networkTest("scp that is ended says that it goes on, where it does, and then it does", async (network) => {
  const { list, home, me, pk, scp } = await hostOn(network);
  await list(me);
  const bytes = noise(24 * 2 ** 20);
  await Deno.writeFile(`${home}/f`, bytes);
  await Deno.writeFile(`${home}/shared/g`, bytes);
  const goesOn = "note: nothing is lost: the same command goes on where this one stopped\n";
  /** Ends a copy once so many bytes are there, and more than the one before has left. @returns What it said. */
  const stopped = async (atBytes: number, at: string, args: string[], signal: Deno.Signal = "SIGINT") => {
    const enough = Math.max(atBytes, partBytes(at) + 1);
    const running = network.start("me", "scp", "--limit", LIMIT, ...args);
    await received(running, at, enough);
    running.kill(signal);
    const { status, stderr } = await running.ended();
    strictEqual(status, signal === "SIGINT" ? 130 : 143);
    return stderr.includes(goesOn);
  };
  const [shared, pulled] = [`${home}/shared`, `${home}/pulled`];
  await Deno.mkdir(pulled);
  const push = ["f", `${pk}:f`];
  const pull = [`${pk}:g`, "pulled/g"];
  strictEqual(await stopped(2 ** 20, shared, push), false, "so early it may begin anew");
  strictEqual(await stopped(9 * 2 ** 20, shared, push), true);
  strictEqual(await stopped(10 * 2 ** 20, shared, ["-q", ...push]), false);
  match((await scp(...push)).err, /^uploaded f -> \S+ \((?:9|1\d)\S* MiB were there\)$/m);
  strictEqual(await stopped(12 * 2 ** 20, pulled, pull, "SIGTERM"), true);
  match((await scp(...pull)).err, /^downloaded \S+ -> pulled\/g \(1\d\S* MiB were there\)$/m);
  for (const path of ["shared/f", "pulled/g"]) deepStrictEqual(await Deno.readFile(`${home}/${path}`), bytes);

  await Deno.writeTextFile(`${home}/shared/small`, "small");
  await Deno.writeTextFile(`${home}/both`, "small\ng\n");
  const both = ["-j", "1", "--files-from", "both", `${pk}:`, "refused"];
  await Deno.mkdir(`${home}/refused`);
  strictEqual(
    await stopped(12 * 2 ** 20, `${home}/refused`, both),
    false,
    "small is there now",
  );
  strictEqual(await stopped(15 * 2 ** 20, `${home}/refused`, ["--no-clobber", ...both]), true);
  const input = network.start("me", "scp", "--limit", LIMIT, "-", `${pk}:piped`);
  void input.write(bytes).catch(() => {});
  const most = () =>
    Math.max(0, ...[...Deno.readDirSync(shared)].map(({ name }) => sizeOf(`${shared}/${name}`)));
  for (const name of ["f", "g"]) await Deno.remove(`${shared}/${name}`);
  while (most() < 12 * 2 ** 20) await new Promise((resolve) => setTimeout(resolve, 20));
  input.kill("SIGINT");
  strictEqual((await input.ended()).stderr.includes(goesOn), false, "a pipe is not read again");
});

networkTest(
  "scp that is ended writes what is not there with --failed-to, and then all of it comes",
  async (network) => {
    const { list, home, me, pk, read, scp } = await hostOn(network);
    await list(me);
    for (const name of ["a", "c"]) await Deno.writeTextFile(`${home}/${name}`, name);
    await Deno.writeFile(`${home}/b`, noise(24 * 2 ** 20));
    const args = ["-j", "1", "--limit", LIMIT, "--failed-to", "rest"];
    const running = network.start("me", "scp", ...args, "a", "b", "c", `${pk}:`);
    await received(running, `${home}/shared`, 2 ** 20);
    // What a power cut would leave.
    strictEqual(await Deno.readTextFile(`${home}/rest`), "a\ta\nb\tb\nc\tc\n");
    running.kill("SIGINT");
    strictEqual((await running.ended()).status, 130);
    strictEqual(await Deno.readTextFile(`${home}/rest`), "b\tb\nc\tc\n");
    strictEqual((await scp("--files-from", "rest", `${pk}:`)).status, 0);
    deepStrictEqual([await read("a"), await read("c")], ["a", "c"]);
    deepStrictEqual(await Deno.readFile(`${home}/shared/b`), await Deno.readFile(`${home}/b`));
  },
);
