/** Leaves that must exist and are not here: asked for, given, and not given to who is none of us. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { readFrames } from "../../../lib/app/groups/joining/admission.ts";
import type { AskingOptions } from "../../../lib/app/groups/joining/asking.ts";
import type { GroupRoom } from "../../../lib/app/groups/room/group_room.ts";
import { Inquiries } from "../../../lib/app/groups/threads/inquiries.ts";
import type { FeedLeaf } from "../../../lib/cxo/feed/change.ts";
import type { Missing } from "../../../lib/group/threads/author_ledger.ts";
import { MAX_WANTS } from "../../../lib/group/threads/inquiry.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import type { AppNetwork } from "../../../lib/app/node/app_network.ts";
import { encodeChatFrame } from "../../../lib/chat/frame.ts";
import {
  encodeLeavesRequest,
  encodeLeavesResponse,
  readLeavesRequest,
  readLeavesResponse,
} from "../../../lib/group/threads/leaf_request.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { sleep } from "../../../lib/sys/clock.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

const test = worldTests(GroupWorld);
const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";

/** A network on which the feeds of a group reach nobody; its door on the next port is as it was. */
const withoutFeeds = (network: AppNetwork, feedPort: number): AppNetwork => ({
  ...network,
  dial: (to, signal) => network.dial(to.port === feedPort ? { ...to, port: 1 } : to, signal),
  listen: (port) => network.listen(port === feedPort ? 49_000 : port),
});

/** A member that was away while these were said, and has no other way to them than to ask somebody at the door. */
async function missed(
  world: GroupWorld,
  kind: "public" | "private",
  texts: readonly string[],
  { slowly = (network) => network, heard = ["0"] }: {
    slowly?: (network: AppNetwork, doorPort: number) => AppNetwork;
    /** What was said before she went. */
    heard?: readonly string[];
  } = {},
): Promise<{ group: string; carol: LocalApp; holes: () => Promise<string[]>; author: LocalApp }> {
  const rows = emptyRows();
  const { group, apps: [alice, bob] } = await world.group(kind, "bob");
  const { link } = await alice.groups.invite({ group });
  const before = await world.member("carol", rows);
  await world.done(before.groups.join({ link }));
  await world.pass(5_000);
  for (const text of heard) await world.done(bob.groups.send({ group, text, waitMs: 5_000 }));
  await world.pass(5_000);
  await world.done(before.close());
  world.hub.crash(before.pk);
  for (const text of texts) await world.done(bob.groups.send({ group, text, waitMs: 0 }));
  await world.pass(5_000);
  // She hears of the newest one by hand.
  const port = Number((await alice.groups.info({ group })).port);
  const client = slowly(withoutFeeds(world.hub.client(before.pk), port), port + 1);
  const carol = await world.open("carol", { own: pairOf("carol"), resident: true, rows, client });
  const lines = await alice.groups.bundle({ group });
  const [{ id: newest }] = await world.done(bob.messages.history({ peer: group, limit: 1 }));
  const line = lines.find((line) => line.includes(`msgs/${newest}`));
  ok(line !== undefined, "alice has what bob said last");
  await world.done(carol.groups.unbundle({ group, leaves: [line] }));
  const holes = async () => {
    const { members } = await carol.groups.check({ group });
    return members.find(({ pk }) => pk === bob.pk)!.holes.map(({ from, to }) => `${from} ${to}`);
  };
  return { group, carol, holes, author: bob };
}

for (const kind of ["public", "private"] as const) {
  test(`Missing leaves of a ${kind} group are asked for at a member's door, and come`, async (world) => {
    // More than one answer holds.
    const texts = Array.from({ length: 70 }, (_, i) => `${i}`.padStart(3, "0"));
    const { group, carol, holes } = await missed(world, kind, texts);
    deepStrictEqual(await holes(), ["2 70"]);
    await world.pass(60_000);
    deepStrictEqual(await holes(), []);
    deepStrictEqual(await world.texts(carol, group), ["0", ...texts].sort());
  });

  test(`Missing leaves of a ${kind} group that no frame holds come from another when the author has gone`, async (world) => {
    const texts = ["long ".repeat(12_288), "<".repeat(30_000), "short", "newest"]; // 60 KiB, and 180 KB of JSON
    const { group, carol, holes, author } = await missed(world, kind, texts);
    await world.done(author.close());
    world.hub.crash(author.pk);
    world.hub.leave(author.pk);
    deepStrictEqual(await holes(), ["2 4"]);
    await world.pass(60_000);
    deepStrictEqual(await holes(), []);
    deepStrictEqual(await world.texts(carol, group), ["0", ...texts].sort());
  });
}

test("Missing leaves of a private group are given to members alone", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("private", "bob");
  const { id } = await world.done(bob.groups.send({ group, text: "ours", waitMs: 5_000 }));
  await world.pass(5_000);
  const { members } = await alice.groups.check({ group });
  const { last } = members.find(({ pk }) => pk === bob.pk)!;
  const want = { author: bob.pk, inc: last!.incarnation, from: 1n, to: 1n };
  const port = Number((await alice.groups.info({ group })).port) + 1;
  const ask = async (from: string): Promise<string> => {
    const stream = await world.hub.client(from).dial({ pk: alice.pk, port });
    await stream.write(encodeChatFrame(encodeLeavesRequest(group, [want])));
    let answer = "";
    for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) {
      answer += new TextDecoder().decode(bytes);
      stream.close();
    }
    return answer;
  };
  ok((await world.done(ask(bob.pk))).includes(`msgs/${id}`));
  strictEqual(await world.done(ask(pairOf("mallory").pk)), "");
});

