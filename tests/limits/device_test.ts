/** What lies on a machine, and whom it opens for: docs/limits.md, "Your own machine" and "Pairs". */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { keyPairOf } from "../../lib/crypto/keys.ts";
import { openKeyFile } from "../../lib/identity/key_file.ts";
import { pairPort, staticPairKey } from "../../lib/pair/keys.ts";
import { openPairText, readSealed, sealStatic } from "../../lib/pair/message.ts";
import { openStore } from "../../lib/store/open.ts";
import { emptyRows, memoryPlace } from "../../lib/store/place/memory.ts";
import { fromHex, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { FakeClock } from "../fakes/clock.ts";
import { memoryFiles } from "../fakes/files.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, bodies, text } from "../store/support.ts";

Deno.test("The key file holds the key as it is: no password stands between it and who reads the file", async () => {
  const files = memoryFiles();
  const { pair } = await openKeyFile(files, seededRandom("limits"), "/home/me/identity.key");
  const stolen = fromUtf8(files.kept.get("/home/me/identity.key")!.bytes).trim();
  strictEqual(keyPairOf(fromHex(stolen)).pk, pair.pk);
});

Deno.test("A copy of the folder, with the key in it, opens all that is kept", async () => {
  const [clock, random, secret] = [new FakeClock(), seededRandom("limits"), new Uint8Array(32).fill(9)];
  const rows = emptyRows();
  const store = await openStore({ place: memoryPlace(rows), secret, clock, random });
  await store.commit([text(ANN, "for ann alone")]);
  await store.close();
  const thief = await openStore({ place: memoryPlace(rows), secret, clock, random });
  deepStrictEqual(bodies(await thief.messages.newest(ANN, 10)), ["for ann alone"]);
  await thief.close();
});

Deno.test("A pair's first messages open with either identity key, also years later", () => {
  const [alice, bob] = ["alice", "bob"].map((name) => keyPairOf(seededRandom(name).bytes(32)));
  const value = sealStatic(staticPairKey(alice.secret, bob.public), utf8("hello bob"), seededRandom("nonce"));
  const stolen = staticPairKey(bob.secret, alice.public);
  strictEqual(fromUtf8(openPairText(stolen, readSealed(value)!)!), "hello bob");
});

Deno.test("Where a pair meets follows from its two keys: whoever knows both can look whether somebody is there", () => {
  const [alice, bob] = ["alice", "bob"].map((name) => keyPairOf(seededRandom(name).bytes(32)).pk);
  strictEqual(pairPort(alice, bob), pairPort(bob, alice));
  ok(pairPort(alice, bob) >= 10_000);
});
