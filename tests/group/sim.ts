/**
 * A group under seeded chaos: lost connections, duplicates, partitions, restarts with and without what was kept, the
 * founder gone, clocks off by years. At the end everybody must see the same.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Random } from "../../lib/sys/random.ts";
import { curveSigner } from "../../lib/group/leaf.ts";
import { hashSigner, type Member, rosterOf, seeded, World } from "./world.ts";

/** What a run counts. */
export interface SimReport {
  readonly members: number;
  readonly posts: number;
  readonly decisions: number;
  readonly restarts: number;
}

const YEAR_NS = 365n * 86_400n * 1_000_000_000n;

/** One seed. @param minutes  Of fake time. @throws When members disagree at the end; the message names the seed. */
export function simulate(seed: number, size: number, minutes: number, onCurve = false): SimReport {
  const random = seeded(seed * 7919 + 1);
  const dice = (n: number): number => Math.floor(random.fraction() * n);
  const mode = dice(2) === 0 ? "public" : "private";
  const world = new World(mode, random, onCurve ? curveSigner : hashSigner);
  for (let i = 1; i < size; i++) world.join();
  world.settle();
  for (const member of world.members) {
    // The founder's clock is the group's: its decisions came first. Others may be off by years.
    if (member !== world.founder && dice(5) === 0) member.skewNs = BigInt(dice(21) - 10) * YEAR_NS;
  }
  const counts = { posts: 0, decisions: 0, restarts: 0 };
  let split: Set<Member> | undefined;
  const reachable = (a: Member, b: Member): boolean => split === undefined || split.has(a) === split.has(b);
  const goneFrom = dice(3) === 0 ? minutes * 30 : Infinity;
  let awake: readonly Member[] = world.members;
  for (let second = 0; second < minutes * 60; second += 5) {
    world.nowNs += 5_000_000_000n;
    if (second === goneFrom) awake = withoutFounder(world);
    if (second % 60 === 0) split = dice(3) === 0 ? half(world.members, random) : undefined;
    for (const member of awake) {
      if (dice(20) === 0) {
        world.post(member, `${seed} ${counts.posts++}`);
      }
      if (second % 30 === 0) world.do(member, { kind: "tick" });
      if (dice(200) === 0) {
        if (dice(3) === 0) world.lose(member, awake[dice(awake.length)]);
        else world.restart(member);
        counts.restarts++;
      }
    }
    if (dice(8) === 0) {
      decideSomething(world, awake, random);
      counts.decisions++;
    }
    for (const reader of awake) {
      for (const writer of awake) {
        if (!reachable(reader, writer) || dice(5) === 0) continue; // a lost connection
        const leaves = world.fetch(reader, writer, true);
        if (leaves.length > 0 && dice(10) === 0) {
          world.do(reader, { kind: "leaves", feed: writer.pair.pk, leaves });
        }
      }
    }
  }
  heal(world, awake);
  assertAgreed(awake, seed);
  return { members: size, ...counts };
}

const half = (members: readonly Member[], random: Random): Set<Member> =>
  new Set(members.filter(() => random.fraction() < 0.5));

/** Promotions, mutes, read-only, rotations; nobody is removed for good here, so that all can be compared. */
function decideSomething(world: World, awake: readonly Member[], random: Random): void {
  const pick = (): Member => awake[Math.floor(random.fraction() * awake.length)];
  const [issuer, peer] = [pick(), pick()];
  const which = Math.floor(random.fraction() * 5);
  if (which === 0) world.decide(issuer, "admin", 1, peer);
  else if (which === 1) world.decide(issuer, "admin", 2, peer);
  else if (which === 2) world.decide(issuer, "mod", 3, peer);
  else if (which === 3) world.decide(issuer, "mod", 4, peer);
  else world.do(issuer, { kind: "rotate" });
}

/** The founder makes another admin, everybody learns of it, and then it is gone for good. */
function withoutFounder(world: World): readonly Member[] {
  world.decide(world.founder, "admin", 1, world.members[1]);
  world.settle();
  return world.members.slice(1);
}

function heal(world: World, awake: readonly Member[]): void {
  world.settle(awake);
  for (let i = 0; i < 3; i++) {
    world.tick(60, awake);
    world.settle(awake);
  }
}

function assertAgreed(members: readonly Member[], seed: number): void {
  const [first, ...others] = members;
  for (const member of others) {
    deepStrictEqual(rosterOf(member), rosterOf(first), `roster, seed ${seed}`);
    deepStrictEqual(tailsOf(member), tailsOf(first), `messages, seed ${seed}`);
    deepStrictEqual(member.record.aesKey, first.record.aesKey, `key, seed ${seed}`);
  }
  const texts = new Map<string, string>();
  for (const member of members) {
    for (const { tail, text } of member.shown.values()) {
      // Who came back with an empty disk has not the first key: what was said under it stays sealed for it.
      if (text === undefined) ok(member.hasLost, `only who lost its keys sees sealed messages, seed ${seed}`);
      else strictEqual(texts.get(tail) ?? text, text, `text, seed ${seed}`);
      if (text !== undefined) texts.set(tail, text);
    }
  }
}

const tailsOf = ({ shown }: Member): string[] => [...shown.keys()].sort();
