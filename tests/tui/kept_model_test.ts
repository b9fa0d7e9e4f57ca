/**
 * Drafts and levels of several chats of one identity, which begin, write, save, end and are killed at random, on a disk that
 * is full at times: what nobody touched stays, what was sent does not come back, of two that changed one the later holds.
 */
import fc from "fast-check";
import { deepStrictEqual } from "node:assert/strict";
import type { HistoryRequest, MessageView } from "../../lib/app/messages/messages.ts";
import { editing } from "../../tui/compose/editor.ts";
import { keeper, withKept } from "../../tui/effects/kept.ts";
import { keyOf, NEW_THREAD, newModel, withThread } from "../../tui/state/model.ts";
import type { Level, Model, Thread } from "../../tui/state/types.ts";
import { memoryFiles } from "../fakes/files.ts";
import { ALICE, BOB, CAROL, OWN, withPerson } from "./stage.ts";

const PATH = "/chat.json";
const IDS = [ALICE, BOB, CAROL].map(withPerson);
const which = { view: fc.nat(2), id: fc.nat(IDS.length - 1) };

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("write" as const),
      ...which,
      text: fc.constantFrom("", "", "a", "b\nc"),
      answers: fc.constantFrom(undefined, undefined, 1, 2),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("level" as const),
      ...which,
      level: fc.constantFrom<Level>("all", "mentions", "none"),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("save" as const), view: which.view }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("again" as const), view: which.view, saves: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "disk" as const }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

interface View {
  model: Model;
  keep: (model: Model) => Promise<boolean>;
  /** As it was when it began, or last saved. */
  saved: ReadonlyMap<string, string>;
}

/** The message at a place, of whatever conversation. */
const said = (peer: string, position: number): MessageView => ({
  ...{ peer, position, outgoing: false, id: `${position}`, text: "said", ts: "2026-11-27T14:00:00Z" },
  ...{ state: "received", via: "dmsg" },
});
const APP = {
  history: ({ peer, before }: HistoryRequest) => Promise.resolve([said(peer!, before! - 1)]),
};

/** A draft with what it answers, as a text: they belong together. */
const begun = ({ draft, replyTo }: Thread = NEW_THREAD): string =>
  draft.text === "" ? "" : `${replyTo?.position ?? ""} ${draft.text}`;

/** All that is kept, by name. */
const shown = (model: Model): Map<string, string> =>
  new Map(
    IDS.flatMap((
      id,
    ) => [[`draft ${id}`, begun(model.threads[id])], [
      `level ${id}`,
      model.levels[id] ?? "",
    ]]),
  );

async function play(steps: readonly Step[]): Promise<void> {
  const files = memoryFiles();
  let isFull = false;
  const replacePrivate: typeof files.replacePrivate = async (...file) => {
    if (isFull) throw new Error("full");
    await files.replacePrivate(...file);
  };
  const disk = { ...files, replacePrivate };
  const expected = new Map<string, string>();
  const begin = async (): Promise<View> => {
    const model = await withKept(newModel(OWN, { columns: 80, rows: 24 }), disk, PATH, APP);
    return { model, keep: keeper(disk, PATH, model), saved: shown(model) };
  };
  const save = async (view: View): Promise<void> => {
    await view.keep(view.model).catch(() => {});
    if (isFull) return;
    const now = shown(view.model);
    for (const [name, value] of now) if (view.saved.get(name) !== value) expected.set(name, value);
    view.saved = now;
  };
  const views = [await begin(), await begin(), await begin()];
  for (const one of steps) {
    if (one.do === "disk") isFull = !isFull;
    if (one.do === "disk") continue;
    const view = views[one.view];
    if (one.do === "save") await save(view);
    else if (one.do === "again") {
      if (one.saves) await save(view);
      views[one.view] = await begin();
    } else {
      const id = IDS[one.id];
      view.model = one.do === "write"
        ? withThread(view.model, id, {
          draft: editing(one.text),
          replyTo: one.answers && said(keyOf(id), one.answers),
        })
        : { ...view.model, levels: { ...view.model.levels, [id]: one.level } };
    }
    const fresh = shown((await begin()).model);
    for (const [name, value] of fresh) deepStrictEqual([name, value], [name, expected.get(name) ?? ""]);
  }
}

Deno.test("Chats of one identity keep what each has written, and bring back nothing", async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 30, size: "max" }), play), {
    seed: Number(Deno.env.get("DMSG_MODEL_SEED") ?? 20261130),
    numRuns: Number(Deno.env.get("DMSG_MODEL_RUNS") ?? 60),
  });
});
