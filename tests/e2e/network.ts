/**
 * A private network of real processes on loopback, for end-to-end tests: `dmsg serve` and whatever is started
 * beside it, each with the release's permissions.
 *
 * @module
 */
import { generateKeyPair } from "../../lib/crypto/keys.ts";
import { CARRIERS } from "../../lib/dmsg/carriers/mod.ts";
import { DmsgClient } from "../../lib/dmsg/client.ts";
import { DiscoveryClient } from "../../lib/dmsg/discovery.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { concat, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { newStage, type Stage } from "../script/script.ts";

/** Longest wait for something that a process prints; a failing test should not hang. */
const WAIT_MS = 10_000;

/** How a process ended. */
export interface Ended {
  readonly status: number;
  readonly stdout: Uint8Array<ArrayBuffer>;
  readonly stderr: string;
}

/** A started process; its output is collected. */
export class Running {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #changed: (() => void)[] = [];
  readonly #out: Uint8Array[] = [];
  #stderr = "";
  readonly #read: Promise<unknown>;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#read = Promise.all([
      this.#collect(child.stdout, (bytes) => this.#out.push(bytes)),
      this.#collect(child.stderr, (bytes) => this.#stderr += fromUtf8(bytes)),
    ]);
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
    const late = AbortSignal.timeout(WAIT_MS);
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
  readonly servers: readonly { readonly pk: string; readonly address: string }[];
}

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
  /** Starts a listener and waits until it can be reached: its `PK:PORT`. */
  listener(identity: string, ...args: string[]): Promise<{ process: Running; address: string }>;
}

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
  const start = (identity: string, ...args: string[]): Running =>
    begin([...args, "--local", "--identity", identity]);
  return {
    stage,
    serve,
    ready,
    serveAgain: async () => (await begun()).ready,
    start,
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
