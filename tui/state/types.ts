/**
 * What the UI knows (`Model`), what happens to it (`Msg`), and what it wants done (`Effect`). All plain values: the
 * same model is drawn as a screen and told as lines.
 *
 * @module
 */
import type { FileView } from "../../lib/app/files/files.ts";
import type {
  GroupEvidence,
  GroupId,
  GroupView,
  JoinRequestView,
  MemberView,
} from "../../lib/app/groups/groups.ts";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import type { StatusView } from "../../lib/app/node/node.ts";
import type { QueuedView } from "../../lib/app/outbox/outbox.ts";
import type { InviteView } from "../../lib/app/overlays/overlays.ts";
import type { PairView } from "../../lib/app/pairs/pairs.ts";
import type { PeerView } from "../../lib/app/peers/peers.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import type { Editor } from "../compose/editor.ts";
import type { ConversationId, Effect, KnownCommand } from "./effect.ts";
import type { Msg } from "./msg.ts";
import type { Chosen, Level, Network, Notice, Preferences } from "./settings.ts";
import type { Shared, Sharing } from "./shared_types.ts";

export type { ConversationId, Where } from "./effect.ts";
export type { Effect } from "./effect.ts";
export type { Msg } from "./msg.ts";
export type { Chosen, Level, Network, Notice, Preferences } from "./settings.ts";

/** One line of the picker: a person or a group. */
export interface Conversation {
  /** Its name in the model. */
  readonly id: ConversationId;
  /** Who is at the other end. */
  readonly kind: "person" | "group";
  /** The person's key, or the group's id. */
  readonly key: string;
  /** When the last message was written or came, RFC 3339; undefined: only its name is known. */
  readonly lastTs?: string;
  /** Messages that came and are not read. */
  readonly unread: number;
  /** Up to which position they are counted; undefined: that was not told. */
  readonly last?: number;
  /** Up to which position all is read, as far as that was told. */
  readonly readTo?: number;
  /** The App is asked how many they are. */
  readonly isUnsure?: boolean;
  /** Whether we are paired. */
  readonly paired?: boolean;
  /** What its bots say of it in a word or two. */
  readonly summary?: string;
  /** The newest message, when it has been looked at. */
  readonly preview?: Pick<MessageView, "position" | "text" | "outgoing" | "state" | "reason">;
}

/** Where the eye rests in a conversation that is scrolled: so many rows of this message are below the edge. */
export interface Anchor {
  /** Which message. */
  readonly position: number;
  /** Rows, 0 or more. */
  readonly hidden: number;
  /** Of so many rows that the message took then: with another width it takes others, and the place in it is kept. */
  readonly of?: number;
}

/** A message of ours that is not kept yet, or could not be. */
export interface Unsent {
  /** Counts them. */
  readonly local: number;
  /** What was written. */
  readonly text: string;
  /** Why it was not kept; undefined while that is not known. */
  readonly problem?: string;
}

/** What is loaded of a conversation: lines without a hole, never all of a long one. */
export interface Thread {
  /** Positions rise; between them is what is silent. */
  readonly messages: readonly MessageView[];
  /** The first message of the conversation is the first here. */
  readonly atStart: boolean;
  /** The newest is the last here. */
  readonly atEnd: boolean;
  /** The position of the last message that we know of, when it is no line. */
  readonly upTo?: number;
  /** A page is on its way. */
  readonly loading: boolean;
  /** The place that is gone to, until its page has come: no other page leads away from it. */
  readonly seeks?: number;
  /** Undefined: at the newest message, and stays there. */
  readonly anchor?: Anchor;
  /** New messages below the edge. */
  readonly below: number;
  /** Read up to here, as far as we know. */
  readonly readTo: number;
  /** The first message that was unread when it was opened: the line above it says so. */
  readonly unreadAt?: number;
  /** The message that commands are for. */
  readonly selected?: number;
  /** What is being written. */
  readonly draft: Editor;
  /** What that answers, as it was when it was chosen: it need not stay loaded. */
  readonly replyTo?: MessageView;
  /** Ours on the way to the store. */
  readonly unsent: readonly Unsent[];
  /** What no page takes back. */
  readonly told: Told;
}

/** What events have told of a conversation, which a page that was read before them does not know. */
export interface Told {
  /** The newest line. */
  readonly upTo: number;
  /** How often the end was asked for because of that one; below 0: so many pages may hold what is forgotten. */
  readonly asks: number;
  /** All up to here is forgotten. */
  readonly floor: number;
  /** What has changed of messages, by their positions. */
  readonly changes: ReadonlyMap<number, Partial<MessageView>>;
}

/** An overlay on the stack: its file's name and what it remembers. */
export interface Overlay {
  /** The name in overlays/mod.ts. */
  readonly name: string;
  /** What is typed into it. */
  readonly input: Editor;
  /** The row that is chosen. */
  readonly at: number;
  /** Its own facts. */
  readonly about?: Readonly<Record<string, unknown>>;
}

