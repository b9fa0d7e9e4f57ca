// Real processes whose wall clock was wrong for a while, as on a machine without a battery clock.
import { match, ok, strictEqual } from "node:assert/strict";
import { clockStage, DAY_MS } from "./clock_stage.ts";
import { Running } from "./network.ts";

for (const [title, days] of [["400 days back", -400], ["ten years ahead", 3650]] as const) {
  Deno.test(`A message that was queued with a clock ${title} leaves when its peer comes, and its key can register`, async () => {
    await using stage = await clockStage();
    const all: Running[] = [];
    const start = (...args: string[]): Running => {
      const running = new Running(stage.start(args));
      all.push(running);
      return running;
    };
    try {
      const free = ["--discovery-address", "127.0.0.1:0", "--server-address", "127.0.0.1:0"];
      await start("serve", ...free, "--json").prints("stdout", "\n");
      const pk = (await stage.run("dmsg id --identity bob")).stdout.trim();
      await stage.run("dmsg id --identity alice");
      await stage.putOff(days * DAY_MS);
      // It registers with the wrong clock, and is killed: its entry stays.
      const wrong = start("daemon", "--local", "--identity", "alice");
      await wrong.prints("stdout", " reachable ");
      const queued = await stage.run(`dmsg send --local --identity alice --queue ${pk} later`);
      strictEqual(queued.status, 10, queued.stderr);
      wrong.kill("SIGKILL");
      await wrong.ended();
      await stage.putOff(0);
      const right = start("daemon", "--local", "--identity", "alice");
      await right.prints("stdout", " reachable ");
      await new Promise((resolve) => setTimeout(resolve, 3000));
      const outbox = await stage.run("dmsg outbox --identity alice");
      match(outbox.stdout, /later/, "it waits");
      const bob = start("listen", "--json", "--local", "--identity", "bob");
      ok((await bob.prints("stdout", '"body":"later"')).includes("later"));
    } finally {
      for (const process of all) process.kill("SIGKILL");
      for (const process of all) await process.ended();
    }
  });
}
