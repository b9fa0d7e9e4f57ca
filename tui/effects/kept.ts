/**
 * What outlives a run: drafts, notices by conversation, quiet hours. A small private file beside the identity's store.
 *
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import type { Files } from "../../lib/sys/files/files.ts";
import { readOwnJson } from "../../lib/sys/files/kept_json.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { Turns } from "../../lib/wire/turns.ts";
import { editing } from "../compose/editor.ts";
import { chosenOver, readChosen } from "../state/chosen.ts";
import { keyOf, NEW_THREAD } from "../state/model.ts";
import type { Chosen, ConversationId, Level, Model, Thread } from "../state/types.ts";
import type { History } from "./pages.ts";

/** Longest file: some hundred long drafts. */
const MAX_BYTES = 8 << 20;

/** The file in an identity's directory. */
export const keptPath = (directory: string): string => `${directory}/chat.json`;

/** A draft's text; of an answer also what it answers, by its place: whose text may be taken back until then. */
type KeptDraft = string | {
  readonly text: string;
  readonly answers: { readonly position: number; readonly id: string };
};

/** The file's content. */
interface Kept {
  readonly drafts?: Readonly<Record<string, KeptDraft>>;
  readonly levels?: Readonly<Record<string, Level>>;
  readonly chosen?: Chosen;
}

/**
 * Puts into a model what a run before left. What is whole of a damaged file is used, the rest set aside; one that can't
 * be read counts as empty: it holds nothing that a start should fail for.
 * @param app  Has what drafts answer; what is not there any more is not answered.
 */
export async function withKept(model: Model, files: Files, path: string, app: History): Promise<Model> {
  const kept = await read(files, path) ?? {};
  const drafts = await Promise.all(
    Object.entries(kept.drafts ?? {}).map(async ([id, draft]) =>
      [id, await threadWith(app, id as ConversationId, draft)] as const
    ),
  );
  const threads = Object.fromEntries(drafts.filter(([, { draft }]) => draft.text !== ""));
  const chosen = readChosen(kept.chosen);
  return {
    ...model,
    threads: { ...threads, ...model.threads },
    levels: kept.levels ?? {},
    chosen,
    preferences: chosenOver(model.configured, chosen),
  };
}

/** What is begun in a conversation. @param kept  As the file has it, which may be anything. */
async function threadWith(app: History, id: ConversationId, kept: KeptDraft): Promise<Thread> {
  const { text, answers } = typeof kept === "string" ? { text: kept, answers: undefined } : kept ?? {};
  if (typeof text !== "string") return NEW_THREAD;
  const replyTo = Number.isSafeInteger(answers?.position)
    ? await messageAt(app, id, answers!.position).catch(() => undefined)
    : undefined;
  const isIt = replyTo !== undefined && replyTo.id === answers?.id && replyTo.state !== "deleted";
  return { ...NEW_THREAD, draft: editing(text), ...(isIt ? { replyTo } : {}) };
}

async function messageAt(
  app: History,
  id: ConversationId,
  position: number,
): Promise<MessageView | undefined> {
  const [message] = await app.history({ peer: keyOf(id), limit: 1, before: position + 1 });
  return message?.position === position ? message : undefined;
}

/** The file's text for a model. */
export const keptText = (model: Model): string => textOf(keptOf(model));

const textOf = (kept: Kept): string => `${JSON.stringify(kept)}\n`;

function keptOf({ threads, levels, chosen }: Model): Required<Kept> {
  const drafts = Object.fromEntries(
    Object.entries(threads).filter(([, { draft }]) => draft.text !== "").map((
      [id, thread],
    ) => [id, keptDraft(thread)]),
  );
  return { drafts, levels, chosen };
}

const keptDraft = ({ draft: { text }, replyTo }: Thread): KeptDraft =>
  replyTo?.id === undefined ? text : { text, answers: { position: replyTo.position, id: replyTo.id } };

/**
 * Writes the file when something is another than what was written last. What another chat of the identity has written
 * there meanwhile stays, save for what was changed here.
 * @param loaded  As {@link withKept} gave it.
 * @returns Whether it was written.
 * @throws {UserError} local: it can't be written.
 */
export function keeper(files: Files, path: string, loaded?: Model): (model: Model) => Promise<boolean> {
  let last: Required<Kept> | undefined = loaded && keptOf(loaded);
  const turns = new Turns();
  return (model) => {
    const now = keptOf(model);
    return turns.run(async () => {
      if (last !== undefined && textOf(last) === textOf(now)) return false;
      await files.alone(path, async () => {
        const there = await read(files, path);
        await files.replacePrivate(path, utf8(textOf(there ? withChanges(there, last, now) : now)));
      });
      last = now;
      return true;
    });
  };
}

/** What lies there, with what was changed here since the last time. */
const withChanges = (there: Kept, last: Kept | undefined, now: Kept): Kept => ({
  drafts: changed(there.drafts, last?.drafts, now.drafts),
  levels: changed(there.levels, last?.levels, now.levels),
  chosen: changed<Chosen[keyof Chosen]>(
    { ...readChosen(there.chosen) },
    { ...last?.chosen },
    { ...now.chosen },
  ),
});

type Members<T> = Readonly<Record<string, T>>;

function changed<T>(there: Members<T> = {}, last: Members<T> = {}, now: Members<T> = {}): Members<T> {
  const members: Record<string, T> = typeof there === "object" && !Array.isArray(there) ? { ...there } : {};
  for (const name of Object.keys({ ...last, ...now })) {
    if (JSON.stringify(now[name]) === JSON.stringify(last[name])) continue;
    if (now[name] === undefined) delete members[name];
    else members[name] = now[name];
  }
  return members;
}

/** @returns undefined: there is none, or it can't be read. */
async function read(files: Files, path: string): Promise<Kept | undefined> {
  try {
    return await readOwnJson(files, path, MAX_BYTES, 2);
  } catch {
    return undefined;
  }
}
