/** Runner of the group `body_objects` of skychat.json. */
import { strictEqual } from "node:assert/strict";
import { encodeBody, readBody, shownText } from "../../../lib/chat/body.ts";
import { byMember, each, isProse } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

/** What a text is read as and shown as; an object is also written again. */
export const skychatBodyObjects: GroupRunner = (group) =>
  byMember(group, { fact: () => [], cases: each(({ text }) => text, checkBody) });

interface BodyCase {
  readonly text: string;
  readonly kind: string;
  readonly shown?: string | null;
  readonly to_ts_nano?: string;
}

function checkBody({ text, kind, shown, to_ts_nano, ...members }: BodyCase & Record<string, unknown>): void {
  const body = readBody(text);
  strictEqual(body.kind, kind);
  if (shown !== undefined) strictEqual(shownText(body) ?? null, shown);
  if (to_ts_nano !== undefined) strictEqual(body.kind === "delete" && body.toTsNano.toString(), to_ts_nano);
  if (body.kind === "text") return strictEqual(body.text, text, "text is unchanged");
  const [wire] = Object.values(JSON.parse(encodeBody(body))) as Record<string, unknown>[];
  for (const [member, value] of Object.entries(members)) {
    if (!isProse(member)) strictEqual(String(wire[member] ?? ""), String(value), member);
  }
  strictEqual(JSON.stringify(readBody(encodeBody(body)), jsonable), JSON.stringify(body, jsonable));
}

const jsonable = (_key: string, value: unknown): unknown => typeof value === "bigint" ? `${value}n` : value;
