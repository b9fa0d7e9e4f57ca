/** The App of a send that is alone: kept before it is written, settled afterwards, and refused like with a store. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { App } from "../../lib/app/app.ts";
import { openLeanApp } from "../../lib/app/lean.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { ChatHub } from "../fakes/chat_hub.ts";
import { quiet } from "../fakes/quiet.ts";
import { seededRandom } from "../fakes/random.ts";
import { keyOf, party } from "./local/pair.ts";

interface World {
  readonly app: App;
  /** What the file was told and the network did, in order. */
  readonly log: string[];
  readonly problems: string[];
}

const full = (): never => {
  throw new UserError("Cannot write sent.log: no space", { kind: "local", hint: "Free some space." });
};

/** A lean App of alice's. @param fail  What of its file fails. */
function lean(
  hub: ChatHub,
  fail?: "open" | "keep" | "settle",
  { blocked = false, isLong = false } = {},
): World {
  const [log, problems]: string[][] = [[], []];
  const network = hub.client(keyOf("alice"));
  const app = openLeanApp({
    client: {
      ...network,
      pk: keyOf("alice"),
      dial: network.dial.bind(network),
      listen: network.listen.bind(network),
    },
    clock: systemClock(),
    random: seededRandom(1),
    blocked: () => Promise.resolve(blocked),
    asked: Promise.resolve(),
    openSent: () => {
      if (fail === "open") return Promise.resolve().then(full);
      return Promise.resolve({
        keep: ({ body, id, form, peer }) => {
          if (fail === "keep") full();
          strictEqual(peer, keyOf("bob"));
          strictEqual(form, id === undefined ? "text" : "envelope");
          return { name: "j", next: log.push(`keep ${body}`) };
        },
        settle: async ({ next }, { state, reason, once }) => {
          await Promise.resolve();
          if (fail === "settle") full();
          log.push(`settle ${next - 1} ${state}${once ? " once" : ""}${reason ? " why" : ""}`);
        },
        isLong,
        close: () => void log.push("close"),
      });
    },
    takeIn: () => Promise.resolve(void log.push("take in")),
    onProblem: ({ message }) => problems.push(message),
    onClose: () => Promise.resolve(void log.push("end")),
  });
  return { app, log, problems };
}

const to = { pk: keyOf("bob"), port: 1 };

Deno.test("A send alone keeps the message, then what became of it", async () => {
  const hub = new ChatHub();
  const bob = await party(hub, "bob", systemClock());
  const { app, log } = lean(hub);
  strictEqual((await app.messages.send({ to, text: "one", waitMs: 2000 })).state, "acked");
  strictEqual((await app.messages.send({ to, text: "two", waitMs: 0 })).state, "handed-over");
  await app.close();
  deepStrictEqual(log, ["keep one", "settle 0 received once", "keep two", "settle 2 sent", "close", "end"]);
  const arrived = async (): Promise<string[]> =>
    (await bob.app.messages.history({ limit: 9 })).map(({ text }) => text);
  while ((await arrived()).length < 2) await quiet(); // what was handed over is on its way
  deepStrictEqual(await arrived(), ["one", "two"]);
  await bob.app.close();
});

Deno.test("A file that has become long is taken in at the end", async () => {
  const { app, log } = lean(new ChatHub(), undefined, { isLong: true });
  await rejects(app.messages.send({ to, text: "one", waitMs: 200 }));
  await app.close();
  deepStrictEqual(log.slice(-3), ["close", "end", "take in"]);
});

Deno.test("A peer that is away is a failed message", async () => {
  const { app, log } = lean(new ChatHub());
  await rejects(app.messages.send({ to, text: "one", waitMs: 200 }));
  await app.close();
  deepStrictEqual(log, ["keep one", "settle 0 failed why", "close", "end"]);
});

Deno.test("What can't be kept is not sent, and an outcome that can't be kept is told", async () => {
  const isLocal = (error: unknown): boolean => error instanceof UserError && error.kind === "local";
  const hub = new ChatHub();
  const bob = await party(hub, "bob", systemClock());
  for (const fail of ["open", "keep"] as const) {
    const { app, log } = lean(hub, fail);
    await rejects(app.messages.send({ to, text: fail, waitMs: 200 }), isLocal);
    await app.close();
    ok(!log.join().includes("settle"));
    // Also when the peer is away: nothing was tried.
    const away = lean(new ChatHub(), fail);
    await rejects(away.app.messages.send({ to, text: fail, waitMs: 200 }), isLocal);
    await away.app.close();
  }
  deepStrictEqual(await bob.app.messages.history({ limit: 9 }), []);
  const { app, problems } = lean(hub, "settle");
  strictEqual((await app.messages.send({ to, text: "one", waitMs: 2000 })).state, "acked");
  await app.close();
  strictEqual(problems.length, 1);
  await bob.app.close();
});

Deno.test("A send to a blocked peer ends as with a store, and keeps nothing", async () => {
  const hub = new ChatHub();
  const own = await party(hub, "alice", systemClock());
  await own.app.peers.decide({ peer: to.pk, blocked: true });
  const said = await own.app.messages.send({ to, text: "one", waitMs: 0 }).then(
    () => undefined,
    (error) => error,
  );
  await own.app.close();
  const { app, log } = lean(hub, undefined, { blocked: true });
  await rejects(app.messages.send({ to, text: "one", waitMs: 0 }), (error: unknown) => {
    ok(error instanceof UserError && said instanceof UserError);
    deepStrictEqual([error.message, error.kind, error.hint], [said.message, said.kind, said.hint]);
    return true;
  });
  await app.close();
  deepStrictEqual(log, ["end"]);
});

Deno.test("A send that is given up has an outcome before the App is closed", async () => {
  const hub = new ChatHub();
  const bob = await party(hub, "bob", systemClock());
  const { app, log } = lean(hub);
  const stop = new AbortController();
  const sending = app.messages.send({ to, text: "one", waitMs: 60_000 }, stop.signal);
  stop.abort(new Error("stopped"));
  await rejects(sending, /stopped/);
  await app.close();
  deepStrictEqual(log.map((line) => line.split(" ")[0]), ["keep", "settle", "close", "end"]);
  await bob.app.close();
});
