/**
 * What holds for every {@link Pairs}, however it is made.
 *
 * @module
 */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { App } from "../../../lib/app/app.ts";
import { type Define, kind, texts, until } from "./support.ts";

/** Defines the tests. */
export function pairsContract(test: Define): void {
  test("pairs two who agree, and carries what both say, also to one who is away", async (pair) => {
    const { alice, bob } = pair;
    deepStrictEqual(await alice.pairs.add({ peer: bob.pk }), { sent: true, status: "pending" });
    await until(async () => (await bob.pairs.list()).some(({ status }) => status === "invited"));
    await rejects(alice.pairs.send({ peer: bob.pk, text: "too soon", waitMs: 0 }), kind("refused"));
    deepStrictEqual(await bob.pairs.accept({ peer: alice.pk }), { told: true });
    await until(async () => (await alice.pairs.list())[0].status === "active");
    const paired = async ({ messages }: App) =>
      (await messages.conversations()).map(({ peer, unread, paired }) => [peer, unread, paired]);
    await until(async () => (await paired(alice)).length === 1);
    deepStrictEqual(await paired(alice), [[bob.pk, 0, true]]); // before anything was said
    deepStrictEqual(await paired(bob), [[alice.pk, 0, true]]);
    const sent = await alice.pairs.send({ peer: bob.pk, text: "hello", waitMs: 20_000 });
    ok(sent.fetched && sent.position === 1);
    const heard = async () => await bob.messages.history({ peer: alice.pk, limit: 99 });
    await until(async () => (await heard()).length === 1);
    const [{ text, via, id, outgoing }] = await heard();
    deepStrictEqual([text, via, id, outgoing], ["hello", "pair", sent.id, false]);
    await bob.pairs.send({ peer: alice.pk, text: "hello yourself", waitMs: 0 });
    const ours = async () => await alice.messages.history({ peer: bob.pk, limit: 9 });
    await until(async () => (await ours()).length === 2);
    await until(async () => (await ours())[0].state === "received");
    strictEqual((await alice.pairs.list())[0].waiting, 0);
    deepStrictEqual(texts(await alice.messages.search({ text: "YOURSELF", limit: 9 })), ["hello yourself"]);
    await alice.messages.remove({ peer: bob.pk, position: 1, everywhere: true });
    await until(async () => (await heard())[0].state === "deleted");
    deepStrictEqual(await bob.pairs.read({ waitMs: 20_000 }), { pairs: 1, read: 1 });
    await alice.peers.decide({ peer: bob.pk, verified: true });
    strictEqual((await alice.pairs.list())[0].verified, true);
    ok((await alice.peers.list()).some(({ peer, verified }) => peer === bob.pk && verified));
    await alice.peers.decide({ peer: bob.pk, verified: false });
    strictEqual((await alice.pairs.list())[0].verified, undefined);
    pair.leave(bob.pk);
    const said = Array.from({ length: 20 }, (_, i) => `m${i}`);
    for (const text of said) {
      strictEqual((await alice.pairs.send({ peer: bob.pk, text, waitMs: 0 })).fetched, false);
    }
    ok((await alice.pairs.list())[0].waiting >= 20); // that it took one back may wait as well
    pair.back(bob.pk);
    await until(async () => (await heard()).length > 20);
    deepStrictEqual(texts(await bob.messages.history({ peer: alice.pk, limit: 20 })), said);
    await alice.pairs.remove({ peer: bob.pk });
    deepStrictEqual(await alice.pairs.list(), []);
    deepStrictEqual(await paired(alice), [[bob.pk, 1, undefined]]); // what was said stays
  });

  test("takes no for an answer, and answers nobody who did not ask", async ({ alice, bob }) => {
    await rejects(bob.pairs.accept({ peer: alice.pk }), kind("usage"));
    await rejects(bob.pairs.decline({ peer: alice.pk }), kind("usage"));
    await rejects(alice.pairs.add({ peer: alice.pk }), kind("usage"));
    await rejects(alice.pairs.remove({ peer: bob.pk }), kind("usage"));
    await alice.pairs.add({ peer: bob.pk });
    await until(async () => (await bob.pairs.list()).length === 1);
    deepStrictEqual(await bob.pairs.decline({ peer: alice.pk }), { told: true });
    await until(async () => (await alice.pairs.list()).length === 0);
    deepStrictEqual(await bob.pairs.list(), []);
  });

  test("lets in by a signed invite as many as it says, without a word, until it is taken back", async (pair) => {
    const { alice, bob } = pair;
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    deepStrictEqual(await alice.pairs.issuedInvites(), []);
    const issued = await alice.pairs.issueInvite({ uses: 1, expires, note: "it is alice" });
    const { id, link, note, state, uses, group } = issued;
    deepStrictEqual([note, state, uses, group], ["it is alice", "open", 1, undefined]);
    const used = await bob.pairs.use({ link: link! });
    deepStrictEqual(used, { peer: alice.pk, sent: true, status: "active" });
    deepStrictEqual((await bob.pairs.use({ link: link! })).status, "active", "twice is once");
    const [known] = await alice.pairs.issuedInvites();
    deepStrictEqual([known.id, known.state, known.used.map(({ pk }) => pk)], [id, "used-up", [bob.pk]]);
    strictEqual((await alice.pairs.list())[0].status, "active");
    await alice.pairs.remove({ peer: bob.pk });
    await bob.pairs.remove({ peer: alice.pk });
    const later = await bob.pairs.use({ link: link! });
    deepStrictEqual(later, { peer: alice.pk, sent: true, status: "denied", ended: "used-up" });
    const [{ status, invite }] = await bob.pairs.list();
    deepStrictEqual([status, invite], ["denied", { id, ended: "used-up" }]);
    const more = await alice.pairs.issueInvite({ uses: 100, expires });
    await alice.pairs.revokeInvite({ invite: more.id });
    await rejects(alice.pairs.revokeInvite({ invite: more.id }), kind("usage"));
    strictEqual((await bob.pairs.use({ link: more.link! })).ended, "revoked");
    await rejects(alice.pairs.use({ link: more.link! }), kind("usage"));
    await rejects(alice.pairs.issueInvite({ uses: 1, expires: "2020-01-01T00:00:00Z" }), kind("usage"));
  });
}
