/**
 * `dmsg chat --plain`: the terminal UI as lines. Typed lines become messages of the model; what they change is said.
 *
 * @module
 */
import { readAliases } from "../../lib/identity/aliases.ts";
import { sleep } from "../../lib/sys/clock.ts";
import { cleanLines } from "../../tui/drawing/text.ts";
import { localZone } from "../../tui/drawing/time.ts";
import { Effects, type Said, type Surface } from "../../tui/effects/effects.ts";
import { keeper, keptPath, withKept } from "../../tui/effects/kept.ts";
import { askedBy } from "../../tui/lines/asked.ts";
import { isSaid, LINE_COLUMNS, Linear } from "../../tui/lines/linear.ts";
import type { ProgramParts } from "../../tui/program_parts.ts";
import { newModel } from "../../tui/state/model.ts";
import type { Effect, Model, Msg } from "../../tui/state/types.ts";
import { Aging } from "../../tui/steps/aging.ts";
import { open } from "../../tui/steps/threads.ts";
import { update } from "../../tui/steps/update.ts";
import { runEditor, runHook } from "../../tui/terminal/outside.ts";
import type { CommandApp } from "../app.ts";
import type { Context } from "../context.ts";
import { Interrupted, Status, worst } from "../exit.ts";
import { lines } from "../input/lines.ts";
import { readStdin } from "../input/stdin.ts";
import { Bursts } from "./bursts.ts";

/** Rows of what `/page-up` says at a time. */
const PAGE_ROWS = 20;
/** Work that takes long is told of again after this. */
const STILL_MS = 30_000;
/** Work that may take long, with its words. */
const LONG: Readonly<Partial<Record<Effect["kind"], string>>> = {
  search: "Searching",
  date: "Looking for the day",
  unread: "Looking for the first unread message",
};
/** Who leaves waits so long at most for events that are still to be told, by hand also for what the store still reads. */
const LEAVE_MS = 1_000;

/** What the lines need. */
export type LinesParts = Omit<ProgramParts, "onUnkept" | "opened" | "look" | "terminal" | "editor">;

/** Runs until the input ends, the user leaves, or a signal comes. */
export async function runLines(context: Context, opened: CommandApp, parts: LinesParts): Promise<Status> {
  return await new Lines(context, opened, parts).run();
}

class Lines implements Surface {
  readonly #context: Context;
  readonly #opened: CommandApp;
  readonly #parts: LinesParts;
  readonly #linear = new Linear();
  readonly #bursts: Bursts;
  readonly #effects: Effects;
  readonly #aging: Aging;
  #save: (model: Model) => Promise<boolean>;
  readonly #over = new AbortController();
  readonly #left = Promise.withResolvers<void>();
  readonly #sends = new Set<Promise<unknown>>();
  #model: Model;
  #hook: string | undefined;
  #still: (() => void) | undefined;
  /** Pages and finds that were asked for and are not told. */
  #reads = 0;
  #allRead: (() => void) | undefined;
  /** The cursor of the last event that was told. */
  #heardTo = 0;
  #hears: (() => void) | undefined;
  #status: Status = Status.done;
  /** Ends the wait for the outcome of a send, by its number. */
  readonly #waiting = new Map<number, () => void>();

