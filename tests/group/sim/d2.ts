/**
 * 16 members of a D2 group: partitions, removals at both sides of a split, restarts, a member that lies about audiences,
 * and disks that are stolen at every step. Nothing is opened by who should not, and nobody who should is locked out after
 * the heal; after history was revoked no disk of who was removed opens anything that is served.
 *
 * @module
 */
import { deepStrictEqual, ok } from "node:assert/strict";
import type { Random } from "../../../lib/sys/random.ts";
import { type Disk, diskOf, messagesIn, opened, withoutMessages } from "./d2_disk.ts";
import { keysOf, lieAbout } from "./d2_liar.ts";
import { hashSigner, type Member, seeded, textsOf, World } from "./world.ts";

/** How many are in. */
export const MEMBERS = 16;
/** What happens, one after the other; each with a disk stolen. */
export const STEPS = 60;
const MAX_REMOVED = 5;

interface Said {
  readonly author: Member;
  /** Who may read it: those it was for, or who was in as far as its author knew. */
  readonly readers: ReadonlySet<Member>;
  /** Of a lie: whom it names. Who is named and has no wrap may get one from who could open it. */
  readonly named?: readonly Member[];
}

/** One seed. */
export class Sim {
  readonly random: Random;
  readonly world: World;
  readonly said = new Map<string, Said>();
  readonly stolen: { readonly member: Member; readonly disk: Disk }[] = [];
  readonly removed = new Set<Member>();
  /** It says that what it says is for others than those for whom it makes wraps. */
  readonly liar: Member;
  lies = 0;
  /** Who reaches whom: members of one side. */
  sides: Member[][] = [];

