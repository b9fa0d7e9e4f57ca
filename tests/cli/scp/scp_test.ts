import { deepStrictEqual, match, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { underItsName } from "../../../cli/args.ts";
import { Status } from "../../../cli/exit.ts";
import { Left } from "../../../cli/scp/plan/left.ts";
import { directoryLine, formatList, parseList, writeLeft } from "../../../cli/scp/plan/lists.ts";
import { planDownload } from "../../../cli/scp/plan/plan.ts";
import { planUpload } from "../../../cli/scp/plan/upload.ts";
import { minuteOfDay, Pace, parsePace, rateAt } from "../../../cli/scp/run/pace.ts";
import { Patience, type Seen, tryOne } from "../../../cli/scp/run/patience.ts";
import {
  copyFailure,
  explained,
  type FileOutcome,
  statusOf,
  summaryOf,
} from "../../../cli/scp/told/outcome.ts";
import {
  Progress,
  type ProgressEvent,
  progressLine,
  sizeWords,
  timeWords,
} from "../../../cli/scp/told/progress.ts";
import { copyDone, copyFailed, copyPeer, copySummary } from "../../../cli/scp/told/words.ts";
import { BusyError, CopyError, fatalError } from "../../../lib/scp/errors.ts";
import { sleep } from "../../../lib/sys/clock.ts";
import { NetworkError, UserError } from "../../../lib/wire/errors.ts";
import { widthOf } from "../../../tui/drawing/width.ts";
import { FakeClock, settle } from "../../fakes/clock.ts";
import { memoryFiles } from "../../fakes/files.ts";

Deno.test("The program is dmsgscp when its file has that name", () => {
  deepStrictEqual(underItsName(["/usr/bin/dmsgscp"], ["a", "b:"]), ["scp", "a", "b:"]);
  deepStrictEqual(underItsName(["/x/deno", "file:///y/dmsgscp.mjs"], ["--help"]), ["scp", "--help"]);
  deepStrictEqual(underItsName(["C:\\x\\dmsgscp.exe"], []), ["scp"]);
  deepStrictEqual(underItsName(["/usr/bin/dmsgscp"], ["--version"]), ["--version"]);
  deepStrictEqual(underItsName(["/usr/bin/dmsg", "file:///main.ts"], ["id"]), ["id"]);
});

Deno.test("Each way to fail has its status and cause", () => {
  const cases: [unknown, number, string][] = [
    [fatalError("dmsg stream rejected by whitelist"), Status.refused, "refused"],
    [fatalError("busy"), Status.busy, "busy"],
    [fatalError("the file changed while it was read"), Status.broken, "broken"],
    [new BusyError("x"), Status.busy, "busy"],
    [fatalError("open: is a directory"), Status.remote, "remote"],
    [new CopyError("x", "broken"), Status.broken, "broken"],
    [new NetworkError("x", { retry: true, reason: "closed" }), Status.broken, "broken"],
    [new NetworkError("x", { retry: true, reason: "timeout" }), Status.broken, "broken"],
    [new NetworkError("x", { retry: true, reason: "unreachable" }), Status.unreachable, "unreachable"],
    [new NetworkError("x", { retry: true, reason: "no-network" }), Status.noNetwork, "no-network"],
    [new UserError("x", { kind: "local", hint: "" }), Status.local, "local"],
    [
      new UserError("x", { kind: "local", hint: "", cause: new Deno.errors.NotFound() }),
      Status.local,
      "vanished",
    ],
  ];
  for (const [error, status, why] of cases) {
    const failure = copyFailure(explained(error, "alice", "02ab"), undefined);
    deepStrictEqual([failure.status, failure.why], [status, why], String(error));
  }
});

Deno.test("Who is refused is told our key and the line that the other side has to add", () => {
  const told = explained(fatalError("dmsg stream rejected by whitelist"), "alice", "02ab…");
  ok(told instanceof UserError);
  match(told.message, /^alice refused the copy/);
  match(told.hint, /add this line to its list: 02ab…/);
});

Deno.test("What a host says no to, and a name that no peer takes, come with what to do", async () => {
  const hintOf = (text: string) => (explained(fatalError(text), "alice", "02ab") as CopyError).hint;
  match(hintOf("directory transfers not supported")!, /-r copies directories/);
  match(hintOf("open: is a directory")!, /slash at the end/);
  strictEqual(hintOf("stat: no such file"), undefined);
  const names: [string, RegExp][] = [["../x", /no part of it may be `..`/], ["a\nb", /line end/], [
    "x".repeat(256),
    /255/,
  ]];
  for (const [path, hint] of names) {
    const order = { pk: "", direction: "upload", path, local: ["deno.json"] } as const;
    const plan = planUpload(order, { recursive: false, listed: [] });
    await rejects(plan, (error: Error) => error instanceof UserError && hint.test(error.hint));
    // It was typed: no fault of the file, and the same for both ways.
    const ways = [plan, planDownload({ ...order, direction: "download", local: ["x"] })];
    for (const way of ways) await rejects(way, { kind: "usage", message: /^The remote path can't be / });
  }
});

const outcome = (state: FileOutcome["state"], error?: unknown): FileOutcome => ({
  state,
  source: "s",
  target: "t",
  bytes: 10,
  ms: 1,
  attempts: 1,
  ...(error ? { failure: copyFailure(error, undefined) } : {}),
});
Deno.test("A name that is no text is told as such, not as a file that went away", () => {
  const cause = new Deno.errors.NotFound();
  const failed = (name: string) =>
    copyFailure(new UserError(`Cannot read ${name}`, { kind: "local", hint: "", cause }), undefined);
  const { why, hint, status } = failed("docs/caf\ufffd.txt");
  deepStrictEqual([why, status], ["local", 5]);
  match(hint!, /not UTF-8/);
  strictEqual(failed("docs/café.txt").why, "vanished");
});

const vanished = new UserError("x", { kind: "local", hint: "", cause: new Deno.errors.NotFound() });
const remote = new CopyError("x", "remote");

Deno.test("Several files: some failed, none arrived, and each cause with its count", () => {
  strictEqual(statusOf([outcome("copied"), outcome("skipped")]), 0);
  strictEqual(statusOf([outcome("copied"), outcome("failed", vanished)]), 11);
  strictEqual(statusOf([outcome("failed", vanished), outcome("failed", vanished)]), 5);
  strictEqual(statusOf([outcome("failed", vanished), outcome("failed", remote)]), 8);
  const summary = summaryOf([outcome("copied"), outcome("failed", vanished), outcome("failed", remote)], 5);
  deepStrictEqual(summary, {
    type: "summary",
    files: 3,
    copied: 1,
    skipped: 0,
    failed: 2,
    directories_failed: 0,
    bytes: 10,
    ms: 5,
    causes: { vanished: 1, remote: 1 },
  });
  strictEqual(
    copySummary(summary),
    "1 of 3 files copied (10 B); 1 not there any more, 1 the other side reported an error",
  );
  match(
    copySummary(summaryOf([outcome("failed", remote)], 1)),
    /none arrived: 1 the other side reported an error/,
  );
});

Deno.test("A directory that failed is no file of those that were to be copied", () => {
  const directory = { ...outcome("failed", remote), directory: true } as const;
  const { files, failed, directories_failed } = summaryOf([outcome("copied"), directory, directory], 1);
  deepStrictEqual([files, failed, directories_failed], [1, 2, 2]);
  strictEqual(statusOf([outcome("copied"), directory]), 11);
  match(
    copySummary(summaryOf([outcome("copied"), directory], 1)),
    /^1 of 1 files copied .*; 1 the other side reported an error, 1 of them a directory$/,
  );
  match(
    copySummary(summaryOf([outcome("failed", remote), directory, directory], 1)),
    /^0 of 1 files copied .*; none arrived: 3 the other side reported an error, 2 of them directories$/,
  );
});

Deno.test("A list of files that failed comes back as it was, whatever the names", () => {
  const files = [{ local: "a b", remote: "x/y" }, { local: 'q"\t\n', remote: " lead" }, { local: "plain" }];
  deepStrictEqual(parseList(formatList(files)), files);
  deepStrictEqual(parseList("a\r\n\nb\tc\n"), [{ local: "a" }, { local: "b", remote: "c" }]);
  for (const bad of ["a\tb\tc", '"x', '"\\', '""', "\tb"]) throws(() => parseList(bad), /Line 1/);
});

Deno.test("A limit by the time of day, also over midnight", () => {
  const rules = parsePace("08:00-18:00=500K,22:00-06:00=0,2M");
  deepStrictEqual([0, 359, 360, 480, 1079, 1080, 1320].map((minute) => rateAt(rules, minute)), [
    0,
    0,
    2097152,
    512000,
    512000,
    2097152,
    0,
  ]);
  strictEqual(rateAt(parsePace("08:00-09:00=1"), 0), Infinity);
  strictEqual(rateAt(parsePace("18:00-24:00=1"), 1439), 1);
  // The first one that fits counts: what stands behind one for all hours never would.
  throws(() => parsePace("2M,08:00-18:00=500K"), /comes last/);
  const bads = ["", "x", "25:00-1:00=1", "1:70-2:00=3", "1:00=2", "24:01-1:00=2", "8:00-08:00=2"];
  for (const bad of bads) {
    throws(() => parsePace(bad), SyntaxError);
  }
});

Deno.test("The time of day of a limit is that of the clock on the wall", () => {
  const now = (at = new Date()): number => at.getHours() * 60 + at.getMinutes();
  const before = now();
  const told = minuteOfDay();
  ok(told === before || told === now());
});

Deno.test("Who reads events hears of a copy once a second, with all that has moved", async () => {
  const clock = new FakeClock();
  const events: ProgressEvent[] = [];
  const progress = new Progress(clock, { event: (event) => void events.push(event) });
  progress.expect(2, 100);
  for (let i = 0; i < 25; i++) {
    progress.moved(2);
    if (i === 15) progress.fileDone();
    progress.clear(); // a file's own event comes between, which makes them no more
    await clock.advance(100);
  }
  deepStrictEqual(
    events,
    [[2, 0, 0], [22, 0, 20], [42, 1, 20]].map(([bytes, files_done, rate]) => ({
      type: "progress",
      bytes,
      total: 100,
      files_done,
      files: 2,
      rate,
    })),
  );
});

Deno.test("A limit holds over seconds for all that share it, and never lets a stream stand still", async () => {
  const clock = new FakeClock();
  let moved = 0;
  const over = new AbortController();
  const run = async (pace: Pace) => {
    for (;;) {
      const count = await pace.allow(130_000);
      moved += count;
    }
  };
  const pace = new Pace(parsePace("100K"), clock, over.signal, () => 0);
  const runs = [run(pace), run(pace)].map((one) => one.catch(() => {}));
  await clock.advance(10_000);
  ok(moved > 900_000 && moved < 1_060_000, `${moved} bytes in 10 s`);
  moved = 0;
  const paused = run(new Pace(parsePace("0"), clock, over.signal, () => 0)).catch(() => {});
  over.signal.throwIfAborted();
  const before = moved;
  await clock.advance(60_000);
  ok(moved > before);
  over.abort(new Error("over"));
  await settle();
  await Promise.all([...runs, paused]);
});

Deno.test("A pause lets one byte move every 10 s", async () => {
  const clock = new FakeClock();
  const over = new AbortController();
  const pace = new Pace(parsePace("0"), clock, over.signal, () => 0);
  let bytes = 0;
  const run = (async () => {
    for (;;) bytes += await pace.allow(1000);
  })().catch(() => {});
  await clock.advance(60_500);
  strictEqual(bytes, 6);
  over.abort(new Error("over"));
  await run;
});

Deno.test("A copy that its peer gives up in a pause goes on behind it, however long that is", async () => {
  const clock = new FakeClock();
  const { signal } = new AbortController();
  const pace = new Pace(
    parsePace("22:00-06:00=0,1M"),
    clock,
    signal,
    () => (21 * 60 + 59 + clock.nowMs() / 60_000) % 1440,
  );
  const patience = new Patience(undefined, clock, { wasReached: true, isExtended: true }, pace);
  const tries: number[] = [];
  const tried = tryOne({
    context: { clock, signal },
    patience,
    progress: { moved: () => {} },
    explain: (error) => error,
    onAgain: () => {},
  }, async () => {
    tries.push(Math.floor(clock.nowMs() / 60_000));
    if (tries.length > 1) return "there";
    await sleep(clock, 90_000); // half a minute of the pause
    throw new NetworkError("gone", { retry: true, reason: "closed" });
  });
  await clock.advance(9 * 3_600_000);
  const { attempt } = await tried;
  deepStrictEqual([attempt.number, tries], [2, [0, 8 * 60 + 1]]);
});

for (const [rate, most] of [[20 * 1024, 1], [1024 * 1024, 4]] as const) {
  Deno.test(`Files over a line of ${rate} bytes a second whose session broke go on ${most} at once`, async () => {
    const clock = new FakeClock();
    const { signal } = new AbortController();
    const seen: Seen = { wasReached: true, isExtended: true };
    let running = 0;
    let widest = 0;
    const copy = async (number: number) =>
      await tryOne({
        context: { clock, signal },
        patience: new Patience(undefined, clock, seen),
        progress: { moved: () => {} },
        explain: (error) => error,
        onAgain: () => {},
      }, async (attempt) => {
        running++;
        if (attempt.number > 1) widest = Math.max(widest, running);
        try {
          // Many at once: the server ends the session at its first ping.
          for (let s = 0; s < 40; s++) {
            await sleep(clock, 1000);
            attempt.onBytes(rate / running);
          }
          if (attempt.number > 1) return number;
          throw new NetworkError("the server closed the session", { retry: true, reason: "closed" });
        } finally {
          running--;
        }
      });
    const all = Promise.all([0, 1, 2, 3].map(copy));
    await clock.advance(400_000);
    deepStrictEqual((await all).map(({ attempt }) => attempt.number), [2, 2, 2, 2]);
    strictEqual(widest, most);
  });
}

Deno.test("Progress is one line that fits, with rate and time left, and a name that moves no cursor", () => {
  const event = { type: "progress", bytes: 512, total: 2048, files_done: 0, files: 1, rate: 256 } as const;
  strictEqual(
    progressLine(event, "a.txt", 100),
    "a.txt  [#####---------------]  25%  512 B of 2.0 KiB  256 B/s  0:06 left",
  );
  for (const columns of [10, 40, 60, 80]) {
    ok(progressLine(event, "\x1b[2J".repeat(50), columns).length <= columns - 3);
    ok(!progressLine(event, "\x1b[2J", columns).includes("\x1b"));
  }
  deepStrictEqual([7, 725, 11_045].map(timeWords), ["0:07", "12:05", "3:04:05"]);
  deepStrictEqual([17, 1536, 327_155_712].map(sizeWords), ["17 B", "1.5 KiB", "312 MiB"]);
});

Deno.test("A plan has a job for each file, names kept below the target, and a problem where there is one", async () => {
  const top = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${top}/d/e`, { recursive: true });
    for (const name of ["d/a", "d/e/b", "f"]) await Deno.writeTextFile(`${top}/${name}`, "12345");
    if (Deno.build.os !== "windows") await Deno.symlink(`${top}/f`, `${top}/d/link`);
    const plan = async (path: string, local: string[], recursive = true) =>
      await planUpload({ pk: "", direction: "upload", path, local }, { recursive, listed: [] });
    const targets = async (path: string, local: string[]) =>
      (await plan(path, local)).jobs.map(({ remote, size }) => `${remote} ${size}`);
    deepStrictEqual(await targets("x", [`${top}/f`]), ["x 5"]);
    deepStrictEqual(await targets("", [`${top}/f`]), ["f 5"]);
    deepStrictEqual(await targets("/x/", [`${top}/f`]), ["x/f 5"]);
    deepStrictEqual(await targets("x", [`${top}/d`]), ["x/a 5", "x/e/b 5"]);
    deepStrictEqual(await targets("x/", [`${top}/d/`, `${top}/f`]), ["x/d/a 5", "x/d/e/b 5", "x/f 5"]);
    strictEqual((await plan("x", [`${top}/d`])).leftOut.length, Deno.build.os === "windows" ? 0 : 1);
    const { jobs } = await plan("", [`${top}/gone`, `${top}/d`, `${top}/f`], false);
    deepStrictEqual(jobs.map(({ problem }) => problem?.message.replace(top, "")), [
      "Cannot read /gone: No such file or directory",
      "/d is a directory",
      undefined,
    ]);
    const long = await plan("n".repeat(252), [`${top}/d`]);
    match(long.jobs[1].problem!.message, /name exceeds max length/);
    // A directory with such a name is one that can't be made: it fails like a file where it is wanted for itself.
    await Deno.mkdir(`${top}/d/empty`);
    const made = await plan("n".repeat(250), [`${top}/d`]);
    deepStrictEqual(made.directories.map(({ remote }) => remote.slice(250)), ["", "/e"]);
    const failed = made.jobs.filter(({ problem }) => problem).map(({ remote }) => remote.slice(250));
    deepStrictEqual(failed, ["/empty"]);
  } finally {
    await Deno.remove(top, { recursive: true });
  }
});

Deno.test("What a hostile host calls a file, or says about it, stays one line of letters (CVE-2019-6109, -6110)", () => {
  const evil = "a\x1b[2J\x9b1A\r\nok\u202egpj\x07\x7f";
  const told = explained(fatalError(evil), "alice", "02ab") as CopyError;
  const event = { type: "progress", bytes: 1, total: 2, rate: 1, files: 1, files_done: 0 } as const;
  const one = { source: evil, target: evil, bytes: 1, ms: 1, attempts: 1 };
  const peer = {
    type: "peer",
    peer: evil,
    pk: "02",
    copied: 0,
    skipped: 0,
    failed: 1,
    bytes: 0,
    status: 8,
  } as const;
  for (
    const line of [
      progressLine(event, evil, 200),
      copyDone({ ...one, state: "copied", direction: "download" }),
      copyDone({ ...one, state: "skipped", direction: "upload" }),
      copyFailed({ source: evil, message: told.message, hint: evil }),
      copyPeer({ ...peer, reason: told.message }),
    ]
  ) {
    match(line, /^[\x20-\x7e]*$/, JSON.stringify(line));
    match(line, /\\x1b/);
  }
});

Deno.test("The line of a copy fits the window that it is drawn in, which may have changed", async () => {
  const clock = new FakeClock();
  const drawn: string[] = [];
  let width = 80;
  const progress = new Progress(clock, { draw: (text) => drawn.push(text), columns: () => width });
  progress.expect(1, 1000);
  for (width of [80, 40, 20]) {
    progress.begin("a-file-with-a-long-name.txt");
    await clock.advance(1000);
  }
  const cells = drawn.map((text) => text.replace("\r", "").replace("\x1b[K", "").length);
  ok(cells[0] > 40 && cells[1] <= 37 && cells[2] <= 17, cells.join());
});

Deno.test("The line of a copy is taken away before something else is said, and only where it stands", () => {
  const drawn: string[] = [];
  const progress = new Progress(new FakeClock(), { draw: (text) => drawn.push(text) });
  progress.clear();
  deepStrictEqual(drawn, []);
  progress.begin("a");
  progress.clear();
  progress.clear();
  deepStrictEqual(drawn.map((text) => text === "\r\x1b[K"), [false, true]);
  progress.begin("b"); // at once: nothing stands there
  strictEqual(drawn.length, 3);
});

Deno.test("A file that has grown beyond what was expected is all there, and not more", () => {
  const event = { type: "progress", bytes: 4096, total: 2048, files_done: 0, files: 1, rate: 0 } as const;
  match(progressLine(event, "a", 100), /^a {2}\[#{20}\] 100% {2}4\.0 KiB of 2\.0 KiB/);
});

Deno.test("The line of a copy fits the terminal, also with names of wide letters", () => {
  const event = { type: "progress", bytes: 1, total: 2, rate: 1, files: 12, files_done: 0 } as const;
  for (const name of ["報告書".repeat(40), "e\u0301".repeat(90), "👩‍👩‍👧".repeat(30), "plain"]) {
    for (const columns of [20, 60, 80, 120]) {
      const line = progressLine(event, name, columns);
      ok(widthOf(line) <= columns - 3, `${widthOf(line)} of ${columns}: ${line}`);
    }
  }
});

Deno.test("A list of a pull names files at the peer; what --failed-to has written says both places", async () => {
  const listed = parseList("d/x\n/z\nhere/y\td/e/y\n../q\n");
  const { jobs } = await planDownload(
    { pk: "", direction: "download", path: "base", local: ["got"] },
    listed,
  );
  deepStrictEqual(jobs.map(({ local, remote, problem }) => [local, remote, problem?.message]), [
    ["got/x", "base/d/x", undefined],
    ["got/z", "base/z", undefined],
    ["here/y", "d/e/y", undefined],
    ["got/q", "base/../q", "base/../q can't be asked for: name contains path traversal"],
  ]);
});

Deno.test("A list's target is a directory however many lines there are, and a list without lines copies nothing", async () => {
  const top = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${top}/f`, "12345");
    const push = { pk: "", direction: "upload", path: "dir", local: [] } as const;
    for (const count of [0, 1, 2]) {
      const listed = parseList(`${top}/f\n${top}/g\n`).slice(0, count);
      const { jobs } = await planUpload(push, { recursive: false, listed });
      deepStrictEqual(jobs.map(({ remote }) => remote), ["dir/f", "dir/g"].slice(0, count));
      const pull = { pk: "", direction: "download", path: "dir", local: [top] } as const;
      const back = await planDownload(pull, parseList("f\ng\n").slice(0, count));
      deepStrictEqual(back.jobs.map(({ remote }) => remote), ["dir/f", "dir/g"].slice(0, count));
    }
  } finally {
    await Deno.remove(top, { recursive: true });
  }
});

Deno.test("A directory of a list is a line with a slash behind both paths, and is made without what is in it", async () => {
  const top = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${top}/d/e`, { recursive: true });
    await Deno.writeTextFile(`${top}/f`, "12345");
    const lines = [
      directoryLine(`${top}/d/`, "x/d"),
      directoryLine(`${top}/gone`, "x/a\tb"),
      directoryLine(`${top}/f`, "x/f"),
      directoryLine(`${top}/d`, "n".repeat(256)),
    ];
    const listed = parseList(formatList([...lines, { local: `${top}/f`, remote: "x/g" }]));
    deepStrictEqual(listed.slice(0, 4), lines);
    const push = { pk: "", direction: "upload", path: "", local: [] } as const;
    const there = await planUpload(push, { recursive: true, listed });
    deepStrictEqual(there.directories.map(({ local, remote, isEmpty }) => [local, remote, isEmpty]), [[
      `${top}/d`,
      "x/d",
      true,
    ]]);
    deepStrictEqual(there.jobs.map(({ problem }) => problem?.message.replaceAll(top, "")), [
      "Cannot read /gone: No such file or directory",
      "/f is not a directory",
      "/d can't be sent: name exceeds max length",
      undefined,
    ]);
    // Of a pull: nothing is known of it but its places.
    const pull = { pk: "", direction: "download", path: "", local: ["."] } as const;
    const here = await planDownload(pull, [directoryLine(`${top}/back/new`, "x/d"), { local: "f" }]);
    deepStrictEqual(here.jobs.map(({ local }) => local), ["./f"]);
    const [{ local, remote, below, isListed }] = here.directories;
    deepStrictEqual([local, remote, isListed], [`${top}/back/new`, "x/d", true]);
    deepStrictEqual(below, { root: `${top}/back`, name: "new" });
    // One path with a slash is what it was: a directory with all that is in it.
    const whole = await planUpload(push, { recursive: true, listed: [{ local: `${top}/d/` }] });
    deepStrictEqual(whole.directories.map(({ remote }) => remote), ["d", "d/e"]);
  } finally {
    await Deno.remove(top, { recursive: true });
  }
});

Deno.test("The list says of the only source that it is not there, and of a dry run nothing", async () => {
  const files = memoryFiles({ rest: "of an earlier copy" });
  const push = (path: string, dryRun: boolean) =>
    planUpload({ pk: "", direction: "upload", path, local: ["/not there"] }, {
      recursive: false,
      listed: [],
      onNone: (plan) => writeLeft({ files }, { failedTo: "rest", dryRun }, new Left(plan, false)),
    });
  const list = async () => new TextDecoder().decode(await files.read("rest", 99));
  await rejects(push("in/", true), /Cannot read/);
  deepStrictEqual(await list(), "of an earlier copy");
  await rejects(push("in/", false), /Cannot read/);
  deepStrictEqual(await list(), "/not there\tin/not there\n");
});
