/** Rows that follow a log, and are made anew beside the old ones. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { Kept } from "../../lib/overlay/entry.ts";
import { LIST } from "../../lib/overlay/frame.ts";
import { threadsOf } from "../../lib/overlay/folds/board_rows.ts";
import { listsOf } from "../../lib/overlay/folds/list_rows.ts";
import { type KeeperState, LAYOUT, VERSION } from "../../lib/overlay/generation.ts";
import { Keeper } from "../../lib/overlay/keeper.ts";
import type { PageWrite } from "../../lib/overlay/pages.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { Conversation, PEOPLE, said, SALT } from "./kept.ts";
import { Dice, signatureOf, talk } from "./talk.ts";

class Kill extends Error {}

/** A log and a place for rows, which can die at any write. */
class Place {
  readonly pages = new Map<string, Uint8Array>();
  readonly log = new Map<number, Kept>();
  state: KeeperState | undefined;
  writes = 0;
  dieAt = Infinity;
  /** Dies behind the first part of a commit that comes in several. */
  dieBehindParts = false;

  keeper(): Keeper {
    return new Keeper({
      scope: "group",
      salt: SALT,
      page: (generation, name) => Promise.resolve(this.pages.get(`${generation} ${name}`)),
      write: (generation, pages, state) => {
        const isCut = this.dieBehindParts && this.#isInParts;
        if (++this.writes >= this.dieAt || isCut) {
          this.#isInParts = false;
          return Promise.reject(new Kill("power cut"));
        }
        this.#isInParts = state.torn === true;
        this.#write(generation, pages);
        this.state = JSON.parse(JSON.stringify(state));
        return Promise.resolve();
      },
      last: () => Promise.resolve(Math.max(0, ...this.log.keys())),
      behind: (position, limit) =>
        Promise.resolve(
          [...this.log.values()].filter((kept) =>
            kept.position > position && kept.position <= position + limit
          ),
        ),
      at: (position) => Promise.resolve(this.log.get(position)),
    }, this.state);
  }

  say(said: readonly Kept[]): void {
    for (const kept of said) {
      const position = Math.max(0, ...this.log.keys()) + 1;
      this.log.set(position, { ...kept, position, own: kept.author === PEOPLE[0] });
    }
  }

  text(): string {
    return [...this.pages].map(([name, value]) => `${name.replace(/^\d+ /, "")} ${fromUtf8(value)}`).sort()
      .join("\n");
  }

  #isInParts = false;

  #write(generation: number, pages: readonly PageWrite[]): void {
    for (const { name, value } of pages) {
      if (value === undefined) this.pages.delete(`${generation} ${name}`);
      else this.pages.set(`${generation} ${name}`, value);
    }
  }
}

/** A page as versions up to 6 wrote it. */
function asBefore(page: Uint8Array): Uint8Array {
  const keys = fromUtf8(page).split("\n");
  const values = keys.splice(keys.length >> 1);
  return utf8(JSON.stringify(keys.flatMap((key, i) => [key, [JSON.parse(values[i])]])));
}

/** What the same log is, folded at once. */
async function asOne(log: ReadonlyMap<number, Kept>, nowMs: number): Promise<string> {
  const here = new Conversation("group");
  here.engine.tick(nowMs);
  for (const [position, kept] of log) await here.set(position, kept);
  await here.reopen();
  return here.kept.text();
}

/** The newest messages of lists, by an engine that took the whole log at once. */
async function newestIn(place: Place): Promise<unknown> {
  const here = new Conversation("group");
  for (const [position, kept] of place.log) await here.set(position, kept);
  return await here.engine.newest(LIST, 5);
}

