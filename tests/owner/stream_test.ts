import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { AppStream } from "../../lib/app/node/node.ts";
import { OwnerGone } from "../../lib/owner/rpc/errors.ts";
import { concat, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { NetworkError, UserError } from "../../lib/wire/errors.ts";
import { PEER } from "./fake_app.ts";
import { readAll, until, withOwner, type World } from "./support.ts";

const to = { pk: PEER, port: 7 };
const text = async (from: { read(): Promise<Uint8Array | null> }) => fromUtf8(await readAll(from));

async function dialled({ app, remote }: World) {
  const stream = await remote.node.dial(to) as AppStream & { reset(): void };
  return { stream, end: app.ends.at(-1)!, fake: app.streams.at(-1)! };
}

Deno.test("Bytes pass both ways, each direction ends by itself", () =>
  withOwner(async (world) => {
    const { stream, end, fake } = await dialled(world);
    deepStrictEqual(stream.remote, to);
    await stream.write(utf8("question"));
    await stream.closeWrite();
    strictEqual(await text(end), "question");
    strictEqual(await stream.ping(), 12);
    await end.write(utf8("answer"));
    await end.closeWrite();
    strictEqual(await text(stream), "answer");
    stream.close();
    await until(() => fake.calls.includes("close"));
    deepStrictEqual(fake.calls, ["closeWrite", "ping", "close"]);
    await rejects(stream.read(), NetworkError);
    await rejects(stream.write(utf8("x")), NetworkError);
  }));

Deno.test("A ping is behind every byte that was written, closing as well", () =>
  withOwner(async (world) => {
    const { stream, end, fake } = await dialled(world);
    let passed = 0;
    const write = fake.write;
    fake.write = async (bytes) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      passed += bytes.length;
      await write(bytes);
    };
    const read = readAll(end);
    await stream.write(new Uint8Array(150_000));
    await stream.ping();
    strictEqual(passed, 150_000);
    await stream.write(new Uint8Array(70_000));
    stream.close();
    strictEqual((await read).length, 220_000);
    ok(!fake.calls.includes("reset"));
  }));

Deno.test("That a peer takes little is told through the owner, both ways", () =>
  withOwner(async (world) => {
    const { stream, fake } = await dialled(world);
    strictEqual(stream.moved, undefined, "nothing is known at the first look");
    await until(() => stream.moved === 0);
    Object.assign(fake, { moved: 5, sign: () => void fake.calls.push("sign") });
    await until(() => stream.moved === 5);
    stream.sign!();
    await until(() => fake.calls.includes("sign"));
    stream.close();
    stream.sign!();
    strictEqual(stream.moved, 5);
  }));

Deno.test("Writes that are not awaited keep their order, and the end comes behind them", () =>
  withOwner(async (world) => {
    const { stream, end } = await dialled(world);
    const read = readAll(end);
    const parts = [1, 2, 3].map((fill) => new Uint8Array(300_000).fill(fill));
    const writing = parts.map((part) => stream.write(part));
    await stream.closeWrite();
    deepStrictEqual(await read, concat(...parts));
    await Promise.all(writing);
  }));

Deno.test("A writer waits while the peer does not read", () =>
  withOwner(async (world) => {
    const { stream, end } = await dialled(world);
    let written = 0;
    const writing = (async () => {
      for (; written < 40 * 65536; written += 65536) await stream.write(new Uint8Array(65536));
      await stream.closeWrite();
    })();
    await new Promise((resolve) => setTimeout(resolve, 100));
    ok(written < 1024 * 1024, `${written} bytes lie between`);
    strictEqual((await readAll(end)).length, 40 * 65536);
    await writing;
  }));

Deno.test("A peer waits while the client does not read", () =>
  withOwner(async (world) => {
    const { stream, end } = await dialled(world);
    let written = 0;
    const writing = (async () => {
      for (; written < 40 * 65536; written += 65536) await end.write(new Uint8Array(65536));
      await end.closeWrite();
    })();
    await new Promise((resolve) => setTimeout(resolve, 100));
    ok(written < 1024 * 1024, `${written} bytes lie between`);
    strictEqual((await readAll(stream)).length, 40 * 65536);
    await writing;
  }));

Deno.test("A stream that breaks is no end of file, and what came before is delivered", () =>
  withOwner(async (world) => {
    const { stream, end, fake } = await dialled(world);
    await end.write(utf8("half"));
    const read = fake.read;
    let first = true;
    fake.read = async () => {
      if (!first) throw new NetworkError("stream was reset", { reason: "closed", retry: false });
      first = false;
      return await read();
    };
    strictEqual(fromUtf8((await stream.read())!), "half");
    // The first read of the owner was under way; this ends it.
    await end.write(utf8(" more")).catch(() => {});
    await rejects(async () => {
      while (await stream.read()) { /* up to the break */ }
    }, { message: "stream was reset", retry: false });
  }));

Deno.test("A writer hears why the stream broke", () =>
  withOwner(async (world) => {
    const { stream, fake } = await dialled(world);
    const broken = new NetworkError("stream was reset", { reason: "closed", retry: false });
    fake.write = () => Promise.reject(broken);
    await stream.write(utf8("lost"));
    await rejects(stream.ping(), { message: "stream was reset" });
    await rejects(stream.closeWrite(), { message: "stream was reset" });
  }));

