/**
 * A pair of real processes over a month of their clocks: 1,000 messages for a peer that is away, kills on both sides,
 * and what a later disk opens of an earlier day.
 */
import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { keptPairs } from "../../lib/app/pairs/kept_pairs.ts";
import { EPOCHS } from "../../lib/app/secrets_form.ts";
import { keyPairOf } from "../../lib/crypto/keys.ts";
import type { FeedLeaf } from "../../lib/cxo/feed/change.ts";
import { RemoteApp } from "../../lib/owner/client/remote.ts";
import { ownerPaths } from "../../lib/owner/path.ts";
import { Epochs } from "../../lib/pair/epochs.ts";
import { pairEpoch, staticPairKey } from "../../lib/pair/keys.ts";
import { openMessage } from "../../lib/pair/opening.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { fromHex, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { haveIdentity } from "../script/have_identity.ts";
import { clockStage, DAY_MS } from "./clock_stage.ts";
import { holding, wholeDisk, withStore } from "./disk.ts";
import { Running } from "./network.ts";

const PATIENCE_MS = 600_000;
const MESSAGES = 1000;

Deno.test("A month of a pair: all is found once and in order, and no later disk opens an earlier epoch", async () => {
  await using stage = await clockStage();
  const all: Running[] = [];
  const start = (...args: string[]): Running => {
    const running = new Running(stage.start(args), PATIENCE_MS);
    all.push(running);
    return running;
  };
  const home = (who: string): string => `${stage.home}/.local/share/dmsg/identities/${who}`;
  const stay = async (who: string, command: "daemon" | "listen", day: number): Promise<Running> => {
    await stage.putOff(day * DAY_MS);
    const running = start(command, ...(command === "listen" ? ["--json"] : []), "--local", "--identity", who);
    await running.prints("stdout", command === "listen" ? "banner" : " reachable ");
    return running;
  };
  const end = async (running: Running): Promise<void> => {
    running.kill("SIGKILL");
    await running.ended();
  };
  const dmsg = async (who: string, line: string): Promise<string> => {
    const { status, stdout, stderr } = await stage.run(`dmsg ${line} --local --identity ${who}`);
    strictEqual(status, 0, `${who}: ${line}\n${stderr}`);
    return stdout;
  };
  const owned = async (who: string): Promise<RemoteApp> =>
    (await RemoteApp.connect({ paths: ownerPaths(home(who), "unix"), clock: systemClock() }))!;
  const heard = async (who: string, from: string): Promise<string[]> =>
    (await stage.run(`dmsg history ${from} --limit 1000 --json --identity ${who}`)).stdout.split("\n")
      .filter((line) => line !== "").map((line) => JSON.parse(line))
      .filter(({ outgoing }) => !outgoing).map(({ text }) => text);
  const until = async (what: string, is: () => Promise<boolean>): Promise<void> => {
    for (const late = Date.now() + PATIENCE_MS; !await is();) {
      ok(Date.now() < late, what);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  const secretsOf = async (who: string) =>
    EPOCHS.read(await Deno.readFile(`${home(who)}/store/epochs`).catch(() => utf8('{"secrets":[]}'))) ?? [];
  try {
    for (const who of ["alice", "bob"]) haveIdentity(stage.home, who);
    const free = ["--discovery-address", "127.0.0.1:0", "--server-address", "127.0.0.1:0"];
    await start("serve", ...free, "--json").prints("stdout", "\n");
    const [alice, bob] = await Promise.all(
      ["alice", "bob"].map(async (who) => (await stage.run(`dmsg id --identity ${who}`)).stdout.trim()),
    );
    const keys = new Map<string, Uint8Array>();
    for (const who of ["alice", "bob"]) {
      keys.set(who, fromHex((await Deno.readTextFile(`${home(who)}/identity.key`)).trim()));
    }

    // Day 0: they agree, and each learns of the other's first announcement.
    let [aliceRuns, bobRuns] = [await stay("alice", "daemon", 0), await stay("bob", "listen", 0)];
    await dmsg("alice", `pair add ${bob}`);
    await dmsg("bob", `pair accept ${alice}`);
    await dmsg("alice", `pair send ${bob} hello --wait 60s`);
    await dmsg("bob", `pair send ${alice} "hello yourself" --wait 60s`);
    await until("alice hears bob", async () => (await heard("alice", bob)).length === 1);
    await until("all is read", async () => !(await dmsg("bob", "pair list")).includes("waiting"));
    await end(bobRuns);
    await dmsg("alice", `pair send ${bob} "under an epoch" --wait 0`);
    const early = new Map<string, Awaited<ReturnType<typeof secretsOf>>>();
    for (const who of ["alice", "bob"]) early.set(who, await secretsOf(who));
    ok([...early.values()].every((secrets) => secrets.length > 0), "both have secrets of the first day");
    await end(aliceRuns);
    const sealed = await feedOf(home("alice"), keys.get("alice")!);
    ok(sealed.length > 0, "a message of the first day under an epoch");

    // Bob is away. Days 2, 12 and 22: alice writes, and is killed on each, once in the middle of a call.
    let said = 0;
    for (const day of [2, 12, 22]) {
      aliceRuns = await stay("alice", "daemon", day);
      let app = await owned("alice");
      const goal = day === 22 ? MESSAGES : said + 333;
      while (said < goal) {
        if (day === 12 && said === 500) {
          const sending = app.pairs.send({ peer: bob, text: `m${said}`, waitMs: 0 }).then(() => {}, () => {});
          aliceRuns.kill("SIGKILL");
          await Promise.all([sending, aliceRuns.ended()]);
          aliceRuns = await stay("alice", "daemon", day);
          app = await owned("alice");
          // Whether that call was kept is what the history says.
          const [last] = await app.messages.history({ peer: bob, limit: 1 });
          if (last.text === `m${said}`) said++;
        }
        await app.pairs.send({ peer: bob, text: `m${said++}`, waitMs: 0 });
      }
      await end(aliceRuns);
    }
    const generations = (await secretsOf("alice")).map(({ number }) => number);
    ok(generations.length >= 3, `three epochs at least: ${generations}`);

    // Day 31: both are there, and bob is killed while he reads.
    const wanted = ["hello", "under an epoch", ...Array.from({ length: MESSAGES }, (_, i) => `m${i}`)];
    aliceRuns = await stay("alice", "daemon", 31);
    bobRuns = await stay("bob", "listen", 31);
    await bobRuns.prints("stdout", '"m50"');
    await end(bobRuns);
    await end(aliceRuns);
    [aliceRuns, bobRuns] = [await stay("alice", "daemon", 31), await stay("bob", "listen", 31)];
    await until("bob finds all", async () => (await heard("bob", alice)).length >= wanted.length - 2);
    await until(
      "alice knows it",
      async () => (await dmsg("alice", "pair list")).includes("waiting") === false,
    );

    // Days 33 and 35: each says something, so that both move on; then nothing else runs.
    for (const day of [33, 35]) {
      await Promise.all([end(aliceRuns), end(bobRuns)]);
      [aliceRuns, bobRuns] = [await stay("alice", "daemon", day), await stay("bob", "listen", day)];
      await dmsg("alice", `pair send ${bob} "alice on day ${day}" --wait 60s`);
      await dmsg("bob", `pair send ${alice} "bob on day ${day}" --wait 60s`);
      const last = async (who: string, from: string) => (await heard(who, from)).at(-1);
      await until("alice hears", async () => await last("alice", bob) === `bob on day ${day}`);
      await until("bob hears", async () => await last("bob", alice) === `alice on day ${day}`);
      await until(
        "all is read",
        async () => !(await dmsg("alice", "pair list") + await dmsg("bob", "pair list")).includes("waiting"),
      );
    }
    const found = (await heard("bob", alice)).filter((text) => /^m\d+$/.test(text));
    const tail = Array.from({ length: found.length }, (_, i) => `m${MESSAGES - found.length + i}`);
    ok(found.length > 900, `${found.length} of the newest 1,000 messages`);
    deepStrictEqual(found, tail, "once and in order");
    const app = await owned("bob");
    const whole = await app.messages.history({ peer: alice, limit: 2000 });
    deepStrictEqual(
      whole.filter(({ outgoing }) => !outgoing).map(({ text }) => text).slice(0, wanted.length),
      wanted,
      "once and in order",
    );
    await Promise.all([end(aliceRuns), end(bobRuns)]);

    // The whole disk of day 35, with the identity's key in hand, against what was sealed on day 0.
    for (const who of ["alice", "bob"]) {
      const disk = await wholeDisk(home(who), keys.get(who)!);
      const other = who === "alice" ? "bob" : "alice";
      for (const { number, secret } of early.get(who)!) {
        deepStrictEqual(holding(disk, secret), [], `${who}'s secret of generation ${number}`);
        for (const theirs of early.get(other)!) {
          const { key } = pairEpoch(keyPairOf(secret), keyPairOf(theirs.secret).pk);
          deepStrictEqual(holding(disk, key), [], `${who}'s key of an epoch`);
        }
      }
      const left = await secretsOf(who);
      notDeepStrictEqual(left, []);
      const epochs = new Epochs(new Map(left.map(({ number, secret }) => [number, secret])));
      for (const theirs of early.get(other)!) {
        epochs.announced({ ratchet: keyPairOf(theirs.secret).pk, issuedAtNs: theirs.number });
      }
      const staticKey = staticPairKey(keys.get(who)!, fromHex(who === "alice" ? bob : alice));
      for (const leaf of sealed) {
        strictEqual(openMessage(leaf, staticKey, epochs).kind, "unknown epoch", `${who}'s disk`);
      }
    }
  } finally {
    for (const process of all) process.kill("SIGKILL");
    for (const process of all) await process.ended();
  }
});

/** What waits in a side's feed under an epoch. */
const feedOf = async (directory: string, secret: Uint8Array): Promise<FeedLeaf[]> =>
  await withStore(
    directory,
    secret,
    async (store) =>
      (await keptPairs(store, () => {})).flatMap(({ leaves }) => [...leaves])
        .map(([path, value]) => ({ path, value }))
        .filter(({ value }) => fromUtf8(value.subarray(0, 4)) === "SKP1"),
  );
