/**
 * What can be asked of the lists, bulletins and polls in an identity's conversations; the member `overlays` of
 * {@link App}.
 *
 * All parameters and results are plain JSON values; times are RFC 3339 texts. A thing is named by its id, which the
 * answers give: surfaces turn names and numbers into ids.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { GroupId, InviteTerms } from "../groups/groups.ts";
import type {
  Again,
  BoardChange,
  ConversationId,
  ListSaying,
  OverlayReport,
  PollChange,
  PublishReport,
  Saying,
} from "./changes.ts";
import type { InviteView } from "./invite_views.ts";
import type { BotCommand, CommandsView, Pace, WidgetUpdate, WidgetView } from "./widget_views.ts";

export type * from "./changes.ts";
export type { BotCommand, CommandsView, Pace, WidgetUpdate, WidgetView } from "./widget_views.ts";
export type { InviteOffer, InviteState, InviteView } from "./invite_views.ts";

/** Which rows of how many. */
export interface PartRequest {
  /** Where. */
  readonly conversation: ConversationId;
  /** Most rows; default 100. */
  readonly limit?: number;
  /** Rows to pass over. */
  readonly skip?: number;
}

/** Rows, how many there are, and what goes on behind them. */
export interface PartView<T> {
  /** Those that were asked for. */
  readonly rows: readonly T[];
  /** All that there are. */
  readonly total: number;
  /** All rows are being rebuilt, and these are from before: messages that are in the new ones, and all. */
  readonly making?: { readonly done: number; readonly total: number };
}

/** Who last said what of a thing. */
export interface LastView {
  /** Who. */
  readonly author: PublicKeyHex;
  /** `new`, or what was set: `done`, `gone`, `text`, `rank`, `who`, `away`. */
  readonly what: string;
  /** When, by its writer's clock. */
  readonly ts: string;
}

/** A list. */
export interface ListView {
  /** Names it. */
  readonly id: string;
  /** What it is called. */
  readonly name: string;
  /** Who made it. */
  readonly author: PublicKeyHex;
  /** When. */
  readonly ts: string;
  /** Put away. */
  readonly archived: boolean;
  /** How many items it has. */
  readonly items: number;
  /** How many of them are done. */
  readonly done: number;
  /** What was last said of the list itself. */
  readonly last: LastView;
}

/** An item. */
export interface ItemView {
  /** Names it. */
  readonly id: string;
  /** What it says. */
  readonly text: string;
  /** Checked. */
  readonly done: boolean;
  /** Whose it is. */
  readonly assignee?: PublicKeyHex;
  /** Who added it. */
  readonly author: PublicKeyHex;
  /** When. */
  readonly ts: string;
  /** What was last said of it. */
  readonly last: LastView;
}

/** Something that was said of a list or an item. */
export interface SaidView extends LastView {
  /** To what it was set. */
  readonly value: string | boolean;
}

/** A post or an answer. */
export interface PostView {
  /** Names it. */
  readonly id: string;
  /** Who wrote it. */
  readonly author: PublicKeyHex;
  /** When. */
  readonly ts: string;
  /** Its text, whole; left out: its author has withdrawn it. In a list of posts it may be only the beginning. */
  readonly text?: string;
  /** Whether there is more of it than {@link PostView.text}. */
  readonly cut?: boolean;
  /** When it was last edited or withdrawn. */
  readonly edited?: string;
  /** When it is over. */
  readonly expires?: string;
  /** What it answers. */
  readonly parent?: string;
  /** How many it answers in turn; 0 for a post. */
  readonly depth: number;
}

/** A post with its thread. */
export interface ThreadView extends PostView {
  /** How many answers there are, of any depth. */
  readonly replies: number;
  /** How many of others are not read, the post included. */
  readonly unread: number;
  /** Whether its time is over. */
  readonly expired: boolean;
  /** When the thread last grew: the time of its newest answer, or its own. */
  readonly lastTs: string;
}

/** A poll. */
export interface PollView {
  /** Names it. */
  readonly id: string;
  /** Who asks. */
  readonly author: PublicKeyHex;
  /** When. */
  readonly ts: string;
  /** What. */
  readonly question: string;
  /** What can be chosen, and who has. */
  readonly choices: readonly {
    readonly text: string;
    readonly votes: number;
    readonly voters: readonly PublicKeyHex[];
  }[];
  /** Whether several may be chosen. */
  readonly many: boolean;
  /** How many have voted. */
  readonly voters: number;
  /** When it ends by itself. */
  readonly until?: string;
  /** Whether no vote counts any more. */
  readonly over: boolean;
}

/** What a message of an overlay is about. */
export interface PlaceView {
  /** What it belongs to; left out: to nothing that is there. */
  readonly kind?: "list" | "board" | "poll" | "dash" | "invite";
  /** Names the list or the item, the post or the answer, the poll. */
  readonly id?: string;
  /** The list of an item, the post of an answer. */
  readonly within?: string;
}

