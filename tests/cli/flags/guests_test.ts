import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import type { Context } from "../../../cli/context.ts";
import { openDoor } from "../../../cli/flags/guests.ts";
import { exposing } from "../../../cli/words/bridge.ts";
import { systemClock } from "../../../lib/sys/clock.ts";
import { systemFiles } from "../../../lib/sys/files/files.ts";
import { memoryFiles } from "../../fakes/files.ts";

const US = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const BOB = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";
const CAROL = "02f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9";

/** Who is let in, as it is said, and what is wrong with the list. */
async function doorOf(
  invitation: { whitelist?: string; allow?: string[]; anyone?: boolean },
  texts: Record<string, string> = {},
) {
  const problems: string[] = [];
  const context = { files: memoryFiles(texts) } as unknown as Context;
  const opened = { app: { pk: US }, directory: "/d" } as unknown as Parameters<typeof openDoor>[1];
  const { open, list, allow, accessOf } = await openDoor(
    context,
    opened,
    { allow: [], anyone: false, ...invitation },
    { file: "expose-whitelist" },
    (reason) => void problems.push(reason),
  );
  const said = exposing({ event: "exposing", local: "L", address: "A", open, list, allow });
  const lets = [US, BOB, CAROL].map(async (pk) => await accessOf(pk) !== undefined);
  const who = said.slice("Exposing L as A, ".length, said.indexOf("\n"));
  return { who, lets: await Promise.all(lets), problems };
}

Deno.test("Who is let in is said as it is: by --allow, by a list, or by both", async () => {
  const bob = { whitelist: "/l", allow: [BOB] };
  deepStrictEqual(await doorOf({ allow: [BOB] }), {
    who: "for 1 key of --allow and those in /d/expose-whitelist",
    lets: [true, true, false],
    problems: [],
  });
  deepStrictEqual((await doorOf(bob, { "/l": CAROL })).lets, [true, true, true]);
  strictEqual(
    (await doorOf({ whitelist: "/l", allow: [BOB, CAROL, BOB] }, { "/l": "" })).who,
    "for 2 keys of --allow and those in /l",
  );
  strictEqual((await doorOf({ whitelist: "/l" }, { "/l": CAROL })).who, "for the keys in /l");
  strictEqual((await doorOf({ anyone: true })).who, "for every peer");
});

Deno.test("A list that can't be used shuts out nobody whom --allow names, and does not say so", async () => {
  const bob = { whitelist: "/l", allow: [BOB] };
  for (const texts of [{}, { "/l": "garbage" }] as Record<string, string>[]) {
    const { lets, problems } = await doorOf(bob, texts);
    deepStrictEqual(lets, [true, true, false]);
    const ends = problems.map((reason) => reason.split("; ").at(-1));
    deepStrictEqual(ends, ["nobody but our own key and those of --allow are let in"]);
    const alone = await doorOf({ whitelist: "/l" }, texts);
    strictEqual(alone.problems[0].split("; ").at(-1), "nobody but our own key is let in");
  }
});

Deno.test("A list below a file, which nothing can look at, is told once and shuts out all that it would list", async () => {
  const directory = await Deno.makeTempDir();
  await Deno.writeTextFile(`${directory}/file`, "");
  const problems: string[] = [];
  const { accessOf } = await openDoor(
    { files: systemFiles, clock: systemClock() } as unknown as Context,
    { app: { pk: US }, directory } as unknown as Parameters<typeof openDoor>[1],
    { allow: [], anyone: false, whitelist: `${directory}/file/list` },
    { file: "expose-whitelist" },
    (reason) => void problems.push(reason),
  );
  strictEqual(problems.length, 1);
  match(problems[0], /file\/list.*; nobody but our own key is let in$/);
  deepStrictEqual([await accessOf(US) !== undefined, await accessOf(BOB)], [true, undefined]);
  await Deno.remove(directory, { recursive: true });
});
