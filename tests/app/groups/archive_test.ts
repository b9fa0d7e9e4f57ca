/** What is given to who asks for leaves: bounded, and nothing keeps back what lies behind it. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { answerOf, type Giving, keepArchived } from "../../../lib/app/groups/threads/archive.ts";
import { MAX_LEAF_BYTES } from "../../../lib/group/talk/leaf.ts";
import { MAX_ANSWERED, MAX_ANSWERED_BYTES, type Want } from "../../../lib/group/threads/leaf_request.ts";
import { type Range, Ranges } from "../../../lib/group/threads/ranges.ts";
import { openStore } from "../../../lib/store/open.ts";
import { memoryPlace } from "../../../lib/store/place/memory.ts";
import { systemClock } from "../../../lib/sys/clock.ts";
import { seededRandom } from "../../fakes/random.ts";
import { pairOf } from "./group_world.ts";

const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const author = pairOf("bob").pk;
const inc = "0011223344556677";

interface Asked {
  readonly to?: bigint;
  readonly takesPieces?: boolean;
  /** What is asked for before it. */
  readonly before?: readonly Want[];
  /** What is known of other runs. */
  readonly here?: (inc: string) => readonly Range[] | undefined;
  readonly served?: Giving["served"];
}

/** What an archive of leaves of these sizes answers to a request for places 1 to `to`. */
async function answered(
  sizes: readonly number[],
  { to = BigInt(sizes.length), takesPieces = false, before = [], here = () => [], served = (leaf) => leaf }:
    Asked = {},
): Promise<number[]> {
  const store = await openStore({
    place: memoryPlace(),
    secret: new Uint8Array(32).fill(7),
    clock: systemClock(),
    random: seededRandom("archive"),
  });
  const changes = sizes.map((size, i) =>
    keepArchived(GROUP, author, { inc, seq: BigInt(i + 1) }, {
      path: `${i + 1}`,
      value: new Uint8Array(size),
    })
  );
  for (let at = 0; at < changes.length; at += 100) await store.commit(changes.slice(at, at + 100));
  const wants = [...before, { author, inc, from: 1n, to }];
  const leaves = await answerOf(
    store,
    GROUP,
    { wants, takesPieces },
    {
      hereOf: ({ inc: run, from, to }) =>
        run === inc ? new Ranges([[1n, BigInt(sizes.length)]]).within(from, to) : here(run),
      served,
    },
  );
  await store.close();
  const bytes = leaves.reduce((sum, { value }) => sum + value.length, 0);
  ok(bytes <= (takesPieces && leaves.length === 1 ? MAX_LEAF_BYTES : MAX_ANSWERED_BYTES));
  return leaves.map(({ path }) => Number(path));
}

Deno.test("An answer holds so many leaves and bytes, and of a range without an end a beginning", async () => {
  deepStrictEqual((await answered(Array(100).fill(10), { to: 2n ** 63n })).length, MAX_ANSWERED);
  deepStrictEqual((await answered(Array(5).fill(15_000))).length, 2);
});

Deno.test("Leaves that are not here, or not given, do not keep back those behind them", async () => {
  const before = [{ author, inc: "8899aabbccddeeff", from: 1n, to: 5000n }];
  deepStrictEqual(await answered([10, 10], { before }), [1, 2]);
  deepStrictEqual(await answered([10, 10], { before, here: () => undefined }), [1, 2]);
  deepStrictEqual(await answered([10, 10], { before, here: () => [[7n, 7n]] }), [1, 2]);
  const sealed = Array(MAX_ANSWERED).fill(10);
  const served: Giving["served"] = (leaf) => Number(leaf.path) <= MAX_ANSWERED ? undefined : leaf;
  deepStrictEqual(await answered([...sealed, 10], { served }), [MAX_ANSWERED + 1]);
});

Deno.test("A leaf that no answer holds does not keep back those behind it", async () => {
  deepStrictEqual(await answered([10, 200_000, 10, 41_000, 10]), [1, 3, 5]);
});

Deno.test("A leaf that is longer than a frame is given alone, behind all that are not, the shortest first", async () => {
  const inPieces = { takesPieces: true };
  deepStrictEqual(await answered([90_000, 10, 60_000, 10], inPieces), [2, 4]);
  deepStrictEqual(await answered([90_000, 60_000, 70_000], inPieces), [2]);
  deepStrictEqual(await answered([90_000]), []);
  deepStrictEqual(await answered([MAX_LEAF_BYTES + 1, MAX_LEAF_BYTES], inPieces), [2]);
  deepStrictEqual(await answered([MAX_LEAF_BYTES + 1], inPieces), []);
});
