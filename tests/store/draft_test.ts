import fc from "fast-check";
import { deepStrictEqual } from "node:assert/strict";
import { Content } from "../../lib/store/rows/content.ts";
import type { HeadRecord } from "../../lib/store/rows/records.ts";
import { Draft } from "../../lib/store/writing/draft.ts";

const { test } = Deno;

const HEAD = { cursor: 0, firstEvent: 1, generation: 0 } as unknown as HeadRecord;
const BELOW = { read: () => Promise.resolve([]), takesBlocks: true };

type Step = {
  readonly what: "set" | "add" | "remove" | "event";
  readonly kind: string;
  readonly name: number;
};

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom("set", "add", "remove", "event"),
  kind: fc.constantFrom("m", "i", "c"),
  name: fc.integer({ min: 0, max: 5 }),
});

function plan(draft: Draft, steps: readonly Step[]): void {
  for (const { what, kind, name } of steps) {
    const key = [kind, Uint8Array.of(1), Uint8Array.of(name)] as never;
    if (what === "event") {
      draft.addEvent({ atNs: "0", event: { kind: "network", name: "n", detail: {} } }, 20 + name);
    } else if (what === "remove") draft.remove(key);
    else draft[what](key, Content.of(new Uint8Array(name * 30_000)));
  }
}

const seen = (draft: Draft) => ({
  all: [...draft.all()].map(({ key, content, ...rest }) => ({ key, size: content?.size, ...rest }))
    .sort((a, b) => JSON.stringify(a.key) < JSON.stringify(b.key) ? -1 : 1),
  events: [...draft.events],
  head: draft.head,
  bytes: draft.bytes,
  hasWrites: draft.hasWrites,
  fits: draft.fits(),
  isNearlyFull: draft.isNearlyFull,
});

test("Draft is after a plan that is dropped what it was before it", () => {
  fc.assert(fc.property(fc.array(step), fc.array(step), fc.array(step), (kept, dropped, later) => {
    const [draft, other] = [new Draft(BELOW, HEAD), new Draft(BELOW, HEAD)];
    for (const one of [draft, other]) plan(one, kept);
    const beginning = draft.begin();
    plan(draft, dropped);
    draft.drop(beginning);
    deepStrictEqual(seen(draft), seen(other));
    for (const one of [draft, other]) plan(one, later);
    deepStrictEqual(seen(draft), seen(other));
  }));
});
