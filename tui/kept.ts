/**
 * What outlives a run: drafts, notices by conversation, quiet hours. A small private file beside the identity's store.
 *
 * @module
 */
import type { Files } from "../lib/sys/files.ts";
import { readOwnJson } from "../lib/sys/kept_json.ts";
import { utf8 } from "../lib/wire/bytes.ts";
import { Turns } from "../lib/wire/turns.ts";
import { chosenOver, readChosen } from "./chosen.ts";
import { editing } from "./editor.ts";
import { NEW_THREAD } from "./model.ts";
import type { Chosen, Level, Model } from "./types.ts";

/** Longest file: some hundred long drafts. */
const MAX_BYTES = 8 << 20;

/** The file in an identity's directory. */
export const keptPath = (directory: string): string => `${directory}/chat.json`;

/** The file's content. */
interface Kept {
  readonly drafts?: Readonly<Record<string, string>>;
  readonly levels?: Readonly<Record<string, Level>>;
  readonly chosen?: Chosen;
}

/**
 * Puts into a model what a run before left. What is whole of a damaged file is used, the rest set aside; one that can't
 * be read counts as empty: it holds nothing that a start should fail for.
 */
export async function withKept(model: Model, files: Files, path: string): Promise<Model> {
  const kept = await read(files, path);
  const threads = Object.fromEntries(
    Object.entries(kept.drafts ?? {})
      .filter(([, text]) => typeof text === "string" && text !== "")
      .map(([id, text]) => [id, { ...NEW_THREAD, draft: editing(text) }]),
  );
  const chosen = readChosen(kept.chosen);
  return {
    ...model,
    threads: { ...threads, ...model.threads },
    levels: kept.levels ?? {},
    chosen,
    preferences: chosenOver(model.configured, chosen),
  };
}

/** The file's text for a model. */
export function keptText(model: Model): string {
  const drafts = Object.fromEntries(
    Object.entries(model.threads).filter(([, { draft }]) => draft.text !== "").map((
      [id, { draft }],
    ) => [id, draft.text]),
  );
  return `${JSON.stringify({ drafts, levels: model.levels, chosen: model.chosen } satisfies Kept)}\n`;
}

/**
 * Writes the file when it differs from what was written last.
 * @returns Whether it did.
 * @throws {UserError} local: it can't be written.
 */
export function keeper(files: Files, path: string): (model: Model) => Promise<boolean> {
  let written = "";
  const turns = new Turns();
  return (model) => {
    const text = keptText(model);
    return turns.run(async () => {
      if (text === written) return false;
      await files.replacePrivate(path, utf8(text));
      written = text;
      return true;
    });
  };
}

async function read(files: Files, path: string): Promise<Kept> {
  try {
    return await readOwnJson(files, path, MAX_BYTES, 2) ?? {};
  } catch {
    return {};
  }
}
