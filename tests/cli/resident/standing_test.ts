/** What is told of others who want something of us, and of what they have decided: apps over a network in memory. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { PeerNames } from "../../../cli/names/peers.ts";
import { Standings } from "../../../cli/resident/standing.ts";
import { standing } from "../../../cli/words/standing.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { worldTests } from "../../app/chat_world.ts";
import { GroupWorld } from "../../app/groups/group_world.ts";

class StandingWorld extends GroupWorld {
  /** Lines of all that has happened to somebody so far; keys are names. */
  async told(app: LocalApp, people: Readonly<Record<string, string>>): Promise<string[]> {
    const names = { of: (pk: string) => people[pk] } as unknown as PeerNames;
    const standings = new Standings(app, names);
    const last = await app.events.cursor() ?? 0;
    const lines: string[] = [];
    for await (const event of app.events.follow(0, new AbortController().signal)) {
      const line = event.kind === "network" ? await standings.lineOf(event) : undefined;
      if (line !== undefined) lines.push(standing(line));
      if (event.cursor >= last) break;
    }
    return lines;
  }
}

const test = worldTests(StandingWorld);

test("Who asks to be let in is told with what to say to that, then what an admin has decided, each once", async (world) => {
  const alice = await world.member("alice");
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "approval" }),
  );
  const bob = await world.member("bob");
  await world.done(bob.groups.join({ link: invite }));
  await world.pass(5_000);
  const people = { [alice.pk]: "alice", [bob.pk]: "bob" };
  const head = "[ops/group] *";
  deepStrictEqual(await world.told(alice, people), [
    `${head} bob asks to be let in: dmsg group approve ${group.slice(0, 8)} bob`,
  ]);
  await world.done(alice.groups.decide({ group, action: "approve", peer: bob.pk }));
  await world.pass(40_000);
  deepStrictEqual(await world.told(bob, people), [`${head} we are in it now`]);
  await world.done(alice.groups.decide({ group, action: "remove", peer: bob.pk }));
  await world.pass(10_000);
  deepStrictEqual(await world.told(bob, people), [`${head} an admin has removed us`]);
  deepStrictEqual(await world.told(alice, people), [], "what was answered asks for nothing any more");
});

test("Who asks to be paired is told with what to say to that, and what the other has answered", async (world) => {
  const [alice, bob, carol] = [
    await world.member("alice"),
    await world.member("bob"),
    await world.member("carol"),
  ];
  const people = { [alice.pk]: "alice", [bob.pk]: "bob" };
  for (const app of [bob, carol]) await world.done(app.pairs.add({ peer: alice.pk }));
  await world.pass(1_000);
  deepStrictEqual(await world.told(alice, people), [
    "[bob/pair] * asks to be paired: dmsg pair accept bob",
    `[${carol.pk}/pair] * asks to be paired: dmsg pair accept ${carol.pk}`,
  ]);
  await world.done(alice.pairs.accept({ peer: bob.pk }));
  await world.done(alice.pairs.decline({ peer: carol.pk }));
  await world.pass(5_000);
  deepStrictEqual(await world.told(alice, people), ["[bob/pair] * we are paired now"]);
  deepStrictEqual(await world.told(bob, people), ["[alice/pair] * we are paired now"]);
  deepStrictEqual(await world.told(carol, people), ["[alice/pair] * does not want to be paired"]);
});

test("However often a group has changed meanwhile, it is looked up once how we stand", async (world) => {
  const { group, apps: [alice, bob, carol] } = await world.group("private", "bob", "carol");
  for (let i = 0; i < 5; i++) {
    for (const action of ["mute", "unmute"] as const) {
      await world.done(alice.groups.decide({ group, action, peer: carol.pk }));
      await world.pass(2_000);
    }
  }
  const changes: unknown[] = [];
  let listed = 0;
  const { groups } = bob;
  const counting = Object.assign(Object.create(bob), {
    groups: Object.assign(Object.create(groups), { list: () => (listed++, groups.list()) }),
  });
  const last = await bob.events.cursor() ?? 0;
  const standings = new Standings(counting, { of: () => undefined } as unknown as PeerNames);
  for await (const event of bob.events.follow(0, new AbortController().signal)) {
    if (event.kind === "network") {
      if (event.name === "group-changed") changes.push(event);
      await standings.lineOf(event);
    }
    if (event.cursor >= last) break;
  }
  ok(changes.length >= 10, `${changes.length}`);
  deepStrictEqual(listed, 1);
});

test("That we are let in is told as it happens: the roster that has us comes behind the admin's word", async (world) => {
  const alice = await world.member("alice");
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "approval" }),
  );
  const bob = await world.member("bob");
  await world.done(bob.groups.join({ link: invite }));
  await world.pass(5_000);
  await world.done(alice.groups.decide({ group, action: "approve", peer: bob.pk }));
  await world.pass(100_000);
  const as = async (status: string): Promise<string[]> => {
    const list = async () => (await bob.groups.list()).map((view) => ({ ...view, status }));
    const { groups } = bob;
    return await world.told(
      Object.assign(Object.create(bob), { groups: Object.assign(Object.create(groups), { list }) }),
      {},
    );
  };
  for (const status of ["active", "pending", "awaiting_approval"]) {
    deepStrictEqual(await as(status), ["[ops/group] * we are in it now"], status);
  }
  for (const status of ["left", "denied"]) deepStrictEqual(await as(status), [], status);
});
