/**
 * What the shipped bots share: conversations by their names, and values that are published there.
 *
 * @module
 */
import type { ConversationId } from "../../lib/app/messages/messages.ts";
import type { PublishReport } from "../../lib/app/overlays/overlays.ts";
import type { ShippedWidget } from "../../lib/bot/widget.ts";
import { UserError } from "../../lib/wire/errors.ts";
import type { CommandApp } from "../app.ts";
import type { Context } from "../context.ts";
import { conversationNamed } from "../names/conversations.ts";
import { publishInTurn } from "./in_turn.ts";

/** The conversations of `--in`. @throws {UserError} usage: there is none of a name. */
export async function conversationsOf(
  context: Context,
  { app }: CommandApp,
  names: readonly string[] = [],
): Promise<ConversationId[]> {
  return await Promise.all(
    names.map(async (name) => await (await conversationNamed(context, name))(app.groups)),
  );
}

/** What is published, and how. */
export interface Published {
  /** Where. */
  readonly conversations: readonly ConversationId[];
  /** What. */
  readonly widgets: readonly ShippedWidget[];
  /** How long it is waited for until it has arrived. */
  readonly waitMs: number;
  /** It waits for its turn however long that takes: who publishes stays. */
  readonly stays?: boolean;
}

/**
 * Publishes widgets in conversations, each in its turn: none waits for another.
 * @returns What became of each.
 * @throws {UserError} busy: the turn of one comes later than anybody waits who does not stay.
 */
export async function publishAll(
  context: Context,
  { app }: CommandApp,
  { conversations, widgets, waitMs, stays = false }: Published,
): Promise<PublishReport[]> {
  return await Promise.all(
    conversations.flatMap((conversation) =>
      widgets.map((widget) => {
        const request = { conversation, waitMs, widget };
        return stays ? app.overlays.publish(request, context.signal) : publishInTurn(context, app, request);
      })
    ),
  );
}

/** That a bot is to publish somewhere. @throws {UserError} usage: it is not said where. */
export function needIn(names: readonly string[] | undefined): readonly string[] {
  if (names !== undefined) return names;
  throw new UserError("No conversation to publish in is named", {
    kind: "usage",
    hint: "Name a conversation with --in: a key, an alias, or a group.",
  });
}
