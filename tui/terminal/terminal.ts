/**
 * The terminal itself: raw mode, modes that are pushed and popped, bytes both ways, the signals that belong to it.
 * Whatever ends the program, the terminal is as it was: `close`, an exit from elsewhere, an error that nobody caught.
 *
 * @see tui/README.md "What terminals differ in"
 * @module
 */
import { utf8 } from "../../lib/wire/bytes.ts";

/** What a terminal is opened with. */
export interface TerminalOptions {
  /** Bytes that came. */
  readonly onBytes: (bytes: Uint8Array) => void;
  /** The size has changed. */
  readonly onResize: () => void;
  /** Nobody is there any more. */
  readonly onGone: () => void;
  /** The shell went on with us: everything is to be drawn again. */
  readonly onResume: () => void;
  /**
   * The mouse wheel scrolls what it is over, a click opens a conversation. Text can't be marked with the mouse then, save
   * with Shift.
   */
  readonly mouse: boolean;
}

/** Title kept, other screen, pastes in brackets, focus told. */
const MODES = "\x1b[?1049h\x1b[?2004h\x1b[?1004h";
const PUSH = `\x1b[22;0t${MODES}`;
const POP = "\x1b[m\x1b[?1004l\x1b[?2004l\x1b[?25h\x1b[?1049l\x1b[23;0t";
const MOUSE_ON = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF = "\x1b[?1006l\x1b[?1000l";
const KITTY_ON = "\x1b[>1u";
const KITTY_OFF = "\x1b[<u";
const BACKGROUND = "\x1b]11;?\x1b\\";
/** The keyboard protocol, the background, and a question that every terminal answers. */
const QUESTIONS = `\x1b[?u${BACKGROUND}\x1b[c`;
/** How long the last bytes may take: a terminal that has stopped reading must not hold the program. */
const LAST_MS = 300;
const READ_BYTES = 16 * 1024;

/** Whether there is a terminal to draw on. */
export const hasTerminal = (): boolean => Deno.stdin.isTerminal() && Deno.stdout.isTerminal();

/** Where nobody can tell. */
const USUAL = { columns: 80, rows: 24 };

/** Its size, or the usual one where that can't be told. @param ask  What the system says; throws without a terminal. */
export function terminalSize(
  ask: () => { columns: number; rows: number } = Deno.consoleSize,
): { columns: number; rows: number } {
  try {
    const { columns, rows } = ask();
    // Serial lines and some remote ones tell nothing: 0 is no width.
    return { columns: columns || USUAL.columns, rows: rows || USUAL.rows };
  } catch {
    return USUAL;
  }
}

/** The process's terminal. */
export class Terminal {
  readonly #options: TerminalOptions;
  #mouse: boolean;
  #open = false;
  /** Somebody else has it: what goes on with us goes on with that one. */
  #isLent = false;
  #isClosed = false;
  /** Behind what pops the modes a picture would stay on the shell's screen. */
  #isLeaving = false;
  #kitty = false;
  #gone = false;
  #queued = "";
  #writing: Promise<void> | undefined;
  /** Set while nothing is to be read; called when nothing is. */
  #stopped: (() => void) | undefined;
  #readAgain: (() => void) | undefined;
  #isReading = false;
  readonly #winch = (): void => this.#options.onResize();
  readonly #cont = (): void => this.#resume();
  readonly #restore = (): void => this.#restoreNow();

