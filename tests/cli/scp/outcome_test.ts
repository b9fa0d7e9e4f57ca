import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { Status } from "../../../cli/exit.ts";
import { planDownload } from "../../../cli/scp/plan/plan.ts";
import { planUpload } from "../../../cli/scp/plan/upload.ts";
import {
  copyFailure,
  explained,
  type FileOutcome,
  ofOnlyFile,
  statusOf,
  summaryOf,
} from "../../../cli/scp/told/outcome.ts";
import { copySummary } from "../../../cli/scp/told/words.ts";
import { BusyError, CopyError, fatalError } from "../../../lib/scp/errors.ts";
import { NetworkError, UserError } from "../../../lib/wire/errors.ts";

Deno.test("Each way to fail has its status and cause", () => {
  const cases: [unknown, number, string][] = [
    [fatalError("dmsg stream rejected by whitelist"), Status.refused, "refused"],
    [fatalError("busy"), Status.busy, "busy"],
    [fatalError("the file changed while it was read"), Status.broken, "broken"],
    [fatalError("the file became shorter while it was read"), Status.broken, "broken"],
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

Deno.test("The failure of an only file names it, also where the copy with the peer was broken off", () => {
  const said = (error: unknown, moved?: string, direction: "upload" | "download" = "download") => {
    const failure = copyFailure(explained(error, "alice", "02ab", moved), undefined);
    const [source, target] = direction === "upload" ? ["f", "alice:d/f"] : ["alice:d/f", "f"];
    return ofOnlyFile({ source, target, failure }, "alice", direction)!.message;
  };
  const gone = new NetworkError("stream was reset", { retry: true, reason: "closed" });
  strictEqual(said(fatalError("stat: no such file")), "alice:d/f: remote: stat: no such file");
  strictEqual(
    said(fatalError("open: is a directory"), undefined, "upload"),
    "alice:d/f: remote: open: is a directory",
  );
  strictEqual(
    said(gone, " after 7.0 MiB of 57.2 MiB"),
    "The copy of alice:d/f to f was broken off after 7.0 MiB of 57.2 MiB: stream was reset",
  );
  match(said(fatalError("dmsg stream rejected by whitelist")), /^alice refused the copy/);
  strictEqual(ofOnlyFile({ source: "f", target: "alice:f" }, "alice", "upload"), undefined);
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
