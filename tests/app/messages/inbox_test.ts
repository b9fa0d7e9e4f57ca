import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Inbox, type InboxTakers, type Kept } from "../../../lib/app/messages/inbox.ts";
import type { ReceivedMessage } from "../../../lib/chat/link_types.ts";
import { Turns } from "../../../lib/wire/turns.ts";
import { quiet } from "../../fakes/quiet.ts";

/** An inbox whose bursts are answered by hand. */
class Desk {
  /** The bursts, as their bodies. */
  readonly bursts: string[][] = [];
  readonly answers: string[] = [];
  lost = 0;
  readonly #open: PromiseWithResolvers<readonly Kept[]>[] = [];
  readonly inbox: Inbox;

  constructor(more: Partial<InboxTakers> = {}) {
    const turns = new Turns();
    this.inbox = new Inbox({
      turn: (work) => turns.run(work),
      keep: (burst) => {
        this.bursts.push(burst.map(({ body }) => body));
        const answer = Promise.withResolvers<readonly Kept[]>();
        this.#open.push(answer);
        return answer.promise;
      },
      notice: ({ kind, id }) => void this.bursts.push([`${kind} ${id}`]),
      answer: (token, kept) => void this.answers.push(`${token} ${kept}`),
      onLost: () => void this.lost++,
      ...more,
    });
  }

  say(token: number, body = `m${token}`, wantsAck = true): void {
    const message: ReceivedMessage = { form: "envelope", body, id: String(token), wantsAck };
    this.inbox.received({ kind: "received", token, message });
  }

  async keep(...kept: readonly Kept[]): Promise<void> {
    this.#open.shift()!.resolve(kept);
    await quiet();
  }

  async fail(): Promise<void> {
    this.#open.shift()!.reject(new Error("no"));
    await quiet();
  }
}

Deno.test("Inbox leaves what comes in its turn to its next one, behind what has come elsewhere before", async () => {
  const turns = new Turns();
  const turn: InboxTakers["turn"] = (work) => turns.run(work);
  const said: string[] = [];
  const keep: InboxTakers["keep"] = (burst) => {
    said.push(...burst.map(({ body }) => body));
    return burst.map(() => true);
  };
  const told = Promise.withResolvers<void>();
  const one = new Desk({ turn, keep, notice: () => told.promise });
  const other = new Desk({ turn, keep });
  one.inbox.noticed({ kind: "read", id: "x" });
  one.say(1);
  await quiet();
  other.say(2);
  one.say(3);
  told.resolve();
  await quiet();
  deepStrictEqual(said, ["m1", "m2", "m3"]);
});

Deno.test("Inbox hands over together what came together, and what came meanwhile as the next burst", async () => {
  const desk = new Desk();
  for (const token of [1, 2, 3]) desk.say(token);
  await quiet();
  for (const token of [4, 5]) desk.say(token);
  await quiet();
  deepStrictEqual([desk.bursts, desk.answers], [[["m1", "m2", "m3"]], []]);
  await desk.keep(true, false, true);
  deepStrictEqual(desk.bursts.at(-1), ["m4", "m5"]);
  await desk.keep(true, true);
  deepStrictEqual(desk.answers, ["1 true", "2 false", "3 true", "4 true", "5 true"]);
});

Deno.test("Inbox hears a notice between the messages around it", async () => {
  const desk = new Desk();
  desk.say(1);
  desk.inbox.noticed({ kind: "deleted", id: "1" });
  desk.say(2);
  desk.say(3);
  await quiet();
  deepStrictEqual(desk.bursts, [["m1"]]);
  await desk.keep(true);
  deepStrictEqual(desk.bursts, [["m1"], ["deleted 1"], ["m2", "m3"]]);
});

Deno.test("Inbox goes on after a notice that its taker can't take", async () => {
  const desk = new Desk({ notice: () => Promise.reject(new Error("no")) });
  desk.inbox.noticed({ kind: "read", id: "1" });
  desk.say(2);
  await quiet();
  deepStrictEqual(desk.bursts, [["m2"]]);
});

Deno.test("Inbox keeps nothing that asks for an ack behind a message that failed, and says so once", async () => {
  const desk = new Desk();
  for (const token of [1, 2]) desk.say(token);
  await quiet();
  desk.say(3);
  desk.say(4, "plain", false);
  await desk.keep("failed", false);
  deepStrictEqual([desk.bursts, desk.lost], [[["m1", "m2"], ["plain"]], 1]);
  await desk.keep("failed");
  deepStrictEqual([desk.answers, desk.lost], [["1 false", "2 false", "3 false", "4 false"], 1]);
});

Deno.test("Inbox refuses a burst whose taker throws, and goes on", async () => {
  const desk = new Desk();
  desk.say(1);
  await quiet();
  await desk.fail();
  desk.say(2);
  await quiet();
  await desk.keep(true);
  deepStrictEqual([desk.answers, desk.lost], [["1 false", "2 true"], 0]);
});

Deno.test("Inbox bounds a burst by messages and by characters, and takes a large message alone", async () => {
  const desk = new Desk();
  for (let token = 1; token <= 130; token++) desk.say(token);
  await quiet();
  const [all] = desk.bursts;
  strictEqual(all.length, 128);
  await desk.keep(...all.map(() => true));
  strictEqual(desk.bursts[1].length, 2);
  desk.say(131, "x".repeat(200_000));
  desk.say(132, "y".repeat(65_000));
  desk.say(133, "z".repeat(1000));
  await desk.keep(true, true);
  for (const length of [200_000, 65_000, 1000]) {
    deepStrictEqual(desk.bursts.at(-1)!.map((body) => body.length), [length]);
    await desk.keep(true);
  }
});

Deno.test("Inbox has no room while a burst waits behind the one that is being kept", async () => {
  const desk = new Desk();
  desk.say(1);
  await quiet();
  let room = 0;
  const ask = async () => {
    await desk.inbox.room();
    room++;
  };
  for (let token = 2; token <= 128; token++) desk.say(token);
  await ask();
  desk.say(129);
  const full = ask();
  await quiet();
  strictEqual(room, 1);
  await desk.keep(true);
  await full;
  strictEqual(room, 2);
});

Deno.test("Inbox has room again when a long message is taken to be kept", async () => {
  const desk = new Desk();
  desk.say(1, "x".repeat(1 << 20));
  let hasRoom = false;
  void desk.inbox.room().then(() => hasRoom = true);
  deepStrictEqual(hasRoom, false);
  await quiet();
  deepStrictEqual(desk.bursts.length, 1);
  deepStrictEqual(hasRoom, true);
  await desk.keep(true);
  desk.say(2);
  await desk.inbox.room();
});
