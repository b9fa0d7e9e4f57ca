import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { recipientsOf } from "../../../cli/scp/many/to.ts";
import {
  directoriesAgain,
  isGone,
  readUndelivered,
  remembered,
  Undelivered,
} from "../../../cli/scp/many/undelivered.ts";
import type { CopyJob } from "../../../cli/scp/plan/plan.ts";
import { ofOwnPlace } from "../../../cli/scp/plan/targets.ts";
import { copyFailure } from "../../../cli/scp/told/outcome.ts";
import type { Groups, GroupView, MemberView } from "../../../lib/app/groups/groups.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { memoryFiles } from "../../fakes/files.ts";

const groups = (members: Record<string, string[]>): Pick<Groups, "list" | "members"> => ({
  list: () =>
    Promise.resolve(
      Object.keys(members).map((name) => ({ id: `id-of-${name}`, name }) as unknown as GroupView),
    ),
  members: ({ group }) =>
    Promise.resolve(members[group.slice("id-of-".length)].map((pk) => ({ pk }) as unknown as MemberView)),
});

const ask = async (names: readonly string[], members: Record<string, string[]>) =>
  (await recipientsOf(names, {
    app: { pk: "me", groups: groups(members) },
    keyOf: (name) => Promise.resolve(`key of ${name}`),
    shown: (pk) => `shown ${pk}`,
  })).map(({ pk, name }) => [pk, name]);

Deno.test("--to takes peers and members of groups, each once, and never ourselves", async () => {
  const members = { ops: ["me", "a", "b"], dev: ["b", "c", "me"], "id-x": ["me"] };
  deepStrictEqual(await ask(["alice", "@ops", "@dev", "alice"], members), [
    ["key of alice", "alice"],
    ["a", "shown a"],
    ["b", "shown b"],
    ["c", "shown c"],
  ]);
  await rejects(ask(["@none"], members), /There is no group "none"/);
  await rejects(ask(["@id-x"], members), /Nobody else is in id-x/);
});

Deno.test("What was not delivered is remembered as far as its file is whole", async () => {
  const one = { pk: "02", local: "/a", remote: "a" };
  const text = JSON.stringify([one, { ...one, local: "/b" }]);
  const read = (text: string) => readUndelivered({ files: memoryFiles({ "/f": text }) }, "/f");
  deepStrictEqual(await read(`${text}garbage`), JSON.parse(text));
  deepStrictEqual(await read(text.slice(0, -9)), [one]);
  for (const nothing of ["", "garbage", '[{"pk":"02","lo']) {
    await rejects(read(nothing), /does not say any more/);
  }
  await rejects(readUndelivered({ files: memoryFiles() }, "/f"), /has delivered everything/);
});

Deno.test("What nobody has got yet is undelivered, whatever ended the copy, and an older list goes", async () => {
  const files = memoryFiles({ "/f": "[]" });
  const jobs: CopyJob[] = ["a", "/b"].map((local) => ({ local, remote: `in${local}` }));
  const recipients = [
    { pk: "02", name: "alice", wants: () => true },
    { pk: "03", name: "bob", wants: ({ local }: { local: string }) => local === "a" },
  ];
  const left = new Undelivered(jobs, recipients);
  left.over(recipients[0], jobs[1]);
  deepStrictEqual(await left.keep({ files }, "/f", "/here"), true);
  deepStrictEqual(await readUndelivered({ files }, "/f"), [
    { pk: "02", local: "/here/a", remote: "ina" },
    { pk: "03", local: "/here/a", remote: "ina" },
  ]);
  for (const one of recipients) left.over(one, jobs[0]);
  deepStrictEqual(await left.keep({ files }, "/f", "/here"), false);
  deepStrictEqual(await files.info("/f"), undefined);
});