/** Lists, bulletins and polls. */
export interface Overlays {
  /** Ids of lists and items, posts and answers, or polls that begin with a text; at most 10, shown or not. */
  find(request: {
    conversation: ConversationId;
    kind: "list" | "board" | "poll";
    prefix: string;
  }): Promise<string[]>;
  /** What a message is about: the item that its line speaks of, not only the list. */
  place(request: { conversation: ConversationId; position: number }): Promise<PlaceView>;
  /** Lists, in the order in which they were made. */
  lists(request: PartRequest & { archived?: boolean }): Promise<PartView<ListView>>;
  /** The items of a list, in its order. @throws {UserError} usage: there is no such list. */
  items(request: PartRequest & { list: string }): Promise<PartView<ItemView>>;
  /** Who said what of a list or an item, and when. */
  said(request: { conversation: ConversationId; id: string }): Promise<SaidView[]>;
  /** Says something in a list. @throws {UserError} usage, refused. */
  changeList(request: ListSaying, signal?: AbortSignal): Promise<OverlayReport>;
  /**
   * Says again what was said in a list under a key, when it was asked for in the same words: an item that was removed,
   * or has another name or number since, is found by them no more. No report: it was not, so it is to be said.
   */
  changeListAgain(request: Again, signal?: AbortSignal): Promise<{ readonly report?: OverlayReport }>;
  /** Posts, the one that grew last first. */
  threads(request: PartRequest & { expired?: boolean }): Promise<PartView<ThreadView>>;
  /** Posts that those have pinned who may: a group's admins, or the two of a conversation. */
  pinned(request: { conversation: ConversationId }): Promise<ThreadView[]>;
  /** A post; `id` may be an answer's. @throws {UserError} usage: there is none. */
  thread(request: { conversation: ConversationId; id: string }): Promise<ThreadView>;
  /** The answers in a thread by their times. @param request.newest  From the newest down. */
  replies(request: PartRequest & { id: string; newest?: boolean }): Promise<PartView<PostView>>;
  /** We have read all of a thread that is here. */
  readThread(request: { conversation: ConversationId; id: string }): Promise<void>;
  /** Says something in a bulletin. @throws {UserError} usage, refused. */
  changeBoard(request: Saying & { change: BoardChange }, signal?: AbortSignal): Promise<OverlayReport>;
  /** Polls, newest first. */
  polls(request: PartRequest): Promise<PartView<PollView>>;
  /** Says something of a poll. @throws {UserError} usage, refused. */
  changePoll(request: Saying & { change: PollChange }, signal?: AbortSignal): Promise<OverlayReport>;
  /** All widgets of a conversation's bots, by bot and id, with their last values. */
  widgets(request: PartRequest): Promise<PartView<WidgetView>>;
  /** What bots say of a conversation in a word or two; left out: nothing, or no bot was heard lately and nobody has asked for its rows yet. */
  summary(request: { conversation: ConversationId }): Promise<{ readonly summary?: string }>;
  /** What a conversation takes of a bot: as those have set it who decide there, an admin or either of two. */
  pace(request: { conversation: ConversationId }): Promise<Pace>;
  /**
   * Sets it for all; what is left out stays.
   * @throws {UserError} usage: beyond the limits; refused: we don't decide there.
   */
  setPace(
    request: Saying & { intervalMs?: number; maxBytes?: number },
    signal?: AbortSignal,
  ): Promise<OverlayReport>;
  /**
   * Publishes a value of a widget of ours, in its turn: one that comes sooner than {@link Overlays.pace} says waits, and
   * a later one takes its place. @throws {UserError} usage: it is none, or too long.
   */
  publish(request: Saying & { widget: WidgetUpdate }, signal?: AbortSignal): Promise<PublishReport>;
  /** What the bots of a conversation announce, by bot. */
  commands(request: PartRequest): Promise<PartView<CommandsView>>;
  /**
   * Announces commands of ours, in the place of those from before, in their turn as with {@link Overlays.publish}; none:
   * there are none any more. What stands already is not said again.
   * @throws {UserError} usage: they are none, or too long.
   */
  announce(
    request: Saying & { commands: readonly BotCommand[] },
    signal?: AbortSignal,
  ): Promise<PublishReport>;
  /** Invites in a conversation, the newest first; nothing is asked or dialled. */
  invites(request: PartRequest): Promise<PartView<InviteView>>;
  /**
   * Accepts the invite of a message, or refuses it. One that was refused can be accepted; accepted twice is once.
   * @throws {UserError} usage: the message has none; refused: it can't be used, and why.
   */
  answerInvite(
    request: { conversation: ConversationId; position: number; answer: "accept" | "refuse" },
  ): Promise<InviteView>;
  /**
   * Sends an invite: to a group that we are in, or to talk with a peer.
   * @param request.terms  With a group: a signed invite that says this.
   * @throws {UserError} usage, refused.
   */
  sendInvite(
    request: Saying & { group?: GroupId; peer?: PublicKeyHex; terms?: InviteTerms },
    signal?: AbortSignal,
  ): Promise<OverlayReport>;
}

/** The methods of {@link Overlays}. */
export const OVERLAYS: Readonly<Record<keyof Overlays, true>> = {
  find: true,
  place: true,
  lists: true,
  items: true,
  said: true,
  changeList: true,
  changeListAgain: true,
  threads: true,
  pinned: true,
  thread: true,
  replies: true,
  readThread: true,
  changeBoard: true,
  polls: true,
  changePoll: true,
  widgets: true,
  summary: true,
  pace: true,
  setPace: true,
  publish: true,
  commands: true,
  announce: true,
  invites: true,
  answerInvite: true,
  sendInvite: true,
};
