/**
 * What the demos are made of: processes that are spoken with in JSON lines, and a person who answers.
 *
 * @module
 */
import { CHAT_PORT, Messenger } from "../lib/app/messages/messenger.ts";
import { openNode } from "../lib/app/node/open.ts";
import { resolveSettings } from "../lib/app/settings.ts";
import { resolveIdentity } from "../lib/identity/identity.ts";
import { systemClock } from "../lib/sys/clock.ts";
import { ENV_NAMES, systemEnv } from "../lib/sys/env.ts";
import { systemFiles } from "../lib/sys/files.ts";
import { systemOs } from "../lib/sys/paths.ts";
import { systemRandom } from "../lib/sys/random.ts";
import { makeTemporaryDirectory } from "../lib/sys/temporary.ts";

/** Longest wait for any step; a cold start downloads nothing, so this is generous. */
const STEP_MS = 30_000;
/** The program. */
export const MAIN: string = new URL("../main.ts", import.meta.url).href;
/** A script that answers: see {@link answering}. */
export const ANSWERING: string = new URL("demo_person.ts", import.meta.url).href;

const host = {
  env: systemEnv,
  files: systemFiles,
  os: systemOs,
  clock: systemClock(),
  random: systemRandom,
  fetch,
};

/** An identity that has never run. @returns Its key. */
export async function makeIdentity(identity: string, dataDir: string): Promise<string> {
  const { pair } = await resolveIdentity(await resolveSettings({ identity, dataDir }, host), host);
  return pair.pk;
}

/**
 * A person who answers every message; runs until SIGTERM.
 * @param name  The identity.
 * @param greets  Whom to write to first, as soon as that one can be reached.
 */
export async function answering(
  name: string,
  discovery: string,
  dataDir: string,
  greets?: string,
): Promise<void> {
  const stop = new AbortController();
  Deno.addSignalListener("SIGTERM", () => stop.abort());
  Deno.addSignalListener("SIGINT", () => {}); // meant for the chat
  const settings = await resolveSettings({ identity: name, dataDir, discovery: [discovery] }, host);
  const identity = await resolveIdentity(settings, host);
  const node = await openNode({
    settings,
    identity,
    command: "demo",
    resident: true,
    onEvent: ({ kind }) => kind === "registered" && console.log(JSON.stringify({ ready: true })),
  }, { ...host, signal: stop.signal });
  const messenger = new Messenger({ network: node.client, clock: host.clock, random: host.random });
  const answer = (pk: string, text: string): void =>
    void messenger.send({ pk, port: CHAT_PORT }, `${name} heard: ${text}`, { waitMs: 5000 }).catch(() => {});
  if (greets !== undefined) void greet(messenger, greets, name, stop.signal);
  await messenger.listen((burst) => {
    for (const { from, body } of burst) setTimeout(() => answer(from, body)); // after the ack
    return burst.map(() => true);
  }, stop.signal);
  await node.close();
}

/** Says hello once. */
async function greet(messenger: Messenger, pk: string, name: string, signal: AbortSignal): Promise<void> {
  const text = `Hello, this is ${name}. Write something!`;
  while (!signal.aborted) {
    const sent = messenger.send({ pk, port: CHAT_PORT }, text, { waitMs: 5000 });
    if (await sent.then(() => true, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

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

/**
 * Runs a tour in a directory of its own that is gone afterwards, with what it started.
 * @param tour  Puts what it starts into the list.
 * @returns The exit status.
 */
export async function runDemo(tour: (dir: string, children: Child[]) => Promise<void>): Promise<number> {
  const dir = await makeTemporaryDirectory("dmsg-demo-");
  const children: Child[] = [];
  const stop = (): void => {}; // Ctrl+C ends the children; we clean up after them
  Deno.addSignalListener("SIGINT", stop);
  // What the user has set up for other networks must not get in here.
  for (const name of ["DMSG_SK", "DMSGCURL_SK", "DMSG_DISCOVERY", "DMSG_STORE"]) Deno.env.delete(name);
  Deno.env.set("XDG_CONFIG_HOME", dir);
  try {
    await tour(dir, children);
    return 0;
  } catch (error) {
    console.log(` ✗ ${error instanceof Error ? error.message : String(error)}`);
    for (const child of children) console.error(child.complaints);
    return 1;
  } finally {
    for (const child of children.reverse()) await child.end();
    await Deno.remove(dir, { recursive: true });
    Deno.removeSignalListener("SIGINT", stop);
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
