import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { explained } from "../../../cli/scp/told/outcome.ts";
import {
  Progress,
  type ProgressEvent,
  progressLine,
  sizeWords,
  timeWords,
} from "../../../cli/scp/told/progress.ts";
import { copyDone, copyFailed, copyPeer } from "../../../cli/scp/told/words.ts";
import { CopyError, fatalError } from "../../../lib/scp/errors.ts";
import { widthOf } from "../../../tui/drawing/width.ts";
import { FakeClock } from "../../fakes/clock.ts";

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
