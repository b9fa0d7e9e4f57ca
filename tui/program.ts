/**
 * The loop of the screen: keys and events become messages, messages a model, the model a picture, effects are run.
 * Nothing wakes it while nothing happens and nothing that ages is shown.
 *
 * @module
 */
import type { AppEvent } from "../lib/app/events/events.ts";
import { Screen } from "./drawing/screen.ts";
import { localZone } from "./drawing/time.ts";
import { view } from "./drawing/view.ts";
import { Effects, type Said, type Surface } from "./effects/effects.ts";
import { keeper, keptPath, withKept } from "./effects/kept.ts";
import type { Ending, ProgramParts, SettingsNews } from "./program_parts.ts";
import { newModel, say } from "./state/model.ts";
import type { Model, Msg } from "./state/types.ts";
import { Aging } from "./steps/aging.ts";
import { open } from "./steps/threads.ts";
import { titleOf, update } from "./steps/update.ts";
import { InputReader } from "./terminal/input.ts";
import { titleSequence } from "./terminal/sequences.ts";
import { terminalSurface } from "./terminal/surface.ts";
import { Terminal, terminalSize } from "./terminal/terminal.ts";

/** Between two pictures that no key asked for: 30 a second are as many as an eye follows. */
const FRAME_MS = 33;
/** A draft that was not sent is kept after this. */
const SAVE_MS = 2000;
/** While something is in trouble it is tried again this often. */
const RETRY_MS = 5000;
/**
 * How long the end may take when nobody sees it any more: a second is usual, and a draft is worth more than that where the
 * disk is busy. Less than what a signal leaves a command.
 */
const GONE_MS = 2500;

/** Runs the screen until it ends; the terminal is as it was then, and drafts are kept. */
export async function runScreen(parts: ProgramParts): Promise<Ending> {
  return await new Program(parts).run();
}

const inTrouble = ({ trouble, unkept }: Model): boolean => trouble !== undefined || unkept !== undefined;

class Program {
  readonly #parts: ProgramParts;
  readonly #reader = new InputReader();
  readonly #terminal: Terminal;
  /** Undefined until the App is open; what happens before waits. */
  #effects: Effects | undefined;
  readonly #early: Said[] = [];
  #save: (model: Model) => Promise<boolean> = () => Promise.resolve(false);
  readonly #end = Promise.withResolvers<Ending>();
  readonly #over = new AbortController();
  readonly #aging: Aging;
  #screen: Screen;
  #model: Model;
  #title = "";
  #paintedMs = -Infinity;
  #isWaiting = false;
  #theme: ProgramParts["look"]["theme"];
  #hook: string | undefined;
  #cancelPaint: (() => void) | undefined;
  #cancelEsc: (() => void) | undefined;
  #cancelSave: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;

