/**
 * What the demos and some tests are played on: processes that are spoken with in JSON lines, in a directory of their own.
 *
 * @module
 */
import { ENV_NAMES } from "../lib/sys/env.ts";
import { makeTemporaryDirectory } from "../lib/sys/files/temporary.ts";

/** Longest wait for any step; a cold start downloads nothing, so this is generous. */
const STEP_MS = 30_000;
/** The program. */
export const MAIN: string = new URL("../main.ts", import.meta.url).href;

/** A process of the demo that is spoken with in JSON lines. */
export class Child {
  readonly #process: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  /** What it wrote on standard error. */
  complaints = "";

  constructor(args: string[]) {
    this.#process = command(args, "null").spawn();
    this.#lines = lines(this.#process.stdout)[Symbol.asyncIterator]();
    void this.#collect();
  }

  /** Its next line; throws when it ends or takes too long. */
  async next(): Promise<unknown> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`nothing happened for ${STEP_MS / 1000} s`)),
      STEP_MS,
    );
    try {
      const { value, done } = await Promise.race([this.#lines.next(), late.promise]);
      if (done) throw new Error("a process of the demo ended");
      return JSON.parse(value);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Passes over lines up to an event of a name. @returns Its line. @throws As {@link Child.next}. */
  async nextEvent(name: string): Promise<Record<string, unknown>> {
    for (;;) {
      const line = await this.next() as Record<string, unknown>;
      if (line.event === name) return line;
    }
  }

  /** Asks it to end and waits. */
  async end(): Promise<void> {
    try {
      this.#process.kill("SIGTERM");
    } catch { /* has ended */ }
    await this.#process.status;
  }

  /** Ends it at once, as a power cut does to one program. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
  }

  async #collect(): Promise<void> {
    for await (const line of lines(this.#process.stderr)) this.complaints += `${line}\n`;
  }
}

/** What a private network says of itself. */
export interface Network {
  /** Its discovery's URL. */
  readonly discovery: string;
  /** Its servers. */
  readonly servers: readonly { readonly pk: string }[];
}

/** A directory and the processes that keep what they have in it; both are gone when it is disposed of. */
export class Stage implements AsyncDisposable {
  /** The directory. */
  readonly dir: string;
  readonly #children: Child[] = [];

  private constructor(dir: string) {
    this.dir = dir;
  }

  /** One with nothing on it. */
  static async open(): Promise<Stage> {
    return new Stage(await makeTemporaryDirectory("dmsg-demo-"));
  }

  /** Starts a command, or a script. */
  start(args: string[]): Child {
    const child = new Child(args);
    this.#children.push(child);
    return child;
  }

  /** Starts a discovery and a server on ports of the system's choice. */
  async network(): Promise<Network> {
    const addresses = ["--discovery-address", "127.0.0.1:0", "--server-address", "127.0.0.1:0"];
    return await this.start([MAIN, "serve", "--json", "--data-dir", this.dir, ...addresses])
      .next() as Network;
  }

  /** Starts the daemon of an identity. @returns It, once it can be reached. */
  async daemon(identity: string, discovery: string): Promise<Child> {
    const who = ["--identity", identity, "--data-dir", this.dir, "--discovery", discovery];
    const child = this.start([MAIN, "daemon", "--json", ...who]);
    await child.nextEvent("reachable");
    return child;
  }

  /** What its processes wrote on standard error. */
  get complaints(): string {
    return this.#children.map(({ complaints }) => complaints).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.reverse()) await child.end();
    await Deno.remove(this.dir, { recursive: true });
  }
}

/**
 * Runs a tour on a stage of its own.
 * @param until  Signals that the tour outlives: what it has left the terminal to ends by itself.
 * @returns The exit status.
 */
export async function runDemo(
  tour: (stage: Stage) => Promise<void>,
  until: readonly Deno.Signal[] = ["SIGINT"],
): Promise<number> {
  await using stage = await Stage.open();
  const stop = (): void => {}; // Ctrl+C ends the children; we clean up after them
  for (const signal of until) Deno.addSignalListener(signal, stop);
  // What the user has set up for other networks must not get in here.
  for (const name of ["DMSG_SK", "DMSGCURL_SK", "DMSG_DISCOVERY", "DMSG_STORE"]) Deno.env.delete(name);
  Deno.env.set("XDG_CONFIG_HOME", stage.dir);
  try {
    await tour(stage);
    return 0;
  } catch (error) {
    console.log(` ✗ ${error instanceof Error ? error.message : String(error)}`);
    console.error(stage.complaints);
    return 1;
  } finally {
    for (const signal of until) Deno.removeSignalListener(signal, stop);
  }
}

/** This runtime with the permissions of a release. */
export function command(args: string[], stdin: "null" | "inherit"): Deno.Command {
  const others = stdin === "inherit" ? "inherit" : "piped";
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "-N",
      "-R",
      "-W",
      `--allow-env=${ENV_NAMES.join(",")}`,
      "--allow-run",
      ...args,
    ],
    stdin,
    stdout: others,
    stderr: others,
  });
}

async function* lines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let held = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (held + text).split("\n");
    held = parts.pop()!;
    yield* parts;
  }
}
