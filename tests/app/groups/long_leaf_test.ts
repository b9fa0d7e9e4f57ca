/** Leaves of any length: what is said is kept by everybody or refused with the reason, and what is too long stops nobody. */
import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import type { FeedLeaf } from "../../../lib/cxo/feed/change.ts";
import {
  encodeLeaf,
  leafDigest,
  leafPath,
  makeLeaf,
  MAX_LEAF_BYTES,
  MAX_TEXT_BYTES,
  readLeaf,
} from "../../../lib/group/talk/leaf.ts";
import { curveSigner } from "../../../lib/group/talk/signer.ts";
import { bundleLines } from "../../../lib/group/threads/bundle.ts";
import { bareThread, makeThread } from "../../../lib/group/threads/thread.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { seededRandom } from "../../fakes/random.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

const test = worldTests(GroupWorld);
const bob = pairOf("bob");

/** A leaf of bob's in its place of his thread. */
function leafOf(groupId: string, seq: bigint, tsNs: bigint, textOf: (free: number) => string): FeedLeaf {
  const make = (text: string): FeedLeaf => {
    const body = makeLeaf({ author: bob, tsNs, text }, seededRandom("long"));
    const place = bareThread(groupId, { inc: "0011223344556677", seq });
    const threaded = { author: bob.pk, counter: seq, digest: leafDigest(body) };
    const { thread } = makeThread(place, threaded, bob.secret, curveSigner);
    return { path: leafPath(bob.pk, tsNs, seq), value: encodeLeaf({ ...body, thread }) };
  };
  return make(textOf(MAX_LEAF_BYTES - make("a").value.length + 1));
}

/** A text that is so long as JSON, and a third of that itself. */
const wordy = (size: number): string => "<".repeat(size / 8) + "a".repeat(size - 6 * Math.floor(size / 8));

test("A text that is far longer as JSON is refused where it lies in clear, and goes sealed", async (world) => {
  const text = "<".repeat(65_536);
  const { group, apps: [alice] } = await world.group("public", "bob");
  const send = alice.groups.send({ group, text, waitMs: 5_000 });
  await rejects(world.done(send), (error: UserError) => {
    match(
      error.message,
      /^The message is \d+ bytes too long: <, >, & and unseen characters count six times$/,
    );
    return error instanceof UserError && error.kind === "usage";
  });
  const html = "<p>a & b</p>\n".repeat(5_000); // 65,000 bytes
  const { state } = await world.done(alice.groups.send({ group, text: html, waitMs: 5_000 }));
  strictEqual(state, "kept-by-others");
});

test("A text of 64 KiB of which each character is six in JSON goes into a private group", async (world) => {
  const text = "<".repeat(65_536);
  const { group, apps: [alice, other] } = await world.group("private", "bob");
  await world.done(alice.groups.send({ group, text, waitMs: 5_000 }));
  await world.pass(1_000);
  deepStrictEqual(await world.texts(other, group), [text]);
});

test("A leaf as long as leaves may be is kept, a longer one is dropped with a line, and those beside it are read", async (world) => {
  const problems: string[] = [];
  const { group, apps: [alice] } = await world.group("public", "bob");
  const carol = await world.open("carol", {
    own: pairOf("carol"),
    onProblem: (error) => problems.push(error.message),
  });
  const { link } = await alice.groups.invite({ group });
  await world.done(carol.groups.join({ link }));
  await world.pass(5_000);
  const nowNs = world.clock.wallNs();
  const texts: ((free: number) => string)[] = [
    () => "first",
    wordy,
    (free) => wordy(free + 1),
    () => "a".repeat(MAX_TEXT_BYTES),
    () => "a".repeat(MAX_TEXT_BYTES + 1),
    () => "a".repeat(3_000_000),
    () => "last",
  ];
  const leaves = texts.map((textOf, i) => leafOf(group, BigInt(i + 1), nowNs + BigInt(i), textOf));
  strictEqual(leaves[1].value.length, MAX_LEAF_BYTES);
  leaves.push({ path: "roster/00001", value: new Uint8Array(1_000_000).fill(32) });
  const [, ...lines] = bundleLines(group, leaves);
  await world.done(carol.groups.unbundle({ group, leaves: lines }));
  deepStrictEqual((await world.texts(carol, group)).map(({ length }) => length).sort((a, b) => a - b), [
    "last".length,
    "first".length,
    readLeaf(leaves[1].value)!.text.length,
    MAX_TEXT_BYTES,
  ]);
  strictEqual(problems.filter((line) => line.includes("it is too long")).length, 4);
});