Deno.test("A directory is tried again as it is then, and a second file of one place is not", async () => {
  const top = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${top}/e`);
    await Deno.chmod(`${top}/e`, 0o750);
    const gone = { local: `${top}/gone`, remote: "gone", mode: 0, mtimeMs: 0, isEmpty: true };
    const directories = [{ ...gone, local: `${top}/e`, remote: "e" }, gone];
    const jobs = ofOwnPlace([{ local: "/a/x", remote: "x" }, { local: "/b/x", remote: "x" }], "remote");
    const alice = { pk: "02", name: "alice", wants: () => true };
    const kept = new Undelivered(jobs, [alice], directories).files("/");
    deepStrictEqual(kept.map(({ local, directory }) => [local, directory]), [
      ["/a/x", undefined],
      [`${top}/e`, true],
      [`${top}/gone`, true],
    ]);
    const mtimeMs = Deno.statSync(`${top}/e`).mtime!.getTime();
    deepStrictEqual(await directoriesAgain(kept), [
      { local: `${top}/e`, remote: "e", mode: 0o750, mtimeMs, isEmpty: true },
    ]);
  } finally {
    await Deno.remove(top, { recursive: true });
  }
});

Deno.test("A directory that could not be read goes with -r to who lacks it, with what is in it now", async () => {
  const top = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${top}/d/in`, { recursive: true });
    await Deno.mkdir(`${top}/d/empty`);
    for (const name of ["d/in/f", "d/g", "x"]) await Deno.writeTextFile(`${top}/${name}`, name);
    const undelivered = [
      { pk: "02", local: `${top}/d/`, remote: "to/d" },
      // Of the third it is known that it has what lies in it.
      { pk: "03", local: `${top}/x`, remote: "to/x" },
      { pk: "03", local: `${top}/d`, remote: "to/d", directory: true },
    ];
    const files = memoryFiles({ "/f": JSON.stringify(undelivered) });
    const context = { files, env: () => undefined, os: "unix" as const, clock: new FakeClock() };
    const wanted = async (recursive: boolean): Promise<Record<string, string[]>> => {
      const { jobs, directories, recipients } = await remembered(context, "/f", { recursive });
      return Object.fromEntries(
        recipients.map(({ pk, wants }) => {
          const some = [...jobs, ...directories.filter(({ isEmpty }) => isEmpty)].filter(wants);
          return [
            pk,
            some.map(({ remote, ...rest }) => "problem" in rest ? `${remote}: ${rest.problem}` : remote),
          ];
        }),
      );
    };
    deepStrictEqual(await wanted(true), {
      "02": ["to/d/g", "to/d/in/f", "to/d/empty", "to/d"],
      "03": ["to/x", "to/d"],
    });
    deepStrictEqual(await wanted(false), {
      "02": [`to/d: UserError: ${top}/d/ is a directory`, "to/d"],
      "03": ["to/x", "to/d"],
    });
  } finally {
    await Deno.remove(top, { recursive: true });
  }
});

Deno.test("What is not there any more is told once by --retry-failed, also alone, and is then left out", async () => {
  const top = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${top}/e`);
    const text = (...names: string[]): string =>
      JSON.stringify(
        names.map((name) => ({ pk: "02", local: `${top}/${name}`, remote: name, directory: name === "e" })),
      );
    const again = async (...names: string[]) => {
      const files = memoryFiles({ "/f": text(...names) });
      const context = { files, env: () => undefined, os: "unix" as const, clock: new FakeClock() };
      return await remembered(context, "/f", { recursive: false });
    };
    // What else is left is not held up by it.
    const { jobs, directories, recipients } = await again("gone", "e");
    deepStrictEqual(jobs.map(({ problem }) => problem?.message), [
      `Cannot read ${top}/gone: No such file or directory`,
    ]);
    deepStrictEqual(directories.map(({ remote }) => remote), ["e"]);
    deepStrictEqual((await again("gone")).jobs.filter(recipients[0].wants).length, 1);
    const failed = (error: unknown) => ({ failure: copyFailure(error, undefined) });
    strictEqual(isGone(failed(jobs[0].problem), jobs[0]), true);
    const odd = (await again("\ufffd")).jobs[0];
    strictEqual(isGone(failed(odd.problem), odd), true);
    const shut = new UserError("shut", {
      kind: "local",
      hint: "",
      cause: new Deno.errors.PermissionDenied(),
    });
    strictEqual(isGone(failed(shut), { problem: shut }), false);
    strictEqual(isGone({}, {}), false);
  } finally {
    await Deno.remove(top, { recursive: true });
  }
});
