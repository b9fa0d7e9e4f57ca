/** Drafts and levels, out of a file that may be damaged. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { editing } from "../../tui/compose/editor.ts";
import { rowText } from "../../tui/drawing/screen.ts";
import { view } from "../../tui/drawing/view.ts";
import { keeper, keptText, withKept } from "../../tui/effects/kept.ts";
import type { History } from "../../tui/effects/pages.ts";
import { choosesBell, choosesQuiet, configuredAnew } from "../../tui/state/chosen.ts";
import { idOf, NEW_THREAD, newModel } from "../../tui/state/model.ts";
import type { Model } from "../../tui/state/types.ts";
import { memoryFiles } from "../fakes/files.ts";
import { ALICE, BOB, OWN, Stage, withPerson } from "./stage.ts";

const size = { columns: 80, rows: 24 };
/** No messages. */
const NOTHING = { history: () => Promise.resolve([]) };
const draft = (text: string) => ({ ...NEW_THREAD, draft: editing(text) });
const MODEL = {
  ...newModel(OWN, size),
  threads: { [withPerson(ALICE)]: draft("a long thought"), [withPerson(BOB)]: draft("another") },
};
const TEXT = keptText(MODEL);

async function drafts(text: string): Promise<string[]> {
  const { threads } = await withKept(
    newModel(OWN, size),
    memoryFiles({ "/chat.json": text }),
    "/chat.json",
    NOTHING,
  );
  return Object.values(threads).map(({ draft }) => draft.text);
}

Deno.test("Drafts outlive a damaged file as far as it is whole", async () => {
  deepStrictEqual(await drafts(TEXT), ["a long thought", "another"]);
  deepStrictEqual(await drafts(`${TEXT}garbage`), ["a long thought", "another"]);
  deepStrictEqual(await drafts(TEXT.slice(0, TEXT.indexOf("other"))), ["a long thought"]);
  const files = memoryFiles({ "/chat.json": "garbage" });
  await withKept(newModel(OWN, size), files, "/chat.json", NOTHING);
  deepStrictEqual(files.kept.has("/chat.json.damaged-1"), true);
  for (const nothing of ["", "\0\0"]) deepStrictEqual(await drafts(nothing), []);
});

Deno.test("Drafts that could not be written are written when that goes again, and not twice", async () => {
  const { kept, ...files } = memoryFiles();
  let isFull = true;
  const replacePrivate: typeof files.replacePrivate = async (...file) => {
    if (isFull) throw new Error("full");
    await files.replacePrivate(...file);
  };
  const keep = keeper({ ...files, replacePrivate }, "/chat.json");
  await rejects(keep(MODEL), /full/);
  await rejects(keep(MODEL), /full/);
  isFull = false;
  deepStrictEqual([await keep(MODEL), await keep(MODEL)], [true, false]);
  deepStrictEqual(new TextDecoder().decode(kept.get("/chat.json")?.bytes), TEXT);
});

Deno.test("Two chats of an identity keep the drafts and settings of both; of one that both write the later holds", async () => {
  const files = memoryFiles();
  const path = "/chat.json";
  const [ann, ben] = [withPerson(ALICE), withPerson(BOB)];
  const begun = await withKept(newModel(OWN, size), files, path, NOTHING);
  const chats = [begun, begun].map((model) => ({ model, keep: keeper(files, path, model) }));
  const write = async (chat: 0 | 1, change: Partial<Model>) => {
    const { model, keep } = chats[chat];
    chats[chat].model = { ...model, ...change, threads: { ...model.threads, ...change.threads } };
    return await keep(chats[chat].model);
  };
  const kept = async () => {
    const { threads, levels, chosen } = await withKept(newModel(OWN, size), files, path, NOTHING);
    const texts = Object.entries(threads).map(([id, { draft }]) => [id, draft.text]);
    return { drafts: Object.fromEntries(texts), levels, bell: chosen.bell?.is };
  };
  deepStrictEqual(await write(0, {}), false, "nothing was written");
  await write(0, { threads: { [ann]: draft("to Alice") }, levels: { [ann]: "none" } });
  await write(1, { threads: { [ben]: draft("to Bob") }, chosen: { bell: { is: false, over: true } } });
  const both = { drafts: { [ann]: "to Alice", [ben]: "to Bob" }, levels: { [ann]: "none" }, bell: false };
  deepStrictEqual(await kept(), both);
  deepStrictEqual(await write(0, {}), false, "nothing of it has changed here");
  await write(1, { threads: { [ann]: draft("of the other chat") } });
  await write(1, { threads: { [ben]: draft("") } });
  deepStrictEqual(await kept(), { ...both, drafts: { [ann]: "of the other chat" } });
  files.kept.delete(path);
  await write(0, { threads: { [ben]: draft("again") } });
  deepStrictEqual((await kept()).drafts, { [ann]: "to Alice", [ben]: "again" });
});

