/** What a repeat of a request says of itself: admins of ours answer it from what they keep, Go admins ask their user. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { App } from "../../../lib/app/app.ts";
import { askAtDoor, readOneFrame } from "../../../lib/app/groups/joining/admission.ts";
import type { GroupStream } from "../../../lib/app/groups/feeds/group_network.ts";
import { encodeChatFrame } from "../../../lib/chat/frame.ts";
import { encodeJoinResponse, joinResponse, readJoinRequest } from "../../../lib/group/joining/admission.ts";
import { encodeInvite } from "../../../lib/group/joining/invite.ts";
import { NO_WORK } from "../../../lib/group/joining/work.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

const MALLORY = pairOf("mallory").pk;
const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const PORT = 61_234;
const LINK = encodeInvite({
  id: GROUP,
  name: "ops",
  ownerPk: MALLORY,
  port: PORT,
  mode: "private",
  kind: "private",
  admins: [],
  powBits: 0,
  aesKey: new Uint8Array(0),
});

class World extends GroupWorld {
  /** An admin's door. @param answer  Status and reason, from now on. @returns What was asked with, so far. */
  door(
    answer: () => [status: "pending" | "denied", reason: string],
    mayAnswer = (): Promise<void> => Promise.resolve(),
  ): boolean[] {
    const listener = this.hub.client(MALLORY).listen(PORT + 1);
    const asked: boolean[] = [];
    const take = async (stream: GroupStream): Promise<void> => {
      asked.push(readJoinRequest((await readOneFrame(stream))!)!.askAgain);
      await mayAnswer();
      const [status, reason] = answer();
      await stream.write(encodeChatFrame(encodeJoinResponse({ ...joinResponse(GROUP, status), reason })));
      await stream.closeWrite();
    };
    const serve = async (): Promise<void> => {
      const taken: Promise<void>[] = [];
      for await (const stream of listener) taken.push(take(stream));
      await Promise.all(taken);
    };
    const served = serve();
    this.atEnd(async () => {
      listener.close();
      await served;
    });
    return asked;
  }
}

const test = worldTests(World);

/** How its groups have come to stand, as its events tell. */
async function standingsTold(app: App): Promise<unknown[]> {
  const told = [];
  const last = await app.events.cursor() ?? 0;
  for await (const event of app.events.follow(0, new AbortController().signal)) {
    if (event.kind === "network" && event.name === "group") told.push(event.detail.event);
    if (event.cursor >= last) break;
  }
  return told;
}

test("Repeats tell a Go admin of no wish, so that its no holds; who joins again after it does", async (world) => {
  let status: "pending" | "denied" = "pending";
  const asked = world.door(() => [status, status === "pending" ? "awaiting admin approval" : "declined"]);
  const alice = await world.member("alice");
  const join = () => world.done(alice.groups.join({ link: LINK }));
  deepStrictEqual((await join()).status, "awaiting_approval");
  await world.pass(65_000);
  deepStrictEqual(asked.splice(0), [false, false, false]);
  status = "denied";
  await world.pass(65_000);
  deepStrictEqual([asked.splice(0), (await alice.groups.list())[0].status], [[false], "denied"]);
  await rejects(join());
  deepStrictEqual(asked.splice(0), [true]);
  status = "pending";
  deepStrictEqual((await join()).status, "awaiting_approval");
  await world.pass(65_000);
  deepStrictEqual(asked, [true, false, false]);
});

test("Repeats say that they are to an admin that gives no reason why one waits", async (world) => {
  const asked = world.door(() => ["pending", ""]);
  const alice = await world.member("alice");
  await world.done(alice.groups.join({ link: LINK }));
  await world.pass(65_000);
  deepStrictEqual(asked, [false, true, true]);
});

test("A note that no admin reads to its end is refused, and nothing is asked or kept", async (world) => {
  const asked = world.door(() => ["pending", ""]);
  const alice = await world.member("alice");
  const join = (note: string) => world.done(alice.groups.join({ link: LINK, note }));
  for (const note of ["n".repeat(281), "é".repeat(141), "n".repeat(70_000)]) {
    await rejects(join(note), (error: UserError) => error.kind === "usage");
  }
  deepStrictEqual([asked.length, await alice.groups.list()], [0, []]);
  deepStrictEqual((await join("é".repeat(140))).status, "awaiting_approval");
});

