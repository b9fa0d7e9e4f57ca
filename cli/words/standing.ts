/**
 * Words for what others want of us, and what they have decided about us. Part of the table of all wording (wording.ts).
 *
 * @module
 */
import { endedWords } from "../../lib/app/groups/views/issued.ts";
import { visible } from "../output/escape.ts";

/** What was decided in a group, or is asked there; `removed`: we are in it no more. */
export type GroupStanding = "asked" | "admitted" | "denied" | "banned" | "removed";
/** Somebody asks to be paired, or has answered that. */
export type PairStanding = "received" | "accepted" | "declined";

/** As a line of JSON has it. */
export type StandingLine =
  & { readonly ts: string; readonly schema: string; readonly cursor: number; readonly peer_alias?: string }
  & (
    | {
      readonly type: "group";
      readonly event: GroupStanding;
      readonly group_id: string;
      readonly group_name: string;
      /** Who asks. */
      readonly peer?: string;
    }
    | {
      readonly type: "pair";
      readonly event: PairStanding;
      readonly peer: string;
      /** Of the signed invite: it is over, and why. */
      readonly ended?: string;
    }
  );

/** `sync`: a line among messages. */
export function standing(v: StandingLine): string {
  const who = v.peer_alias ?? v.peer ?? "";
  if (v.type === "group") return `[${visible(v.group_name) || v.group_id}/group] * ${inGroup(v, who)}`;
  const { event, ended } = v;
  if (event === "received") return `[${who}/pair] * asks to be paired: dmsg pair accept ${who}`;
  if (event === "accepted") return `[${who}/pair] * we are paired now`;
  return `[${who}/pair] * ${
    ended === undefined
      ? "does not want to be paired"
      : `the invite lets nobody in any more: ${visible(endedWords(ended))}`
  }`;
}

function inGroup(v: Extract<StandingLine, { type: "group" }>, who: string): string {
  switch (v.event) {
    case "asked":
      return `${who} asks to be let in: dmsg group approve ${v.group_id.slice(0, 8)} ${who}`;
    case "admitted":
      return "we are in it now";
    case "denied":
      return "an admin does not let us in";
    case "banned":
      return "an admin has banned us";
    case "removed":
      return "an admin has removed us";
  }
}
