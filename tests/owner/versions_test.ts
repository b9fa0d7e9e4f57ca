/** Owners that were started with another build: what they do not know, and what we do not. */
import { deepStrictEqual, rejects } from "node:assert/strict";
import { RemoteApp } from "../../lib/owner/client/remote.ts";
import { ownerPaths } from "../../lib/owner/path.ts";
import { Channel } from "../../lib/owner/rpc/channel.ts";
import { errorLine, notificationLine, resultLine, RpcCode } from "../../lib/owner/rpc/rpc.ts";
import { MAX_TEXT } from "../../lib/owner/schema/shapes.ts";
import { listenForClients } from "../../lib/owner/socket.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { PEER, PK } from "./fake_app.ts";
import { clock, inDirectory, never, random } from "./support.ts";

type Answer = (id: string | number) => Uint8Array[];

/** Runs with an owner that says what it is told to, by method. */
function withForeign(
  answers: Readonly<Record<string, Answer>>,
  run: (remote: RemoteApp) => Promise<void>,
): Promise<void> {
  return inDirectory(async (directory) => {
    const paths = ownerPaths(directory, "unix");
    const listener = await listenForClients(paths, random, clock);
    const hello = { protocol: 1, pk: PK, pid: 1, instance: "i", connection: 1 };
    const serve = async (channel: Channel): Promise<void> => {
      for (let message = await channel.next(); message; message = await channel.next()) {
        if (message.kind !== "request") continue;
        const { id, method } = message;
        for (const line of method === "hello" ? [resultLine(id, hello)] : answers[method](id)) {
          await channel.write(line);
        }
      }
      channel.close();
    };
    const serving = (async () => {
      for await (const duplex of listener.connections()) void serve(new Channel(duplex)).catch(() => {});
    })();
    const remote = (await RemoteApp.connect({ paths, clock, pk: PK }))!;
    try {
      await run(remote);
    } finally {
      await remote.close();
      await listener.close();
      await serving;
    }
  });
}

const busy = (pattern: RegExp) => (error: UserError): boolean =>
  error instanceof UserError && error.kind === "busy" && pattern.test(error.message);
const refused = (code: number, message = "no"): Answer => (id) => [errorLine(id, { code, message })];

Deno.test("An owner that does not know a method, or what is asked of one, is told as an older one", () => {
  const answers = {
    "messages.conversations": refused(RpcCode.noMethod),
    "messages.send": refused(RpcCode.badParams, "params has a member that is not known"),
    "node.dial": refused(RpcCode.badParams, "params has a member that is not known"),
  };
  return withForeign(answers, async ({ messages, node }) => {
    const request = { to: { pk: PEER, port: 1 }, text: "x", waitMs: 0 };
    await rejects(messages.conversations(), busy(/older/));
    await rejects(messages.send(request), busy(/older/));
    await rejects(node.dial(request.to), busy(/older/));
    // This one our own table refuses as well.
    await rejects(
      messages.send({ ...request, text: "x".repeat(MAX_TEXT + 1) }),
      (error: Error) => !(error instanceof UserError) && /not known/.test(error.message),
    );
  });
});

Deno.test("An owner that says what we do not know is told as one of another version", () => {
  const answers = {
    "messages.conversations": (id: string | number) => [resultLine(id, [{ peer: PEER }])],
    "events.follow": (id: string | number) => [
      resultLine(id, { subscription: 1 }),
      notificationLine("event", { subscription: 1, event: { cursor: 1, ts: "t", kind: "lost" } }),
      notificationLine("event", { subscription: 1, event: { cursor: 2, ts: "t", kind: "later" } }),
    ],
  };
  return withForeign(answers, async ({ messages, events }) => {
    await rejects(messages.conversations(), busy(/another version.*messages\.conversations.*lastTs/));
    const seen: string[] = [];
    await rejects(async () => {
      for await (const { kind } of events.follow(0, never)) seen.push(kind);
    }, busy(/another version.*events/));
    deepStrictEqual(seen, ["lost"]);
  });
});
