import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import type { Context } from "../../../cli/context.ts";
import { shellFor } from "../../../cli/exec/child.ts";
import { openExec } from "../../../cli/exec/exec.ts";
import { PeerNames } from "../../../cli/names/peers.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { memoryFiles } from "../../fakes/files.ts";

Deno.test("A command goes to the shell as it was written, quotes and all", () => {
  const command = `jq -r ".body" >> "my inbox.txt"`;
  deepStrictEqual(shellFor(command, "unix"), ["/bin/sh", { args: ["-c", command] }]);
  const [program, { args, windowsRawArguments }] = shellFor(command, "windows");
  deepStrictEqual([program, args], ["cmd.exe", ["/d", "/s", "/c", `"${command}"`]]);
  strictEqual(windowsRawArguments, true);
});

/** What a start takes for done, and whether it said that it does not know. */
async function markIn(text: string | undefined, isOwn = true) {
  const files = memoryFiles(text === undefined ? {} : { "/exec.cursor": text });
  const told: string[] = [];
  const print = { note: (name: string): void => void told.push(name) };
  const signal = new AbortController().signal;
  const context = {
    files,
    print,
    signal,
    clock: new FakeClock(0, 0n),
    atDeath: new Set(),
  } as unknown as Context;
  const limits = { jobs: 1, timeoutMs: undefined };
  const names = new PeerNames(context);
  const { mark } = await openExec(context, {
    command: "true",
    limits,
    path: "/exec.cursor",
    isOwn,
    start: 7,
    names,
  });
  return { mark, told, aside: files.kept.has("/exec.cursor.damaged-1") };
}

Deno.test("A mark of --exec that is damaged lets no message be missed", async () => {
  const text = '{"version":2,"cursor":1200034,"done":[1300071,1400022]}\n';
  const mark = { cursor: 1200034, done: [1300071, 1400022] };
  deepStrictEqual(await markIn(undefined), { mark: { cursor: 7, done: [] }, told: [], aside: false });
  deepStrictEqual(await markIn(text), { mark, told: [], aside: false });
  deepStrictEqual(await markIn(`${text}garbage`), { mark, told: [], aside: true });
  deepStrictEqual(await markIn(text.slice(0, -6)), {
    mark: { ...mark, done: [1300071] },
    told: [],
    aside: true,
  });
  deepStrictEqual(await markIn(text.slice(0, 40)), { mark: { ...mark, done: [] }, told: [], aside: true });
  const lost = { mark: { cursor: 0, done: [] }, told: ["markLost"] };
  for (const nothing of ["", "\0\0\0"]) deepStrictEqual(await markIn(nothing), { ...lost, aside: false });
  for (const other of ["garbage", text.slice(0, 24)]) {
    deepStrictEqual(await markIn(other), { ...lost, aside: true });
  }
});

Deno.test("A file that somebody names for the mark stays as it is when it is another one", async () => {
  for (const other of ["# my notes", '{"cursor":"x"}', "[1,2]"]) {
    await rejects(markIn(other, false), /does not say which messages are done/);
  }
  deepStrictEqual((await markIn("", false)).told, ["markLost"]);
});
