/** Epochs of the pairs of a D2 group: what they are, who has which when, and when their secrets go. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { hkdfSha256 } from "../../../lib/crypto/hash.ts";
import { keyPairOf } from "../../../lib/crypto/keys.ts";
import { wrapKey } from "../../../lib/group/d2/pair_wrap.ts";
import { Ratchets } from "../../../lib/group/d2/ratchet.ts";
import { pairEpoch } from "../../../lib/pair/keys.ts";
import { concat, utf8 } from "../../../lib/wire/bytes.ts";
import { GROUP, hashSigner, type Member, seeded, START_NS, textsOf, World } from "../sim/world.ts";

const DAY_NS = 86_400n * 1_000_000_000n;
const DAY = 86_400;

/** Somebody's keys, and how others hear of them. */
class Side {
  readonly random;
  readonly own;
  readonly ratchets;

  constructor(seed: number) {
    this.random = seeded(seed);
    this.own = keyPairOf(this.random.bytes(32));
    this.ratchets = new Ratchets({
      own: this.own,
      groupId: GROUP,
      random: this.random,
      signer: hashSigner,
    });
  }

  get pk(): string {
    return this.own.pk;
  }

  /** The times of its keys, in days, the oldest first. */
  get days(): number[] {
    return [...this.ratchets.secrets.keys()].map((ns) => Number((ns - START_NS) / DAY_NS)).sort((a, b) =>
      a - b
    );
  }

  renew(day: number, ...members: Side[]): void {
    const nowNs = START_NS + BigInt(day) * DAY_NS;
    for (const lateNs of [0n, 601_000_000_000n]) {
      this.ratchets.renew(
        nowNs + lateNs,
        members.map(({ pk }) => pk),
      );
    }
  }

  hears(other: Side): void {
    this.ratchets.take(other.ratchets.of(other.pk)!);
  }
}

Deno.test("D2 pairs: two keys give the epoch that two contacts have of them, and a wrap is that key under its own label", () => {
  const [a, b] = [new Side(1), new Side(2)];
  for (const side of [a, b]) side.renew(0);
  a.hears(b);
  b.hears(a);
  const epoch = a.ratchets.epochWith(b.pk)!;
  const [secret] = b.ratchets.secrets.values();
  deepStrictEqual(epoch, pairEpoch(keyPairOf(secret), a.ratchets.current!));
  deepStrictEqual(b.ratchets.epochsFrom(a.ratchets.current!), [epoch]);
  const context = a.random.bytes(32);
  const wrap = wrapKey(a.random.bytes(32), [epoch], context, a.random);
  const tag = hkdfSha256(epoch.key, concat(context, epoch.id), utf8("dmsg d2 wrap v1"), 48).subarray(0, 16);
  deepStrictEqual(wrap.subarray(0, 16), tag);
  const identity = pairEpoch(b.own, a.ratchets.current!);
  ok(String(identity.key) !== String(epoch.key), "no identity key is in it");
});

Deno.test("D2 pairs: the epoch goes on with each new key of either, and each heals by its own", () => {
  const [a, b] = [new Side(1), new Side(2)];
  const ids: string[] = [];
  for (let day = 0; day < 4; day++) {
    for (const side of day % 2 === 0 ? [a, b] : [b]) side.renew(day, a, b);
    a.hears(b);
    b.hears(a);
    ids.push(String(a.ratchets.epochWith(b.pk)!.id));
    deepStrictEqual(b.ratchets.epochWith(a.pk), a.ratchets.epochWith(b.pk));
    const before = new Ratchets({
      own: b.own,
      groupId: GROUP,
      random: b.random,
      signer: hashSigner,
      secrets: new Map([...b.ratchets.secrets].filter(([ns]) => ns < START_NS + BigInt(day) * DAY_NS)),
    });
    const stolen = before.epochsFrom(a.ratchets.current!).map(({ key }) => String(key));
    ok(
      !stolen.includes(String(a.ratchets.epochWith(b.pk)!.key)),
      "who has its disk of yesterday has not this one",
    );
  }
  strictEqual(new Set(ids).size, 4);
});

