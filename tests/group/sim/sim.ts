/**
 * A group under seeded chaos: lost connections, duplicates, partitions, restarts with what was kept, with nothing and
 * with a disk of long ago, the founder gone, clocks off by years, leaves that nobody has signed so, and in some seeds a
 * member that shows two faces. At the end everybody must see the same, nothing twice and nothing forged, and each fault
 * as exactly its line.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { PublicKeyHex } from "../../../lib/crypto/keys.ts";
import type { FeedLeaf } from "../../../lib/cxo/feed/change.ts";
import { curveSigner } from "../../../lib/group/talk/signer.ts";
import { AuthorLedger } from "../../../lib/group/threads/author_ledger.ts";
import { readLedger } from "../../../lib/group/threads/ledger_state.ts";
import { inOrder } from "../../../lib/group/threads/order.ts";
import type { Place } from "../../../lib/group/threads/thread.ts";
import type { Random } from "../../../lib/sys/random.ts";
import { faultLines } from "../check_lines.ts";
import { forgedOf } from "../talk/forging.ts";
import { lieTo } from "./liar.ts";
import { hasSome, seenBy, wasSaid } from "./places.ts";
import { type Backup, hashSigner, type Member, seeded, World } from "./world.ts";

/** What a run counts. */
export interface SimReport {
  readonly members: number;
  readonly posts: number;
  readonly decisions: number;
  readonly restarts: number;
  readonly liars: number;
  readonly forged: number;
}

/** What an author's disk did not know any more when it spoke again. */
interface Loss {
  readonly author: PublicKeyHex;
  readonly lost: readonly Place[];
}

const YEAR_NS = 365n * 86_400n * 1_000_000_000n;
const STEP_SECONDS = 5;

/** One seed. @param minutes  Of fake time. @throws When members disagree at the end; the message names the seed. */
export function simulate(seed: number, size: number, minutes: number, onCurve = false): SimReport {
  const sim = new Sim(seed, size, minutes, onCurve);
  for (let second = 0; second < minutes * 60; second += STEP_SECONDS) sim.step(second);
  sim.heal();
  sim.assertAgreed();
  return sim.report;
}

class Sim {
  readonly #random: Random;
  readonly #world: World;
  readonly #goneFrom: number;
  readonly #liesFrom: number;
  readonly #counts = { posts: 0, decisions: 0, restarts: 0, liars: 0, forged: 0 };
  readonly #backups = new Map<Member, Backup>();
  readonly #losses: Loss[] = [];
  /** All places of each author. */
  readonly #said = new Map<PublicKeyHex, Place[]>();
  /** Those that its disk did not know when its program began. */
  readonly #lostAtStart = new Map<PublicKeyHex, Place[]>();
  /** Who does not know all that it once knew. */
  readonly #forgetful = new Set<Member>();
  /** Who has said which text: each is said once. */
  readonly #authors = new Map<string, PublicKeyHex>();
  /** What is forged, and what the group is called; they have their own numbers, so that seeds stay what they were. */
  readonly #forging: Random;
  readonly #naming: Random;
  #name = "ops";
  #awake: readonly Member[];
  #liar: Member | undefined;
  #split: Set<Member> | undefined;

