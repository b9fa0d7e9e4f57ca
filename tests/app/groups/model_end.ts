/**
 * What must be so of people of one group when all of them are there and nothing moves any more.
 *
 * @module
 */
import { deepStrictEqual } from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { tailOfId } from "../../../lib/app/groups/room/message_id.ts";
import { isNotice } from "../../../lib/app/groups/room/notices.ts";
import type { MessageView } from "../../../lib/app/messages/messages.ts";
import { NetworkError } from "../../../lib/wire/errors.ts";
import { rosterAt, Run } from "./model_run.ts";
import type { Kind, Step } from "./model_steps.ts";
import type { Person } from "./person.ts";

/** What is told of those who may not, have lost something, or do not know yet that a group is a D2 group. */
const MAY_BE =
  /was dropped: its sender may not speak|does not let us in|went on without what|it is no member's key|it is no rotation/;

/** Plays a story to its end. @throws {AssertionError} Something is other than it must be. */
export async function play([kind, members, steps]: readonly [Kind, number, readonly Step[]]): Promise<void> {
  const run = new Run(kind);
  try {
    await run.begin(members);
    for (const step of steps) await run.take(step);
    await run.heal();
    await check(run);
  } finally {
    await run.end();
  }
  deepStrictEqual(run.faults, []);
}

/** What is other than it must be, added to the run's faults. */
async function check(run: Run): Promise<void> {
  const { faults, people } = run;
  for (const { name, problems } of people) {
    for (const error of problems) {
      if (!(error instanceof NetworkError) && !MAY_BE.test(error.message)) {
        faults.push(`${name}: ${error.stack}`);
      }
    }
  }
  const end = await End.of(run);
  // Readers of a channel follow its admins alone: with the founder gone they may not meet.
  if (run.kind.kind === "channel" && !end.active.includes(people[0])) return;
  await end.rosters();
  for (const person of people) await end.told(person);
  for (const person of people) end.readable(person);
  for (const person of end.active) {
    end.messages(person);
    end.outcomes(person);
    await end.threads(person);
  }
}

/** How it ended. */
class End {
  readonly #status = new Map<Person, string>();
  /** All messages of each, and those that are shown. */
  readonly #kept = new Map<Person, readonly MessageView[]>();
  readonly #shown = new Map<Person, readonly MessageView[]>();

  private constructor(readonly run: Run, readonly active: Person[]) {}

  static async of(run: Run): Promise<End> {
    const active: Person[] = [];
    const end = new End(run, active);
    for (const person of run.people) {
      const view = (await person.app!.groups.list()).find(({ id }) => id === run.group);
      end.#status.set(person, view?.status ?? "none");
      if (view?.status === "active") active.push(person);
      const request = { peer: run.group, limit: 1000, asSaid: view !== undefined };
      const kept = await run.world.done(person.app!.messages.history(request));
      end.#kept.set(person, kept);
      end.#shown.set(person, kept.filter((message) => message.state !== "deleted" && !isNotice(message)));
    }
    await end.#setAside();
    return end;
  }

