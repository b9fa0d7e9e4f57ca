/** A terminal of tmux: keys in, screens out. */
import { strictEqual } from "node:assert/strict";
import { haveIdentity } from "../script/have_identity.ts";
import type { Stage } from "../script/script.ts";

/**
 * Longest wait for a screen. What waits for a peer that was killed leaves when its entry is looked at again, every 30 s,
 * and an attempt that was under way then takes 20 s more; the machine may be busy besides.
 */
const WAIT_MS = 120_000;

/** What a program may take to end once its terminal is gone: one second on a machine that has nothing else to do. */
const END_MS = 60_000;

/** Whether there is a tmux. */
export const hasTmux: boolean = await (async () => {
  try {
    return (await new Deno.Command("tmux", { args: ["-V"], stdout: "null", stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
})();

/** A pane that runs a shell command. */
export class Pane implements AsyncDisposable {
  readonly #stage: Stage;
  readonly #socket: string;

  private constructor(stage: Stage, socket: string) {
    this.#stage = stage;
    this.#socket = socket;
  }

  /** Starts `dmsg` with words under an identity, in a terminal of its own. */
  static async open(stage: Stage, identity: string, words: string, size = [80, 24]): Promise<Pane> {
    return await Pane.#of(
      stage,
      identity,
      `dmsg ${words} --local --identity ${identity}; echo ended $?; exec cat`,
      size,
    );
  }

  /** Starts a shell that knows jobs, with variables set. */
  static async shell(stage: Stage, identity: string, variables: string): Promise<Pane> {
    return await Pane.#of(stage, identity, `env ${variables} PS1=% bash --norc --noprofile -i`, [80, 24]);
  }

  static async #of(
    stage: Stage,
    identity: string,
    command: string,
    [columns, rows]: number[],
  ): Promise<Pane> {
    haveIdentity(stage.home, identity);
    const pane = new Pane(stage, `dmsg-${identity}-${crypto.randomUUID()}`);
    await pane.#tmux(`-f /dev/null new-session -d -x ${columns} -y ${rows} '${command}'`);
    await pane.#tmux("set-option -g window-size manual");
    return pane;
  }

  /** Types keys in tmux's names. */
  async keys(...keys: string[]): Promise<void> {
    await this.#tmux(`send-keys ${keys.map((key) => `'${key}'`).join(" ")}`);
  }

  /** Types a text letter by letter. */
  async text(text: string): Promise<void> {
    await this.#tmux(`send-keys -l '${text}'`);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux(`resize-window -x ${columns} -y ${rows}`);
  }

  /** The rows as they are. */
  async screen(): Promise<string> {
    return (await this.#tmux("capture-pane -p")).trimEnd();
  }

  /** Waits until the screen has all of these; throws with what it has instead. */
  async shows(...patterns: (string | RegExp)[]): Promise<string> {
    const endMs = Date.now() + WAIT_MS;
    for (;;) {
      const screen = await this.screen();
      const missing = patterns.filter((one) =>
        typeof one === "string" ? !screen.includes(one) : !one.test(screen)
      );
      if (missing.length === 0) return screen;
      if (Date.now() > endMs) throw new Error(`the screen does not show ${missing.join(", ")}:\n${screen}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** The process that draws the screen: the child of the pane's shell. @throws Error  If it has ended. */
  async pid(): Promise<number> {
    const pid = await this.#pid();
    if (pid === undefined) throw new Error("what ran in the terminal has ended");
    return pid;
  }

  async #pid(): Promise<number | undefined> {
    const pane = await this.#stage.run(`tmux -L ${this.#socket} display-message -p '#{pane_pid}'`);
    if (pane.status !== 0) return undefined; // the pane's shell has ended, and the terminal with it
    const { stdout } = await this.#stage.run(`ps -o pid= --ppid ${pane.stdout.trim()}`);
    return stdout.trim() === "" ? undefined : Number(stdout.trim().split("\n")[0]);
  }

  /**
   * Takes the terminal away, and returns once what ran in it has ended: until then it writes into its folders, which the
   * stage would remove under it.
   * @throws Error  If it has not ended after {@link END_MS}.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const pid = await this.#pid();
    await this.#stage.run(`tmux -L ${this.#socket} kill-server 2>/dev/null`);
    if (pid === undefined) return;
    const endMs = Date.now() + END_MS;
    while ((await this.#stage.run(`kill -0 ${pid} 2>/dev/null`)).status === 0) {
      if (Date.now() > endMs) throw new Error("what ran in the terminal is still there");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #tmux(words: string): Promise<string> {
    const { stdout, stderr, status } = await this.#stage.run(`tmux -L ${this.#socket} ${words}`);
    strictEqual(status, 0, `tmux ${words}: ${stderr}`);
    return stdout;
  }
}
