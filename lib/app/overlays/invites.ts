/**
 * Invites in conversations: what they offer, how each stands, and what the user has made of it. Nothing is asked or
 * dialled before one is accepted.
 *
 * @see specification skychat §b.8, §h.2; lib/app/README.md "Invites"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { formatSkychatAddress } from "../../group/address.ts";
import { inviteKey } from "../../overlay/entry.ts";
import { INVITE, readOverlay } from "../../overlay/frame.ts";
import { inviteIn, inviteText } from "../../overlay/invite.ts";
import type { Store, StoredMessage } from "../../store/store.ts";
import type { Random } from "../../sys/random.ts";
import { newMessageId } from "../../chat/outgoing.ts";
import { fromUtf8, utf8 } from "../../wire/bytes.ts";
import { UserError } from "../../wire/errors.ts";
import { formatGoTime } from "../../wire/go_time.ts";
import { dropRoom } from "../drop_room.ts";
import { type Groups, isGroupId } from "../groups/groups.ts";
import { senderOf } from "../groups/message_id.ts";
import type { Peers } from "../peers/peers.ts";
import { offerIn } from "./invite_links.ts";
import type { KeptOverlays } from "./kept_overlays.ts";
import type { InviteOffer, InviteState, InviteView } from "./invite_views.ts";
import type { PlannedText } from "./plan_once.ts";
import type { ConversationId, OverlayReport, PartRequest, PartView, Saying } from "./overlays.ts";
import type { SpeakingOptions } from "./speaking.ts";

/** What it works with. */
export interface InvitesOptions extends Pick<SpeakingOptions, "pk" | "send" | "plans"> {
  /** The index. */
  readonly kept: KeptOverlays;
  /** The messages, and what was made of them. */
  readonly store: Store;
  /** Ids of what we send. */
  readonly random: Random;
  /** Where groups are joined. */
  readonly groups: Pick<Groups, "list" | "join" | "invite">;
  /** Where people are accepted. */
  readonly peers: Pick<Peers, "list" | "decide">;
}

/** Ends that a join may have, which stay with the invite. */
const ENDED: readonly string[] = ["expired", "used-up", "revoked", "denied", "banned"];

/** Invites of all conversations. */
export class Invites {
  readonly #options: InvitesOptions;
  #turn: Promise<unknown> = Promise.resolve();

  /** Nothing is read yet. */
  constructor(options: InvitesOptions) {
    this.#options = options;
  }

  /** Those of a conversation, the newest first. */
  async list({ conversation, limit = 100, skip = 0 }: PartRequest): Promise<PartView<InviteView>> {
    const { kept, store } = this.#options;
    const known = await this.#known();
    const { rows, total, making } = await kept.use(conversation, async ({ engine, making }) => ({
      rows: await engine.newest(INVITE, limit, skip),
      total: await engine.count(INVITE),
      making,
    }));
    const views: InviteView[] = [];
    for (const { position } of rows) {
      const message = await store.messages.get(conversation, position);
      if (message !== undefined) views.push(await this.#view(conversation, message, known));
    }
    return { rows: views, total, ...(making && { making }) };
  }

  /** Takes one up: asks to be let into its group, or agrees to talk with its person. One that is accepted stays so. */
  accept(conversation: ConversationId, position: number): Promise<InviteView> {
    return this.#inTurn(async () => {
      const [message, view] = await this.#found(conversation, position);
      const { state } = view;
      if (state === "accepted") return view;
      if (state === "own") throw refusal("This invite is our own", "Others accept it.");
      if (ENDED.includes(state)) {
        throw refusal(`This invite is ${WORDS[state] ?? state}`, "Ask for a new one.");
      }
      if (view.offer === undefined) {
        throw refusal(`This invite can't be used: ${view.reason}`, "Ask for another.");
      }
      const { offer } = view;
      let end: InviteState | undefined;
      if (offer.kind === "contact") await this.#options.peers.decide({ peer: offer.pk, accepted: true });
      else {
        const { status } = await this.#options.groups.join({ link: linkIn(message)! });
        if (ENDED.includes(status)) end = status as InviteState;
      }
      await this.#mark(conversation, message, end);
      return (await this.#found(conversation, position))[1];
    });
  }

