/**
 * Who is in, and is known to the others by somebody who has gone; and a founder that comes back with nothing: the one
 * who knows the other tells why it is in.
 */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import type { AskingOptions } from "../../../lib/app/groups/joining/asking.ts";
import type { GroupRoom } from "../../../lib/app/groups/room/group_room.ts";
import { Inquiries } from "../../../lib/app/groups/threads/inquiries.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { encodeChatFrame } from "../../../lib/chat/frame.ts";
import {
  encodeLeavesRequest,
  encodeLeavesResponse,
  readLeavesRequest,
  unsaidGroup,
} from "../../../lib/group/threads/leaf_request.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { formatGoTime } from "../../../lib/wire/go_time.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

class StrangerWorld extends GroupWorld {
  /** Who is in, as somebody knows it. */
  async members(app: LocalApp, group: string): Promise<string[]> {
    return (await app.groups.members({ group })).map(({ pk, muted }) => muted ? `${pk} muted` : pk).sort();
  }

  /** Each says something, and all read all of it. */
  async talk(group: string, apps: readonly LocalApp[]): Promise<void> {
    for (const [i, app] of apps.entries()) {
      const { state } = await this.done(app.groups.send({ group, text: `by ${i}`, waitMs: 10_000 }));
      strictEqual(state, "kept-by-others");
    }
    await this.pass(60_000);
    const said = apps.map((_, i) => `by ${i}`);
    for (const app of apps) {
      const texts = await this.texts(app, group);
      deepStrictEqual(said.filter((text) => texts.includes(text)), said);
    }
  }
}

const test = worldTests(StrangerWorld);

for (const kind of ["private", "public"] as const) {
  test(`Who was let into a ${kind} group by a founder who then left is known to all`, async (world) => {
    const { group, apps: [alice, bob, carol] } = await world.group(kind, "bob", "carol");
    const { link } = await alice.groups.invite({ group });
    for (const { pk } of [bob, carol]) world.hub.leave(pk);
    const dave = await world.member("dave");
    await world.done(dave.groups.join({ link }));
    await world.pass(5_000);
    await world.done(alice.groups.leave({ group }));
    for (const { pk } of [bob, carol]) world.hub.back(pk);
    await world.pass(90_000);
    const all = [alice, bob, carol, dave].map(({ pk }) => pk).sort();
    for (const app of [bob, carol, dave]) deepStrictEqual(await world.members(app, group), all);
    await world.talk(group, [bob, carol, dave]);
  });

  test(`A founder that drops a ${kind} group and comes back while nobody is there has the roster of the others`, async (world) => {
    const { group, apps } = await world.group(kind, "bob", "carol");
    const [alice, bob, carol] = apps;
    await world.done(alice.groups.decide({ group, action: "mute", peer: carol.pk }));
    await world.done(alice.groups.decide({ group, action: "unmute", peer: carol.pk }));
    await world.done(alice.groups.decide({ group, action: "promote", peer: bob.pk }));
    await world.pass(5_000);
    const { link } = await alice.groups.invite({ group });
    await world.done(alice.groups.drop({ group }));
    for (const { pk } of [bob, carol]) world.hub.leave(pk);
    await world.done(alice.groups.join({ link }));
    await world.pass(900_000); // its feed is longer by now than the one that the others have of it
    for (const { pk } of [bob, carol]) world.hub.back(pk);
    await world.pass(600_000);
    for (const app of apps) {
      deepStrictEqual(
        await app.groups.members({ group }).then((all) => all.map(({ pk, role }) => [pk, role])),
        [
          [alice.pk, "founder"],
          [bob.pk, "admin"],
          [carol.pk, "member"],
        ],
      );
    }
    strictEqual((await alice.groups.info({ group })).role, "owner");
    await world.talk(group, apps);
  });
}

