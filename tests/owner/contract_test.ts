import type { App } from "../../lib/app/app.ts";
import { RemoteApp } from "../../lib/owner/client/remote.ts";
import { openApp } from "../../lib/owner/open.ts";
import { ownerPaths } from "../../lib/owner/path.ts";
import { serveApp } from "../../lib/owner/server/serve.ts";
import { listenForClients } from "../../lib/owner/socket.ts";
import { appContract } from "../app/contract.ts";
import type { MakePair } from "../app/contract/support.ts";
import { localPair } from "../app/local/pair.ts";
import { clock, never, random } from "./support.ts";

/** The local pair, each app behind something that gives the same App. */
const pairOf =
  (wrap: (app: App, directory: string) => Promise<{ app: App; end(): Promise<void> }>): MakePair =>
  async (settings) => {
    const pair = await localPair(settings);
    const directory = await Deno.makeTempDir({ prefix: "owner-test-" });
    const alice = await wrap(pair.alice, `${directory}/alice`);
    const bob = await wrap(pair.bob, `${directory}/bob`);
    return {
      alice: alice.app,
      bob: bob.app,
      disk: pair.disk,
      leave: (pk) => pair.leave(pk),
      back: (pk) => pair.back(pk),
      close: async () => {
        await alice.end();
        await bob.end();
        await pair.alice.close();
        await pair.bob.close();
        await Deno.remove(directory, { recursive: true });
      },
    };
  };

const paths = (directory: string, transport: "unix" | "loopback") => ({
  ...ownerPaths(directory, "unix"),
  transport,
});

for (const transport of ["unix", "loopback"] as const) {
  appContract(
    `App over the owner's socket (${transport})`,
    pairOf(async (app, directory) => {
      const at = paths(directory, transport);
      const server = serveApp(app, await listenForClients(at, random, clock), { clock, random });
      const remote = (await RemoteApp.connect({ paths: at, clock, pk: app.pk }))!;
      return { app: remote, end: async () => (await remote.close(), await server.close()) };
    }),
  );
}

appContract(
  "App of a client that may take over",
  pairOf(async (app, directory) => {
    const request = {
      paths: paths(directory, "unix"),
      pk: app.pk,
      command: "listen",
      resident: true,
      open: () => Promise.resolve(app),
      clock,
      random,
      signal: never,
    };
    const owner = await openApp(request);
    const client = await openApp(request);
    return { app: client, end: async () => (await client.close(), await owner.close()) };
  }),
);
