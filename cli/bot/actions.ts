/**
 * What a bot asks for, done with the App: names as people write them become ids, as on the command line.
 *
 * @module
 */
import { isGroupId } from "../../lib/app/groups/groups.ts";
import { CHAT_PORT } from "../../lib/app/messages/messages.ts";
import type { BoardChange, ListChange, PublishReport } from "../../lib/app/overlays/overlays.ts";
import type { BotAction, BotLine } from "../../lib/bot/line.ts";
import { givenOf } from "../../lib/bot/widget.ts";
import type { KeptApp } from "../../lib/owner/handover/takeover.ts";
import { UserError } from "../../lib/wire/errors.ts";
import type { Context } from "../context.ts";
import { failureOf } from "../exit.ts";
import { type At, at, idNamed, itemNamed, listNamed, sayInList } from "../names/overlays.ts";
import { peerNamed } from "../names/peers.ts";
import { type Quoted, quotedIn, quoting } from "./quote.ts";
import type { BotMessage, Outcome } from "./talk.ts";

/** What actions need. */
export interface ActionParts {
  /** The command's. */
  readonly context: Context;
  /** Says and reads everything. */
  readonly app: KeptApp;
  /** The bot's name: ids are its own. */
  readonly name: string;
  /** How long to wait until something has arrived; it is queued otherwise. */
  readonly waitMs: number;
}

/** Does what a line asks for. @returns What became of it; errors too. */
export async function perform(
  parts: ActionParts,
  line: BotAction,
  conversation: string,
  message?: BotMessage,
): Promise<Outcome> {
  try {
    return { ok: true, ...await said(parts, line, conversation, message) };
  } catch (error) {
    return failed(parts.context, error);
  }
}

/** An error as the line that a bot reads: its status, code, words and hint. */
export function failed({ signal }: Pick<Context, "signal">, error: unknown): Outcome {
  const { status, code, message, hint } = failureOf(error, signal.reason);
  return { ok: false, error: { status, code, message, hint } };
}

async function said(
  parts: ActionParts,
  line: BotAction,
  conversation: string,
  message: BotMessage | undefined,
): Promise<object> {
  const { context, app, name, waitMs } = parts;
  const { signal } = context;
  const saying = { conversation, waitMs, ...(line.id === undefined ? {} : { key: `${name}/${line.id}` }) };
  switch (line.do) {
    case "send":
      return await send(parts, saying, line.text, line.reply_to);
    case "reply":
      return isGroupId(conversation) && message !== undefined
        ? await send(parts, saying, quoting(quotedOf(message), line.text), undefined)
        : await send(parts, saying, line.text, message?.id);
    case "list": {
      const { id: _key, ...asked } = line;
      const change = async () => await listChange(await at(context, app, conversation), context, line);
      return about(await sayInList(app.overlays, saying, asked, change, signal));
    }
    case "board": {
      const change = await boardChange(await at(context, app, conversation), line);
      return about(await app.overlays.changeBoard({ ...saying, change }, signal));
    }
    case "widget":
      return about(await app.overlays.publish({ ...saying, widget: givenOf(line.widget) }, signal));
    case "commands": {
      const commands = line.commands.map(({ name, help = "" }) => ({ name, help }));
      return about(await app.overlays.announce({ ...saying, commands }, signal), false);
    }
  }
}

const quotedOf = ({ line: { from, ts, text } }: BotMessage): Quoted => ({ from, ts, text });

async function send(
  { context, app }: ActionParts,
  { conversation, waitMs, key }: { conversation: string; waitMs: number; key?: string },
  text: string,
  replyTo: string | undefined,
): Promise<object> {
  const keyed = key === undefined ? {} : { key };
  const answers = replyTo === undefined ? {} : { replyTo };
  if (isGroupId(conversation)) {
    const quoted = replyTo === undefined
      ? text
      : quoting(await quotedIn(app.messages, conversation, replyTo, app.pk), text);
    const request = { group: conversation, text: quoted, waitMs, ...keyed, ...answers };
    const { state, position, id } = await app.groups.send(request, context.signal);
    return { state, position, message: id };
  }
  const to = { pk: conversation, port: CHAT_PORT };
  const request = { to, text, waitMs, queue: true, ...keyed, ...answers };
  const { state, position, id, reason } = await app.messages.send(request, context.signal);
  return { state, position, message: id, reason };
}

/**
 * What became of it. The thing that was made or spoken about has another name in an outcome: `id` is the line's.
 * @param makesThing  There is one that the bot may name later.
 */
function about(report: PublishReport, makesThing = true): object {
  if (!("id" in report)) return { state: report.state };
  const { id, state, position, reason } = report;
  return { state, position, ...(makesThing && { thing: id }), reason };
}

type ListLine = Extract<BotLine, { do: "list" }>;

async function listChange(where: At, context: Context, line: ListLine): Promise<ListChange> {
  const { action } = line;
  if (action === "new") return { do: "new", text: need(line, "text") };
  if (action === "restore") return { do: "restore", id: await idNamed(where, "list", need(line, "item")) };
  const list = await listNamed(where, need(line, "list"));
  const item = async (text: string): Promise<string> => (await itemNamed(where, list, text)).id;
  const thing = async (): Promise<string> => line.item === undefined ? list.id : await item(line.item);
  switch (action) {
    case "add":
      return { do: "add", list: list.id, text: need(line, "text") };
    case "check":
    case "uncheck":
      return { do: action, id: await item(need(line, "item")) };
    case "rename":
      return { do: "rename", id: await thing(), text: need(line, "text") };
    case "remove":
      return { do: "remove", id: await thing() };
    case "archive":
    case "unarchive":
      return { do: action, id: list.id };
    case "assign": {
      const id = await item(need(line, "item"));
      const { assignee } = line;
      return {
        do: "assign",
        id,
        ...(assignee === undefined ? {} : { assignee: await peerNamed(context, assignee) }),
      };
    }
    case "move": {
      const id = await item(need(line, "item"));
      const to = need(line, "to");
      if (to === "top" || to === "bottom") return { do: "move", id, to };
      return { do: "move", id, to, beside: await item(need(line, "beside")) };
    }
  }
}

async function boardChange(
  where: At,
  line: Extract<BotLine, { do: "board" }>,
): Promise<BoardChange> {
  const { action, expires } = line;
  const end = expires === undefined ? {} : { expires };
  if (action === "post") return { do: "post", text: need(line, "text"), ...end };
  const id = await idNamed(where, "board", need(line, "post"));
  switch (action) {
    case "reply":
      return { do: "reply", id, text: need(line, "text") };
    case "edit":
      return { do: "edit", id, text: need(line, "text"), ...end };
    default:
      return { do: action, id };
  }
}

function need<L extends { readonly do: string; readonly action: string }, M extends keyof L & string>(
  line: L,
  member: M,
): NonNullable<L[M]> {
  const value = line[member];
  if (value !== undefined && value !== null) return value;
  throw new UserError(`${JSON.stringify(member)} is missing: ${line.do} ${line.action} needs it`, {
    kind: "usage",
    hint: `See \`dmsg ${line.do} ${line.action} --help\`.`,
  });
}
