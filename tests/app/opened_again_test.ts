/** What is loaded at its first use, while the disk can't be read: it is tried again at the next one. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { memorySecrets } from "../../lib/app/secrets_file.ts";
import { emptyRows } from "../../lib/store/place/memory.ts";
import type { Place } from "../../lib/store/place/place.ts";
import { MemoryFileDisk } from "../fakes/file_disk.ts";
import { worldTests } from "./chat_world.ts";
import { GroupWorld, pairOf } from "./groups/group_world.ts";
import { filePolicy, keyOf } from "./local/pair.ts";

const BOB = keyOf("bob");

const test = worldTests(GroupWorld);

/** A disk that can't be read when it is told so. */
function unreadable() {
  const state = { isBroken: false };
  const broken = new Error("input/output error");
  const place = (under: Place): Place => ({
    ...under,
    read: (keys) => state.isBroken ? Promise.reject(broken) : under.read(keys),
    async *list(range, options) {
      if (state.isBroken) throw broken;
      yield* under.list(range, options);
    },
  });
  return { state, place };
}

/** A disk of which one read fails. */
function failingOnce(failing: number): (under: Place) => Place {
  let reads = 0;
  const mayFail = (): void => {
    if (++reads === failing) throw new Error("input/output error");
  };
  return (under) => ({
    ...under,
    // deno-lint-ignore require-await -- that it fails is a promise's
    read: async (keys) => (mayFail(), under.read(keys)),
    async *list(range, options) {
      mayFail();
      yield* under.list(range, options);
    },
  });
}

test("Pairs whose secrets could not be read are there at the next call", async (world) => {
  const secrets = memorySecrets();
  let isBroken = true;
  const pairSecrets = {
    ...secrets,
    read: () => isBroken ? Promise.reject(new Error("input/output error")) : secrets.read(),
  };
  const alice = await world.open("alice", { own: pairOf("alice"), pairSecrets });
  await rejects(world.done(alice.pairs.add({ peer: BOB })), /input/);
  isBroken = false;
  strictEqual((await world.done(alice.pairs.add({ peer: BOB }))).status, "pending");
});

for (let failing = 1; failing <= 18; failing++) {
  test(`Groups whose disk fails once, at read ${failing} of a start, are there within a minute`, async (world) => {
    const rows = emptyRows();
    const first = await world.member("alice", rows);
    const asked = { name: "ops", kind: "private", join: "link" } as const;
    const { group, invite } = await world.done(first.groups.create(asked));
    const bob = await world.member("bob");
    await world.done(bob.groups.join({ link: invite }));
    await world.pass(5_000);
    await world.done(first.close());
    const alice = await world.member("alice", rows, failingOnce(failing)).catch(() => undefined);
    if (alice === undefined) return; // the whole program did not start, and said so
    await world.pass(60_000);
    deepStrictEqual((await alice.groups.list()).map(({ id, status }) => [id, status]), [[group, "active"]]);
    const { state } = await world.done(alice.groups.send({ group, text: "here", waitMs: 5_000 }));
    strictEqual(state, "kept-by-others");
  });
}

test("Files are there at the next call when the store could not be read", async (world) => {
  const { state, place } = unreadable();
  const files = { policy: { ...filePolicy, directory: "/in" }, disk: new MemoryFileDisk(), windows: false };
  const alice = await world.open("alice", { place, files });
  state.isBroken = true;
  await rejects(world.done(alice.files.list({ limit: 9 })), /read|input/);
  state.isBroken = false;
  deepStrictEqual(await world.done(alice.files.list({ limit: 9 })), []);
});
