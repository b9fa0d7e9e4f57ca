import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { AppEvent } from "../../lib/app/events/events.ts";
import type { KeptApp } from "../../lib/owner/handover/takeover.ts";
import { FileApp, PEER } from "./fake_app.ts";
import { claimant, inDirectory, kill, never, ownerProcess, take, until } from "./support.ts";

const to = { pk: PEER, port: 1 };
/** The promise of the issue. */
const TAKEOVER_MS = 2000;
/** For what has no promised time. */
const PATIENCE_MS = 30_000;

/** Notes the cursors of all events until the signal. */
function follow(
  app: KeptApp,
  since: number | undefined,
  signal: AbortSignal,
): { readonly cursors: number[]; readonly ended: Promise<void> } {
  const cursors: number[] = [];
  const ended = (async () => {
    for await (const event of app.events.follow(since, signal)) cursors.push(event.cursor);
  })();
  return { cursors, ended };
}

Deno.test("10 clients follow events over a killed owner and two more: no gap, no repeat", () =>
  inDirectory(async (directory) => {
    const { child, role } = ownerProcess(directory, "write");
    strictEqual(await role, "owner");
    let writers = 0;
    const timers: ReturnType<typeof setInterval>[] = [];
    const open = () => {
      const app = new FileApp(`${directory}/log`);
      const timer = setInterval(() => app.put({ text: "here" }), 3);
      timers.push(timer);
      app.closed.then(() => clearInterval(timer));
      writers++;
      return Promise.resolve(app);
    };
    const clients = await Promise.all(Array.from({ length: 10 }, () => claimant(directory, { open })));
    ok(clients.every((client) => client.role === "client"));
    const over = new AbortController();
    const start = (await clients[0].messages.history({ limit: 1e6 })).length;
    const followed = clients.map((client, i) => follow(client, i % 2 ? start : undefined, over.signal));
    const eachHears = async (but?: KeptApp): Promise<void> => {
      const wanted = followed.map(({ cursors }) => cursors.length + 5);
      await until(
        () => followed.every(({ cursors }, i) => clients[i] === but || cursors.length >= wanted[i]),
        PATIENCE_MS,
      );
    };
    await eachHears();
    await kill(child);
    const killedMs = performance.now();
    await until(() => clients.filter((client) => client.role === "owner").length === 1, TAKEOVER_MS);
    ok(performance.now() - killedMs < TAKEOVER_MS);
    await eachHears();
    // The second owner ends as a program should; a third one takes over.
    const second = clients.find((client) => client.role === "owner")!;
    await second.close();
    await until(
      () => writers === 2 && clients.some((client) => client !== second && client.role === "owner"),
      TAKEOVER_MS,
    );
    await eachHears(second);
    over.abort();
    await Promise.all(followed.map(({ ended }) => ended));
    for (const [i, { cursors }] of followed.entries()) {
      const first = cursors[0];
      if (i % 2) strictEqual(first, start + 1);
      deepStrictEqual(cursors, cursors.map((_, at) => first + at));
    }
    await Promise.all(clients.map((client) => client.close()));
    for (const timer of timers) clearInterval(timer);
  }));

Deno.test("What was kept while nobody owned is not missed by one who had no event yet", () =>
  inDirectory(async (directory) => {
    const { child, role } = ownerProcess(directory, "quiet");
    await role;
    const client = await claimant(directory);
    const event = take(client.events.follow(undefined, never), 1);
    await client.node.status(); // behind the call of events
    Deno.kill(child.pid, "SIGSTOP");
    new FileApp(`${directory}/log`).put({ text: "between" });
    await kill(child);
    strictEqual((await event as AppEvent[])[0].cursor, 1);
    await client.close();
  }));

Deno.test("A send whose owner dies in the middle is one message, and acked: with a key and without", () =>
  inDirectory(async (directory) => {
    for (const [resident, key] of [[true, undefined], [false, undefined], [false, "k"]] as const) {
      const { child, role } = ownerProcess(directory, "hang");
      strictEqual(await role, "owner");
      const client = await claimant(directory, { resident, command: "send" });
      strictEqual(client.role, "client");
      const text = `resident: ${resident}, key: ${key}`;
      const sent = client.messages.send({ to, text, waitMs: 1000, ...(key ? { key } : {}) });
      const kept = () => new FileApp(`${directory}/log`).messages.search({ text });
      await until(async () => (await kept()).length === 1);
      await kill(child);
      const { state, id, position } = await sent;
      const [{ id: keptId, position: keptAt }] = await kept();
      deepStrictEqual({ state, id, position }, { state: "acked", id: keptId, position: keptAt });
      strictEqual(client.role, resident ? "owner" : "alone");
      strictEqual((await kept()).length, 1);
      await client.close();
    }
  }));

