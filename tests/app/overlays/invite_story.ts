/**
 * People who send each other invites to groups and contacts, plain ones and signed ones, hand them on, take them back, use
 * them up, let them expire, refuse and accept them late and twice, leave and are put out; and what must be so meanwhile.
 *
 * @module
 */
import fc from "fast-check";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { IssuedInvite } from "../../../lib/app/groups/groups.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import type { InviteView } from "../../../lib/app/overlays/invite_views.ts";
import { emptyRows, type MemoryRows } from "../../../lib/store/place/memory.ts";
import { NetworkError, UserError } from "../../../lib/wire/errors.ts";
import { formatGoTime, parseGoTime } from "../../../lib/wire/go_time.ts";
import { GroupWorld, pairOf } from "../groups/group_world.ts";

const NAMES = ["alice", "bob", "carol"] as const;
const SECOND_NS = 1_000_000_000n;
/** Groups of alice's; who comes in by link, and who needs an admin or an invite. */
const GROUPS = ["link", "approval"] as const;
const ENDED: readonly string[] = ["expired", "used-up", "revoked", "denied", "banned"];

const who = fc.nat(2);
const guest = fc.integer({ min: 1, max: 2 });

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      who: fc.constantFrom(0, 0, 0, 1, 2),
      to: who,
      what: fc.constantFrom("group", "group", "signed", "signed", "signed", "person", "contact", "contact"),
      which: fc.nat(1),
      uses: fc.integer({ min: 1, max: 2 }),
      seconds: fc.constantFrom(20, 3600, 3600),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("hand" as const), who, to: who, which: fc.nat(9) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("answer" as const),
      who: fc.constantFrom(1, 1, 2, 2, 0),
      which: fc.nat(9),
      answer: fc.constantFrom("accept" as const, "accept" as const, "refuse" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("revoke" as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), who: guest, which: fc.nat(1) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("decide" as const),
      action: fc.constantFrom(
        "remove" as const,
        "ban" as const,
        "unban" as const,
        "deny" as const,
        "approve" as const,
      ),
      peer: guest,
      which: fc.nat(1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unpair" as const), who, peer: who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("net" as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const), who }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.constantFrom(1, 15, 40) }),
  },
);

/** One of {@link step}. */
export type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

/** What happens. */
export const story = (steps: number): fc.Arbitrary<Step[]> =>
  fc.array(step, { minLength: 5, maxLength: steps, size: "max" });

/** Plays a story. @throws {AssertionError} Something is other than it must be. */
export async function play(steps: readonly Step[]): Promise<void> {
  const run = new Run();
  try {
    await run.begin();
    for (const one of steps) {
      await run.take(one);
      await run.look();
    }
    await run.heal();
  } finally {
    await run.world.end();
  }
}

interface Person {
  readonly name: string;
  readonly pk: string;
  readonly rows: MemoryRows;
  app: LocalApp;
  isOnline: boolean;
  /** Ids of those that it has refused, by conversation. */
  readonly refused: Set<string>;
}

/** An invite where somebody sees it. */
interface Seen {
  readonly conversation: string;
  readonly view: InviteView;
}

class Run {
  readonly world = new GroupWorld();
  readonly #people: Person[] = [];
  readonly #groups: string[] = [];
  /** When each was taken back, and how many had come in by it then. */
  readonly #revoked = new Map<string, number>();

  async begin(): Promise<void> {
    for (const name of NAMES) {
      const { pk } = pairOf(name);
      const person = {
        name,
        pk,
        rows: emptyRows(),
        app: undefined!,
        isOnline: true,
        refused: new Set<string>(),
      };
      this.#people.push(person);
      await this.#open(person);
    }
    const [alice] = this.#people;
    for (const join of GROUPS) {
      const kind = join === "link" ? "public" : "private";
      const { group } = await this.world.done(alice.app.groups.create({ name: join, kind, join }));
      this.#groups.push(group);
    }
  }

