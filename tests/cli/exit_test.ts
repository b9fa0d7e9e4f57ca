import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import {
  FAILURE_CODES,
  failureOf,
  Interrupted,
  OutputClosed,
  Status,
  STATUS_MEANING,
  statusLines,
  worst,
} from "../../cli/exit.ts";
import { VERSION } from "../../cli/version.ts";
import {
  NetworkError,
  type NetworkReason,
  ProtocolError,
  UserError,
  type UserErrorKind,
} from "../../lib/wire/errors.ts";

Deno.test("Status of a user's error follows its kind", () => {
  const kinds: [UserErrorKind, number][] = [
    ["usage", 2],
    ["local", 5],
    ["refused", 4],
    ["no-network", 6],
    ["busy", 7],
  ];
  for (const [kind, status] of kinds) {
    const error = new UserError("It can't", { kind, hint: "Do" });
    deepStrictEqual(failureOf(error), { status, code: kind, message: "It can't", hint: "Do", cause: error });
  }
});

Deno.test("Status of a network error follows its reason", () => {
  const reasons: [NetworkReason, number][] = [
    ["unreachable", 3],
    ["closed", 3],
    ["timeout", 3],
    ["refused", 4],
    ["no-network", 6],
  ];
  for (const [reason, status] of reasons) {
    const failure = failureOf(new NetworkError("No", { retry: false, reason }));
    deepStrictEqual([failure.status, failure.code, failure.hint], [status, reason, undefined]);
  }
});

Deno.test("Status of a broken protocol is the peer's or ours", () => {
  const fault = { code: 1, ends: "stream" } as const;
  strictEqual(failureOf(new ProtocolError("x", { ...fault, by: "peer" })).status, Status.unreachable);
  strictEqual(failureOf(new ProtocolError("x", { ...fault, by: "self" })).status, Status.fault);
});

Deno.test("Status of anything else asks for a report", () => {
  for (const thrown of [new TypeError("x is undefined"), "text", undefined]) {
    const failure = failureOf(thrown);
    strictEqual(failure.status, 70);
    match(failure.hint!, /report/);
  }
});

Deno.test("A place that the runtime opens to nobody is told as that, not as a missing permission", () => {
  const failed = (path: string) =>
    failureOf(
      new Deno.errors.NotCapable(`Requires all access to "${path}", run again with the --allow-all flag`),
    );
  const { status, message, hint } = failed("/proc/nothing/.config/dmsg/config.json");
  deepStrictEqual([status, message], [
    Status.local,
    "Cannot use /proc/nothing/.config/dmsg/config.json: it lies where the system shows its state as files",
  ]);
  match(hint!, /HOME, .*take - for standard input and output\.$/);
  strictEqual(failed("/proc").message, "Cannot use /proc: it lies where the system shows its state as files");
  match(failed("/home/a/b").hint!, /^Run the released program/);
});

Deno.test("A piece of a release that may not be read is a missing permission, and no fault", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/piece.mjs`, "");
    const piece = new URL(`file://${folder}/piece.mjs`).href;
    await Deno.writeTextFile(
      `${folder}/core.mjs`,
      `try { await import([${JSON.stringify(piece)}][0]); } catch (e) { console.log(e.name, e.message); }`,
    );
    const args = ["run", "--quiet", "--no-prompt", "--no-config", `${folder}/core.mjs`];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
    const [, name, said] = /^(\w+) (.*)\n$/.exec(new TextDecoder().decode(stdout))!;
    strictEqual(name, "TypeError");
    const { status, code, message, hint } = failureOf(new TypeError(said));
    deepStrictEqual([status, code, message], [Status.local, "permission", said]);
    match(hint!, /`deno run -A`/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Status after a signal does not depend on what was thrown then", () => {
  strictEqual(failureOf(new TypeError("echo"), new Interrupted()).status, 130);
  strictEqual(failureOf(new Interrupted()).status, 130);
  strictEqual(failureOf(new Interrupted("ended", "SIGTERM")).status, 143);
  strictEqual(failureOf(new Interrupted("ended", "SIGHUP")).status, 129);
  strictEqual(failureOf(new TypeError("echo"), new OutputClosed()).code, "closed-output");
});

Deno.test("Status of several outcomes is the highest, and a failure is not hidden by what is queued", () => {
  strictEqual(worst([]), 0);
  strictEqual(worst([Status.done, Status.queued, Status.done]), 10);
  strictEqual(worst([Status.queued, Status.unreachable, Status.done]), 3);
  strictEqual(worst([Status.notAcked, Status.queued]), 1);
  strictEqual(worst([Status.queued, Status.interrupted]), 130);
  strictEqual(worst([Status.notAcked, Status.refused]), 4);
});

Deno.test("Status table has one meaning for every status", () => {
  deepStrictEqual(Object.values(Status).map(String), Object.keys(STATUS_MEANING));
  deepStrictEqual(Object.values(Status), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 70, 129, 130, 143]);
  strictEqual(statusLines().length, 16);
});

Deno.test("README of the command line has the table of the program", async () => {
  const readme = await Deno.readTextFile(new URL("../../cli/README.md", import.meta.url));
  const rows = [...readme.matchAll(/^\| (\d+) +\| (.*?) +\|$/gm)].map((
    [, status, meaning],
  ) => [status, meaning]);
  deepStrictEqual(rows, Object.entries(STATUS_MEANING));
});

Deno.test("README of the command line names every code that an error in JSON has", async () => {
  const readme = await Deno.readTextFile(new URL("../../cli/README.md", import.meta.url));
  const [sentence] = /`code` is .*?\.\n/s.exec(readme)!;
  const named = [...sentence.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code).slice(1);
  deepStrictEqual(named, FAILURE_CODES.filter((code) => code !== "closed-output"));
});

Deno.test("Version is the one of deno.json", async () => {
  const text = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  strictEqual(VERSION, JSON.parse(text).version);
});
