/**
 * Reading and changing the model: the small steps that commands and events are made of.
 *
 * @module
 */
import type { GroupId, GroupView } from "../../lib/app/groups/groups.ts";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { EMPTY } from "../compose/editor.ts";
import { nameStyle, type Style } from "../drawing/style.ts";
import { cleanLine } from "../drawing/text.ts";
import { keysWith } from "../steps/keymap.ts";
import type {
  Conversation,
  ConversationId,
  Effect,
  Model,
  Notice,
  Overlay,
  Preferences,
  Step,
  Thread,
} from "./types.ts";
import { folded } from "../../lib/wire/folded.ts";

/** Columns from which picker and conversation stand side by side. */
const WIDE_COLUMNS = 100;
/** Characters of a key where there is no room for all of them. */
const SHORT_KEY = 8;

const UNSET: Preferences = {
  keys: keysWith({}, false),
  bell: true,
  desktop: true,
  parts: { state: true, time: true },
};

/** The model before anything is known. */
export function newModel(
  own: PublicKeyHex,
  size: Model["size"],
  more: Partial<Model> = {},
): Model {
  const { configured = UNSET } = more;
  return {
    own,
    zone: () => 0,
    nowMs: 0,
    size,
    hasKitty: false,
    focus: "picker",
    conversations: [],
    picker: {},
    threads: {},
    overlays: [],
    names: new Map(),
    groups: new Map(),
    members: new Map(),
    joiners: new Map(),
    files: new Map(),
    invites: new Map(),
    botCommands: new Map(),
    peers: new Map(),
    pairs: new Map(),
    network: { state: "connecting" },
    queued: 0,
    levels: {},
    told: { ms: -Infinity, more: 0 },
    alarms: {},
    configured,
    preferences: configured,
    chosen: {},
    sentLines: [],
    words: new Map(),
    locals: 0,
    ending: false,
    ...more,
  };
}

/** A thread of which nothing is loaded. */
export const NEW_THREAD: Thread = {
  messages: [],
  atStart: false,
  atEnd: false,
  loading: false,
  below: 0,
  readTo: 0,
  draft: EMPTY,
  unsent: [],
  told: { upTo: 0, asks: 0, floor: 0, changes: new Map() },
};

/** A model with something to do. */
export const step = (model: Model, ...effects: readonly Effect[]): Step => [model, effects];

/** One step after another. */
export function chain(first: Step, ...next: readonly ((model: Model) => Step)[]): Step {
  let [model, effects] = first;
  for (const run of next) {
    const [after, more] = run(model);
    model = after;
    effects = [...effects, ...more];
  }
  return [model, effects];
}

/** The conversation with a person, by the key, or of a group, by its id. */
export const idOf = (peer: PublicKeyHex | GroupId): ConversationId =>
  `${/^0[23][0-9a-f]{64}$/.test(peer) ? "person" : "group"}:${peer}`;

/** The key or the group's id in a conversation's name. */
export const keyOf = (id: ConversationId): string => id.slice(id.indexOf(":") + 1);

/** Whether a conversation is with a person. */
export const isPerson = (id: ConversationId): boolean => id.startsWith("person:");

/** What is loaded of a conversation. */
export const threadOf = (model: Model, id: ConversationId): Thread => model.threads[id] ?? NEW_THREAD;

/** The conversation that is open, with what is loaded of it. */
export function openThread(model: Model): { id: ConversationId; thread: Thread } | undefined {
  return model.open === undefined ? undefined : { id: model.open, thread: threadOf(model, model.open) };
}

/** Changes a thread. */
export const withThread = (model: Model, id: ConversationId, change: Partial<Thread>): Model => ({
  ...model,
  threads: { ...model.threads, [id]: { ...threadOf(model, id), ...change } },
});

/** Says something in the line at the bottom; what has failed, {@link byName}. */
export const say = (model: Model, text: string, style: Style = "plain"): Model => ({
  ...model,
  notice: { text: cleanLine(style === "error" ? byName(model, text) : text), style } satisfies Notice,
});

/** Puts an overlay on the stack. */
export const push = (model: Model, name: string, more: Partial<Overlay> = {}): Model => ({
  ...model,
  overlays: [...model.overlays, { name, input: EMPTY, at: 0, ...more }],
});

/** Takes the top overlay away. */
export const pop = (model: Model): Model => ({ ...model, overlays: model.overlays.slice(0, -1) });

/** Changes the top overlay. */
export const withTop = (model: Model, change: Partial<Overlay>): Model => ({
  ...model,
  overlays: [...model.overlays.slice(0, -1), { ...model.overlays.at(-1)!, ...change }],
});

/** A key with its middle left out. */
export const shortKey = (key: string): string => `${key.slice(0, SHORT_KEY)}…`;