  constructor(readonly seed: number) {
    this.random = seeded(seed);
    const world = this.world = new World("private", this.random, hashSigner, "private", "d2");
    while (world.members.length < MEMBERS) world.join();
    this.sides = [[...world.members]];
    this.liar = world.members[MEMBERS - 1];
    world.settle();
    for (const admin of world.members.slice(1, 4)) world.decide(world.founder, "admin", 1, admin);
    world.settle();
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random.fraction() * list.length)];
  }

  get present(): Member[] {
    return this.world.members.filter((member) => !this.removed.has(member));
  }

  /** Whom a member knows to be in. */
  known(member: Member): Member[] {
    return this.world.members.filter(({ pair }) => member.engine.isMember(pair.pk));
  }

  post(): void {
    const author = this.pick(this.present);
    const known = this.known(author);
    const some = this.random.fraction() < 0.5;
    const audience = some ? [this.pick(known), this.pick(known), this.pick(known)] : [];
    const text = `message ${this.said.size}`;
    this.said.set(text, { author, readers: new Set(some ? [...audience, author] : known) });
    this.world.post(author, text, [...new Set(audience)]);
  }

  /** Names some and wraps for others: for some of whom it names, for who is not named, for who was removed. */
  lie(): void {
    const { liar, world } = this;
    const text = `message ${this.said.size}`;
    const named = this.random.fraction() < 0.3
      ? []
      : [this.pick(this.known(liar)), this.pick(this.known(liar))];
    const wrapped = [this.pick(this.known(liar)), this.pick(world.members)];
    if (lieAbout(world, liar, text, [...new Set(named)], wrapped) === undefined) return;
    this.said.set(text, { author: liar, readers: new Set([...wrapped, liar]), named });
    this.lies++;
  }

  split(): void {
    if (this.sides.length > 1) this.sides = [[...this.world.members]];
    else {
      const at = new Map(this.world.members.map((member) => [member, this.random.fraction() < 0.5]));
      this.sides = [true, false].map((side) => this.world.members.filter((one) => at.get(one) === side));
    }
    const sideOf = (one: Member): number => this.sides.findIndex((side) => side.includes(one));
    this.world.reachable = (a, b) => sideOf(a) === sideOf(b);
  }

  /** An admin of each side removes somebody. */
  remove(): void {
    for (const side of this.sides) {
      const admin = side.find((one) => one.engine.isAdmin && !this.removed.has(one));
      const who = side.filter((one) => !this.removed.has(one) && !one.engine.isAdmin && one !== this.liar);
      if (admin === undefined || who.length === 0 || this.removed.size >= MAX_REMOVED) continue;
      const peer = this.pick(who);
      this.world.decide(admin, "roster", 2, peer);
      this.removed.add(peer);
    }
  }

  /** More than a week, in which each side hears itself alone. */
  longer(): void {
    for (let day = 0; day < 9; day++) {
      this.world.tick(25 * 3600);
      for (const side of this.sides) this.world.settle(side);
    }
  }

  steal(): void {
    const member = this.pick(this.world.members);
    this.stolen.push({ member, disk: diskOf(this.world, member) });
  }

  step(): void {
    const dice = this.random.fraction();
    if (dice < 0.4) this.post();
    else if (dice < 0.5) this.lie();
    else if (dice < 0.62) this.split();
    else if (dice < 0.7) this.remove();
    else if (dice < 0.8) this.world.restart(this.pick(this.present));
    else if (dice < 0.99) this.world.tick(dice < 0.97 ? 60 : 25 * 3600);
    else this.longer();
    this.steal();
    for (const side of this.sides) this.world.settle(side);
  }

  heal(): void {
    if (this.sides.length > 1) this.split();
    for (let i = 0; i < 4; i++) {
      this.world.settle();
      this.world.tick(60);
    }
    this.world.settle();
  }

  check(): { opened: number; sealed: number; disks: number } {
    const { present, world } = this;
    let [opens, sealed] = [0, 0];
    for (const member of world.members) {
      const read = new Map([...member.shown.values()].map((message) => [message.text ?? "", message]));
      for (const [text, { author, readers, named }] of this.said) {
        const name = `seed ${this.seed}, member ${world.members.indexOf(member)}, ${text}`;
        if (!readers.has(member)) ok(!read.has(text), `${name}: read by who should not`);
        else if (present.includes(member) && present.includes(author)) {
          ok(read.has(text), `${name}: locked out`);
        }
        if (read.has(text)) opens++;
        else sealed++;
        const audience = named?.length ? keysOf([...named, author]) : [];
        if (named !== undefined && read.has(text)) deepStrictEqual(read.get(text)!.audience, audience, name);
      }
      if (present.includes(member)) deepStrictEqual(member.engine.missing(), [], `seed ${this.seed}: a hole`);
    }
    for (const { member, disk } of this.stolen) {
      for (const text of opened(world, member, disk, present.flatMap(messagesIn))) {
        ok(this.said.get(text)!.readers.has(member), `seed ${this.seed}: a stolen disk opens ${text}`);
      }
    }
    return { opened: opens, sealed, disks: this.stolen.length };
  }

  /** All history is sealed again: no disk of who is out opens anything, and who read goes on reading. */
  revoke(): void {
    const { present, world } = this;
    const textsBefore = new Map(present.map((member) => [member, textsOf(member)]));
    world.do(world.founder, { kind: "revoke-history", sinceNs: 0n });
    world.settle();
    const named = (text: string, member: Member): boolean => {
      const { named } = this.said.get(text)!;
      return named !== undefined && (named.length === 0 || named.includes(member));
    };
    for (const member of present) {
      const before = textsBefore.get(member)!;
      const texts = textsOf(member);
      ok(
        before.every((text) => texts.includes(text)),
        `seed ${this.seed}: something was lost by sealing it again`,
      );
      for (const text of texts.flatMap((text) => text ?? [])) {
        ok(
          before.includes(text) || named(text, member),
          `seed ${this.seed}: ${text} was sealed for who should not`,
        );
      }
    }
    const served = present.flatMap(messagesIn);
    for (const { member, disk } of this.stolen.filter(({ member }) => this.removed.has(member))) {
      deepStrictEqual(opened(world, member, withoutMessages(disk), served), [], `seed ${this.seed}: revoked`);
    }
  }
}

/** All of one seed. @returns Of how many messages each was opened or not, and how much of the rest there was. */
export function simulate(seed: number): Readonly<Record<"opened" | "sealed" | "disks" | "lies", number>> {
  const sim = new Sim(seed);
  for (let step = 0; step < STEPS; step++) sim.step();
  sim.heal();
  const sums = { ...sim.check(), lies: sim.lies };
  sim.revoke();
  return sums;
}
