import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { AppEvent } from "../../lib/app/events/events.ts";
import { RemoteApp } from "../../lib/owner/client/remote.ts";
import { OwnerGone } from "../../lib/owner/rpc/errors.ts";
import { MAX_LINE_BYTES, RpcCode } from "../../lib/owner/rpc/rpc.ts";
import { MAX_BODY_BYTES } from "../../lib/store/store.ts";
import { NetworkError, UserError } from "../../lib/wire/errors.ts";
import { PEER, PK } from "./fake_app.ts";
import { clock, Line, never, take, until, withOwner } from "./support.ts";

const to = { pk: PEER, port: 1 };

Deno.test("Every call reaches the app as it was made and gives what the app gives", () =>
  withOwner(async ({ app, remote }) => {
    const request = { to, text: "hällo\n\u0000😀", waitMs: 500, key: "k", queue: true };
    deepStrictEqual(await remote.messages.send(request), { state: "acked", id: "k", ms: 1, position: 1 });
    deepStrictEqual(await remote.messages.history({ limit: 5 }), await app.messages.history({ limit: 5 }));
    deepStrictEqual(
      await remote.messages.search({ text: "hä", limit: 5 }),
      await app.messages.search({ text: "hä" }),
    );
    deepStrictEqual(await remote.messages.conversations(), await app.messages.conversations());
    deepStrictEqual(await remote.node.status(), await app.node.status());
    deepStrictEqual(await remote.peers.list(), await app.peers.list());
    deepStrictEqual(await remote.outbox.list(), []);
    strictEqual(await remote.messages.markRead({ peer: PEER }), undefined);
    await remote.messages.remove({ peer: PEER, position: 1, everywhere: true });
    await remote.messages.forget({ peer: PEER });
    await remote.peers.decide({ peer: PEER, blocked: true });
    await remote.outbox.cancel({ peer: PEER, position: 2 });
    await remote.outbox.retry({ peer: PEER, position: 3 });
    deepStrictEqual(app.calls, [
      request,
      ["markRead", { peer: PEER }],
      ["remove", { peer: PEER, position: 1, everywhere: true }],
      ["forget", { peer: PEER }],
      ["decide", { peer: PEER, blocked: true }],
      ["cancel", { peer: PEER, position: 2 }],
      ["retry", { peer: PEER, position: 3 }],
    ]);
  }));

Deno.test("What the app throws arrives as the same error", () =>
  withOwner(async ({ app, remote }) => {
    await rejects(remote.messages.send({ to, text: "", waitMs: 0 }), (error: UserError) =>
      error instanceof UserError && error.kind === "usage" && error.hint === "Say something.");
    await rejects(remote.messages.send({ to, text: "unreachable", waitMs: 0 }), (error: NetworkError) =>
      error instanceof NetworkError && !(error instanceof OwnerGone) && error.reason === "unreachable" &&
      error.retry);
    app.hooks.before = () =>
      Promise.reject(new TypeError("a mistake"));
    await rejects(remote.messages.send({ to, text: "x", waitMs: 0 }), {
      name: "Error",
      message: "a mistake",
    });
    await rejects(remote.messages.send({ to, text: "x".repeat(1_100_000), waitMs: 0 }), UserError);
    await rejects(remote.node.dial({ pk: PEER, port: 1 }), { message: "no such peer" });
  }));

Deno.test("A call that is given up is given up in the owner too", () =>
  withOwner(async ({ app, remote }) => {
    const aborted = Promise.withResolvers<void>();
    app.hooks.before = (signal) =>
      new Promise((_, reject) =>
        signal!.addEventListener("abort", () => {
          aborted.resolve();
          reject(signal!.reason);
        })
      );
    const controller = new AbortController();
    const sent = remote.messages.send({ to, text: "x", waitMs: 0 }, controller.signal);
    await until(() => app.calls.length === 1);
    controller.abort(new Error("enough"));
    await rejects(sent, { message: "enough" });
    await aborted.promise;
    app.hooks = {};
    strictEqual((await remote.node.status()).pk, PK);
  }));

