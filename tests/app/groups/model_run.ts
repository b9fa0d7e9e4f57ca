/**
 * People of one group who do what a test says.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { LocalApp } from "../../../lib/app/local.ts";
import { NetworkError, UserError } from "../../../lib/wire/errors.ts";
import type { Image } from "../../fakes/disk.ts";
import { quiet } from "../../fakes/quiet.ts";
import { seededRandom } from "../../fakes/random.ts";
import { shuffled } from "../../group/sim/stand_in.ts";
import { GroupWorld } from "./group_world.ts";
import { type Kind, PEOPLE, type Step } from "./model_steps.ts";
import { Person } from "./person.ts";

/** Something that was said. */
interface Saying {
  readonly who: Person;
  readonly text: string;
  /** Who was put out, as its sender knew, and has not come again. */
  readonly outside: Set<string>;
  /** What names it, once its sender was told that it is said. */
  id?: string;
  tsNano?: string;
  /** What became of taking it back. */
  unsaid?: "perhaps" | "yes";
}

type Action = Extract<Step, { loose: boolean }>;

/** What happens in one test, and what is to be known of it in the end. */
export class Run {
  /** Their network and their time. */
  readonly world = new GroupWorld();
  /** All of them; the first one founds the group. */
  readonly people: Person[];
  /** All that they meant to say, in order. */
  readonly sayings: Saying[] = [];
  /** Who has lost something of what it said. */
  readonly forgetful = new Set<Person>();
  /** Who has left by itself, or dropped the group. */
  readonly left = new Set<Person>();
  /** About whom something was decided that may silence it. */
  readonly judged = new Set<string>();
  /** Whether it was ever decided that admins alone may speak. */
  wasReadOnly = false;
  /** What was not as it must be. */
  readonly faults: string[] = [];
  readonly #links: string[] = [];
  /** Files of all that somebody had. */
  readonly #files: (readonly string[])[] = [];
  readonly #images = new Map<Person, Image>();
  /** What is under way, and whose program does it. */
  readonly #going = new Map<Promise<void>, string>();
  /** Who was put out, and has not come again. */
  readonly #putOut = new Set<string>();
  /** Its id. */
  group = "";
  #count = 0;

  /** Nothing has happened. @param kind  Of the group. */
  constructor(readonly kind: Kind) {
    const names = ["alice", "bob", "carol", "dave"].slice(0, PEOPLE);
    this.people = names.map((name) => new Person(name, this.world.hub, this.world.clock));
  }

  /** The group, and so many in it beside its founder. */
  async begin(members: number): Promise<void> {
    for (const person of this.people) await this.world.done(person.open());
    const [founder, ...others] = this.people;
    const { group, invite } = await this.world.done(
      founder.app!.groups.create({ name: "ops", ...this.kind }),
    );
    this.group = group;
    this.#links.push(invite);
    for (const { app, pk } of others.slice(0, members)) {
      await this.world.done(app!.groups.join({ link: invite }));
      if (this.kind.join === "approval") {
        await this.world.done(founder.app!.groups.decide({ group, action: "approve", peer: pk }));
      }
    }
    await this.world.pass(5_000);
  }

