/**
 * Members of a group who meet seldom and carry bundles to each other: whole ones and parts of them, in any order, old
 * ones, several times, and with leaves that somebody has changed on the way.
 *
 * @module
 */
import fc from "fast-check";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { FeedLeaf } from "../../../lib/cxo/feed/change.ts";
import { parseLeafPath, readLeaf } from "../../../lib/group/talk/leaf.ts";
import { bundleLines, readBundle } from "../../../lib/group/threads/bundle.ts";
import type { Random } from "../../../lib/sys/random.ts";
import { seenBy } from "../sim/places.ts";
import { shuffled } from "../sim/stand_in.ts";
import { type Backup, GROUP, type Member, seeded, World } from "../sim/world.ts";
import { forgedOf } from "../talk/forging.ts";

const PEOPLE = 4;
const who = fc.nat(PEOPLE - 1);

/** What admins decide: domain and operation. */
const DECISIONS = {
  add: ["roster", 1],
  remove: ["roster", 2],
  promote: ["admin", 1],
  demote: ["admin", 2],
  ban: ["mod", 1],
  unban: ["mod", 2],
  mute: ["mod", 3],
  unmute: ["mod", 4],
  readOnly: ["mod", 5],
  readWrite: ["mod", 6],
} as const;
const ABOUT_GROUP = ["readOnly", "readWrite"];
const NOBODY = "0".repeat(66);

type Action = keyof typeof DECISIONS;
const ACTIONS = Object.keys(DECISIONS) as Action[];

/** How a leaf is changed on the way. */
const CHANGES = ["a byte", "cut", "path", "counter", "forged", "another's"] as const;

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("say" as const), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("unsay" as const), who, which: fc.nat(20) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("decide" as const),
      who: fc.constantFrom(0, 0, 0, 1, 1, 2, 3),
      action: fc.constantFrom<Action>(...ACTIONS, "add", "promote", "readWrite", "unmute"),
      peer: who,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("rotate" as const), who }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.constantFrom(1, 40, 600) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("meet" as const), who, other: who }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("write" as const), who }) },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant("take" as const),
      who,
      which: fc.nat(20),
      /** Of a hundred of its leaves so many are taken. */
      percent: fc.constantFrom(100, 100, 100, 60, 10),
      atOnce: fc.constantFrom(1, 8, 1000),
      seed: fc.nat(1000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("change" as const),
      who,
      which: fc.nat(20),
      leaf: fc.nat(1000),
      how: fc.constantFrom(...CHANGES),
      at: fc.nat(5000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reseal" as const), who: fc.constantFrom(0, 0, 1) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("restart" as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("backup" as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restore" as const), who }) },
);

/** One of {@link step}. */
export type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

/** Which kind of group. */
const KINDS = ["public", "private", "channel", "d2"] as const;
/** One of {@link KINDS}. */
export type Kind = typeof KINDS[number];

/** A kind of group, and what happens in it. */
export const story = (steps: number): fc.Arbitrary<[Kind, Step[]]> =>
  fc.tuple(fc.constantFrom(...KINDS), fc.array(step, { minLength: 5, maxLength: steps, size: "max" }));

/** A bundle as a file. */
const textOf = (leaves: readonly FeedLeaf[]): string => `${bundleLines(GROUP, leaves).join("\n")}\n`;

/** All that somebody has, as `group bundle` writes it. */
function bundleOf({ archive, engine, feed }: Member): string {
  const rest = [...archive.values()].filter(({ path }) => !feed.has(path)).flatMap((leaf) =>
    engine.served(leaf) ?? []
  );
  return textOf([...[...feed].map(([path, value]) => ({ path, value })), ...rest]);
}

/** Plays a story to its end. @throws {AssertionError} Something is other than it must be. */
export function play([kind, steps]: readonly [Kind, readonly Step[]]): void {
  const run = new Run(kind);
  for (const one of steps) run.take(one);
  run.heal();
  run.check();
}

class Run {
  readonly #world: World;
  readonly #sticks: string[] = [];
  /** Who said each text. */
  readonly #authors = new Map<string, Member>();
  /** What was taken back. */
  readonly #unsaid = new Set<string>();
  readonly #backups = new Map<Member, Backup>();
  /** Who has gone on from an older disk. */
  readonly #forgetful = new Set<Member>();
  readonly #judged = new Set<Member>();
  /** Members as they came in. */
  readonly #asTheyCame: Backup[];