Deno.test("Calls that are given up make none of those that follow too many", () =>
  withOwner(async ({ app, remote }) => {
    app.hooks.before = (signal) =>
      new Promise((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason)));
    const controller = new AbortController();
    const sends = Array.from(
      { length: 100 },
      (_, i) => remote.messages.send({ to, text: `${i}`, waitMs: 0 }, controller.signal),
    );
    const ended = Promise.allSettled(sends);
    await until(() => app.calls.length === 64);
    controller.abort(new Error("enough"));
    const calls = Array.from({ length: 100 }, () => remote.messages.history({ limit: 1 }));
    deepStrictEqual([...new Set((await ended).map(({ status }) => status))], ["rejected"]);
    strictEqual((await Promise.all(calls)).length, 100);
    strictEqual(app.calls.length, 64, "what was given up while it waited is not asked");
  }));

Deno.test("200 calls at once are all answered, 64 at a time", () =>
  withOwner(async ({ app, remote }) => {
    let now = 0;
    let most = 0;
    app.hooks.before = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      now--;
    };
    const sends = Array.from({ length: 200 }, (_, i) =>
      remote.messages.send({ to, text: `${i}`, waitMs: 1, key: `${i}` }));
    deepStrictEqual(
      (await Promise.all(sends)).map(({ id }) =>
        id
      ),
      sends.map((_, i) => `${i}`),
    );
    strictEqual(most, 64);
  }));

Deno.test("A list that is longer than a line arrives whole", () =>
  withOwner(async ({ app, remote }) => {
    for (let i = 0; i < 60; i++) app.put({ text: "\u0001".repeat(60_000), position: i });
    const history = await remote.messages.history({ limit: 100 });
    deepStrictEqual(history.map(({ position }) => position), [...Array(60).keys()]);
    strictEqual(history[59].text.length, 60_000);
  }));

Deno.test("Events begin behind the cursor, or with what is sent after the call", () =>
  withOwner(async ({ app, remote }) => {
    app.put({ text: "1" });
    app.put({ text: "2" });
    const texts = (events: AppEvent[]) => events.map((e) => e.kind === "message" ? e.message.text : e.kind);
    deepStrictEqual(texts(await take(remote.events.follow(1, never), 1)), ["2"]);
    strictEqual(await remote.events.cursor(), 2);
    const events = remote.events.follow(undefined, never);
    await remote.messages.send({ to, text: "3", waitMs: 0 });
    deepStrictEqual(texts(await take(events, 1)), ["3"]);
    const controller = new AbortController();
    const all: AppEvent[] = [];
    const reading = (async () => {
      for await (const event of remote.events.follow(0, controller.signal)) all.push(event);
    })();
    await until(() => all.length === 3);
    controller.abort();
    await reading;
    deepStrictEqual(texts(all), ["1", "2", "3"]);
    deepStrictEqual(await take(remote.events.follow(0, controller.signal), 1), []);
  }));

Deno.test("A subscription whose signal comes while it is being made ends", () =>
  withOwner(async ({ remote }) => {
    for (const since of [undefined, 0]) {
      for (let turns = 0; turns < 40; turns++) {
        const stop = new AbortController();
        const reader = take(remote.events.follow(since, stop.signal), 1);
        for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
        stop.abort();
        deepStrictEqual(await reader, []);
      }
    }
  }));

