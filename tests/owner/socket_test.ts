import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { RemoteApp } from "../../lib/owner/client/remote.ts";
import { isShortEnough, ownerPaths } from "../../lib/owner/path.ts";
import { serveApp } from "../../lib/owner/server/serve.ts";
import { connectToOwner, listenForClients } from "../../lib/owner/socket.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { FileApp, PK } from "./fake_app.ts";
import { clock, inDirectory, Line, random, withOwner } from "./support.ts";

const mode = (path: string) => Deno.statSync(path).mode! & 0o777;
const names = (path: string) => [...Deno.readDirSync(path)].map(({ name }) => name).sort();

Deno.test("The socket is its user's alone, and its directory too, also one that was there", () =>
  inDirectory(async (directory) => {
    const paths = ownerPaths(directory, "unix");
    Deno.mkdirSync(paths.directory, { mode: 0o755 });
    const listener = await listenForClients(paths, random, clock);
    deepStrictEqual([mode(paths.directory), mode(paths.socket)], [0o700, 0o600]);
    await listener.close();
    deepStrictEqual(names(paths.directory), []);
  }));

Deno.test("A path over 100 bytes gets a short socket in a private directory, named in a file", () =>
  inDirectory(async (directory) => {
    const paths = ownerPaths(`${directory}/${"é".repeat(50)}`, "unix");
    ok(!isShortEnough(paths.socket));
    const listener = await listenForClients(paths, random, clock);
    const short = Deno.readTextFileSync(paths.pointer).trimEnd();
    ok(isShortEnough(short));
    const parent = short.replace(/\/[^/]*$/, "");
    deepStrictEqual([mode(parent), mode(short), mode(paths.pointer)], [0o700, 0o600, 0o600]);
    const app = new FileApp(`${directory}/log`);
    const server = serveApp(app, listener, { clock, random });
    const remote = await RemoteApp.connect({ paths, clock, pk: PK });
    strictEqual((await remote!.node.status()).pk, PK);
    await remote!.close();
    // Somebody else can have made it: a directory that others may enter is not trusted.
    Deno.chmodSync(parent, 0o755);
    await rejects(connectToOwner(paths), (error: UserError) => error.kind === "refused");
    Deno.chmodSync(parent, 0o700);
    await server.close();
    deepStrictEqual(names(paths.directory), []);
    strictEqual(names(directory).includes("log"), true);
    await rejects(Deno.stat(parent), Deno.errors.NotFound);
  }));

Deno.test("Nobody at the socket is no owner: none yet, or one that has left its file", () =>
  inDirectory(async (directory) => {
    const paths = ownerPaths(directory, "unix");
    strictEqual(await connectToOwner(paths), undefined);
    Deno.mkdirSync(paths.directory);
    strictEqual(await connectToOwner(paths), undefined);
    Deno.writeTextFileSync(paths.socket, "no socket");
    strictEqual(await connectToOwner(paths), undefined);
    const listener = await listenForClients(paths, random, clock);
    (await connectToOwner(paths))!.duplex.close();
    await listener.close();
  }));

Deno.test("A loopback port serves those who can read its tokens", () =>
  withOwner(async ({ remote, paths, raw, app }) => {
    strictEqual(mode(paths.loopback), 0o600);
    strictEqual((await remote.node.status()).pk, PK);
    const stranger = new Line(await raw());
    const refusal = await stranger.call({ method: "hello", params: { protocol: 1, token: "x" } });
    ok(refusal.kind === "error" && refusal.error.message === "This is not a client of this identity");
    strictEqual(await stranger.channel.next(), null);
    const silent = new Line(await raw());
    const early = await silent.call({
      method: "send",
      params: { to: { pk: PK, port: 1 }, text: "x", waitMs: 0 },
    });
    ok(early.kind === "error" && early.error.message === "Say hello first");
    deepStrictEqual(app.calls, []);
  }, "loopback"));

Deno.test("A stranger who got the port of an owner that ended is not believed", () =>
  inDirectory(async (directory) => {
    const paths = { ...ownerPaths(directory, "windows") };
    const app = new FileApp(`${directory}/log`);
    const listener = await listenForClients(paths, random, clock);
    const impostor = { ...listener, tokens: { ...listener.tokens!, owner: "guessed" } };
    const server = serveApp(app, impostor, { clock, random });
    strictEqual(await RemoteApp.connect({ paths, clock, pk: PK }), undefined);
    await server.close();
    deepStrictEqual(names(paths.directory), []);
  }));

Deno.test("A listener whose files can't be written is no listener: nothing stays open of it", () =>
  inDirectory(async (directory) => {
    const { listen } = Deno;
    const opened: Deno.Listener[] = [];
    Deno.listen = ((options: Deno.TcpListenOptions) => {
      opened.push(listen(options));
      return opened.at(-1);
    }) as typeof Deno.listen;
    try {
      const loopback = { ...ownerPaths(directory, "windows") };
      Deno.mkdirSync(`${loopback.loopback}/full`, { recursive: true });
      await rejects(listenForClients(loopback, random, clock), UserError);
      const unix = ownerPaths(`${directory}/${"long".repeat(25)}`, "unix");
      Deno.mkdirSync(`${unix.pointer}/full`, { recursive: true });
      await rejects(listenForClients(unix, random, clock), UserError);
    } finally {
      Deno.listen = listen;
    }
    for (const listener of opened) await rejects(listener.accept(), Deno.errors.BadResource);
    strictEqual(opened.length > 0, true);
  }));

Deno.test("Connections that have ended make room: an owner has 512 at once, not in its life", () =>
  withOwner(async ({ paths, raw }) => {
    const connect = () => Deno.connect({ transport: "unix", path: paths.socket });
    for (let i = 0; i < 520; i += 40) {
      const some = await Promise.all(Array.from({ length: 40 }, connect));
      for (const connection of some) connection.close();
    }
    const line = new Line(await raw());
    const answer = await line.call({ method: "hello", params: { protocol: 1 } });
    deepStrictEqual(answer.kind, "result");
  }));
