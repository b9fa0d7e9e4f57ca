/** Lists, boards and polls between real processes: with a peer, and in a group. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { makeIdentity } from "../../scripts/demo_parts.ts";
import { command, MAIN, Stage } from "../../scripts/demo_stage.ts";

const PATIENCE_MS = 60_000;

Deno.test({
  name: "Two people keep a list, a group keeps a board, over real sockets",
  ignore: Deno.build.os === "windows",
}, async () => {
  await using stage = await Stage.open();
  const { dir } = stage;
  const { discovery } = await stage.network();
  const keys = { alice: await makeIdentity("alice", dir), bob: await makeIdentity("bob", dir) };
  const who = (name: keyof typeof keys): string[] => ["--identity", name, "--data-dir", dir, "--json"];
  for (const name of ["alice", "bob"] as const) await stage.daemon(name, discovery);
  const run = async (
    name: keyof typeof keys,
    ...args: string[]
  ): Promise<{ status: number; lines: Line[] }> => {
    const { stdout, code } = await command([MAIN, ...args, ...who(name)], "null").output();
    const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
    return { status: code, lines: lines.map((line) => JSON.parse(line)) };
  };
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    const endMs = performance.now() + PATIENCE_MS;
    while (!await holds()) ok(performance.now() < endMs, "it did not happen in time");
  };
  const online = ["--discovery", discovery];
  const made = await run("alice", "list", "new", keys.bob, "Shopping", ...online);
  deepStrictEqual([made.status, made.lines[0].state, made.lines[0].line], [
    0,
    "acked",
    "[list] made Shopping",
  ]);
  strictEqual((await run("alice", "list", "add", keys.bob, "Shopping", "milk", ...online)).status, 0);
  const items = await run("bob", "list", "show", keys.alice, "Shopping");
  deepStrictEqual(items.lines.map(({ number, text, done }) => [number, text, done]), [[1, "milk", false]]);
  strictEqual((await run("bob", "list", "check", keys.alice, "Shopping", "milk", ...online)).status, 0);
  strictEqual((await run("alice", "list", "show", keys.bob, "Shopping")).lines[0].done, true);
  // In a group, by its name.
  const created = await run("alice", "group", "create", "ops", "--join", "link", ...online);
  const invite = String(created.lines[0].invite ?? "");
  ok(invite.startsWith("skychat:invite:"), JSON.stringify(created.lines));
  strictEqual((await run("bob", "group", "join", invite, ...online)).status, 0);
  const post = await run("alice", "board", "post", "ops", "Bike for sale", ...online);
  deepStrictEqual([post.status, post.lines[0].state], [0, "kept-by-others"]);
  await until(async () => (await run("bob", "board", "ls", "ops")).lines.length === 1);
  const id = String(post.lines[0].id);
  strictEqual(
    (await run("bob", "board", "reply", "ops", id.slice(0, 8), "How much?", ...online)).status,
    0,
  );
  strictEqual((await run("bob", "board", "edit", "ops", id, "Mine", ...online)).status, 4);
  strictEqual((await run("alice", "board", "pin", "ops", id, ...online)).status, 0);
  await until(async () => {
    const [first] = (await run("alice", "board", "ls", "ops")).lines;
    return first.replies === 1 && first.unread === 1 && first.pinned === true;
  });
});

type Line = Record<string, unknown>;
