import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import type { Context } from "../../../cli/context.ts";
import type { ScpFlags } from "../../../cli/scp/plan/flags.ts";
import { Left } from "../../../cli/scp/plan/left.ts";
import { formatList, readList, removeLeft, writeLeft } from "../../../cli/scp/plan/lists.ts";
import { type CopyJob, planDownload, planTree } from "../../../cli/scp/plan/plan.ts";
import { showWould, showWouldTo } from "../../../cli/scp/plan/would.ts";
import type { PeopleWords } from "../../../cli/names/peers.ts";
import type { Overwrite } from "../../../cli/scp/run/files.ts";
import type { FileOutcome } from "../../../cli/scp/told/outcome.ts";
import { copyWould } from "../../../cli/scp/told/words.ts";
import { CopyError } from "../../../lib/scp/errors.ts";
import { systemFiles } from "../../../lib/sys/files/files.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";

const words = { text: (text: string) => text, failure: (one: unknown) => one } as unknown as PeopleWords;
const flags = { quiet: false, json: false } as ScpFlags;

/** A context that counts what is printed. */
function printed(): { context: Context; said: string[] } {
  const said: string[] = [];
  const print = {
    out: (word: string, { source, target }: { source: string; target: string }) =>
      said.push(`${word} ${source} -> ${target}`),
    note: (word: string, { source }: { source: string }) => said.push(`${word} ${source}`),
    failure: ({ message }: { message: string }) => said.push(message),
  };
  return { context: { print } as unknown as Context, said };
}

const pulled = { pk: "02", direction: "download" as const, path: "", local: [] };
const pushed = { pk: "02", direction: "upload" as const, path: "", local: [] };

async function states(
  order: typeof pulled | typeof pushed,
  jobs: readonly CopyJob[],
  overwrite: Overwrite,
  equal?: ReadonlySet<number>,
): Promise<FileOutcome["state"][]> {
  const plan = { jobs: [...jobs], directories: [] };
  const shown = { order, plan, peer: "alice", overwrite, equal, words };
  return (await showWould(printed().context, flags, shown)).map(({ state }) => state);
}

Deno.test("A dry run of a pull looks at what lies here as the copy does", async () => {
  const top = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${top}/there`, "");
    await Deno.mkdir(`${top}/dir`);
    const jobs = ["there", "new", "dir"].map((name) => ({ local: `${top}/${name}`, remote: name }));
    const pull = (overwrite: Overwrite) => states(pulled, jobs, overwrite);
    deepStrictEqual(await pull("refuse"), ["failed", "copied", "failed"]);
    deepStrictEqual(await pull("keep"), ["skipped", "copied", "skipped"]);
    // Nothing takes the place of a directory.
    deepStrictEqual(await pull("replace"), ["copied", "copied", "failed"]);
    deepStrictEqual(await pull("backup"), ["copied", "copied", "failed"]);
    deepStrictEqual(await states(pulled, jobs, "refuse", new Set([0])), ["skipped", "copied", "failed"]);
    const output = { local: "-", remote: "x" };
    deepStrictEqual(await states(pulled, [output], "refuse"), ["copied"]);
    const problem = new CopyError("remote: no", "remote");
    deepStrictEqual(await states(pulled, [{ ...jobs[1], problem }], "replace"), ["failed"]);
  } finally {
    await Deno.remove(top, { recursive: true });
  }
});

Deno.test("A dry run of a push opens its files, and of --to shows to whom each goes", async () => {
  const top = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${top}/f`, "");
    const jobs = ["f", "gone"].map((name) => ({ local: `${top}/${name}`, remote: name }));
    // What lies there is for the peer to say.
    for (const overwrite of ["refuse", "keep", "replace"] as const) {
      deepStrictEqual(await states(pushed, jobs, overwrite), ["copied", "failed"]);
    }
    const { context, said } = printed();
    const recipients = [
      { pk: "02", name: "alice", wants: () => true },
      { pk: "03", name: "bob", wants: ({ remote }: { remote: string }) => remote === "f" },
    ];
    const all = await showWouldTo(context, flags, { jobs, directories: [] }, recipients, words);
    deepStrictEqual(all.map(({ target, state }) => [target, state]), [
      ["alice:f", "copied"],
      ["alice:gone", "failed"],
      ["bob:f", "copied"],
    ]);
    deepStrictEqual(said, [
      `scpWould ${top}/f -> alice:f`,
      `scpFailed ${top}/gone`,
      `scpWould ${top}/f -> bob:f`,
    ]);
  } finally {
    await Deno.remove(top, { recursive: true });
  }
});

