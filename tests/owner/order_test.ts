/**
 * What one caller hands over in order is in order at the peer and in the history: lines of a chat, a loop of sends,
 * pipelined requests, and the App in the owner itself; over broken streams, new connections, absent peers and the end of
 * owners, killed or not.
 */
import * as fc from "fast-check";
import { deepStrictEqual, ok } from "node:assert/strict";
import type { App } from "../../lib/app/app.ts";
import type { LocalApp } from "../../lib/app/local.ts";
import { claim, type Claimed } from "../../lib/owner/claim.ts";
import { openApp } from "../../lib/owner/open.ts";
import { ownerPaths } from "../../lib/owner/path.ts";
import { connectToOwner } from "../../lib/owner/socket.ts";
import { emptyRows, type MemoryRows } from "../../lib/store/place/memory.ts";
import type { Place } from "../../lib/store/place/place.ts";
import { keyOf, party } from "../app/local/pair.ts";
import { ChatHub } from "../fakes/chat_hub.ts";
import { clock, inDirectory, Line, never, random, until } from "./support.ts";

const ALICE = keyOf("alice");
const BOB = keyOf("bob");
const to = { pk: BOB, port: 1 };
/** For what has no promised time, on a machine that others use as well. */
const LONGEST_MS = 60_000;
/** How callers hand over. */
type Way = "chat" | "loop" | "rpc" | "owner";
/** What happens in between. */
type Event = "cut" | "dial back" | "leave" | "kill" | "end" | "nothing";

/** The processes of alice's identity, one after the other, on the rows of one store. */
class Owners {
  readonly #directory: string;
  readonly #hub: ChatHub;
  readonly #rows: MemoryRows = emptyRows();
  #owner!: Claimed;
  #alive = { yes: true };
  /** The App in the owner of now. */
  app!: App;

  constructor(directory: string, hub: ChatHub) {
    this.#directory = directory;
    this.#hub = hub;
  }

