import { deepStrictEqual, rejects } from "node:assert/strict";
import type { Context } from "../../../cli/context.ts";
import { parseList } from "../../../cli/scp/plan/lists.ts";
import { orderOf } from "../../../cli/scp/plan/order.ts";
import { type CopyPlan, planDownload } from "../../../cli/scp/plan/plan.ts";
import { planUpload } from "../../../cli/scp/plan/upload.ts";
import { systemOs } from "../../../lib/sys/paths.ts";

const placesOf = ({ jobs }: CopyPlan, top = ""): (string | undefined)[][] =>
  jobs.map(({ local, remote, problem }) => [
    local.replace(top, ""),
    remote,
    problem?.message.replaceAll(top, ""),
  ]);

Deno.test("Two files that would come to one place at the peer: the second is refused, what is named twice goes once", async () => {
  const top = await Deno.makeTempDir();
  try {
    for (const name of ["a", "b"]) {
      await Deno.mkdir(`${top}/${name}`);
      await Deno.writeTextFile(`${top}/${name}/x`, name);
    }
    const local = [`${top}/a/x`, `${top}/b/x`, `${top}/a/x`, `${top}/b/./x`];
    const order = { pk: "", direction: "upload", path: "", local } as const;
    const told = "/b/x would come to the same place as /a/x: x";
    deepStrictEqual(placesOf(await planUpload(order, { recursive: false, listed: [] }), top), [
      ["/a/x", "x", undefined],
      ["/b/x", "x", told],
      ["/b/./x", "x", told.replace("/b/x", "/b/./x")],
    ]);
    const trees = { ...order, path: "t/", local: [`${top}/a`, `${top}/b`] } as const;
    const listed = parseList(`${top}/b/x\tt/a//x\n`);
    deepStrictEqual(placesOf(await planUpload(trees, { recursive: true, listed }), top), [
      ["/a/x", "t/a/x", undefined],
      ["/b/x", "t/b/x", undefined],
      ["/b/x", "t/a//x", "/b/x would come to the same place as /a/x: t/a//x"],
    ]);
  } finally {
    await Deno.remove(top, { recursive: true });
  }
});

Deno.test("Two files of a list that would come to one place here: the second is refused", async () => {
  const order = { pk: "", direction: "download", path: "", local: ["."] } as const;
  const listed = parseList("a/x\nb/x\na/x\nc\td\n./c\te\n");
  deepStrictEqual(placesOf(await planDownload(order, listed)), [
    ["./x", "a/x", undefined],
    ["./x", "b/x", "b/x would come to the same place as a/x: ./x"],
    ["c", "d", undefined],
    ["./c", "e", "e would come to the same place as d: ./c"],
  ]);
});

Deno.test({
  name: "A backslash is a letter of a name, and - in a list is a file of that name",
  ignore: Deno.build.os === "windows",
  async fn() {
    const top = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${top}/a\\b`, "x");
      const order = { pk: "", direction: "upload", path: "", local: [`${top}/a\\b`] } as const;
      deepStrictEqual(
        placesOf(await planUpload(order, { recursive: false, listed: parseList("-\n") }), top),
        [["/a\\b", "a\\b", undefined], ["./-", "-", "Cannot read ./-: No such file or directory"]],
      );
    } finally {
      await Deno.remove(top, { recursive: true });
    }
  },
});

const KEY = `02${"79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"}`;
const NOBODY = {} as Context;

Deno.test("A side that is alone is a target, and only beside a list", async () => {
  for (const paths of [[], [`${KEY}:x`]]) {
    await rejects(orderOf(NOBODY, paths, undefined), /nothing to copy/);
  }
  const listed = [{ local: "a" }];
  deepStrictEqual(await orderOf(NOBODY, [`${KEY.toUpperCase()}:in/`], listed), {
    pk: KEY,
    path: "in/",
    direction: "upload",
    local: [],
  });
  // A list that names nothing is one, too.
  deepStrictEqual((await orderOf(NOBODY, [`${KEY}:in/`], [])).local, []);
  const pull = { pk: KEY, path: "x", direction: "download", local: ["."] };
  deepStrictEqual(await orderOf(NOBODY, [`${KEY}:x`, "."], listed), pull);
  deepStrictEqual(await orderOf(NOBODY, [`${KEY}:x`, "."], undefined), pull);
  await rejects(orderOf(NOBODY, ["a", "b"], undefined), /exactly one/);
  // What stands before a colon is meant for a peer, but where it may be a drive.
  const files = { read: () => Promise.resolve(undefined) };
  const on = (os: string): Context => ({ os, env: () => "/nowhere", files }) as unknown as Context;
  for (const name of ["b", "bo"]) await rejects(orderOf(on("linux"), ["a", `${name}:x`], undefined), /"bo?"/);
  await rejects(orderOf(on("windows"), ["a", "b:x"], undefined), /exactly one/);
  // A name is known however its letters are composed, as everywhere.
  const text = new TextEncoder().encode(JSON.stringify({ "e\u0301va": KEY }));
  const known = { ...on("linux"), files: { read: () => Promise.resolve(text) } } as unknown as Context;
  deepStrictEqual((await orderOf(known, ["\u00e9va:x", "."], undefined)).pk, KEY);
});

Deno.test("A file goes to the peer's root under its name, a directory becomes it; one with links alone is empty", async () => {
  const top = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${top}/d/links/deep`, { recursive: true });
    await Deno.writeTextFile(`${top}/d/x`, "x");
    if (systemOs !== "windows") await Deno.symlink("x", `${top}/d/links/deep/link`);
    const plan = (local: string, path = ".") =>
      planUpload({ pk: "", direction: "upload", path, local: [local] }, { recursive: true, listed: [] });
    deepStrictEqual(placesOf(await plan(`${top}/d/x`), top), [["/d/x", "x", undefined]]);
    const tree = await plan(`${top}/d`);
    deepStrictEqual(placesOf(tree, top), [["/d/x", "./x", undefined]]);
    const facts = tree.directories.map(({ remote, isEmpty }) => [remote, isEmpty]);
    deepStrictEqual(facts, [[".", false], ["./links", false], ["./links/deep", true]]);
    // It keeps its name below a path with a slash behind it, also where it is named by another one.
    for (const local of [`${top}/d`, `${top}/d/.`, `${top}/d/links/..`, `${top}/d/links/deep/../../`]) {
      deepStrictEqual((await plan(local, "in/")).jobs.map(({ remote }) => remote), ["in/d/x"]);
    }
    // Where no peer takes its name, that is said of the innermost.
    const far = await plan(`${top}/d`, "p".repeat(245));
    deepStrictEqual(far.jobs.map(({ remote, problem }) => [remote.slice(246), problem !== undefined]), [
      ["links/deep", true],
      ["x", false],
    ]);
  } finally {
    await Deno.remove(top, { recursive: true });
  }
});

Deno.test("The only source that is not there ends the command; of several it is a file that failed", async () => {
  const order = { pk: "", direction: "upload", path: "t", local: ["/nowhere/x"] } as const;
  const none = { recursive: false, listed: [] };
  await rejects(planUpload(order, none), /Cannot read \/nowhere\/x/);
  const { jobs } = await planUpload({ ...order, local: ["/nowhere/x", "/nowhere/y"] }, none);
  deepStrictEqual(jobs.map(({ remote, problem }) => [remote, problem !== undefined]), [
    ["t/x", true],
    ["t/y", true],
  ]);
});