Deno.test("A dry run shows empty directories that would be made, to whom, and which can't be", async () => {
  const top = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${top}/there`);
    await Deno.writeTextFile(`${top}/file`, "");
    const directories = ["there", "new", "file", "file/in", "full"].map((name) => ({
      local: `${top}/${name}`,
      remote: name,
      mode: 0o700,
      mtimeMs: 0,
      isEmpty: name !== "full",
    }));
    const pull = printed();
    const plan = { jobs: [], directories };
    const shown = { plan, peer: "alice", overwrite: "replace", words } as const;
    const failed = await showWould(pull.context, flags, { ...shown, order: pulled });
    deepStrictEqual(failed.map(({ directory, failure }) => [directory, failure!.status, failure!.message]), [
      [true, 5, `Cannot write ${top}/file: not a directory`],
      [true, 5, `Cannot write ${top}/file/in: not a directory`],
    ]);
    deepStrictEqual(pull.said, [
      `scpWould alice:new -> ${top}/new`,
      "scpFailed alice:file",
      "scpFailed alice:file/in",
    ]);
    const push = printed();
    const alice = { pk: "02", name: "alice", wants: ({ remote }: { remote: string }) => remote !== "file" };
    deepStrictEqual(await showWouldTo(push.context, flags, plan, [alice], words), []);
    deepStrictEqual(
      push.said,
      ["there", "new", "file/in"].map((name) => `scpWould ${top}/${name} -> alice:${name}`),
    );
    strictEqual(
      copyWould({ type: "would", source: "a/e", target: "bob:e", directory: true }),
      "a/e/ -> bob:e/",
    );
  } finally {
    await Deno.remove(top, { recursive: true });
  }
});

Deno.test("What is left of a copy: what has not ended well, and at its end directories that failed", () => {
  const jobs = ["a", "b", "c", "d"].map((remote) => ({ local: remote, remote, isSecond: remote === "d" }));
  const directory = { mode: 0o700, mtimeMs: 0 };
  const [full, empty, bad] = [false, true, true].map((isEmpty, i) => ({
    ...directory,
    isEmpty,
    local: `l${i}`,
    remote: `r${i}`,
  }));
  const lines = (left: Left): string[] => left.lines().map(({ remote }) => remote!);
  const plan = { jobs, directories: [full, empty, bad], leftOut: [] };
  const left = new Left(plan, false);
  deepStrictEqual(lines(left), ["a", "b", "c", "r1/", "r2/"]);
  deepStrictEqual(lines(new Left(plan, true)), ["a", "b", "c", "r0/", "r1/", "r2/"]);
  left.told(jobs[0], "copied");
  left.told(jobs[1], "skipped");
  left.told(jobs[2], "failed");
  left.told(bad, "failed");
  deepStrictEqual(lines(left), ["c", "r1/", "r2/"]);
  left.ended();
  deepStrictEqual(lines(left), ["c", "r2/"]);
});

Deno.test("A list comes from standard input as from a file, with spaces at the ends of names", async () => {
  const files = [" a", "b ", "-", "--force", '"q"', "a\nb", "ü\tx"].map((local) => ({
    local,
    remote: `in/${local}`,
  }));
  const text = formatList(files);
  strictEqual(text.split("\n").length, files.length + 1);
  const context = {
    input: { readAll: () => Promise.resolve(utf8(text)) },
    files: { read: (path: string) => Promise.resolve(path === "list" ? utf8(text) : undefined) },
  } as unknown as Context;
  deepStrictEqual(await readList(context, "-"), files);
  deepStrictEqual(await readList(context, "list"), files);
  deepStrictEqual(await readList(context, undefined), undefined);
});

Deno.test("A pull goes into a directory that is there or has a slash, and takes a name that is new", async () => {
  const top = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${top}/there`);
    const file = { name: "f", kind: "file", size: 1, mode: 0o600, mtimeMs: 1 } as const;
    const places = async (path: string, name: string): Promise<string[]> => {
      const order = { pk: "02", direction: "download", path, local: [`${top}/${name}`] } as const;
      const tree = await planTree(order, [file], "linux");
      const one = path === "" ? undefined : (await planDownload(order)).jobs[0].local;
      return [tree.jobs[0].local, one ?? ""].map((local) => local.slice(top.length));
    };
    deepStrictEqual(await places("a/d", "there"), ["/there/d/f", "/there/d"]);
    deepStrictEqual(await places("a/d", "new"), ["/new/f", "/new"]);
    deepStrictEqual(await places("a/d", "new/"), ["/new/d/f", "/new/d"]);
    // The peer's root has no name.
    deepStrictEqual(await places("", "there"), ["/there/f", ""]);
    const order = { pk: "02", direction: "download", path: "d", local: [`${top}/there`] } as const;
    const { jobs, leftOut } = await planTree(order, [
      { ...file, name: "shut", kind: "other", problem: "permission denied" },
      { ...file, name: "link", kind: "other" },
    ], "linux");
    deepStrictEqual(jobs.map(({ problem }) => problem?.message), [
      "remote: d/shut can't be had: permission denied",
    ]);
    deepStrictEqual(leftOut, ["d/link"]);
  } finally {
    await Deno.remove(top, { recursive: true });
  }
});

Deno.test("A list takes the place of a list, and of no device or directory", async () => {
  const top = await Deno.makeTempDir();
  try {
    const left = { lines: () => [{ local: "a" }] };
    const at = (name: string, dryRun = false) => ({ failedTo: `${top}/${name}`, dryRun });
    const host = { files: systemFiles };
    await writeLeft(host, at("list"), left);
    strictEqual(await Deno.readTextFile(`${top}/list`), "a\n");
    await removeLeft(host, at("list", true));
    strictEqual(await Deno.readTextFile(`${top}/list`), "a\n");
    await removeLeft(host, at("list"));
    await removeLeft(host, at("list"));
    await rejects(Deno.stat(`${top}/list`), Deno.errors.NotFound);
    await Deno.mkdir(`${top}/d`);
    // One after the other: a refusal that nobody waits for yet would end the test.
    for (const work of [() => writeLeft(host, at("d"), left), () => removeLeft(host, at("d"))]) {
      await rejects(work, { kind: "local", message: `${top}/d is not a file` });
    }
    strictEqual((await Deno.stat(`${top}/d`)).isDirectory, true);
  } finally {
    await Deno.remove(top, { recursive: true });
  }
});
