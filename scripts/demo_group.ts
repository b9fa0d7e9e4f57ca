// deno task demo:group
/**
 * Groups as a person would follow them: three people in processes of their own, a private group and a public one; one
 * is away and comes back, one is removed, and the founder is killed while the others go on. Keeps nothing.
 *
 * @module
 */
import { makeIdentity } from "./demo_parts.ts";
import { type Child, command, MAIN, runDemo, type Stage } from "./demo_stage.ts";

const NAMES = ["alice", "bob", "carol"] as const;
type Name = typeof NAMES[number];

/** Waits for what spreads from one member to another. */
const SPREAD_MS = 30_000;

async function tour(stage: Stage): Promise<void> {
  const { dir } = stage;
  console.log("Three people, a private dmsg network on this machine, and their groups.\n");
  const { discovery } = await stage.network();
  const who = (name: Name): string[] => ["--identity", name, "--data-dir", dir];
  const keys = Object.fromEntries(
    await Promise.all(NAMES.map(async (name) => [name, await makeIdentity(name, dir)])),
  ) as Record<Name, string>;
  const nameOf = (pk: string): string => NAMES.find((name) => keys[name] === pk) ?? pk.slice(0, 8);
  const running = new Map<Name, Child>();
  const daemon = async (name: Name): Promise<void> => {
    running.set(name, await stage.daemon(name, discovery));
  };
  const group = async (name: Name, ...args: string[]): Promise<Record<string, unknown>[]> => {
    const online = OFFLINE.includes(args[0]) ? [] : ["--discovery", discovery];
    const { stdout, stderr } = await command(
      [MAIN, "group", ...args, "--json", ...who(name), ...online],
      "null",
    ).output();
    const lines = new TextDecoder().decode(stdout).trim().split("\n").filter((line) => line !== "");
    const results = lines.map((line) => JSON.parse(line));
    const error = results.at(-1)?.error;
    if (error !== undefined) {
      throw new Error(`${name}: group ${args[0]}: ${error.message}\n${new TextDecoder().decode(stderr)}`);
    }
    return results;
  };
  const texts = async (name: Name, of: string): Promise<string[]> =>
    (await group(name, "history", of)).map(({ sender_pk, body, reason }) =>
      `${nameOf(String(sender_pk))}: ${reason === "sealed" ? "(sealed)" : body}`
    );
  const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
    const lateMs = performance.now() + SPREAD_MS;
    while (!await holds()) {
      if (performance.now() > lateMs) throw new Error(`it did not come to be that ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    console.log(` ✓ ${what}`);
  };

  for (const name of NAMES) await daemon(name);
  console.log(" ✓ alice, bob and carol each have a daemon");

  const [{ invite }] = await group("alice", "create", "ops", "--mode", "private", "--join", "link");
  console.log(` · alice founds the private group "ops": ${String(invite).slice(0, 40)}…`);
  for (const name of ["bob", "carol"] as const) {
    const [{ status }] = await group(name, "join", String(invite));
    console.log(` ✓ ${name} joins by the link: ${status}`);
  }
  await group("bob", "send", "ops", "Hello, this is bob.");
  await until(
    "carol reads: bob: Hello, this is bob.",
    async () => (await texts("carol", "ops")).includes("bob: Hello, this is bob."),
  );

  await running.get("carol")!.end();
  console.log(" · carol is away");
  await group("alice", "send", "ops", "Carol misses this.");
  await daemon("carol");
  await until(
    "carol is back and reads: alice: Carol misses this.",
    async () => (await texts("carol", "ops")).includes("alice: Carol misses this."),
  );

  const [{ invite: open }] = await group("alice", "create", "news", "--mode", "public");
  await group("bob", "join", String(open));
  await group("alice", "send", "news", "In clear, for everybody.");
  await until(
    'bob reads in the public group "news": alice: In clear, for everybody.',
    async () => (await texts("bob", "news")).length === 1,
  );

  await group("alice", "promote", "ops", keys.bob);
  await until(
    "bob is an admin of ops",
    async () =>
      (await group("bob", "info", "ops"))[0].admins instanceof Array &&
      ((await group("bob", "info", "ops"))[0].admins as string[]).includes(keys.bob),
  );
  await running.get("alice")!.kill();
  console.log(" · alice, the founder, is killed with -9");
  await group("carol", "send", "ops", "Still here.");
  await until(
    "bob reads: carol: Still here.",
    async () => (await texts("bob", "ops")).includes("carol: Still here."),
  );

  await group("bob", "remove", "ops", keys.carol);
  await until(
    "bob removes carol, and she learns of it",
    async () => (await group("carol", "info", "ops"))[0].status === "revoked",
  );
  const [{ key_epoch }] = await group("bob", "info", "ops");
  console.log(` ✓ the group has another key (number ${key_epoch}) that carol never had`);
  await group("bob", "send", "ops", "Carol can't read this.", "--wait", "0");
  const seen = await texts("carol", "ops");
  if (seen.some((text) => text.includes("can't read"))) throw new Error("carol reads what she must not");
  console.log("\nThe server between them saw keys, times and sizes, and not a word.");
}

/** Verbs that look at what is kept and take no flags of the network. */
const OFFLINE: readonly string[] = ["history", "info", "ls", "members"];

Deno.exit(await runDemo(tour));