  async start(): Promise<void> {
    const alive = this.#alive = { yes: true };
    // What a process that was killed would still have written never happens.
    const place = (under: Place): Place => ({
      ...under,
      write: (...args) => alive.yes ? under.write(...args) : new Promise(() => {}),
    });
    const open = async (): Promise<App> =>
      this.app = (await party(this.#hub, "alice", clock, { rows: this.#rows, place })).app;
    const request = { ...this.request, command: "daemon", resident: true, open };
    // A caller that was left alone has the identity until all its texts are said, each of which may wait for its ack.
    this.#owner = await claim(request, { forMs: LONGEST_MS });
    deepStrictEqual(this.#owner.role, "owner");
  }

  /** The App of a client that finds no owner. */
  async alone(): Promise<App> {
    return (await party(this.#hub, "alice", clock, { rows: this.#rows, resident: false })).app;
  }

  get request() {
    return { paths: ownerPaths(this.#directory, "unix"), pk: ALICE, clock, random, signal: never };
  }

  /** Ends it, as a program should or as kill -9 does, and starts the next one. */
  async next(killed: boolean): Promise<void> {
    if (killed) {
      this.#alive.yes = false;
      this.#hub.crash(ALICE);
    }
    // Its socket and lock go; a killed one's App goes on in vain, as nothing that it does is kept.
    const { app } = this.#owner;
    if (killed) (app as LocalApp).close = () => Promise.resolve();
    await this.#owner.release();
    await this.start();
  }

  end(): Promise<void> {
    return this.#owner.release();
  }
}

/** One caller: hands over texts, and says which of them it was told to have failed. */
async function caller(owners: Owners, way: Way, texts: readonly string[], pace: () => Promise<void>) {
  const failed = new Set<string>();
  const client = (): Promise<App> =>
    openApp({
      ...owners.request,
      command: way,
      resident: false,
      open: () => owners.alone(),
    });
  const ending: Promise<unknown>[] = [];
  const send = async (app: App, text: string, queue: boolean): Promise<void> => {
    const { state } = await app.messages.send({ to, text, waitMs: 400, queue });
    if (state === "unconfirmed") failed.add(text);
  };
  if (way === "rpc") {
    let line: Line | undefined;
    for (const [id, text] of texts.entries()) {
      const connection = line ? undefined : await connectToOwner(owners.request.paths);
      if (connection) {
        line = new Line(connection.duplex);
        const hello = { jsonrpc: "2.0", id: "h", method: "hello", params: { protocol: 1 } };
        await line.say(hello).catch(() => line = undefined);
      }
      const params = { to, text, waitMs: 400, queue: true };
      // A client of its own that does not know what became of it hands it over once.
      await line?.say({ jsonrpc: "2.0", id, method: "send", params }).catch(() => line = undefined);
      failed.add(text);
      await pace();
    }
    await new Promise((resolve) => setTimeout(resolve, 30)); // it has been read
    line?.duplex.close();
    return failed;
  }
  const app = way === "owner" ? undefined : await client();
  for (const [i, text] of texts.entries()) {
    const sending = send(app ?? owners.app, text, way !== "loop" || i % 2 === 0)
      .catch(() => void failed.add(text));
    if (way === "loop") await sending;
    else ending.push(sending);
    await pace();
  }
  if (way === "owner") return new Set(texts); // it may have ended with its owner
  await Promise.all(ending);
  await app?.close();
  return failed;
}

/** Whether `part` has elements of `whole` in their order. */
function isOrdered(part: readonly string[], whole: readonly string[]): boolean {
  const at = part.map((text) => whole.indexOf(text));
  return at.every((place, i) => place >= 0 && (i === 0 || place > at[i - 1]));
}

const ways = fc.uniqueArray(fc.constantFrom<Way>("chat", "loop", "rpc", "owner"), { minLength: 1 });
const events = fc.array(fc.constantFrom<Event>("cut", "dial back", "leave", "kill", "end", "nothing"), {
  minLength: 2,
  maxLength: 5,
});

Deno.test("What one caller hands over in order arrives in order, whatever happens in between", async () => {
  await fc.assert(
    fc.asyncProperty(ways, events, fc.integer({ min: 3, max: 24 }), async (ways, events, count) => {
      await inDirectory(async (directory) => {
        const hub = new ChatHub();
        const owners = new Owners(directory, hub);
        const bob = await party(hub, "bob", clock);
        await owners.start();
        // The peer's first ack tells that it keeps one copy, so what was lost may be sent again.
        await owners.app.messages.send({ to, text: "hello", waitMs: 400 });
        const textsOf = (way: Way) => Array.from({ length: count }, (_, i) => `${way} ${i}`);
        const pace = () => new Promise<void>((resolve) => setTimeout(resolve, Math.random() * 4));
        const calling = Promise.all(ways.map((way) => caller(owners, way, textsOf(way), pace)));
        for (const event of events) {
          await new Promise((resolve) => setTimeout(resolve, 10));
          if (event === "cut") hub.cut(BOB);
          if (event === "leave") hub.leave(BOB);
          if (event === "kill" || event === "end") await owners.next(event === "kill");
          if (event === "dial back") {
            hub.back(BOB);
            await bob.app.messages.send({ to: { pk: ALICE, port: 1 }, text: "I", waitMs: 100 }).catch(
              () => {},
            );
          }
        }
        hub.back(BOB);
        const back = setInterval(() => {
          bob.app.messages.send({ to: { pk: ALICE, port: 1 }, text: "back", waitMs: 0 }).catch(() => {});
        }, 50);
        const failed = await calling;
        await until(async () => (await owners.app.outbox.list()).length === 0, LONGEST_MS);
        clearInterval(back);
        const got = (await bob.app.messages.history({ limit: 1000, peer: ALICE }))
          .filter(({ outgoing }) => !outgoing).map(({ text }) => text);
        const kept = (await owners.app.messages.history({ limit: 1000, peer: BOB }))
          .filter(({ outgoing }) => outgoing).map(({ text }) => text);
        for (const [i, way] of ways.entries()) {
          const all = textsOf(way);
          const arrived = got.filter((text) => text.startsWith(way));
          ok(isOrdered(arrived, all), `${way} at the peer: ${arrived}`);
          const there = kept.filter((text) => text.startsWith(way));
          ok(isOrdered(there, all), `${way} in the history: ${there}`);
          const missing = all.filter((text) => !arrived.includes(text) && !failed[i].has(text));
          deepStrictEqual(missing, [], `${way}: told to be kept`);
        }
        await owners.end();
        await bob.app.close();
      });
    }),
    { numRuns: 12, endOnFailure: true },
  );
});