  constructor(readonly kind: Kind) {
    const mode = kind === "private" || kind === "d2" ? "private" : "public";
    const channel = kind === "channel" ? "channel" : "";
    this.#world = new World(mode, seeded(7), undefined, channel, kind === "d2" ? "d2" : "");
    for (let i = 1; i < PEOPLE; i++) this.#world.join();
    this.#world.settle();
    this.#asTheyCame = this.#world.members.map((member) => this.#world.backup(member));
  }

  take(one: Step): void {
    const [world, { members }] = [this.#world, this.#world];
    if (one.do === "wait") return world.tick(one.seconds);
    const member = members[one.who];
    world.nowNs += 1_000_000n;
    switch (one.do) {
      case "say": {
        const text = `said ${this.#authors.size}`;
        this.#authors.set(text, member);
        return world.post(member, text);
      }
      case "unsay": {
        const own = [...member.shown.values()].filter(({ sender, text }) =>
          sender === member.pair.pk && text !== undefined
        );
        const said = own[one.which % Math.max(1, own.length)];
        if (said === undefined) return;
        const outs = world.do(member, { kind: "unsend", tsNs: said.tsNs });
        if (!outs.some(({ kind }) => kind === "refused")) this.#unsaid.add(said.text!);
        return;
      }
      case "decide": {
        const [domain, op] = DECISIONS[one.action];
        const isAboutGroup = ABOUT_GROUP.includes(one.action);
        if (["remove", "ban", "mute"].includes(one.action)) this.#judged.add(members[one.peer]);
        if (one.action === "readOnly") { for (const any of members) this.#judged.add(any); }
        return world.decide(member, domain, op, isAboutGroup ? NOBODY : members[one.peer]);
      }
      case "rotate":
        return void world.do(member, { kind: "rotate" });
      case "reseal":
        return void world.do(member, { kind: "revoke-history", sinceNs: 0n });
      case "meet":
        return void (world.fetch(member, members[one.other]), world.fetch(members[one.other], member));
      case "write":
        return void this.#sticks.push(bundleOf(member));
      case "take": {
        const stick = this.#stick(one.which);
        if (stick === undefined) return;
        const random = seeded(one.seed + 1);
        const some = stick.filter(() => random.fraction() * 100 < one.percent);
        if (one.seed % 2 === 1) shuffled(some, random);
        return this.#takes(member, some, one.atOnce);
      }
      case "change": {
        const stick = this.#stick(one.which);
        const leaf = stick?.[one.leaf % Math.max(1, stick.length)];
        if (leaf === undefined) return;
        const changed = changedLeaf(leaf, one.how, one.at, members, seeded(one.at + 1));
        return changed && this.#takes(member, [changed], 1);
      }
      case "restart":
        return world.restart(member);
      case "backup":
        return void this.#backups.set(member, world.backup(member));
      case "restore": {
        const backup = this.#backups.get(member);
        if (backup === undefined || this.kind === "d2") return;
        this.#forgetful.add(member);
        return world.restore(member, backup);
      }
    }
  }

  /** All get what was written, and what those have who are out, which no network brings; then all meet. */
  heal(): void {
    this.#sticks.push(...this.#world.members.map(bundleOf));
    for (const member of this.#world.members) this.#takesAll(member, this.#sticks);
    for (let i = 0; i < 4; i++) {
      this.#world.settle();
      this.#world.tick(60);
    }
    this.#world.settle();
  }

  /** What must be so when all have met. */
  check(): void {
    const world = this.#world;
    const roster = world.founder.record.members;
    const active = world.members.filter(({ pair: { pk }, record }) =>
      roster.includes(pk) && record.status === "active"
    );
    const [first, ...others] = active;
    for (const other of others) deepStrictEqual(seenBy(other), seenBy(first), "what all see");
    for (const member of world.members) this.#readable(member);
    for (const member of active) this.#nothingBack(member);
    // What is carried by hand tells nothing that the network has not told.
    const before = active.map((member) => this.#seen(member));
    const last = active.map(bundleOf);
    for (const member of active) {
      this.#takesAll(member, [...this.#sticks, ...last, ...this.#sticks]);
    }
    deepStrictEqual(active.map((member) => this.#seen(member)), before, "bundles after a network");
    for (const member of active) this.#nothingBack(member);
    if (this.kind !== "d2") this.#byHand(active, last);
  }

  /** Who was never there since it came in, and is given all of it by hand, knows what the others know. */
  #byHand(active: readonly Member[], bundles: readonly string[]): void {
    const world = this.#world;
    for (const member of active) {
      if (member === world.founder) continue; // it alone may have decided
      const seen = seenBy(member);
      world.restore(member, this.#asTheyCame[world.members.indexOf(member)]);
      this.#takesAll(member, bundles);
      deepStrictEqual(seenBy(member), seen, "by hand what the network tells");
      this.#nothingBack(member);
    }
  }

  #seen(member: Member) {
    return { ...seenBy(member), texts: [...member.shown.values()].map(({ text }) => text).sort() };
  }

  #stick(which: number): FeedLeaf[] | undefined {
    const stick = this.#sticks[which % Math.max(1, this.#sticks.length)];
    return stick === undefined ? undefined : readBundle(stick).leaves;
  }

  #takesAll(member: Member, bundles: readonly string[]): void {
    for (const text of bundles) this.#takes(member, readBundle(text).leaves, 8);
  }

  #takes(member: Member, leaves: readonly FeedLeaf[], atOnce: number): void {
    for (let at = 0; at < leaves.length; at += atOnce) {
      const some = leaves.slice(at, at + atOnce);
      this.#world.do(member, { kind: "leaves", feed: member.pair.pk, leaves: some });
    }
  }

  /** Nothing twice, nothing forged. */
  #readable({ shown }: Member): void {
    const texts = new Set<string>();
    for (const { text, sender } of shown.values()) {
      if (text === undefined) continue;
      strictEqual(this.#authors.get(text)?.pair.pk, sender, `who said ${text}`);
      ok(!texts.has(text), `${text} twice`);
      texts.add(text);
    }
  }

  /** What was taken back is not shown, and not kept for others. */
  #nothingBack(member: Member): void {
    const shown = new Set([...member.shown.values()].map(({ text }) => text));
    for (const text of this.#unsaid) {
      const author = this.#authors.get(text)!;
      const isHeard = !this.#judged.has(author) && !this.#forgetful.has(author);
      if (isHeard) ok(!shown.has(text), `${text} was taken back`);
    }
    // Who was banned or put out is not heard, not even with what it takes back: its messages are hidden as it is.
    const isJudged = (pk: string) => [...this.#judged].some(({ pair }) => pair.pk === pk);
    const values = [...member.feed.values(), ...[...member.archive.values()].map(({ value }) => value)];
    for (const value of values) {
      const leaf = readLeaf(value);
      if (leaf?.thread === undefined || leaf.thread === null || leaf.thread.seq === 0n) continue;
      if (isJudged(leaf.sender)) continue;
      const isGone = member.engine.ledger.of(leaf.sender)?.isRemoved(leaf.thread) === true;
      ok(!isGone, `kept though it was taken back: ${leaf.text}`);
    }
  }
}

/** A leaf that somebody has changed on the way. @returns undefined: this one can't be changed so. */
function changedLeaf(
  leaf: FeedLeaf,
  how: typeof CHANGES[number],
  at: number,
  members: readonly Member[],
  random: Random,
): FeedLeaf | undefined {
  const { path, value } = leaf;
  const [first, second] = members.map(({ pair }) => pair.pk);
  switch (how) {
    case "a byte": {
      const changed = value.slice();
      changed[at % value.length] ^= 1 << at % 7;
      return { path, value: changed };
    }
    case "cut":
      return { path, value: value.subarray(0, at % value.length) };
    case "path": {
      const domain =
        ["roster", "admin", "mod", "keys", "msgs", "forks", "invites", "hold", "d2", "name"][at % 10];
      return { path: `${domain}${path.slice(path.indexOf("/"))}`, value };
    }
    case "counter": {
      const parts = parseLeafPath(path);
      return parts && { path: path.replace(/\d+$/, `${parts.seq + BigInt(at)}`), value };
    }
    case "forged":
      return forgedOf([leaf], [first, second], random);
    case "another's":
      return { path: path.replace(/[0-9a-f]{66}/, members[at % members.length].pair.pk), value };
  }
}