  /** Who was away when it was put out of a private group may never learn it: nobody lets it read. */
  async #setAside(): Promise<void> {
    const { run, active } = this;
    if (run.kind.kind !== "private" || !active.includes(run.people[0])) return;
    const roster = await rosterAt(run.people[0].app!, run.group);
    for (const person of [...active]) {
      if (roster.includes(person.pk) || !run.judged.has(person.pk)) continue;
      active.splice(active.indexOf(person), 1);
      this.#status.set(person, "out");
    }
  }

  /** A fault, with how all stand. */
  #fault(what: string): void {
    const all = this.run.people.map((person) => `${person.name} ${this.#status.get(person)}`).join(", ");
    this.run.faults.push(`${what} (${all})`);
  }

  #same(found: unknown, expected: unknown, what: string): void {
    if (isDeepStrictEqual(found, expected)) return;
    this.#fault(`${what}: ${JSON.stringify(found)} is not ${JSON.stringify(expected)}`);
  }

  /** All see the same people, who may the same; who is in knows it. */
  async rosters(): Promise<void> {
    const { run, active } = this;
    const seen = await Promise.all(active.map((person) => this.#seenBy(person)));
    seen.forEach((one, i) => this.#same(one, seen[0], `roster of ${active[i].name}`));
    const roster = seen[0]?.members.map(({ pk }) => pk) ?? [];
    for (const person of run.people) {
      const isIn = roster.includes(person.pk);
      if (isIn === active.includes(person)) continue;
      const status = this.#status.get(person)!;
      // Somebody else may have put it on the roster, and it knows nothing of the group, or not any more.
      const mayBe = status === "none" || run.forgetful.has(person) ||
        status === "left" && run.left.has(person);
      if (!isIn || !mayBe) this.#fault(`${person.name} is ${isIn ? "" : "not "}in, and ${status}`);
    }
  }

  async #seenBy({ app }: Person) {
    const { group } = this.run;
    const { name, kind, mode, read_only, key_epoch, ...info } = await app!.groups.info({ group });
    const members = (await app!.groups.members({ group })).map(({ pk, role, muted }) => ({
      pk,
      role,
      muted,
    }));
    const banned = [...info.banned as string[] | undefined ?? []].sort();
    return {
      ...{ name, kind, mode, read_only, key_epoch, banned },
      members: members.sort((a, b) => a.pk < b.pk ? -1 : 1),
    };
  }

  /** Each message was told, and once. */
  async told(person: Person): Promise<void> {
    const [{ run }, { app, name }] = [this, person];
    const told = new Map<string, number>();
    const last = await run.world.done(app!.events.cursor()) ?? 0;
    const ended = new AbortController();
    if (last > 0) {
      for await (const event of app!.events.follow(0, ended.signal)) {
        if (event.kind === "message") {
          const { peer, position } = event.message;
          told.set(`${peer} ${position}`, (told.get(`${peer} ${position}`) ?? 0) + 1);
        }
        if (event.cursor >= last) break;
      }
    }
    ended.abort();
    for (const [which, times] of told) {
      if (times > 1) this.#fault(`${name} was told ${times} times of ${which}`);
    }
    for (const { peer, position, text } of this.#kept.get(person)!) {
      if (!told.has(`${peer} ${position}`)) this.#fault(`${name} was not told of ${text} at ${position}`);
    }
  }

  /** Nothing is there twice, nothing that nobody said, and nothing from behind the time when it was put out. */
  readable(person: Person): void {
    const { run } = this;
    const texts = this.#shown.get(person)!.filter(({ reason }) => reason !== "sealed").map(({ text }) =>
      text
    );
    if (new Set(texts).size < texts.length) this.#fault(`${person.name} has twice: ${texts}`);
    for (const text of texts) {
      const saying = run.sayings.find((one) => one.text === text);
      if (saying === undefined) this.#fault(`${person.name} has what nobody said: ${text}`);
      const isOut = run.kind.kind === "private" && !this.active.includes(person);
      if (isOut && saying?.outside.has(person.pk)) {
        this.#fault(`${person.name} was put out and reads ${text}`);
      }
    }
  }

  /** All have the same messages in the same order: what was said and not taken back. */
  messages(person: Person): void {
    const { run, active } = this;
    const ids = (one: Person): string[] => this.#shown.get(one)!.map(({ id }) => tailOfId(id!));
    const here = new Set(ids(person));
    const other = active.find((one) => !run.forgetful.has(one)) ?? active[0];
    // Who went on from an older disk before anybody could say so has lost what it had said in between.
    const but = (one: Person, than: Person): string[] => {
      const has = new Set(ids(than));
      return ids(one).filter((id) => has.has(id) || !run.forgetful.has(than) || !id.startsWith(than.pk));
    };
    this.#same(but(person, other), but(other, person), `messages of ${person.name}`);
    for (const { id, unsaid, text, who } of run.sayings) {
      if (id === undefined) continue;
      // Who is out, or has an older disk, before anybody saw that it took a message back is not heard any more.
      const isHeard = !run.left.has(who) && !run.judged.has(who.pk) && !run.forgetful.has(who);
      if (unsaid === "yes" && isHeard && here.has(id)) {
        this.#fault(`${text} was taken back and is at ${person.name}`);
      }
      const isSure = unsaid === undefined && !run.judged.has(who.pk) && !run.wasReadOnly &&
        !run.forgetful.has(who) && active.includes(who) && run.kind.kind !== "channel";
      if (isSure && !here.has(id)) this.#fault(`${text} of ${who.name} is not at ${person.name}`);
    }
  }

  /** Of a message of ours is said that somebody has it when somebody has, and only then. */
  outcomes(person: Person): void {
    if (this.active.length < 2 || this.run.forgetful.has(person)) return;
    const others = this.run.people.filter((one) => one !== person).flatMap((one) => this.#kept.get(one)!);
    const elsewhere = new Set(others.map(({ id }) => tailOfId(id!)));
    for (const { id, outgoing, state, text } of this.#shown.get(person)!) {
      if (!outgoing || (state === "received") === elsewhere.has(tailOfId(id!))) continue;
      this.#fault(`${text} of ${person.name} is ${state}, and elsewhere: ${state !== "received"}`);
    }
  }

  /** `group check` finds nothing, and nobody restarted who has lost nothing. */
  async threads(person: Person): Promise<void> {
    const { run } = this;
    const { whole, members } = await person.app!.groups.check({ group: run.group });
    if (!whole) this.#fault(`check of ${person.name}: ${JSON.stringify(members)}`);
    for (const { pk, restarts } of members) {
      const about = run.people.find((one) => one.pk === pk)!;
      if (restarts > 0 && !run.forgetful.has(about)) this.#fault(`${about.name} restarted at ${person.name}`);
    }
  }
}
