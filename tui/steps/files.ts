/**
 * Files that messages speak of: where each stands, asking for that, taking and refusing.
 *
 * @module
 */
import type { App } from "../../lib/app/app.ts";
import type { FileView } from "../../lib/app/files/files.ts";
import { isGroupId } from "../../lib/app/groups/groups.ts";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { type FileBody, readBody } from "../../lib/chat/body.ts";
import { cleanLine } from "../drawing/text.ts";
import type { Said } from "../effects/parts.ts";
import type { FileEffect } from "../state/effect.ts";
import { idOf, keyOf, threadOf } from "../state/model.ts";
import type { ConversationId, Effect, Model, Msg } from "../state/types.ts";

/** Files of one conversation whose state is known here: as many as messages are loaded. */
const MAX_FILES = 400;
/** Between two looks at a file that moves. */
const LOOK_MS = 1000;

/** What a message says of a file; undefined when it speaks of none. */
export function fileIn({ text }: Pick<MessageView, "text">): FileBody | undefined {
  const body = text.includes("skychat_file") ? readBody(text) : undefined;
  return body?.kind === "file" ? body : undefined;
}

/** Names what a message carries in the model: the conversation and the message's place there. */
export const placeKey = (id: ConversationId, position: number): string => `${id} ${position}`;

/** What is known of all conversations, with what came of one of them in place of what was known of that. */
export function withPlaces<T extends { readonly position: number }>(
  known: ReadonlyMap<string, T>,
  id: ConversationId,
  came: readonly T[],
): ReadonlyMap<string, T> {
  const others = [...known].filter(([key]) => !key.startsWith(`${id} `));
  return new Map([...others, ...came.map((one) => [placeKey(id, one.position), one] as const)]);
}

/** What is known of the file of a message. */
export const fileOf = (model: Model, { peer, position }: MessageView): FileView | undefined =>
  model.files.size === 0 ? undefined : model.files.get(placeKey(idOf(peer), position));

/** Where a file stands, in words; what a peer or the system said is cleaned. */
export function fileStands(
  { conversation, state, outgoing, moved = 0, size, path, reason }: FileView,
): string {
  const why = reason === undefined ? "" : `: ${cleanLine(reason)}`;
  switch (state) {
    case "moving":
      return `${outgoing ? "goes" : "comes"}, ${
        Math.min(100, Math.floor(moved * 100 / Math.max(1, size)))
      } %`;
    case "kept":
      return path === undefined ? "kept" : `kept as ${cleanLine(path)}`;
    case "offered":
      if (!outgoing) return `offered${why}`;
      // One member's copy says nothing about the others.
      return isGroupId(conversation) ? `there for the members${why}` : `not taken yet${why}`;
    case "asked":
      return "asked for; it comes when its sender is there";
    case "unconfirmed":
      return `may have arrived${why}`;
    default:
      return state + why;
  }
}

/** Whether we can still take a file. */
export const canTake = ({ outgoing, state }: FileView): boolean =>
  !outgoing && (state === "offered" || state === "refused" || state === "failed");

/** Asks where files stand when a message that speaks of one has come or changed. */
export const filesAgain = (model: Model, msg: Msg): Effect[] =>
  whenSpoken(model, msg, (message) => fileIn(message) !== undefined).map((id) => ({ kind: "files", id }));

/** The conversation in which a message of a kind has come or changed; at most one. */
export function whenSpoken(
  model: Model,
  msg: Msg,
  speaks: (message: MessageView) => boolean,
): ConversationId[] {
  if (msg.kind === "page") return msg.messages.some(speaks) ? [msg.id] : [];
  if (msg.kind !== "event") return [];
  const { event } = msg;
  if (event.kind === "message") {
    const id = idOf(event.message.peer);
    return model.threads[id] !== undefined && speaks(event.message) ? [id] : [];
  }
  if (event.kind !== "state") return [];
  const id = idOf(event.peer);
  const { messages } = threadOf(model, id);
  const message = messages.find(({ position }) => position === event.position);
  return message !== undefined && speaks(message) ? [id] : [];
}

/** Where the files of a conversation stand. What the last row says of one that stands otherwise now is over. */
export function filesCame(model: Model, { id, files }: Extract<Msg, { kind: "files" }>): Model {
  const isOver = files.some((file) => {
    const old = model.files.get(placeKey(id, file.position));
    return old !== undefined && old.state !== file.state && model.notice?.text === standingOf(old);
  });
  return {
    ...model,
    files: withPlaces(model.files, id, files),
    notice: isOver ? undefined : model.notice,
  };
}

const standingOf = (file: FileView): string => `${cleanLine(file.name)}: ${fileStands(file)}`;

/**
 * Does what is asked about files; the answers go to `tell`.
 * @param later  Runs an effect after milliseconds: what moves is looked at again.
 * @throws What the App throws.
 */
export async function doFiles(
  { files }: App,
  effect: FileEffect,
  tell: (msg: Said) => void,
  later: (ms: number, effect: FileEffect) => void,
): Promise<void> {
  const { id } = effect;
  const conversation = keyOf(id);
  const list = async (): Promise<void> => {
    const all = await files.list({ conversation, limit: MAX_FILES });
    tell({ kind: "files", id, files: all });
    if (all.some(({ state }) => state === "moving")) later(LOOK_MS, { kind: "files", id });
  };
  if (effect.kind === "files") return await list();
  if (effect.kind === "offer") {
    const sent = await files.send({ conversation, path: effect.path });
    tell({ kind: "said", text: standingOf(sent) });
    return await list();
  }
  const { position } = effect;
  const file = effect.takes
    ? await files.accept({ conversation, position })
    : await files.refuse({ conversation, position });
  if (file.state !== "moving") tell({ kind: "said", text: standingOf(file) });
  return await list();
}