Deno.test("Keeper takes what is new and what is gone, and writes it down", async () => {
  const place = new Place();
  const said = talk(new Dice(3), 400);
  place.say(said.slice(0, 300));
  let keeper = place.keeper();
  strictEqual(keeper.engine, undefined, "nothing serves yet");
  await keeper.catchUp([], 1, 1200);
  deepStrictEqual(await keeper.progress(), { done: 0, total: 300 });
  ok(await keeper.build());
  deepStrictEqual(await keeper.progress(), { done: 32, total: 300 });
  while (await keeper.build());
  strictEqual(place.text(), await asOne(place.log, 1200));
  place.say(said.slice(300));
  for (const gone of [7, 70, 200]) place.log.delete(gone);
  keeper = place.keeper();
  await keeper.catchUp([7, 70, 200, 390], 2, 1300);
  strictEqual(await keeper.progress(), undefined);
  strictEqual(place.text(), await asOne(place.log, 1300));
  const { writes } = place;
  await keeper.catchUp([], 3, 1300);
  strictEqual(place.writes, writes, "nothing new, nothing written");
  keeper = place.keeper();
  await keeper.catchUp([], 4, 1300);
  ok((await keeper.engine!.newest(LIST, 5)).length > 0);
  await keeper.flush();
  strictEqual(place.writes, writes, "nor by who only reads it anew");
});

Deno.test("What is new waits to be written, is there to be read, and is folded again when it was not written", async () => {
  const place = new Place();
  const said = talk(new Dice(5), 200);
  place.say(said.slice(0, 100));
  let keeper = place.keeper();
  await keeper.catchUp([], 1, 1200);
  while (await keeper.build());
  const { writes } = place;
  for (const [i, kept] of said.slice(100, 110).entries()) {
    place.say([kept]);
    await keeper.catchUp([], 2 + i, 1200);
  }
  strictEqual(place.writes, writes, "ten messages are no reason to write");
  strictEqual(JSON.stringify(await keeper.engine!.newest(LIST, 5)), JSON.stringify(await newestIn(place)));
  keeper = place.keeper(); // as after kill -9
  await keeper.catchUp([], 12, 1200);
  await keeper.flush();
  strictEqual(place.text(), await asOne(place.log, 1200));
  for (const [i, kept] of said.slice(110).entries()) {
    place.say([kept]);
    await keeper.catchUp([], 13 + i, 1200);
  }
  ok(place.writes - writes >= 2, "many are");
  place.log.delete(150);
  const before = place.writes;
  await keeper.catchUp([150], 200, 1200);
  ok(place.writes > before, "what goes, goes at once");
  strictEqual(place.text(), await asOne(place.log, 1200));
});

Deno.test("Old rows serve while new ones are made, and what was read stays read", async () => {
  const place = new Place();
  place.say(talk(new Dice(9), 500));
  const first = place.keeper();
  await first.catchUp([], 1, 1200);
  while (await first.build());
  const [thread] = (await threadsOf(first.engine!.tree("board"))).rows.filter(({ unread }) => unread > 0);
  await first.markThread(thread.key, 500);
  const { live } = place.state!;
  place.state = { ...place.state!, live: { ...live!, version: VERSION - 1 } };
  for (const [name, value] of place.pages) place.pages.set(name, asBefore(value));
  const keeper = place.keeper();
  const lists = await listsOf(keeper.engine!.tree("list"));
  const before = await keeper.engine!.count(LIST);
  place.say(talk(new Dice(10), 20));
  for (let parts = 0;; parts++) {
    await keeper.catchUp([], 2 + parts, 1200);
    ok(
      (await listsOf(keeper.engine!.tree("list"))).total >= lists.total &&
        await keeper.engine!.count(LIST) >= before,
    );
    if (!await keeper.build()) break;
    ok(parts < 20, "it ends");
  }
  strictEqual(place.state?.live?.version, VERSION);
  deepStrictEqual(place.state?.old, [], "the old rows are gone");
  const [again] = (await threadsOf(keeper.engine!.tree("board"))).rows.filter(({ key }) =>
    key === thread.key
  );
  strictEqual(again.unread, 0);
  const other = new Conversation("group");
  other.engine.tick(1200);
  for (const [position, kept] of place.log) await other.set(position, kept);
  await other.engine.markThread(thread.key, 500);
  await other.reopen();
  strictEqual(place.text(), other.kept.text());
});

Deno.test("Rows of the layout before are made anew and go, and what was read stays read", async () => {
  const place = new Place();
  place.say(talk(new Dice(9), 200));
  const first = place.keeper();
  await first.catchUp([], 1, 1200);
  while (await first.build());
  const [thread] = (await threadsOf(first.engine!.tree("board"))).rows.filter(({ unread }) => unread > 0);
  await first.markThread(thread.key, 200);
  const text = place.text();
  place.state = { ...place.state!, live: { ...place.state!.live!, layout: LAYOUT - 1 } };
  const keeper = place.keeper();
  strictEqual(keeper.engine, undefined, "they serve no more");
  await keeper.catchUp([], 2, 1200);
  while (await keeper.build());
  strictEqual(place.state?.live?.layout, LAYOUT);
  strictEqual(place.text(), text);
});

