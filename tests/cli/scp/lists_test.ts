import { deepStrictEqual, rejects, throws } from "node:assert/strict";
import { Left } from "../../../cli/scp/plan/left.ts";
import { directoryLine, formatList, parseList, writeLeft } from "../../../cli/scp/plan/lists.ts";
import { planDownload } from "../../../cli/scp/plan/plan.ts";
import { planUpload } from "../../../cli/scp/plan/upload.ts";
import { memoryFiles } from "../../fakes/files.ts";

Deno.test("A list of files that failed comes back as it was, whatever the names", () => {
  const files = [{ local: "a b", remote: "x/y" }, { local: 'q"\t\n', remote: " lead" }, { local: "plain" }];
  deepStrictEqual(parseList(formatList(files)), files);
  deepStrictEqual(parseList("a\r\n\nb\tc\n"), [{ local: "a" }, { local: "b", remote: "c" }]);
  for (const bad of ["a\tb\tc", '"x', '"\\', '""', "\tb"]) throws(() => parseList(bad), /Line 1/);
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
