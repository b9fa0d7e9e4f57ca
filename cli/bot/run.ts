/**
 * A bot that is kept running: messages become lines for it, and it is started again when it fails.
 *
 * @see lib/bot/README.md
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { Inbox, type Mark } from "../../lib/bot/inbox.ts";
import { nextPauseMs } from "../../lib/bot/pause.ts";
import { sleep } from "../../lib/sys/clock.ts";
import { join } from "../../lib/sys/paths.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { unlessAborted } from "../abort.ts";
import type { CommandApp } from "../app.ts";
import { failed, perform } from "./actions.ts";
import { Hears } from "./hears.ts";
import { handed } from "./message.ts";
import { type BotMessage, Talk } from "./talk.ts";
import type { Context } from "../context.ts";
import { conversationNamed } from "../names/conversations.ts";
import type { EventLog } from "../resident/event_log.ts";
import { type ChildEnd, endOfChild, startChild } from "../exec/child.ts";
import { Status } from "../exit.ts";
import { follow } from "../resident/follow.ts";
import { tellMemberships } from "./memberships.ts";
import { openMark } from "../exec/mark_file.ts";
import { holdMark } from "../exec/mark_lock.ts";
import { PeerNames } from "../names/peers.ts";

/** Messages that are not done; no more events are read while there are so many. */
const MAX_OPEN = 64;
/** How long a bot that an earlier run has left behind may go on. */
const LEFT_MS = 5000;
/** How long what it has printed is read after its end, when something else holds its output open. */
const REST_MS = 1000;
/** What a shell says of a program that it can't start. */
const NOT_STARTED: readonly number[] = [126, 127];

/** Which bot. */
export interface BotRequest {
  /** Its name: its mark and its ids are its own. */
  readonly name: string;
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Only these; all when left out. */
  readonly conversations?: readonly string[];
  /** See {@link ActionParts.waitMs}. */
  readonly waitMs: number;
  /** Says what happens. */
  readonly log: EventLog;
  /** Peers can reach us, for the first time. */
  readonly onReady: (cursor: number) => void;
}

/**
 * Keeps a bot running.
 * @returns 0 when it has ended with 0, or the status of the signal that ended us.
 * @throws {UserError} busy: a bot of that name runs already.
 */
export async function runBot(context: Context, opened: CommandApp, request: BotRequest): Promise<Status> {
  const { app, directory } = opened;
  const path = join(directory, `bot-${request.name}.cursor`);
  using _ = await holdMark({
    path,
    command: "bot run",
    what: `The bot "${request.name}"`,
    hint: "Give this one another name with --name, or end that one first.",
  });
  const start = await app.events.cursor() ?? 0;
  const { mark, save } = await openMark(context, { path, isOwn: true, start });
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const parts = { context: { ...context, signal }, opened, request, stop };
  const bot = new Bot(parts, new Inbox<BotMessage>(mark), save);
  const onNetwork = await tellMemberships(app.groups, request.log, request.conversations);
  const following = follow(context, opened, {
    since: mark.cursor,
    onReady: request.onReady,
    onNetwork,
    async onEvent(event) {
      if (event.kind === "message") await bot.hear(event.message, event.cursor);
      else bot.skip(event.cursor, event.kind === "lost" && event.foreign);
    },
  });
  const running = bot.keep(`${path}.running`);
  try {
    return await Promise.race([
      following,
      running.catch((error) => {
        return context.signal.aborted ? following : Promise.reject(error); // what the signal ended is told there
      }),
    ]);
  } finally {
    following.catch(() => {});
    stop.abort(new UserError("The bot has ended", { kind: "local", hint: "Start it again." }));
    await running.catch(() => {}); // its process has its grace
    await bot.saved();
  }
}

/** What a bot works with. */
interface BotParts {
  /** The command's; its signal is also that of `stop`. */
  readonly context: Context;
  readonly opened: CommandApp;
  readonly request: BotRequest;
  /** Ends the bot for a reason. */
  readonly stop: AbortController;
}

/** One bot over all its runs. */
class Bot {
  readonly #parts: BotParts;
  readonly #inbox: Inbox<BotMessage>;
  readonly #save: (mark: Mark) => Promise<void>;
  readonly #names: PeerNames;
  readonly #hears: Hears;
  #changed = Promise.withResolvers<void>();
  #saving: Promise<void> = Promise.resolve();

  constructor(parts: BotParts, inbox: Inbox<BotMessage>, save: (mark: Mark) => Promise<void>) {
    this.#parts = parts;
    this.#inbox = inbox;
    this.#save = save;
    const { context, opened: { app }, request } = parts;
    this.#names = new PeerNames(context).withGroups(() => app.groups.list());
    this.#hears = new Hears(app, context.clock, request.conversations);
  }