  constructor(readonly seed: number, size: number, minutes: number, onCurve: boolean) {
    this.#random = seeded(seed * 7919 + 1);
    this.#forging = seeded(seed * 7919 + 2);
    this.#naming = seeded(seed * 7919 + 3);
    const mode = this.#dice(2) === 0 ? "public" : "private";
    const world = new World(mode, this.#random, onCurve ? curveSigner : hashSigner);
    this.#world = world;
    for (let i = 1; i < size; i++) world.join();
    world.settle();
    for (const member of world.members) {
      // The founder's clock is the group's: its decisions came first. Others may be off by years.
      if (member !== world.founder && this.#dice(5) === 0) {
        member.skewNs = BigInt(this.#dice(21) - 10) * YEAR_NS;
      }
    }
    this.#awake = world.members;
    this.#goneFrom = this.#dice(3) === 0 ? minutes * 30 : Infinity;
    this.#liesFrom = this.#dice(3) === 0 ? minutes * 15 : Infinity;
    world.reachable = (a, b) =>
      this.#awake.includes(a) && this.#awake.includes(b) &&
      (this.#split === undefined || this.#split.has(a) === this.#split.has(b));
  }

  get report(): SimReport {
    return { members: this.#world.members.length, ...this.#counts };
  }

  step(second: number): void {
    const world = this.#world;
    world.nowNs += BigInt(STEP_SECONDS) * 1_000_000_000n;
    if (second === this.#goneFrom) this.#founderGoes();
    if (second % 60 === 0) this.#split = this.#dice(3) === 0 ? this.#half() : undefined;
    for (const member of this.#awake) {
      if (this.#dice(20) === 0) this.#say(member);
      if (second % 30 === 0) world.do(member, { kind: "tick" });
      if (this.#dice(200) === 0) this.#restart(member);
      if (this.#dice(100) === 0) this.#backups.set(member, world.backup(member));
    }
    if (this.#dice(8) === 0) this.#decide();
    if (this.#awake.includes(world.founder) && this.#naming.fraction() < 0.05) this.#rename(second);
    if (second >= this.#liesFrom && this.#liar === undefined) this.#lie();
    for (const reader of this.#awake) {
      for (const writer of this.#awake) {
        if (!world.reachable(reader, writer) || this.#dice(5) === 0) continue; // a lost connection
        const leaves = world.fetch(reader, writer, true);
        if (leaves.length > 0 && this.#forging.fraction() < 0.05) this.#forge(reader, writer, leaves);
        if (leaves.length > 0 && this.#dice(10) === 0) {
          world.do(reader, { kind: "leaves", feed: writer.pair.pk, leaves });
        }
      }
    }
  }

  #forge(reader: Member, writer: Member, leaves: readonly FeedLeaf[]): void {
    const given = forgedOf(leaves, [writer.pair.pk, reader.pair.pk], this.#forging);
    if (given === undefined) return;
    const before = reader.dropped.length;
    this.#world.do(reader, { kind: "leaves", feed: writer.pair.pk, leaves: [given] });
    const others = reader.dropped.slice(before).filter((why) => why !== "its signature is not its sender's");
    deepStrictEqual(others, [], `forged, seed ${this.seed}`);
    this.#counts.forged++;
  }

  heal(): void {
    const [world, awake] = [this.#world, this.#awake];
    this.#split = undefined;
    world.settle(awake);
    for (let i = 0; i < 3; i++) {
      world.tick(60, awake);
      world.settle(awake);
    }
  }

  assertAgreed(): void {
    const { seed } = this;
    const world = this.#world;
    const honest = this.#awake.filter((member) => member !== this.#liar);
    const [first, ...others] = honest.map((member) => ({ ...seenBy(member), order: this.#orderOf(member) }));
    for (const other of others) deepStrictEqual(other, first, `what all see, seed ${seed}`);
    strictEqual(first.name, this.#name, `its name, seed ${seed}`);
    this.#assertTexts(honest);
    const restarted = this.#expectedRestarts(honest);
    const liars = this.#liar === undefined ? [] : [this.#liar.pair.pk];
    for (const member of honest) {
      const { engine } = member;
      const nobodyHas = engine.missing().filter((missing) => honest.some((other) => hasSome(other, missing)));
      deepStrictEqual(nobodyHas, [], `missing, seed ${seed}`);
      const unsaid = engine.missing().filter((missing) =>
        !liars.includes(missing.author) && !wasSaid(this.#said.get(missing.author), missing)
      );
      deepStrictEqual(unsaid, [], `what was never said is not missing, seed ${seed}`);
      const known = engine.ledger.authors().filter((pk) => engine.ledger.of(pk)!.restarts() > 0);
      // Who lost its own disk knows only what somebody still shows: of a branch that all have retired it never hears.
      const expected = this.#forgetful.has(member) ? restarted.filter((pk) => known.includes(pk)) : restarted;
      const faults: [PublicKeyHex, string][] = [
        ...engine.missing().map(({ author }): [PublicKeyHex, string] => [author, "missing"]),
        ...expected.map((pk): [PublicKeyHex, string] => [pk, "restarted"]),
        ...liars.map((pk): [PublicKeyHex, string] => [pk, "lied"]),
      ];
      const lines = Object.groupBy(faults, ([pk]) => pk);
      const shown = Object.entries(lines).map(([pk, all]) => [pk, all!.map(([, fault]) => fault)]);
      deepStrictEqual(faultLines(member, world.nowNs), Object.fromEntries(shown), `check, seed ${seed}`);
    }
  }

  /** What honest members have said, as somebody reads it who gets it from this one at once. */
  #orderOf({ archive, shown }: Member): string[] {
    const leaves = [...archive.values()].flatMap(({ path, value }) => {
      const message = shown.get(path.slice(path.indexOf("/") + 1));
      return message === undefined || message.sender === this.#liar?.pair.pk ? [] : [{ path, value }];
    });
    return inOrder(leaves).map(({ path }) => path);
  }

  #assertTexts(members: readonly Member[]): void {
    const texts = new Map<string, string>();
    for (const member of members) {
      const once = new Set<string>();
      for (const { tail, text, sender } of member.shown.values()) {
        // Who came back with an empty disk has not the first key: what was said under it stays sealed for it.
        if (text === undefined) {
          ok(member.hasLost, `only who lost its keys sees sealed messages, seed ${this.seed}`);
        } else {
          if (sender !== this.#liar?.pair.pk) {
            strictEqual(texts.get(tail) ?? text, text, `text, seed ${this.seed}`);
            strictEqual(this.#authors.get(text), sender, `who has said it, seed ${this.seed}`);
            ok(!once.has(text), `nothing twice, seed ${this.seed}`);
            once.add(text);
          }
          texts.set(tail, text);
        }
      }
    }
  }

  /** Who went on without something that somebody has. */
  #expectedRestarts(honest: readonly Member[]): PublicKeyHex[] {
    const isKnown = (author: PublicKeyHex, place: Place): boolean =>
      honest.some(({ engine }) => engine.ledger.of(author)?.has(place) === true);
    const seen = this.#losses.filter(({ author, lost }) => lost.some((place) => isKnown(author, place)));
    return [...new Set(seen.map(({ author }) => author))].sort();
  }

  #say(member: Member): void {
    const { shown, pair: { pk } } = member;
    const own = [...shown.values()].filter(({ sender }) => sender === pk);
    if (own.length > 0 && this.#dice(10) === 0) {
      this.#world.do(member, { kind: "unsend", tsNs: own[this.#dice(own.length)].tsNs });
    } else {
      const text = `${this.seed} ${this.#counts.posts++}`;
      this.#authors.set(text, pk);
      this.#world.post(member, text);
    }
    const newest = member.engine.ledger.of(pk)?.state.newest;
    const said = this.#said.get(pk) ?? [];
    if (newest === undefined || said.some(({ inc, seq }) => inc === newest.inc && seq >= newest.seq)) return;
    const lost = this.#lostAtStart.get(pk);
    if (lost !== undefined && !said.some(({ inc }) => inc === newest.inc)) {
      this.#losses.push({ author: pk, lost });
      this.#lostAtStart.delete(pk);
    }
    this.#said.set(pk, [...said, { inc: newest.inc, seq: newest.seq }]);
  }

  #restart(member: Member): void {
    if (member === this.#liar) return; // it keeps to its story
    this.#counts.restarts++;
    const { pk } = member.pair;
    const which = this.#dice(4);
    const backup = this.#backups.get(member);
    if (which === 0) {
      if (!this.#world.lose(member, this.#awake[this.#dice(this.#awake.length)])) return;
      this.#backups.delete(member);
      this.#forgetful.add(member);
      this.#lostAtStart.set(pk, [...this.#said.get(pk) ?? []]);
      return;
    }
    if (which === 1 && backup !== undefined) {
      this.#world.restore(member, backup);
      this.#forgetful.add(member);
    } else this.#world.restart(member);
    const ledger = readLedger(member.ledgers.get(pk) ?? new Uint8Array(0));
    const disk = new AuthorLedger(pk, ledger);
    this.#lostAtStart.set(pk, (this.#said.get(pk) ?? []).filter((place) => !disk.has(place)));
  }

  #lie(): void {
    const liar = this.#awake[1 + this.#dice(this.#awake.length - 1)];
    const stays = (member: Member) => member !== this.#world.founder || this.#goneFrom === Infinity;
    const readers = this.#awake.filter((member) => stays(member) && member.follow.includes(liar.pair.pk));
    const to = new Set(readers.filter(() => this.#dice(2) === 0));
    if (to.size === 0 || to.size === readers.length) return;
    if (!lieTo(this.#world, liar, to, this.#dice(2) === 0)) return;
    this.#liar = liar;
    this.#counts.liars++;
  }

  /** Promotions, mutes, rotations; nobody is removed for good here, so that all can be compared. */
  #decide(): void {
    const pick = (): Member => this.#awake[this.#dice(this.#awake.length)];
    const [issuer, peer] = [pick(), pick()];
    const which = this.#dice(5);
    if (which === 0) this.#world.decide(issuer, "admin", 1, peer);
    else if (which === 1) this.#world.decide(issuer, "admin", 2, peer);
    else if (which === 2) this.#world.decide(issuer, "mod", 3, peer);
    else if (which === 3) this.#world.decide(issuer, "mod", 4, peer);
    else this.#world.do(issuer, { kind: "rotate" });
    this.#counts.decisions++;
  }

  /** The founder makes another admin, everybody learns of it, and then it is gone for good. */
  #founderGoes(): void {
    this.#split = undefined;
    this.#world.decide(this.#world.founder, "admin", 1, this.#world.members[1]);
    this.#world.settle();
    this.#awake = this.#world.members.slice(1);
  }

  #rename(second: number): void {
    this.#name = `ops ${second}`;
    this.#world.do(this.#world.founder, { kind: "rename", name: this.#name });
  }

  #half(): Set<Member> {
    return new Set(this.#world.members.filter(() => this.#random.fraction() < 0.5));
  }

  #dice(n: number): number {
    return Math.floor(this.#random.fraction() * n);
  }
}
