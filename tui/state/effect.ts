/**
 * What the model wants done, as data.
 *
 * @module
 */
import type { GroupAction, GroupId, InviteTerms } from "../../lib/app/groups/groups.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import type { SharedEffect } from "./shared_types.ts";

/** Names a conversation: `person:` and a key, or `group:` and the group's id. */
export type ConversationId = string;

/** Where a page belongs; `unread` is around the first unread message, which then has the line above it. */
export type Where = "newest" | "older" | "newer" | "around" | "unread";

/** What an answer answers: an id between two people, and in a group its writer and time. */
export interface Quote {
  /** The id. */
  readonly id?: string;
  /** The writer; left out: we. */
  readonly sender?: PublicKeyHex;
  /** When it was written, milliseconds. */
  readonly ms?: number;
}

/** What is to be done about files of conversations. */
export type FileEffect =
  /** Where those of a conversation stand. */
  | { readonly kind: "files"; readonly id: ConversationId }
  /** Takes or refuses the one that a message speaks of. */
  | {
    readonly kind: "take";
    readonly id: ConversationId;
    readonly position: number;
    readonly takes: boolean;
  }
  /** Offers one; the path is as it was typed. */
  | { readonly kind: "offer"; readonly id: ConversationId; readonly path: string };

/** Where the invites of a conversation stand. */
export interface InvitesEffect {
  /** The kind of effect. */
  readonly kind: "invites";
  /** Which conversation. */
  readonly id: ConversationId;
}

/** A command of a bot. */
export interface KnownCommand {
  /** Whose. */
  readonly bot: PublicKeyHex;
  /** What stands behind the slash. */
  readonly name: string;
  /** What it does; may be empty. */
  readonly help: string;
}

/** What bots announce in a conversation. */
export interface BotCommandsEffect {
  /** The kind of effect. */
  readonly kind: "bot-commands";
  /** Which conversation. */
  readonly id: ConversationId;
  /** What is gone on with when they are known. */
  readonly then?: Slashed;
}

/** What waits for the commands of bots: completing the draft, or a command that was typed as a line. */
export type Slashed = "complete" | { readonly name: string; readonly argument: string };

/** Something to do; the answer comes as a `Msg`. */
export type Effect =
  | FileEffect
  | InvitesEffect
  | BotCommandsEffect
  | { readonly kind: "conversations" }
  | { readonly kind: "previews"; readonly ids: readonly ConversationId[] }
  | { readonly kind: "page"; readonly id: ConversationId; readonly where: Where; readonly position?: number }
  /** Looks for the first of so many unread messages. */
  | { readonly kind: "unread"; readonly id: ConversationId; readonly count: number }
  /** Looks for the first message of a day. */
  | { readonly kind: "date"; readonly id: ConversationId; readonly ms: number }
  /** Looks for the message that another one answers, further up. */
  | { readonly kind: "quoted"; readonly id: ConversationId; readonly before: number; readonly quote: Quote }
  | {
    readonly kind: "send";
    readonly id: ConversationId;
    readonly text: string;
    readonly local: number;
    readonly replyTo?: string;
  }
  | { readonly kind: "read"; readonly id: ConversationId; readonly position: number }
  | {
    readonly kind: "remove";
    readonly id: ConversationId;
    readonly position: number;
    readonly everywhere: boolean;
  }
  | { readonly kind: "retry"; readonly id: ConversationId; readonly position: number }
  | { readonly kind: "cancel"; readonly id: ConversationId; readonly position: number }
  | { readonly kind: "forget"; readonly id: ConversationId }
  | {
    readonly kind: "decide";
    readonly peer: PublicKeyHex;
    readonly blocked?: boolean;
    readonly accepted?: boolean;
    readonly verified?: boolean;
  }
  | { readonly kind: "alias"; readonly peer: PublicKeyHex; readonly name?: string }
  | { readonly kind: "pairs" }
  /** Asks to be paired or agrees to that; the other ends it, or says no. */
  | { readonly kind: "pair"; readonly peer: PublicKeyHex }
  | { readonly kind: "unpair"; readonly peer: PublicKeyHex }
  | { readonly kind: "names" }
  | { readonly kind: "groups" }
  | { readonly kind: "members"; readonly group: GroupId }
  | { readonly kind: "joiners"; readonly group: GroupId }
  /** Who has a message of ours. */
  | { readonly kind: "evidence"; readonly group: GroupId; readonly id: string }
  /** A link of it, or without a group to us; a signed one that says this. */
  | { readonly kind: "invite"; readonly group?: GroupId; readonly terms?: InviteTerms }
  /** One to us, or of this group. */
  | { readonly kind: "revoke-invite"; readonly group?: GroupId; readonly invite: string }
  | { readonly kind: "create"; readonly name: string; readonly group: "public" | "private" | "channel" }
  | { readonly kind: "join"; readonly link: string }
  | { readonly kind: "leave"; readonly group: GroupId }
  | { readonly kind: "drop"; readonly group: GroupId }
  | { readonly kind: "rename"; readonly group: GroupId; readonly name: string }
  | { readonly kind: "rotate"; readonly group: GroupId }
  | {
    readonly kind: "moderate";
    readonly group: GroupId;
    readonly action: GroupAction;
    readonly peer?: PublicKeyHex;
  }
  | SharedEffect
  | { readonly kind: "peers" }
  | { readonly kind: "status" }
  | { readonly kind: "outbox" }
  | { readonly kind: "search"; readonly text: string; readonly id?: ConversationId }
  | { readonly kind: "words"; readonly peer: PublicKeyHex }
  /** Keeps drafts and levels. */
  | { readonly kind: "save" }
  | { readonly kind: "copy"; readonly text: string; readonly what: string }
  | { readonly kind: "bell" }
  | { readonly kind: "notify"; readonly title: string; readonly body: string; readonly id: ConversationId }
  | { readonly kind: "edit"; readonly id: ConversationId; readonly text: string }
  | { readonly kind: "suspend" }
  | { readonly kind: "redraw" }
  | { readonly kind: "quit" };