  async #open(person: Person): Promise<void> {
    person.app = await this.world.member(person.name, person.rows);
  }

  /** Does something that may be refused, and nothing else. */
  async #tries<T>(does: Promise<T>): Promise<T | undefined> {
    try {
      return await this.world.done(does);
    } catch (error) {
      ok(error instanceof UserError || error instanceof NetworkError, (error as Error).stack);
      return undefined;
    }
  }

  async take(one: Step): Promise<void> {
    const { world } = this;
    switch (one.do) {
      case "wait":
        return await world.pass(one.seconds * 1000);
      case "net": {
        const person = this.#people[one.who];
        person.isOnline = !person.isOnline;
        if (person.isOnline) world.hub.back(person.pk);
        else world.hub.leave(person.pk);
        return;
      }
      case "restart": {
        const person = this.#people[one.who];
        await world.done(person.app.close());
        await this.#open(person);
        if (!person.isOnline) world.hub.leave(person.pk);
        return;
      }
      case "send":
        return await this.#send(one);
      case "hand": {
        const [from, to] = [this.#people[one.who], this.#people[one.to]];
        const all = await this.#seenBy(from);
        if (all.length === 0 || from === to) return;
        const { conversation, view } = all[one.which % all.length];
        const message = await world.done(from.app.messages.history({ peer: conversation, limit: 1000 }));
        const text = message.find(({ position }) => position === view.position)!.text;
        const said = from.app.messages.send({ to: { pk: to.pk, port: 1 }, text, waitMs: 3000, queue: true });
        return void await this.#tries(said);
      }
      case "answer":
        return await this.#answer(this.#people[one.who], one.which, one.answer);
      case "revoke": {
        const { app } = this.#people[0];
        const all = await this.#issued();
        if (all.length === 0) return;
        const { id, group } = all[one.which % all.length];
        const does = group === undefined
          ? app.pairs.revokeInvite({ invite: id })
          : app.groups.revokeInvite({ group, invite: id });
        await this.#tries(does);
        const now = (await this.#issued()).find((other) => other.id === id)!;
        if (now.state === "revoked" && !this.#revoked.has(id)) this.#revoked.set(id, now.used.length);
        return;
      }
      case "leave":
        return void await this.#tries(
          this.#people[one.who].app.groups.leave({ group: this.#groups[one.which] }),
        );
      case "decide": {
        const request = {
          group: this.#groups[one.which],
          action: one.action,
          peer: this.#people[one.peer].pk,
        };
        return void await this.#tries(this.#people[0].app.groups.decide(request));
      }
      case "unpair":
        return void await this.#tries(
          this.#people[one.who].app.pairs.remove({ peer: this.#people[one.peer].pk }),
        );
    }
  }

  async #send({ who, to, what, which, uses, seconds }: Extract<Step, { do: "send" }>): Promise<void> {
    const [from, peer] = [this.#people[who], this.#people[to]];
    if (from === peer) return;
    const group = this.#groups[which];
    const expires = formatGoTime(this.world.clock.wallNs() + BigInt(seconds) * SECOND_NS);
    const terms = { uses, expires };
    const third = this.#people[3 - who - to];
    const about = what === "group"
      ? { group }
      : what === "signed"
      ? { group, terms }
      : what === "person"
      ? { peer: third.pk }
      : { peer: from.pk, terms };
    await this.#tries(from.app.overlays.sendInvite({ conversation: peer.pk, waitMs: 3000, ...about }));
  }

  async #answer(person: Person, which: number, answer: "accept" | "refuse"): Promise<void> {
    const all = await this.#seenBy(person);
    if (all.length === 0) return;
    const { conversation, view } = all[which % all.length];
    const { position, state, offer, id } = view;
    const before = await this.#standing(person);
    const said = await this.#tries(person.app.overlays.answerInvite({ conversation, position, answer }));
    const name = `${conversation} ${id}`;
    const what = `${person.name} ${answer}s what is ${state}`;
    if (state === "own" || state === "unusable") strictEqual(said, undefined, what);
    if (answer === "refuse") {
      if (said === undefined) return;
      ok(said.state === "refused" || ENDED.includes(said.state), `${what}: ${said.state}`);
      if (said.state === "refused") person.refused.add(name);
      return;
    }
    if (said !== undefined || state !== "accepted") person.refused.delete(name);
    if (ENDED.includes(state)) {
      strictEqual(said, undefined, what);
      deepStrictEqual(await this.#standing(person), before, "what is over does nothing");
    }
    if (state === "accepted") strictEqual(said?.state, "accepted", what);
    if (said === undefined) return;
    ok(["accepted", "asked", ...ENDED].includes(said.state), `${what}: ${said.state}`);
    if (said.state !== "accepted" || offer === undefined) return;
    if (offer.kind === "group") strictEqual((await this.#standing(person)).get(offer.group), "active", what);
    else {ok(
        (await person.app.peers.list()).some(({ peer, accepted }) => peer === offer.pk && accepted),
        what,
      );}
  }

  async #standing({ app }: Person): Promise<Map<string, string>> {
    return new Map((await this.world.done(app.groups.list())).map(({ id, status }) => [id, status]));
  }

  async #seenBy({ app }: Person): Promise<Seen[]> {
    const seen: Seen[] = [];
    for (const { pk } of this.#people) {
      const { rows } = await this.world.done(app.overlays.invites({ conversation: pk }));
      seen.push(...rows.map((view) => ({ conversation: pk, view })));
    }
    return seen;
  }

  /** All that alice has issued. */
  async #issued(): Promise<IssuedInvite[]> {
    const { groups, pairs } = this.#people[0].app;
    const all = await Promise.all(this.#groups.map((group) => groups.issuedInvites({ group })));
    return [...all.flat(), ...await pairs.issuedInvites()];
  }

  /** What is so at any time. */
  async look(): Promise<void> {
    const { world } = this;
    const nowNs = world.clock.wallNs();
    const issued = await this.#issued();
    for (const { id, expires, used, uses, state } of issued) {
      ok(used.length <= uses, `${used.length} came by one for ${uses}`);
      strictEqual(new Set(used.map(({ pk }) => pk)).size, used.length, "each uses it once");
      for (const { ts } of used) ok(parseGoTime(ts) < parseGoTime(expires), "nobody comes behind its end");
      const atEnd = this.#revoked.get(id);
      if (atEnd !== undefined) strictEqual(used.length, atEnd, "nobody comes by one that was taken back");
      if (nowNs >= parseGoTime(expires)) ok(state !== "open", "it is over");
    }
    for (const person of this.#people) {
      const dials = world.hub.dials.length;
      const standing = await this.#standing(person);
      const seen = await this.#seenBy(person);
      strictEqual(world.hub.dials.length, dials, "looking dials nobody");
      for (const { conversation, view: { id, offer, state, author } } of seen) {
        const what = `${person.name} sees ${JSON.stringify(offer)} as ${state}`;
        if (person.refused.has(`${conversation} ${id}`)) {
          ok(state === "refused", `${what}, and has refused it`);
        }
        if (author === person.pk) ok(["own", "expired", "used-up", "revoked"].includes(state), what);
        if (state !== "accepted" || offer?.kind !== "group") continue;
        strictEqual(standing.get(offer.group), "active", what);
      }
    }
  }

  /** All are there until nothing moves: nobody waits for an answer that an admin has given. */
  async heal(): Promise<void> {
    for (const person of this.#people) {
      if (!person.isOnline) this.world.hub.back(person.pk);
      person.isOnline = true;
    }
    await this.world.pass(100_000);
    await this.look();
    const [alice] = this.#people;
    for (const person of this.#people) {
      for (const { view: { offer, state } } of await this.#seenBy(person)) {
        if (state !== "asked" || offer === undefined) continue;
        const what = `${person.name} waits for ${JSON.stringify(offer)}`;
        if (offer.kind === "contact") {
          ok(false, what);
        } else if (offer.group === this.#groups[1]) {
          const waiting = await alice.app.groups.requests({ group: offer.group });
          ok(waiting.some(({ pk }) => pk === person.pk), `${what}, and alice does not know`);
        } else ok(false, what);
      }
    }
  }
}
