import { strictEqual } from "node:assert/strict";
import { serveApp } from "../../lib/owner/server/serve.ts";
import type { OwnerListener } from "../../lib/owner/socket.ts";
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
