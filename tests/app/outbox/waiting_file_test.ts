/** The file that says that something waits: never missing while something does, and gone when nothing does. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { DIRECT_NS } from "../../../lib/app/outbox/job.ts";
import { withWaitingFile } from "../../../lib/app/outbox/waiting_file.ts";
import type { Change, Queued, Store } from "../../../lib/store/store.ts";
import type { Files } from "../../../lib/sys/files/files.ts";
import { settle } from "../../fakes/clock.ts";

const PEER = `02${"ab".repeat(32)}`;
const message = (body: string, dueNs?: bigint): Change => ({
  kind: "message",
  message: { peer: PEER, direction: "out", body, atNs: 1n, state: "pending", form: "text", via: "dmsg" },
  ...(dueNs === undefined ? {} : { queue: { dueNs } }),
});
const nameOf = ([change]: readonly Change[]): string =>
  change.kind === "message" ? change.message.body : change.kind;

/** A store and a directory that write down what is asked of them, in one order. */
function world(entries: Queued[] = []) {
  const done: string[] = [];
  const making: PromiseWithResolvers<void>[] = [];
  const files = {
    createPrivate: async () => {
      done.push("make");
      const made = Promise.withResolvers<void>();
      making.push(made);
      await made.promise;
      done.push("made");
    },
    remove: () => Promise.resolve(void done.push("remove")),
  } as unknown as Files;
  const under = {
    commit: (changes: readonly Change[]) => {
      done.push(`commit ${nameOf(changes)}`);
      return Promise.resolve({ ok: true, positions: [1] });
    },
    outbox: { list: () => Promise.resolve(entries) },
  } as unknown as Store;
  const store = withWaitingFile(under, { files, path: "/store/waiting" });
  return { done, making, store, entries };
}

Deno.test("The file is there before a message waits, and who commits behind that stays behind it", async () => {
  const { done, making, store } = world();
  const all = [
    store.commit([message("direct", DIRECT_NS)]),
    store.commit([message("in a feed")]),
    store.commit([message("queued", 5n)]),
    store.commit([message("behind")]),
    store.commit([{ kind: "queue", peer: PEER, position: 1, dueNs: 9n, attempts: 1 }]),
  ];
  await settle();
  deepStrictEqual(done, ["commit direct", "commit in a feed", "make"]);
  making[0].resolve();
  await Promise.all(all);
  deepStrictEqual(done.slice(3), ["made", "commit queued", "commit behind", "commit queue"]);
  await store.commit([message("later", 6n)]);
  deepStrictEqual(done.slice(7), ["commit later"], "once is enough");
});

Deno.test("Without the file nothing is kept that waits; what comes behind is, and the next one makes it", async () => {
  const { done, making, store } = world();
  const first = store.commit([message("queued", 5n)]);
  const behind = store.commit([message("behind")]);
  await settle();
  making[0].reject(new Error("the disk is full"));
  await rejects(first, /the disk is full/);
  await behind;
  deepStrictEqual(done, ["make", "commit behind"]);
  await store.commit([message("no queue")]);
  const again = store.commit([message("again", 6n)]);
  await settle();
  making[1].resolve();
  await again;
  deepStrictEqual(done.slice(2), ["commit no queue", "make", "made", "commit again"]);
});

Deno.test("A look at the outbox makes the file where something waits, and removes it where nothing does", async () => {
  const { done, making, store, entries } = world();
  deepStrictEqual(await store.outbox.list(), []);
  deepStrictEqual(done.splice(0), ["remove"]);
  await store.outbox.list();
  deepStrictEqual(done, [], "it is known not to be there");
  entries.push({ peer: PEER, position: 1, addedNs: 0n, dueNs: 0n, attempts: 0, bytes: 1 });
  const looking = store.outbox.list();
  await settle();
  making[0].resolve();
  strictEqual((await looking).length, 1);
  await store.commit([message("queued", 5n)]);
  deepStrictEqual(done.splice(0), ["make", "made", "commit queued"]);
  entries.length = 0;
  await store.outbox.list();
  deepStrictEqual(done.splice(0), ["remove"]);
  const next = store.commit([message("queued", 5n)]);
  await settle();
  making[1].resolve();
  await next;
  deepStrictEqual(done, ["make", "made", "commit queued"]);
});
