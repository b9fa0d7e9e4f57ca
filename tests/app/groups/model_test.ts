/**
 * People of a group who join and leave it, speak, take back and decide at random, alone and at the same time, with programs
 * that are closed and killed, disks without their last writes and of long ago, and networks that are off; in the end
 * all of them must know the same.
 */
import fc from "fast-check";
import { play } from "./model_end.ts";
import { type Step, story } from "./model_steps.ts";

Deno.test("All members of a group know the same in the end, whatever they did, and whatever became of their programs", async () => {
  await fc.assert(fc.asyncProperty(story(25), play), { numRuns: 15, seed: 20261130 });
});

/** Stories in which somebody knew something else in the end. */
const FOUND: Record<string, readonly Step[]> = {
  "A founder that goes on from an older disk has the name that it gave since": [
    { do: "backup", who: 0 },
    { do: "rename", who: 0, loose: false },
    { do: "wait", seconds: 45 },
    { do: "restore", who: 0 },
  ],
  "A founder that drops its group and comes back learns of all from who is there, also from who was there before":
    [
      { do: "net", who: 1 },
      { do: "decide", who: 0, loose: false, action: "remove", peer: 1 },
      { do: "join", who: 3, loose: false, by: 0, form: "link" },
      { do: "drop", who: 0, loose: false },
      { do: "drop", who: 2, loose: false },
      { do: "join", who: 0, loose: false, by: 0, form: "link" },
    ],
  "Who said something when it was put out, and is in again, is told that others have it": [
    { do: "decide", who: 0, loose: false, action: "remove", peer: 2 },
    { do: "say", who: 2, loose: false, waitMs: 0 },
    { do: "wait", seconds: 5 },
    { do: "join", who: 2, loose: false, by: 0, form: "link" },
  ],
  "Who leaves while others say something has no error of it": [
    { do: "leave", who: 2, loose: true },
    { do: "say", who: 1, loose: false, waitMs: 0 },
    { do: "say", who: 2, loose: false, waitMs: 0 },
    { do: "say", who: 0, loose: false, waitMs: 0 },
    { do: "wait", seconds: 1 },
    { do: "rename", who: 0, loose: false },
    { do: "kill", who: 0, end: "killed", during: undefined, turns: 0 },
    { do: "join", who: 0, loose: false, by: 0, form: "link" },
    { do: "decide", who: 0, loose: false, action: "add", peer: 0 },
    { do: "join", who: 0, loose: false, by: 0, form: "link" },
  ],
};

Deno.test("Who reads a channel has its messages in the order in which they were said", () => {
  const { who, loose } = { who: 0, loose: false };
  const killed = { do: "kill", who, end: "killed", during: undefined, turns: 0 } as const;
  const say = { do: "say", who, loose, waitMs: 0 } as const;
  const back = [{ do: "drop", who, loose }, { do: "join", who, loose, by: 0, form: "link" }] as const;
  return play([{ kind: "channel", join: "link" }, 2, [
    { do: "program", who: 1 },
    say,
    ...back,
    { do: "answer", who, loose, yes: false },
    killed,
    killed,
    say,
    killed,
  ]]);
});

for (const kind of ["public", "private", "channel"] as const) {
  Deno.test(`Who was put out of a ${kind} group, knows it, and is let in again comes back by itself`, async () => {
    const decide = (action: "remove" | "ban" | "unban" | "add") =>
      ({ do: "decide", who: 0, loose: false, action, peer: 2 }) as const;
    const wait = { do: "wait", seconds: 5 } as const;
    const program = { do: "program", who: 2 } as const;
    await play([{ kind, join: "link" }, 2, [decide("remove"), wait, decide("add")]]);
    await play([{ kind, join: "link" }, 2, [decide("remove"), wait, program, decide("add"), wait, program]]);
    await play([{ kind, join: "link" }, 2, [decide("ban"), wait, decide("unban"), wait, decide("add")]]);
  });
}

Deno.test("A founder that makes a key before it hears that its group is a D2 group asks for that one's, and what it decided counts", async () => {
  const who = { who: 0, loose: false } as const;
  const steps = [
    { do: "drop", ...who },
    { do: "join", ...who, by: 1, form: "link" },
    { do: "rotate", ...who },
  ] as const;
  const kind = { kind: "private", join: "approval", keys: "d2" } as const;
  await play([kind, 2, steps]);
  await play([kind, 2, [...steps, { do: "decide", ...who, action: "add", peer: 3 }]]);
});

for (const [name, steps] of Object.entries(FOUND)) {
  Deno.test(name, () => play([{ kind: "public", join: "link" }, 2, steps]));
}
