/** A peer whose keys have changed is told of: once in the conversation, and wherever the pair is shown. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "../groups/group_world.ts";

const [ALICE, BOB] = ["alice", "bob"].map((name) => pairOf(name).pk);

worldTests(GroupWorld)(
  "A peer that has lost its disk and pairs again is told of once, and is heard from then on",
  async (world) => {
    const [alice, bob] = [await world.member("alice"), await world.member("bob")];
    const say = async (app: LocalApp, peer: string, text: string) => {
      await world.done(app.pairs.send({ peer, text, waitMs: 5_000 }));
      await world.pass(2_000);
    };
    const told = async () => {
      const messages = await world.done(alice.messages.history({ peer: BOB, limit: 99 }));
      return messages.filter(({ text }) => text.startsWith("The keys of this pair have changed"));
    };
    await world.done(alice.pairs.add({ peer: BOB }));
    await world.pass(1_000);
    await world.done(bob.pairs.accept({ peer: ALICE }));
    await say(alice, BOB, "hello");
    await say(bob, ALICE, "hello yourself");
    deepStrictEqual([(await alice.pairs.list())[0].keysChanged, await told()], [undefined, []]);

    await world.done(bob.close());
    world.hub.crash(BOB);
    await say(alice, BOB, "waits for him");
    const again = await world.member("bob", emptyRows());
    await world.done(again.pairs.add({ peer: ALICE }));
    await world.pass(60_000);
    await say(again, ALICE, "it is me");
    await world.pass(60_000);
    await say(again, ALICE, "still");
    ok((await alice.pairs.list())[0].keysChanged !== undefined);
    const lines = await told();
    strictEqual(lines.length, 1);
    match(lines[0].reason!, /said by this program/);
    // What was sealed for the lost secrets is not said to be read, whatever he has read since.
    await say(alice, BOB, "good to hear");
    await world.pass(60_000);
    const texts = (await world.done(again.messages.history({ peer: ALICE, limit: 99 }))).map(({ text }) =>
      text
    );
    deepStrictEqual([texts.includes("waits for him"), texts.includes("good to hear")], [false, true]);
    const heard = await world.done(alice.messages.history({ peer: BOB, limit: 99 }));
    const stands = (said: string) => heard.find(({ text }) => text === said);
    strictEqual(stands("waits for him")?.state, "unconfirmed");
    match(stands("waits for him")!.reason!, /keys changed before/);
    strictEqual(stands("good to hear")?.state, "received");
    ok(heard.some(({ text }) => text === "it is me") && heard.some(({ text }) => text === "still"));
  },
);