/** What a person is called: the alias, or the beginning of the key. */
export const nameOfPeer = (model: Model, peer: PublicKeyHex): string => {
  const name = model.names.get(peer);
  return name === undefined ? shortKey(peer) : cleanLine(name);
};

/** A whole public key. */
const KEY = /\b0[23][0-9a-f]{64}\b/g;

/** Why something failed, with names or the beginnings of keys where it has whole ones, which say nothing to who reads. */
export const byName = (model: Model, text: string): string =>
  text.replace(KEY, (pk) => nameOfPeer(model, pk));

/** What a conversation is called. */
export function nameOf(model: Model, id: ConversationId): string {
  if (isPerson(id)) return nameOfPeer(model, keyOf(id));
  const name = model.groups.get(keyOf(id))?.name;
  return name === undefined ? `group ${shortKey(keyOf(id))}` : cleanLine(name);
}

/** How the name of who wrote a message looks: of many each has a colour of its own. */
export const writerStyle = ({ outgoing, peer, sender }: MessageView): Style =>
  outgoing ? "own" : sender === undefined || isPerson(idOf(peer)) ? "peer" : nameStyle(sender);

/** Who wrote a message, as it is called. */
export const writerOf = (model: Model, { outgoing, sender, peer }: MessageView): string =>
  outgoing ? "you" : nameOfPeer(model, sender ?? peer);

/** Whether a conversation has a name of the user's. */
export const hasName = (model: Model, id: ConversationId): boolean => model.names.has(keyOf(id));

/** Whether somebody has asked to be paired and waits for our word. */
export const asksToPair = ({ pairs }: Model, key: string): boolean => pairs.get(key)?.status === "invited";

/** How many wait for our word to be let into a group. */
export const askingIn = ({ groups }: Model, key: string): number => groups.get(key)?.asking ?? 0;

/** Whether we may still speak in a group, and are in it. */
export const isIn = ({ status }: GroupView): boolean => status === "active" || status === "pending";

/** A conversation of the picker. */
export const conversationOf = (model: Model, id: ConversationId): Conversation | undefined =>
  model.conversations.find((one) => one.id === id);

/** Changes a conversation, or adds it. */
export function withConversation(
  model: Model,
  id: ConversationId,
  change: Partial<Conversation>,
): Model {
  const kind = isPerson(id) ? "person" : "group";
  const old = conversationOf(model, id) ?? { id, kind, key: keyOf(id), unread: 0 };
  const others = model.conversations.filter((one) => one.id !== id);
  return { ...model, conversations: sorted(model, [...others, { ...old, ...change }]) };
}

/** Longest number in a name by which names are ordered. */
const MAX_DIGITS = 20;

/** A name for ordering: "host 2" comes before "host 10". */
const byNumbers = (name: string): string =>
  name.replace(/\d+/g, (digits) => digits.padStart(MAX_DIGITS, "0"));

/** The latest first; those without a message behind them, by name. */
export function sorted(model: Model, conversations: readonly Conversation[]): Conversation[] {
  const name = (one: Conversation): string => {
    const known = model.names.get(one.key) ?? model.groups.get(one.key)?.name;
    return known === undefined ? `\uffff${one.key}` : byNumbers(known);
  };
  return [...conversations].sort((a, b) => {
    if (a.lastTs !== b.lastTs) {
      if (a.lastTs === undefined) return 1;
      if (b.lastTs === undefined) return -1;
      return a.lastTs < b.lastTs ? 1 : -1;
    }
    return name(a) < name(b) ? -1 : 1;
  });
}

/** What the picker lists: all, or those that the filter leaves. */
export function listed(model: Model): readonly Conversation[] {
  const wanted = folded(model.picker.filter?.text ?? "");
  if (wanted === "") return model.conversations;
  return model.conversations.filter(({ id, key }) =>
    folded(nameOf(model, id)).includes(wanted) || key.startsWith(wanted)
  );
}

/** The conversation that the picker's cursor is on. */
export function selectedOf(model: Model): ConversationId | undefined {
  const rows = listed(model);
  const { selected } = model.picker;
  return rows.some(({ id }) => id === selected) ? selected : rows[0]?.id;
}

/** The message that commands are for. */
export function selectedMessage(model: Model): MessageView | undefined {
  const thread = openThread(model)?.thread;
  return thread?.messages.find(({ position }) => position === thread.selected);
}

/** All unread messages. */
export const unreadOf = (model: Model): number =>
  model.conversations.reduce((sum, { unread }) => sum + unread, 0);

/** Whether picker and conversation stand side by side. */
export const isWide = (model: Model): boolean => model.size.columns >= WIDE_COLUMNS;
