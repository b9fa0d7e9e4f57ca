/**
 * What a member says: messages, tombstones and heartbeats, and what the founder says for members of old programs.
 *
 * @see specification skychat §b.2, §b.5, §b.10
 * @module
 */
import { encodeBody } from "../../chat/body.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { FeedLeaf } from "../../cxo/feed/change.ts";
import { GO_ZERO_TIME_NS } from "../../wire/go_time.ts";
import type { GroupState } from "../group_state.ts";
import type { GroupIn, GroupOut, GroupRefusal } from "../group_types.ts";
import type { Hearing } from "../hearing.ts";
import { postRefusal } from "../record/record.ts";
import { isSomewhere, NOWHERE, type Place } from "../threads/thread.ts";
import { heardFrom } from "./gate.ts";
import { isRelayable } from "./relay.ts";

/** Speaks in one group. */
export class Speaking {
  /** For one group. @param hearing  Hears what we say as everybody does. */
  constructor(private readonly state: GroupState, private readonly hearing: Hearing) {}

  /**
   * A message.
   * @param said.removes  What it takes back.
   * @param said.audience  In a D2 group for whom; empty: everybody.
   * @param said.outside  Also while we are not in: it is heard once we are again.
   */
  post(
    text: string,
    nowNs: bigint,
    outs: GroupOut[],
    { removes = NOWHERE, audience = [], outside = false }: {
      removes?: Place;
      audience?: readonly PublicKeyHex[];
      outside?: boolean;
    } = {},
  ): void {
    const { state } = this;
    const reason = !this.#isIn && !outside ? "not a member" : isSomewhere(removes)
      ? undefined // whoever may not speak may still take back
      : postRefusal(state.recordNow, state.own.pk) ?? this.#cantReach(audience);
    if (!this.#may(reason, outs)) return;
    const seal = state.sealFor(audience);
    const { newestNs, roster } = state.governor;
    const atNs = heardFrom(roster, state.own.pk, state.voice.later(nowNs, newestNs));
    this.#put(state.voice.say(text, atNs, seal, { floor: state.floor, removes }), outs);
  }

  /** Takes back what we said at a time. */
  unsend({ tsNs, outside }: Extract<GroupIn, { kind: "unsend" }>, nowNs: bigint, outs: GroupOut[]): void {
    const { feed, own, voice } = this.state;
    const [path] = feed.messagesAt(own.pk, tsNs);
    if (path === undefined) return void outs.push({ kind: "refused", reason: "no such message" });
    const removes = voice.placeOf(path, feed.leaves.get(path)!);
    this.post(encodeBody({ kind: "delete", toTsNano: tsNs }), nowNs, outs, { removes, outside });
  }

  /** Once for each time of a sender: it may ask again when our answer was lost. */
  relay(said: Extract<GroupIn, { kind: "relayed" }>, nowNs: bigint, outs: GroupOut[]): void {
    const { state } = this;
    const { sender, text } = said;
    const tsNs = said.tsNs === GO_ZERO_TIME_NS ? nowNs : said.tsNs;
    const reason = state.record.ownerPk !== state.own.pk
      ? "not the founder"
      : state.record.status !== "active" || !state.isMember(sender)
      ? "not a member"
      : !isRelayable(text, tsNs) || state.circle !== undefined
      ? "no message"
      : postRefusal(state.recordNow, sender);
    if (!this.#may(reason, outs) || state.feed.messagesAt(sender, tsNs).length > 0) return;
    const { ring: [current] } = state.governor;
    this.#put(state.voice.relay(sender, text, tsNs, state.isPrivate ? current?.key : undefined), outs);
  }

  /** Says that we are here, in place of the last time; an admin does, while it is in. */
  beat(nowNs: bigint, outs: GroupOut[]): void {
    const { state } = this;
    const before = state.heartbeat;
    if (state.record.status !== "active" || !state.isAdmin) {
      if (before !== undefined) state.feed.drop(before);
      state.heartbeat = undefined;
      return;
    }
    if (!state.hasKey) return;
    const leaf = state.voice.beat(nowNs, state.sealFor(), state.floor);
    if (before !== undefined) state.feed.drop(before);
    state.heartbeat = leaf.path;
    this.#put(leaf, outs);
  }

  /** By the roster; where nobody can have one, as far as we know, by the founder's word, which may be still to come. */
  get #isIn(): boolean {
    const { oldOwner, own, record: { ownerPk, status } } = this.state;
    const isPending = status === "pending" && (oldOwner.age !== "newer" || ownerPk === own.pk);
    return status === "active" && (oldOwner.age !== "newer" || this.state.isMember(own.pk)) || isPending;
  }

  #cantReach(audience: readonly PublicKeyHex[]): GroupRefusal | undefined {
    if (audience.length === 0) return undefined;
    const { circle } = this.state;
    if (circle === undefined) return "not d2";
    if (audience.some((pk) => !this.state.isMember(pk))) return "not a member there";
    return circle.strangersIn(audience).length > 0 ? "not paired yet" : undefined;
  }

  #may(reason: GroupRefusal | undefined, outs: GroupOut[]): boolean {
    const why = reason ?? (this.state.hasKey ? undefined : "no key");
    if (why !== undefined) outs.push({ kind: "refused", reason: why });
    return why === undefined;
  }

  #put({ path, value }: FeedLeaf, outs: GroupOut[]): void {
    const { state } = this;
    state.putMessage(path, value);
    this.hearing.hear(state.own.pk, state.talk.take(path, value), outs);
  }
}
