/**
 * Commands that bots of a conversation announce: asking for them when somebody begins one, and what a beginning may
 * become.
 *
 * @module
 */
import type { App } from "../../lib/app/app.ts";
import { readCommands } from "../../lib/overlay/announcement.ts";
import { DASHBOARD, readOverlay } from "../../lib/overlay/frame.ts";
import type { Said } from "../effects/parts.ts";
import type { BotCommandsEffect, KnownCommand } from "../state/effect.ts";
import { idOf, keyOf, nameOfPeer } from "../state/model.ts";
import type { ConversationId, Effect, Model, Msg } from "../state/types.ts";

/** Bots of one conversation. */
const MAX_BOTS = 200;

/** What bots announce in a conversation; undefined: it was not asked yet. */
export const commandsIn = (
  { botCommands }: Model,
  id: ConversationId | undefined,
): readonly KnownCommand[] | undefined => id === undefined ? undefined : botCommands.get(id);

/** Those of the open conversation whose names begin so, each name once. */
export function beginningWith(model: Model, beginning: string): readonly KnownCommand[] {
  const found = commandsIn(model, model.open)?.filter(({ name }) => name.startsWith(beginning)) ?? [];
  return found.filter(({ name }, i) => found.findIndex((one) => one.name === name) === i);
}

/** `/uptime: How long it runs, from alice` */
export const commandWords = (model: Model, { name, help, bot }: KnownCommand): string =>
  `/${name}: ${help === "" ? "" : `${help}, `}from ${bot === model.own ? "you" : nameOfPeer(model, bot)}`;

/** Asks for those of the open conversation when nobody has. */
export const askOnce = (model: Model): Effect[] =>
  model.open === undefined || model.botCommands.has(model.open)
    ? []
    : [{ kind: "bot-commands", id: model.open }];

/** Asks again when a bot announces others in a conversation where that is known. */
export function commandsAgain(model: Model, msg: Msg): Effect[] {
  if (msg.kind !== "event" || msg.event.kind !== "message") return [];
  const { peer, text } = msg.event.message;
  const id = idOf(peer);
  return model.botCommands.has(id) && isAnnouncement(text) ? [{ kind: "bot-commands", id }] : [];
}

function isAnnouncement(text: string): boolean {
  if (!text.includes(`"o":${DASHBOARD}`)) return false;
  const { overlay, data } = readOverlay(text);
  return overlay === DASHBOARD && readCommands(data) !== undefined;
}

/** What bots announce has come. */
export const commandsCame = (
  model: Model,
  { id, commands }: Extract<Msg, { kind: "bot-commands" }>,
): Model => ({ ...model, botCommands: new Map([...model.botCommands, [id, commands]]) });

/** Asks; the answer goes to `tell`. @throws What the App throws. */
export async function doBotCommands(
  { overlays }: App,
  { id, then }: BotCommandsEffect,
  tell: (msg: Said) => void,
): Promise<void> {
  const { rows } = await overlays.commands({ conversation: keyOf(id), limit: MAX_BOTS });
  const commands = rows.flatMap(({ bot, commands }) => commands.map((one) => ({ bot, ...one })));
  tell({ kind: "bot-commands", id, commands, ...(then === undefined ? {} : { then }) });
}
