/** A group's holder with real processes: members who are never there together, and what its whole disk opens. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { RATCHETS } from "../../lib/app/secrets_form.ts";
import { type KeyPair, keyPairOf } from "../../lib/crypto/keys.ts";
import { copyIn, openCopy } from "../../lib/group/d2/content.ts";
import { openEpoch, readEpoch } from "../../lib/group/d2/epoch_key.ts";
import { readLeaf } from "../../lib/group/talk/leaf.ts";
import { curveSigner } from "../../lib/group/talk/signer.ts";
import { pairEpoch } from "../../lib/pair/keys.ts";
import { fromBase64 } from "../../lib/wire/base64.ts";
import { fromHex, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { holding, wholeDisk, withStore } from "./disk.ts";
import { mannersOf } from "./manners.ts";
import { networkTest, type TestNetwork } from "./network.ts";

const COUNT = 5;

for (const keys of [undefined, "d2"] as const) {
  networkTest(
    `members of a ${
      keys ?? "private"
    } group who are never there together read each other, and their holder reads nothing`,
    async (network: TestNetwork) => await neverTogether(network, keys),
  );
}

async function neverTogether(network: TestNetwork, keys: "d2" | undefined): Promise<void> {
  const { home, run, end, until } = mannersOf(network);
  const texts = (who: string): string[] => Array.from({ length: COUNT }, (_, i) => `secret of ${who}: ${i}`);
  const say = async (who: string): Promise<void> => {
    for (const text of texts(who)) await run(who, "group", "send", "ops", text, "--wait", "60s");
  };
  const heard = async (who: string): Promise<string[]> =>
    (await network.look(who, "group", "history", "ops", "--json", "--limit", "1000")).split("\n")
      .filter((line) => line !== "").map((line) => JSON.parse(line).body)
      .filter((body) => body?.startsWith("secret of"));

  const [first, second] = [
    await network.resident("alice", "daemon"),
    await network.resident("bob", "daemon"),
  ];
  const { process: holderRuns, pk: holder } = await network.resident("holder", "daemon");
  const made = await run(
    "alice",
    "group",
    "create",
    "ops",
    "--join",
    "link",
    ...(keys === undefined ? [] : ["--keys", keys]),
  );
  await run("bob", "group", "join", /skychat:invite:\S+/.exec(made)![0], "--wait", "60s");
  strictEqual((await network.run("holder", ["hold", "ls"])).out, "", "off until somebody names it");

  // The holder says what alice is told that it is to say.
  const told = await run("alice", "group", "hold", "ops", holder);
  const command = /dmsg (hold group .*)$/m.exec(told)![1].split(" ");
  match(await run("holder", ...command), /^Holding for group/);
  const held = async (): Promise<{ peer_pk: string; bytes: number; messages: number }[]> =>
    JSON.parse((await network.look("holder", "hold", "ls", "--json")).trim()).feeds;
  const holdsAll = async () => (await held()).length === 2 && (await held()).every(({ bytes }) => bytes > 0);
  await until("it holds both", holdsAll);
  const knows = async () => JSON.parse(await run("bob", "group", "info", "ops", "--json")).holder === holder;
  await until("bob knows it", knows);
  await end(second.process);

  // That it has fetched a message is what the sender waits for; that it lies on the holder's disk comes after.
  const holds = (who: string) => async () =>
    (await held()).some(({ peer_pk, messages }) => peer_pk === who && messages >= COUNT);
  await say("alice");
  await until("the holder has what alice said on its disk", holds(first.pk));
  await end(first.process);
  await end(holderRuns); // killed: what it serves from now on lay on its disk
  const { process: holdsAgain } = await network.resident("holder", "daemon");
  const { process: bobRuns } = await network.resident("bob", "daemon");
  await until("bob reads", async () => (await heard("bob")).length >= COUNT);
  await say("bob");
  await until("and what bob said", holds(second.pk));
  await end(bobRuns);
  const { process: aliceRuns } = await network.resident("alice", "daemon");
  await until("alice reads", async () => (await heard("alice")).length >= 2 * COUNT);
  for (const who of ["alice", "bob"]) {
    deepStrictEqual((await heard(who)).sort(), [...texts("alice"), ...texts("bob")].sort(), who);
  }
  await Promise.all([end(aliceRuns), end(holdsAgain)]);

  // Every file of the holder, and every row of its store with its key in hand: neither a text nor a group key.
  const secret = fromHex((await Deno.readTextFile(`${home("holder")}/identity.key`)).trim());
  const disk = await wholeDisk(home("holder"), secret);
  for (const text of [...texts("alice"), ...texts("bob")]) {
    deepStrictEqual(holding(disk, utf8(text)), [], text);
  }
  const secrets: Uint8Array[] = [];
  for (const who of ["alice", "bob"]) {
    const own = fromHex((await Deno.readTextFile(`${home(who)}/identity.key`)).trim());
    const records = await withStore(home(who), own, ({ values }) => values.list("group records"));
    const { aes_key, key_ring } = JSON.parse(fromUtf8(records[0].value));
    const ring = [aes_key, ...(key_ring ?? []).map((one: { key: string }) => one.key)];
    secrets.push(own, ...ring.map((key: string) => fromBase64(key)!));
    if (keys === "d2") secrets.push(...await ratchetsOf(home(who)));
  }
  ok(secrets.every(({ length }) => length === 32) && secrets.length >= 4);
  for (const one of secrets) deepStrictEqual(holding(disk, one), [], "a key of theirs");
  const leaves = await withStore(home("holder"), secret, async ({ values }) => {
    const [, , group] = command;
    const rooms = [first.pk, second.pk].map((feed) => `held leaves ${group} ${feed}`);
    return (await Promise.all(rooms.map((room) => values.list(room)))).flat();
  });
  ok(leaves.filter(({ name }) => name.startsWith("msgs/")).length >= 2 * COUNT, "it holds messages");
  if (keys === "d2") opensNone(command[1], leaves, keyPairOf(secret));
}

/** Secrets of somebody's pairs in its D2 groups. */
async function ratchetsOf(home: string): Promise<Uint8Array[]> {
  const secrets = RATCHETS.read(await Deno.readFile(`${home}/store/ratchets`))!.map(({ secret }) => secret);
  ok(secrets.length > 0);
  return secrets;
}

/** What the holder's own key gives with the keys that lie in what it holds: as if it were in, it opens no wrap. */
function opensNone(
  group: string,
  leaves: readonly { name: string; value: Uint8Array }[],
  own: KeyPair,
): void {
  let wraps = 0;
  for (const { name, value } of leaves) {
    const rotation = name.startsWith("keys/") ? readEpoch(value, group, curveSigner) : undefined;
    const leaf = name.startsWith("msgs/") ? readLeaf(value) : undefined;
    const copy = leaf && copyIn(leaf, group);
    if (rotation !== undefined) {
      strictEqual(openEpoch(rotation, () => [pairEpoch(own, rotation.ratchet)], []), undefined, name);
    }
    if (copy !== undefined) {
      strictEqual(openCopy(leaf!, copy, [pairEpoch(own, copy.ratchet)]), undefined, name);
    }
    if (rotation !== undefined || copy !== undefined) wraps++;
  }
  ok(wraps > 2 * COUNT, "keys and messages were tried");
}