test("A member whose program puts no pieces together is given what one frame holds", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("public", "bob");
  for (const text of ["long ".repeat(12_288), "short"]) {
    await world.done(bob.groups.send({ group, text, waitMs: 5_000 }));
  }
  await world.pass(5_000); // fetched is not kept yet
  const { members } = await alice.groups.check({ group });
  const { last } = members.find(({ pk }) => pk === bob.pk)!;
  const port = Number((await alice.groups.info({ group })).port) + 1;
  const ask = async (to: bigint, takesPieces: boolean): Promise<number[]> => {
    const want = { author: bob.pk, inc: last!.incarnation, from: 1n, to };
    const stream = await world.hub.client(pairOf("dave").pk).dial({ pk: alice.pk, port });
    await stream.write(encodeChatFrame(encodeLeavesRequest(group, [want], takesPieces)));
    const sizes: number[] = [];
    await readFrames(stream, (payload) => {
      const { leaves } = readLeavesResponse(payload)!;
      sizes.push(...leaves.map(({ value }) => value.length));
      return true;
    });
    stream.close();
    return sizes;
  };
  const [short, ...others] = await world.done(ask(2n, false));
  deepStrictEqual([short < 2_000, others], [true, []]);
  deepStrictEqual(await world.done(ask(1n, false)), []);
  deepStrictEqual((await world.done(ask(1n, true))).length, 2);
  deepStrictEqual((await world.done(ask(2n, true))).length, 1);
});

test("A member's door that is reached too late keeps no stream of who asks there", async (world) => {
  const seen = { late: 0, closed: 0 };
  const slowly = (network: AppNetwork, doorPort: number): AppNetwork => ({
    ...network,
    dial: async (to, signal) => {
      const stream = await network.dial(to, signal);
      if (to.port !== doorPort) return stream;
      // As a client does it: whoever has given up gets no stream.
      await sleep(world.clock, 18_000);
      seen.late++;
      const counted = { ...stream, close: () => (seen.closed++, stream.close()) };
      if (!signal?.aborted) return counted;
      counted.close();
      throw signal.reason;
    },
  });
  await missed(world, "public", ["0", "1"], { slowly });
  await world.pass(60_000);
  ok(seen.late > 0);
  strictEqual(seen.closed, seen.late);
});

test("What no member has any more keeps back nothing that stands behind it, and who is away is asked once", async (world) => {
  const author = pairOf("bob").pk;
  const want = (n: number): Missing => {
    const inc = `${n}`.padStart(16, "0");
    return { author, inc, from: 1n, to: 1n, saidBy: author };
  };
  let wants = Array.from({ length: 3 * MAX_WANTS }, (_, i) => want(i));
  const has = new Set([70, 140, 141].map((n) => want(n).inc));
  const dials: string[] = [];
  const network = {
    dial: ({ pk }: { pk: string }) => {
      dials.push(pk);
      if (pk !== "dave") return Promise.reject(new Error("away"));
      let answer: Uint8Array | null = null;
      return Promise.resolve({
        write: (frame: Uint8Array) => {
          const [first] = readLeavesRequest(frame.subarray(4))!.wants.filter(({ inc }) => has.has(inc));
          const leaves = first === undefined ? [] : [{ path: first.inc, value: new Uint8Array(1) }];
          answer = encodeChatFrame(encodeLeavesResponse(GROUP, leaves));
          return Promise.resolve();
        },
        read: () => Promise.resolve(answer),
        close: () => {},
      });
    },
  };
  const room = {
    record: { id: GROUP, port: 40_000, ownerPk: "alice", members: ["alice", "carol", "dave"] },
    wants: () => wants,
    ledger: { of: () => undefined },
    heard: (_: string, [{ path }]: FeedLeaf[]) => {
      wants = wants.filter(({ inc }) => inc !== path);
      return Promise.resolve();
    },
  };
  const options = { clock: world.clock, network, pk: "bob" };
  const inquiries = new Inquiries(options as unknown as AskingOptions);
  await inquiries.ask(room as unknown as GroupRoom);
  strictEqual(wants.length, 3 * MAX_WANTS - has.size);
  deepStrictEqual(dials.filter((pk) => pk !== "dave"), ["alice", "carol"]);
  strictEqual(dials.length, 2 + has.size + 3);
});

test("What an author has retired before it came is asked for too, as far as it was said while we were in", async (world) => {
  const texts = Array.from({ length: 510 }, (_, i) => `${i}`.padStart(3, "0"));
  const { group, carol, holes, author } = await missed(world, "public", texts, { heard: [] });
  const [[from, to]] = (await holes()).map((hole) => hole.split(" ").map(Number));
  deepStrictEqual([from > 50, to], [true, 509], "what has retired is no hole");
  await world.pass(120_000);
  deepStrictEqual(await holes(), []);
  deepStrictEqual(await world.texts(carol, group), texts);
  // Who comes in now has what the feeds hold, and asks once for what stands before it.
  const { link } = await author.groups.invite({ group });
  const dave = await world.member("dave");
  await world.done(dave.groups.join({ link }));
  await world.pass(120_000);
  const seen = await world.texts(dave, group);
  ok(seen.length >= 450 && seen.length < 510, `${seen.length} messages`);
  const later = await world.texts(dave, group);
  await world.pass(90_000);
  deepStrictEqual(await world.texts(dave, group), later);
});