Deno.test("Power that is cut at any write costs nothing", async () => {
  const said = talk(new Dice(4), 150);
  for (const dieAt of [1, 2, 3, 5, 8, 13]) {
    const place = new Place();
    place.say(said.slice(0, 120));
    place.dieAt = dieAt;
    const run = async (): Promise<void> => {
      const keeper = place.keeper();
      await keeper.catchUp([], 1, 1200);
      while (await keeper.build());
      if (place.log.size === 120) place.say(said.slice(120));
      place.log.delete(9);
      await keeper.catchUp([9], 2, 1300);
    };
    try {
      await run();
    } catch (error) {
      if (!(error instanceof Kill)) throw error;
    }
    place.dieAt = Infinity;
    await run();
    strictEqual(place.text(), await asOne(place.log, 1300), `cut at write ${dieAt}`);
  }
});

Deno.test("A commit in parts that was interrupted makes all anew", async () => {
  const place = new Place();
  place.say(talk(new Dice(6), 60));
  const first = place.keeper();
  await first.catchUp([], 1, 1200);
  while (await first.build());
  place.state = { ...place.state!, torn: true };
  const keeper = place.keeper();
  strictEqual(keeper.engine, undefined);
  await keeper.catchUp([], 1, 1200);
  while (await keeper.build());
  strictEqual(place.text(), await asOne(place.log, 1200));
});

Deno.test("Rows that are being made are gone on with at the next start, and those of another version are begun anew", async () => {
  const place = new Place();
  place.say(talk(new Dice(7), 300));
  const first = place.keeper();
  await first.catchUp([], 1, 1200);
  for (let part = 0; part < 5; part++) ok(await first.build());
  await first.flush();
  const half = await first.progress();
  deepStrictEqual(half, { done: 160, total: 300 });
  deepStrictEqual(await place.keeper().progress(), half);
  const { next } = place.state!;
  for (const other of [{ version: VERSION - 1 }, { layout: LAYOUT - 1 }]) {
    const again = new Place();
    for (const [position, kept] of place.log) again.log.set(position, kept);
    for (const [name, value] of place.pages) again.pages.set(name, value);
    again.state = { ...place.state!, next: { ...next!, ...other } };
    const keeper = again.keeper();
    deepStrictEqual(await keeper.progress(), { done: 0, total: 300 });
    await keeper.catchUp([], 2, 1200);
    while (await keeper.build());
    strictEqual(again.text(), await asOne(place.log, 1200), "nothing of the others is left");
  }
});

Deno.test("Power that is cut between the parts of a long commit costs nothing", async () => {
  const place = new Place();
  const list = said(PEOPLE[0], { o: LIST, d: { a: "new", l: "long" }, s: 1 }, signatureOf("list"));
  const items = Array.from({ length: 1200 }, (_, i) => {
    const d = { a: "add", i: `${i} ${"x".repeat(490)}` };
    return said(PEOPLE[1], { o: LIST, d, p: signatureOf("list"), s: 2 + i }, signatureOf(`item ${i}`));
  });
  const moves = Array.from({ length: 120 }, (_, i) => {
    const beside = 2 + (i * 619) % items.length;
    const d = { a: "move", r: `${beside.toString(16).padStart(13, "0")}4` };
    const p = signatureOf(`item ${(i * 37) % items.length}`);
    return said(PEOPLE[1], { o: LIST, d, p, s: 5000 + i }, signatureOf(`move ${i}`));
  });
  place.say([list, ...items, ...moves]);
  let cuts = 0;
  const run = async (): Promise<void> => {
    const keeper = place.keeper();
    await keeper.catchUp([], 1, 1200);
    while (await keeper.build());
  };
  for (; cuts < 3; cuts++) {
    place.dieBehindParts = true;
    await rejects(run(), Kill);
    strictEqual(place.state?.torn, true);
  }
  place.dieBehindParts = false;
  await run();
  strictEqual(place.state?.torn, undefined);
  strictEqual(place.text(), await asOne(place.log, 1200));
});
