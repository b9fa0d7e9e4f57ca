/**
 * The groups of an identity in this process: what can be asked of them.
 *
 * @see lib/app/README.md "Groups"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { formatSkychatAddress } from "../../group/record/address.ts";
import { bundleLines } from "../../group/threads/bundle.ts";
import { isSignedInviteText } from "../../group/joining/signed_invite.ts";
import { keysOf } from "../../group/keys/ring.ts";
import { ringOf } from "../../group/record/state.ts";
import { formatGoTime } from "../../wire/go_time.ts";
import { Said } from "../said.ts";
import { readersOf } from "./saying/audience.ts";
import { Acting, mustNotBeOut } from "./acting.ts";
import { archivedLeaves } from "./threads/archive.ts";
import { catalogOf } from "./joining/catalog.ts";
import type { GroupCheck } from "./views/check.ts";
import { saidIn } from "./saying/evidence.ts";
import { founded } from "./founding.ts";
import { partsOf } from "./group_backup.ts";
import { checkOf, damagedCheck } from "./threads/group_check.ts";
import { checkNote, leavesIn, refusal } from "./group_errors.ts";
import { groupView, linkOf, memberViews, openView, recordView } from "./views/group.ts";
import type { LocalGroupsOptions } from "./groups_options.ts";
import type { GroupRoom } from "./room/group_room.ts";
import type {
  AudienceView,
  GroupEvidence,
  GroupId,
  GroupReading,
  Groups,
  GroupSendReport,
  GroupView,
  JoinRequestView,
  MemberView,
} from "./groups.ts";
import { audienceOf, keptSignatures, NO_EXTRA } from "./room/kept_groups.ts";
import { issuedIn } from "./joining/issuing.ts";
import type { IssuedInvite } from "./views/issued.ts";
import { readLink } from "./joining/links.ts";
import { resolved } from "./joining/resolving.ts";
import { isPast } from "./joining/signed_links.ts";
import { damagedView, sorted } from "./list_groups.ts";
import { tailOfId } from "./room/message_id.ts";
import { OpenGroups } from "./open_groups.ts";
import { Posting } from "./saying/posting.ts";
import { readGroup } from "./threads/reading.ts";

/** What was said or taken back at once before one goes is given this long to whoever is connected. */
const PARTING_MS = 2_000;

/** The groups of one identity. */
export class LocalGroups implements Groups {
  readonly #options: LocalGroupsOptions;
  readonly #open: OpenGroups;
  readonly #said: Said;
  readonly #posting: Posting;
  readonly #acting: Acting;

  private constructor(options: LocalGroupsOptions, open: OpenGroups) {
    this.#options = options;
    this.#open = open;
    this.#said = new Said(options.store);
    this.#posting = new Posting(open, { ...options, said: this.#said });
    this.#acting = new Acting(this.#open, { ...options, said: this.#said });
  }

  /** Opens all groups that are kept, and begins to carry those that are active. */
  static async open(options: LocalGroupsOptions): Promise<LocalGroups> {
    return new LocalGroups(options, await OpenGroups.open(options));
  }

  /** A peer is there. */
  isBack(peer: PublicKeyHex): void {
    this.#open.isBack(peer);
  }

  /** Ends all that runs. */
  async close(): Promise<void> {
    await this.#open.close();
  }

