import { match, strictEqual } from "node:assert/strict";
import { serveApp } from "../../lib/owner/server/serve.ts";
import type { OwnerListener } from "../../lib/owner/socket.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";
import { FileApp } from "./fake_app.ts";
import { clock, inDirectory, random } from "./support.ts";

Deno.test("An owner that ends while its first client comes ends that connection", () =>
  inDirectory(async (directory) => {
    const [near, far] = memoryDuplexPair();
    const closed = Promise.withResolvers<void>();
    const listener: OwnerListener = {
      tokens: undefined,
      async *connections() {
        yield near;
        await closed.promise;
      },
      close: () => Promise.resolve(closed.resolve()),
    };
    const server = serveApp(new FileApp(`${directory}/log`), listener, { clock, random });
    await Promise.resolve(); // the client is there, and what serves it is not loaded yet
    const ended = server.close();
    strictEqual(await far.read(), null);
    await ended;
  }));

Deno.test("An owner that can't load what serves says so to who comes, and serves the next one", () =>
  inDirectory(async (directory) => {
    const [first, second] = [memoryDuplexPair(), memoryDuplexPair()];
    const closed = Promise.withResolvers<void>();
    const listener: OwnerListener = {
      tokens: undefined,
      async *connections() {
        yield first[0];
        yield second[0];
        await closed.promise;
      },
      close: () => Promise.resolve(closed.resolve()),
    };
    let failures = 0;
    const load = () => {
      if (failures++ === 0) return Promise.reject(new TypeError("too many open files"));
      return import("../../lib/owner/server/served.ts");
    };
    const server = serveApp(new FileApp(`${directory}/log`), listener, { clock, random, load });
    match(fromUtf8((await first[1].read())!), /"error":.*too many open files/);
    strictEqual(await first[1].read(), null);
    await second[1].write(utf8('{"jsonrpc":"2.0","id":1,"method":"info"}\n'));
    match(fromUtf8((await second[1].read())!), /"id":1/);
    await server.close();
  }));
