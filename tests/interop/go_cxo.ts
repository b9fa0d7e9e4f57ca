/**
 * A Go CXO node of 2019 as a process, and ours beside it on plain TCP. The process is `cxo-peer` in `DMSG_GO_BIN`: the
 * node of skycoin/cxo behind a line a command and a line an event, with frames as the programs of 2026 wrap them.
 */
import type { KeyPair } from "../../lib/crypto/keys.ts";
import { CxoHost } from "../../lib/cxo/node/host.ts";
import { CxoNode } from "../../lib/cxo/node/node.ts";
import type { NodeIn, NodeOut } from "../../lib/cxo/node/types.ts";
import { curveScheme } from "../../lib/cxo/objects/root.ts";
import { duplexOf } from "../../lib/dmsg/carriers/tcp.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { fromHex, toHex } from "../../lib/wire/bytes.ts";
import { GO_BIN } from "./go_peers.ts";

/** Leaves by path. */
export type Tree = Readonly<Record<string, string>>;

/** What happens in order; whoever waits for something passes over what came before it. */
class Log<T> {
  readonly #seen: T[] = [];
  #wake: () => void = () => {};
  #ended = false;

  add(item: T): void {
    this.#seen.push(item);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async next<U>(pick: (item: T) => U | undefined): Promise<U> {
    for (;;) {
      for (let item = this.#seen.shift(); item !== undefined; item = this.#seen.shift()) {
        const hit = pick(item);
        if (hit !== undefined) return hit;
      }
      if (this.#ended) throw new Error("it ended before that");
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}

// deno-lint-ignore no-explicit-any
type Said = any;

/** The Go node. */
export class GoCxo implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #log = new Log<Said>();
  readonly #read: Promise<void>;

  /** @param args  `-listen`, `-connect`: addresses; `-feed`: whom it follows; without it, it speaks. */
  constructor({ secret }: KeyPair, ...args: string[]) {
    this.#child = new Deno.Command(`${GO_BIN}/cxo-peer`, {
      args: ["-sk", toHex(secret), ...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.#read = this.#lines();
  }

  async #lines(): Promise<void> {
    let text = "";
    for await (const part of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (text + part).split("\n");
      text = lines.pop()!;
      for (const line of lines) if (line !== "") this.#log.add(JSON.parse(line));
    }
    this.#log.end();
  }

  /** The next event that has a member; those before it are passed over. */
  event(member: string): Promise<Said> {
    return this.#log.next((said) => (member in said ? said : undefined));
  }

  /** Its next complete Root that has these leaves. */
  filled(leaves: Tree): Promise<Said> {
    const wanted = JSON.stringify(sorted(leaves));
    return this.#log.next((said) =>
      said.leaves !== undefined && JSON.stringify(sorted(said.leaves)) === wanted ? said : undefined
    );
  }

  /** It publishes these leaves, and no others. */
  async publish(leaves: Tree): Promise<Said> {
    await this.#say(JSON.stringify(leaves));
    return await this.event("published");
  }

  /** It dials, and follows its feed there. */
  connect(address: string): Promise<void> {
    return this.#say(`connect ${address}`);
  }

  #say(line: string): Promise<void> {
    return this.#stdin.write(new TextEncoder().encode(line + "\n"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#read;
    await this.#stdin.close().catch(() => {});
  }
}

/** Ours, which listens on a port of the system's choice. */
export class OurCxo implements AsyncDisposable {
  readonly #host: CxoHost;
  readonly #listener: Deno.TcpListener;
  readonly #log = new Log<NodeOut>();
  readonly #running: Promise<void>;

  /** @param goPort  Where it finds whom it follows. */
  constructor({ public: id, secret }: KeyPair, goPort = 0) {
    const clock = systemClock();
    this.#host = new CxoHost({
      node: new CxoNode({
        id,
        scheme: curveScheme(secret),
        wallNs: () => clock.wallNs(),
        random: systemRandom,
      }),
      clock,
      dial: async () => duplexOf(await Deno.connect({ hostname: "127.0.0.1", port: goPort })),
      onEvent: (event) => this.#log.add(event),
    });
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#running = this.#accept();
  }

  async #accept(): Promise<void> {
    const streams: Promise<void>[] = [];
    for await (const conn of this.#listener) {
      streams.push(this.#host.accept(duplexOf(conn), undefined).catch(() => {})); // its end is an event
    }
    await Promise.all(streams);
  }

  /** `host:port`. */
  get address(): string {
    return `127.0.0.1:${(this.#listener.addr as Deno.NetAddr).port}`;
  }

  /** Gives the node an input. */
  put(input: NodeIn): void {
    this.#host.put(input);
  }

  /** Opens its feed with these leaves. */
  own(leaves: Tree): void {
    this.put({
      kind: "own",
      batchMs: 50,
      leaves: Object.entries(leaves).map(([path, hex]) => ({ path, value: fromHex(hex) })),
    });
  }

  /** The next event of a kind. */
  event<K extends NodeOut["kind"]>(kind: K): Promise<NodeOut & { kind: K }> {
    return this.#log.next((event) => (event.kind === kind ? event as NodeOut & { kind: K } : undefined));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.#host.close();
    await this.#running;
  }
}

const sorted = (leaves: Tree): [string, string][] =>
  Object.entries(leaves).sort(([a], [b]) => (a < b ? -1 : 1));