  constructor(parts: ProgramParts) {
    this.#parts = parts;
    const { look, configured, hook } = parts;
    this.#theme = look.theme;
    this.#hook = hook;
    const { columns, rows } = terminalSize();
    this.#aging = new Aging(parts.clock, () => this.#tell({ kind: "tick" }));
    this.#model = newModel("", { columns, rows }, {
      configured,
      nowMs: this.#wallMs(),
      zone: localZone,
    });
    this.#screen = new Screen(columns, rows, look.depth, look.theme === "auto" ? "dark" : look.theme);
    this.#terminal = new Terminal({
      mouse: look.mouse,
      onBytes: (bytes) => this.#bytes(bytes),
      onResize: () => this.#resized(),
      onGone: () => this.#end.resolve("gone"),
      onResume: () => this.#redraw(),
    });
  }

  async run(): Promise<Ending> {
    const { signal } = this.#parts;
    signal.addEventListener("abort", () => this.#end.resolve("signal"), { once: true });
    if (signal.aborted) return "signal";
    this.#terminal.open();
    try {
      this.#paint(); // while the App is opened
      await Promise.race([this.#begin(), this.#end.promise]);
      return await this.#finish(await this.#end.promise);
    } finally {
      this.#over.abort();
      await this.#terminal.close();
    }
  }

  /** Takes the App when it is open, and asks for what is shown. @throws Why it can't be opened. */
  async #begin(): Promise<void> {
    const { host, clock, queues, opened } = this.#parts;
    const { app, directory } = await opened;
    const opens = await this.#parts.open?.(app);
    const path = keptPath(directory);
    this.#model = await withKept({ ...this.#model, own: app.pk }, host.files, path, app.messages);
    const keep = keeper(host.files, path, this.#model);
    this.#save = keep;
    const tell = (msg: Said): void => this.#tell(msg);
    const model = (): Model => this.#model;
    const surface = this.#surface(directory);
    this.#effects = new Effects({ app, host, clock, queues, tell, model, save: keep, surface });
    app.closed.then(() => this.#end.resolve("app"));
    void this.#follow(app.events.follow(undefined, this.#over.signal));
    this.#parts.onUnkept((why) => tell({ kind: "failed", what: "Not kept", why, unkept: true }));
    this.#parts.onSettings((news) => this.#settings(news));
    const unwatch = this.#parts.watchNames(() => this.#effects?.run({ kind: "names" }));
    this.#over.signal.addEventListener("abort", unwatch, { once: true });
    for (const kind of ["conversations", "names", "groups", "peers", "pairs", "status"] as const) {
      this.#effects.run({ kind });
    }
    const hello = this.#parts.hello?.();
    if (hello !== undefined) this.#tell({ kind: "said", text: hello });
    if (opens !== undefined) {
      const [next, effects] = open(this.#model, opens);
      this.#model = next;
      for (const effect of effects) this.#effects.run(effect);
    }
    for (const msg of this.#early.splice(0)) this.#tell(msg);
    this.#paintSoon();
  }

  #surface(directory: string): Surface {
    const { editor, terminal: kind } = this.#parts;
    return terminalSurface({
      terminal: this.#terminal,
      kind,
      hook: () => this.#hook,
      editor,
      directory,
      onStuck: ({ message }) => {
        this.#model = say(this.#model, `Cannot stop: ${message}`, "error");
        this.#redraw();
      },
      redraw: () => this.#redraw(),
      quit: () => this.#end.resolve("left"),
    });
  }

  async #finish(ending: Ending): Promise<Ending> {
    this.#aging.stop();
    for (const cancel of [this.#cancelPaint, this.#cancelEsc, this.#cancelSave, this.#cancelRetry]) {
      cancel?.();
    }
    const saved = this.#save(this.#model).catch(() => {});
    if (ending === "gone") {
      await Promise.race([
        saved,
        new Promise((go) => this.#parts.clock.after(GONE_MS, () => go(0))),
      ]);
    } else await saved;
    return ending;
  }

  async #follow(events: AsyncIterable<AppEvent>): Promise<void> {
    try {
      for await (const event of events) this.#tell({ kind: "event", event });
    } catch (error) {
      if (this.#over.signal.aborted) return;
      this.#tell({
        kind: "failed",
        what: "Cannot follow what happens",
        why: String((error as Error).message),
      });
    }
  }

  #tell(msg: Said, paints: "soon" | "never" = "soon"): void {
    if (this.#effects === undefined && msg.kind !== "resize") {
      if (msg.kind === "key" && (msg.key === "ctrl+c" || msg.key === "q")) this.#end.resolve("left");
      return void this.#early.push(msg);
    }
    const before = this.#model;
    const [model, effects] = update(before, { ...msg, nowMs: this.#wallMs() } as Msg);
    this.#model = model;
    for (const effect of effects) this.#effects?.run(effect);
    if (model.threads !== before.threads) this.#saveLater();
    this.#aging.shows(model);
    if (inTrouble(model) && !inTrouble(before)) this.#retryLater();
    if (paints === "soon") this.#paintSoon();
  }

  #bytes(bytes: Uint8Array): void {
    this.#cancelEsc?.();
    this.#take(this.#reader.feed(bytes, this.#parts.clock.nowMs()));
    const { waitMs } = this.#reader;
    if (waitMs === undefined) return;
    this.#cancelEsc = this.#parts.clock.after(
      waitMs,
      () => this.#take(this.#reader.flush(this.#parts.clock.nowMs())),
    );
  }

  #take(events: ReturnType<InputReader["feed"]>): void {
    for (const event of events) {
      if (event.kind === "background") this.#background(event.light);
      else if (event.kind !== "attributes") {
        if (event.kind === "kitty") this.#terminal.useKitty();
        this.#tell(event, "never");
      }
    }
    if (events.length > 0) this.#paint();
  }

  #background(light: boolean): void {
    if (this.#theme === "auto") this.#screen.setTheme(light ? "light" : "dark");
  }

  #settings({ text, problem, set }: SettingsNews): void {
    if (set !== undefined) {
      this.#hook = set.hook;
      this.#terminal.useMouse(set.mouse);
      if (set.theme !== this.#theme) this.#useTheme(set.theme);
      this.#tell({ kind: "settings", configured: set.configured });
    }
    this.#tell({ kind: "said", text, style: problem === true ? "error" : "dim" });
  }

  #useTheme(theme: ProgramParts["look"]["theme"]): void {
    this.#theme = theme;
    if (theme === "auto") this.#terminal.askBackground();
    else this.#screen.setTheme(theme);
  }

  #resized(): void {
    const { columns, rows } = terminalSize();
    this.#screen.resize(columns, rows);
    this.#tell({ kind: "resize", columns, rows }, "never");
    this.#paint();
  }

  /** Paints once for what comes in a short time. */
  #paintSoon(): void {
    if (this.#cancelPaint !== undefined) return;
    const { clock } = this.#parts;
    const waitMs = Math.max(0, this.#paintedMs + FRAME_MS - clock.nowMs());
    this.#cancelPaint = clock.after(waitMs, () => this.#paint());
  }

  #paint(): void {
    this.#cancelPaint?.();
    this.#cancelPaint = undefined;
    if (this.#model.ending) return;
    if (this.#terminal.isBusy) return this.#paintWhenTaken();
    this.#paintedMs = this.#parts.clock.nowMs();
    const title = titleOf(this.#model);
    const head = title === this.#title ? "" : titleSequence(title);
    this.#title = title;
    this.#terminal.write(head + this.#screen.paint(view(this.#model)));
  }

  /** The picture that the terminal takes now was made before: the next one is made as soon as it is through. */
  #paintWhenTaken(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    void this.#terminal.idle.then(() => {
      this.#isWaiting = false;
      this.#paint();
    });
  }

  #saveLater(): void {
    this.#cancelSave ??= this.#parts.clock.after(SAVE_MS, () => {
      this.#cancelSave = undefined;
      this.#effects?.run({ kind: "save" });
    });
  }

  #retryLater(): void {
    this.#cancelRetry = this.#parts.clock.after(RETRY_MS, () => {
      if (!inTrouble(this.#model)) return;
      this.#effects?.run({ kind: this.#model.unkept === undefined ? "conversations" : "save" });
      this.#retryLater();
    });
  }

  #wallMs(): number {
    return Number(this.#parts.clock.wallNs() / 1_000_000n);
  }

  #redraw(): void {
    this.#screen.redraw();
    this.#resized();
  }
}
