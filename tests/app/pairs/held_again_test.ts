/** A holder whose terms or members change while its port is in use or its disk is full. */
import { deepStrictEqual, rejects } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { worldTests } from "../chat_world.ts";
import { FailingPlace } from "../groups/group_world.ts";
import { HeldWorld, SPACE } from "../groups/held_group.ts";
import { keyOf } from "../local/pair.ts";

const ALICE = keyOf("alice");
const ID = "11111111-2222-3333-4444-555555555555";

const test = worldTests(HeldWorld);

const onPort = (holder: LocalApp, port: number) =>
  holder.pairs.hold({ peers: [ALICE], group: { id: ID, port }, ...SPACE });
const heldBy = async (holder: LocalApp): Promise<[number, string[]][]> =>
  (await holder.pairs.held()).map(({ port, feeds }) => [port, feeds.map(({ feed }) => feed)]);

test("What is held stays held when its new port is in use here", async (world) => {
  const holder = await world.member("holder");
  await world.done(onPort(holder, 5000));
  await holder.node.listen(6000);
  await rejects(
    world.done(onPort(holder, 6000)),
    (error) => error instanceof UserError && error.kind === "refused" && /Port 6000/.test(error.message),
  );
  deepStrictEqual(await heldBy(holder), [[5000, [ALICE]]]);
});

test("What can't be kept is not held, and what was held before is held as it was", async (world) => {
  const disk = new FailingPlace();
  const holder = await world.member("holder", emptyRows(), (place) => disk.around(place));
  disk.does = "fails";
  await rejects(world.done(onPort(holder, 5000)), /full/);
  deepStrictEqual(await heldBy(holder), []);
  await (await holder.node.listen(5000)).close();
  disk.does = "works";
  await world.done(onPort(holder, 5000));
  disk.does = "fails";
  await rejects(world.done(onPort(holder, 6000)), /full/);
  deepStrictEqual(await heldBy(holder), [[5000, [ALICE]]]);
  await (await holder.node.listen(6000)).close();
});

test("A holder on a full disk goes on with the members that it knows, and takes the others when there is room", async (world) => {
  const { disk } = world;
  const { apps: [alice, bob], group, invite, holder } = await world.held(undefined, "bob");
  const feeds = async () => (await holder.pairs.held())[0].feeds.map(({ feed }) => feed).sort();
  disk.does = "fails";
  const carol = await world.member("carol");
  await world.done(carol.groups.join({ link: invite }));
  await world.pass(120_000);
  deepStrictEqual(await feeds(), [alice.pk, bob.pk].sort());
  disk.does = "works";
  await world.until("carol is held", async () => (await feeds()).includes(carol.pk));
  deepStrictEqual((await world.done(holder.pairs.held()))[0].group!.id, group);
});

test("A holder that could not read what it holds as another member came goes on once it can", async (world) => {
  const { disk } = world;
  const { apps: [alice, bob], invite, holder } = await world.held(undefined, "bob");
  const feeds = async () => (await holder.pairs.held())[0].feeds.map(({ feed }) => feed).sort();
  disk.reads = false;
  const carol = await world.member("carol");
  await world.done(carol.groups.join({ link: invite }));
  await world.until("what it holds is out of its reach", async () => (await feeds()).length === 0);
  disk.reads = true;
  await world.pass(120_000);
  deepStrictEqual(await feeds(), [alice.pk, bob.pk, carol.pk].sort());
});