  /** Says no, to nobody but ourselves; it can be accepted later. */
  refuse(conversation: ConversationId, position: number): Promise<InviteView> {
    return this.#inTurn(async () => {
      const [message, view] = await this.#found(conversation, position);
      if (view.state === "own") throw refusal("This invite is our own", "`dmsg delete` takes it back.");
      if (view.state === "accepted") {
        throw refusal(
          "This invite is accepted already",
          view.offer?.kind === "group"
            ? "`dmsg group leave` leaves the group."
            : "`dmsg block` hears no more.",
        );
      }
      if (!ENDED.includes(view.state)) await this.#mark(conversation, message, "refused");
      return (await this.#found(conversation, position))[1];
    });
  }

  /** Offers a group of ours, or somebody's key. */
  async send(
    { conversation, waitMs, key }: Saying,
    about: { readonly group?: string; readonly peer?: PublicKeyHex },
    signal?: AbortSignal,
  ): Promise<OverlayReport> {
    const { plans, send, pk } = this.#options;
    const planned = await plans.plan(conversation, key, about, () => this.#planned(about));
    const { text, line } = planned;
    const sent = await send({ conversation, text, id: planned.id, waitMs, key }, signal);
    const { state, position, reason } = sent;
    const id = inviteKey(isGroupId(conversation) ? "group" : "person", pk, text);
    return { id, state, position, ...(reason === undefined ? {} : { reason }), line: `[invite] ${line}` };
  }

  async #planned(about: { readonly group?: string; readonly peer?: PublicKeyHex }): Promise<PlannedText> {
    const { groups, random } = this.#options;
    let [line, link] = ["a contact", about.peer && formatSkychatAddress({ pk: about.peer })];
    if (about.group !== undefined) {
      const group = (await groups.list()).find(({ id }) => id === about.group);
      line = `group ${JSON.stringify(group?.name ?? about.group)}`;
      link = (await groups.invite({ group: about.group })).link;
    }
    if (link === undefined) throw new TypeError("an invite to nothing");
    return { text: inviteText(line, link), line, id: newMessageId(random) };
  }

  /** One after the other: accepting twice at once is once. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(run, run);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #found(conversation: ConversationId, position: number): Promise<[StoredMessage, InviteView]> {
    const message = await this.#options.store.messages.get(conversation, position);
    if (message === undefined || linkIn(message) === undefined) {
      throw new UserError("There is no invite in that message", {
        kind: "usage",
        hint: "`dmsg invite ls` shows all.",
      });
    }
    return [message, await this.#view(conversation, message, await this.#known())];
  }

  async #known(): Promise<Known> {
    const { groups, peers } = this.#options;
    const joined = new Map((await groups.list()).map(({ id, status }) => [id, status]));
    const accepted = new Set((await peers.list()).flatMap(({ peer, accepted }) => accepted ? [peer] : []));
    return { joined, accepted };
  }

  async #view(conversation: ConversationId, message: StoredMessage, known: Known): Promise<InviteView> {
    const { pk, store } = this.#options;
    const { position, atNs } = message;
    const { author, key } = this.#named(conversation, message);
    const bytes = await store.values.get(roomOf(conversation), key);
    const read = offerIn(linkIn(message) ?? "");
    const offer = "fault" in read ? undefined : read;
    const mark = bytes && JSON.parse(fromUtf8(bytes)) as InviteState;
    return {
      id: key,
      position,
      author,
      ts: formatGoTime(atNs),
      state: stateOf(offer, mark, known, { pk, author }),
      ...(offer === undefined ? {} : { offer }),
      ...("fault" in read ? { reason: read.fault } : {}),
    };
  }

  async #mark(conversation: ConversationId, message: StoredMessage, state?: InviteState): Promise<void> {
    const { key: name } = this.#named(conversation, message);
    const value = state === undefined ? undefined : utf8(JSON.stringify(state));
    const result = await this.#options.store.commit([{
      kind: "value",
      room: roomOf(conversation),
      name,
      value,
    }]);
    if (!result.ok) throw new Error(`invites: nothing was kept: ${result.reason}`);
  }

  /** Whose it is, and what is made of it by that name. */
  #named(
    conversation: ConversationId,
    { id = "", via, direction, peer, body }: StoredMessage,
  ): { author: PublicKeyHex; key: string } {
    const author = direction === "out" ? this.#options.pk : via === "group" ? senderOf(id) : peer;
    return { author, key: inviteKey(isGroupId(conversation) ? "group" : "person", author, body) };
  }
}

interface Known {
  readonly joined: ReadonlyMap<string, string>;
  readonly accepted: ReadonlySet<PublicKeyHex>;
}

const WORDS: Readonly<Record<string, string>> = { "used-up": "used up", denied: "refused by an admin" };
const roomOf = (conversation: ConversationId): string => `invites ${conversation}`;
const linkIn = ({ body, state }: StoredMessage): string | undefined =>
  state === "deleted" ? undefined : inviteIn(readOverlay(body).fallback);
const refusal = (message: string, hint: string): UserError =>
  new UserError(message, { kind: "refused", hint });

/** Drops what was made of the invites of a conversation that was forgotten. */
export const forgetInvites = (store: Store, conversation: ConversationId): Promise<void> =>
  dropRoom(store, roomOf(conversation));

/** How an invite stands: what is so counts more than what was said of it. */
function stateOf(
  offer: InviteOffer | undefined,
  mark: InviteState | undefined,
  { joined, accepted }: Known,
  { pk, author }: { readonly pk: PublicKeyHex; readonly author: PublicKeyHex },
): InviteState {
  if (author === pk || offer?.kind === "contact" && offer.pk === pk) return "own";
  if (offer === undefined) return "unusable";
  if (offer.kind === "contact") return mark ?? (accepted.has(offer.pk) ? "accepted" : "new");
  const status = joined.get(offer.group);
  if (status === "active") return "accepted";
  if (status === "pending" || status === "awaiting_approval") return mark === "refused" ? mark : "asked";
  return mark ?? (status === "denied" || status === "banned" || status === "revoked" ? status : "new");
}
