/**
 * The conversations as lines, when they are asked for, and the chosen one, when that moves.
 *
 * @module
 */
import { cleanLine } from "../drawing/text.ts";
import { msOf, shortTimeOf } from "../drawing/time.ts";
import { clip } from "../drawing/width.ts";
import { draftOf, SUMMARY_COLUMNS } from "../screens/picker.ts";
import { askingIn, asksToPair, listed, nameOf, selectedOf } from "../state/model.ts";
import type { Conversation, Model, Msg } from "../state/types.ts";
import { standsIn } from "../steps/standing.ts";

/** What is said of a draft where all conversations are listed. */
const DRAFT_COLUMNS = 40;

/** Whether all conversations are told: when they are asked for, and first of all. */
export function isListed(msg: Msg, after: Model, isNew: boolean): boolean {
  const isAsked = msg.kind === "command" &&
    (msg.name === "list" || msg.name === "back" || msg.name === "refresh");
  const isFirst = msg.kind === "conversations" && after.open === undefined && isNew;
  return (isAsked || isFirst) && after.focus === "picker" && after.overlays.length === 0;
}

/** The conversations, when they are asked for; the chosen one, when that moves. */
export function listLines(before: Model, msg: Msg, after: Model, isNew: boolean): string[] {
  if (after.focus !== "picker" || after.overlays.length > 0) return [];
  const all = listed(after);
  if (isListed(msg, after, isNew)) {
    if (all.length === 0) return ["No conversations yet: /new KEY begins one"];
    return [
      `${all.length} conversation${all.length === 1 ? "" : "s"}; a number opens one`,
      ...all.map((one, i) => `${i + 1} ${conversationLine(after, one)}`),
    ];
  }
  const chosen = selectedOf(after);
  if (msg.kind !== "command" || chosen === selectedOf(before) || chosen === undefined) return [];
  const at = all.findIndex(({ id }) => id === chosen);
  return [`${at + 1} of ${all.length}: ${conversationLine(after, all[at])}`];
}

function conversationLine(model: Model, { id, key, unread, lastTs, paired, summary }: Conversation): string {
  const stands = paired ? "paired" : standsIn(model, key);
  const parts = [nameOf(model, id), ...(stands === undefined ? [] : [stands])];
  if (askingIn(model, key) > 0) parts.push(`${askingIn(model, key)} asking to be let in`);
  if (asksToPair(model, key)) parts.push("asks to be paired");
  if (summary !== undefined) parts.push(clip(cleanLine(summary), SUMMARY_COLUMNS));
  if (model.peers.get(key)?.blocked) parts.push("blocked");
  const draft = draftOf(model, id);
  if (draft !== "") parts.push(`draft: ${clip(draft, DRAFT_COLUMNS)}`);
  if (unread > 0) parts.push(`${unread} unread`);
  if (lastTs !== undefined) parts.push(`last ${shortTimeOf(model, msOf(lastTs))}`);
  return parts.join(", ");
}
