/** Drafts and levels, out of a file that may be damaged. */
import { deepStrictEqual, rejects } from "node:assert/strict";
import { choosesBell, choosesQuiet, configuredAnew } from "../../tui/chosen.ts";
import { NEW_THREAD, newModel } from "../../tui/model.ts";
import { keeper, keptText, withKept } from "../../tui/kept.ts";
import { editing } from "../../tui/editor.ts";
import { memoryFiles } from "../fakes/files.ts";
import { ALICE, BOB, OWN, withPerson } from "./stage.ts";

const size = { columns: 80, rows: 24 };
const draft = (text: string) => ({ ...NEW_THREAD, draft: editing(text) });
const MODEL = {
  ...newModel(OWN, size),
  threads: { [withPerson(ALICE)]: draft("a long thought"), [withPerson(BOB)]: draft("another") },
};
const TEXT = keptText(MODEL);

async function drafts(text: string): Promise<string[]> {
  const { threads } = await withKept(newModel(OWN, size), memoryFiles({ "/chat.json": text }), "/chat.json");
  return Object.values(threads).map(({ draft }) => draft.text);
}

Deno.test("Drafts outlive a damaged file as far as it is whole", async () => {
  deepStrictEqual(await drafts(TEXT), ["a long thought", "another"]);
  deepStrictEqual(await drafts(`${TEXT}garbage`), ["a long thought", "another"]);
  deepStrictEqual(await drafts(TEXT.slice(0, TEXT.indexOf("other"))), ["a long thought"]);
  const files = memoryFiles({ "/chat.json": "garbage" });
  await withKept(newModel(OWN, size), files, "/chat.json");
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

Deno.test("What was switched at run time goes before the configuration, until that says something new", async () => {
  const night = { from: 22 * 60, to: 7 * 60 };
  const evening = { from: 18 * 60, to: 20 * 60 };
  const begun = newModel(OWN, size, { configured: { ...MODEL.configured, quiet: night } });
  const text = keptText(choosesBell(choosesQuiet(begun, undefined), false));
  const again = async (quiet: typeof night | undefined) => {
    const model = newModel(OWN, size, { configured: { ...MODEL.configured, quiet } });
    return await withKept(model, memoryFiles({ "/chat.json": text }), "/chat.json");
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
    );
    deepStrictEqual(chosen, {});
  }
});