/** Everything the UI knows. */
export interface Model {
  /** Our key. */
  readonly own: PublicKeyHex;
  /** Minutes east of Greenwich at a time in milliseconds since 1970. */
  readonly zone: (ms: number) => number;
  /** Milliseconds since 1970, as of the last message. */
  readonly nowMs: number;
  /** The terminal. */
  readonly size: { readonly columns: number; readonly rows: number };
  /** Whether the terminal has the focus; undefined: it does not say. */
  readonly focused?: boolean;
  /** It is said in lines: whatever comes is said, wherever one has looked before. */
  readonly isLines?: true;
  /** Shift+Enter can be told from Enter. */
  readonly hasKitty: boolean;
  /** Who gets the keys when no overlay is open. */
  readonly focus: "picker" | "compose" | "messages";
  /** Sorted: the latest first, then by name. */
  readonly conversations: readonly Conversation[];
  /** They have been read: none is nobody. */
  readonly isListed?: true;
  /** The picker; `from` is the row of the list at its top, once the mouse has been used there. */
  readonly picker: {
    readonly selected?: ConversationId;
    readonly filter?: Editor;
    readonly from?: number;
  };
  /** The conversation that is open. */
  readonly open?: ConversationId;
  /** What is loaded, by conversation. */
  readonly threads: Readonly<Record<ConversationId, Thread>>;
  /** The last one is on top. */
  readonly overlays: readonly Overlay[];
  /** Aliases: name by key. */
  readonly names: ReadonlyMap<PublicKeyHex, string>;
  /** Groups, by id. */
  readonly groups: ReadonlyMap<GroupId, GroupView>;
  /** Who is in a group, as far as it was asked. */
  readonly members: ReadonlyMap<GroupId, readonly MemberView[]>;
  /** Who asks to be let in. */
  readonly joiners: ReadonlyMap<GroupId, readonly JoinRequestView[]>;
  /** Who is known to have a message of ours in a group: the last that was asked for. */
  readonly known?: { readonly id: string; readonly by: readonly GroupEvidence[] };
  /** The invite that was made last. */
  readonly invite?: Omit<Extract<Msg, { kind: "invite" }>, "kind" | "nowMs">;
  /** Lists, posts and polls, as far as they were asked. */
  readonly shared?: Shared;
  /** What was written for one of them and was not taken: it stands in the line when that is asked for again. */
  readonly unsaid?: { readonly id: ConversationId; readonly say: Sharing };
  /** Where files stand, as far as it was asked; by conversation and place (files.ts `placeKey`). */
  readonly files: ReadonlyMap<string, FileView>;
  /** The same of invites. */
  readonly invites: ReadonlyMap<string, InviteView>;
  /** What bots announce, by conversation, as far as it was asked. */
  readonly botCommands: ReadonlyMap<ConversationId, readonly KnownCommand[]>;
  /** What is decided about peers. */
  readonly peers: ReadonlyMap<PublicKeyHex, PeerView>;
  /** How we stand with whom, as far as that is a pair or may become one. */
  readonly pairs: ReadonlyMap<PublicKeyHex, PairView>;
  /** The network. */
  readonly network: Network;
  /** A store or an owner in trouble, until something works again. */
  readonly trouble?: string;
  /** Why something could not be kept, until something is kept again. */
  readonly unkept?: string;
  /** For the user, until the next key. */
  readonly notice?: Notice;
  /** How we stand, as far as it was asked. */
  readonly status?: StatusView;
  /** Messages that wait to be sent. */
  readonly queued: number;
  /** Notices by conversation; `all` where it says nothing. */
  readonly levels: Readonly<Record<ConversationId, Level>>;
  /** When the last notice was given, and how many came since without one. */
  readonly told: { readonly ms: number; readonly more: number };
  /** Widgets that stand at a threshold, by conversation, bot and id. */
  readonly alarms: Readonly<Record<string, "warning" | "alarm">>;
  /** What the user has set, as it holds. */
  readonly preferences: Preferences;
  /** The same as the configuration says it. */
  readonly configured: Preferences;
  /** What was switched over that. */
  readonly chosen: Chosen;
  /** What was cut last out of a draft. */
  readonly cut?: string;
  /** Lines that were sent, the newest last. */
  readonly sentLines: readonly string[];
  /** Results of the last search, and which of them was opened last. */
  readonly found?: Omit<Extract<Msg, { kind: "found" }>, "kind" | "nowMs"> & { readonly at?: number };
  /** What waits, as the outbox overlay shows it. */
  readonly outbox?: readonly QueuedView[];
  /** Words to compare with a peer, by key. */
  readonly words: ReadonlyMap<
    PublicKeyHex,
    { readonly words: readonly string[]; readonly qr: readonly string[] }
  >;
  /** Counts what is sent. */
  readonly locals: number;
  /** The UI is ending. */
  readonly ending: boolean;
}

/** A model and what is to be done. */
export type Step = readonly [Model, readonly Effect[]];
