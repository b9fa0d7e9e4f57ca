/**
 * Somebody of a group, whose program is closed, killed, taken off the network and opened again, on one disk.
 *
 * @module
 */
import { type LocalApp, openLocalApp } from "../../../lib/app/local.ts";
import type { AppNetwork } from "../../../lib/app/node/app_network.ts";
import type { AppStream } from "../../../lib/app/node/node.ts";
import type { KeyPair } from "../../../lib/crypto/keys.ts";
import { searchedIn } from "../../../lib/app/messages/searched.ts";
import { isSilent } from "../../../lib/overlay/silent.ts";
import { memorySecrets } from "../../../lib/app/secrets_file.ts";
import { openStore } from "../../../lib/store/open.ts";
import { type Clock, increasing } from "../../../lib/sys/clock.ts";
import type { ChatHub } from "../../fakes/chat_hub.ts";
import { Disk, type Fate, type Image } from "../../fakes/disk.ts";
import { seededRandom } from "../../fakes/random.ts";
import { pairOf } from "./group_world.ts";

/** How a program ends that is not closed: killed, or by the power that is cut. */
export type End = Fate | "killed";

/** One program: what it has of the world ends with it. */
export class Program {
  readonly #timers = new Set<() => void>();
  readonly #streams = new Set<AppStream>();
  readonly #ports = new Set<number>();
  /** Whether it was killed. */
  isDead = false;

  /** It begins. */
  constructor(
    private readonly under: { readonly hub: ChatHub; readonly clock: Clock; readonly pk: string },
  ) {}

  /** Timers of its own. */
  get clock(): Clock {
    const { clock } = this.under;
    return {
      nowMs: () => clock.nowMs(),
      wallNs: increasing(() => clock.wallNs()),
      after: (delayMs, run) => {
        if (this.isDead) return () => {};
        const cancel = clock.after(delayMs, () => {
          this.#timers.delete(stop);
          run();
        });
        const stop = (): void => {
          this.#timers.delete(stop);
          cancel();
        };
        this.#timers.add(stop);
        return stop;
      },
    };
  }

  /** Streams and ports of its own. */
  get network(): AppNetwork {
    const { hub, pk } = this.under;
    const client = hub.client(pk);
    return {
      ...client,
      dial: async (to, signal) => {
        if (this.isDead) return await new Promise(() => {});
        return this.#stream(await client.dial(to, signal));
      },
      listen: (port) => {
        if (this.isDead) throw new Error("a dead program listens");
        const listener = client.listen(port);
        this.#ports.add(port);
        const accept = async (): Promise<AppStream | null> => {
          const stream = await listener.accept();
          return stream && this.#stream(stream);
        };
        return {
          accept,
          close: () => {
            this.#ports.delete(port);
            listener.close();
          },
          async *[Symbol.asyncIterator]() {
            for (let stream = await accept(); stream !== null; stream = await accept()) yield stream;
          },
        };
      },
    };
  }

  /** What it holds on to. */
  get left(): string[] {
    return [
      ...[...this.#timers].map(() => "a timer"),
      ...[...this.#streams].map(({ remote: { pk, port } }) => `a stream of ${pk.slice(0, 6)}:${port}`),
      ...[...this.#ports].map((port) => `port ${port}`),
    ];
  }

  /** Nothing of it goes on. */
  die(): void {
    this.isDead = true;
    for (const stop of [...this.#timers]) stop();
    this.under.hub.crash(this.under.pk);
  }

  #stream(stream: AppStream): AppStream {
    const ended = (): void => void this.#streams.delete(held);
    const held: AppStream = {
      remote: stream.remote,
      ping: () => stream.ping(),
      read: () => stream.read(),
      write: (bytes) => stream.write(bytes),
      closeWrite: () => stream.closeWrite(),
      close: () => (ended(), stream.close()),
      reset: () => (ended(), stream.reset()),
    };
    this.#streams.add(held);
    return held;
  }
}

/** Somebody. */
export class Person {
  /** Its keys. */
  readonly own: KeyPair;
  /** What its programs could not do beside a call. */
  readonly problems: Error[] = [];
  /** Whether it is on the network, when its program runs. */
  isOnline = true;
  /** What it keeps; each program has it as a new one, with what lay on it. */
  disk = new Disk();
  readonly #secrets = memorySecrets();
  #app: LocalApp | undefined;
  #program: Program | undefined;
  #opened = 0;
  #end = Promise.withResolvers<void>();

  /** No program of it runs. */
  constructor(readonly name: string, private readonly hub: ChatHub, private readonly world: Clock) {
    this.own = pairOf(name);
  }

  /** Its public key. */
  get pk(): string {
    return this.own.pk;
  }

  /** Its program, when it runs. */
  get app(): LocalApp | undefined {
    return this.#app;
  }

  /** Resolves when its program is killed. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  /** Starts its program. */
  async open(): Promise<void> {
    const { hub, own } = this;
    const random = seededRandom(`${this.name} ${this.#opened++}`);
    const disk = this.disk = new Disk(this.disk.image());
    const program = this.#program = new Program({ hub, clock: this.world, pk: own.pk });
    const { clock, network: client } = program;
    const store = await openStore({
      place: disk.place(),
      secret: new Uint8Array(32).fill(7),
      clock,
      random,
      isSilent,
      readable: searchedIn,
      journal: {
        files: disk.files,
        synced: true,
        setAside: () => Promise.reject(new Error("not damaged")),
      },
    });
    this.#app = await openLocalApp({
      client,
      store,
      clock,
      random,
      own,
      resident: true,
      pid: 1,
      groupSecrets: {
        read: () => this.#secrets.read(),
        write: (bytes) => program.isDead ? Promise.resolve() : this.#secrets.write(bytes),
      },
      onProblem: (error) => void (program.isDead || this.problems.push(error)),
      onClose: () => store.close(),
    });
  }

  /** Ends it. @returns What it left behind. */
  async close(): Promise<string[]> {
    const [app, program] = [this.#app!, this.#program!];
    this.#app = undefined;
    await app.close();
    return program.left;
  }

  /** Ends it as it stands. */
  kill(end: End): void {
    this.#app = undefined;
    this.#program?.die();
    this.#end.resolve();
    this.#end = Promise.withResolvers();
    this.disk = new Disk(end === "killed" ? this.disk.image() : this.disk.cutAt(this.disk.steps.length, end));
  }

  /** Ends it, and the disk is one of long ago. */
  restore(image: Image): void {
    this.kill("killed");
    this.disk = new Disk(image);
  }

  /** Off the network, or back on it. */
  goes(online: boolean): void {
    this.isOnline = online;
    if (online) this.hub.back(this.pk);
    else this.hub.leave(this.pk);
  }
}
