/**
 * What people of a group do at random.
 *
 * @module
 */
import fc from "fast-check";
import type { GroupAction } from "../../../lib/app/groups/groups.ts";
import type { End } from "./person.ts";

/** How many people there are. */
export const PEOPLE = 4;

const who = fc.nat(PEOPLE - 1);
/** Whether the next step does not wait for it. */
const loose = fc.boolean();
const at = { who, loose };

const ACTIONS: readonly GroupAction[] = [
  ...["add", "remove", "promote", "demote", "ban", "unban", "mute", "unmute"] as const,
  ...["read-only", "read-write", "promote", "add", "unban", "unmute", "read-write"] as const,
];

const say = fc.record({ do: fc.constant("say" as const), ...at, waitMs: fc.constantFrom(0, 0, 3000) });
const decide = fc.record({
  do: fc.constant("decide" as const),
  ...at,
  action: fc.constantFrom(...ACTIONS),
  peer: who,
});

/** A file of all that somebody has, and some of the lines of one, in any order, taken in. */
const carried = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant("write" as const), ...at }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("carry" as const),
      ...at,
      which: fc.nat(20),
      percent: fc.constantFrom(100, 100, 60, 10),
      seed: fc.nat(1000),
    }),
  },
);

/** A step. */
const step = fc.oneof(
  { weight: 8, arbitrary: say },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("unsay" as const), ...at, which: fc.nat(20) }) },
  { weight: 6, arbitrary: decide },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("join" as const),
      ...at,
      by: who,
      form: fc.constantFrom("link" as const, "address" as const, "keyless" as const, "signed" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("answer" as const), ...at, yes: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rename" as const), ...at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rotate" as const), ...at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), ...at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("drop" as const), ...at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("look" as const), ...at }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("net" as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("program" as const), who }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("kill" as const),
      who,
      end: fc.constantFrom<End>("killed", "dropped", "kept", "torn", "holes", "ahead", "cut only"),
      during: fc.option(fc.oneof(say, decide), { nil: undefined }),
      turns: fc.nat(30),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("backup" as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restore" as const), who }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.constantFrom(1, 5, 45) }),
  },
);

/** A step of who also carry files to each other. */
const withFiles = fc.oneof({ weight: 8, arbitrary: step }, { weight: 2, arbitrary: carried });

/** One of them. */
export type Step = typeof withFiles extends fc.Arbitrary<infer One> ? One : never;

/** Which kind of group. */
const kind = fc.constantFrom(
  { kind: "public", join: "link" } as const,
  { kind: "private", join: "link" } as const,
  { kind: "private", join: "approval" } as const,
  { kind: "private", join: "approval", keys: "d2" } as const,
  { kind: "channel", join: "link" } as const,
);
/** One of {@link kind}. */
export type Kind = typeof kind extends fc.Arbitrary<infer One> ? One : never;

/** A group, how many are in it beside its founder, and what happens in it. */
export const story = (steps: number, hasFiles = false): fc.Arbitrary<[Kind, number, Step[]]> =>
  fc.tuple(
    kind,
    fc.integer({ min: 2, max: PEOPLE - 1 }),
    fc.array<Step>(hasFiles ? withFiles : step, { minLength: 5, maxLength: steps, size: "max" }),
  );
