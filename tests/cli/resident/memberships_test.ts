/** What a command that stays says of groups that we are put out of: apps over a network in memory. */
import { deepStrictEqual } from "node:assert/strict";
import { Memberships } from "../../../cli/resident/memberships.ts";
import { wording } from "../../../cli/words/wording.ts";
import { worldTests } from "../../app/chat_world.ts";
import { GroupWorld } from "../../app/groups/group_world.ts";

const test = worldTests(GroupWorld);

test("Whoever listens in a group is told once that it was put out, why, and that it is back", async (world) => {
  const alice = await world.member("alice");
  const found = (name: string) =>
    world.done(alice.groups.create({ name, kind: "private", join: "approval" }));
  const [{ group, invite }, other] = [await found("ops"), await found("news")];
  const bob = await world.member("bob");
  for (const link of [invite, other.invite]) await world.done(bob.groups.join({ link }));
  await world.pass(5_000);
  const [all, one, none] = [[], [group], [bob.pk]].map((only) => new Memberships(bob.groups, only));
  const words = (changes: Awaited<ReturnType<Memberships["begin"]>>) =>
    changes.map((change) => wording.membership(change));
  deepStrictEqual(words(await all.begin()), []);
  deepStrictEqual(words(await none.begin()), []);
  deepStrictEqual(words(await one.begin()), ["We are not in ops: an admin has not decided yet"]);

  let cursor = 0;
  const told = async (): Promise<string[][]> => {
    const last = await bob.events.cursor() ?? 0;
    const lines: string[][] = [[], [], []];
    for await (const event of bob.events.follow(cursor, new AbortController().signal)) {
      for (const [i, memberships] of [all, one, none].entries()) {
        if (event.kind === "network") lines[i].push(...words(await memberships.changed(event)));
      }
      if (event.cursor >= last) break;
    }
    cursor = last;
    return lines;
  };
  const decide = async (action: "approve" | "remove" | "add" | "ban", of = group): Promise<void> => {
    await world.done(alice.groups.decide({ group: of, action, peer: bob.pk }));
    await world.pass(40_000);
  };
  for (const one of [group, other.group]) await decide("approve", one);
  deepStrictEqual(await told(), [["We are in ops now", "We are in news now"], ["We are in ops now"], []]);
  await decide("remove");
  deepStrictEqual(await told(), [
    ["We are not in ops: an admin has removed us"],
    ["We are not in ops: an admin has removed us"],
    [],
  ]);
  await decide("ban", other.group);
  deepStrictEqual(await told(), [["We are not in news: an admin has banned us"], [], []]);
  await decide("add");
  await world.done(bob.groups.join({ link: group }));
  await world.pass(40_000);
  deepStrictEqual((await told()).map((lines) => lines.at(-1)), [
    "We are in ops now",
    "We are in ops now",
    undefined,
  ]);
  await world.done(bob.groups.drop({ group }));
  deepStrictEqual(await told(), [
    ["We are not in ops: it was deleted here"],
    ["We are not in ops: it was deleted here"],
    [],
  ]);
});
