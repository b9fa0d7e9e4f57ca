/**
 * Readers who follow the events of three people from cursors that they keep, and begin again from older ones: what such a
 * reader knows is what history, search, pages and counts of what is unread say, whatever was killed or cut off when.
 */
import { deepStrictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { DASHBOARD, encodeOverlay } from "../../../lib/overlay/frame.ts";
import { NetworkError, UserError } from "../../../lib/wire/errors.ts";
import { quiet } from "../../fakes/quiet.ts";
import { below, seededRandom } from "../../fakes/random.ts";
import { ChatWorld } from "../chat_world.ts";
import { type End, Person } from "../groups/person.ts";
import { type Known, Reader } from "./reader.ts";

const SEEDS = 6;
const STEPS = 50;

class EventsWorld extends ChatWorld {
  readonly random;
  readonly people: Person[];
  readonly readers = new Map<Person, Reader>();
  #count = 0;

  constructor(readonly seed: number) {
    super();
    this.random = seededRandom(`events ${seed}`);
    this.people = ["alice", "bob", "carol"].map((name) => new Person(name, this.hub, this.clock));
  }

  pick<T>(list: readonly T[]): T {
    return list[below(this.random, list.length)];
  }

  async begin(): Promise<void> {
    for (const person of this.people) {
      await this.done(person.open());
      this.readers.set(person, new Reader());
    }
  }

  async lets(person: Person, run: (app: LocalApp) => Promise<unknown>): Promise<void> {
    const { app, ended } = person;
    const going = run(app!).catch((error) => {
      if (error instanceof UserError || error instanceof NetworkError || person.app !== app) return;
      throw error;
    });
    if (this.random.fraction() < 0.4) {
      const soon = new Promise<void>((resolve) => this.clock.after(5_000, resolve));
      await this.done(Promise.race([going, ended, soon]));
    } else await quiet();
  }

  text(): string {
    const n = this.#count++;
    const words = `${this.pick(["apple", "Pear", "ÄPFEL"])} ${n}`;
    if (this.random.fraction() < 0.7) return words;
    const data = JSON.stringify({
      w: "cpu",
      k: "number",
      v: n,
      ...(this.random.fraction() < 0.5 ? { info: words } : {}),
    });
    return encodeOverlay({
      overlay: DASHBOARD,
      data,
      fallback: words,
      extra: { s: 1_700_000_000_000 + n * 60_000 },
    });
  }

  async step(): Promise<void> {
    const person = this.pick(this.people);
    const peer = this.pick(this.people.filter((one) => one !== person)).pk;
    const reader = this.readers.get(person)!;
    const newest = async (): Promise<number> =>
      (await person.app!.messages.history({ peer, limit: 1 })).at(-1)?.position ?? 1;
    const somewhere = async (): Promise<number> => 1 + below(this.random, await newest());
    const happens: readonly (readonly [weight: number, run: () => unknown])[] = [
      [9, async () => {
        const waitMs = this.pick([0, 300, 5000]);
        for (let i = this.pick([1, 1, 1, 3, 20]); i > 0; i--) {
          const text = this.text();
          await this.lets(
            person,
            (app) => app.messages.send({ to: { pk: peer, port: 1 }, text, waitMs, queue: true }),
          );
        }
      }],
      [4, () => this.pass(this.pick([5, 400, 3000, 60_000]))],
      [2, async () => {
        const position = await somewhere();
        const everywhere = this.pick([true, false]);
        await this.lets(person, ({ messages }) => messages.remove({ peer, position, everywhere }));
      }],
      [3, async () => {
        const position = this.pick([undefined, await somewhere()]);
        await this.lets(
          person,
          ({ messages }) => messages.markRead({ peer, ...(position === undefined ? {} : { position }) }),
        );
      }],
      [0.5, () => this.lets(person, ({ messages }) => messages.forget({ peer }))],
      [
        0.5,
        () => this.lets(person, ({ peers }) => peers.decide({ peer, blocked: this.pick([true, false]) })),
      ],
      [1, async () => {
        const waiting = await person.app!.outbox.list();
        if (waiting.length === 0) return;
        const { message } = this.pick(waiting);
        await this.lets(
          person,
          ({ outbox }) => outbox.cancel({ peer: message.peer, position: message.position }),
        );
      }],
      [1, () => person.goes(!person.isOnline)],
      [1, () => this.hub.cut(person.pk)],
      [1, async () => {
        person.kill(this.pick<End>(["killed", "dropped", "kept", "torn", "holes", "ahead", "cut only"]));
        await this.done(person.open());
      }],
      [0.5, async () => {
        await this.done(person.close());
        await this.done(person.open());
      }],
      [3, () => reader.read(person.app!)],
      [2, () => reader.keep()],
      [1, () => reader.again()],
      [2, () => this.check(person)],
    ];
    const sum = happens.reduce((all, [weight]) => all + weight, 0);
    let at = this.random.fraction() * sum;
    await happens.find(([weight]) => (at -= weight) < 0)![1]();
  }

  /** What a reader knows is what can be asked. */
  async check(person: Person): Promise<void> {
    const app = person.app!;
    const reader = this.readers.get(person)!;
    for (;;) {
      await reader.read(app);
      const found = await this.#asked(app);
      if (await app.events.cursor() !== reader.cursor) continue; // something came meanwhile
      const must = this.#must(reader.known);
      deepStrictEqual(found, must, person.name);
      return await this.#pages(app, reader);
    }
  }

  async #asked({ messages }: LocalApp) {
    const conversations = await messages.conversations();
    const all = await Promise.all(conversations.map(async ({ peer, unread }) => {
      const rows = await messages.history({ peer, limit: 10_000 });
      const lines = await messages.history({ peer, limit: 10_000, lines: true });
      return [peer, {
        unread,
        rows: rows.map((one) => [one.position, one.text, one.state, one.outgoing]),
        lines: lines.map(({ position }) => position),
      }] as const;
    }));
    const found = await messages.search({ text: "äpfel", limit: 10_000 });
    return {
      conversations: Object.fromEntries(all.sort(([a], [b]) => a < b ? -1 : 1)),
      found: found.map(({ peer, position }) => `${peer} ${position}`).sort(),
    };
  }

  #must(known: Known) {
    const found: string[] = [];
    const all = [...known].flatMap(([peer, { rows, readTo }]) => {
      if (rows.size === 0) return [];
      const sorted = [...rows].sort(([a], [b]) => a - b);
      const lines = sorted.filter(([, { silent }]) => !silent);
      for (const [position, { text }] of lines) {
        if (text.toLowerCase().includes("äpfel")) found.push(`${peer} ${position}`);
      }
      return [
        [peer, {
          unread: lines.filter(([position, { outgoing }]) => !outgoing && position > readTo).length,
          rows: sorted.map(([position, { text, state, outgoing }]) => [position, text, state, outgoing]),
          lines: lines.map(([position]) => position),
        }] as const,
      ];
    });
    return { conversations: Object.fromEntries(all.sort(([a], [b]) => a < b ? -1 : 1)), found: found.sort() };
  }

  /** Pages in both directions have each message once. */
  async #pages({ messages }: LocalApp, { known }: Reader): Promise<void> {
    for (const [peer, { rows }] of known) {
      if (rows.size === 0) continue;
      const limit = 1 + below(this.random, 7);
      for (const lines of [false, true]) {
        const must = [...rows].filter(([, { silent }]) => !lines || !silent).map(([position]) => position)
          .sort((a, b) => a - b);
        const back: number[] = [];
        let before: number | undefined;
        for (;;) {
          const page = await messages.history({
            peer,
            limit,
            lines,
            ...(before === undefined ? {} : { before }),
          });
          if (page.length === 0) break;
          back.unshift(...page.map(({ position }) => position));
          before = page[0].position;
        }
        const forth: number[] = [];
        for (let after = 0;;) {
          const page = await messages.history({ peer, limit, lines, after });
          if (page.length === 0) break;
          forth.push(...page.map(({ position }) => position));
          after = page.at(-1)!.position;
        }
        deepStrictEqual([back, forth], [must, must], `pages of ${limit}, lines: ${lines}`);
      }
    }
  }
}

Deno.test("Who follows events from a cursor knows what can be asked, whatever is killed and wherever it begins again", async () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const world = new EventsWorld(seed);
    try {
      await world.begin();
      for (let i = 0; i < STEPS; i++) await world.step();
      for (const person of world.people) if (!person.isOnline) person.goes(true);
      await world.pass(60_000);
      for (const person of world.people) await world.check(person);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
    for (const person of world.people) await world.done(person.close());
  }
});
