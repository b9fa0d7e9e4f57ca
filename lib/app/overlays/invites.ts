/**
 * Invites in conversations: what they offer, how each stands, and what the user has made of it. Nothing is asked or
 * dialled before one is accepted.
 *
 * @see specification skychat §b.8, §h.2; lib/app/README.md "Invites"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { formatSkychatAddress } from "../../group/record/address.ts";
import { inviteKey } from "../../overlay/entry.ts";
import { INVITE, readOverlay } from "../../overlay/frame.ts";
import { inviteIn, inviteText } from "../../overlay/invite.ts";
import type { Store, StoredMessage } from "../../store/store.ts";
import type { Random } from "../../sys/random.ts";
import { newMessageId } from "../../chat/outgoing.ts";
import { fromUtf8, utf8 } from "../../wire/bytes.ts";
import { UserError } from "../../wire/errors.ts";
import { formatGoTime } from "../../wire/go_time.ts";
import { Turns } from "../../wire/turns.ts";
import { dropRoom } from "../drop_room.ts";
import type { Clock } from "../../sys/clock.ts";
import { type Groups, type InviteTerms, isGroupId, type IssuedInvite } from "../groups/groups.ts";
import { senderOf } from "../groups/room/message_id.ts";
import type { Pairs, PairView } from "../pairs/pairs.ts";
import type { Peers } from "../peers/peers.ts";
import { offerIn } from "./invite_links.ts";
import type { KeptOverlays } from "./kept_overlays.ts";
import { type Known, standingOf } from "./invite_standing.ts";
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
  readonly groups: Pick<Groups, "list" | "join" | "leave" | "invite" | "issueInvite" | "issuedInvites">;
  /** Time: a signed invite ends. */
  readonly clock: Pick<Clock, "wallNs">;
  /** Where people are paired by a signed one. */
  readonly pairs: Pick<Pairs, "list" | "use" | "remove" | "issueInvite" | "issuedInvites">;
  /** Where people are accepted. */
  readonly peers: Pick<Peers, "list" | "decide">;
}

/** What is offered. */
export interface InviteAbout {
  /** A group of ours. */
  readonly group?: string;
  /** Or somebody. */
  readonly peer?: PublicKeyHex;
  /** With them: by a signed invite; of people only we can sign one, to us. */
  readonly terms?: InviteTerms;
}

/** Ends that a join may have, which stay with the invite. */
const ENDED: readonly string[] = ["expired", "used-up", "revoked", "denied", "banned"];

/** Invites of all conversations. */
export class Invites {
  readonly #options: InvitesOptions;
  /** Accepting twice at once is once. */
  readonly #turns = new Turns();

  /** Nothing is read yet. */
  constructor(options: InvitesOptions) {
    this.#options = options;
  }

  /** Those of a conversation, the newest first. */
  async list({ conversation, limit = 100, skip = 0 }: PartRequest): Promise<PartView<InviteView>> {
    const { kept, store } = this.#options;
    const { rows, total, making } = await kept.use(conversation, async ({ engine, making }) => ({
      rows: await engine.newest(INVITE, limit, skip),
      total: await engine.count(INVITE),
      making,
    }));
    const views: InviteView[] = [];
    // Most conversations have none: who asks of all of them does not read all peers for each.
    if (rows.length === 0) return { rows: views, total, ...(making && { making }) };
    const known = await this.#known();
    for (const { position } of rows) {
      const message = await store.messages.get(conversation, position);
      if (message !== undefined) views.push(await this.#view(conversation, message, known));
    }
    return { rows: views, total, ...(making && { making }) };
  }

  /** Takes one up: asks to be let into its group, or agrees to talk with its person. One that is accepted stays so. */
  accept(conversation: ConversationId, position: number): Promise<InviteView> {
    return this.#turns.run(async () => {
      const [message, view] = await this.#found(conversation, position);
      const { state } = view;
      // A pair that stands here may have been ended there: by a signed invite that is seen.
      const asksAgain = view.offer?.kind === "contact" && view.offer.signed !== undefined;
      if (state === "accepted" && !asksAgain) return view;
      if (message.direction === "out" || state === "own") {
        throw refusal("This invite is our own", "Others accept it.");
      }
      if (ENDED.includes(state)) {
        throw refusal(`This invite ${WORDS[state] ?? `is ${state}`}`, "Ask for a new one.");
      }
      if (view.offer === undefined) {
        throw refusal(`This invite can't be used: ${view.reason}`, "Ask for another.");
      }
      await this.#mark(conversation, message, await this.#takenUp(view.offer, linkIn(message)!));
      return (await this.#found(conversation, position))[1];
    });
  }

