/**
 * What holds for every {@link Peers}, however it is made.
 *
 * @module
 */
import { deepStrictEqual, ok, rejects } from "node:assert/strict";
import { BRIEF_MS, type Define, kind, texts, until } from "./support.ts";

/** Defines the tests. */
export function peersContract(test: Define): void {
  test("takes nothing of a blocked peer, and sends it nothing", async ({ alice, bob }, send) => {
    await send("one");
    await bob.peers.decide({ peer: alice.pk, blocked: true });
    const state = await send("two", { waitMs: BRIEF_MS }).then((report) => report.state, () => "not sent");
    ok(state !== "acked", state);
    deepStrictEqual(texts(await bob.messages.history({ limit: 9 })), ["one"]);
    const to = { pk: alice.pk, port: 1 };
    await rejects(bob.messages.send({ to, text: "x", waitMs: BRIEF_MS }), kind("refused"));
    await bob.peers.decide({ peer: alice.pk, blocked: false });
    await until(async () =>
      await send("three", { waitMs: BRIEF_MS }).then(({ state }) => state === "acked", () => false)
    );
    const known = (await bob.peers.list()).find(({ peer }) => peer === alice.pk);
    deepStrictEqual(known ?? { blocked: false }, known ? { ...known, blocked: false } : { blocked: false });
  });

  test(
    "remembers peers that it has written to, and those that keep one copy",
    async ({ alice, bob }, send) => {
      await send("one");
      deepStrictEqual(await alice.peers.list(), [{
        peer: bob.pk,
        blocked: false,
        accepted: true,
        once: true,
      }]);
      await alice.peers.decide({ peer: bob.pk, accepted: false });
      deepStrictEqual(await alice.peers.list(), [{
        peer: bob.pk,
        blocked: false,
        accepted: false,
        once: true,
      }]);
    },
  );

  test("hears a blocked peer again that is accepted, and does not block ourselves", async ({ alice, bob }) => {
    const known = async () => (await alice.peers.list()).map(({ blocked, accepted }) => [blocked, accepted]);
    await alice.peers.decide({ peer: bob.pk, blocked: true });
    await alice.peers.decide({ peer: bob.pk, verified: true });
    deepStrictEqual(await known(), [[true, false]]);
    await alice.peers.decide({ peer: bob.pk, accepted: true });
    deepStrictEqual(await known(), [[false, true]]);
    await rejects(alice.peers.decide({ peer: alice.pk, blocked: true }), kind("usage"));
    deepStrictEqual(await known(), [[false, true]]);
  });
}
