/** Groups in memory: engines whose feeds are read by each other, with clocks and losses by hand. */
import { type KeyPair, keyPairOf } from "../../../lib/crypto/keys.ts";
import type { FeedLeaf } from "../../../lib/cxo/feed/change.ts";
import { GroupEngine } from "../../../lib/group/engine.ts";
import type { GroupIn, GroupOut } from "../../../lib/group/group_types.ts";
import { readSignedInvite } from "../../../lib/group/joining/signed_invite.ts";
import { type GroupRecord, groupRecord } from "../../../lib/group/record/record.ts";
import { type Examine, examine, type Examined } from "../../../lib/group/talk/examined.ts";
import type { Signer } from "../../../lib/group/talk/signer.ts";
import type { Missing } from "../../../lib/group/threads/author_ledger.ts";
import type { Random } from "../../../lib/sys/random.ts";
import {
  type Backup,
  changedSince,
  type Member,
  nameOf,
  newMember,
  showsAnother,
  written,
} from "./member.ts";
import { hashSigner, shuffled } from "./stand_in.ts";

export { type Backup, changes, type Member, rosterOf, showsAnother, textsOf } from "./member.ts";
export { hashSigner, seeded } from "./stand_in.ts";

export const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
export const START_NS = 1_778_580_000_000_000_000n;
const SECOND_NS = 1_000_000_000n;

/** A group of several members. */
export class World {
  readonly members: Member[] = [];
  readonly #examine = remembering();
  nowNs = START_NS;

  constructor(
    readonly mode: "public" | "private",
    readonly random: Random,
    readonly signer: Signer | undefined = hashSigner,
    readonly kind: GroupRecord["kind"] = "",
    readonly keys: GroupRecord["keys"] = "",
  ) {
    this.#add(keyPairOf(random.bytes(32)), "owner");
  }

  get founder(): Member {
    return this.members[0];
  }

  /** The founder lets somebody in, as after a join request. */
  join(admitter: Member = this.founder): Member {
    const member = this.stranger();
    this.ask(member, admitter);
    return member;
  }

  /** Somebody who is not in. */
  stranger(): Member {
    return this.#add(keyPairOf(this.random.bytes(32)), "member");
  }

  /** A stranger asks an admin. @param link  A signed invite. @returns What it is told; undefined: it is in. */
  ask(member: Member, admitter: Member, link?: string): string | undefined {
    const invite = link === undefined ? {} : { invite: readSignedInvite(link, this.signer) };
    const outs = this.do(admitter, { kind: "admit", peer: member.pair.pk, ...invite });
    const refused = outs.find((out) => out.kind === "refused");
    if (refused !== undefined) return refused.reason;
    this.#admitted(member, admitter);
    return undefined;
  }

