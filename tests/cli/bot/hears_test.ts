/** What of a group's messages a bot is handed: apps over a network in memory. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Hears } from "../../../cli/bot/hears.ts";
import { Unread, type UnreadParts } from "../../../cli/resident/unread.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { generateKeyPair } from "../../../lib/crypto/keys.ts";
import type { Clock } from "../../../lib/sys/clock.ts";
import { seededRandom } from "../../fakes/random.ts";
import { rekeyedChanges } from "../../../lib/app/pairs/rekeyed.ts";
import type { MessageView } from "../../../lib/app/messages/messages.ts";
import { worldTests } from "../../app/chat_world.ts";
import { GroupWorld } from "../../app/groups/group_world.ts";

class HearingWorld extends GroupWorld {
  /** Texts that a bot of somebody is handed of all that has happened to it so far. */
  async heard(app: LocalApp, hears = new Hears(app, this.clock)): Promise<string[]> {
    const last = await app.events.cursor() ?? 0;
    const texts: string[] = [];
    for await (const event of app.events.follow(0, new AbortController().signal)) {
      if (event.kind === "message" && await hears.takes(event.message)) texts.push(event.message.text);
      if (event.cursor >= last) break;
    }
    return texts;
  }
}

const test = worldTests(HearingWorld);

for (const kind of ["public", "private"] as const) {
  test(`A bot that comes into a ${kind} group is handed what is said from then on`, async (world) => {
    const alice = await world.member("alice");
    const { group, invite } = await world.done(alice.groups.create({ name: "ops", kind, join: "approval" }));
    const say = (text: string) => world.done(alice.groups.send({ group, text, waitMs: 0 }));
    await say("before it asked");
    const bot = await world.member("bob");
    await world.done(bot.groups.join({ link: invite }));
    await world.pass(5_000);
    if (kind === "private") {
      await say("before it was let in");
      await world.done(alice.groups.decide({ group, action: "approve", peer: bot.pk }));
    }
    await world.pass(40_000);
    await say("to the bot");
    await world.pass(10_000);
    deepStrictEqual(await world.heard(bot), ["to the bot"]);
    strictEqual((await bot.messages.history({ peer: group, limit: 9 })).length, kind === "public" ? 2 : 3);

    // And again after it was out.
    await world.done(alice.groups.decide({ group, action: "remove", peer: bot.pk }));
    await world.pass(10_000);
    await say("behind its back");
    await world.done(alice.groups.decide({ group, action: "add", peer: bot.pk }));
    await world.done(bot.groups.join({ link: group }));
    await world.pass(40_000);
    await say("to the bot again");
    await world.pass(10_000);
    deepStrictEqual((await world.heard(bot)).at(-1), "to the bot again");
    deepStrictEqual((await world.heard(bot)).includes("behind its back"), false);
  });
}

test("A bot that a clock a day ahead lets in hears at once, and once it is out and in again", async (world) => {
  const { clock } = world;
  const ahead: Clock = {
    nowMs: () => clock.nowMs(),
    wallNs: () => clock.wallNs() + 86_400_000_000_000n,
    after: (delayMs, run) => clock.after(delayMs, run),
  };
  const own = generateKeyPair(seededRandom("key alice"));
  const alice = await world.open("alice", { own, clock: ahead });
  const carol = await world.member("carol");
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "public", join: "approval" }),
  );
  await world.done(carol.groups.join({ link: invite }));
  await world.pass(5_000);
  const say = async (text: string) => {
    await world.done(carol.groups.send({ group, text, waitMs: 0 }));
    await world.pass(10_000);
  };
  await say("before");
  const bot = await world.member("bob");
  await world.done(bot.groups.join({ link: invite }));
  await world.pass(20_000);
  await say("one");
  deepStrictEqual(await world.heard(bot), ["one"]);
  await world.done(alice.groups.decide({ group, action: "remove", peer: bot.pk }));
  await world.pass(20_000);
  await say("behind its back");
  await world.done(alice.groups.decide({ group, action: "add", peer: bot.pk }));
  await world.done(bot.groups.join({ link: group }));
  await world.pass(60_000);
  await say("two");
  deepStrictEqual((await world.heard(bot)).slice(-1), ["two"]);
  clock.setWall(clock.wallNs() + 2n * 86_400_000_000_000n);
  await say("three");
  deepStrictEqual((await world.heard(bot)).slice(-1), ["three"]);
});

