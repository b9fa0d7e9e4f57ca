/** For whom things are in a D2 group of whole apps, over a network in memory. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { isNotice } from "../../../lib/app/groups/room/notices.ts";
import { SEALED } from "../../../lib/app/groups/room/shown.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { encodeBody } from "../../../lib/chat/body.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { worldTests } from "../chat_world.ts";
import { party } from "../local/pair.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

class CircleWorld extends GroupWorld {
  id = "";

  /** A founder's group and those who came in by its link. */
  async circle(...names: string[]): Promise<LocalApp[]> {
    const founder = await this.member("alice");
    const made = await this.done(
      founder.groups.create({ name: "ops", kind: "private", join: "link", keys: "d2" }),
    );
    this.id = made.group;
    const apps = [founder];
    for (const name of names) {
      const app = await this.member(name);
      await this.done(app.groups.join({ link: made.invite }));
      apps.push(app);
    }
    await this.pass(90_000); // all have announced their keys, and have them of each other
    return apps;
  }

  say(app: LocalApp, text: string, audience?: { to?: string[]; except?: string[] }) {
    return this.done(app.groups.send({ group: this.id, text, waitMs: 5_000, audience }));
  }

  /** What somebody has of what was said: a text, or why there is none, and for whom it is as far as it can see. */
  async seen(app: LocalApp): Promise<string[]> {
    const { id: group } = this;
    const messages = await this.done(app.messages.history({ peer: group, limit: 100 }));
    const said = messages.filter((message) => message.id !== undefined && !isNotice(message));
    const known = await app.groups.audiences({ group, ids: said.map(({ id }) => id!) });
    return said.map(({ id, text, reason }) => {
      const audience = known.find((one) => one.id === id)?.audience;
      return `${reason === SEALED ? `(${SEALED})` : text}${
        audience === undefined ? "" : ` for ${audience.length}`
      }`;
    });
  }
}

const test = worldTests(CircleWorld);

test("A message for all but one is read by all but that one, who learns nothing of its readers", async (world) => {
  const [alice, bob, carol, dave] = await world.circle("bob", "carol", "dave");
  await world.say(alice, "a surprise", { except: [carol.pk] });
  await world.pass(5_000);
  for (const app of [alice, bob, dave]) deepStrictEqual(await world.seen(app), ["a surprise for 3"]);
  deepStrictEqual(await world.seen(carol), [`(${SEALED})`]);
  const [hidden] = await world.done(carol.messages.history({ peer: world.id, limit: 10 }));
  strictEqual(hidden.sender, alice.pk);
  await rejects(world.say(alice, "x", { except: [world.id] }), /no member/);
});

test("A reply is for the readers of what it answers, or for some of them", async (world) => {
  const [alice, bob, carol] = await world.circle("bob", "carol");
  const { id, ts } = await world.say(alice, "for bob", { to: [bob.pk] });
  await world.pass(5_000);
  // As the screen answers, and Go programs do: the text holds a quote.
  const quoting = encodeBody({ kind: "reply", toSender: alice.pk, toTs: ts, text: "quoting" });
  const { id: answer } = await world.say(bob, quoting);
  await world.done(bob.groups.send({ group: world.id, text: "by id", waitMs: 5_000, replyTo: id }));
  await world.pass(5_000);
  await world.done(alice.groups.send({ group: world.id, text: "and again", waitMs: 5_000, replyTo: answer }));
  const noteToSelf = { group: world.id, text: "mine", waitMs: 0, replyTo: id, audience: { to: [bob.pk] } };
  await world.done(bob.groups.send(noteToSelf));
  await rejects(
    world.done(bob.groups.send({ ...noteToSelf, audience: { to: [carol.pk] } })),
    /not for everybody/,
  );
  await rejects(world.done(bob.groups.send({ ...noteToSelf, audience: {} })), /not for everybody/);
  await world.pass(5_000);
  const said = ["for bob for 2", `${quoting} for 2`, "by id for 2", "and again for 2"];
  deepStrictEqual(await world.seen(alice), [...said, `(${SEALED})`]);
  deepStrictEqual(await world.seen(bob), [...said, "mine for 1"]);
  deepStrictEqual(await world.seen(carol), Array(5).fill(`(${SEALED})`));
});

