/** Groups in memory: engines whose feeds are read by each other, with clocks and losses by hand. */
import { sha256 } from "../../lib/crypto/hash.ts";
import { type KeyPair, keyPairOf, type PublicKeyHex } from "../../lib/crypto/keys.ts";
import type { Missing } from "../../lib/group/author_ledger.ts";
import { GroupEngine } from "../../lib/group/engine.ts";
import type { FeedLeaf, GroupIn, GroupMessage, GroupOut } from "../../lib/group/group_types.ts";
import { readSignedInvite } from "../../lib/group/signed_invite.ts";
import type { Signer } from "../../lib/group/signer.ts";
import { type GroupRecord, groupRecord } from "../../lib/group/record.ts";
import type { Random } from "../../lib/sys/random.ts";
import { concat, equal, fromHex, toHex } from "../../lib/wire/bytes.ts";

export const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
export const START_NS = 1_778_580_000_000_000_000n;
const SECOND_NS = 1_000_000_000n;

/** A signature scheme of equal sizes and failures: a keyed hash under the public key. Only for honest worlds. */
export const hashSigner: Signer = {
  sign: (secret, digest) => tagOf(publicOf(secret), digest),
  verify: (pk, signature, digest) => equal(signature, tagOf(fromHex(pk), digest)),
};

const publics = new Map<string, Uint8Array>();

function publicOf(secret: Uint8Array): Uint8Array {
  const known = publics.get(toHex(secret)) ?? keyPairOf(secret).public;
  publics.set(toHex(secret), known);
  return known;
}

function tagOf(publicKey: Uint8Array, digest: Uint8Array): Uint8Array {
  const half = sha256(concat(publicKey, digest));
  return concat(half, half, Uint8Array.of(0));
}

/** A member's program: its engine, and what it has on its disk. */
export interface Member {
  readonly pair: KeyPair;
  engine: GroupEngine;
  record: GroupRecord;
  /** The disk: our feed. */
  feed: Map<string, Uint8Array>;
  shown: Map<string, GroupMessage>;
  /** The disk: authors' threads. */
  ledgers: Map<PublicKeyHex, Uint8Array>;
  /** The disk: leaves by `<author>/<incarnation>/<number>`, for who asks. */
  archive: Map<string, FeedLeaf>;
  /** The disk: ratchet secrets of a D2 group. */
  ratchets: ReadonlyMap<bigint, Uint8Array>;
  /** Who was seen to have gone on without its state, and who to have lied. */
  restarted: PublicKeyHex[];
  forked: PublicKeyHex[];
  /** What a liar shows to some instead of one of its leaves. */
  lie: { readonly to: ReadonlySet<Member>; readonly hides: string; readonly shows: FeedLeaf } | undefined;
  follow: readonly PublicKeyHex[];
  readers: readonly PublicKeyHex[] | undefined;
  /** Who was cut off and still gets the Root that says so. */
  readonly farewell: Set<PublicKeyHex>;
  /** What was read of each feed already. */
  read: Map<PublicKeyHex, Map<string, Uint8Array>>;
  refused: string[];
  dropped: string[];
  /** Whether it has begun on an empty disk again. */
  hasLost: boolean;
  /** Counts changes of its feed. */
  version: number;
  /** Paths that have changed, one for each version from a version on; what lies before is read from the feed itself. */
  log: { from: number; paths: string[] };
  /** The version of each feed that was read last. */
  readTo: Map<PublicKeyHex, number>;
  /** Who holds the group's feeds as it knows, and what it asks for there alone. */
  held: Extract<GroupOut, { kind: "held" }> | undefined;
  /** How far its clock is off, nanoseconds. */
  skewNs: bigint;
}

/** A disk as it was. */
export type Backup = Pick<Member, "record" | "feed" | "shown" | "ledgers" | "archive">;

/** Seeded: a small generator, good enough for schedules and test keys. */
export function seeded(seed: number): Random {
  let state = seed >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>>= 0;
  };
  return {
    bytes: (count) => Uint8Array.from({ length: count }, () => next() >>> 11 & 255),
    fraction: () => next() / 2 ** 32,
  };
}

/**
 * Puts a list into a random order. Not by a sort that tosses a coin: how often that asks depends on what the compiler
 * has made of it by then, and a seed would be another one on each run.
 */
function shuffled<T>(list: T[], random: Random): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random.fraction() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
}