Deno.test("D2 pairs: a secret goes a week after the next key, and stays while somebody is in who may know no later one", () => {
  const [us, here, away] = [new Side(1), new Side(2), new Side(3)];
  const all = [us, here, away];
  for (let day = 0; day <= 30; day++) {
    for (const side of day <= 5 ? all : [us, here]) side.renew(day, ...all);
    us.hears(here);
    if (day <= 5) us.hears(away);
  }
  const week = [23, 24, 25, 26, 27, 28, 29, 30];
  deepStrictEqual(us.days, [5, 6, 7, ...week], "of who was last heard of on day 5 what it may know stays");
  us.renew(30, us, here);
  deepStrictEqual(us.days, week, "and goes when it is removed");
});

Deno.test("D2 pairs: who was away for long keeps for ten minutes what waited for it, also when no key is young", () => {
  const us = new Side(1);
  us.renew(0);
  us.renew(1);
  us.ratchets.renew(START_NS + 40n * DAY_NS, []);
  deepStrictEqual(us.days, [0, 1, 40]);
  us.ratchets.renew(START_NS + 40n * DAY_NS + 600_000_000_000n, []);
  deepStrictEqual(us.days, [1, 40], "and no longer; of the one after it no week has passed");
});

Deno.test("D2 pairs: who was cut off for nine days, and said and was told things meanwhile, is locked out of nothing", () => {
  const world = new World("private", seeded(7), hashSigner, "private", "d2");
  const [a, b, c, d] = [world.founder, world.join(), world.join(), world.join()];
  world.settle();
  world.reachable = (one, other) => (one === c) === (other === c);
  const apart = () => [[a, b, d], [c]].forEach((side) => world.settle(side));
  for (let day = 0; day < 9; day++) {
    world.tick(25 * 3600);
    apart();
  }
  world.post(c, "from afar, for b", [b]);
  world.post(c, "from afar");
  world.post(b, "for c", [c]);
  world.decide(a, "roster", 2, d);
  world.post(a, "after a removal");
  apart();
  world.reachable = () => true;
  for (let i = 0; i < 4; i++) {
    world.settle([a, b, c]);
    world.tick(60);
  }
  const all = ["after a removal", "from afar"];
  deepStrictEqual(textsOf(a), [...all, undefined, undefined]);
  for (const member of [b, c]) {
    deepStrictEqual(textsOf(member), [...all, "for c", "from afar, for b"].sort());
  }
  const kept = c.ratchets.size;
  world.settle([a, b, c]);
  world.tick(700);
  ok(c.ratchets.size < kept, "what was kept for them goes once they were heard");
});

Deno.test("D2 pairs: every two who were let in have an epoch, by whomever and without a word to each other", () => {
  const world = new World("private", seeded(9), hashSigner, "private", "d2");
  const admins = [world.founder, world.join()];
  world.settle();
  world.decide(world.founder, "admin", 1, admins[1]);
  world.settle();
  const all: Member[] = [...admins];
  for (let i = 0; i < 6; i++) all.push(world.join(admins[i % 2]));
  world.settle();
  for (const [i, from] of all.entries()) {
    const to = all[(i + 3) % all.length];
    world.post(from, `from ${i}`, [to]);
  }
  world.settle();
  for (const [i, member] of all.entries()) {
    const from = (i + all.length - 3) % all.length;
    deepStrictEqual(
      textsOf(member).filter((text) => text !== undefined),
      [`from ${from}`, `from ${i}`].sort(),
    );
    const others = [...member.feed.keys()].filter((path) => /^(pair|ratchet|seen)/.test(path));
    deepStrictEqual(others, [], "nothing of a conversation of two");
  }
  world.tick(DAY + 3600);
  world.settle();
  world.post(all[7], "a day later", [all[2]]);
  world.settle();
  ok(textsOf(all[2]).includes("a day later"));
});
