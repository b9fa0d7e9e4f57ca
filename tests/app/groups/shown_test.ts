/** What a group shows, hides and shows again, one input and one commit at a time and several at once. */
import fc from "fast-check";
import { strictEqual } from "node:assert/strict";
import { changesOf } from "../../../lib/app/groups/room/changes.ts";
import type { GroupOut } from "../../../lib/group/group_types.ts";
import { openStore } from "../../../lib/store/open.ts";
import { memoryPlace } from "../../../lib/store/place/memory.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { seededRandom } from "../../fakes/random.ts";
import { pairOf } from "./group_world.ts";

const OWN = pairOf("alice").pk;
const SENDER = pairOf("bob").pk;
const GROUP = "0f".repeat(16);
const TAIL = `${SENDER}/5/1`;

type Step = "show" | "sealed" | "hide" | "takeBack" | "delete";

const outOf = (step: Exclude<Step, "delete">): GroupOut =>
  step === "hide"
    ? { kind: "hidden", tail: TAIL }
    : step === "takeBack"
    ? { kind: "gone", sender: SENDER, tsNs: 5n, tail: TAIL }
    : {
      kind: "message",
      message: {
        tail: TAIL,
        sender: SENDER,
        tsNs: 5n,
        text: step === "sealed" ? undefined : "hello",
        audience: [],
        proof: "signed",
        signature: new Uint8Array(65),
      },
    };

async function shownAfter(commits: readonly (readonly Step[])[]): Promise<string[]> {
  const store = await openStore({
    place: memoryPlace(),
    secret: new Uint8Array(32).fill(7),
    clock: new FakeClock(),
    random: seededRandom("shown"),
  });
  const visible = async () =>
    (await store.messages.newest(GROUP, 50)).filter(({ state }) => state !== "deleted");
  for (const steps of commits) {
    const outs: GroupOut[] = [];
    for (const step of steps) if (step !== "delete") outs.push(outOf(step));
    const { units, last } = await changesOf(outs, { id: GROUP, own: OWN, store, nowNs: 0n });
    const changes = [...units.flat(), ...last];
    if (steps.includes("delete")) {
      for (const { position } of await visible()) changes.push({ kind: "delete", peer: GROUP, position });
    }
    if (changes.length > 0) strictEqual((await store.commit(changes)).ok, true);
  }
  // What is a line is the message alone, or one placeholder of it.
  const lines = await store.messages.newest(GROUP, 50, { lines: true });
  strictEqual(lines.length <= 1, true, String(lines.map(({ id, state }) => `${id} ${state}`)));
  const texts = (await visible()).map(({ body, reason }) => reason ?? body);
  await store.close();
  return texts;
}

/** What must be seen in the end: of one message at most one row. */
function modelOf(steps: readonly Step[]): string[] {
  let shown: string | undefined;
  let isDeleted = false;
  for (const step of steps) {
    if (step === "show" && !isDeleted) shown = "hello";
    else if (step === "sealed" && !isDeleted) shown ??= "sealed";
    else if (step === "hide") shown = undefined;
    else if ((step === "delete" || step === "takeBack") && shown !== undefined) {
      shown = undefined;
      isDeleted = true;
    }
  }
  return shown === undefined ? [] : [shown];
}

Deno.test("A message that was hidden is shown again; one that was deleted or taken back is not", async () => {
  const step = fc.constantFrom<Step>("show", "show", "hide", "sealed", "delete", "takeBack");
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 7 }), async (steps) => {
      strictEqual(String(await shownAfter(steps.map((one) => [one]))), String(modelOf(steps)));
    }),
    { numRuns: 100 },
  );
});

Deno.test("What happens to a message within one commit counts as it does one after the other", async () => {
  const step = fc.constantFrom<Step>("show", "hide", "sealed");
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 3 }), async (commits) => {
      strictEqual(String(await shownAfter(commits)), String(modelOf(commits.flat())));
    }),
    { numRuns: 100 },
  );
  strictEqual(String(await shownAfter([["show", "takeBack"]])), "");
  // Each had two lines once: a placeholder of what was never kept, and one that had been replaced before.
  const failed: Step[][][] = [
    [["show"], ["hide", "show", "hide", "show"]],
    [["show"], ["hide", "sealed"], ["show", "show", "hide"]],
    [["sealed"], ["show", "hide"], ["show"]],
  ];
  for (const commits of failed) {
    strictEqual(String(await shownAfter(commits)), String(modelOf(commits.flat())));
  }
});
