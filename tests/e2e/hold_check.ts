/** A holder with real processes: two who are never there together, and what its whole disk opens. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { EPOCHS } from "../../lib/app/secrets_form.ts";
import { keyPairOf } from "../../lib/crypto/keys.ts";
import { RemoteApp } from "../../lib/owner/client/remote.ts";
import { ownerPaths } from "../../lib/owner/path.ts";
import { Epochs } from "../../lib/pair/epochs.ts";
import { staticPairKey } from "../../lib/pair/keys.ts";
import { openMessage } from "../../lib/pair/opening.ts";
import { readRatchet } from "../../lib/pair/ratchet.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { fromHex, utf8 } from "../../lib/wire/bytes.ts";
import { holding, wholeDisk, withStore } from "./disk.ts";
import { mannersOf } from "./manners.ts";
import { networkTest, type TestNetwork } from "./network.ts";

const COUNT = 50;

networkTest(
  "two who are never there together exchange 50 messages each way, and their holder reads none",
  async (network: TestNetwork) => {
    const { home, run, end, until } = mannersOf(network);
    const texts = (who: string): string[] =>
      Array.from({ length: COUNT }, (_, i) => `secret of ${who}: ${i}`);
    const heard = async (who: string, from: string): Promise<string[]> =>
      (await network.look(who, "history", from, "--json", "--limit", "1000")).split("\n")
        .filter((line) => line !== "").map((line) => JSON.parse(line))
        .filter(({ outgoing }) => !outgoing).map(({ text }) => text);
    const say = async (who: string, peer: string): Promise<void> => {
      const paths = ownerPaths(home(who), "unix");
      const app = (await RemoteApp.connect({ paths, clock: systemClock() }))!;
      for (const text of texts(who)) await app.pairs.send({ peer, text, waitMs: 0 });
      await app.close();
    };

    // They agree while both are there, and name the holder.
    const [first, second] = [
      await network.resident("alice", "daemon"),
      await network.resident("bob", "daemon"),
    ];
    const { process: holds, pk: holder } = await network.resident("holder", "daemon");
    const [alice, bob] = [first.pk, second.pk];
    await run("alice", "pair", "add", bob);
    await run("bob", "pair", "accept", alice);
    await until("they agree", async () => (await run("alice", "pair", "list")).includes("status=active"));
    await run("holder", "hold", "add", alice, bob);
    await run("alice", "pair", "hold", bob, holder);
    await run("bob", "pair", "hold", alice, holder);
    await end(second.process);

    const held = async (feed: string): Promise<number> => {
      const [{ feeds }] = (await network.look("holder", "hold", "ls", "--json")).split("\n")
        .filter((line) => line !== "").map((line) => JSON.parse(line));
      return feeds.find(({ peer_pk }: { peer_pk: string }) => peer_pk === feed)?.messages ?? 0;
    };
    await say("alice", bob);
    await until("the holder has what alice said on its disk", async () => await held(alice) >= COUNT);
    await end(first.process);
    await end(holds); // killed: what it serves from now on lay on its disk
    const { process: holdsAgain } = await network.resident("holder", "daemon");

    const { process: bobRuns } = await network.resident("bob", "daemon");
    await say("bob", alice);
    await until("bob reads", async () => (await heard("bob", alice)).length >= COUNT);
    await until("the holder has what bob said on its disk", async () => await held(bob) >= COUNT);
    await end(bobRuns);
    const { process: aliceRuns } = await network.resident("alice", "daemon");
    await until("alice reads", async () => (await heard("alice", bob)).length >= COUNT);
    await until(
      "and knows that bob has",
      async () => !(await run("alice", "pair", "list")).includes("waiting"),
    );
    deepStrictEqual(await heard("bob", alice), texts("alice"));
    deepStrictEqual(await heard("alice", bob), texts("bob"));
    await Promise.all([end(aliceRuns), end(holdsAgain)]);

    // Every file of the holder, and every row of its store with its key in hand.
    const secret = fromHex((await Deno.readTextFile(`${home("holder")}/identity.key`)).trim());
    const disk = await wholeDisk(home("holder"), secret);
    for (const text of [...texts("alice"), ...texts("bob")]) {
      deepStrictEqual(holding(disk, utf8(text)), [], text);
    }
    for (const who of ["alice", "bob"]) {
      const theirs = EPOCHS.read(await Deno.readFile(`${home(who)}/store/epochs`))!;
      ok(theirs.length > 0);
      for (const { secret } of theirs) deepStrictEqual(holding(disk, secret), [], `a secret of ${who}`);
    }
    const leaves = await withStore(home("holder"), secret, async ({ values }) => {
      const [one, other] = [alice, bob].sort();
      const rooms = [one, other].map((feed) => `held leaves ${one} ${other} ${feed}`);
      return (await Promise.all(rooms.map((room) => values.list(room)))).flat();
    });
    const sealed = leaves.filter(({ name }) => name.startsWith("msgs/"));
    ok(sealed.length > 0, "it holds messages");
    const epochs = new Epochs(new Map([[1n, secret]]));
    for (const { value } of leaves) {
      const announced = readRatchet(value);
      if (announced) epochs.announced(announced);
    }
    for (const { name, value } of sealed) {
      for (const peer of [alice, bob]) {
        const key = staticPairKey(keyPairOf(secret).secret, fromHex(peer));
        ok(openMessage({ path: name, value }, key, epochs).kind !== "text", name);
      }
    }
  },
);
