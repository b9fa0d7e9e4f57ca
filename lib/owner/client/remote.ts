/**
 * The same App, over the socket of the process that owns the identity.
 *
 * One connection carries calls. Each subscription and each stream has a connection of its own, so that a reader who
 * is slow holds up nothing else, and the kernel's socket buffer is all that waits for it.
 *
 * @see lib/owner/README.md "Protocol"
 * @module
 */
import type { App } from "../../app/app.ts";
import type { Events } from "../../app/events/events.ts";
import type { Files } from "../../app/files/files.ts";
import type { Groups } from "../../app/groups/groups.ts";
import type { Messages } from "../../app/messages/messages.ts";
import type { AppNode } from "../../app/node/node.ts";
import type { Outbox } from "../../app/outbox/outbox.ts";
import type { Overlays } from "../../app/overlays/overlays.ts";
import type { Pairs } from "../../app/pairs/pairs.ts";
import type { Peers } from "../../app/peers/peers.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Channel } from "../rpc/channel.ts";
import type { OwnerConnection } from "../socket.ts";
import { Caller, type Hello } from "./caller.ts";
import { reach, RemoteChannels, type RemoteRequest } from "./channels.ts";
import { RemoteEvents } from "./events.ts";
import { remoteMembers } from "./members.ts";
import { RemoteNode } from "./node.ts";

/** App over the owner's socket. Every method throws {@link OwnerGone} when the owner ends under it. */
export class RemoteApp implements App {
  /** See {@link App.pk}. */
  readonly pk: PublicKeyHex;
  /** See {@link App.messages}. */
  readonly messages: Messages;
  /** See {@link App.outbox}. */
  readonly outbox: Outbox;
  /** See {@link App.peers}. */
  readonly peers: Peers;
  /** See {@link App.events}. */
  readonly events: Events;
  /** See {@link App.groups}. */
  readonly groups: Groups;
  /** See {@link App.pairs}. */
  readonly pairs: Pairs;
  /** See {@link App.overlays}. */
  readonly overlays: Overlays;
  /** See {@link App.files}. */
  readonly files: Files;
  /** See {@link App.node}. */
  readonly node: AppNode;
  /** How the owner reaches the network, and which process it is. */
  readonly owner: Pick<Hello, "pid" | "discovery" | "pq">;
  readonly #caller: Caller;

  private constructor(request: RemoteRequest, channel: Channel, hello: Hello) {
    this.pk = hello.pk;
    this.owner = hello;
    const caller = this.#caller = new Caller(channel);
    const channels = new RemoteChannels(request, hello);
    caller.closed.then(() => channels.close());
    const { messages, outbox, peers, groups, pairs, overlays, files } = remoteMembers(caller);
    this.messages = messages;
    this.outbox = outbox;
    this.peers = peers;
    this.groups = groups;
    this.pairs = pairs;
    this.overlays = overlays;
    this.files = files;
    this.events = new RemoteEvents(caller, channels);
    this.node = new RemoteNode(caller, channels, hello.connection);
  }

  /** Connects to the identity's owner. Takes, gives and throws as {@link reach}. */
  static async connect(
    request: RemoteRequest,
    connection?: OwnerConnection,
  ): Promise<RemoteApp | undefined> {
    const reached = await reach(request, connection);
    return reached && new RemoteApp(request, reached.channel, reached.hello);
  }

  /** See {@link App.closed}. */
  get closed(): Promise<void> {
    return this.#caller.closed;
  }

  /** See {@link App.close}; the owner goes on. */
  close(): Promise<void> {
    this.#caller.close();
    return Promise.resolve();
  }
}