  /** What an admin's answer does. */
  #admitted(member: Member, admitter: Member): void {
    const { announcement } = member.engine;
    if (announcement !== undefined) this.do(admitter, { kind: "ratchet", value: announcement });
    const wrapped = admitter.engine.wrapFor(member.pair.pk);
    const { aesKey, keyEpoch: epoch, name, admins, members } = admitter.record;
    const key = this.keys === "d2" ? new Uint8Array(0) : aesKey;
    const told = { name, admins: [...admins, admitter.pair.pk], members };
    this.do(member, { kind: "admitted", key, epoch, wrapped, ...told });
  }

  /** Somebody issues a signed invite. @returns Its link and id; of who may not, both empty. */
  invite(member: Member, uses: number, days = 2, onlyInviter = false): { link: string; id: string } {
    this.nowNs += SECOND_NS;
    const expiresNs = this.nowNs + BigInt(days) * 86_400n * SECOND_NS;
    const outs = this.do(member, { kind: "invite", uses, expiresNs, onlyInviter, note: "" });
    return outs.find((out) => out.kind === "invited") ?? { link: "", id: "" };
  }

  #add(pair: KeyPair, role: "owner" | "member"): Member {
    const record = {
      ...groupRecord({
        id: GROUP,
        name: "ops",
        ownerPk: role === "owner" ? pair.pk : this.founder.pair.pk,
        port: 61_000,
        mode: this.mode,
        kind: this.kind,
        keys: this.keys,
        role,
        status: role === "owner" ? "active" : "pending",
        createdAt: this.nowNs,
      }),
      ...(role === "owner" && this.mode === "private" && this.keys === ""
        ? { aesKey: this.random.bytes(32), keyIssuedAt: this.nowNs }
        : {}),
    };
    const member = newMember(pair, record);
    this.members.push(member);
    this.restart(member);
    return member;
  }

  /** A new process with what lies on the disk. */
  restart(member: Member): void {
    member.engine = new GroupEngine({
      own: member.pair,
      record: member.record,
      leaves: member.feed,
      ledgers: member.ledgers,
      shown: [...member.shown.values()].filter(({ text }) => text !== undefined).map(({ tail }) => tail),
      random: this.random,
      signer: this.signer,
      examine: this.#examine,
      ratchets: member.ratchets,
      holder: member.held,
    });
    member.read = new Map();
    member.readTo = new Map();
    this.do(member, { kind: "leaves", feed: member.pair.pk, leaves: [] });
  }

  /** A new process on an empty disk, which somebody lets in again. @returns Whether that could be. */
  lose(member: Member, admitter: Member): boolean {
    if (member === this.founder || member === admitter || !admitter.engine.isAdmin) return false;
    const { name, ownerPk, mode, kind, keys } = admitter.record;
    const fresh = {
      id: GROUP,
      name,
      ownerPk,
      port: 61_000,
      mode,
      kind,
      keys,
      role: "member",
      status: "pending",
    } as const;
    member.record = groupRecord({ ...fresh, createdAt: this.nowNs });
    for (const path of member.feed.keys()) member.feed.delete(path);
    member.shown.clear();
    member.ledgers.clear();
    member.archive.clear();
    member.ratchets = new Map();
    member.hasLost = true;
    showsAnother(member);
    this.restart(member);
    this.do(admitter, { kind: "admit", peer: member.pair.pk });
    this.#admitted(member, admitter);
    return true;
  }

  /** All that lies on a member's disk. */
  backup({ record, feed, shown, ledgers, archive }: Member): Backup {
    return {
      record,
      feed: new Map(feed),
      shown: new Map(shown),
      ledgers: new Map(ledgers),
      archive: new Map(archive),
    };
  }

  /** A new process on a disk of long ago. */
  restore(member: Member, { record, feed, shown, ledgers, archive }: Backup): void {
    member.record = record;
    member.feed = new Map(feed);
    member.shown = new Map(shown);
    member.ledgers = new Map(ledgers);
    member.archive = new Map(archive);
    showsAnother(member);
    this.restart(member);
  }

  /** Gives an input to a member and writes down what follows. */
  do(member: Member, input: GroupIn): GroupOut[] {
    const outs = member.engine.handle(input, this.nowNs + member.skewNs);
    const wants = written(member, outs);
    if (wants.length > 0) this.#ask(member, wants);
    return outs;
  }

  /** Whether two members reach each other now. */
  reachable: (a: Member, b: Member) => boolean = () => true;

  /** Asks all members that are reached for what is missing. */
  #ask(member: Member, wants: readonly Missing[]): void {
    for (const other of this.members) {
      if (other === member || !this.reachable(member, other) || !other.engine.isMember(member.pair.pk)) {
        continue;
      }
      const leaves = wants.flatMap(({ author, inc, from, to }) =>
        Array.from(
          { length: Number(to - from) + 1 },
          (_, i) => other.archive.get(nameOf(author, inc, from + BigInt(i))),
        )
      ).flatMap((leaf) => leaf === undefined ? [] : other.engine.served(leaf) ?? []);
      if (leaves.length > 0) this.do(member, { kind: "leaves", feed: other.pair.pk, leaves });
    }
  }

  post(member: Member, text: string, audience: readonly Member[] = []): void {
    this.nowNs += SECOND_NS / 10n;
    this.do(member, { kind: "post", text, audience: audience.map(({ pair }) => pair.pk) });
  }

  decide(member: Member, domain: "roster" | "admin" | "mod", op: number, peer: Member | string): void {
    this.nowNs += SECOND_NS / 10n;
    this.do(member, { kind: "decide", domain, op, peer: typeof peer === "string" ? peer : peer.pair.pk });
  }

  /**
   * A reader takes what has changed in a writer's feed, as CXO brings it, if it follows it and may.
   * @returns What it took.
   */
  fetch(reader: Member, writer: Member, shuffle = false): readonly FeedLeaf[] {
    if (reader === writer || !reader.follow.includes(writer.pair.pk)) return [];
    const isLast = writer.farewell.delete(reader.pair.pk);
    if (!isLast && writer.readers !== undefined && !writer.readers.includes(reader.pair.pk)) return [];
    if (!isLast && reader.readTo.get(writer.pair.pk) === writer.version) return [];
    const readTo = reader.readTo.get(writer.pair.pk);
    reader.readTo.set(writer.pair.pk, writer.version);
    const known = reader.read.get(writer.pair.pk) ?? new Map<string, Uint8Array>();
    const leaves: FeedLeaf[] = [];
    for (const [path, value] of changedSince(readTo, writer, reader)) {
      if (known.get(path) === value) continue;
      known.set(path, value);
      leaves.push({ path, value });
    }
    reader.read.set(writer.pair.pk, known);
    if (leaves.length === 0) return [];
    if (shuffle) shuffled(leaves, this.random);
    this.do(reader, { kind: "leaves", feed: writer.pair.pk, leaves });
    return leaves;
  }

  /** Everybody reads everybody that they follow, until nothing changes. */
  settle(awake: readonly Member[] = this.members): void {
    for (let round = 0; round < 50; round++) {
      let moved = false;
      for (const reader of awake) {
        for (const writer of awake) moved = this.fetch(reader, writer).length > 0 || moved;
      }
      if (!moved) return;
    }
    throw new Error("the group does not come to rest");
  }

  tick(seconds: number, awake: readonly Member[] = this.members): void {
    this.nowNs += BigInt(seconds) * SECOND_NS;
    for (const member of awake) this.do(member, { kind: "tick" });
  }
}

/** Each leaf is looked at once in a world: members hand on the bytes that they have, and all come to the same of them. */
function remembering(): Examine {
  const known = new WeakMap<Uint8Array, { readonly tail: string; readonly examined: Examined | string }>();
  return (at, value, groupId, signer) => {
    const before = known.get(value);
    if (before?.tail === at.tail) return before.examined;
    const examined = examine(at, value, groupId, signer);
    known.set(value, { tail: at.tail, examined });
    return examined;
  };
}
