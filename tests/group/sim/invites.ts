/**
 * Signed invites under seeded partitions: admins let in by what they know while they do not hear each other, restart,
 * revoke and give the group new keys. By one invite each admin lets in as many as it says at most, so several of them
 * that are apart let in that many each at most; once they hear each other, nobody more; and where all hear each other
 * between two joins, or only the inviter lets in, the count is exact.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type Member, seeded, World } from "./world.ts";

interface Invite {
  readonly id: string;
  readonly link: string;
  readonly uses: number;
  readonly onlyInviter: boolean;
}

/** What a seed came to. */
export interface Report {
  /** People that were let in, and how many of them were too many. */
  readonly comings: number;
  readonly over: number;
  /** Invites that reached the bound by two admins or more. */
  readonly tight: number;
}

/**
 * One seed.
 * @param isApart  Whether admins are kept apart; else they hear each other between two joins.
 */
export function simulate(seed: number, isApart: boolean): Report {
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.fraction() * list.length)];
  const world = new World(pick(["public", "private"]), random);
  const admins = [world.founder, ...Array.from({ length: 2 }, () => world.join())];
  world.settle();
  for (const admin of admins.slice(1)) world.decide(world.founder, "admin", 1, admin);
  world.settle();
  const invites: Invite[] = [];
  for (let i = 0; i < 3; i++) {
    const uses = 1 + Math.floor(random.fraction() * 3);
    const onlyInviter = random.fraction() < 0.25;
    invites.push({ ...world.invite(pick(admins), uses, 2, onlyInviter), uses, onlyInviter });
  }
  world.settle();
  const letIn = new Map<Invite, { by: Member; who: Member }[]>(invites.map((invite) => [invite, []]));
  let cut: ReadonlySet<Member> = new Set();
  const hear = (): void => {
    const one = pick(admins);
    const other = pick(admins);
    if (cut.has(one) === cut.has(other)) world.fetch(one, other, true);
  };
  for (let step = 0; step < 60; step++) {
    const dice = random.fraction();
    if (dice < 0.1 && isApart) cut = new Set(admins.filter(() => random.fraction() < 0.5));
    else if (dice < 0.15) world.restart(pick(admins));
    else if (dice < 0.17) world.do(pick(admins), { kind: "rotate" });
    else if (dice < 0.18) world.do(pick(admins), { kind: "revoke", invite: pick(invites).id });
    else if (dice < 0.5) hear();
    else {
      const invite = pick(invites);
      const [by, who] = [pick(admins), world.stranger()];
      world.nowNs += 1_000_000_000n;
      if (world.ask(who, by, invite.link) === undefined) letIn.get(invite)!.push({ by, who });
      else world.members.pop(); // it goes away
      if (!isApart) world.settle(admins);
    }
  }
  world.settle();
  let over = 0;
  let tight = 0;
  for (const [{ id, link, onlyInviter, uses }, comings] of letIn) {
    const doors = new Set(comings.map(({ by }) => by));
    for (const door of doors) {
      ok(comings.filter(({ by }) => by === door).length <= uses, `seed ${seed}: one admin lets in too many`);
    }
    ok(comings.length <= uses * doors.size, `seed ${seed}: more than the bound`);
    if (onlyInviter || !isApart) ok(comings.length <= uses, `seed ${seed}: ${comings.length} of ${uses}`);
    over += Math.max(0, comings.length - uses);
    if (doors.size > 1 && comings.length === uses * doors.size) tight++;
    // All know the same, and it is what was.
    const views = admins.map(({ engine }) => engine.invites().find(({ issued }) => issued.invite === id)!);
    const names = ({ used }: typeof views[0]): string[] => used.map(({ peer }) => peer).sort();
    for (const view of views) {
      deepStrictEqual(names(view), comings.map(({ who }) => who.pair.pk).sort(), `seed ${seed}`);
      strictEqual(view.revoked === undefined, views[0].revoked === undefined, `seed ${seed}`);
    }
    for (const { who } of comings) strictEqual(who.record.status, "active", `seed ${seed}`);
    const isOver = views[0].revoked !== undefined || comings.length >= uses;
    for (const admin of admins) {
      const told = world.ask(world.stranger(), admin, link);
      if (isOver) {
        ok(told === "revoked" || told === "used-up" || told === "elsewhere", `seed ${seed}: ${told}`);
      }
      world.settle(admins);
    }
  }
  return { comings: [...letIn.values()].flat().length, over, tight };
}

/** Of all seeds. */
export const sum = (reports: readonly Report[], of: (report: Report) => number): number =>
  reports.reduce((total, report) => total + of(report), 0);