Deno.test("A send whose owner dies in the middle is not sent again to a peer that may show it twice", () =>
  inDirectory(async (directory) => {
    const { child, role } = ownerProcess(directory, "hang");
    strictEqual(await role, "owner");
    let next: FileApp | undefined;
    const open = (): Promise<FileApp> => {
      next = new FileApp(`${directory}/log`);
      next.once = false;
      return Promise.resolve(next);
    };
    const client = await claimant(directory, { resident: true, command: "send", open });
    const sent = client.messages.send({ to, text: "x", waitMs: 1000 });
    await until(async () =>
      (await new FileApp(`${directory}/log`).messages.search({ text: "x" })).length === 1
    );
    await kill(child);
    strictEqual((await sent).state, "unconfirmed");
    deepStrictEqual(next?.calls, []);
    await client.close();
  }));

Deno.test("A client that stays takes over within 2 s while sends of one-shot ones are under way", () =>
  inDirectory(async (directory) => {
    for (const signal of ["SIGKILL", "SIGTERM"] as const) {
      const { child, role } = ownerProcess(directory, "hang");
      strictEqual(await role, "owner");
      const open = () => {
        const app = new FileApp(`${directory}/log`);
        app.hooks = { after: () => new Promise(() => {}) };
        return Promise.resolve(app);
      };
      // Those that are soon done are asked first, and would wait 10 s for an ack with the lock in their hands.
      const sends = await Promise.all(
        [1, 2, 3].map(() => claimant(directory, { resident: false, command: "send", open })),
      );
      const daemon = await claimant(directory, { command: "daemon", open });
      const over = new AbortController();
      const sent = sends.map((client, i) => {
        const request = { to, text: `${signal} ${i}`, waitMs: 10_000 };
        return client.messages.send(request, over.signal).catch(() => {});
      });
      await until(async () =>
        (await new FileApp(`${directory}/log`).messages.search({ text: signal })).length === sends.length
      );
      const killedMs = performance.now();
      await kill(child, signal);
      await until(() => daemon.role === "owner", TAKEOVER_MS);
      ok(performance.now() - killedMs < TAKEOVER_MS);
      await until(() => sends.every(({ role }) => role === "client"));
      over.abort();
      await Promise.all(sent);
      await Promise.all([...sends, daemon].map((client) => client.close()));
    }
  }));

Deno.test("A raw text whose owner dies in the middle is unconfirmed, not sent twice", () =>
  inDirectory(async (directory) => {
    const { child, role } = ownerProcess(directory, "hang");
    await role;
    const client = await claimant(directory, { resident: false });
    const sent = client.messages.send({ to, text: "raw", waitMs: 0 });
    const kept = () => new FileApp(`${directory}/log`).messages.search({ text: "raw" });
    await until(async () => (await kept()).length === 1);
    await kill(child);
    strictEqual((await sent).state, "unconfirmed");
    strictEqual((await kept()).length, 1);
    await client.close();
  }));

Deno.test("A listener goes on with the next owner", () =>
  inDirectory(async (directory) => {
    const { child, role } = ownerProcess(directory, "quiet");
    await role;
    let app: FileApp | undefined;
    const open = () => Promise.resolve(app = new FileApp(`${directory}/log`));
    const client = await claimant(directory, { open, command: "nc" });
    const listener = await client.node.listen(80);
    const accepted = Promise.all([listener.accept(), listener.accept()]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await kill(child);
    await until(() => app?.listening.has(80) === true);
    app!.listening.get(80)!(app!.newStream(1));
    app!.listening.get(80)!(app!.newStream(2));
    deepStrictEqual((await accepted).map((stream) => stream!.remote.port).sort(), [1, 2]);
    listener.close();
    strictEqual(await listener.accept(), null);
    await client.close();
  }));

Deno.test("A client that is closed takes nothing over, and its waits end", () =>
  inDirectory(async (directory) => {
    const owner = await claimant(directory);
    const client = await claimant(directory);
    const events = take(client.events.follow(undefined, never), 1);
    await client.node.status();
    await client.close();
    await client.closed;
    deepStrictEqual(await events, []);
    await rejects(client.node.status());
    await owner.close();
    const next = await claimant(directory);
    strictEqual(next.role, "owner");
    await next.close();
  }));
