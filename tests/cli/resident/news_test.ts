/** What `sync` shows and remembers, over a store in memory and an output that a test holds back. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { Context } from "../../../cli/context.ts";
import { holdMark } from "../../../cli/exec/mark_lock.ts";
import { PeerNames } from "../../../cli/names/peers.ts";
import { Output } from "../../../cli/output/output.ts";
import { Printer } from "../../../cli/output/print.ts";
import { News } from "../../../cli/resident/news.ts";
import { holdMarks } from "../../../cli/resident/sync_marks.ts";
import type { UnreadParts } from "../../../cli/resident/unread.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import type { ConversationId } from "../../../lib/app/messages/messages.ts";
import { fromUtf8 } from "../../../lib/wire/bytes.ts";
import { ALICE, BOB, CAROL, World } from "../../app/local/world.ts";
import { settle } from "../../fakes/clock.ts";
import { memoryFiles } from "../../fakes/files.ts";

class Screen {
  /** Locks lie here; what is kept lies in {@link files}. */
  readonly directory = Deno.makeTempDirSync();
  readonly files = memoryFiles();
  /** What the reader has taken. */
  text = "";
  #still: PromiseWithResolvers<void> | undefined;
  #fails = false;

  constructor(private readonly world: World, private readonly app: LocalApp) {}

  /** The reader takes nothing until the returned function is called. */
  holdBack(): () => void {
    const still = this.#still = Promise.withResolvers();
    return () => still.resolve();
  }

  leave(): void {
    this.#fails = true;
  }

  /** What a program that begins now shows, of all or of one conversation. */
  async open(only?: ConversationId): Promise<News> {
    const { clock } = this.world;
    const write = async (bytes: Uint8Array): Promise<number> => {
      if (this.#fails) throw new Deno.errors.BrokenPipe();
      await this.#still?.promise;
      this.text += fromUtf8(bytes);
      return bytes.length;
    };
    const output = new Output({ out: { write }, err: { write }, clock });
    const print = new Printer(output, { json: false, verbose: false, color: false });
    const context = {
      files: this.files,
      env: { get: () => undefined },
      os: "linux",
      print,
      clock,
      signal: new AbortController().signal,
    } as unknown as Context;
    const parts = { context, app: this.app, names: new PeerNames(context), only } as unknown as UnreadParts;
    return await this.world.done((async () => {
      using held = await holdMarks(context, {
        directory: this.directory,
        name: "sync",
        hold: ({ path }) => holdMark({ path, command: "sync", what: "It", hint: "Wait." }),
        ...(only === undefined ? {} : { only: [only] }),
      });
      const [{ path, start }] = held.marks;
      Deno.removeSync(this.directory, { recursive: true });
      return await News.open(parts, path, start);
    })());
  }

  /** Shows all that is new of all, or of one conversation. @returns The lines. */
  async shows(only?: ConversationId): Promise<string> {
    this.text = "";
    const news = await this.open(only);
    await this.world.done(news.unread.rest());
    await this.world.done(news.keep());
    return this.text;
  }

  get kept(): string | undefined {
    const file = this.files.kept.get(`${this.directory}/sync.cursor`);
    return file && fromUtf8(file.bytes);
  }
}

const line = (text: string, who = BOB): string => `[${who}/dmsg] ${text}\n`;

/** Alice, and somebody who writes to her. */
async function scene(world: World) {
  const alice = await world.open("alice");
  const { messenger } = world.classic("bob");
  const say = async (text: string): Promise<void> =>
    void await world.done(messenger.send({ pk: ALICE, port: 1 }, text, { waitMs: 1000 }));
  return { screen: new Screen(world, alice), say, alice };
}

World.test("What is new is shown once, by whichever program; what came before the first one is not", async (world) => {
  const { screen, say } = await scene(world);
  await say("before");
  await screen.open();
  for (const text of ["one", "two"]) await say(text);
  const second = await screen.open();
  await world.done(second.unread.rest());
  await world.done(second.keep());
  strictEqual(screen.text, line("one") + line("two"));
  const third = await screen.open();
  await world.done(third.unread.rest());
  await say("three");
  await world.done(third.unread.rest());
  await world.done(third.keep());
  strictEqual(screen.text, ["one", "two", "three"].map((text) => line(text)).join(""));
});

World.test("What nobody has taken yet is not remembered as shown, and what a killed program showed comes again", async (world) => {
  const { screen, say } = await scene(world);
  const first = await screen.open();
  const before = screen.kept;
  await say("one");
  const goOn = screen.holdBack();
  await world.done(first.unread.rest());
  const keeping = first.keep();
  await settle();
  deepStrictEqual([screen.text, screen.kept], ["", before]);
  goOn();
  await world.done(keeping);
  strictEqual(screen.text, line("one"));
  const kept = screen.kept;
  strictEqual(kept === before, false);
  await say("two");
  await world.done(first.unread.rest()); // and is killed
  const next = await screen.open();
  await world.done(next.unread.rest());
  await world.done(next.keep());
  strictEqual(screen.text.endsWith(line("two")), true);
  screen.leave();
  const last = screen.kept;
  await say("three");
  await world.done(next.unread.rest());
  await world.done(next.keep());
  strictEqual(screen.kept, last, "its reader has left");
});

World.test("Each conversation that is named is remembered by itself, and goes on where all were when it is new", async (world) => {
  const { screen, say } = await scene(world);
  const { messenger } = world.classic("carol");
  const carolSays = async (text: string): Promise<void> =>
    void await world.done(messenger.send({ pk: ALICE, port: 1 }, text, { waitMs: 1000 }));
  await say("before");
  deepStrictEqual(await screen.shows(BOB), "", "nothing was ever shown: it begins with what comes");
  await say("one");
  await carolSays("two");
  deepStrictEqual(await screen.shows(BOB), line("one"));
  deepStrictEqual(await screen.shows(BOB), "");
  deepStrictEqual(await screen.shows(), "", "all begins for itself");
  await say("three");
  await carolSays("four");
  deepStrictEqual(await screen.shows(CAROL), line("four", CAROL), "where all were");
  deepStrictEqual(await screen.shows(), line("three") + line("four", CAROL), "all goes on with its own");
  deepStrictEqual(await screen.shows(BOB), line("three"));
  for (const only of [undefined, BOB, CAROL]) deepStrictEqual(await screen.shows(only), "");
});