Deno.test("A client that is killed resets its streams, one that has finished does not", () =>
  withOwner(async (world) => {
    const one = await dialled(world);
    const other = await dialled(world);
    await one.stream.write(utf8("half of a file"));
    await other.stream.write(utf8("all of a file"));
    await other.stream.closeWrite();
    await world.remote.close();
    await until(() => one.fake.calls.includes("reset") && other.fake.calls.includes("close"));
    ok(!one.fake.calls.includes("closeWrite"));
    ok(!other.fake.calls.includes("reset"));
  }));

Deno.test("A reset by the client resets", () =>
  withOwner(async (world) => {
    const { stream, fake } = await dialled(world);
    stream.reset();
    await until(() => fake.calls.includes("reset"));
    strictEqual((await world.remote.node.status()).pid, Deno.pid);
  }));

Deno.test("A dial that is given up is given up in the owner", () =>
  withOwner(async ({ app, remote }) => {
    const controller = new AbortController();
    const dialling = remote.node.dial({ pk: PEER, port: 2 }, controller.signal);
    await until(() => app.calls.includes("dial"));
    controller.abort(new Error("enough"));
    await rejects(dialling, { message: "enough" });
    await until(() => app.calls.includes("dial aborted"));
  }));

Deno.test("Streams to a port come one after the other, and null once it is closed", () =>
  withOwner(async ({ app, remote }) => {
    const listener = await remote.node.listen(80);
    await rejects(remote.node.listen(80), (error: UserError) => error.kind === "busy");
    const waiting = [listener.accept(), listener.accept()];
    app.listening.get(80)!(app.newStream(1));
    app.listening.get(80)!(app.newStream(2));
    const streams = await Promise.all(waiting);
    deepStrictEqual(new Set(streams.map((stream) => stream!.remote.port)), new Set([1, 2]));
    const last = listener.accept();
    listener.close();
    strictEqual(await last, null);
    strictEqual(await listener.accept(), null);
    await until(() => !app.listening.has(80));
    await remote.node.listen(80);
  }));

Deno.test("A port is free again when its client is gone", () =>
  withOwner(async ({ app, remote }) => {
    await remote.node.listen(80);
    await remote.close();
    await until(() => !app.listening.has(80));
  }));

Deno.test("A stream that came for a client that had left goes to the next one", () =>
  withOwner(async ({ app, line }) => {
    const control = await line();
    const reply = await control.call({ method: "stream.listen", params: { port: 80 } });
    const { listener } = (reply as { result: { listener: number } }).result;
    const leaving = await line();
    await leaving.say({ jsonrpc: "2.0", id: 5, method: "stream.accept", params: { listener } });
    await new Promise((resolve) => setTimeout(resolve, 20));
    leaving.duplex.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    app.listening.get(80)!(app.newStream());
    const staying = await line();
    const accepted = await staying.call({ method: "stream.accept", params: { listener } });
    ok(accepted.kind === "result" && accepted.result !== null);
    await app.ends[0].write(utf8("hello"));
    strictEqual(fromUtf8((await staying.duplex.read())!), "hello");
  }));

Deno.test("A simple client needs one connection: bytes behind the request, shutdown for the end", () =>
  withOwner(async ({ app, line }) => {
    const client = await line();
    const request = { jsonrpc: "2.0", id: 5, method: "stream.dial", params: { to } };
    await client.say(JSON.stringify(request) + "\nearly bytes, "); // a newline follows
    ok((await client.channel.next())?.kind === "result");
    await client.duplex.write(utf8("late bytes"));
    await client.duplex.closeWrite();
    strictEqual(await text(app.ends[0]), "early bytes, \nlate bytes");
    await app.ends[0].write(utf8("answer"));
    await app.ends[0].closeWrite();
    strictEqual(await text(client.channel.raw()), "answer");
    await until(() => app.streams[0].calls.includes("close"));
    deepStrictEqual(app.streams[0].calls, ["closeWrite", "ping", "close"]);
  }));

Deno.test("After a dial that failed the connection still speaks JSON-RPC", () =>
  withOwner(async ({ line }) => {
    const client = await line();
    const failed = await client.call({ method: "stream.dial", params: { to: { pk: PEER, port: 1 } } });
    ok(failed.kind === "error" && failed.error.message === "no such peer");
    strictEqual((await client.call({ method: "status" })).kind, "result");
  }));

Deno.test("A stream on a busy connection, or bound to one that is not there, is refused", () =>
  withOwner(async ({ line, app }) => {
    const client = await line();
    const unbound = await client.call({ method: "stream.dial", params: { to, control: 12345 } });
    ok(unbound.kind === "error");
    await client.call({ method: "events.follow" });
    ok((await client.call({ method: "stream.dial", params: { to } })).kind === "error");
    strictEqual(app.streams.length, 0);
  }));

Deno.test("The owner's end breaks its streams", () =>
  withOwner(async (world) => {
    const { stream } = await dialled(world);
    const read = rejects(stream.read(), OwnerGone);
    await world.end();
    await read;
  }));
