import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import type { Claimed } from "../../lib/owner/claim.ts";
import { finishSend, keptSince, mayGoAgain, newestPosition } from "../../lib/owner/handover/resend.ts";
import { Sends } from "../../lib/owner/handover/sends.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { NetworkError, UserError } from "../../lib/wire/errors.ts";
import { FileApp, PEER } from "./fake_app.ts";
import { inDirectory, random, until } from "./support.ts";

const request = { to: { pk: PEER, port: 1 }, text: "x", waitMs: 500 };

/** What is reported of a message that the next owner finds, and that a retry leaves in another state. */
async function finished(
  found: Partial<MessageView>,
  after?: () => Promise<void>,
  { once = true, ...more }: { queue?: boolean; once?: boolean } = {},
): Promise<unknown> {
  let report: unknown;
  await inDirectory(async (directory) => {
    const app = new FileApp(`${directory}/log`);
    app.put({ text: "x", position: 1, id: "old" }); // the same text before: not this one
    const behind = await newestPosition(app, PEER);
    strictEqual(behind, 1);
    app.put({ text: "x", position: 2, outgoing: false, id: "theirs" });
    app.put({ text: "x", position: 3, ...found });
    if (after) app.outbox.retry = after as typeof app.outbox.retry;
    const kept = await keptSince(app, PEER, behind);
    deepStrictEqual(kept.map(({ position }) => position), [3]);
    app.once = once;
    const again = await mayGoAgain(app, kept[0]);
    report = await finishSend(app, { ...request, ...more }, kept[0], again, systemClock());
  });
  return report;
}

Deno.test("A send whose owner ended is reported as its message stands", async () => {
  const id = "i";
  deepStrictEqual(await finished({ id, state: "received" }), { state: "acked", id, position: 3 });
  deepStrictEqual(await finished({ id, state: "read" }), { state: "acked", id, position: 3 });
  deepStrictEqual(await finished({ state: "sent" }), { state: "handed-over", position: 3 });
  const reason = "the process that was sending it has ended";
  deepStrictEqual(await finished({ state: "pending" }), { state: "unconfirmed", reason, position: 3 });
  deepStrictEqual(await finished({ id, state: "pending" }, undefined, { queue: true }), {
    state: "queued",
    reason,
    id,
    position: 3,
  });
});

Deno.test("A queued send whose owner ended is told as queued only while it is", async () => {
  const id = "i";
  const queue = { queue: true };
  const reason = "the program ended before its ack";
  deepStrictEqual(await finished({ id, state: "unconfirmed", reason }, undefined, queue), {
    state: "unconfirmed",
    reason,
    id,
    position: 3,
  });
  strictEqual((await finished({ id, state: "sent" }, undefined, queue) as { state: string }).state, "queued");
  for (const state of ["failed", "cancelled"] as const) {
    await rejects(finished({ id, state, reason: "x" }, undefined, queue), /^NetworkError: Not sent: x$/);
  }
});

Deno.test("A send with an id is tried again once, by its message", async () => {
  const id = "i";
  deepStrictEqual(await finished({ id, state: "unconfirmed" }), { state: "acked", id, position: 3 });
  const silent = () => Promise.resolve();
  deepStrictEqual(await finished({ id, state: "sent", reason: "no ack" }, silent), {
    state: "unconfirmed",
    reason: "no ack",
    id,
    position: 3,
  });
  await rejects(
    finished({ id, state: "failed", reason: "nobody there" }, silent),
    (error: NetworkError) => error.reason === "unreachable" && error.message === "Not sent: nobody there",
  );
  const arrived = () => Promise.reject(new UserError("it has arrived", { kind: "usage", hint: "" }));
  deepStrictEqual(await finished({ id, state: "unconfirmed", reason: "no ack" }, arrived), {
    state: "unconfirmed",
    reason: "no ack",
    id,
    position: 3,
  });
});

Deno.test("What may have left is sent again only to a peer that keeps one copy, as in the outbox", async () => {
  const id = "i";
  const reason = "the program ended before its ack";
  const retried = () => Promise.reject(new Error("it was sent again"));
  const classic = { once: false };
  deepStrictEqual(await finished({ id, state: "unconfirmed", reason }, retried, classic), {
    state: "unconfirmed",
    reason,
    id,
    position: 3,
  });
  // What certainly never left goes to anybody; what was taken back to nobody.
  const acked = { state: "acked", id, position: 3 };
  deepStrictEqual(await finished({ id, state: "failed", reason: "nobody there" }, undefined, classic), acked);
  deepStrictEqual(await finished({ id, state: "pending" }, undefined, classic), acked);
  await rejects(
    finished({ id, state: "cancelled", reason: "x" }, retried, { once: true }),
    /^NetworkError: Not sent: x$/,
  );
});

Deno.test("Of two sends of one text the one that has its outcome is not taken for the other", async () => {
  await inDirectory(async (directory) => {
    const [first, next] = [new FileApp(`${directory}/log`), new FileApp(`${directory}/log`)];
    const [mayGo, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let asked = 0;
    first.hooks.before = () => ++asked === 1 ? mayGo.promise : ended.promise;
    const claimed = (app: FileApp): Claimed => ({ app, role: "client", release: () => Promise.resolve() });
    let owner = claimed(first);
    const ready = () => Promise.resolve(owner);
    const sends = new Sends({ ready, lost: () => {}, clock: systemClock(), random });
    // Nothing waits for an ack, so there is no id by which they could be told apart.
    const request = { to: { pk: PEER, port: 1 }, text: "x", waitMs: 0 };
    const [one, other] = [sends.send(request), sends.send(request)];
    await until(() => asked === 2);
    mayGo.resolve();
    strictEqual((await one).position, 1);
    owner = claimed(next);
    ended.reject(new NetworkError("the owner ended", { reason: "closed", retry: true }));
    strictEqual((await other).position, 2);
  });
});
