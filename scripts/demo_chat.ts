// deno task demo:chat
/**
 * Opens `dmsg chat` on a private network with two people and a group that answer. Keeps nothing.
 *
 * @module
 */
import { ANSWERING, makeIdentity } from "./demo_parts.ts";
import { command, MAIN, runDemo, type Stage } from "./demo_stage.ts";

/** Who answers in the group. */
const BOT = new URL("demo_bot.ts", import.meta.url).href;

/** Starts everything, and leaves the terminal to the chat. */
async function tour(stage: Stage): Promise<void> {
  const { dir } = stage;
  console.log("Starting a private network, two people and a group …");
  const { discovery } = await stage.network();
  const who = (name: string): string[] => ["--identity", name, "--data-dir", dir];
  const run = async (...args: string[]): Promise<string> => {
    const { success, stdout, stderr } = await command([MAIN, ...args], "null").output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  };
  const online = ["--discovery", discovery];
  const you = await makeIdentity("you", dir);
  for (const name of ["alice", "bob", "carol"]) {
    await run("alias", "add", name, await makeIdentity(name, dir));
  }
  for (const name of ["alice", "bob"]) {
    await stage.start([ANSWERING, name, discovery, dir, ...(name === "alice" ? [you] : [])]).next();
  }
  const created = await run(
    "group",
    "create",
    "friends",
    "--join",
    "link",
    "--json",
    ...who("carol"),
    ...online,
  );
  const bot = ["--", Deno.execPath(), "run", BOT, "carol"];
  await stage.start([MAIN, "bot", "run", "--in", "friends", "--json", ...who("carol"), ...online, ...bot])
    .next();
  await run("group", "join", JSON.parse(created).invite, ...who("you"), ...online);
  const { success, code } = await command([MAIN, "chat", ...who("you"), ...online], "inherit").spawn().status;
  if (!success) throw new Error(`dmsg chat ended with status ${code}`);
}

if (!Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) {
  console.error("deno task demo:chat needs a terminal; deno task demo needs none.");
  Deno.exit(2);
}
// The chat ends by itself, whatever ends it; we clean up after it.
Deno.exit(await runDemo(tour, ["SIGINT", "SIGTERM", "SIGHUP"]));
