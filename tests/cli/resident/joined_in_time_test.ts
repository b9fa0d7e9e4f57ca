/** What a join with a limit says of admins that do not answer in time, also where keeping the group takes longer. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { TimeLimit } from "../../../cli/flags/time_limit.ts";
import { joinedInTime } from "../../../cli/resident/joined_in_time.ts";
import type { Groups } from "../../../lib/app/groups/groups.ts";
import { encodeInvite } from "../../../lib/group/joining/invite.ts";
import { NetworkError } from "../../../lib/wire/errors.ts";
import { FakeClock } from "../../fakes/clock.ts";

const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const LIMIT_MS = 1_000;

/** A join whose group is kept after a while. @returns What came of it, and when, milliseconds. */
async function joined(
  keptMs: number,
  joining: (clock: FakeClock) => ReturnType<Groups["join"]>,
  link = GROUP,
): Promise<[Awaited<ReturnType<Groups["join"]>>, ms: number]> {
  const clock = new FakeClock();
  const startMs = clock.nowMs();
  const list = () => Promise.resolve(clock.nowMs() - startMs < keptMs ? [] : [{ id: GROUP }]);
  const groups = { list } as unknown as Groups;
  const limit = new TimeLimit(clock, LIMIT_MS, startMs);
  const { signal } = new AbortController();
  const outcome = joinedInTime({ clock, signal }, limit, { groups, link, joining: joining(clock) });
  let isOver = false;
  const over = () => void (isOver = true);
  outcome.then(over, over);
  while (!isOver) await clock.advance(10);
  return [await outcome, clock.nowMs() - startMs];
}

const never = (): ReturnType<Groups["join"]> => new Promise(() => {});

Deno.test("A group is told to be asked for when it is kept, and admins have half a second from then on", async () => {
  deepStrictEqual(await joined(3_000, never), [{ group: GROUP, status: "pending" }, 3_500]);
  deepStrictEqual(await joined(0, never), [{ group: GROUP, status: "pending" }, LIMIT_MS]);
});

Deno.test("What an admin has said in time is what is told", async () => {
  const active = { group: GROUP, status: "active" } as const;
  deepStrictEqual((await joined(0, () => Promise.resolve(active)))[0], active);
  deepStrictEqual((await joined(3_000, () => Promise.resolve(active)))[0], active);
});

Deno.test("A group that can't be kept is no group that was asked for", async () => {
  const fails = async (clock: FakeClock): ReturnType<Groups["join"]> => {
    await new Promise<void>((resolve) => clock.after(2_000, resolve));
    throw new Error("the disk is full");
  };
  await rejects(joined(Infinity, fails), /the disk is full/);
});

Deno.test("Where nobody has said which group a link leads to, that is what was late", async () => {
  const link = `skychat://${"02".padEnd(66, "a")}/some-group`;
  const late = await joined(0, never, link).then(() => undefined, (error) => error);
  strictEqual(late instanceof NetworkError && late.reason, "timeout");
});

Deno.test("The group of an invite is the one that is kept, however the invite writes its id", async () => {
  const link = encodeInvite({
    id: GROUP.toUpperCase(),
    name: "ops",
    ownerPk: `02${"a".repeat(64)}`,
    port: 60_000,
    mode: "public",
    kind: "public",
    admins: [],
    powBits: 0,
    aesKey: new Uint8Array(0),
  });
  const slow = async (clock: FakeClock): ReturnType<Groups["join"]> => {
    await new Promise<void>((resolve) => clock.after(5_000, resolve));
    return { group: GROUP, status: "pending" };
  };
  deepStrictEqual(await joined(0, slow, link), [{ group: GROUP, status: "pending" }, LIMIT_MS]);
});