Deno.test("What a draft answers outlives a run by its place, and only while it is there", async () => {
  const [ann, ben] = [withPerson(ALICE), withPerson(BOB)];
  const stage = new Stage();
  stage.keep(ALICE, { text: "the secret of alice" }, { text: "another" });
  stage.begin();
  const asked = stage.stored.get(ALICE)![0];
  const app = {
    history: ({ peer, before = Infinity, limit }: { peer?: string; before?: number; limit: number }) =>
      Promise.resolve((stage.stored.get(peer!) ?? []).filter((one) => one.position < before).slice(-limit)),
  };
  const answer = { ...draft("yes, since then"), replyTo: asked };
  const files = memoryFiles();
  const path = "/chat.json";
  await keeper(files, path)({ ...MODEL, threads: { [ann]: answer, [ben]: draft("another") } });
  const text = new TextDecoder().decode(files.kept.get(path)?.bytes);
  ok(!text.includes("secret"), "what is answered may be taken back: the file does not hold it");
  const begin = (from: History = app) => withKept(newModel(OWN, size), files, path, from);
  const { threads } = await begin();
  deepStrictEqual([threads[ann].draft.text, threads[ann].replyTo], ["yes, since then", asked]);
  deepStrictEqual([threads[ben].draft.text, threads[ben].replyTo], ["another", undefined]);

  // A store that can't be asked now takes nothing away: the next run knows it.
  const broken = await begin({ history: () => Promise.reject(new Error("busy")) });
  deepStrictEqual([broken.threads[ann].draft.text, broken.threads[ann].replyTo], [
    "yes, since then",
    undefined,
  ]);
  deepStrictEqual(await keeper(files, path, broken)(broken), false);
  deepStrictEqual((await begin()).threads[ann].replyTo, asked);

  stage.stored.get(ALICE)![0] = { ...asked, id: "of another store" };
  deepStrictEqual((await begin()).threads[ann].replyTo, undefined);
  stage.stored.get(ALICE)![0] = { ...asked, state: "deleted", text: "" };
  deepStrictEqual((await begin()).threads[ann].replyTo, undefined);
  stage.stored.set(ALICE, []);
  deepStrictEqual((await begin()).threads[ann].replyTo, undefined);
  for (
    const odd of ["7", "null", '{"text":7}', '{"answers":{"position":1}}', '{"text":"t","answers":null}']
  ) {
    const damaged = memoryFiles({ [path]: `{"drafts":{"${ann}":${odd},"${ben}":"b"}}` });
    const { threads } = await withKept(newModel(OWN, size), damaged, path, app);
    deepStrictEqual(threads[ben].draft.text, "b", odd);
  }
});

Deno.test("What was switched at run time goes before the configuration, until that says something new", async () => {
  const night = { from: 22 * 60, to: 7 * 60 };
  const evening = { from: 18 * 60, to: 20 * 60 };
  const begun = newModel(OWN, size, { configured: { ...MODEL.configured, quiet: night } });
  const text = keptText(choosesBell(choosesQuiet(begun, undefined), false));
  const again = async (quiet: typeof night | undefined) => {
    const model = newModel(OWN, size, { configured: { ...MODEL.configured, quiet } });
    return await withKept(model, memoryFiles({ "/chat.json": text }), "/chat.json", NOTHING);
  };
  const same = await again(night);
  deepStrictEqual([same.preferences.quiet, same.preferences.bell], [undefined, false]);
  deepStrictEqual((await again(evening)).preferences.quiet, evening);
  deepStrictEqual(configuredAnew(same, { ...same.configured, quiet: evening }).preferences.quiet, evening);
  deepStrictEqual(configuredAnew(same, { ...same.configured, desktop: false }).preferences.quiet, undefined);
  for (const damaged of ['{"chosen":7}', '{"chosen":{"quiet":{"is":"x"},"bell":{"is":1}}}']) {
    const { chosen } = await withKept(
      newModel(OWN, size),
      memoryFiles({ "/chat.json": damaged }),
      "/chat.json",
      NOTHING,
    );
    deepStrictEqual(chosen, {});
  }
});

Deno.test("What was begun is marked in the list until it is sent, and not where it is being written", () => {
  const stage = new Stage();
  stage.keep(ALICE, { text: "hello" });
  stage.keep(BOB, { text: "there" });
  stage.begin({ alice: ALICE, bob: BOB });
  const rowOf = (name: string): string => stage.screen.find((row) => row.includes(name)) ?? "";
  stage.type("\r");
  stage.type("half a word");
  ok(!stage.screen.some((row) => row.includes("draft:")), "it is in the box");
  stage.type("\x1b");
  ok(stage.screen.some((row) => row.includes("draft: half a word")), stage.screen.join("\n"));
  strictEqual([rowOf("alice"), rowOf("bob")].filter((row) => row.includes("draft:")).length, 1);
  stage.type("\r");
  stage.type("\x1b\r and\x1b\rmore"); // Alt+Enter
  stage.type("\x1b");
  ok(stage.screen.some((row) => row.includes("draft: half a word and more")), stage.screen.join("\n"));
  stage.type("\r");
  stage.type("\r");
  stage.type("\x1b");
  ok(!stage.screen.some((row) => row.includes("draft:")), "it was sent");
});

Deno.test("Long drafts and long messages make the list no slower, and are one line in it", () => {
  const long = "wört\n".repeat(13_000);
  const stage = new Stage();
  stage.keep(ALICE, { text: long });
  stage.keep(BOB, { text: "there" });
  stage.begin({ alice: ALICE, bob: BOB });
  stage.model = { ...stage.model, threads: { [idOf(BOB)]: draft(`\n${long}`) } };
  const beganMs = performance.now();
  for (let i = 0; i < 10; i++) view({ ...stage.model, nowMs: stage.nowMs + i });
  const tookMs = performance.now() - beganMs;
  const rows = view(stage.model).rows.map(rowText);
  for (const line of ["alice  ", "bob  "]) ok(rows.some((row) => row.includes(line)));
  strictEqual(rows.filter((row) => row.includes("wört wört wört")).length, 2, rows.join("\n"));
  ok(rows.some((row) => row.includes("draft: wört wört wört")));
  ok(tookMs < 400, `${tookMs} ms`);
});
