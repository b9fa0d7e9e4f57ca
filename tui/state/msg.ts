/**
 * What happens to the UI: keys, events of the App, answers to effects.
 *
 * @module
 */
import type { AppEvent } from "../../lib/app/events/events.ts";
import type { FileView } from "../../lib/app/files/files.ts";
import type {
  GroupEvidence,
  GroupId,
  GroupView,
  IssuedInvite,
  JoinRequestView,
  MemberView,
} from "../../lib/app/groups/groups.ts";
import type { ConversationView, MessageView, SendReport } from "../../lib/app/messages/messages.ts";
import type { StatusView } from "../../lib/app/node/node.ts";
import type { QueuedView } from "../../lib/app/outbox/outbox.ts";
import type { InviteOffer } from "../../lib/app/overlays/invite_views.ts";
import type { InviteView } from "../../lib/app/overlays/overlays.ts";
import type { PlaceView } from "../../lib/app/overlays/overlays.ts";
import type { PairView } from "../../lib/app/pairs/pairs.ts";
import type { PeerView } from "../../lib/app/peers/peers.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import type { Style } from "../drawing/style.ts";
import type { ConversationId, KnownCommand, Slashed, Where } from "./effect.ts";
import type { Preferences } from "./settings.ts";
import type { Shared, Sharing } from "./shared_types.ts";

/** Something that happened. */
export type Msg =
  & { readonly nowMs: number }
  & (
    | { readonly kind: "key"; readonly key: string }
    | { readonly kind: "paste"; readonly text: string }
    | { readonly kind: "focus"; readonly focused: boolean }
    | { readonly kind: "wheel"; readonly rows: number; readonly column: number }
    | { readonly kind: "click"; readonly column: number; readonly row: number }
    /** Time has passed, where that shows; drafts were written. */
    | { readonly kind: "kitty" | "tick" | "kept" }
    | { readonly kind: "resize"; readonly columns: number; readonly rows: number }
    /** A command by its name, as the palette and the linear mode give it. */
    | { readonly kind: "command"; readonly name: string; readonly argument: string }
    /** A row of the overlay on top, after its line was set to a text; by Enter or another key. */
    | { readonly kind: "choose"; readonly at: number; readonly text?: string; readonly key?: string }
    | { readonly kind: "event"; readonly event: AppEvent }
    | { readonly kind: "conversations"; readonly conversations: readonly ConversationView[] }
    | {
      readonly kind: "preview";
      readonly id: ConversationId;
      readonly message: MessageView | undefined;
      readonly summary?: string;
    }
    | {
      readonly kind: "page";
      readonly id: ConversationId;
      readonly where: Where;
      readonly messages: readonly MessageView[];
      /** Nothing lies beyond the page on that side. */
      readonly ended: { readonly start: boolean; readonly end: boolean };
      /** For `newest`: the position of the last message, line or not. */
      readonly upTo?: number;
      /** For `around` and `unread`: what to show. */
      readonly position?: number;
    }
    | {
      readonly kind: "sent";
      readonly id: ConversationId;
      readonly local: number;
      readonly problem?: string;
      /** What became of it by then; with `problem` not. */
      readonly state?: SendReport["state"];
    }
    | { readonly kind: "names"; readonly names: ReadonlyMap<PublicKeyHex, string> }
    | { readonly kind: "groups"; readonly groups: readonly GroupView[] }
    | { readonly kind: "members"; readonly group: GroupId; readonly members: readonly MemberView[] }
    | { readonly kind: "joiners"; readonly group: GroupId; readonly joiners: readonly JoinRequestView[] }
    | { readonly kind: "evidence"; readonly id: string; readonly known: readonly GroupEvidence[] }
    | {
      readonly kind: "invite";
      /** Left out: it is to us. */
      readonly group?: GroupId;
      /** Left out: none is open. */
      readonly link?: string;
      /** Whether the group key is in the link. */
      readonly withKey: boolean;
      readonly qr: readonly string[];
      /** Signed ones, the newest first. */
      readonly issued: readonly IssuedInvite[];
    }
    | { readonly kind: "shared"; readonly shared: Shared }
    /** What was to be said in a list, on a board or in a poll was not taken. */
    | { readonly kind: "unsaid"; readonly id: ConversationId; readonly say: Sharing }
    /** What a message is about. */
    | { readonly kind: "there"; readonly id: ConversationId; readonly place: PlaceView }
    | { readonly kind: "files"; readonly id: ConversationId; readonly files: readonly FileView[] }
    | { readonly kind: "invites"; readonly id: ConversationId; readonly invites: readonly InviteView[] }
    | {
      readonly kind: "bot-commands";
      readonly id: ConversationId;
      readonly commands: readonly KnownCommand[];
      readonly then?: Slashed;
    }
    /** Where the message lies that another one answers. */
    | { readonly kind: "quoted"; readonly id: ConversationId; readonly position: number }
    /** We are in a group now, or have asked to be. */
    | { readonly kind: "entered"; readonly group: GroupId; readonly offer?: InviteOffer }
    | { readonly kind: "peers"; readonly peers: readonly PeerView[] }
    | { readonly kind: "pairs"; readonly pairs: readonly PairView[] }
    | { readonly kind: "status"; readonly status: StatusView }
    | {
      readonly kind: "found";
      readonly text: string;
      readonly id?: ConversationId;
      readonly messages: readonly MessageView[];
    }
    | { readonly kind: "outbox"; readonly queued: readonly QueuedView[] }
    | {
      readonly kind: "words";
      readonly peer: PublicKeyHex;
      readonly words: readonly string[];
      readonly qr: readonly string[];
    }
    /** The editor has ended with this text. */
    | { readonly kind: "edited"; readonly id: ConversationId; readonly text: string }
    | { readonly kind: "said"; readonly text: string; readonly style?: Style }
    /** The user has changed the configuration. */
    | { readonly kind: "settings"; readonly configured: Preferences }
    /** Something that was asked of the App failed. */
    | { readonly kind: "failed"; readonly what: string; readonly why: string; readonly unkept?: boolean }
  );
