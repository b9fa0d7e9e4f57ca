/**
 * Three apps that talk while the network breaks, programs are killed and messages are cancelled and tried again; at the
 * end all is well, and what each has told must be true of what the others have. A failing seed is in the test's message.
 */
import { deepStrictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import type { MessageView } from "../../../lib/app/messages/messages.ts";
import type { AppNetwork } from "../../../lib/app/node/app_network.ts";
import { emptyRows, type MemoryRows } from "../../../lib/store/place/memory.ts";
import { NetworkError } from "../../../lib/wire/errors.ts";
import { ChatHub } from "../../fakes/chat_hub.ts";
import { quiet } from "../../fakes/quiet.ts";
import { seededRandom } from "../../fakes/random.ts";
import { ChatWorld } from "../chat_world.ts";
import { keyOf, party } from "../local/pair.ts";

const SEEDS = 16;
const STEPS = 80;
const HOUR_MS = 3_600_000;
const NAMES = ["alice", "bob", "carol"] as const;
type Name = (typeof NAMES)[number];

/** A network in which the programs of those that were killed dial nobody. */
class MortalHub extends ChatHub {
  readonly #lives = new Map<string, number>();

  override client(pk: string): AppNetwork {
    const under = super.client(pk);
    const life = this.#lives.get(pk);
    const dead = new NetworkError("this program was killed", { retry: true, reason: "closed" });
    const dial: AppNetwork["dial"] = (...args) =>
      this.#lives.get(pk) === life ? under.dial(...args) : Promise.reject(dead);
    return { ...under, dial };
  }

  override crash(pk: string): void {
    this.#lives.set(pk, (this.#lives.get(pk) ?? 0) + 1);
    super.crash(pk);
  }
}

/** A message, and what its sender was told. */
interface Said {
  readonly from: Name;
  readonly to: Name;
  readonly text: string;
  readonly waitMs: number;
  /** Of the program that was asked. */
  readonly app: LocalApp;
  told?: "acked" | "handed-over" | "unconfirmed" | "queued" | "error";
  position?: number;
  /** Somebody has cancelled it or tried it again: it may come out of its turn. */
  isTouched?: boolean;
}

class Exchange extends ChatWorld {
  override readonly hub = new MortalHub();
  readonly said: Said[] = [];
  readonly #apps = new Map<Name, { app: LocalApp; rows: MemoryRows }>();
  readonly #random;

  constructor(seed: number) {
    super();
    this.#random = seededRandom(`exchange ${seed}`);
  }

  app(name: Name): LocalApp {
    return this.#apps.get(name)!.app;
  }

  async begin(name: Name, rows: MemoryRows): Promise<void> {
    const { app } = await this.done(party(this.hub, name, this.clock, { rows }));
    this.#apps.set(name, { app, rows });
  }

  /** Ends a program in order, and starts the next one. */
  async restart(name: Name): Promise<void> {
    await this.done(this.app(name).close());
    this.hub.crash(keyOf(name));
    await this.begin(name, this.#apps.get(name)!.rows);
  }

  /** What the disk has at this moment is what the next program finds. */
  async kill(name: Name): Promise<void> {
    const { rows } = this.#apps.get(name)!;
    const left = { rows: new Map(rows.rows), writes: rows.writes };
    this.#apps.delete(name);
    this.hub.crash(keyOf(name));
    await this.begin(name, left);
  }

  send(from: Name, to: Name): void {
    const [queue, waitMs] = [this.pick([true, false]), this.pick([0, 300, 5000, 20_000])];
    const app = this.app(from);
    const said: Said = { from, to, text: `${this.said.length} ${from} ${to}`, waitMs, app };
    this.said.push(said);
    // What a killed program would say nobody hears.
    const hear = (told: Partial<Said>): void =>
      void (this.#apps.get(from)?.app === app && Object.assign(said, told));
    app.messages.send({ to: { pk: keyOf(to), port: 1 }, text: said.text, waitMs, queue }).then(
      ({ state: told, position }) => hear({ told, position }),
      () => hear({ told: "error" }),
    );
  }

  /** One that waits is cancelled, or any is tried again; what comes of it is told by the message. */
  async touch(from: Name): Promise<void> {
    const { outbox } = this.app(from);
    const waiting = (await outbox.list()).map(({ message }) => message.text);
    const known = this.said.filter((one) => one.from === from && one.position !== undefined);
    const cancelled = this.pick([true, false]) ? known.filter(({ text }) => waiting.includes(text)) : [];
    const [among, touch] = cancelled.length > 0 ? [cancelled, outbox.cancel] : [known, outbox.retry];
    if (among.length === 0) return;
    const said = this.pick(among);
    said.isTouched = true;
    const place = { peer: keyOf(said.to), position: said.position! };
    touch.call(outbox, place).catch(() => {}); // it is gone, under way, or there
  }

  /** Bytes of a party are lost until its streams break. */
  unmute(name: Name): void {
    if (this.hub.muted.delete(keyOf(name))) this.hub.cut(keyOf(name));
  }

  /** Something happens. */
  async step(): Promise<void> {
    const name = this.pick(NAMES);
    const other = this.pick(NAMES.filter((one) => one !== name));
    const happens: readonly (readonly [weight: number, () => unknown])[] = [
      [8, () => this.send(name, other)],
      [5, () => this.pass(this.pick([5, 50, 400, 3000, 25_000, 120_000]))],
      [1, () => this.hub.leave(keyOf(name))],
      [2, () => this.hub.back(keyOf(name))],
      [1, () => this.hub.cut(keyOf(name))],
      [1, () => this.hub.muted.add(keyOf(name))],
      [1, () => this.unmute(name)],
      [1, () => this.kill(name)],
      [0.5, () => this.restart(name)],
      [2, () => this.touch(name)],
      [
        0.5,
        () => this.clock.setWall(this.clock.wallNs() + BigInt(this.pick([-1, 1, 2000])) * 3_600_000_000_000n),
      ],
    ];
    const sum = happens.reduce((all, [weight]) => all + weight, 0);
    let at = this.#random.fraction() * sum;
    await happens.find(([weight]) => (at -= weight) < 0)![1]();
    if (this.pick([true, false])) await quiet();
  }

  /** All are there, and programs that failed to keep something have judged it again. */
  async heal(): Promise<void> {
    for (const name of NAMES) {
      this.hub.back(keyOf(name));
      this.unmute(name);
    }
    await this.pass(HOUR_MS);
    for (const name of NAMES) await this.restart(name);
    await this.pass(HOUR_MS);
  }

  /** What is not true. */
  async lies(from: Name, to: Name): Promise<string[]> {
    const ours = (await this.#history(from, to)).filter(({ outgoing }) => outgoing);
    const theirs = (await this.#history(to, from)).filter(({ outgoing }) => !outgoing).map(({ text }) =>
      text
    );
    const said = this.said.filter((one) => one.from === from && one.to === to);
    const lies: string[] = [];
    for (const { text, told, waitMs, isTouched = false, app } of said) {
      const { state, reason, id } = ours.find((one) => one.text === text) ?? {};
      const times = theirs.filter((one) => one === text).length;
      const never = (what: string, is: boolean): void => void (is && lies.push(`${text} ${what}: ${state}`));
      never("is there twice", id !== undefined && times > 1);
      never("was acked and is not there", told === "acked" && (times === 0 || state !== "received"));
      const isOpen = state === "unconfirmed" || state === "failed" || isTouched;
      never("was queued and is lost", told === "queued" && (state === undefined || (times === 0 && !isOpen)));
      never("is there though it never left", state === "failed" && times > 0);
      never("is there though it was cancelled", state === "cancelled" && reason === undefined && times > 0);
      never("is not there", state === "received" && times === 0);
      never("has no end", state === "pending" || (state === "sent" && id !== undefined && waitMs > 0));
      never("failed and is there", told === "error" && times > 0 && !isTouched);
      never("was told nothing of", told === undefined && app === this.app(from));
    }
    const inTurn = theirs.filter((text) => !said.find((one) => one.text === text)!.isTouched);
    const order = inTurn.map((text) => ours.find((one) => one.text === text)!.position);
    if (order.some((position, i) => position < order[i - 1])) {
      lies.push(`${from} ${to} out of order: ${order}`);
    }
    return lies;
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random.fraction() * list.length)];
  }

  async #history(of: Name, peer: Name): Promise<MessageView[]> {
    return await this.done(this.app(of).messages.history({ peer: keyOf(peer), limit: 10_000 }));
  }
}

Deno.test("What three apps have told each other and their users is true, whatever breaks", async () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const world = new Exchange(seed);
    for (const name of NAMES) await world.begin(name, emptyRows());
    for (let i = 0; i < STEPS; i++) await world.step();
    await world.heal();
    for (const from of NAMES) {
      for (const to of NAMES) {
        if (from !== to) deepStrictEqual(await world.lies(from, to), [], `seed ${seed}`);
      }
    }
    for (const name of NAMES) await world.done(world.app(name).close());
  }
});
