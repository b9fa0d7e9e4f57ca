/**
 * What is said about files of conversations.
 *
 * @module
 */
import type { FileView } from "../../lib/app/files/files.ts";
import { isGroupId } from "../../lib/app/groups/groups.ts";
import { visible } from "../output/escape.ts";
import { sizeWords } from "../scp/told/progress.ts";
import { inOneLine, localTime } from "./people.ts";

/** A file in a list. */
export interface ShownFile extends FileView {
  /** Tells lines of JSON apart. */
  readonly type: "offer";
  /** The conversation's name here. */
  readonly conversation_alias?: string;
}

/** One line: where it stands, whose and what it is. */
export const fileShown = (v: ShownFile): string =>
  [
    `${localTime(v.ts)}  ${v.conversation_alias ?? v.conversation}  ${v.position}`,
    v.outgoing ? "ours" : "theirs",
    `${visible(v.name)} (${sizeWords(v.size)})`,
    fileStands(v),
  ].join("  ");

/** Where it stands, and in one line why. */
export function fileStands(
  { conversation, conversation_alias, state, moved, path, reason, size, outgoing }:
    & FileView
    & Pick<ShownFile, "conversation_alias">,
): string {
  const nameOf = (pk: string): string | undefined => pk === conversation ? conversation_alias : undefined;
  const why = reason === undefined ? "" : `: ${inOneLine(visible(reason), nameOf)}`;
  if (state === "moving") return `moving, ${Math.floor((moved ?? 0) * 100 / Math.max(1, size))} %`;
  if (state === "kept" && path !== undefined) return `kept as ${visible(path)}`;
  // One member's copy says nothing about the others.
  if (state === "offered" && outgoing) {
    return isGroupId(conversation) ? `there for the members${why}` : `not taken yet${why}`;
  }
  return state + why;
}
