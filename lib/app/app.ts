/**
 * Everything that a surface (command, line chat, terminal UI) can ask of an identity: one interface for each thing that
 * there is, with two makers: in this process (`local.ts`), and over the socket of the process that owns the identity
 * (`lib/owner/client/remote.ts`). One contract test for each member holds for both.
 *
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { Events } from "./events/events.ts";
import type { Files } from "./files/files.ts";
import type { Groups } from "./groups/groups.ts";
import type { Messages } from "./messages/messages.ts";
import type { AppNode } from "./node/node.ts";
import type { Outbox } from "./outbox/outbox.ts";
import type { Overlays } from "./overlays/overlays.ts";
import type { Pairs } from "./pairs/pairs.ts";
import type { Peers } from "./peers/peers.ts";

/** Everything that can be asked of an identity. */
export interface App {
  /** Our key. */
  readonly pk: PublicKeyHex;
  /** What is said. */
  readonly messages: Messages;
  /** What waits to be sent. */
  readonly outbox: Outbox;
  /** What is decided about peers. */
  readonly peers: Peers;
  /** What happens. */
  readonly events: Events;
  /** Groups. */
  readonly groups: Groups;
  /** Contacts with a sealed feed each. */
  readonly pairs: Pairs;
  /** Lists, bulletins and polls in conversations. */
  readonly overlays: Overlays;
  /** Files of conversations. */
  readonly files: Files;
  /** Our place in the network. */
  readonly node: AppNode;
  /** Resolves when the app has ended by itself: the owner died or was stopped. */
  readonly closed: Promise<void>;
  /** Ends our use of it; the last user of a local app ends the app. */
  close(): Promise<void>;
}