  /** An event that is not for the bot. @param isLost  What was done is not known any more. */
  skip(cursor: number, isLost = false): void {
    if (isLost) this.#inbox.restart(cursor);
    else this.#inbox.skip(cursor);
  }

  /** A message: the next one is read when there is room for it. */
  async hear(message: MessageView, cursor: number): Promise<void> {
    if (!await this.#hears.takes(message)) return this.skip(cursor);
    await this.#names.loadFor(message.peer);
    if (!this.#inbox.add(cursor, handed(message, cursor, this.#names))) return;
    this.#wake();
    if (this.#inbox.size >= MAX_OPEN) {
      this.#parts.request.log.say({ event: "waiting", not_done: this.#inbox.size });
    }
    while (this.#inbox.size >= MAX_OPEN) {
      await unlessAborted(this.#parts.context.signal, this.#changed.promise);
    }
  }

  /** Starts it, and again while it fails. */
  async keep(note: string): Promise<Status> {
    const { clock, signal } = this.#parts.context;
    const { log } = this.#parts.request;
    for (let pauseMs = 0, isFirst = true;; isFirst = false) {
      const startMs = clock.nowMs();
      const { success, code, words } = await this.#run(note);
      signal.throwIfAborted();
      if (success) return Status.done;
      if (isFirst && NOT_STARTED.includes(code)) throw notStarted(this.#parts.request.command[0]);
      pauseMs = nextPauseMs(pauseMs, clock.nowMs() - startMs);
      log.say({ event: "ended", why: words, again_s: pauseMs / 1000 });
      await sleep(clock, pauseMs, signal);
    }
  }

  /** Waits until all that is done is remembered. */
  async saved(): Promise<void> {
    await this.#saving.catch(() => {}); // it has ended the bot
  }

  async #run(note: string): Promise<ChildEnd> {
    const { clock, files, signal, atDeath } = this.#parts.context;
    const { command: [program, ...args], log, name, conversations } = this.#parts.request;
    const onLeft = (pid: number): void => log.say({ event: "left", pid });
    const parts = { clock, files, signal, atDeath, leftMs: LEFT_MS, onLeft };
    const { child, writer } = await startChild(parts, [program, { args }], note, "piped");
    const over = new AbortController();
    const talk = this.#talk(async (bytes) => await writer.write(bytes));
    log.say({ event: "started", pid: child.pid });
    talk.tell({
      type: "hello",
      version: 1,
      bot: name,
      pk: this.#parts.opened.app.pk,
      cursor: this.#inbox.mark.cursor,
      conversations,
    });
    const handing = talk.hand(over.signal);
    const taking = talk.take(child.stdout).catch((error) => this.#parts.stop.abort(error));
    const end = await endOfChild(parts, child, true);
    over.abort();
    await Promise.race([taking, sleep(clock, REST_MS)]);
    await handing;
    writer.abort().catch(() => {});
    await files.remove(note);
    if (end.success) await unlessAborted(signal, talk.settled()); // it is finished, what it has said last may not be
    return end;
  }

  #talk(write: (bytes: Uint8Array) => Promise<void>): Talk {
    const { clock, signal } = this.#parts.context;
    const { log } = this.#parts.request;
    const action = { context: this.#parts.context, app: this.#parts.opened.app, ...this.#parts.request };
    return new Talk({
      clock,
      signal,
      inbox: this.#inbox,
      arrived: () => this.#changed.promise,
      write,
      find: (text) => this.#find(text),
      perform: (line, conversation, message) => perform(action, line, conversation, message),
      failed: (error) => failed(this.#parts.context, error),
      done: (cursor) => this.#done(cursor),
      onOutcome: (line, { ok, error }) => {
        if (!ok) log.say({ event: "refused", line, reason: (error as { message: string }).message });
      },
      onStuck: () => log.say({ event: "stuck", reason: "it has not read for 30 s" }),
    });
  }

  async #find(text: string): Promise<string> {
    const { conversations } = this.#parts.request;
    const found = await (await conversationNamed(this.#parts.context, text))(this.#parts.opened.app.groups);
    if (conversations === undefined || conversations.includes(found)) return found;
    throw new UserError(`This bot does not speak in ${text}`, {
      kind: "refused",
      hint: "Name the conversation with --in, too.",
    });
  }

  async #done(cursor: number): Promise<void> {
    if (!this.#inbox.done(cursor)) return;
    this.#wake();
    await (this.#saving = this.#saving.then(() => this.#save(this.#inbox.mark)));
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** It can't be run as it was named. @param why  In a few words, when it is known. */
export const notStarted = (program: string, why?: string): UserError =>
  new UserError(`The bot could not be started: ${program}${why === undefined ? "" : `: ${why}`}`, {
    kind: "local",
    hint: "Give a program that can be run, and what it needs, behind --.",
  });
