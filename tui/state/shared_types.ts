/**
 * Lists, boards and polls of a conversation, as the screen knows them.
 *
 * @module
 */
import type { InviteTerms } from "../../lib/app/groups/groups.ts";
import type { InviteView } from "../../lib/app/overlays/invite_views.ts";
import type {
  BoardChange,
  ItemView,
  ListChange,
  ListView,
  PollChange,
  PollView,
  PostView,
  SaidView,
  ThreadView,
  WidgetView,
} from "../../lib/app/overlays/overlays.ts";

/** A post, and whether those have pinned it whose pins count. */
export type ShownThread = ThreadView & { readonly pinned?: true };

/** Which of many rows are on the screen. */
export interface Window {
  /** The first one, from 0. */
  readonly from: number;
  /** How many there are. */
  readonly total: number;
}

/** What is on the screen of them. */
export interface Shared {
  /** Which conversation's. */
  readonly id: string;
  /** Its lists. */
  readonly lists?: readonly ListView[];
  /** Those that are put away. */
  readonly archived?: readonly ListView[];
  /** A list and its items. */
  readonly list?: {
    readonly view: ListView;
    readonly items: readonly ItemView[];
    readonly window?: Window;
  };
  /** Who said what of a thing. */
  readonly said?: { readonly title: string; readonly rows: readonly SaidView[] };
  /** Its posts, pinned ones first. */
  readonly threads?: readonly ShownThread[];
  /** Which of all posts these are; left out: all. */
  readonly posts?: Window;
  /** A post and its answers. */
  readonly thread?: {
    readonly root: ThreadView;
    readonly replies: readonly PostView[];
    readonly window?: Window;
  };
  /** Its polls. */
  readonly polls?: readonly PollView[];
  /** What its bots publish. */
  readonly widgets?: readonly WidgetView[];
  /** Its invites. */
  readonly invites?: readonly InviteView[];
}

/** What a screen of them shows: each names its effect. `from`: which row is the first, of many. */
export type SharedView =
  | { readonly show: "lists" | "archive" | "polls" | "invites" | "widgets" }
  | { readonly show: "threads"; readonly from?: number }
  | { readonly show: "list"; readonly list: string; readonly from?: number }
  | { readonly show: "said"; readonly about: string; readonly title: string }
  /** Its newest answers when no first one is named. */
  | { readonly show: "thread"; readonly post: string; readonly from?: number };

/** Where an invite leads: to a group by its id or name, or to us. */
export interface InviteTo {
  /** Left out: to us. */
  readonly group?: string;
  /** A signed one, which says this. */
  readonly terms?: InviteTerms;
}

/** What is said in one of them. */
export type Sharing =
  | { readonly in: "list"; readonly change: ListChange }
  | { readonly in: "board"; readonly change: BoardChange }
  | { readonly in: "poll"; readonly change: PollChange }
  | { readonly in: "invite"; readonly position: number; readonly answer: "accept" | "refuse" }
  /** An invite is written into the conversation. */
  | { readonly in: "invite"; readonly to: InviteTo };

/** Something to do with them. */
export type SharedEffect =
  /** What a message is about. */
  | { readonly kind: "there"; readonly id: string; readonly position: number }
  | { readonly kind: "shared"; readonly id: string; readonly view: SharedView }
  /** What a conversation takes of bots: told, or set before. */
  | {
    readonly kind: "pace";
    readonly id: string;
    readonly set?: { readonly intervalMs?: number; readonly maxBytes?: number };
  }
  | {
    readonly kind: "share";
    readonly id: string;
    readonly say: Sharing;
    /** What is on the screen: it is asked again afterwards. */
    readonly view: SharedView;
  };
