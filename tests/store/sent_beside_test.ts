/** Messages that are sent without the store, and what is said with it before all of that is in rows. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { Journal } from "../../lib/store/journal/journal.ts";
import { JournalLog } from "../../lib/store/journal/log.ts";
import { openStore } from "../../lib/store/open.ts";
import type { Store } from "../../lib/store/store.ts";
import { FakeClock } from "../fakes/clock.ts";
import { Disk, emptyImage } from "../fakes/disk.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, SECRET, text } from "./support.ts";

/** Programs of one identity, one after the other. */
class Programs {
  readonly #clock = new FakeClock();
  #disk = new Disk();
  #run = 0;

  /** Opens the store; a program that closes it puts all into rows, one that does not ends as it stands. */
  async open(): Promise<Store> {
    this.#next();
    const { files } = this.#disk;
    return await openStore({
      place: this.#disk.place(),
      secret: SECRET,
      clock: this.#clock,
      random: seededRandom(this.#run),
      journal: { files, synced: true, setAside: () => Promise.reject(new Error("not damaged")) },
    });
  }

  /** Sends without the store. */
  async send(body: string): Promise<void> {
    this.#next();
    const { files } = this.#disk;
    const parts = { files, log: new JournalLog(SECRET), random: seededRandom(this.#run), synced: true };
    const { journal } = await Journal.open({ ...parts, onlyAdds: true });
    const { next } = journal.message({ peer: ANN, body, atNs: 5n, form: "text", via: "dmsg" });
    await journal.outcome(next - 1, { state: "sent" });
  }

  /** Puts rows of another time below the journal. @param rows  Left out: none. */
  exchange(rows = emptyImage().rows): void {
    const { files } = this.#disk.image();
    this.#disk = new Disk({ files, rows });
  }

  /** The rows as they are. */
  get rows() {
    return this.#disk.image().rows;
  }

  #next(): void {
    this.#run++;
    this.#disk = new Disk(this.#disk.image());
  }
}

const value = (name: string) => [{ kind: "value", room: "room", name, value: Uint8Array.of(1) } as const];

async function said(store: Store): Promise<{ bodies: string[]; names: string[] }> {
  const bodies = (await store.messages.newest(ANN, 100)).map(({ body }) => body);
  return { bodies, names: (await store.values.list("room")).map(({ name }) => name).sort() };
}

Deno.test("What is kept behind a message that was sent without the store is there after an end without a close", async () => {
  const programs = new Programs();
  for (const round of ["1", "2", "3"]) {
    await programs.send(`sent ${round}`);
    const closed = await programs.open(); // takes it in, and puts it into rows
    await closed.close();
    await programs.send(`again ${round}`); // begins a file that knows of no rows
    const one = await programs.open();
    ok((await one.commit([...value(`a${round}`), text(ANN, `with ${round}`)])).ok);
    const two = await programs.open();
    ok((await two.commit(value(`b${round}`))).ok);
    await programs.send(`last ${round}`);
    const three = await programs.open();
    ok((await three.commit(value(`c${round}`))).ok);
  }
  const rounds = ["1", "2", "3"];
  const wanted = {
    bodies: rounds.flatMap((n) => [`sent ${n}`, `again ${n}`, `with ${n}`, `last ${n}`]),
    names: ["a", "b", "c"].flatMap((name) => rounds.map((n) => name + n)),
  };
  deepStrictEqual(await said(await programs.open()), wanted);
  const store = await programs.open();
  await store.close();
  deepStrictEqual(await said(await programs.open()), wanted);
});

Deno.test("What is kept on top of rows that were put below a journal is there, too", async () => {
  const programs = new Programs();
  const first = await programs.open();
  ok((await first.commit([...value("old"), text(ANN, "old")])).ok);
  await first.close();
  const older = programs.rows;
  const second = await programs.open();
  ok((await second.commit([...value("lost"), text(ANN, "kept")])).ok);
  await second.close();
  const third = await programs.open();
  ok((await third.commit([...value("lost too"), text(ANN, "kept too")])).ok);
  for (const [rows, was] of [[older, ["old"]], [undefined, []]] as const) {
    programs.exchange(rows);
    const one = await programs.open();
    ok((await one.commit(value("new"))).ok);
    const { names, bodies } = await said(await programs.open());
    deepStrictEqual(names, ["new", ...was]);
    ok(bodies.includes("kept too"), bodies.join());
  }
});
