/**
 * One user in a simulation: a dmsg client with chat links, sending again what was not acked.
 *
 * @module
 */
import { ChatLink } from "../../lib/chat/link.ts";
import type { LinkIn, LinkOut } from "../../lib/chat/link_types.ts";
import type { KeyPair } from "../../lib/crypto/keys.ts";
import type { ClientEvent } from "../../lib/dmsg/client.ts";
import type { DmsgStream } from "../../lib/dmsg/streams/stream.ts";
import { sleep } from "../../lib/sys/clock.ts";
import type { Random } from "../../lib/sys/random.ts";
import { Drive } from "../../lib/wire/drive.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import type { FakeClient, FakeDmsg } from "../fakes/dmsg.ts";
import { below } from "../fakes/random.ts";
import type { Model } from "./model.ts";

const CHAT_PORT = 1;
/** How long a sender waits for an ack. */
const ACK_MS = 10_000;
/** How often a message is tried. */
const TRIES = 8;

/** What a peer is made of. */
export interface PeerOptions {
  readonly world: FakeDmsg;
  readonly model: Model;
  readonly pair: KeyPair;
  readonly host: string;
  /** A short name for the log. */
  readonly name: string;
  readonly random: Random;
  /** Pause before each read of a connection; 0 for most. */
  readonly readMs: number;
  readonly log: (line: string) => void;
}

interface Link {
  readonly drive: Drive<LinkIn, LinkOut>;
  /** The model's number of this direction. */
  readonly lineId: number;
}

/** A user. */
export class Peer {
  readonly #options: PeerOptions;
  /** Key → the link to it: the newest, when both sides dialled at once. */
  readonly #links = new Map<string, Link>();
  readonly #open = new Set<Link>();
  readonly #dialling = new Map<string, Promise<Link>>();
  /** Our messages under way: reference → what to do with the outcome. */
  readonly #waiting = new Map<string, (acked: boolean) => void>();
  #client: FakeClient | undefined;
  #refs = 0;

  constructor(options: PeerOptions) {
    this.#options = options;
  }

  /** Key. */
  get pk(): string {
    return this.#options.pair.pk;
  }

  /** Name in the log. */
  get name(): string {
    return this.#options.name;
  }

  /** The running process. */
  get client(): FakeClient | undefined {
    return this.#client;
  }

  /** Starts the process, also after a crash. */
  start(): void {
    const { world, pair, host } = this.#options;
    const client = world.client(pair, host, { onEvent: (event) => this.#log(eventText(event)) });
    this.#client = client;
    client.dmsg.publish();
    void this.#acceptAll(client);
  }

  /** Ends the process without a word. */
  crash(heardMs: () => number | undefined): void {
    this.#client?.crash(heardMs);
    this.#client = undefined;
    this.#links.clear();
  }

  /** Closes all links. */
  hangUp(): void {
    for (const { drive } of this.#open) drive.put({ kind: "close" });
  }

  /** Sends a message, again and again until it is acked or eight tries are over. */
  async send(id: number, to: string): Promise<void> {
    const { world, random, model } = this.#options;
    for (let tries = 0; tries < TRIES && !model.isAcked(id); tries++) {
      if (tries > 0) await sleep(world.clock, 1000 + below(random, 4000 * tries));
      if (!this.#client) continue; // crashed: whoever wanted to send waits
      try {
        const link = await this.#linkTo(to);
        this.#log(`message ${id} ${await this.#try(link, id) ? "acked" : "not acked"}`);
      } catch (error) {
        this.#log(`message ${id} not sent: ${(error as Error).message}`);
      }
    }
  }

  #try(link: Link, id: number): Promise<boolean> {
    const ref = `${this.name}-${this.#refs++}`;
    const text = this.#options.model.written(id, link.lineId);
    const done = new Promise<boolean>((resolve) => this.#waiting.set(ref, resolve));
    link.drive.put({ kind: "send", ref, id: `${id}.${ref}`, text, ack: true, waitMs: ACK_MS });
    return done;
  }

  #linkTo(to: string): Promise<Link> {
    const live = this.#links.get(to);
    if (live) return Promise.resolve(live);
    const running = this.#dialling.get(to);
    if (running) return running;
    const made = this.#dial(to).finally(() => this.#dialling.delete(to));
    this.#dialling.set(to, made);
    return made;
  }

  async #dial(to: string): Promise<Link> {
    const client = this.#client!;
    const stream = await client.dmsg.dial({ pk: to, port: CHAT_PORT });
    if (client !== this.#client) throw new Error("crashed meanwhile");
    this.#log(`link to ${to.slice(0, 8)}`);
    return this.#talk(stream);
  }

  async #acceptAll(client: FakeClient): Promise<void> {
    for await (const stream of client.dmsg.listen(CHAT_PORT)) {
      if (client === this.#client) this.#talk(stream);
      else stream.close();
    }
  }

  #talk(stream: DmsgStream): Link {
    const { world, model, readMs } = this.#options;
    const remote = stream.remote.pk;
    const duplex = readMs > 0 ? slow(stream, () => sleep(world.clock, readMs)) : stream;
    const onEvent = (out: LinkOut): void => this.#on(link, remote, out);
    const drive = new Drive<LinkIn, LinkOut>(new ChatLink(), { duplex, clock: world.clock, onEvent });
    const link: Link = { drive, lineId: model.opened(this.pk, remote) };
    this.#links.set(remote, link);
    this.#open.add(link);
    void drive.run();
    return link;
  }

  #on(link: Link, remote: string, out: LinkOut): void {
    const { model } = this.#options;
    switch (out.kind) {
      case "received":
        this.#log(`received ${out.message.body.split(" .", 1)[0]}`);
        model.received(this.pk, remote, out.message.body);
        link.drive.put({ kind: "stored", token: out.token, once: false });
        return;
      case "acked":
        model.acked(parseInt(out.id));
        return this.#settle(out.ref, true);
      case "unconfirmed":
      case "unsent":
        return this.#settle(out.ref, false);
      case "ended":
        this.#log(`link with ${remote.slice(0, 8)} ended ${out.error?.message ?? ""}`);
        this.#open.delete(link);
        if (this.#links.get(remote) === link) this.#links.delete(remote);
    }
  }

  #settle(ref: string, acked: boolean): void {
    this.#waiting.get(ref)?.(acked);
    this.#waiting.delete(ref);
  }

  #log(line: string): void {
    this.#options.log(`${this.name} ${line}`);
  }
}

/** A reader that takes its time. */
const slow = (duplex: Duplex, pause: () => Promise<void>): Duplex => ({
  read: async () => {
    await pause();
    return await duplex.read();
  },
  write: (bytes) => duplex.write(bytes),
  closeWrite: () => duplex.closeWrite(),
  close: () => duplex.close(),
});

/** An event of a client as a line. */
export function eventText(event: ClientEvent): string {
  switch (event.kind) {
    case "registered":
      return `registered ${event.servers.map((pk) => pk.slice(0, 8)).join(" ")}`;
    case "session-up":
      return `up ${event.server.slice(0, 8)}`;
    case "session-down":
      return `down ${event.server.slice(0, 8)} ${event.error?.message ?? ""}`;
    case "proven":
    case "deaf":
      return `${event.kind} ${event.server.slice(0, 8)}`;
    case "twin":
      return `twin ${event.how}`;
    case "alone":
      return event.kind;
    default:
      return `${event.kind} ${event.error.message}`;
  }
}
