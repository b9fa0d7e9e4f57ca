// deno task demo
/**
 * A tour: starts a private network and two identities in processes of their own, lets them send to each other, and
 * then, in a terminal, leaves you in a chat. Keeps nothing.
 *
 * @module
 */
import { CHAT_PORT, Messenger } from "../lib/app/messages.ts";
import { openNode } from "../lib/app/open.ts";
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
const MAIN = new URL("../main.ts", import.meta.url).href;
const SELF = import.meta.url;

async function demo(): Promise<number> {
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
    say("✗", "", error instanceof Error ? error.message : String(error));
    for (const child of children) console.error(child.complaints);
    return 1;
  } finally {
    for (const child of children.reverse()) await child.end();
    await Deno.remove(dir, { recursive: true });
    Deno.removeSignalListener("SIGINT", stop);
  }
}

async function tour(dir: string, children: Child[]): Promise<void> {
  console.log("A private dmsg network on this machine, and two people who talk over it.\n");
  const start = (args: string[]): Child => {
    const child = new Child(args);
    children.push(child);
    return child;
  };
  const since = stopwatch();
  const addresses = ["--discovery-address", "127.0.0.1:0", "--server-address", "127.0.0.1:0"];
  const network = await start([MAIN, "serve", "--json", "--data-dir", dir, ...addresses]).next();
  const { discovery, servers } = network as { discovery: string; servers: { pk: string }[] };
  say("✓", "network", `discovery ${discovery}, server ${short(servers[0].pk)}`, since());

  const who = (name: string): string[] => ["--identity", name, "--data-dir", dir, "--discovery", discovery];
  await makeIdentity("bob", dir); // `listen` makes Alice's; who sends has one already
  const listening = start([MAIN, "listen", "--json", ...who("alice")]);
  const alicePk = await ready(listening, "alice");
  const bobPk = await greet(listening, "bob", "alice", alicePk, who("bob"), "Hello Alice, this is Bob.");
  await listening.end();
  say("·", "alice", "stops listening; now Bob listens and Alice writes");
  const bobListens = start([MAIN, "listen", "--json", ...who("bob")]);
  await ready(bobListens, "bob");
  await greet(bobListens, "alice", "bob", bobPk, who("alice"), "Hello Bob, I got it.");
  await bobListens.end();
  console.log("\nThe server between them saw keys, times and sizes, and not a word.");
  if (!Deno.stdin.isTerminal()) return;

  const answering = start([SELF, "alice", discovery, dir]);
  await answering.next();
  console.log("\nYour turn: you are Bob, and Alice answers. Ctrl+D ends.\n");
  const chat = command([MAIN, "chat", alicePk, ...who("bob")], "inherit").spawn();
  await chat.status;
}

const host = {
  env: systemEnv,
  files: systemFiles,
  os: systemOs,
  clock: systemClock(),
  random: systemRandom,
  fetch,
};

async function makeIdentity(identity: string, dataDir: string): Promise<void> {
  await resolveIdentity(await resolveSettings({ identity, dataDir }, host), host);
}

/** Waits until a `dmsg listen --json` can be reached. */
async function ready(child: Child, name: string): Promise<string> {
  const since = stopwatch();
  const { addr } = await child.next() as { addr: string };
  say("✓", name, `listens as ${short(addr)}`, since());
  return addr;
}

/** One `dmsg send` and what the other side shows; returns the sender's key. */
async function greet(
  receiver: Child,
  from: string,
  to: string,
  toPk: string,
  who: string[],
  text: string,
): Promise<string> {
  say("→", from, `"${text}"`);
  const since = stopwatch();
  const shown = receiver.next();
  shown.catch(() => {}); // the send tells more
  const { success, stdout, stderr } = await command([MAIN, "send", "--json", toPk, text, ...who], "null")
    .output();
  if (!success) throw new Error(`${from} could not send\n${decode(stdout)}${decode(stderr)}`);
  const took = since();
  const { ms } = JSON.parse(decode(stdout)) as { ms: number };
  const { from: fromPk, body } = await shown as { from: string; body: string };
  say("✓", to, `[${short(fromPk)}] ${body}`);
  say("✓", from, `acked by ${to} in ${ms} ms; the whole command took`, took);
  return fromPk;
}

/** The other process of the chat: answers every message. */
async function alice(discovery: string, dataDir: string): Promise<void> {
  const stop = new AbortController();
  Deno.addSignalListener("SIGTERM", () => stop.abort());
  Deno.addSignalListener("SIGINT", () => {}); // meant for the chat
  const settings = await resolveSettings({ identity: "alice", dataDir, discovery: [discovery] }, host);
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
    void messenger.send({ pk, port: CHAT_PORT }, `alice heard: ${text}`, { waitMs: 5000 }).catch(() => {});
  await messenger.listen((burst) => {
    for (const { from, body } of burst) setTimeout(() => answer(from, body)); // after the ack
    return burst.map(() => true);
  }, stop.signal);
  await node.close();
}

/** A process of the demo that is spoken with in JSON lines. */
class Child {
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

  async #collect(): Promise<void> {
    for await (const line of lines(this.#process.stderr)) this.complaints += `${line}\n`;
  }
}

/** This runtime with the permissions of a release. */
function command(args: string[], stdin: "null" | "inherit"): Deno.Command {
  const others = stdin === "inherit" ? "inherit" : "piped";
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "-N", "-R", "-W", `--allow-env=${ENV_NAMES.join(",")}`, ...args],
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

function say(mark: string, who: string, what: string, ms?: number): void {
  const line = ` ${mark} ${who.padEnd(8)} ${what}`;
  console.log(ms === undefined ? line : `${line.padEnd(78)} ${String(ms).padStart(5)} ms`);
}

function stopwatch(): () => number {
  const startMs = performance.now();
  return () => Math.round(performance.now() - startMs);
}

const short = (pk: string): string => `${pk.slice(0, 8)}…`;
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

if (Deno.args[0] === "alice") await alice(Deno.args[1], Deno.args[2]);
else Deno.exit(await demo());