  /** @returns Why it lets us not in, if that was said. */
  async #takenUp(offer: InviteOffer, link: string): Promise<InviteState | undefined> {
    const { groups, pairs, peers } = this.#options;
    if (offer.kind === "contact" && offer.signed === undefined) {
      await peers.decide({ peer: offer.pk, accepted: true });
      return undefined;
    }
    const { status, ended } = await (offer.kind === "contact" ? pairs.use({ link }) : groups.join({ link }));
    return ENDED.includes(status) ? ended ?? status as InviteState : undefined;
  }

  async #takenBack(offer: InviteOffer): Promise<void> {
    const { groups, pairs } = this.#options;
    if (offer.kind === "contact") await pairs.remove({ peer: offer.pk });
    else await groups.leave({ group: offer.group });
  }

  /** Says no, to nobody but ourselves; it can be accepted later. */
  refuse(conversation: ConversationId, position: number): Promise<InviteView> {
    return this.#turns.run(async () => {
      const [message, view] = await this.#found(conversation, position);
      if (message.direction === "out" || view.state === "own") {
        throw refusal("This invite is our own", "`dmsg delete` takes it back.");
      }
      if (view.state === "accepted") {
        throw refusal(
          "This invite is accepted already",
          view.offer?.kind === "group"
            ? "`dmsg group leave` leaves the group."
            : view.offer?.signed === undefined
            ? "`dmsg block` hears no more."
            : "`dmsg pair remove` ends the pair.",
        );
      }
      // Who asks on in our name would be let in after all.
      if (view.state === "asked") await this.#takenBack(view.offer!);
      if (!ENDED.includes(view.state)) await this.#mark(conversation, message, "refused");
      return (await this.#found(conversation, position))[1];
    });
  }

  /** Offers a group of ours, or somebody's key. */
  async send(
    { conversation, waitMs, key, audience }: Saying,
    { group, peer, terms }: InviteAbout,
    signal?: AbortSignal,
  ): Promise<OverlayReport> {
    const { plans, send, pk } = this.#options;
    if (peer !== undefined && peer === conversation) {
      throw refusal("An invite to somebody is for others", "Name another contact, or `me`.");
    }
    const about = { group, peer, terms };
    const planned = await plans.plan(conversation, key, about, () => this.#planned(about));
    const { text, line } = planned;
    const sent = await send({ conversation, text, id: planned.id, waitMs, key, audience }, signal);
    const { state, position, reason } = sent;
    const id = inviteKey(isGroupId(conversation) ? "group" : "person", pk, text);
    return { id, state, position, ...(reason === undefined ? {} : { reason }), line: `[invite] ${line}` };
  }

  async #planned(about: InviteAbout): Promise<PlannedText> {
    const [said, link] =
      await (about.group === undefined ? this.#toPerson(about) : this.#toGroup(about.group, about.terms));
    // Who reads it in a program that can't use a signed one has this line; a link in it would be taken for the invite.
    const note = about.terms?.note?.trim().replaceAll(/\s+/g, " ") ?? "";
    const line = note === "" || inviteIn(note) !== undefined ? said : `${said}: ${note}`;
    return { text: inviteText(line, link), line, id: newMessageId(this.#options.random) };
  }

  async #toGroup(group: string, terms: InviteTerms | undefined): Promise<[line: string, link: string]> {
    const { groups } = this.#options;
    const known = (await groups.list()).find(({ id }) => id === group);
    const { link } =
      await (terms === undefined ? groups.invite({ group }) : groups.issueInvite({ group, ...terms }));
    return [`group ${JSON.stringify(known?.name ?? group)}`, link!];
  }

  async #toPerson({ peer, terms }: InviteAbout): Promise<[line: string, link: string]> {
    const { pairs, pk } = this.#options;
    if (peer === undefined) throw new TypeError("an invite to nothing");
    if (terms === undefined) return ["a contact", formatSkychatAddress({ pk: peer })];
    if (peer !== pk) throw refusal("Only its own key signs an invite to somebody", "Leave the terms out.");
    return [`a contact, ${pk}`, (await pairs.issueInvite(terms)).link!];
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
    const { clock, groups, pairs, peers, pk } = this.#options;
    const joined = new Map((await groups.list()).map((view) => [view.id, view]));
    const accepted = new Set((await peers.list()).flatMap(({ peer, accepted }) => accepted ? [peer] : []));
    const read = new Map<string, Promise<IssuedInvite[]>>();
    const issued = (group = ""): Promise<IssuedInvite[]> => {
      const known = read.get(group) ??
        (group === "" ? pairs.issuedInvites() : groups.issuedInvites({ group }));
      read.set(group, known);
      return known;
    };
    let paired: Promise<ReadonlyMap<PublicKeyHex, PairView>> | undefined;
    const byPeer = async () => new Map((await pairs.list()).map((view) => [view.peer, view]));
    return { pk, nowNs: clock.wallNs(), joined, accepted, issued, pairs: () => paired ??= byPeer() };
  }

  async #view(conversation: ConversationId, message: StoredMessage, known: Known): Promise<InviteView> {
    const { store } = this.#options;
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
      state: await standingOf(offer, mark, author, known),
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

const WORDS: Readonly<Record<string, string>> = {
  expired: "has expired",
  "used-up": "is used up",
  revoked: "was revoked",
  denied: "is refused by an admin",
};
const roomOf = (conversation: ConversationId): string => `invites ${conversation}`;
const linkIn = ({ body, state }: StoredMessage): string | undefined =>
  state === "deleted" ? undefined : inviteIn(readOverlay(body).fallback);
const refusal = (message: string, hint: string): UserError =>
  new UserError(message, { kind: "refused", hint });

/** Drops what was made of the invites of a conversation that was forgotten. */
export const forgetInvites = (store: Store, conversation: ConversationId): Promise<void> =>
  dropRoom(store, roomOf(conversation));
