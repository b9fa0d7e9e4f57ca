/**
 * What is kept of conversations and what is read of it, against plain arrays: pages forwards and backwards, searches, what
 * is unread, deletions and forgetting, clocks that jump, restarts, backups that are read back, whole and into what is there.
 */
import fc from "fast-check";
import { deepStrictEqual, ok } from "node:assert/strict";
import { type BackupLine, kept } from "../../../lib/app/backup.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { Restore } from "../../../lib/app/restore.ts";
import { DASHBOARD, encodeOverlay } from "../../../lib/overlay/frame.ts";
import { isSilent } from "../../../lib/overlay/silent.ts";
import { writeWidget } from "../../../lib/overlay/widget.ts";
import { emptyRows, type MemoryRows } from "../../../lib/store/place/memory.ts";
import { fold } from "../../../lib/store/rows/block.ts";
import type { Store } from "../../../lib/store/store.ts";
import { formatGoTime } from "../../../lib/wire/go_time.ts";
import { ChatHub } from "../../fakes/chat_hub.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { pairOf } from "../groups/group_world.ts";
import { keyOf, party } from "../local/pair.ts";

const PEERS = ["bob", "carol", "dave"].map(keyOf);
const YEAR_S = 365 * 86_400;
const peer = fc.nat(PEERS.length - 1);
const WORDS = ["tea", "Tea with MILK", "straße", "İstanbul", "milk\nand tea", "🫖 tea", ""] as const;

const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("add" as const),
      peer,
      count: fc.constantFrom(1, 1, 2, 7, 150),
      out: fc.boolean(),
      silent: fc.constantFrom(false, false, true),
      word: fc.constantFrom(...WORDS),
      hasId: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("jump" as const),
      seconds: fc.constantFrom(-1, -3600, 10 * YEAR_S, -10 * YEAR_S),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("read" as const), peer, at: fc.nat(300), isAll: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("remove" as const), peer, at: fc.nat(300), again: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("forget" as const), peer }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("backup" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("restore" as const), which: fc.nat(3), isFresh: fc.boolean() }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

/** A message as it must be. */
interface Said {
  readonly position: number;
  readonly out: boolean;
  readonly text: string;
  readonly atNs: bigint;
  readonly id: string | undefined;
  /** Whether it is, or was, no line. */
  readonly silent: boolean;
  readonly deleted: boolean;
}

/** A conversation as it must be. */
interface Conversation {
  said: Said[];
  readTo: number;
  last: number;
}

interface Backup {
  readonly lines: readonly BackupLine[];
  readonly model: readonly { readonly said: readonly Said[]; readonly unread: number }[];
}

const empty = (): Conversation[] => PEERS.map(() => ({ said: [], readTo: 0, last: 0 }));
const isUnread = ({ readTo }: Conversation) => ({ out, silent, position }: Said): boolean =>
  !out && !silent && position > readTo;

class Run {
  #clock = new FakeClock();
  #rows: MemoryRows = emptyRows();
  #app!: LocalApp;
  #store!: Store;
  #model = empty();
  #count = 0;
  readonly #backups: Backup[] = [];
  /** Ids that this store has had. */
  #ids = new Set<string>();

  async open(): Promise<void> {
    const { app, store } = await party(new ChatHub(), "alice", this.#clock, {
      rows: this.#rows,
      own: pairOf("alice"),
    });
    [this.#app, this.#store] = [app, store];
  }

  close(): Promise<void> {
    return this.#app.close();
  }

