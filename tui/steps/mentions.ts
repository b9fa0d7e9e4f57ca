/**
 * Who is meant: a message of a group that names us, or answers what we said.
 *
 * @module
 */
import { isGroupId } from "../../lib/app/groups/groups.ts";
import { isNotice } from "../../lib/app/groups/room/notices.ts";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { wordsOf } from "../messages/mod.ts";
import { answeredBy } from "../messages/reply.ts";
import type { Model } from "../state/types.ts";

/** Who reads: what names them. */
export type Named = Pick<Model, "own" | "names" | "preferences">;

/** The last words that were looked for, and how they are found: of hundreds of messages they are the same. */
let known: { readonly words: string; readonly found: RegExp } | undefined;
/** What was found in a message: it is drawn again and again, and may be long. */
const looked = new WeakMap<MessageView, { readonly found: RegExp; readonly is: boolean }>();

/**
 * Whether a message of somebody else in a group has one of our names as a word of its own, in whatever case, or our key,
 * or answers a message of ours. Between two people everything is for us.
 */
export function namesUs(model: Named, message: MessageView): boolean {
  const { outgoing, peer, state, silent } = message;
  if (outgoing || silent || state === "deleted" || !isGroupId(peer) || isNotice(message)) return false;
  const found = findsIn(model);
  const before = looked.get(message);
  if (before?.found === found) return before.is;
  const is = answeredBy(message) === model.own || found.test(wordsOf(message));
  looked.set(message, { found, is });
  return is;
}

function findsIn({ own, names, preferences: { mentions = [] } }: Named): RegExp {
  const alias = names.get(own);
  const all = [own, ...(alias === undefined ? [] : [alias]), ...mentions];
  const words = all.join("\n");
  if (known?.words !== words) known = { words, found: new RegExp(all.map(alone).join("|"), "iv") };
  return known.found;
}

/** Letters of scripts that put no blank between words: beside them a name ends anywhere. */
const UNSPACED =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}";
const SPACED = `[[\\p{L}\\p{M}\\p{N}_]--[${UNSPACED}]]`;

/** A word with no letter or digit right beside it. */
const alone = (word: string): string =>
  `(?<!${SPACED})${word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}(?!${SPACED})`;
