/** Groups in memory: engines whose feeds are read by each other, with clocks and losses by hand. */
import { hmacSha256 } from "../../lib/crypto/hash.ts";
import { type KeyPair, keyPairOf, type PublicKeyHex } from "../../lib/crypto/keys.ts";
import { GroupEngine } from "../../lib/group/engine.ts";
import type { FeedLeaf, GroupIn, GroupMessage, GroupOut } from "../../lib/group/group_types.ts";
import type { Signer } from "../../lib/group/leaf.ts";
import { type GroupRecord, groupRecord } from "../../lib/group/record.ts";
import type { Random } from "../../lib/sys/random.ts";
import { concat, equal, fromHex } from "../../lib/wire/bytes.ts";

export const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
export const START_NS = 1_778_580_000_000_000_000n;
const SECOND_NS = 1_000_000_000n;

/** A signature scheme of equal sizes and failures: a keyed hash under the public key. Only for honest worlds. */
export const hashSigner: Signer = {
  sign: (secret, digest) => tagOf(keyPairOf(secret).public, digest),
  verify: (pk, signature, digest) => equal(signature, tagOf(fromHex(pk), digest)),
};

function tagOf(publicKey: Uint8Array, digest: Uint8Array): Uint8Array {
  const half = hmacSha256(publicKey, digest);
  return concat(half, hmacSha256(half, digest), Uint8Array.of(0));
}

/** A member's program: its engine, and what it has on its disk. */
export interface Member {
  readonly pair: KeyPair;
  engine: GroupEngine;
  record: GroupRecord;
  /** The disk: our feed. */
  feed: Map<string, Uint8Array>;
  shown: Map<string, GroupMessage>;
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
  /** The version of each feed that was read last. */
  readTo: Map<PublicKeyHex, number>;
  /** How far its clock is off, nanoseconds. */
  skewNs: bigint;
}

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
  ) {
    this.#add(keyPairOf(random.bytes(32)), "owner");
  }

  get founder(): Member {
    return this.members[0];
  }

  /** The founder lets somebody in, as after a join request. */
  join(admitter: Member = this.founder): Member {
    const member = this.#add(keyPairOf(this.random.bytes(32)), "member");
    this.do(admitter, { kind: "admit", peer: member.pair.pk });
    const { aesKey: key, keyEpoch: epoch, name, admins, members } = admitter.record;
    this.do(member, { kind: "admitted", key, epoch, name, admins: [...admins, admitter.pair.pk], members });
    return member;
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
        role,
        status: role === "owner" ? "active" : "pending",
        createdAt: this.nowNs,
      }),
      ...(role === "owner" && this.mode === "private"
        ? { aesKey: this.random.bytes(32), keyIssuedAt: this.nowNs }
        : {}),
    };
    const member: Member = {
      pair,
      engine: undefined!,
      record,
      feed: new Map(),
      shown: new Map(),
      follow: [],
      readers: [],
      farewell: new Set(),
      read: new Map(),
      refused: [],
      dropped: [],
      hasLost: false,
      version: 0,
      readTo: new Map(),
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
      shown: [...member.shown.values()].filter(({ text }) => text !== undefined).map(({ tail }) => tail),
      random: this.random,
      signer: this.signer,
    });
    member.read = new Map();
    member.readTo = new Map();
    this.do(member, { kind: "leaves", feed: member.pair.pk, leaves: [] });
  }

  /** A new process on an empty disk, which somebody lets in again. */
  lose(member: Member, admitter: Member): void {
    if (member === this.founder || member === admitter || !admitter.engine.isAdmin) return;
    const { aesKey: key, keyEpoch: epoch, name, admins, members, ownerPk, mode, kind } = admitter.record;
    const fresh = {
      id: GROUP,
      name,
      ownerPk,
      port: 61_000,
      mode,
      kind,
      role: "member",
      status: "pending",
    } as const;
    member.record = groupRecord({ ...fresh, createdAt: this.nowNs });
    for (const path of member.feed.keys()) member.feed.delete(path);
    member.shown.clear();
    member.hasLost = true;
    member.version++;
    this.restart(member);
    this.do(admitter, { kind: "admit", peer: member.pair.pk });
    this.do(member, { kind: "admitted", key, epoch, name, admins: [...admins, admitter.pair.pk], members });
  }

  /** Gives an input to a member and writes down what follows. */
  do(member: Member, input: GroupIn): GroupOut[] {
    const outs = member.engine.handle(input, this.nowNs + member.skewNs);
    for (const out of outs) {
      if (out.kind === "put" || out.kind === "drop") member.version++;
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
      } else if (out.kind === "reread") {
        member.read = new Map();
        member.readTo = new Map();
      } else if (out.kind === "refused") member.refused.push(out.reason);
      else member.dropped.push(out.reason);
    }
    return outs;
  }

  post(member: Member, text: string): void {
    this.nowNs += SECOND_NS / 10n;
    this.do(member, { kind: "post", text });
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
    reader.readTo.set(writer.pair.pk, writer.version);
    const known = reader.read.get(writer.pair.pk) ?? new Map<string, Uint8Array>();
    const leaves = [...writer.feed].filter(([path, value]) => known.get(path) !== value)
      .map(([path, value]) => ({ path, value }));
    reader.read.set(writer.pair.pk, new Map(writer.feed));
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
