/** Runner of the group `listen_escape` of skychat.json. */
import { strictEqual } from "node:assert/strict";
import { visibleLine } from "../../../cli/output/escape.ts";
import { byMember, each } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

interface EscapeCase {
  in: string;
  out: string;
}

/** Texts, with what `listen` shows of them. */
export const skychatListenEscape: GroupRunner = (group) =>
  byMember(group, { cases: each((vector) => JSON.stringify(vector.in), runCase) });

function runCase(vector: EscapeCase): void {
  strictEqual(visibleLine(vector.in), vector.out);
}
