/**
 * A group whose members are there at random, and mostly alone with the node that holds their feeds, while members and the
 * holder are started again and messages are taken back: in the end each has read what all have said, from the holder alone.
 */
import { deepStrictEqual, ok } from "node:assert/strict";
import { isNotice } from "../../../lib/app/groups/room/notices.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { memorySecrets, type SecretsFile } from "../../../lib/app/secrets_file.ts";
import { emptyRows, type MemoryRows } from "../../../lib/store/place/memory.ts";
import { NetworkError, UserError } from "../../../lib/wire/errors.ts";
import { below, seededRandom } from "../../fakes/random.ts";
import { GroupWorld, pairOf } from "./group_world.ts";
import { HOLDER, SPACE } from "./held_group.ts";

const SEEDS = 2;
const STEPS = 25;
const MEMBERS = ["alice", "bob", "carol"];

class HeldModel extends GroupWorld {
  readonly random;
  readonly apps = new Map<string, { app: LocalApp; rows: MemoryRows }>();
  /** What was said and not taken back, by who said it. */
  readonly said = new Map<string, { readonly who: string; readonly tsNano: string }>();
  id = "";
  #count = 0;
  #opened = 0;
  readonly #secrets = new Map<string, SecretsFile>();

  constructor(readonly seed: number) {
    super();
    this.random = seededRandom(`held ${seed}`);
  }

  pick<T>(list: readonly T[]): T {
    return list[below(this.random, list.length)];
  }

  app(name: string): LocalApp {
    return this.apps.get(name)!.app;
  }

  async start(name: string, rows = emptyRows()): Promise<void> {
    const random = seededRandom(`${this.seed} ${name} ${this.#opened++}`);
    const groupSecrets = this.#secrets.get(name) ?? memorySecrets();
    this.#secrets.set(name, groupSecrets);
    const app = await this.open(name, { own: pairOf(name), resident: true, rows, random, groupSecrets });
    this.apps.set(name, { app, rows });
  }

  async restart(name: string): Promise<void> {
    const { app, rows } = this.apps.get(name)!;
    await this.done(app.close());
    await this.start(name, rows);
  }

  async begin(): Promise<void> {
    for (const name of [...MEMBERS, "holder"]) await this.start(name);
    const [alice, ...others] = MEMBERS.map((name) => this.app(name));
    const keys = this.pick([{}, { keys: "d2" } as const]);
    const made = await this.done(
      alice.groups.create({ name: "ops", kind: "private", join: "link", ...keys }),
    );
    this.id = made.group;
    for (const app of others) await this.done(app.groups.join({ link: made.invite }));
    await this.pass(60_000);
    const { port } = await alice.groups.info({ group: this.id }) as { port: number };
    const group = { id: this.id, port };
    await this.done(this.app("holder").pairs.hold({ peers: [alice.pk], group, ...SPACE }));
    await this.done(alice.groups.nameHolder({ group: this.id, holder: HOLDER }));
    await this.until("the holder is known", async () => {
      const infos = await Promise.all(
        MEMBERS.map((name) => this.app(name).groups.info({ group: this.id })),
      );
      return infos.every(({ holder }) => holder === HOLDER) &&
        (await this.app("holder").pairs.held())[0].feeds.length === MEMBERS.length;
    });
  }

  async until(what: string, is: () => Promise<boolean>): Promise<void> {
    for (let turns = 0; !await this.done(is()); turns++) {
      ok(turns < 100, what);
      await this.pass(10_000);
    }
  }

  /** One of them is there, or two, or none. */
  shift(): void {
    for (const name of MEMBERS) this.hub.leave(this.app(name).pk);
    const there = this.pick([0, 1, 1, 1, 1, 2]);
    for (let i = 0; i < there; i++) this.hub.back(this.app(this.pick(MEMBERS)).pk);
  }

  async step(): Promise<void> {
    const name = this.pick(MEMBERS);
    const { id: group } = this;
    const happens: readonly (readonly [weight: number, run: () => Promise<unknown> | void])[] = [
      [6, async () => {
        const text = `said ${this.#count++}`;
        const { tsNano } = await this.done(this.app(name).groups.send({ group, text, waitMs: 0 }));
        this.said.set(text, { who: name, tsNano });
      }],
      [1, async () => {
        const own = [...this.said].filter(([, { who }]) => who === name);
        if (own.length === 0) return;
        const [text, { tsNano }] = this.pick(own);
        await this.done(this.app(name).groups.unsend({ group, tsNano }));
        this.said.delete(text);
      }],
      [4, () => this.shift()],
      [5, () => this.pass(this.pick([1_000, 20_000, 90_000]))],
      [1, () => this.restart(name)],
      [1, () => this.restart("holder")],
      [0.5, () => this.hub.cut(HOLDER)],
      [0.5, () => this.hub.leave(HOLDER)],
      [1, () => this.hub.back(HOLDER)],
      [
        0.5,
        () =>
          this.pick([0, 0, 1]) === 1 ? this.done(this.app("alice").groups.rotateKey({ group })) : undefined,
      ],
    ];
    const sum = happens.reduce((all, [weight]) => all + weight, 0);
    let at = this.random.fraction() * sum;
    try {
      await happens.find(([weight]) => (at -= weight) < 0)![1]();
    } catch (error) {
      if (!(error instanceof UserError || error instanceof NetworkError)) throw error;
    }
  }

  async read(name: string): Promise<string[]> {
    const messages = await this.done(this.app(name).messages.history({ peer: this.id, limit: 1000 }));
    return messages.filter((one) => one.state !== "deleted" && !isNotice(one)).map(({ text }) => text).sort();
  }

  /** One alone is there with the holder. */
  alone(name: string): void {
    for (const other of MEMBERS) this.hub.leave(this.app(other).pk);
    this.hub.back(this.app(name).pk);
  }

  /** Each is alone with the holder until that has all that it has said, and then until it has read all. */
  async heal(): Promise<void> {
    this.hub.back(HOLDER);
    for (const name of MEMBERS) {
      this.alone(name);
      await this.until(`${name} has told all`, async () => {
        const all = await this.app(name).messages.history({ peer: this.id, limit: 1000 });
        return all.every(({ outgoing, state }) => !outgoing || state === "received" || state === "deleted");
      });
      // What was taken back says of no one that it has been heard.
      await this.pass(600_000);
    }
    const must = String([...this.said.keys()].sort());
    for (const name of MEMBERS) {
      this.alone(name);
      await this.until(`${name} has read all`, async () => String(await this.read(name)) === must);
    }
    deepStrictEqual(await this.app("holder").groups.list(), []);
    const [{ feeds }] = await this.done(this.app("holder").pairs.held());
    deepStrictEqual(feeds.length, MEMBERS.length);
  }
}

Deno.test("Members who meet by their holder alone read all that was said, whoever was there and started again when", async () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const world = new HeldModel(seed);
    try {
      await world.begin();
      for (let i = 0; i < STEPS; i++) await world.step();
      await world.heal();
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    } finally {
      await world.end();
    }
  }
});
