/**
 * Lists, items, posts, polls and widgets for a shell: those of the conversation that the line names.
 *
 * @see lib/app/overlays/titles_file.ts; cli/README.md "Completion"
 * @module
 */
import type { ConversationId } from "../../lib/app/overlays/overlays.ts";
import { type Title, type TitleKind, TITLES_FILE, titlesFile } from "../../lib/app/overlays/titles_file.ts";
import { readKeyFile } from "../../lib/identity/key_file.ts";
import type { Files } from "../../lib/sys/files/files.ts";
import { join } from "../../lib/sys/paths.ts";
import { systemRandom } from "../../lib/sys/random.ts";

/** Characters of an id that are proposed, unless two things have them in common. */
const ID_CHARS = 8;

/** Where names are looked for. */
export interface TitlesRequest {
  /** Reads files. */
  readonly files: Files;
  /** The identity's directory. */
  readonly directory: string;
  /** The conversation that a word of the line stands for, if it is one; the word itself may be it. */
  readonly conversationIn: (word: string) => ConversationId;
  /** The arguments before the word that is completed: the first one that is a conversation is the one meant. */
  readonly given: readonly string[];
  /** Whether a shell takes a name as it stands. */
  readonly isPlain: (name: string) => boolean;
}

/**
 * What may stand where a thing of a kind is named: its name, or the beginning of its id where a shell would not take the
 * name, or several have it. Posts and polls are named by ids alone.
 * @returns Each with what it means.
 */
export async function titleProposals(
  kind: TitleKind,
  { files, directory, conversationIn, given, isPlain }: TitlesRequest,
): Promise<[value: string, meaning: string][]> {
  const pair = await readKeyFile(files, join(directory, "identity.key"));
  if (pair === undefined) return [];
  const file = titlesFile({
    files,
    path: join(directory, TITLES_FILE),
    secret: pair.secret,
    random: systemRandom,
  });
  const known = await file.read();
  const at = given.findIndex((word) => known.has(conversationIn(word)));
  const all = at < 0 ? [] : known.get(conversationIn(given[at]))!;
  const behind = given.slice(at + 1);
  const lists = all.filter((one) => one.kind === "list" && behind.some((word) => isNamed(one, word)));
  const things = all.filter((one) => one.kind === kind)
    .filter(({ list }) => list === undefined || lists.some(({ id }) => id === list));
  const hasName = kind !== "post" && kind !== "poll";
  return things.map(({ id, text }) => {
    const isOnly = things.filter((other) => other.text === text).length === 1;
    const isNumber = /^\d+$/.test(text); // an item's place
    return hasName && isOnly && !isNumber && isPlain(text)
      ? [text, kind === "widget" ? "widget" : id]
      : [shortId(id, things), text];
  });
}

const isNamed = ({ id, text }: Title, word: string): boolean =>
  text === word || word.length >= ID_CHARS && id.startsWith(word);

const shortId = (id: string, all: readonly Title[]): string =>
  all.some((other) => other.id !== id && other.id.startsWith(id.slice(0, ID_CHARS)))
    ? id
    : id.slice(0, ID_CHARS);