for (const keys of [undefined, "d2"] as const) {
  test(`A founder that has lost the key is given it by a member, or makes one: keys ${keys ?? "of Go"}`, async (world) => {
    const alice = await world.member("alice");
    const asked = { name: "ops", kind: "private", join: "approval", keys } as const;
    const { group, invite } = await world.done(alice.groups.create(asked));
    const [bob, carol] = [await world.member("bob"), await world.member("carol")];
    for (const app of [bob, carol]) {
      await world.done(app.groups.join({ link: invite }));
      await world.done(alice.groups.decide({ group, action: "approve", peer: app.pk }));
    }
    await world.pass(60_000);
    await world.done(alice.groups.drop({ group }));
    strictEqual((await world.done(alice.groups.join({ link: invite }))).status, "pending");
    const early = world.done(alice.groups.send({ group, text: "too early", waitMs: 0 }));
    await rejects(early, { kind: "refused", message: 'Group "ops": no key' });
    await world.pass(900_000);
    strictEqual((await alice.groups.info({ group })).status, "active");
    await world.talk(group, [alice, bob, carol]);
  });
}

test("A founder that makes a key before it knows of anybody makes another one for all", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("private", "bob");
  const { link } = await alice.groups.invite({ group, withKey: false });
  await world.done(alice.groups.drop({ group }));
  world.hub.leave(bob.pk);
  await world.done(alice.groups.join({ link }));
  await world.done(alice.groups.rotateKey({ group }));
  world.hub.back(bob.pk);
  await world.pass(120_000);
  for (const app of [alice, bob]) strictEqual((await app.groups.info({ group })).key_epoch, 2);
  await world.talk(group, [alice, bob]);
});

test("A founder that comes back alone, without a key, speaks under a new one", async (world) => {
  const alice = await world.member("alice");
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "approval" }),
  );
  await world.done(alice.groups.drop({ group }));
  await world.done(alice.groups.join({ link: invite }));
  const peer = pairOf("bob").pk;
  const expires = formatGoTime(world.clock.wallNs() + 60_000_000_000n);
  const acts: Record<string, () => Promise<unknown>> = {
    add: () => alice.groups.decide({ group, action: "add", peer }),
    rename: () => alice.groups.rename({ group, name: "operations" }),
    "signed invite": () => alice.groups.issueInvite({ group, uses: 1, expires }),
  };
  for (const [name, act] of Object.entries(acts)) {
    await rejects(world.done(act()), { kind: "refused", message: 'Group "ops": no key' }, name);
  }
  deepStrictEqual(await world.done(alice.groups.rotateKey({ group })), { epoch: "1" });
  strictEqual((await alice.groups.info({ group })).status, "active");
  strictEqual((await world.done(alice.groups.send({ group, text: "here", waitMs: 0 }))).state, "queued");
});

test("Who is approved into a D2 group has its key with the first answer behind that", async (world) => {
  const alice = await world.member("alice");
  const asked = { name: "ops", kind: "private", join: "approval", keys: "d2" } as const;
  const { group, invite } = await world.done(alice.groups.create(asked));
  const others = [await world.member("bob"), await world.member("carol")];
  for (const app of others) {
    await world.done(app.groups.join({ link: invite }));
    await world.done(alice.groups.decide({ group, action: "approve", peer: app.pk }));
  }
  await world.pass(35_000);
  for (const app of others) strictEqual((await app.groups.info({ group })).key_epoch, 1);
  await world.talk(group, [alice, ...others]);
});

test("A stranger is told no decision of a private group, a member all of them", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("private", "bob");
  const { port } = await alice.groups.info({ group }) as { port: number };
  const ask = async (pk: string, named = group): Promise<string> => {
    const stream = await world.hub.client(pk).dial({ pk: alice.pk, port: port + 1 });
    await stream.write(encodeChatFrame(encodeLeavesRequest(named, [], true, { decisions: true })));
    const heard = await world.done(stream.read());
    stream.close();
    return heard === null ? "" : fromUtf8(heard.subarray(4));
  };
  strictEqual(await ask(pairOf("mallory").pk), "");
  strictEqual(JSON.parse(await ask(bob.pk)).leaves.length, 1);
  const mallory = pairOf("mallory").pk;
  strictEqual(JSON.parse(await ask(bob.pk, unsaidGroup(group, bob.pk))).leaves.length, 1);
  for (const named of [bob.pk, mallory]) strictEqual(await ask(mallory, unsaidGroup(group, named)), "");
  strictEqual(await ask(bob.pk, unsaidGroup(group, mallory)), "", "which somebody else has said");
});