test("A Go program that waits and asks every 30 s is told to an admin as no flood", async (world) => {
  const told: string[] = [];
  const own = pairOf("alice");
  const alice = await world.open("alice", { own, onProblem: ({ message }) => told.push(message) });
  const { group } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "approval" }),
  );
  const port = Number((await alice.groups.info({ group })).port) + 1;
  const request = { groupId: group, requester: MALLORY, note: "", invite: "", work: NO_WORK };
  const plain = { ...request, ratchet: new Uint8Array(0), askAgain: false, probe: false, tsNs: 0n };
  const said: (string | undefined)[] = [];
  for (let i = 0; i < 15; i++) {
    const stream = await world.hub.client(MALLORY).dial({ pk: alice.pk, port });
    said.push((await world.done(askAtDoor(stream, plain)))?.status);
    await world.pass(30_000);
  }
  deepStrictEqual(said, [...Array(10).fill("pending"), ...Array(5).fill("throttled")]);
  await world.pass(120_000);
  deepStrictEqual([told, (await alice.groups.requests({ group })).length], [[], 1]);
});

test("Who waits for an admin that is there for some seconds asks it at its first sign of life", async (world) => {
  const alice = await world.member("alice");
  const asked = { name: "ops", kind: "private", join: "link" } as const;
  const { group, invite } = await world.done(alice.groups.create(asked));
  const bob = await world.member("bob");
  world.hub.leave(alice.pk);
  strictEqual((await world.done(bob.groups.join({ link: invite }))).status, "pending");
  await world.pass(2_000);
  world.hub.back(alice.pk);
  await world.pass(1_000);
  strictEqual((await bob.groups.info({ group })).status, "pending");
  await world.done(alice.messages.send({ to: { pk: bob.pk, port: 1 }, text: "there?", waitMs: 5_000 }));
  await world.pass(3_000);
  strictEqual((await bob.groups.info({ group })).status, "active");
});

test("Who waits for an admin that has decided without a network asks it at its first sign of life", async (world) => {
  const alice = await world.member("alice");
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "approval" }),
  );
  const bob = await world.member("bob");
  strictEqual((await world.done(bob.groups.join({ link: invite }))).status, "awaiting_approval");
  world.hub.leave(alice.pk);
  await world.done(alice.groups.decide({ group, action: "approve", peer: bob.pk }));
  await world.pass(61_000);
  strictEqual((await bob.groups.info({ group })).status, "awaiting_approval");
  world.hub.back(alice.pk);
  bob.heardFrom(alice.pk);
  await world.pass(1_000);
  strictEqual((await bob.groups.info({ group })).status, "active");
});

test("An admin that says that one waits is not asked again for what else it sends just then", async (world) => {
  const asked = world.door(() => ["pending", ""]);
  const alice = await world.member("alice");
  await world.done(alice.groups.join({ link: LINK }));
  alice.heardFrom(MALLORY);
  await world.pass(4_000);
  strictEqual(asked.length, 1);
  for (let i = 0; i < 4; i++) {
    await world.pass(1_000);
    alice.heardFrom(MALLORY);
  }
  await world.pass(1_000);
  strictEqual(asked.length, 2);
});

for (
  const [title, openMs, questions] of [
    ["A timer and a command that come to ask in the same moment ask once; a no is told once", 2_000, 2],
    [
      "A question that is left open for seconds keeps no command from asking anew; a no to both is told once",
      6_000,
      3,
    ],
  ] as const
) {
  test(title, async (world) => {
    let status: "pending" | "denied" = "pending";
    const open = Promise.withResolvers<void>();
    world.atEnd(() => open.resolve());
    let gate = Promise.resolve();
    const asked = world.door(() => [status, ""], () => gate);
    const alice = await world.member("alice");
    const { group } = await world.done(alice.groups.join({ link: LINK }));
    await world.pass(29_000);
    gate = open.promise;
    status = "denied";
    await world.pass(openMs);
    strictEqual(asked.length, 2);
    const reading = alice.groups.read({ group, waitMs: 10_000, leaves: true }).catch(() => {});
    await world.pass(1_000);
    strictEqual(asked.length, questions);
    open.resolve();
    await world.done(reading);
    deepStrictEqual(await standingsTold(alice), ["denied"]);
  });
}

test("An admin that answers no request is asked for its signs of life once in 30 s, however many it gives", async (world) => {
  let asked = 0;
  const listener = world.hub.client(MALLORY).listen(PORT + 1);
  const served = (async () => {
    for await (const stream of listener) {
      asked++;
      stream.reset();
    }
  })();
  world.atEnd(async () => {
    listener.close();
    await served;
  });
  const alice = await world.member("alice");
  await world.done(alice.groups.join({ link: LINK }));
  for (let i = 0; i < 60; i++) {
    alice.heardFrom(MALLORY);
    await world.pass(1_000);
  }
  ok(asked >= 3 && asked <= 6, `asked ${asked} times`);
});