Deno.test("A reader who is slow misses nothing, and the app's feed is left meanwhile", () =>
  withOwner(async ({ app, remote }) => {
    const starts: (number | undefined)[] = [];
    let left = 0;
    const { follow } = app.events;
    app.events.follow = (since, signal) => {
      starts.push(since);
      signal.addEventListener("abort", () => left++);
      return follow(since, signal);
    };
    for (let i = 1; i <= 40; i++) app.put({ text: "x".repeat(50_000), position: i });
    const seen: number[] = [];
    for await (const event of remote.events.follow(0, never)) {
      seen.push(event.cursor);
      if (seen.length === 2) await until(() => left > 0); // it is slow for as long as that takes
      if (seen.length === 40) break;
    }
    deepStrictEqual(seen, Array.from({ length: 40 }, (_, i) => i + 1));
    // Where the machine stands still for a second a reader is slow once more.
    ok(starts.length >= 2 && starts.slice(1).every((at) => at! > 2 && at! < 40), `${starts}`);
  }));

Deno.test("An error of the app's events is thrown to their reader", () =>
  withOwner(async ({ app, remote }) => {
    app.events.follow = async function* () {
      yield* [];
      await Promise.resolve();
      throw new UserError("no such cursor", { kind: "usage", hint: "" });
    };
    await rejects(
      take(remote.events.follow(9, never), 1),
      (error: UserError) => error.message === "no such cursor",
    );
  }));

Deno.test("The owner's end ends calls and events at once, and says so", () =>
  withOwner(async ({ app, remote, end }) => {
    app.hooks.before = () => new Promise(() => {});
    const sent = rejects(remote.messages.send({ to, text: "x", waitMs: 0 }), OwnerGone);
    const events = rejects(take(remote.events.follow(0, never), 1), OwnerGone);
    const listener = await remote.node.listen(5);
    const accepted = rejects(listener.accept(), OwnerGone);
    await until(() => app.calls.length === 1);
    await end();
    await Promise.all([sent, events, accepted, remote.closed]);
    await rejects(remote.node.status(), OwnerGone);
    await rejects(remote.node.dial(to), OwnerGone);
  }));

Deno.test("Another version and another key are told apart from nobody", () =>
  withOwner(async ({ paths, raw }) => {
    const old = new Line(await raw());
    const answer = await old.call({ method: "hello", params: { protocol: 0 } });
    ok(answer.kind === "error" && /another version \(process \d+, protocol 1\)/.test(answer.error.message));
    strictEqual(await old.channel.next(), null);
    const pk = "03" + "0".repeat(64);
    await rejects(
      RemoteApp.connect({ paths, clock, pk }),
      (error: UserError) => error.kind === "busy" && error.message.includes(PK),
    );
  }));

Deno.test("The owner refuses what is not in its table, and goes on", () =>
  withOwner(async ({ line }) => {
    const client = await line();
    const code = async (value: object) => {
      const reply = await client.call(value);
      return reply.kind === "error" ? reply.error.code : 0;
    };
    strictEqual(await code({ method: "toString" }), RpcCode.noMethod);
    strictEqual(await code({ method: "status", params: { x: 1 } }), RpcCode.badParams);
    strictEqual(await code({ method: "status", params: [] }), RpcCode.badParams);
    strictEqual(
      await code({ method: "send", params: { to: { pk: "x", port: 1 }, text: "", waitMs: 0 } }),
      RpcCode.badParams,
    );
    strictEqual(await code({ method: "stream.ping", params: { stream: 999, sent: 0 } }), 1);
    await client.say("no json");
    const reply = await client.channel.next();
    ok(reply?.kind === "error" && reply.id === null && reply.error.code === RpcCode.parse);
    strictEqual(await code({ method: "status" }), 0);
  }));

Deno.test("More than 64 requests at once, and one id twice, are refused", () =>
  withOwner(async ({ app, line }) => {
    app.hooks.before = () => new Promise(() => {});
    const client = await line();
    const params = { to, text: "x", waitMs: 0 };
    for (let id = 1; id <= 65; id++) await client.say({ jsonrpc: "2.0", id, method: "send", params });
    const tooMany = await client.channel.next();
    ok(tooMany?.kind === "error" && tooMany.id === 65 && tooMany.error.code === RpcCode.tooMany);
    await client.say({ jsonrpc: "2.0", id: 64, method: "status" });
    const twice = await client.channel.next();
    ok(twice?.kind === "error" && twice.error.code === RpcCode.invalid);
  }));