/** A group of several members. */
export class World {
  readonly members: Member[] = [];
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
    const member: Member = {
      pair,
      engine: undefined!,
      record,
      feed: new Map(),
      shown: new Map(),
      ledgers: new Map(),
      archive: new Map(),
      ratchets: new Map(),
      restarted: [],
      forked: [],
      lie: undefined,
      follow: [],
      readers: [],
      farewell: new Set(),
      read: new Map(),
      refused: [],
      dropped: [],
      hasLost: false,
      version: 0,
      log: { from: 0, paths: [] },
      readTo: new Map(),
      held: undefined,
      skewNs: 0n,
    };
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
    const wants: Missing[] = [];
    for (const out of outs) {
      if (out.kind === "put" || out.kind === "drop") changes(member, out.path);
      if (out.kind === "put") member.feed.set(out.path, out.value);
      else if (out.kind === "drop") member.feed.delete(out.path);
      else if (out.kind === "message") member.shown.set(out.message.tail, out.message);
      else if (out.kind === "hidden") member.shown.delete(out.tail);
      else if (out.kind === "gone") removed(member, out.sender, out.tsNs);
      else if (out.kind === "record") member.record = out.record;
      else if (out.kind === "follow") member.follow = out.feeds;
      else if (out.kind === "allow") {
        for (const pk of member.readers ?? []) {
          if (out.readers?.includes(pk) === false) member.farewell.add(pk);
        }
        member.readers = out.readers;
      } else if (out.kind === "ledger") member.ledgers.set(out.author, out.value);
      else if (out.kind === "archive") {
        const name = nameOf(out.author, out.place.inc, out.place.seq);
        if (out.leaf === undefined) member.archive.delete(name);
        else member.archive.set(name, out.leaf);
      } else if (out.kind === "restarted") member.restarted.push(out.author);
      else if (out.kind === "forked") member.forked.push(out.author);
      else if (out.kind === "ratchets") member.ratchets = out.secrets;
      else if (out.kind === "held") member.held = out;
      else if (out.kind === "ask") wants.push(...out.wants);
      else if (out.kind === "reread") {
        member.read = new Map();
        member.readTo = new Map();
      } else if (out.kind === "invited") continue; // for the test that asked for it
      else if (out.kind === "refused") member.refused.push(out.reason);
      else member.dropped.push(out.reason);
    }
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

const nameOf = (author: PublicKeyHex, inc: string, seq: bigint): string => `${author}/${inc}/${seq}`;

/** A path of a member's feed has changed. */
export function changes(member: Member, path: string): void {
  member.version++;
  member.log.paths.push(path);
}

/** The feed of a member is another one from now on. */
export function showsAnother(member: Member): void {
  member.version++;
  member.log = { from: member.version, paths: [] };
}

/** What of a feed may be new to whoever has read a version of it. */
function changedSince(
  version: number | undefined,
  writer: Member,
  reader: Member,
): Iterable<[string, Uint8Array]> {
  const view = viewOf(writer, reader);
  const { from, paths } = writer.log;
  if (version === undefined || version < from || view !== writer.feed) return view;
  const changed = new Set(paths.slice(version - from));
  return [...changed].flatMap((path) => {
    const value = view.get(path);
    return value === undefined ? [] : [[path, value]];
  });
}

/** A feed as its owner shows it to somebody. */
function viewOf({ feed, lie }: Member, reader: Member): Map<string, Uint8Array> {
  if (lie === undefined || !lie.to.has(reader) || !feed.has(lie.hides)) return feed;
  const view = new Map(feed);
  view.delete(lie.hides);
  return view.set(lie.shows.path, lie.shows.value);
}

function removed(member: Member, sender: PublicKeyHex, tsNs: bigint): void {
  for (const [tail, message] of member.shown) {
    if (message.sender === sender && message.tsNs === tsNs) member.shown.delete(tail);
  }
}

/** What a member sees, comparable: texts by time and tail. */
export const textsOf = (member: Member): (string | undefined)[] =>
  [...member.shown.values()].sort((a, b) => a.tail < b.tail ? -1 : 1).map(({ text }) => text).sort();

/** A member's roster, comparable. */
export function rosterOf({ record }: Member): Record<string, unknown> {
  const { members, admins, banned, muted, readOnly, peerBackfillDisabled } = record;
  const sorted = (list: readonly string[]) => [...list].sort();
  return {
    members: sorted(members),
    admins: sorted(admins),
    banned: sorted(banned),
    muted: sorted(muted),
    readOnly,
    peerBackfillDisabled,
  };
}
