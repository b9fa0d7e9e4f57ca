/**
 * A private network of real processes on loopback, for end-to-end tests: `dmsg serve` and whatever is started
 * beside it, each with the release's permissions.
 *
 * @module
 */
import { deepStrictEqual } from "node:assert/strict";
import { generateKeyPair } from "../../lib/crypto/keys.ts";
import { CARRIERS } from "../../lib/dmsg/carriers/mod.ts";
import { DmsgClient } from "../../lib/dmsg/client.ts";
import { DiscoveryClient } from "../../lib/dmsg/discovery/client.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { concat, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { haveIdentity } from "../script/have_identity.ts";
import { newStage, type Stage } from "../script/script.ts";

/** Longest wait for something that a process prints, on a machine that others use as well; a failing test should not hang. */
const WAIT_MS = 120_000;

/** How a process ended. */
export interface Ended {
  readonly status: number;
  readonly stdout: Uint8Array<ArrayBuffer>;
  readonly stderr: string;
}

/** A started process; its output is collected. */
export class Running {
  readonly #child: Deno.ChildProcess;
  readonly #patienceMs: number;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #changed: (() => void)[] = [];
  readonly #out: Uint8Array[] = [];
  #stderr = "";
  readonly #read: Promise<unknown>;

  /** @param patienceMs  Longest wait for what it prints. */
  constructor(child: Deno.ChildProcess, patienceMs = WAIT_MS) {
    this.#child = child;
    this.#patienceMs = patienceMs;
    this.#input = child.stdin.getWriter();
    this.#read = Promise.all([
      this.#collect(child.stdout, (bytes) => this.#out.push(bytes)),
      this.#collect(child.stderr, (bytes) => this.#stderr += fromUtf8(bytes)),
    ]);
  }

  /** Its process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Bytes to its standard input. */
  write(bytes: Uint8Array<ArrayBuffer> | string): Promise<void> {
    return this.#input.write(typeof bytes === "string" ? Uint8Array.from(utf8(bytes)) : bytes);
  }

  /** Ends its standard input. */
  async end(): Promise<void> {
    await this.#input.close().catch(() => {}); // it may have ended first
  }

  /** Waits until a stream of its output holds a text. */
  async prints(stream: "stdout" | "stderr", text: string): Promise<string> {
    const late = AbortSignal.timeout(this.#patienceMs);
    for (;;) {
      const all = stream === "stdout" ? fromUtf8(concat(...this.#out)) : this.#stderr;
      if (all.includes(text)) return all;
      await new Promise<void>((resolve, reject) => {
        this.#changed.push(resolve);
        late.addEventListener("abort", () => reject(new Error(`no "${text}" in:\n${all}\n${this.#stderr}`)));
      });
    }
  }

  /** Sends it a signal; fine when it has ended. */
  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch { /* it has ended */ }
  }

  /** Waits for its end. */
  async ended(): Promise<Ended> {
    const { code } = await this.#child.status;
    await this.#read;
    await this.end();
    return { status: code, stdout: Uint8Array.from(concat(...this.#out)), stderr: this.#stderr };
  }

  async #collect(stream: ReadableStream<Uint8Array>, take: (bytes: Uint8Array) => void): Promise<void> {
    for await (const bytes of stream) {
      take(bytes);
      for (const wake of this.#changed.splice(0)) wake();
    }
  }
}

/** The line that says where a network can be reached. */
export interface Ready {
  readonly discovery: string;
  readonly discovery_over_dmsg: string;
  readonly servers: readonly { readonly pk: string; readonly address: string }[];
}

/** What a command that has ended said. */
export interface Said {
  readonly status: number;
  readonly out: string;
  /** Without the lines about a new identity. */
  readonly err: string;
}

/** A key that no test has. */
export const NOBODY = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";

/** A running network. */
export interface TestNetwork extends AsyncDisposable {
  readonly stage: Stage;
  /** What `serve --json` printed. */
  readonly ready: Ready;
  readonly serve: Running;
  /** Starts `serve` once more in the same directory, after the first one ended. */
  serveAgain(): Promise<Ready>;
  /** Starts a command on this network under an identity of its own. */
  start(identity: string, ...args: string[]): Running;
  /** The same, with the URL of a discovery. */
  startAt(discovery: string, identity: string, ...args: string[]): Running;
  /** Starts `listen`, `daemon` or `chat` and waits until it can be reached. */
  resident(identity: string, ...args: string[]): Promise<{ process: Running; pk: string }>;
  /** Runs a command to its end; its input ends after `input`. */
  run(identity: string, args: readonly string[], input?: string): Promise<Said>;
  /** What a command prints that takes no network and has nothing to complain about. */
  look(identity: string, ...args: string[]): Promise<string>;
  /** Starts a listener and waits until it can be reached: its `PK:PORT`. */
  listener(identity: string, ...args: string[]): Promise<{ process: Running; address: string }>;
}

/** A test with a network of its own. */
export const networkTest = (name: string, fn: (network: TestNetwork) => Promise<void>): void =>
  Deno.test({
    name,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using network = await startNetwork();
      await fn(network);
    },
  });

/** Where a command that stays says that it can be reached, and how. */
function readyText(args: readonly string[]): ["stdout" | "stderr", string] {
  if (args[0] === "daemon") return ["stdout", "reachable"];
  if (args[0] === "chat") return ["stderr", "Each line is a message"];
  return args.includes("--json") ? ["stdout", "banner"] : ["stderr", "Press Ctrl+C to stop\n"];
}

const withoutNewIdentity = (text: string): string =>
  text.replace(/Made a new identity: .*\nIts secret key .*\n/, "");

/** Nor that a list is empty, or that a program with the same identity is waited for: on a busy machine that takes a second. */
const withoutNotices = (text: string): string =>
  withoutNewIdentity(text).replace(
    /^(?:\(no [^\n]*\)|Waiting for `dmsg [^\n]*, which has this identity)\n/gm,
    "",
  );

/** A client in this process that registers and, on some ports, takes streams and reads them without an answer. */
export async function deafPeer(
  discovery: string,
  ...ports: number[]
): Promise<AsyncDisposable & { readonly pk: string }> {
  const clock = systemClock();
  const registered = Promise.withResolvers<void>();
  const client = new DmsgClient({
    pair: generateKeyPair(systemRandom),
    discovery: new DiscoveryClient({ urls: [discovery], fetch, clock }),
    carriers: CARRIERS,
    clock,
    random: systemRandom,
    onEvent: ({ kind }) => kind === "registered" && registered.resolve(),
  });
  for (const port of ports) {
    void (async () => {
      for await (const stream of client.listen(port)) void swallow(stream).catch(() => {});
    })();
  }
  client.publish();
  await registered.promise;
  return { pk: client.pk, [Symbol.asyncDispose]: () => client.close() };
}

async function swallow(stream: { read(): Promise<Uint8Array | null> }): Promise<void> {
  while (await stream.read());
}

/** Starts a network; disposing of it ends everything that was started on it. */
export async function startNetwork(...serveArgs: string[]): Promise<TestNetwork> {
  const stage = await newStage();
  const all: Running[] = [];
  const begin = (args: readonly string[]): Running => {
    const process = new Running(stage.start(args));
    all.push(process);
    return process;
  };
  const free = ["--discovery-address", "127.0.0.1:0", "--server-address", "127.0.0.1:0"];
  const begun = async (): Promise<{ serve: Running; ready: Ready }> => {
    const serve = begin(["serve", ...free, "--json", ...serveArgs]);
    return { serve, ready: JSON.parse(await serve.prints("stdout", "\n")) };
  };
  const { serve, ready } = await begun();
  const startOn = (at: readonly string[], identity: string, ...args: string[]): Running => {
    haveIdentity(stage.home, identity);
    const end = args.includes("--") ? args.indexOf("--") : args.length; // what follows is not ours
    return begin([...args.slice(0, end), ...at, "--identity", identity, ...args.slice(end)]);
  };
  const start: TestNetwork["start"] = (...rest) => startOn(["--local"], ...rest);
  return {
    stage,
    serve,
    ready,
    serveAgain: async () => (await begun()).ready,
    start,
    startAt: (discovery, ...rest) => startOn(["--discovery", discovery], ...rest),
    async resident(identity, ...args) {
      const process = start(identity, ...args);
      const [stream, text] = readyText(args);
      const printed = await process.prints(stream, text);
      return { process, pk: /0[23][0-9a-f]{64}(?=["\s])/.exec(printed)![0] };
    },
    async run(identity, args, input = "") {
      const process = start(identity, ...args);
      if (input !== "") await process.write(input);
      await process.end();
      const { status, stdout, stderr } = await process.ended();
      return { status, out: fromUtf8(stdout), err: withoutNewIdentity(stderr) };
    },
    async look(identity, ...args) {
      haveIdentity(stage.home, identity);
      const line = ["dmsg", ...args, "--identity", identity].map((word) => `'${word}'`).join(" ");
      const { stdout, stderr, status } = await stage.run(line);
      deepStrictEqual([status, withoutNotices(stderr)], [0, ""]);
      return stdout;
    },
    listener: async (identity, ...args) => {
      const process = start(identity, "nc", "-l", ...args);
      const address = /Listening on (\S+)\n/.exec(await process.prints("stderr", "Listening on "))![1];
      return { process, address };
    },
    async [Symbol.asyncDispose]() {
      for (const process of all) process.kill("SIGKILL");
      for (const process of all) await process.ended();
      await stage[Symbol.asyncDispose]();
    },
  };
}