Deno.test("A line without end closes its connection and no other", () =>
  withOwner(async ({ remote, raw }) => {
    const client = new Line(await raw());
    const written = client.duplex.write(new Uint8Array(MAX_LINE_BYTES + 200_000).fill(0x20)).catch(() => {});
    const reply = await client.channel.next();
    ok(reply === null || reply.kind === "error");
    if (reply !== null) strictEqual(await client.channel.next(), null);
    await written;
    strictEqual((await remote.node.status()).pk, PK);
  }));

Deno.test("A client may follow events on the connection of its calls", () =>
  withOwner(async ({ app, line }) => {
    const client = await line();
    const reply = await client.call({ method: "events.follow", params: { since: 0 } });
    ok(reply.kind === "result");
    const { subscription } = reply.result as { subscription: number };
    app.put({ text: "1" });
    const event = await client.channel.next();
    ok(event?.kind === "notification" && event.method === "event");
    await client.say({ jsonrpc: "2.0", id: 9, method: "events.unfollow", params: { subscription } });
    const last = [await client.channel.next(), await client.channel.next()];
    deepStrictEqual(new Set(last.map((m) => m?.kind)), new Set(["result", "notification"]));
  }));

Deno.test("A result longer than a line comes whole, in parts", () =>
  withOwner(async ({ app, remote }) => {
    for (let position = 1; position <= 80; position++) {
      app.put({ text: `${position}`.repeat(30_000), position });
    }
    const got = await remote.messages.history({ limit: 80 });
    deepStrictEqual(got, await app.messages.history({ limit: 80 }));
  }));

Deno.test("Rows of an object that is longer than a line come whole, and what can't be cut is an error", () =>
  withOwner(async ({ app, remote, line }) => {
    const request = { conversation: PK, list: "c".repeat(32), limit: 10_000 };
    const said = { author: PK, ts: "2026-11-30T06:00:00Z" };
    const item = { ...said, done: false, last: { ...said, what: "add" } };
    const rows = Array.from({ length: 10_000 }, (_, i) => ({ ...item, id: `${i}`, text: "t".repeat(500) }));
    let answer: unknown = { rows, total: 70_000 };
    Object.assign(app.overlays, { items: () => Promise.resolve(answer) });
    const items = () => remote.overlays.items(request);
    deepStrictEqual(await items(), answer as Awaited<ReturnType<typeof items>>);
    // Who knows nothing of such parts must not take the rest for the whole.
    const classic = await line();
    let reply = await classic.call({ method: "overlays.items", params: request });
    while (reply.kind === "notification") reply = (await classic.channel.next())!;
    deepStrictEqual(reply.kind === "result" && reply.result, { total: 70_000 });
    for (
      const long of [{ rows: [{ ...item, id: "1", text: "t".repeat(MAX_LINE_BYTES) }], total: 1 }, {
        rows: [],
        total: 0,
        making: { done: 1, total: 2, text: "t".repeat(MAX_LINE_BYTES) },
      }]
    ) {
      answer = long;
      await rejects(items(), (error) => error instanceof UserError && /too long/.test(error.message));
    }
    answer = { rows: [], total: 0 };
    deepStrictEqual(await items(), { rows: [], total: 0 });
  }));

Deno.test("The longest message that can be kept goes to those who follow, whatever is in it", () =>
  withOwner(async ({ app, remote }) => {
    const text = "\u0001".repeat(MAX_BODY_BYTES);
    app.put({ text, id: "\u0001".repeat(1024), replyTo: "\u0001".repeat(1024), position: 1 });
    strictEqual((await remote.messages.history({ limit: 1 }))[0].text, text);
    const [event] = await take(remote.events.follow(0, never), 1);
    ok(event.kind === "message" && event.message.text === text);
  }));
