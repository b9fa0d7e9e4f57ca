import fc from "fast-check";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type Key, MAX_VALUE_BYTES } from "../../lib/store/place/place.ts";
import { memoryPlace } from "../../lib/store/place/memory.ts";
import { openSeal } from "../../lib/store/place/sealed.ts";
import { piecesOf, Vault } from "../../lib/store/place/vault.ts";
import { writesOf } from "../../lib/store/rows/draft_rows.ts";
import { Content } from "../../lib/store/rows/content.ts";
import { counter, HEAD_KEY, pathOf } from "../../lib/store/rows/keys.ts";
import { encodeRecord, type EventRecord, type HeadRecord, idContent } from "../../lib/store/rows/records.ts";
import { Draft } from "../../lib/store/writing/draft.ts";
import { below, seededRandom } from "../fakes/random.ts";
import { SECRET } from "./support.ts";

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

/** Deno KV's limits of an atomic write, and what stands before each key on a server. */
const [KV_WRITES, KV_BYTES, PREFIX_BYTES] = [1000, 819_200, 40];

/** One more of something, of a commit that is planned over a draft. */
type Planning = (draft: Draft, n: number) => void;

test("What fits a draft is an atomic write of the place, whatever it is of, and nothing smaller is full", async () => {
  const random = seededRandom("fits");
  const vault = new Vault(memoryPlace(), await openSeal(SECRET, random), random);
  const name = (n: number) => new Uint8Array(8).fill(1).with(0, n & 255).with(1, n >> 8);
  const key = (kind: string, n: number): Key => [kind, new Uint8Array(16).fill(1), name(n)];
  const bytes = (size: number) => Content.of(new Uint8Array(size));
  const event = (size: number): [EventRecord, number] => {
    const record: EventRecord = { atNs: "0", event: { kind: "network", name: "n".repeat(size), detail: {} } };
    return [record, encodeRecord(record).length];
  };
  const [short, long] = [event(10), event(10_000)];
  const one: Record<string, Planning> = {
    row: (draft, n) => draft.add(key("m", n), bytes(100)),
    "old row": (draft, n) => draft.remove(key("m", n)),
    page: (draft, n) => draft.set(key("p", n), bytes(59_000)),
    "long row": (draft, n) => draft.add(key("m", n), bytes(500_000 / (1 + n % 9))),
    "old long row": (draft, n) => {
      const [at, content] = [key("m", n), bytes(500_000)];
      draft.know({ key: at, content, pieces: piecesOf(content.size) });
      if (n % 2 === 0) draft.remove(at);
      else draft.set(at, bytes(70_000));
    },
    "long row that goes": (draft, n) => {
      const [at, content] = [key("m", n), bytes(500_000)];
      draft.know({ key: at, content, pieces: piecesOf(content.size) });
      draft.remove(at);
    },
    id: (draft, n) =>
      draft.set(
        ["i", counter(1), new Uint8Array(16).fill(2).with(0, n & 255).with(1, n >> 8)],
        idContent({ position: n, hash: "0".repeat(64), atNs: "9".repeat(19) }),
      ),
    event: (draft) => draft.addEvent(...short),
    "long event": (draft) => draft.addEvent(...long),
  };
  const kinds = Object.keys(one);
  const mixed = (): readonly string[] => Array.from({ length: 3 }, () => kinds[below(random, kinds.length)]);
  const plans = [...kinds.map((kind) => [kind]), ...Array.from({ length: 3 }, mixed)];
  for (const [round, kinds] of plans.entries()) {
    const draft = new Draft({ ...BELOW, takesBlocks: round % 3 > 0 }, HEAD);
    for (let n = 0;; n++) {
      const plan = one[kinds[n % kinds.length]];
      const more = new Draft({ ...BELOW, takesBlocks: round % 3 > 0 }, draft.head);
      plan(more, n);
      if (!draft.fits(more)) break;
      draft.take(more);
      ok(draft.fits());
    }
    const { writes } = await writesOf(draft, vault, random);
    writes.push(...await vault.sealed(HEAD_KEY, new Uint8Array(600)));
    const all = writes.reduce(
      (sum, { key, value }) => sum + pathOf(key).length + PREFIX_BYTES + (value?.length ?? 0),
      0,
    );
    const said = `${kinds}: ${writes.length} writes, ${all} bytes, ${draft.events.length} events`;
    ok(writes.length <= KV_WRITES && all <= KV_BYTES, said);
    ok(writes.every(({ value }) => (value?.length ?? 0) <= MAX_VALUE_BYTES), said);
    const cut = writes.filter(({ key: [kind, of] }) => kind === "b" && of[0] === "e".charCodeAt(0));
    strictEqual(cut.length, 0, "rows of events are deleted without a look for pieces");
    ok(writes.length > 700 || all > 600_000, said);
  }
});
