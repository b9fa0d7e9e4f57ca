/**
 * What a line that was typed asks for: a text to send, a command behind `/`, or something of the overlay on top.
 *
 * @see `dmsg help chat-plain`
 * @module
 */
import { OVERLAYS } from "../overlays/mod.ts";
import { keyOf } from "../state/model.ts";
import type { ConversationId, Model, Overlay } from "../state/types.ts";

/** What a typed line asks for. */
export type Asked =
  | { readonly kind: "command"; readonly name: string; readonly argument: string }
  | { readonly kind: "choose"; readonly at: number; readonly text?: string; readonly key?: string }
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "said"; readonly text: string; readonly style: "error" };

/**
 * Reads a line; undefined for one that asks for nothing.
 * @param numbered  The conversations as they were last told, for their numbers.
 */
export function askedBy(
  model: Model,
  line: string,
  numbered: readonly ConversationId[] = [],
): Asked | undefined {
  const top = model.overlays.at(-1);
  const text = line.trim();
  if (/^\/(quit|q)$/.test(text)) return { kind: "command", name: "quit", argument: "" };
  const inOverlay = top && askedOf(model, top, text);
  if (inOverlay !== undefined) return inOverlay;
  if (text.startsWith("/") && !text.startsWith("//")) {
    const [, name, argument] = /^\/(\S*)\s*(.*)$/s.exec(text)!;
    const isNumber = name === "open" && /^\d{1,4}$/.test(argument);
    return {
      kind: "command",
      name: name === "" ? "help" : name,
      argument: isNumber ? withNumber(numbered, argument) : argument,
    };
  }
  if (text === "") return undefined;
  if (model.focus === "picker" && /^\d{1,4}$/.test(text)) {
    return { kind: "command", name: "open", argument: withNumber(numbered, text) };
  }
  // Who has gone back to the list means nobody by a text, least of all whom it was about before.
  if (model.focus === "picker" && model.open !== undefined) {
    return { kind: "said", text: NOT_SENT, style: "error" };
  }
  return {
    kind: "command",
    name: "send",
    argument: text.startsWith("//") ? line.trimStart().slice(1) : line,
  };
}

const NOT_SENT = "Not sent: you are at the list; a number, or /open NAME, opens a conversation";

/** The key or id of the conversation that was told under a number. */
function withNumber(numbered: readonly ConversationId[], text: string): string {
  const id = numbered[Number(text) - 1];
  return id === undefined ? text : keyOf(id);
}

/** What a line asks of the overlay on top: a row, a key, a key for a row (`a 2`), a text for its line. */
function askedOf(model: Model, top: Overlay, text: string): Asked | undefined {
  const { prompt, keepsRow, keys = {}, items } = OVERLAYS[top.name];
  if (text === "" || text === "/close") return { kind: "key", key: "esc" };
  const moves = /^\/(up|down|page-up|page-down)$/.exec(text)?.[1].replace("-", "");
  if (moves !== undefined) return { kind: "key", key: moves };
  const count = items?.(model, top).length ?? 0;
  const [, key, row] = /^(?:(\S+)\s+)?(\d{1,4})$/.exec(text) ?? [undefined, text];
  const isKey = key === undefined || (prompt === undefined && Object.hasOwn(keys, key));
  if (row !== undefined && isKey && (count > 0 || key !== undefined)) {
    const at = Number(row) - 1;
    if (at >= 0 && at < count) return { kind: "choose", at, ...(key === undefined ? {} : { key }) };
    if (prompt === undefined) return { kind: "said", text: `The list has no ${row}`, style: "error" };
  }
  if (prompt !== undefined && !text.startsWith("/")) {
    return { kind: "choose", at: keepsRow ? top.at : 0, text };
  }
  return isKey && row === undefined ? { kind: "key", key: text } : undefined;
}
