/**
 * What others want of us and have decided about us, among the events of an App, as far as it holds still.
 *
 * @module
 */
import type { AppEvent } from "../../lib/app/events/events.ts";
import type { GroupId, GroupView } from "../../lib/app/groups/groups.ts";
import type { KeptApp } from "../../lib/owner/handover/takeover.ts";
import { SCHEMA } from "../words/message_lines.ts";
import type { PeerNames } from "../names/peers.ts";
import type { GroupStanding, PairStanding, StandingLine } from "../words/standing.ts";

const IN_GROUP: readonly unknown[] = ["asked", "admitted", "denied", "banned"] satisfies GroupStanding[];
/** How one stands who was let in: the roster comes behind the admin's word. */
const COMES_IN: readonly unknown[] = [
  "active",
  "pending",
  "awaiting_approval",
] satisfies GroupView["status"][];
const OF_PAIR: readonly unknown[] = ["received", "accepted", "declined"] satisfies PairStanding[];

/** What it asks. */
export type StandingsApp = Pick<KeptApp, "groups" | "pairs" | "events">;

/** Finds it in one event after the other. */
export class Standings {
  readonly #app: StandingsApp;
  readonly #names: PeerNames;
  readonly #out = new Set<GroupId>();
  /** All groups, as they were behind an event: those before it, of which there may be thousands, say no more. */
  #listed: { readonly cursor: number; readonly groups: readonly GroupView[] } = { cursor: -1, groups: [] };

  /** Of an App. */
  constructor(app: StandingsApp, names: PeerNames) {
    this.#app = app;
    this.#names = names;
  }

  /** Groups in which we are no more, of those that were told. */
  get out(): ReadonlySet<GroupId> {
    return this.#out;
  }

  /** The line of an event; undefined: it says nothing of that, what was said already, or what is over. */
  async lineOf(
    { name, detail, ts, cursor }: Extract<AppEvent, { kind: "network" }>,
  ): Promise<StandingLine | undefined> {
    const line = { ts, schema: SCHEMA, cursor } as const;
    const { event, group, peer, ended } = detail;
    const pk = String(peer);
    const by = peer === undefined ? {} : { peer: pk, peer_alias: this.#names.of(pk) };
    if (name === "pair-invite" && OF_PAIR.includes(event)) {
      if (event === "received" && !await this.#isInvited(pk)) return undefined;
      const why = ended === undefined ? {} : { ended: String(ended) };
      return { type: "pair", ...line, event: event as PairStanding, ...by, peer: pk, ...why };
    }
    const at = { group_id: String(group), group_name: String(detail.name ?? "") };
    if (name === "group" && IN_GROUP.includes(event)) {
      if (event === "asked" && !await this.#isAsked(at.group_id, pk, cursor)) return undefined;
      if (event === "admitted" && !COMES_IN.includes(await this.#statusIn(at.group_id, cursor))) {
        return undefined;
      }
      if (event === "banned") this.#out.add(at.group_id);
      return { type: "group", ...line, event: event as GroupStanding, ...at, ...by };
    }
    if (name !== "group-changed" || this.#out.has(at.group_id)) return undefined;
    // How we stand now: a member that is put out is told of it in no other way.
    const status = await this.#statusIn(at.group_id, cursor);
    if (status !== "revoked" && status !== "banned") return undefined;
    this.#out.add(at.group_id);
    return { type: "group", ...line, event: status === "banned" ? "banned" : "removed", ...at };
  }

  async #isInvited(by: string): Promise<boolean> {
    return (await this.#app.pairs.list()).some(({ peer, status }) => peer === by && status === "invited");
  }

  async #isAsked(group: GroupId, by: string, cursor: number): Promise<boolean> {
    return await this.#statusIn(group, cursor) === "active" &&
      (await this.#app.groups.requests({ group })).some(({ pk }) => pk === by);
  }

  /** How we stand, behind an event at least. */
  async #statusIn(group: GroupId, cursor: number): Promise<string | undefined> {
    if (this.#listed.cursor < cursor) {
      const { events, groups } = this.#app;
      const behind = await events.cursor() ?? cursor; // before the list
      this.#listed = { cursor: behind, groups: await groups.list() };
    }
    return this.#listed.groups.find(({ id }) => id === group)?.status;
  }
}
