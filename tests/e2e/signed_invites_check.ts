/** Signed invites between three real processes: one place and two who want it; revoked; over by the clock. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { makeIdentity } from "../../scripts/demo_parts.ts";
import { command, MAIN, Stage } from "../../scripts/demo_stage.ts";

type Line = Record<string, unknown>;
const NAMES = ["alice", "bob", "carol"] as const;
type Name = typeof NAMES[number];

interface Run {
  readonly status: number;
  readonly lines: Line[];
  readonly error: string;
}

Deno.test({
  name: "A signed invite lets one of two in, the other is told why not, and so is who comes by a revoked one",
  ignore: Deno.build.os === "windows",
}, async () => {
  await using stage = await Stage.open();
  const { dir } = stage;
  const { discovery } = await stage.network();
  const keys = new Map<Name, string>();
  for (const name of NAMES) keys.set(name, await makeIdentity(name, dir));
  const who = (name: Name): string[] => ["--identity", name, "--data-dir", dir, "--json"];
  for (const name of NAMES) await stage.daemon(name, discovery);
  const run = async (name: Name, ...args: string[]): Promise<Run> => {
    const { stdout, code } = await command([MAIN, ...args, ...who(name)], "null").output();
    const text = new TextDecoder().decode(stdout);
    const lines = text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
    return { status: code, lines, error: text };
  };
  const online = ["--discovery", discovery];
  const join = (name: Name, link: unknown): Promise<Run> =>
    run(name, "group", "join", String(link), "--wait", "60s", ...online);
  strictEqual((await run("alice", "group", "create", "ops", ...online)).status, 0);

  const one = await run("alice", "group", "invite", "ops", "--uses", "1", "--note", "welcome");
  deepStrictEqual([one.status, one.lines[0].state, one.lines[0].uses], [0, "open", 1], one.error);
  // Two want the one place at once.
  const both = await Promise.all([join("bob", one.lines[0].link), join("carol", one.lines[0].link)]);
  deepStrictEqual(both.map(({ status }) => status).sort(), [0, 4], both.map(({ error }) => error).join());
  const out: Name = both[0].status === 4 ? "bob" : "carol";
  const isIn: Name = out === "bob" ? "carol" : "bob";
  ok(both.some(({ error }) => error.includes("is used up")), both.map(({ error }) => error).join());
  strictEqual((await join(isIn, one.lines[0].link)).status, 0, "twice is once");
  const [shown] = (await run("alice", "invite", "ls")).lines;
  deepStrictEqual([shown.kind, shown.state, shown.link], ["issued", "used-up", undefined]);
  deepStrictEqual((shown.used as Line[]).map(({ pk }) => pk), [keys.get(isIn)]);

  const two = await run("alice", "group", "invite", "ops", "--uses", "2", "--expires", "2d");
  const id = String(two.lines[0].id).slice(0, 8);
  strictEqual((await run("alice", "invite", "revoke", id, ...online)).status, 0);
  strictEqual((await run("alice", "invite", "revoke", id, ...online)).status, 2, "it is so already");
  const late = await join(out, two.lines[0].link);
  deepStrictEqual([late.status, late.error.includes("was revoked")], [4, true], late.error);
  const [standing] = (await run(out, "group", "ls")).lines;
  deepStrictEqual([standing.status, standing.invite_ended], ["denied", "revoked"]);

  const again = await run("alice", "group", "invite", "ops", "--uses", "2");
  const sent = await run("alice", "invite", "show", String(again.lines[0].id).slice(0, 8));
  strictEqual(sent.lines[0].link, again.lines[0].link);
  strictEqual((await join(out, again.lines[0].link)).status, 0, "another one lets it in");

  // One that was said in a conversation: who accepts it is told when it is in.
  strictEqual((await run("alice", "group", "create", "crew", ...online)).status, 0);
  const said = await run("alice", "invite", "send", keys.get("bob")!, "crew", "--uses", "1", ...online);
  strictEqual(said.status, 0, said.error);
  const taken = await run("bob", "invite", "accept", keys.get("alice")!, ...online);
  deepStrictEqual([taken.status, taken.lines[0].state], [0, "accepted"], taken.error);
});
