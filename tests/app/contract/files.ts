/**
 * What holds for the files of every {@link App}, however it is made.
 *
 * @module
 */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { App } from "../../../lib/app/app.ts";
import type { FileView } from "../../../lib/app/files/files.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { type Define, eventsUntil, kind, reason, until } from "./support.ts";

const filesOf = (app: App): Promise<FileView[]> => app.files.list({ limit: 9 });
const one = async (app: App): Promise<FileView | undefined> => (await filesOf(app))[0];

/** Waits until the only file stands like that. */
async function becomes(app: App, state: FileView["state"]): Promise<FileView> {
  let last: FileView | undefined;
  await until(async () => (last = await one(app))?.state === state);
  return last!;
}

/** Defines the tests. */
export function filesContract(test: Define): void {
  test("offers a file, which comes when the peer takes it", async ({ alice, bob, disk }) => {
    disk.files.set("/a/report.pdf", utf8("the report"));
    const since = await bob.events.cursor();
    const sent = alice.files.send({ conversation: bob.pk, path: "/a/report.pdf" });
    const offered = await becomes(bob, "offered");
    const { id, ts: _ts, ...rest } = offered;
    deepStrictEqual(rest, {
      conversation: alice.pk,
      position: 1,
      peer: alice.pk,
      outgoing: false,
      name: "report.pdf",
      size: 10,
      state: "offered",
    });
    await eventsUntil(bob, since, (event) => event.kind === "message" && event.message.position === 1);
    strictEqual((await bob.files.accept({ conversation: alice.pk, position: 1 })).state, "moving");
    ok(["moving", "kept"].includes((await one(bob))!.state), "who has taken it sees it come");
    const report = await sent;
    deepStrictEqual([report.state, report.outgoing, report.path, report.id], [
      "sent",
      true,
      "/a/report.pdf",
      id,
    ]);
    const kept = await becomes(bob, "kept");
    strictEqual(fromUtf8(disk.files.get(kept.path!)!), "the report");
    await eventsUntil(bob, since, (event) => event.kind === "state" && event.position === 1);
    const [message] = await alice.messages.history({ limit: 9 });
    deepStrictEqual([message.state, message.outgoing], ["received", true]);
    deepStrictEqual((await bob.peers.list()).filter(({ accepted }) => accepted), []);
  });

  test("sends a file that was not taken when the peer asks for it", async ({ alice, bob, disk }) => {
    disk.files.set("/a/b", utf8("again"));
    const sent = alice.files.send({ conversation: bob.pk, path: "/a/b" });
    await becomes(bob, "offered");
    const place = { conversation: alice.pk, position: 1 };
    strictEqual((await bob.files.refuse(place)).state, "refused");
    const { state, reason } = await sent;
    deepStrictEqual([state, reason], ["offered", "declined"]);
    strictEqual((await one(bob))?.state, "refused");
    strictEqual((await bob.files.accept(place)).state, "asked");
    const { path } = await becomes(bob, "kept");
    strictEqual(fromUtf8(disk.files.get(path!)!), "again");
    await becomes(alice, "sent");
    strictEqual((await filesOf(bob)).length, 1);
  });

  test("says why a file is not kept that is taken: it is too large", async ({ alice, bob, disk }) => {
    disk.files.set("/a/b", new Uint8Array(1001));
    const sent = alice.files.send({ conversation: bob.pk, path: "/a/b" });
    await becomes(bob, "offered");
    const place = { conversation: alice.pk, position: 1 };
    const tooLarge = (error: Error) =>
      kind("refused")(error) && /at most 1000 bytes are taken/.test(error.message);
    await rejects(bob.files.accept(place), tooLarge);
    const { state, reason } = await sent;
    deepStrictEqual([state, reason], ["offered", "files of at most 1000 bytes are taken"]);
    // Its sender is not asked for it.
    await rejects(bob.files.accept(place), tooLarge);
    deepStrictEqual([(await one(bob))?.state, (await one(alice))?.state], ["offered", "offered"]);
  });

  test("says what it can't read, whom it can't reach, and that there is no such file", async (pair) => {
    const { alice, bob, disk } = pair;
    await rejects(alice.files.send({ conversation: bob.pk, path: "/none" }), kind("local"));
    deepStrictEqual(await filesOf(alice), []);
    disk.files.set("/a/b", utf8("x"));
    pair.leave(bob.pk);
    await rejects(alice.files.send({ conversation: bob.pk, path: "/a/b" }), reason("unreachable"));
    const failed = await one(alice);
    strictEqual(failed?.state, "failed");
    ok(failed?.reason);
    strictEqual((await alice.messages.history({ limit: 9 }))[0].state, "failed");
    const place = { conversation: bob.pk, position: 1 };
    await rejects(alice.files.accept(place), kind("usage"));
    await rejects(alice.files.refuse({ ...place, position: 7 }), kind("usage"));
    // Its message alone would be a file without bytes.
    pair.back(bob.pk);
    await rejects(alice.outbox.retry({ peer: bob.pk, position: 1 }), (error: Error) => {
      return kind("usage")(error) && /is a file/.test(error.message);
    });
    strictEqual((await alice.messages.history({ limit: 9 }))[0].state, "failed");
  });

  test("breaks a file off that its sender gives up", async ({ alice, bob, disk }) => {
    disk.files.set("/a/b", utf8("x"));
    const stop = new AbortController();
    const sent = alice.files.send({ conversation: bob.pk, path: "/a/b" }, stop.signal);
    await becomes(bob, "offered");
    stop.abort(new Error("given up"));
    await rejects(sent);
    strictEqual((await becomes(alice, "failed")).reason, "it was broken off here");
  });

  test("drops what it knows of files with their conversation", async ({ alice, bob, disk }) => {
    disk.files.set("/a/b", utf8("x"));
    const sent = alice.files.send({ conversation: bob.pk, path: "/a/b" });
    await becomes(bob, "offered");
    await bob.files.refuse({ conversation: alice.pk, position: 1 });
    await sent;
    await bob.messages.forget({ peer: alice.pk });
    deepStrictEqual(await filesOf(bob), []);
  });
}