  async take(one: Step): Promise<void> {
    switch (one.do) {
      case "add":
        for (let i = 0; i < one.count; i++) await this.#add(one);
        return;
      case "jump":
        return this.#clock.setWall(this.#clock.wallNs() + BigInt(one.seconds) * 1_000_000_000n);
      case "read": {
        const conversation = this.#model[one.peer];
        const position = one.isAll ? undefined : conversation.last - one.at % 200;
        if (position !== undefined && position < 1) return;
        await this.#app.messages.markRead({ peer: PEERS[one.peer], position });
        conversation.readTo = Math.max(
          conversation.readTo,
          Math.min(position ?? Infinity, conversation.last),
        );
        return;
      }
      case "remove": {
        const { said } = this.#model[one.peer];
        const at = said.length - 1 - one.at % Math.max(1, said.length);
        if (said[at] === undefined) return;
        const request = { peer: PEERS[one.peer], position: said[at].position, everywhere: false };
        await this.#app.messages.remove(request);
        said[at] = { ...said[at], deleted: true, text: "" };
        if (one.again) await this.#app.messages.remove(request);
        return;
      }
      case "forget":
        await this.#app.messages.forget({ peer: PEERS[one.peer] });
        this.#model[one.peer] = { ...this.#model[one.peer], said: [], readTo: this.#model[one.peer].last };
        return;
      case "restart":
        await this.close();
        return await this.open();
      case "backup": {
        const lines: BackupLine[] = [];
        const options = { keys: true, onDamaged: () => ok(false) };
        for await (const line of kept(() => Promise.resolve(this.#app), options)) lines.push(line);
        const model = this.#model.map((one) => ({
          said: [...one.said],
          unread: one.said.filter(isUnread(one)).length,
        }));
        return void this.#backups.push({ lines, model });
      }
      case "restore":
        return await this.#restore(one);
    }
  }

