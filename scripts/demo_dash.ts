// deno task demo:dash
/**
 * Two visors and one dashboard: each of two machines' bots publishes into one group, a cron job says how it ended, and a
 * third person looks at all of it. Keeps nothing.
 *
 * @module
 */
import { makeIdentity } from "./demo_parts.ts";
import { command, MAIN, runDemo, type Stage } from "./demo_stage.ts";

const NAMES = ["carol", "visor-1", "visor-2"] as const;
type Name = typeof NAMES[number];
/** Waits for what spreads from one member to another. */
const SPREAD_MS = 60_000;

async function tour(stage: Stage): Promise<void> {
  const { dir } = stage;
  console.log("Two visors' bots in one group, and a dashboard of both.\n");
  const { discovery } = await stage.network();
  for (const name of NAMES) await makeIdentity(name, dir);
  const who = (name: Name): string[] => ["--identity", name, "--data-dir", dir];
  const run = async (name: Name, args: string[], after: string[] = []): Promise<string> => {
    const { stdout, stderr, code } = await command([MAIN, ...args, ...who(name), ...after], "null").output();
    if (code === 0) return new TextDecoder().decode(stdout);
    throw new Error(
      `${name}: ${args.join(" ")}: ${new TextDecoder().decode(stdout.length > 0 ? stdout : stderr)}`,
    );
  };
  const online = ["--discovery", discovery];
  for (const name of NAMES) await stage.daemon(name, discovery);
  const created = await run("carol", ["group", "create", "ops", "--join", "link", "--json", ...online]);
  const { invite } = JSON.parse(created) as { invite: string };
  for (const name of ["visor-1", "visor-2"] as const) await run(name, ["group", "join", invite, ...online]);
  console.log(' ✓ carol has founded the group "ops", and both visors are in');
  for (const name of ["visor-1", "visor-2"] as const) {
    const bot = stage.start([MAIN, "bot", "visor", "--in", "ops", "--json", ...who(name), ...online]);
    await bot.next();
  }
  console.log(" ✓ each runs `dmsg bot visor --in ops`");
  const job = ["--", "/bin/sh", "-c", "echo 3 files saved >/dev/stderr"];
  await run("visor-1", ["bot", "cron", "--in", "ops", "--name", "backup", ...online], job);
  console.log(" ✓ visor-1 runs `dmsg bot cron --in ops --name backup -- …`");
  const lateMs = performance.now() + SPREAD_MS;
  for (;;) {
    const widgets = (await run("carol", ["dash", "ops", "--json"])).trim().split("\n").filter((line) =>
      line !== ""
    )
      .map((line) => JSON.parse(line) as { bot: string; id: string });
    const bots = new Set(widgets.filter(({ id }) => id === "uptime").map(({ bot }) => bot));
    if (bots.size === 2 && widgets.some(({ id }) => id === "backup-log")) break;
    if (performance.now() > lateMs) throw new Error("carol does not see the widgets of both");
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  console.log(" ✓ carol sees both, with `dmsg dash ops`:\n");
  console.log(await run("carol", ["dash", "ops"]));
}

Deno.exit(await runDemo(tour));