test("What a ban hid is no news when it is taken back, unless nothing was left of it when its turn came", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("public", "bob");
  const say = async (text: string) => {
    await world.done(bob.groups.send({ group, text, waitMs: 2_000 }));
    await world.pass(1_000);
  };
  const lines: string[] = [];
  const names = { loadFor: () => Promise.resolve() };
  const context = { clock: world.clock, print: { hasRoom: true } };
  const unread = new Unread({ context, app: alice, names } as unknown as UnreadParts, 0, {
    onMessage: ({ message }) => void lines.push(message.text),
    onStanding: () => {},
  });
  const read = () => world.done(unread.rest(new AbortController().signal));
  const decide = async (...actions: ("ban" | "unban" | "add")[]) => {
    for (const action of actions) await world.done(alice.groups.decide({ group, action, peer: bob.pk }));
    await world.pass(60_000);
  };
  await say("one");
  await read();
  await say("two");
  await decide("ban");
  await read();
  await decide("unban", "add");
  await world.done(bob.groups.join({ link: group }));
  await world.pass(60_000);
  await say("three");
  deepStrictEqual(await world.texts(alice, group), ["one", "three", "two"]);
  await read();
  deepStrictEqual(lines, ["one", "two", "three"]);
  deepStrictEqual(await world.heard(alice), ["one", "two", "three"]); // a bot that begins with all of that
  await decide("ban", "unban", "add");
  await read();
  deepStrictEqual(lines.slice(3), []);
  const kept = await world.done(alice.messages.history({ peer: group, limit: 9, lines: true }));
  deepStrictEqual(kept.filter(({ state }) => state !== "deleted").map(({ again }) => again), [
    true,
    true,
    true,
  ]);
});

test("The founder's bot is handed all, one of a person what it says", async (world) => {
  const [alice, bob] = [await world.member("alice"), await world.member("bob")];
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "public", join: "approval" }),
  );
  await world.done(bob.groups.join({ link: invite }));
  await world.pass(5_000);
  await world.done(bob.groups.send({ group, text: "one", waitMs: 0 }));
  await world.pass(10_000);
  deepStrictEqual(await world.heard(alice), ["one"]);
  deepStrictEqual(await world.heard(alice, new Hears(alice, world.clock, [bob.pk])), []);
});

test("No bot is handed what nobody has written, or what no key opens", async (world) => {
  const alice = await world.member("alice");
  const hears = new Hears(alice, world.clock);
  const said: MessageView = {
    peer: "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50",
    sender: alice.pk,
    position: 1,
    outgoing: false,
    text: "x",
    ts: "2026-11-30T00:00:00Z",
    state: "received",
    via: "group",
  };
  strictEqual(await hears.takes(said), true);
  strictEqual(await hears.takes({ ...said, reason: "unverified" }), true);
  for (const reason of ["restarted", "forked", "sealed"]) {
    strictEqual(await hears.takes({ ...said, reason }), false, reason);
  }
  const ofPair = { ...said, peer: alice.pk, via: "pair" } as const;
  strictEqual(await hears.takes(ofPair), true);
  strictEqual(
    await hears.takes({ ...ofPair, reason: rekeyedChanges(alice.pk, 1n, 2n)[0].message.reason }),
    false,
  );
  strictEqual(await hears.takes({ ...said, outgoing: true }), false);
  strictEqual(await hears.takes({ ...said, state: "deleted" }), false);
});