  list(): Promise<GroupView[]> {
    const views = this.#open.rooms().map(openView);
    return Promise.resolve(
      sorted([...views, ...this.#open.damaged].map((it) => typeof it === "string" ? damagedView(it) : it)),
    );
  }

  info({ group }: { group: GroupId }): Promise<Record<string, unknown>> {
    if (this.#open.damaged.has(group)) return Promise.resolve({ id: group, status: "damaged" });
    return Promise.resolve(recordView(this.#open.room(group)));
  }

  members({ group }: { group: GroupId }): Promise<MemberView[]> {
    return Promise.resolve(memberViews(this.#open.room(group), this.#options.own.pk));
  }

  async create(request: Parameters<Groups["create"]>[0]): ReturnType<Groups["create"]> {
    const feedPorts = this.#open.rooms().map(({ record }) => record.port);
    const kept = founded({ ...this.#options, pk: this.#options.own.pk, feedPorts }, request);
    const { record } = await this.#open.add(kept);
    const withKey = kept.extra.openJoin && record.mode === "private" && record.keys === "";
    return { group: record.id, invite: linkOf(record, withKey), withKey };
  }

  async invite(request: Parameters<Groups["invite"]>[0]): ReturnType<Groups["invite"]> {
    const { group } = request;
    const room = this.#open.room(group);
    mustNotBeOut(room);
    const { record, extra } = room;
    // A D2 group's key lies in no link: it reaches members under their secrets with an admin.
    const withKey = record.mode === "private" && record.keys === "" && (request.withKey ?? extra.openJoin);
    const address = formatSkychatAddress({ pk: this.#options.own.pk, group });
    return await Promise.resolve({ link: linkOf(record, withKey), address, withKey });
  }

  async join({ link, ...said }: Parameters<Groups["join"]>[0]): ReturnType<Groups["join"]> {
    const back = this.#open.find(link) ?? this.#open.find(link.toLowerCase());
    checkNote(said.note ?? "");
    const { note = back?.extra.note ?? "" } = said;
    const wanted = back?.record ?? await readLink(link, this.#open.door);
    const known = this.#open.find(wanted.id);
    if (known?.record.status === "active") await this.#open.standingIn(known);
    if (known?.record.status === "active") return { group: wanted.id, status: "active" };
    // Who comes back may be in still, for the others: one that is over is no reason not to ask.
    const invite = back !== undefined ? this.#stillOpen(back) : isSignedInviteText(link) ? link.trim() : "";
    if (invite !== "" && isPast(invite, this.#options.clock.wallNs())) {
      return { group: wanted.id, status: "denied", ended: "expired" };
    }
    const isWish = known?.record.status === "denied";
    if (known === undefined) {
      await this.#open.add({ record: wanted, extra: { ...NO_EXTRA, note, invite }, leaves: new Map() });
    } else {
      await known.remember(() => ({ note, invite, ended: "" }));
      // Who left, was removed or denied and comes again begins anew, with what it has; by another link it also asks whom
      // that names, of one whom the link before named nobody may be there.
      const { admissionPks, aesKey } = wanted;
      const { record: { admissionPks: asked, status } } = known;
      if (status !== "pending" || invite !== "" || admissionPks.some((pk) => !asked.includes(pk))) {
        await this.#open.reopen(known, (record) => ({
          ...record,
          status: "pending",
          admissionPks: [...new Set([...admissionPks, ...asked])],
          aesKey: record.aesKey.length > 0 ? record.aesKey : aesKey,
        }));
      }
    }
    const again = this.#open.room(wanted.id);
    await this.#open.asking.ask(again, note, isWish);
    const { ended } = groupView(again.record, again.isAdmin, again.extra).invite ?? {};
    return { group: wanted.id, status: again.record.status, ...(ended === undefined ? {} : { ended }) };
  }

  #stillOpen({ extra: { ended, invite } }: GroupRoom): string {
    return ended === "" && invite !== "" && !isPast(invite, this.#options.clock.wallNs()) ? invite : "";
  }

  issueInvite(request: Parameters<Groups["issueInvite"]>[0]): Promise<IssuedInvite> {
    return this.#acting.issueInvite(request);
  }

  issuedInvites({ group }: { group: GroupId }): Promise<IssuedInvite[]> {
    if (this.#open.damaged.has(group)) return Promise.resolve([]);
    return Promise.resolve(issuedIn(this.#open.room(group), this.#options.clock.wallNs()));
  }

  async revokeInvite(request: Parameters<Groups["revokeInvite"]>[0]): Promise<void> {
    await this.#acting.revokeInvite(request);
  }

  async leave({ group }: { group: GroupId }): Promise<void> {
    if (this.#open.damaged.has(group)) return; // nothing of it is carried: nobody hears us, and we hear nobody
    await this.#open.find(group)?.feeds?.parting(PARTING_MS);
    await this.#open.reopen(this.#open.room(group), (record) => ({ ...record, status: "left" }));
  }

  async drop({ group }: { group: GroupId }): Promise<void> {
    await this.#open.find(group)?.feeds?.parting(PARTING_MS);
    await this.#open.drop(group);
    this.#said.forget(group);
  }

  send(...[request, signal]: Parameters<Groups["send"]>): Promise<GroupSendReport> {
    return this.#posting.send(request, signal);
  }

  read(...[request, signal]: Parameters<Groups["read"]>): Promise<GroupReading> {
    const { own: { pk: own }, clock, resident } = this.#options;
    return readGroup(this.#open, { own, clock, resident }, request, signal);
  }

  async unsend(request: Parameters<Groups["unsend"]>[0]): Promise<void> {
    await this.#acting.unsend(request);
  }

  async decide(request: Parameters<Groups["decide"]>[0]): Promise<void> {
    await this.#acting.decide(request);
  }

  async rotateKey(request: Parameters<Groups["rotateKey"]>[0]): Promise<{ epoch: string }> {
    return await this.#acting.rotateKey(request);
  }

  async revokeHistory(request: Parameters<Groups["revokeHistory"]>[0]): Promise<void> {
    await this.#acting.revokeHistory(request);
  }

  async nameHolder(request: Parameters<Groups["nameHolder"]>[0]): Promise<void> {
    await this.#acting.nameHolder(request);
  }

  async setAudience({ group, audience }: Parameters<Groups["setAudience"]>[0]): Promise<void> {
    const { to = [], except = [] } = audience;
    await this.#acting.tried(group, async (room) => {
      if (room.record.keys !== "d2") throw refusal("not d2", room.record);
      readersOf(audience, room.record, this.#options.own.pk);
      await room.remember(() => ({ audience: { to, except } }));
    });
  }

  async audiences({ group, ids }: Parameters<Groups["audiences"]>[0]): ReturnType<Groups["audiences"]> {
    this.#open.room(group);
    const found: AudienceView[] = [];
    for (const id of ids) {
      const audience = await audienceOf(this.#options.store, group, saidIn(tailOfId(id)));
      if (audience !== undefined) found.push({ id, audience });
    }
    return found;
  }

  async rename(request: Parameters<Groups["rename"]>[0]): Promise<void> {
    await this.#acting.rename(request);
  }

  evidence({ group, id }: Parameters<Groups["evidence"]>[0]): Promise<GroupEvidence[]> {
    this.#open.room(group);
    return Promise.resolve(this.#open.posted.evidence.of(tailOfId(id)));
  }

  catalog({ peer }: Parameters<Groups["catalog"]>[0]): ReturnType<Groups["catalog"]> {
    return catalogOf(peer, this.#open.door);
  }

  resolve({ link }: Parameters<Groups["resolve"]>[0]): ReturnType<Groups["resolve"]> {
    return resolved(link, (group) => this.#open.find(group), this.#open.door);
  }

  /** See {@link LazyGroups.decides}. */
  async decides(group: GroupId): Promise<boolean> {
    return await this.#acting.decides(group);
  }

  /** See {@link LazyGroups.fileKeys}. */
  fileKeys(group: GroupId): Uint8Array[] | undefined {
    const { record } = this.#open.room(group);
    return record.mode === "private" ? keysOf(ringOf(record)) : undefined;
  }

  async kept({ group, keys }: Parameters<Groups["kept"]>[0]): ReturnType<Groups["kept"]> {
    const { record, extra, leaves } = this.#open.room(group);
    const signatures = await keptSignatures(this.#options.store, group);
    return partsOf({ record, extra, leaves, signatures }, keys);
  }

  requests({ group }: { group: GroupId }): Promise<JoinRequestView[]> {
    const { waiting } = this.#open.room(group).extra;
    return Promise.resolve(waiting.map(({ pk, note, tsNs }) => ({ pk, note, ts: formatGoTime(tsNs) })));
  }

  check({ group }: { group: GroupId }): Promise<GroupCheck> {
    const { own, clock } = this.#options;
    if (this.#open.damaged.has(group)) return Promise.resolve(damagedCheck(group));
    return Promise.resolve(checkOf(this.#open.room(group), own.pk, clock.wallNs()));
  }

  async bundle({ group }: { group: GroupId }): Promise<string[]> {
    const { leaves } = this.#open.room(group);
    const archived = await archivedLeaves(this.#options.store, group);
    const known = new Set(leaves.keys());
    const all = [...leaves].map(([path, value]) => ({ path, value }));
    const { circle } = this.#open.room(group);
    const rest = archived.flatMap((leaf) => known.has(leaf.path) ? [] : circle.served(leaf) ?? []);
    return bundleLines(group, [...all, ...rest]);
  }

  async unbundle({ group, leaves }: Parameters<Groups["unbundle"]>[0]): Promise<void> {
    const room = this.#open.room(group);
    await room.take(leavesIn(leaves));
  }
}