Deno.test("A stranger that knocks is not told which group it is that it knocks at", async () => {
  const client = memoryDoor(0);
  const pk = pairOf("alice").pk;
  const inquiries = new Inquiries(
    { clock: new FakeClock(), network: client.network, pk } as unknown as AskingOptions,
  );
  await inquiries.askDecisions(roomOfNobody(false), "one");
  const [frame] = client.said;
  strictEqual(fromUtf8(frame.subarray(4)).includes(GROUP), false);
  strictEqual(readLeavesRequest(frame.subarray(4))?.groupId, unsaidGroup(GROUP, pk));
});

/** A room that knows nobody, and whoever is dialled answers with the same. */
async function asked(clock: FakeClock, knocks: readonly string[], answers: number, isForged: boolean) {
  const client = memoryDoor(answers);
  const inquiries = new Inquiries({ clock, network: client.network, pk: "" } as unknown as AskingOptions);
  const room = roomOfNobody(isForged);
  for (const pk of knocks) await inquiries.askDecisions(room, pk);
  return client.dials();
}

const roomOfNobody = (isForged: boolean, id = GROUP): GroupRoom =>
  ({
    isClosed: false,
    extra: { holder: "" },
    record: { id, banned: [], status: "active", port: 40_000 },
    isMember: () => false,
    circle: { decisionCount: 0 },
    handle: () => Promise.resolve({ outs: isForged ? [{ kind: "dropped" }] : [] }),
  }) as unknown as GroupRoom;

const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";

function memoryDoor(answers: number) {
  let dials = 0;
  const written: Uint8Array[] = [];
  const leaves = [{ path: "roster/00001", value: utf8("{}") }];
  const frame = encodeChatFrame(encodeLeavesResponse(GROUP, answers > 0 ? leaves : []));
  const dial = () => {
    dials++;
    const said: (Uint8Array | null)[] = [frame, null];
    const stream = {
      write: (bytes: Uint8Array) => Promise.resolve(void written.push(bytes)),
      read: () => Promise.resolve(said.shift()!),
      close: () => {},
    };
    return Promise.resolve(stream);
  };
  return { network: { dial }, dials: () => dials, said: written };
}

Deno.test("Strangers that knock are asked once a minute each, and 16 of them; who says nothing new is soon left alone", async () => {
  const many = Array.from({ length: 100 }, (_, i) => `stranger ${i}`);
  const clock = new FakeClock();
  strictEqual(await asked(clock, many, 0, false), 16);
  strictEqual(await asked(clock, ["one", "one", "one"], 0, false), 1);
  strictEqual(await asked(clock, ["one"], 1, false), 4);
  strictEqual(await asked(clock, ["one"], 1, true), 1);
});

Deno.test("A crowd that reads one group keeps nobody from being asked who knocks at another one", async () => {
  const client = memoryDoor(0);
  const clock = new FakeClock();
  const inquiries = new Inquiries({ clock, network: client.network, pk: "" } as unknown as AskingOptions);
  const crowd = roomOfNobody(false);
  for (let i = 0; i < 300; i++) await inquiries.askDecisions(crowd, `stranger ${i}`);
  strictEqual(client.dials(), 16);
  await inquiries.askDecisions(roomOfNobody(false, "0b1c2d3e-58d3-4d5e-9a77-6f1c2b1e4f50"), "carol");
  strictEqual(client.dials(), 17);
  inquiries.close();
  strictEqual(clock.pendingTimers, 0);
});
