/**
 * Lists, boards and polls of a conversation: what is asked of the App, and its answers in the model.
 *
 * @module
 */
import type { App } from "../../lib/app/app.ts";
import type { ListView, OverlayReport, PlaceView } from "../../lib/app/overlays/overlays.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { capital } from "../drawing/text.ts";
import type { Said } from "../effects/parts.ts";
import { keyOf, push, say, step } from "../state/model.ts";
import type {
  InviteTo,
  Shared,
  SharedEffect,
  SharedView,
  ShownThread,
  Window,
} from "../state/shared_types.ts";
import type { ConversationId, Effect, Model, Overlay, Step } from "../state/types.ts";
import { askedStands } from "./invites.ts";
import { ROWS, windowOf } from "./windows.ts";

/** How long it waits until what was said has arrived. */
const WAIT_MS = 5000;

/** What is said of an invite that was answered. */
const ANSWERED: Readonly<Record<string, string>> = {
  accepted: "Accepted",
  refused: "Refused; /accept-invite on the message takes it up all the same",
};

/** Whether an effect is one of these. */
export const isShared = (effect: Effect): effect is SharedEffect =>
  effect.kind === "shared" || effect.kind === "share" || effect.kind === "there" || effect.kind === "pace";

/** Does one; the answers go to `tell`. @throws What the App throws. */
export async function doShared(app: App, effect: SharedEffect, tell: (msg: Said) => void): Promise<void> {
  if (effect.kind === "there") {
    const { id, position } = effect;
    return tell({
      kind: "there",
      id,
      place: await app.overlays.place({ conversation: keyOf(id), position }),
    });
  }
  if (effect.kind === "pace") return await doPace(app, effect, tell);
  const show = async (): Promise<void> =>
    tell({ kind: "shared", shared: await shown(app, effect.id, effect.view) });
  if (effect.kind === "shared") return await show();
  const { say, id } = effect;
  const saying = { conversation: keyOf(id), waitMs: WAIT_MS };
  const { overlays } = app;
  if (say.in === "invite" && "to" in say) {
    const report = await overlays.sendInvite({ ...saying, ...await leadsTo(app, say.to) });
    tell({ kind: "said", text: notThereYet(report) ?? "The invite is written" });
    return;
  }
  if (say.in === "invite") {
    const { position, answer } = say;
    const invite = await overlays.answerInvite({ conversation: keyOf(id), position, answer });
    // At once: behind anything that takes its time, who lets us in would have been told before it.
    const words = invite.state === "asked" ? capital(askedStands(invite.offer)) : ANSWERED[invite.state];
    tell({ kind: "said", text: words ?? `The invite is ${invite.state}` });
    tell({ kind: "groups", groups: await app.groups.list() });
    tell({ kind: "peers", peers: await app.peers.list() });
    return await show();
  }
  const report = say.in === "list"
    ? await overlays.changeList({ ...saying, change: say.change })
    : say.in === "board"
    ? await overlays.changeBoard({ ...saying, change: say.change })
    : await overlays.changePoll({ ...saying, change: say.change });
  const text = notThereYet(report);
  if (text !== undefined) tell({ kind: "said", text });
  await show();
}

const notThereYet = ({ state, reason }: OverlayReport): string | undefined =>
  state === "queued" || state === "unconfirmed"
    ? `Kept here, and not yet there${reason === undefined ? "" : `: ${reason}`}`
    : undefined;

/** Of groups with one name none is meant. @throws {UserError} usage: there is none, or there are several. */
async function leadsTo({ groups, pk }: App, { group: named, terms }: InviteTo) {
  const signed = terms === undefined ? {} : { terms };
  if (named === undefined) return { peer: pk, ...signed };
  const found = (await groups.list()).filter(({ id, name }) => id === named || name === named);
  if (found.length === 1) return { group: found[0].id, ...signed };
  throw new UserError(`${found.length === 0 ? "No group is" : "Several groups are"} called ${named}`, {
    kind: "usage",
    hint: "`/send-invite` takes a group's name or id, or `me`.",
  });
}

async function doPace(
  { overlays }: App,
  { id, set }: Extract<SharedEffect, { kind: "pace" }>,
  tell: (msg: Said) => void,
): Promise<void> {
  const conversation = keyOf(id);
  if (set !== undefined) await overlays.setPace({ conversation, waitMs: 0, ...set });
  const { intervalMs, maxBytes } = await overlays.pace({ conversation });
  tell({
    kind: "said",
    text: `Bots publish a value of a widget every ${intervalMs / 1000} s, in at most ${maxBytes} bytes`,
  });
}

async function shown({ overlays }: App, id: ConversationId, view: SharedView): Promise<Shared> {
  const conversation = keyOf(id);
  const part = { conversation, limit: ROWS };
  switch (view.show) {
    case "lists":
      return { id, lists: (await overlays.lists(part)).rows };
    case "archive": {
      const archived = (await overlays.lists({ ...part, archived: true })).rows;
      return { id, lists: (await overlays.lists(part)).rows, archived };
    }
    case "list": {
      const { rows, total } = await overlays.items({ ...part, skip: view.from, list: view.list });
      const lists = (await overlays.lists(part)).rows;
      const isIt = (list: ListView): boolean => list.id === view.list;
      const found = lists.find(isIt) ?? (await overlays.lists({ ...part, archived: true })).rows.find(isIt);
      const window = windowOf(view.from ?? 0, rows, total);
      return { id, lists, ...(found && { list: { view: found, items: rows, window } }) };
    }
    case "said":
      return { id, said: { title: view.title, rows: await overlays.said({ conversation, id: view.about }) } };
    case "threads":
      return { id, ...await withPinned(overlays, { ...part, skip: view.from }) };
    case "thread": {
      const root = await overlays.thread({ conversation, id: view.post });
      const newest = view.from === undefined;
      const { rows, total } = await overlays.replies({ ...part, skip: view.from, id: view.post, newest });
      await overlays.readThread({ conversation, id: view.post });
      const window = windowOf(view.from ?? total - rows.length, rows, total);
      return { id, thread: { root, replies: newest ? [...rows].reverse() : rows, window } };
    }
    case "polls":
      return { id, polls: (await overlays.polls(part)).rows };
    case "widgets":
      return { id, widgets: (await overlays.widgets(part)).rows };
    case "invites":
      return { id, invites: (await overlays.invites(part)).rows };
  }
}