  async #add({ peer, out, silent, word, hasId }: Extract<Step, { do: "add" }>): Promise<void> {
    const text = `${word} ${this.#count++}`;
    const widget = {
      id: "w",
      title: "",
      kind: "number",
      value: this.#count,
      unit: "",
      max: 0,
      ageMs: 0,
    } as const;
    const data = writeWidget(widget);
    const body = silent ? encodeOverlay({ overlay: DASHBOARD, data, fallback: text, extra: {} }) : text;
    const id = hasId ? `id ${this.#count}` : undefined;
    const atNs = this.#clock.wallNs() + BigInt(this.#count);
    const message = {
      peer: PEERS[peer],
      direction: out ? "out" : "in",
      body,
      atNs,
      state: out ? "failed" : "received",
      form: hasId ? "envelope" : "text",
      via: "dmsg",
      ...(id === undefined ? {} : { id }),
    } as const;
    const conversation = this.#model[peer];
    const result = await this.#store.commit([{ kind: "message", message }]);
    deepStrictEqual(result.ok && result.positions, [++conversation.last]);
    const said = {
      position: conversation.last,
      out,
      text: body,
      atNs,
      id,
      silent: isSilent(body),
      deleted: false,
    };
    conversation.said.push(said);
    if (id !== undefined) this.#ids.add(id);
    deepStrictEqual(said.silent, silent);
  }

  /** Into an empty store, or into what is there. */
  async #restore({ which, isFresh }: Extract<Step, { do: "restore" }>): Promise<void> {
    const backup = this.#backups[which % Math.max(1, this.#backups.length)];
    if (backup === undefined) return;
    if (isFresh) {
      await this.close();
      this.#rows = emptyRows();
      await this.open();
      this.#model = empty();
      this.#ids = new Set();
    }
    const restore = new Restore(this.#store);
    for (const line of backup.lines) await restore.take(line);
    await restore.end();
    backup.model.forEach(({ said, unread }, i) => {
      const conversation = this.#model[i];
      const isAlone = conversation.said.every((one) => said.some((other) => isSame(one, other)));
      for (const one of said) {
        if (conversation.said.some((other) => isSame(one, other))) continue;
        // What was deleted has another body than its id had here: whoever sends it again is to find the one from before.
        if (one.deleted && one.id !== undefined && this.#ids.has(one.id)) continue;
        if (one.id !== undefined) this.#ids.add(one.id);
        conversation.said.push({ ...one, position: ++conversation.last });
      }
      if (!isAlone) return;
      const lines = conversation.said.filter(({ out, silent }) => !out && !silent);
      const read = lines[lines.length - 1 - unread];
      conversation.readTo = Math.max(conversation.readTo, read?.position ?? 0);
    });
  }

  async look(all: boolean): Promise<void> {
    const { messages } = this.#app;
    const listed = new Map((await messages.conversations()).map((one) => [one.peer, one.unread]));
    for (const [i, conversation] of this.#model.entries()) {
      const { said } = conversation;
      const peer = PEERS[i];
      deepStrictEqual(
        listed.get(peer),
        said.length === 0 ? undefined : said.filter(isUnread(conversation)).length,
        "unread",
      );
      if (!all) continue;
      await this.#pages(peer, said);
      for (const text of ["tea", "TEA", "milk", "STRASSE", "straße", "istanbul", "\nand", "🫖"]) {
        const found = await messages.search({ text, peer, limit: 1000 });
        deepStrictEqual(
          found.map(({ position }) => position),
          holding(said, text).map(({ position }) => position),
          text,
        );
      }
    }
    if (!all) return;
    const found = await messages.search({ text: "tea", limit: 10_000 });
    deepStrictEqual(found.length, this.#model.flatMap(({ said }) => holding(said, "tea")).length);
    const everything = await messages.history({ limit: 10_000 });
    for (const [i, { said }] of this.#model.entries()) {
      const own = everything.filter((one) => one.peer === PEERS[i]);
      deepStrictEqual(own.map(({ position }) => position), said.map(({ position }) => position));
    }
  }

  async #pages(peer: string, said: readonly Said[]): Promise<void> {
    const { messages } = this.#app;
    for (const lines of [false, true]) {
      const rows = said.filter(({ silent }) => !lines || !silent);
      const expected = rows.map(({ position, text, deleted, atNs }) => ({
        position,
        text,
        ts: formatGoTime(atNs),
        deleted,
      }));
      const shown = (all: Awaited<ReturnType<typeof messages.history>>) =>
        all.map(({ position, text, ts, state }) => ({ position, text, ts, deleted: state === "deleted" }));
      for (const limit of [7, 60, 1000]) {
        const back: ReturnType<typeof shown> = [];
        for (let page = await messages.history({ peer, limit, lines }); page.length > 0;) {
          ok(page.length <= limit);
          back.unshift(...shown(page));
          page = await messages.history({ peer, limit, lines, before: page[0].position });
        }
        deepStrictEqual(back, expected, `back by ${limit}`);
        const on: ReturnType<typeof shown> = [];
        for (let page = await messages.history({ peer, limit, lines, after: 0 }); page.length > 0;) {
          ok(page.length <= limit);
          on.push(...shown(page));
          page = await messages.history({ peer, limit, lines, after: page.at(-1)!.position });
        }
        deepStrictEqual(on, expected, `on by ${limit}`);
      }
    }
  }
}

const isSame = (one: Said, other: Said): boolean =>
  one.out === other.out && one.id === other.id && one.atNs === other.atNs;

/** The newest first. */
const holding = (said: readonly Said[], text: string): Said[] =>
  said.filter(({ text: body, silent, deleted }) => !silent && !deleted && fold(body).includes(fold(text)))
    .toReversed();

async function play(steps: readonly Step[]): Promise<void> {
  const run = new Run();
  await run.open();
  try {
    for (const one of steps) {
      await run.take(one);
      await run.look(false);
    }
    await run.look(true);
  } finally {
    await run.close();
  }
}

Deno.test("History, searches and what is unread are those of plain arrays, whatever is deleted, forgotten and read back", async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 25, size: "max" }), play), {
    seed: Number(Deno.env.get("DMSG_MODEL_SEED") ?? 20261130),
    numRuns: Number(Deno.env.get("DMSG_MODEL_RUNS") ?? 8),
  });
});