test("What hangs on an entry of a list, a bulletin or a poll is for its readers, or for some of them", async (world) => {
  const [alice, bob, carol] = await world.circle("bob", "carol");
  const conversation = world.id;
  const saying = { conversation, waitMs: 5_000 };
  const forBob = { ...saying, audience: { to: [bob.pk] } };
  const { id: list } = await world.done(
    alice.overlays.changeList({ ...forBob, change: { do: "new", text: "Presents" } }),
  );
  const { id: post } = await world.done(
    alice.overlays.changeBoard({ ...forBob, change: { do: "post", text: "Saturday?" } }),
  );
  const { id: poll } = await world.done(
    alice.overlays.changePoll({
      ...forBob,
      change: { do: "new", text: "Cake?", choices: ["yes", "no"] },
    }),
  );
  await world.pass(5_000);
  const { id: item } = await world.done(
    bob.overlays.changeList({ ...saying, change: { do: "add", list, text: "a book" } }),
  );
  await world.done(bob.overlays.changeList({ ...saying, change: { do: "check", id: item } }));
  await world.done(bob.overlays.changeBoard({ ...saying, change: { do: "reply", id: post, text: "yes" } }));
  await world.done(bob.overlays.changePoll({ ...saying, change: { do: "vote", id: poll, votes: [0] } }));
  const own = { ...saying, audience: { to: [bob.pk] } };
  await world.done(bob.overlays.changeList({ ...own, change: { do: "add", list, text: "a secret" } }));
  const toCarol = { ...saying, audience: { to: [carol.pk] } };
  await rejects(
    world.done(bob.overlays.changeList({ ...toCarol, change: { do: "add", list, text: "x" } })),
    /not for everybody/,
  );
  await world.pass(5_000);
  const items = async (app: LocalApp): Promise<string[]> =>
    (await world.done(app.overlays.items({ conversation, list }))).rows.map(({ text, done }) =>
      `${text}${done ? " done" : ""}`
    );
  deepStrictEqual(await items(alice), ["a book done"]);
  deepStrictEqual(await items(bob), ["a book done", "a secret"]);
  strictEqual((await world.done(alice.overlays.threads({ conversation }))).rows[0].replies, 1);
  deepStrictEqual((await world.done(alice.overlays.polls({ conversation }))).rows[0].choices[0].voters, [
    bob.pk,
  ]);
  const { overlays } = carol;
  const parts = [
    await world.done(overlays.lists({ conversation })),
    await world.done(overlays.threads({ conversation })),
    await world.done(overlays.polls({ conversation })),
  ];
  deepStrictEqual(parts.map(({ total }) => total), [0, 0, 0], "carol sees none of them");
  deepStrictEqual(await world.seen(carol), Array(8).fill(`(${SEALED})`), "but that something was said");
});

test("Two alone have no audiences to choose", async (world) => {
  const [alice, bob] = await world.circle("bob");
  const saying = { conversation: bob.pk, waitMs: 0, audience: { to: [bob.pk] } };
  await rejects(
    world.done(alice.overlays.changeList({ ...saying, change: { do: "new", text: "x" } })),
    /conversation of two/,
  );
});

test("Members are paired by being in, seen by nobody, and a pair that two of them have besides changes nothing", async (world) => {
  const [alice, bob, carol] = await world.circle("bob", "carol");
  await world.say(alice, "unpaired", { to: [bob.pk] });
  for (const app of [alice, bob, carol]) deepStrictEqual(await app.pairs.list(), []);
  await world.done(alice.pairs.add({ peer: bob.pk }));
  await world.done(bob.pairs.accept({ peer: alice.pk }));
  await world.pass(5_000);
  await world.done(alice.pairs.send({ peer: bob.pk, text: "between us", waitMs: 0 }));
  await world.say(alice, "paired", { to: [bob.pk] });
  await world.done(alice.pairs.remove({ peer: bob.pk }));
  await world.say(alice, "removed", { to: [bob.pk] });
  await world.pass(5_000);
  const all = ["unpaired", "paired", "removed"].map((text) => `${text} for 2`);
  for (const app of [alice, bob]) deepStrictEqual(await world.seen(app), all);
  deepStrictEqual(await world.seen(carol), all.map(() => `(${SEALED})`));
  deepStrictEqual(await carol.pairs.list(), []);
});

test("A command says something for who came in while no program of it ran", async (world) => {
  const [alice] = await world.circle("dave");
  const { id: group } = world;
  const [rows, bob] = [emptyRows(), pairOf("bob")];
  // At once, as the command does: nobody is reached by then.
  const command = <T>(act: (app: LocalApp) => Promise<T>): Promise<T> =>
    world.done((async () => {
      const { app } = await party(world.hub, "bob", world.clock, { own: bob, resident: false, rows });
      return await act(app).finally(() => app.close());
    })());
  const { link } = await world.done(alice.groups.invite({ group }));
  await command((app) => app.groups.join({ link }));
  await command((app) => app.groups.read({ group, waitMs: 10_000 }));
  for (const name of ["carol", "erin"]) {
    const app = await world.member(name);
    await world.done(app.groups.join({ link }));
    await world.pass(60_000);
    const audience = { to: [app.pk] };
    if (name === "carol") await command(({ groups }) => groups.setAudience({ group, audience }));
    else await command(({ groups }) => groups.send({ group, text: "for one", waitMs: 10_000, audience }));
    await world.pass(2_000);
    deepStrictEqual(await world.seen(app), name === "carol" ? [] : ["for one for 2"]);
  }
});
