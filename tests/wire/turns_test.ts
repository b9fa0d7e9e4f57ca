import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Turns } from "../../lib/wire/turns.ts";

Deno.test("Turns run one behind the other, also behind one that failed, and tell each what its own gave", async () => {
  const turns = new Turns();
  const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const log: string[] = [];
  const work = (name: string, until: Promise<string>) => () => {
    log.push(`${name} begins`);
    return until.finally(() => log.push(`${name} ends`));
  };
  const one = turns.run(work("one", first.promise));
  const two = turns.run(work("two", second.promise));
  const three = turns.run(() => {
    throw new Error("at once");
  });
  deepStrictEqual(log, [], "nothing begins inside the call");
  let isIdle = false;
  const idle = turns.idle().then(() => isIdle = true);
  second.resolve("2");
  await Promise.resolve();
  deepStrictEqual(log, ["one begins"]);
  first.reject(new Error("no"));
  await rejects(one, /no/);
  strictEqual(await two, "2");
  await rejects(three, /at once/);
  deepStrictEqual(log, ["one begins", "one ends", "two begins", "two ends"]);
  await idle;
  strictEqual(isIdle, true);
  strictEqual(await turns.run(() => 4), 4);
});

Deno.test("Turns are idle with what was given until then, not with what comes behind it", async () => {
  const turns = new Turns();
  await turns.idle();
  const later = Promise.withResolvers<void>();
  const before = turns.run(() => Promise.resolve());
  const idle = turns.idle();
  const behind = turns.run(() => later.promise);
  await idle;
  later.resolve();
  await Promise.all([before, behind]);
});