  /** Nothing is written before {@link open}. */
  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#mouse = options.mouse;
  }

  /** Whether bytes are on their way: a picture that is made now would only wait. */
  get isBusy(): boolean {
    return this.#writing !== undefined;
  }

  /** Resolves when everything that was written has been taken. */
  get idle(): Promise<void> {
    return this.#writing ?? Promise.resolve();
  }

  /** Takes the terminal. */
  open(): void {
    Deno.addSignalListener("SIGWINCH", this.#winch);
    Deno.addSignalListener("SIGCONT", this.#cont);
    globalThis.addEventListener("unload", this.#restore);
    globalThis.addEventListener("error", this.#restore);
    globalThis.addEventListener("unhandledrejection", this.#restore);
    this.#enter();
    this.write(QUESTIONS);
    void this.#read();
  }

  /** The terminal knows the kitty keyboard protocol: switches the part of it on that tells keys apart. */
  useKitty(): void {
    if (this.#kitty) return;
    this.#kitty = true;
    this.write(KITTY_ON);
  }

  /** Switches the mouse wheel on or off. */
  useMouse(on: boolean): void {
    if (this.#mouse === on) return;
    this.#mouse = on;
    this.write(on ? MOUSE_ON : MOUSE_OFF);
  }

  /** Asks what its background is. */
  askBackground(): void {
    this.write(BACKGROUND);
  }

  /** Writes, unless it is somebody else's; what is written while the terminal is busy goes together. */
  write(text: string): void {
    if (!this.#isLeaving) this.#put(text);
  }

  #put(text: string): void {
    if (!this.#open || text === "") return;
    this.#queued += text;
    this.#writing ??= this.#flush();
  }

  /** Gives the terminal back. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isLeaving = true;
    Deno.removeSignalListener("SIGWINCH", this.#winch);
    Deno.removeSignalListener("SIGCONT", this.#cont);
    for (const name of ["unload", "error", "unhandledrejection"]) {
      globalThis.removeEventListener(name, this.#restore);
    }
    if (this.#open) await this.#pop();
  }

  /** Gives the terminal away while `run` has it, such as an editor. */
  async lend<T>(run: () => Promise<T>): Promise<T> {
    await this.#leave();
    this.#isLent = true;
    try {
      return await run();
    } finally {
      this.#isLent = false;
      if (!this.#isClosed) this.#comeBack();
    }
  }

  /** Stops, as Ctrl+Z does: the whole job, since a launcher before us is part of it. */
  async suspend(): Promise<void> {
    await this.#leave();
    Deno.kill(0, "SIGTSTP");
    // Where the system does not stop us (no shell that could go on with us), nothing has happened.
    setTimeout(() => this.#open || this.#resume(), 100);
  }

  #resume(): void {
    if (this.#isLent || this.#isClosed) return;
    if (!this.#open) return this.#comeBack();
    if (this.#isLeaving) return;
    // Stopped from outside, nothing was popped: the shell has written over the picture, and may have set its own modes.
    try {
      Deno.stdin.setRaw(true);
    } catch {
      return; // a terminal that goes away says so with this signal, too
    }
    this.write(MODES + (this.#mouse ? MOUSE_ON : ""));
    this.#options.onResume();
  }

  #comeBack(): void {
    this.#enter();
    if (this.#kitty) this.write(KITTY_ON);
    this.#options.onResume();
  }

  /** A read that waits would take the first key of who is next: an answer of the terminal ends it before that. */
  async #leave(): Promise<void> {
    this.#isLeaving = true;
    const stopped = Promise.withResolvers<void>();
    this.#stopped = stopped.resolve;
    if (this.#isReading) {
      this.#put("\x1b[c");
      await withinLimit(stopped.promise);
    }
    await this.#pop();
  }

  async #pop(): Promise<void> {
    this.#put(this.#popText());
    await this.#settled();
    this.#open = false;
    this.#cook();
  }

  #enter(): void {
    Deno.stdin.setRaw(true);
    this.#open = true;
    this.#isLeaving = false;
    this.#stopped = undefined;
    this.#readAgain?.();
    this.write(PUSH + (this.#mouse ? MOUSE_ON : ""));
  }

  #popText(): string {
    return (this.#kitty ? KITTY_OFF : "") + (this.#mouse ? MOUSE_OFF : "") + POP;
  }

  #cook(): void {
    try {
      Deno.stdin.setRaw(false);
    } catch {
      // It is gone, and nobody is left to see how it was left.
    }
  }

  /** The last resort: synchronously, when the program is about to end. */
  #restoreNow(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#cook();
    if (this.#gone) return;
    try {
      Deno.stdout.writeSync(utf8(this.#popText()));
    } catch {
      // As above.
    }
  }

  #settled(): Promise<void> {
    return withinLimit(this.idle);
  }

  async #flush(): Promise<void> {
    try {
      while (this.#queued !== "") {
        const bytes = utf8(this.#queued);
        this.#queued = "";
        for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
      }
    } catch {
      this.#left();
    } finally {
      this.#writing = undefined;
    }
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    try {
      for (;;) {
        this.#isReading = true;
        const count = await Deno.stdin.read(buffer);
        this.#isReading = false;
        if (count === null || count === 0) break;
        if (this.#open) this.#options.onBytes(buffer.slice(0, count));
        if (this.#stopped === undefined) continue;
        const again = new Promise<void>((resolve) => this.#readAgain = resolve);
        this.#stopped();
        await again;
      }
    } catch {
      // EIO: as good as the end.
    }
    this.#left();
  }

  #left(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#options.onGone();
  }
}

/** Waits, and not for ever. */
async function withinLimit(promise: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, LAST_MS));
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
