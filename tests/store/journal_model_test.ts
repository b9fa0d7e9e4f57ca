/**
 * Random changes of a store with a journal, which is killed, closed, swept and left alone in between, whose power is cut
 * in the middle of what it does, and beside which messages are sent without it; against a plain model.
 */
import fc from "fast-check";
import { deepStrictEqual, ok } from "node:assert/strict";
import { Journal } from "../../lib/store/journal/journal.ts";
import { JournalLog } from "../../lib/store/journal/log.ts";
import { openStore } from "../../lib/store/open.ts";
import type { Store } from "../../lib/store/store.ts";
import { FakeClock } from "../fakes/clock.ts";
import { Disk, type Fate } from "../fakes/disk.ts";
import { seededRandom } from "../fakes/random.ts";
import { change, emptyModel, keptIn, keptOf, type Model, planned, sentWithout } from "./kept_model.ts";
import { ANN, BEN, SECRET, text } from "./support.ts";

const FATES: readonly Fate[] = ["dropped", "kept", "torn", "holes", "ahead", "cut only"];
/** Ids that are looked for in the end. */
const IDS = 20;

const work = fc.oneof(
  { weight: 23, arbitrary: change },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("sweep" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("rest" as const), ms: fc.constantFrom(500, 1500, 20_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("close" as const) }) },
);
type Work = typeof work extends fc.Arbitrary<infer One> ? One : never;

/** How a program ends: killed, or by the power that is cut after a part of the steps of what it did last. */
const end = fc.record({
  fate: fc.constantFrom(...FATES, "killed" as const),
  part: fc.double({ min: 0, max: 1, noNaN: true }),
});
type End = typeof end extends fc.Arbitrary<infer One> ? One : never;

const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      works: fc.array(work, { minLength: 1, maxLength: 2 }),
      end: fc.constant(undefined),
    }),
  },
  // Whether a conversation was forgotten does not show when the model knows nothing else of it.
  {
    weight: 4,
    arbitrary: fc.record({
      works: fc.array(work.filter((one) => one.do !== "forget"), { maxLength: 2 }),
      end,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      sends: fc.integer({ min: 1, max: 3 }),
      peer: fc.constantFrom(ANN, BEN),
      closes: fc.boolean(),
      end: fc.option(end, { nil: undefined }),
    }),
  },
);

Deno.test("A store with a journal does what a plain model does, wherever it is killed, cut off, closed and swept", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 30 }), async (steps) => {
      await using run = await Run.begin();
      for (const one of steps) {
        if ("sends" in one) await run.send(one);
        else await run.work(one.works, one.end);
      }
      await run.finish();
    }),
    { numRuns: 40, seed: 5 },
  );
});

/** Programs of one identity, one after the other, and what must be there. */
class Run implements AsyncDisposable {
  readonly #clock = new FakeClock();
  #disk = new Disk();
  #store!: Store;
  #opened = 0;
  #model = emptyModel();

  static async begin(): Promise<Run> {
    const run = new Run();
    await run.#open();
    return run;
  }

  /** Does things at once. */
  async work(works: readonly Work[], end: End | undefined): Promise<void> {
    const from = this.#disk.steps.length;
    const may = [this.#model];
    const going: Promise<unknown>[] = [];
    for (const one of works) {
      if (one.do === "sweep") going.push(this.#store.sweep());
      else if (one.do === "rest") going.push(this.#clock.advance(one.ms));
      else if (one.do === "close") {
        await Promise.all(going);
        await this.#store.close();
        await this.#open();
      } else {
        const plan = planned(one, may.at(-1)!);
        if (plan === undefined) continue;
        may.push(plan.model);
        going.push(this.#store.commit(plan.changes).then((result) => ok(result.ok)));
      }
    }
    await Promise.all(going);
    this.#model = may.at(-1)!;
    if (end === undefined) return;
    this.#end(from, end);
    await this.#open();
    await this.#check(may);
  }

  /** Sends without the store, and opens it again. */
  async send(
    { sends, peer, closes, end }: { sends: number; peer: string; closes: boolean; end: End | undefined },
  ): Promise<void> {
    if (closes) await this.#store.close();
    this.#disk = new Disk(this.#disk.image());
    const may = [this.#model];
    for (let i = 0; i < sends; i++) {
      const before = may.at(-1)!;
      const body = `without ${before.said}`;
      const log = new JournalLog(SECRET);
      const random = seededRandom(1000 + this.#opened++);
      const { journal } = await Journal.open({
        files: this.#disk.files,
        log,
        random,
        synced: true,
        onlyAdds: true,
      });
      const { next } = journal.message({ peer, body, atNs: 5n, form: "text", via: "dmsg" });
      await journal.outcome(next - 1, { state: "sent" });
      may.push(sentWithout(before, peer, body, "unconfirmed"), sentWithout(before, peer, body, "sent"));
    }
    this.#end(0, end ?? { fate: "killed", part: 1 });
    await this.#open();
    await this.#check(end === undefined ? may.slice(-1) : may);
  }

  /** Looks once more when all is in rows, and for ids. */
  async finish(): Promise<void> {
    await this.#check([this.#model]);
    await this.#store.close();
    await this.#open();
    await this.#check([this.#model]);
    for (const [name, { body, position }] of Object.entries(this.#model.ids).slice(-IDS)) {
      const [peer, id] = name.split(" ");
      const again = await this.#store.commit([text(peer, body, { id })]);
      deepStrictEqual(again, { ok: false, reason: "repeat", position });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.close();
  }

  async #open(): Promise<void> {
    const { files } = this.#disk;
    this.#store = await openStore({
      place: this.#disk.place(),
      secret: SECRET,
      clock: this.#clock,
      random: seededRandom(this.#opened++),
      journal: { files, synced: true, setAside: () => Promise.reject(new Error("not damaged")) },
    });
  }

  /** @param from  The steps before it were over when anything was last acknowledged. */
  #end(from: number, { fate, part }: End): void {
    const { length } = this.#disk.steps;
    const at = from + Math.round(part * (length - from));
    this.#disk = new Disk(fate === "killed" ? this.#disk.image() : this.#disk.cutAt(at, fate));
  }

  /** @param may  The states of which one must be there, oldest first. */
  async #check(may: readonly Model[]): Promise<void> {
    const kept = await keptIn(this.#store);
    const found = may.findLast((model) => isSame(kept, keptOf(model)));
    if (found === undefined) deepStrictEqual(kept, keptOf(may.at(-1)!));
    this.#model = found!;
  }
}

function isSame(one: unknown, other: unknown): boolean {
  try {
    deepStrictEqual(one, other);
    return true;
  } catch {
    return false;
  }
}
