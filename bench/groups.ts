/**
 * A group in one process: messages a second until every member has kept them, beside the same messages sent directly
 * to each. Streams and stores are in memory, so that what is measured is our own work: signatures, seals, feeds, acks.
 *
 * @module
 */
import type { LocalApp } from "../lib/app/local.ts";
import { generateKeyPair } from "../lib/crypto/keys.ts";
import { systemClock } from "../lib/sys/clock.ts";
import { party } from "../tests/app/local/pair.ts";
import { ChatHub } from "../tests/fakes/chat_hub.ts";
import { seededRandom } from "../tests/fakes/random.ts";
import { ratios, shown } from "./stats.ts";

/** How often what is kept is counted. */
const LOOK_MS = 5;
/** One round takes no longer. */
const PATIENCE_MS = 300_000;

/** Runs it, and prints both rates and their ratio. */
export async function benchGroups(rounds = 3, size = 16, count = 100): Promise<void> {
  const clock = systemClock();
  const hub = new ChatHub();
  const apps: LocalApp[] = [];
  for (let i = 0; i < size; i++) {
    const own = generateKeyPair(seededRandom(`key m${i}`));
    apps.push((await party(hub, `m${i}`, clock, { own })).app);
  }
  try {
    const [first, ...others] = apps;
    const { group, invite } = await first.groups.create({ name: "bench", kind: "private", join: "link" });
    for (const app of others) await app.groups.join({ link: invite });
    await until(async () =>
      (await Promise.all(apps.map((app) => app.groups.list()))).every(([it]) => it.members === size)
    );
    const inGroup: number[] = [];
    const direct: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      const kept = async (peer: string): Promise<number> => {
        const counts = others.map(async (app) =>
          (await app.messages.history({ peer, limit: 1 }))[0]?.position ?? 0
        );
        return Math.min(...await Promise.all(counts));
      };
      inGroup.push(
        await rate(count, async () => {
          for (let i = 0; i < count; i++) await first.groups.send({ group, text: `message ${i}`, waitMs: 0 });
          await until(async () => await kept(group) >= round * count);
        }),
      );
      direct.push(
        await rate(count, async () => {
          const sends = others.flatMap(({ pk }) =>
            Array.from(
              { length: count },
              (_, i) => first.messages.send({ to: { pk, port: 1 }, text: `message ${i}`, waitMs: 60_000 }),
            )
          );
          await Promise.all(sends);
          await until(async () => await kept(first.pk) >= round * count);
        }),
      );
    }
    console.log(`groups: ${count} messages to ${size - 1} others, in one process, until all have kept them`);
    console.log(`  in a group        ${shown(inGroup)} messages/s`);
    console.log(`  directly to each  ${shown(direct)} messages/s`);
    console.log(`  ratio             ${shown(ratios(inGroup, direct), 2)}`);
  } finally {
    await Promise.all(apps.map((app) => app.close()));
  }
}

async function rate(count: number, run: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await run();
  return count * 1000 / (performance.now() - startMs);
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!await isTrue()) {
    if (performance.now() > endMs) throw new Error("it did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
