/** Lists, bulletins and polls in groups, over a network in memory. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { generateKeyPair } from "../../../lib/crypto/keys.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { seededRandom } from "../../fakes/random.ts";
import { ChatWorld, worldTests } from "../chat_world.ts";
import {
  boardsHold,
  dashHolds,
  invitesHold,
  listsHold,
  pollsHold,
  type Talking,
} from "../contract/overlays.ts";

class GroupWorld extends ChatWorld {
  async talking(kind: "public" | "private"): Promise<Talking & { group: string }> {
    const own = (name: string) => generateKeyPair(seededRandom(`key ${name}`));
    const alice = await this.open("alice", { own: own("alice"), resident: true, rows: emptyRows() });
    const bob = await this.open("bob", { own: own("bob"), resident: true, rows: emptyRows() });
    const { group, invite } = await this.done(alice.groups.create({ name: "ops", kind, join: "link" }));
    await this.done(bob.groups.join({ link: invite }));
    await this.pass(5_000);
    const until = async (isTrue: () => Promise<boolean>): Promise<void> => {
      for (let turns = 0; !await this.done(isTrue()); turns++) {
        if (turns > 60) throw new Error("it did not happen in time");
        await this.pass(1_000);
      }
    };
    return { alice, bob, atAlice: group, atBob: group, until, done: (promise) => this.done(promise), group };
  }
}

const test = worldTests(GroupWorld);

for (const kind of ["public", "private"] as const) {
  test(`${kind} group: lists`, async (world) => await listsHold(await world.talking(kind)));
}
test("private group: bulletins", async (world) => await boardsHold(await world.talking("private")));
test("private group: polls", async (world) => await pollsHold(await world.talking("private")));

test("private group: dashboards", async (world) => await dashHolds(await world.talking("private")));
test("private group: invites", async (world) => await invitesHold(await world.talking("private")));

test("An invite to a group is looked at without a word to anybody, refused, accepted later, and once", async (world) => {
  const { alice, bob, done, until, group } = await world.talking("public");
  const { group: club, invite } = await done(
    alice.groups.create({ name: "club", kind: "private", join: "link" }),
  );
  await done(alice.overlays.sendInvite({ conversation: group, waitMs: 2000, group: club }));
  // As a Go peer says it: the link and nothing else.
  await done(alice.groups.send({ group, text: invite, waitMs: 2000 }));
  await done(alice.groups.send({ group, text: "skychat:invite:bm90aGluZw", waitMs: 2000 }));
  await until(async () => (await bob.overlays.invites({ conversation: group })).total === 3);
  const all = async () => (await bob.overlays.invites({ conversation: group })).rows;
  const dials = world.hub.dials.length;
  const [broken, bare, worded] = await all();
  deepStrictEqual([broken, bare, worded].map(({ state }) => state), ["unusable", "new", "new"]);
  ok(broken.reason!.includes("damaged"));
  deepStrictEqual(bare.offer, { ...worded.offer! }, "both say the same");
  strictEqual((await bob.groups.list()).length, 1, "nothing was joined by looking");
  strictEqual(world.hub.dials.length, dials, "looking dials nobody");
  const answer = ({ position }: { position: number }, answer: "accept" | "refuse") =>
    done(bob.overlays.answerInvite({ conversation: group, position, answer }));
  strictEqual((await answer(bare, "refuse")).state, "refused");
  strictEqual((await all())[2].state, "new", "another message is another invite");
  await answer(worded, "accept");
  await until(async () => (await all())[2].state === "accepted");
  strictEqual((await all())[1].state, "refused", "it stays so until its reader changes it");
  strictEqual((await answer(bare, "accept")).state, "accepted");
  strictEqual((await bob.groups.list()).length, 2, "once");
  await rejects(answer(broken, "accept"), UserError);
});

test("A signed invite in a conversation says when it is over: used up, revoked, expired", async (world) => {
  const { alice, bob, done, until, group } = await world.talking("private");
  const { group: club } = await done(
    alice.groups.create({ name: "club", kind: "private", join: "approval" }),
  );
  const soon = (ms: number) => new Date(Number(world.clock.wallNs() / 1_000_000n) + ms).toISOString();
  const offer = (uses: number, ms = 86_400_000) =>
    done(alice.overlays.sendInvite({
      conversation: group,
      waitMs: 2000,
      group: club,
      terms: { uses, expires: soon(ms), note: "come in" },
    }));
  await offer(1, 60_000);
  await offer(5);
  await offer(1);
  await offer(2);
  await until(async () => (await bob.overlays.invites({ conversation: group })).total === 4);
  const states = async (app: typeof alice) =>
    (await done(app.overlays.invites({ conversation: group }))).rows.map(({ state }) => state);
  deepStrictEqual([await states(alice), await states(bob)], [Array(4).fill("own"), Array(4).fill("new")]);
  // Carol takes the one place of one, and alice takes another back.
  const [, single, many] = await done(alice.groups.issuedInvites({ group: club }));
  const carol = await world.open("carol", {
    own: generateKeyPair(seededRandom("key carol")),
    resident: true,
    rows: emptyRows(),
  });
  await done(carol.groups.join({ link: single.link! }));
  await done(alice.groups.revokeInvite({ group: club, invite: many.id }));
  await world.pass(60_000);
  deepStrictEqual(await states(alice), ["own", "used-up", "revoked", "expired"]);
  deepStrictEqual(await states(bob), ["new", "new", "new", "expired"], "looking asks nobody");
  const { rows } = await bob.overlays.invites({ conversation: group });
  strictEqual(rows[0].offer?.signed?.note, "come in");
  const accept = ({ position }: { position: number }) =>
    done(bob.overlays.answerInvite({ conversation: group, position, answer: "accept" }));
  strictEqual((await accept(rows[1])).state, "used-up");
  strictEqual((await accept(rows[2])).state, "revoked");
  await rejects(accept(rows[3]), /has expired/);
  await rejects(accept(rows[1]), /is used up/);
  deepStrictEqual(await states(bob), ["new", "used-up", "revoked", "expired"]);
  await accept(rows[0]);
  await until(async () => (await states(bob))[0] === "accepted");
  strictEqual((await accept(rows[0])).state, "accepted", "twice is once");
  deepStrictEqual(await states(bob), ["accepted", "used-up", "revoked", "expired"], "those let him not in");
  const [last] = await done(alice.groups.issuedInvites({ group: club }));
  strictEqual(last.used.length, 1);
});

test("Who was put out, or asks by a plain link, comes in by a signed invite; who is banned does not", async (world) => {
  const { alice, bob, done, until, group } = await world.talking("private");
  const { group: club, invite } = await done(
    alice.groups.create({ name: "club", kind: "private", join: "approval" }),
  );
  const expires = new Date(Number(world.clock.wallNs() / 1_000_000n) + 86_400_000).toISOString();
  const offer = () =>
    done(
      alice.overlays.sendInvite({
        conversation: group,
        waitMs: 2000,
        group: club,
        terms: { uses: 2, expires },
      }),
    );
  const newest = async () => (await done(bob.overlays.invites({ conversation: group }))).rows[0];
  const offered = async (count: number) => {
    await offer();
    await until(async () => (await bob.overlays.invites({ conversation: group })).total === count);
    return await newest();
  };
  const accepted = async ({ position }: { position: number }) => {
    await done(bob.overlays.answerInvite({ conversation: group, position, answer: "accept" }));
    await until(async () => (await newest()).state === "accepted");
  };
  const status = async () => (await done(bob.groups.list())).find(({ id }) => id === club)?.status;
  const decided = async (action: "remove" | "deny" | "ban", is: string) => {
    await done(alice.groups.decide({ group: club, action, peer: bob.pk }));
    await until(async () => await status() === is);
  };
  await done(bob.groups.join({ link: invite }));
  strictEqual(await status(), "awaiting_approval");
  const first = await offered(1);
  strictEqual(first.state, "new");
  await accepted(first);
  await decided("remove", "revoked");
  strictEqual((await newest()).state, "revoked");
  const second = await offered(2);
  strictEqual(second.state, "new");
  await accepted(second);
  await decided("ban", "banned");
  strictEqual((await offered(3)).state, "banned");
});

test("What is taken back or dropped leaves no list, and a pin of who decides nothing counts for nothing", async (world) => {
  const { alice, bob, group, done, until } = await world.talking("private");
  const saying = { conversation: group, waitMs: 2000 };
  const { id: list } = await done(
    alice.overlays.changeList({ ...saying, change: { do: "new", text: "Shopping" } }),
  );
  await until(async () => (await bob.overlays.lists({ conversation: group })).total === 1);
  const { position } = await done(
    bob.overlays.changeList({ ...saying, change: { do: "add", list, text: "milk" } }),
  );
  const message = (await bob.messages.history({ peer: group, limit: 10 })).find((one) =>
    one.position === position
  );
  await done(bob.groups.unsend({ group, tsNano: message!.id!.split("/")[1] }));
  strictEqual((await bob.overlays.items({ conversation: group, list })).total, 0);
  const post = await done(alice.overlays.changeBoard({ ...saying, change: { do: "post", text: "rules" } }));
  await until(async () => (await bob.overlays.threads({ conversation: group })).total === 1);
  const pin = (): Promise<unknown> =>
    done(bob.overlays.changeBoard({ ...saying, change: { do: "pin", id: post.id } }));
  const pins = async (): Promise<number> => (await alice.overlays.pinned({ conversation: group })).length;
  await rejects(pin(), /Only an admin of the group pins its posts/);
  const [last] = await alice.messages.history({ peer: group, limit: 1 });
  ok(last.text.startsWith("rules"), "nothing is said");
  await done(alice.groups.decide({ group, action: "promote", peer: bob.pk }));
  await until(() => pin().then(() => true, () => false));
  await until(async () => await pins() === 1);
  await done(alice.groups.decide({ group, action: "demote", peer: bob.pk }));
  await until(async () => await pins() === 0);
  await done(bob.groups.drop({ group }));
  await rejects(done(bob.overlays.pinned({ conversation: group })), UserError);
  ok((await done(bob.overlays.lists({ conversation: group }))).total === 0);
});

test("A clock that is behind comes after what its owner has seen: the end of a poll, an answer, an item, a move", async (world) => {
  const { alice, bob, done, until, group } = await world.talking("private");
  const saying = { conversation: group, waitMs: 2000 } as const;
  /** Does something where the clock is two minutes ahead. */
  const ahead = async <T>(does: () => Promise<T>): Promise<T> => {
    const twoMinutesNs = 120_000_000_000n;
    world.clock.setWall(world.clock.wallNs() + twoMinutesNs);
    const result = await does();
    world.clock.setWall(world.clock.wallNs() - twoMinutesNs);
    return result;
  };
  const asks = { do: "new", text: "When?", choices: ["mon", "tue"] } as const;
  const { id: poll } = await done(alice.overlays.changePoll({ ...saying, change: asks }));
  const polls = async (app: typeof bob) => (await app.overlays.polls({ conversation: group })).rows;
  await until(async () => (await polls(bob)).length === 1);
  await ahead(() =>
    done(bob.overlays.changePoll({ ...saying, change: { do: "vote", id: poll, votes: [1] } }))
  );
  await until(async () => (await polls(alice))[0].voters === 1);
  await done(alice.overlays.changePoll({ ...saying, change: { do: "close", id: poll } }));
  await until(async () => (await polls(bob))[0].over);
  for (const app of [alice, bob]) strictEqual((await polls(app))[0].voters, 1, "it was counted before");

  const { id: post } = await done(
    alice.overlays.changeBoard({ ...saying, change: { do: "post", text: "Bike" } }),
  );
  const answers = async (app: typeof bob) =>
    (await app.overlays.replies({ conversation: group, id: post })).rows.map(({ text }) => text).join();
  const answer = (app: typeof bob, text: string) =>
    done(app.overlays.changeBoard({ ...saying, change: { do: "reply", id: post, text } }));
  await until(async () => (await bob.overlays.threads({ conversation: group })).total === 1);
  await ahead(() => answer(bob, "How much?"));
  await until(async () => await answers(alice) === "How much?");
  await answer(alice, "Ten");
  await until(async () => await answers(bob) === "How much?,Ten");

  const list = (await done(alice.overlays.changeList({ ...saying, change: { do: "new", text: "Todo" } }))).id;
  const items = async (app: typeof bob) => (await app.overlays.items({ conversation: group, list })).rows;
  const texts = async (app: typeof bob) => (await items(app)).map(({ text }) => text).join();
  const add = (app: typeof bob, text: string) =>
    done(app.overlays.changeList({ ...saying, change: { do: "add", list, text } }));
  await add(alice, "a");
  await until(async () => (await bob.overlays.lists({ conversation: group })).rows[0]?.items === 1);
  await ahead(() => add(bob, "b"));
  await until(async () => await texts(alice) === "a,b");
  const [{ id: first }] = await items(alice);
  await done(alice.overlays.changeList({ ...saying, change: { do: "move", id: first, to: "bottom" } }));
  await add(alice, "c");
  await until(async () => await texts(bob) === "b,a,c");
});
