/**
 * A program on a terminal, which is one of `script`: every byte of it is counted.
 *
 * @module
 */
import { fromUtf8, utf8 } from "../lib/wire/bytes.ts";
import { environment } from "./processes.ts";

/** Whether there can be one: on Linux, with `script` of util-linux. */
export const hasScript = (): Promise<boolean> =>
  Deno.build.os === "linux" ? isInstalled("script") : Promise.resolve(false);

/** Whether a command can be run. */
export async function isInstalled(command: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", { args: ["-c", `command -v ${command}`], stdout: "null" })
    .output();
  return success;
}

/** A program on a terminal of 80×24. */
export class Screen {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #waiting = new Set<() => void>();
  /** Bytes so far. */
  bytes = 0;
  /** The newest of them. */
  text = "";

  /** Starts it. */
  constructor(command: readonly string[], home: string) {
    const words = command.map((word) => `'${word}'`).join(" ");
    const script = `stty cols 80 rows 24; exec ${words}`;
    this.#child = new Deno.Command("script", {
      args: ["-qec", script, "/dev/null"],
      env: { ...environment(home), TERM: "xterm-256color", SHELL: "/bin/sh", LANG: "C.UTF-8" },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    void this.#read(this.#child.stdout);
  }

  async #read(stdout: ReadableStream<Uint8Array>): Promise<void> {
    for await (const part of stdout) {
      this.bytes += part.length;
      this.text = (this.text + fromUtf8(part)).slice(-65_536);
      for (const tell of this.#waiting) tell();
    }
  }

  /** Types. */
  type(text: string): Promise<void> {
    return this.#writer.write(Uint8Array.from(utf8(text)));
  }

  /** Resolves when the output so far passes. */
  until(passes: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!passes()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Figures of the program's own process; `waitedS`: it was ready to run and another process had the processor. */
  async status(): Promise<{ peakMiB: number; cpuS: number; waitedS: number }> {
    const { stdout } = await new Deno.Command("ps", { args: ["-o", "pid=", "--ppid", `${this.#child.pid}`] })
      .output();
    const pid = fromUtf8(stdout).trim().split("\n")[0].trim();
    const text = await Deno.readTextFile(`/proc/${pid}/status`);
    const [, waitedNs] = (await Deno.readTextFile(`/proc/${pid}/schedstat`)).split(" ");
    const fields = (await Deno.readTextFile(`/proc/${pid}/stat`)).split(") ")[1].split(" ");
    return {
      peakMiB: Number(/VmHWM:\s+(\d+)/.exec(text)![1]) / 1024,
      waitedS: Number(waitedNs) / 1e9,
      cpuS: (Number(fields[11]) + Number(fields[12])) / 100,
    };
  }

  /** Leaves. @param keys  What ends the program. */
  async end(keys = "\x03"): Promise<void> {
    await this.type(keys);
    await this.#child.status;
    await this.#writer.close().catch(() => {});
  }
}