  /** A step. */
  async take(one: Step): Promise<void> {
    if (one.do === "wait") return await this.world.pass(one.seconds * 1000);
    const person = this.people[one.who];
    if (one.do === "net") return person.goes(!person.isOnline);
    if (one.do === "program") {
      return await (person.app === undefined ? this.world.done(person.open()) : this.close(person));
    }
    if (one.do === "backup") return void this.#images.set(person, person.disk.image());
    if (one.do === "restore") {
      const image = this.#images.get(person);
      // Of a D2 group the file of secrets would be of another time than the disk.
      if (image === undefined || "keys" in this.kind) return;
      person.restore(image);
      this.forgetful.add(person);
      return await this.world.done(person.open());
    }
    if (one.do === "kill") {
      if (person.app === undefined) return;
      if (one.during !== undefined) {
        this.#start(person, one.during);
        for (let i = 0; i < one.turns; i++) await turn();
      }
      person.kill(one.end);
      return await this.world.done(person.open());
    }
    const going = this.#start(person, one);
    if (one.loose) await quiet();
    else await this.world.done(Promise.race([going, this.#long()]));
  }

  /** Programs that hang are seen in the end. */
  #long(): Promise<void> {
    return new Promise((resolve) => this.world.clock.after(120_000, resolve));
  }

  /** Ends somebody's program. */
  async close(person: Person): Promise<void> {
    const left = await this.world.done(person.close());
    if (left.length > 0) this.faults.push(`${person.name} left ${left.join(", ")}`);
  }

  #start(person: Person, one: Action): Promise<void> {
    const { app } = person;
    if (app === undefined) return Promise.resolve();
    const going = this.#does(person, app, one).catch((error) => {
      if (error instanceof UserError || error instanceof NetworkError || person.app !== app) return;
      if (!person.isOnline && error.name === "AbortError") return;
      this.faults.push(`${person.name} ${JSON.stringify(one)}: ${error.stack}`);
    });
    const what = `${person.name} ${JSON.stringify(one)}`;
    this.#going.set(going, what);
    going.then(() => this.#going.delete(going));
    const ended = person.ended;
    ended.then(() => this.#going.delete(going));
    return Promise.race([going, ended]);
  }

  async #does(person: Person, app: LocalApp, one: Action): Promise<void> {
    const { group } = this;
    switch (one.do) {
      case "say": {
        const text = `said ${this.#count++}`;
        const members = await rosterAt(app, group);
        const outside = new Set([...this.#putOut].filter((pk) => !members.includes(pk)));
        const saying: Saying = { who: person, text, outside };
        this.sayings.push(saying);
        const { id, tsNano } = await app.groups.send({ group, text, waitMs: one.waitMs });
        if (person.app !== app) return; // it was said by a program that is no more
        saying.id = id;
        saying.tsNano = tsNano;
        return;
      }
      case "unsay": {
        const own = this.sayings.filter(({ who, id }) => who === person && id !== undefined);
        const saying = own[one.which % Math.max(1, own.length)];
        if (saying === undefined) return;
        saying.unsaid ??= "perhaps";
        await app.groups.unsend({ group, tsNano: saying.tsNano! });
        if (person.app === app) saying.unsaid = "yes";
        return;
      }
      case "decide": {
        const needsPeer = !one.action.startsWith("read-");
        const peer = this.people[one.peer].pk;
        if (["remove", "ban", "mute"].includes(one.action)) this.judged.add(peer);
        if (one.action === "read-only") this.wasReadOnly = true;
        if (one.action === "add") this.#comes(peer);
        await app.groups.decide({ group, action: one.action, ...(needsPeer ? { peer } : {}) });
        if (one.action === "remove" || one.action === "ban") this.#putOut.add(peer);
        return;
      }
      case "join": {
        const from = this.people[one.by].app;
        if (from !== undefined) {
          try {
            this.#links.push(await this.#linkOf(from, one.form));
          } catch (error) {
            if (!(error instanceof UserError)) throw error;
          }
        }
        this.#comes(person.pk);
        await app.groups.join({ link: this.#links.at(-1)! }).finally(() => this.#comes(person.pk));
        return;
      }
      case "answer": {
        const [first] = await app.groups.requests({ group });
        if (first === undefined) return;
        this.#comes(first.pk);
        return await app.groups.decide({ group, action: one.yes ? "approve" : "deny", peer: first.pk });
      }
      case "rename":
        return await app.groups.rename({ group, name: `ops ${this.#count++}` });
      case "rotate":
        return void await app.groups.rotateKey({ group });
      case "leave":
        this.left.add(person);
        this.judged.add(person.pk);
        return await app.groups.leave({ group });
      case "drop":
        this.left.add(person);
        this.forgetful.add(person);
        this.judged.add(person.pk);
        return await app.groups.drop({ group });
      case "write":
        return void this.#files.push(await app.groups.bundle({ group }));
      case "carry": {
        const [, ...lines] = this.#files[one.which % Math.max(1, this.#files.length)] ?? [];
        const random = seededRandom(`carry ${one.seed}`);
        const some = lines.filter(() => random.fraction() * 100 < one.percent);
        if (one.seed % 2 === 1) shuffled(some, random);
        for (let at = 0; at < some.length; at += 8) {
          await app.groups.unbundle({ group, leaves: some.slice(at, at + 8) });
        }
        return;
      }
      case "look": {
        await app.groups.check({ group });
        await app.messages.history({ peer: group, limit: 3, asSaid: true, lines: true });
        for (const { id } of this.sayings) if (id) await app.groups.evidence({ group, id });
        return;
      }
    }
  }

  /** What was said before is nothing that it may not read. */
  #comes(pk: string): void {
    this.#putOut.delete(pk);
    for (const { outside } of this.sayings) outside.delete(pk);
  }

  async #linkOf({ groups }: LocalApp, form: "link" | "address" | "keyless" | "signed"): Promise<string> {
    const { group } = this;
    if (form === "signed") {
      const expires = new Date(Number(this.world.clock.wallNs() / 1_000_000n) + 86_400_000).toISOString();
      return (await groups.issueInvite({ group, uses: 2, expires })).link!;
    }
    const { link, address } = await groups.invite({
      group,
      ...(form === "keyless" ? { withKey: false } : {}),
    });
    return form === "address" ? address : link;
  }

  /** All are there until nothing moves. */
  async heal(): Promise<void> {
    for (const person of this.people) {
      if (!person.isOnline) person.goes(true);
      if (person.app === undefined) await this.world.done(person.open());
    }
    await this.world.pass(200_000);
    for (const what of this.#going.values()) this.faults.push(`${what} is still under way`);
  }

  /** Closes all, and looks at what they left. */
  async end(): Promise<void> {
    for (const person of this.people) if (person.app !== undefined) await this.close(person);
  }
}

/** Who is in, as somebody knows. */
export async function rosterAt({ groups }: LocalApp, group: string): Promise<string[]> {
  try {
    return (await groups.members({ group })).map(({ pk }) => pk);
  } catch {
    return []; // it knows no such group
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