async function withPinned(
  overlays: App["overlays"],
  part: { conversation: string; limit: number; skip: number | undefined },
): Promise<Pick<Shared, "threads" | "posts">> {
  const { rows, total } = await overlays.threads(part);
  const pinned = await overlays.pinned({ conversation: part.conversation });
  const ids = new Set(pinned.map(({ id }) => id));
  const threads: ShownThread[] = [
    ...pinned.map((one) => ({ ...one, pinned: true }) as const),
    ...rows.filter(({ id }) => !ids.has(id)),
  ];
  return { threads, posts: windowOf(part.skip ?? 0, rows, total) };
}

/**
 * Rows have come: the chosen one stays chosen, wherever it is now, also where something lies above it. What was said
 * somewhere is followed by the rows of that place, up to {@link WAIT_MS} later: where something else is shown by then, they
 * are none of it.
 */
export function sharedCame(model: Model, came: Shared): Step {
  const shown = model.overlays.filter(({ about }) => about?.view !== undefined);
  if (shown.some(({ about }) => about!.id !== came.id)) return step(model);
  const shared = shown.reduce((left, { about }) => without(left, about!.view as SharedView), came);
  const old = model.shared;
  const next = { ...model, shared: old?.id === shared.id ? { ...old, ...shared } : shared };
  if (old === undefined) return step(next);
  return step({ ...next, overlays: model.overlays.map((overlay) => withRow(overlay, old, next.shared)) });
}

/** What came, without a list, a thread or posts that are not those of a view. */
function without(came: Shared, view: SharedView): Shared {
  const isElsewhere = (window: Window | undefined, from: number): boolean =>
    window !== undefined && window.from !== from;
  if (view.show === "list") {
    const { list, ...others } = came;
    return list === undefined || list.view.id === view.list && !isElsewhere(list.window, view.from ?? 0)
      ? came
      : others;
  }
  if (view.show === "thread") {
    const { thread, ...others } = came;
    const isNewest = view.from === undefined;
    return thread === undefined ||
        thread.root.id === view.post && (isNewest || !isElsewhere(thread.window, view.from))
      ? came
      : others;
  }
  if (view.show === "threads" && isElsewhere(came.posts, view.from ?? 0)) {
    const { threads: _, posts: __, ...others } = came;
    return others;
  }
  return came;
}

function withRow(overlay: Overlay, old: Shared, next: Shared): Overlay {
  const [before, after] = [idsOf(old, overlay.name), idsOf(next, overlay.name)];
  const sought = overlay.about?.seek as string | undefined;
  const at = after.indexOf(sought ?? before[overlay.at]);
  // Once: from then on it is the reader who chooses.
  const about = sought === undefined || after.length === 0
    ? {}
    : { about: { ...overlay.about, seek: undefined } };
  return { ...overlay, ...about, ...(at < 0 ? {} : { at }) };
}

/** Opens what a message is about, at the very item, post or poll. */
export function leadTo(model: Model, id: ConversationId, { kind, id: sought, within }: PlaceView): Step {
  if (kind === undefined) return step(say(model, "What this message is about is not here any more", "error"));
  const [name, view]: readonly [string, SharedView] = kind === "list"
    ? ["list", { show: "list", list: within ?? sought ?? "" }]
    : kind === "board"
    ? ["thread", { show: "thread", post: within ?? sought ?? "" }]
    : PANES[kind];
  // Rows of before are not those: what is sought is looked for in what comes.
  const clean = { ...model, shared: { id } };
  return step(push(clean, name, { about: { id, view, seek: sought } }), { kind: "shared", id, view });
}

const PANES = {
  poll: ["polls", { show: "polls" }],
  dash: ["dash", { show: "widgets" }],
  invite: ["invites", { show: "invites" }],
} as const;

function idsOf(
  { lists = [], archived = [], list, threads = [], thread, invites = [], polls = [] }: Shared,
  name: string,
): string[] {
  if (name === "polls") {
    return polls.flatMap(({ id, choices }) => [
      id,
      ...choices.map((_, i) => `${id}:${i}`),
    ]);
  }
  const rows: readonly { readonly id: string }[] = name === "lists"
    ? lists
    : name === "archive"
    ? archived
    : name === "list"
    ? list?.items ?? []
    : name === "board"
    ? threads
    : name === "invites"
    ? invites
    : name === "thread"
    ? thread === undefined ? [] : [thread.root, ...thread.replies]
    : [];
  return rows.map(({ id }) => id);
}

/** What is asked again when something has come for a conversation whose lists, posts or polls are open. */
export function sharedAgain(model: Model, peer: string): SharedEffect[] {
  return model.overlays.flatMap(({ about }): SharedEffect[] => {
    const [id, view] = [about?.id as ConversationId | undefined, about?.view as SharedView | undefined];
    return view === undefined || id === undefined || keyOf(id) !== peer ? [] : [{ kind: "shared", id, view }];
  });
}