  constructor(context: Context, opened: CommandApp, parts: LinesParts) {
    const { app, directory } = opened;
    const { host, clock, configured, hook, queues } = parts;
    this.#context = context;
    this.#opened = opened;
    this.#parts = parts;
    this.#hook = hook;
    this.#bursts = new Bursts(clock, (line) => this.#print(line));
    const size = { columns: LINE_COLUMNS, rows: PAGE_ROWS };
    // Lines that are said are read; there is no focus to ask for.
    this.#model = newModel(app.pk, size, {
      configured,
      nowMs: this.#wallMs(),
      zone: localZone,
      focused: true,
      isLines: true,
    });
    this.#save = keeper(host.files, keptPath(directory));
    const model = (): Model => this.#model;
    const tell = (msg: Said): void => this.#tell(msg);
    const save = (kept: Model): Promise<boolean> => this.#save(kept);
    this.#effects = new Effects({ app, host, clock, queues, tell, model, save, surface: this });
    this.#aging = new Aging(clock, () => this.#tell({ kind: "tick" }));
  }

  async run(): Promise<Status> {
    const { host, signal } = this.#parts;
    const { app, directory } = this.#opened;
    const opens = await this.#parts.open?.(app);
    this.#model = await withKept(this.#model, host.files, keptPath(directory), app.messages);
    this.#save = keeper(host.files, keptPath(directory), this.#model);
    this.#heardTo = await app.events.cursor().catch(() => undefined) ?? 0;
    void this.#follow();
    this.#parts.onSettings(({ text, set }) => {
      if (set !== undefined) {
        this.#hook = set.hook;
        this.#tell({ kind: "settings", configured: set.configured });
      }
      this.#say(text, false);
    });
    const unwatch = this.#parts.watchNames(() => this.#effects.run({ kind: "names" }));
    this.#over.signal.addEventListener("abort", unwatch, { once: true });
    const how = this.#context.input.isTerminal
      ? "Type a line and press Enter to send it; /help lists the commands; Ctrl+D ends"
      : "Each line is a message or a command; /help lists the commands";
    this.#context.print.noteText(`You are ${app.pk}\n${how}\n`);
    // What is typed at once may name them.
    const names = new Map(
      [...await readAliases(host).catch(() => new Map())].map(([name, key]) => [key, name]),
    );
    const [conversations, groups] = await Promise.all([
      app.messages.conversations(),
      app.groups.list().catch(() => []), // is asked again below, and says so
    ]);
    this.#tell({ kind: "names", names });
    this.#tell({ kind: "groups", groups });
    if (opens === undefined) this.#tell({ kind: "conversations", conversations });
    for (const kind of ["groups", "peers", "pairs", "status"] as const) this.#effects.run({ kind });
    if (opens !== undefined) {
      const before = this.#model;
      const [model, effects] = open(before, opens);
      this.#step(before, { kind: "said", text: "", nowMs: this.#wallMs() }, model, effects);
      this.#tell({ kind: "conversations", conversations });
    }
    const ended = app.closed.then(() => {
      if (!signal.aborted && !this.#over.signal.aborted) throw this.#opened.ended();
    });
    ended.catch(() => {});
    try {
      await Promise.race([this.#read(), this.#left.promise, ended]);
      await Promise.race([Promise.allSettled([...this.#sends, this.#told()]), ended]);
      await Promise.race([this.#heard(), ended]);
    } catch (error) {
      if (!(signal.reason instanceof Interrupted)) throw error;
      return Status.interrupted;
    } finally {
      this.#over.abort();
      this.#aging.stop();
      this.#bursts.end();
      await this.#save(this.#model).catch(() => {});
    }
    return this.#status;
  }

  /** Until all that lines have asked for is told: of a pipe every line has its answer. */
  async #told(): Promise<void> {
    if (this.#reads === 0) return;
    const all = new Promise<void>((resolve) => this.#allRead = resolve);
    const byHand = this.#model.ending || this.#context.input.isTerminal;
    await (byHand ? Promise.race([all, sleep(this.#parts.clock, LEAVE_MS, this.#over.signal)]) : all);
  }

  /** Until what has happened by now is told, which an event may do after the answer that it made. */
  async #heard(): Promise<void> {
    const upTo = await this.#opened.app.events.cursor().catch(() => undefined);
    const heard = new Promise<void>((resolve) => {
      this.#hears = () => this.#heardTo >= (upTo ?? 0) && resolve();
    });
    this.#hears?.();
    await Promise.race([heard, sleep(this.#parts.clock, LEAVE_MS, this.#over.signal)]);
  }

  async #read(): Promise<void> {
    const { signal, print } = this.#context;
    for await (const line of lines({ read: readStdin }, signal)) {
      const asked = askedBy(this.#model, line, this.#linear.numbered);
      if (asked !== undefined) this.#tell(asked);
      // Who is not there to read it learns from the status that a line was not done.
      if (asked !== undefined && !this.#context.input.isTerminal && this.#model.notice?.style === "error") {
        this.#status = worst([this.#status, Status.usage]);
      }
      if (this.#model.ending) return;
      await print.room();
    }
  }

  async #follow(): Promise<void> {
    try {
      for await (const event of this.#opened.app.events.follow(undefined, this.#over.signal)) {
        this.#tell({ kind: "event", event });
        this.#heardTo = event.cursor;
        this.#hears?.();
      }
    } catch (error) {
      if (!this.#over.signal.aborted) {
        this.#say(`Cannot follow what happens: ${(error as Error).message}`, false);
      }
    }
  }

  #tell(msg: Said): void {
    if (msg.kind === "failed" && this.#over.signal.aborted) return; // it was still asked for when we left
    const before = this.#model;
    const full = { ...msg, nowMs: this.#wallMs() } as Msg;
    const [model, effects] = update(before, full);
    this.#step(before, full, model, effects);
  }

  #step(before: Model, msg: Msg, model: Model, effects: readonly Effect[]): void {
    this.#model = model;
    const isRead = msg.kind === "found" || msg.kind === "page" || msg.kind === "failed";
    if (isRead) this.#still?.();
    for (const line of this.#linear.lines(before, msg, model)) this.#say(line, msg.kind === "event");
    if (msg.kind === "sent") {
      this.#waiting.get(msg.local)?.();
      this.#status = worst([this.#status, statusOf(msg)]);
    }
    for (const effect of effects) this.#run(effect);
    const isAnswer = isRead || msg.kind === "said" && msg.style === "error";
    if (isAnswer && this.#reads > 0 && --this.#reads === 0) this.#allRead?.();
    this.#aging.shows(model);
  }

  #run(effect: Effect): void {
    const word = LONG[effect.kind];
    if (word !== undefined) this.#long(word);
    if (word !== undefined || effect.kind === "page") this.#reads++;
    if (effect.kind === "send") {
      const sent = Promise.withResolvers<void>();
      this.#waiting.set(effect.local, sent.resolve);
      this.#sends.add(sent.promise);
    }
    this.#effects.run(effect);
  }

  /** A line; whoever is not there to read it, or to ask for more, gets all of them. */
  #say(line: string, isNews: boolean): void {
    if (isNews && this.#context.input.isTerminal) this.#bursts.say(line);
    else this.#print(line);
  }

  readonly #print = (line: string): void => this.#context.print.text(`${cleanLines(line).join("\n")}\n`);

  /** Work that may take long: a line now, one every 30 s, and its result is the last. */
  #long(word: string): void {
    const { clock, print } = this.#context;
    print.text(`${word} …\n`);
    const again = (): void => {
      print.text(`${word}: still at it\n`);
      stop = clock.after(STILL_MS, again);
    };
    let stop = clock.after(STILL_MS, again);
    this.#still = () => stop();
  }

  copy(text: string, what: string): string {
    return `${what}: ${text}`;
  }

  bell(): void {
    if (Deno.stdout.isTerminal()) this.#context.print.text("\x07");
  }

  notify(title: string, body: string, peer: string): void {
    if (!isSaid(this.#model, peer, body)) this.#say(`${title}: ${body}`, true);
    if (this.#hook !== undefined) {
      runHook(this.#hook, JSON.stringify({ peer, name: title, text: body }));
    }
  }

  async edit(text: string): Promise<string> {
    const { env } = this.#context;
    const written = await runEditor(env("VISUAL") ?? env("EDITOR") ?? "vi", text, this.#opened.directory);
    if (written !== "") this.#say("The draft is kept; /send sends it", false);
    return written;
  }

  suspend(): void {
    this.#say("Ctrl+Z stops", false);
  }

  redraw(): void {}

  quit(): void {
    this.#left.resolve();
  }

  #wallMs(): number {
    return Number(this.#parts.clock.wallNs() / 1_000_000n);
  }
}

/** What a send adds to the exit status. */
function statusOf({ problem, state }: Extract<Msg, { kind: "sent" }>): Status {
  if (problem !== undefined || state === "unconfirmed") return Status.notAcked;
  return state === "queued" ? Status.queued : Status.done;
}
