import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { claim } from "../../lib/owner/claim.ts";
import { openApp } from "../../lib/owner/open.ts";
import { tryLock, unusable } from "../../lib/identity/lock.ts";
import { ownerPaths } from "../../lib/owner/path.ts";
import { listenForClients } from "../../lib/owner/socket.ts";
import { UserError } from "../../lib/wire/errors.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FileApp, PEER, PK } from "./fake_app.ts";
import { claimant, clock, inDirectory, kill, never, ownerProcess, random, until } from "./support.ts";

const to = { pk: PEER, port: 1 };

Deno.test("Two that race for an identity get one owner and one client of it", () =>
  inDirectory(async (directory) => {
    for (let round = 0; round < 5; round++) {
      const apps = await Promise.all(Array.from({ length: 4 }, () => claimant(directory)));
      deepStrictEqual(apps.map(({ role }) => role).sort(), ["client", "client", "client", "owner"]);
      const sends = apps.map((app, i) =>
        app.messages.send({ to, text: `${round}.${i}`, waitMs: 1, key: `${round}.${i}` })
      );
      await Promise.all(sends);
      strictEqual((await apps[0].messages.history({ limit: 99 })).length, 4 * (round + 1));
      // All end: the lock and the socket are free again.
      await Promise.all(apps.map((app) => app.close()));
    }
  }));

Deno.test("Two processes that race get one owner", () =>
  inDirectory(async (directory) => {
    const processes = [ownerProcess(directory, "quiet"), ownerProcess(directory, "quiet")];
    try {
      const roles = await Promise.all(processes.map(({ role }) => role));
      deepStrictEqual(roles.sort(), ["client", "owner"]);
    } finally {
      for (const { child } of processes) await kill(child);
    }
  }));

Deno.test("A command uses the owner when there is one, and does not even open its own", () =>
  inDirectory(async (directory) => {
    const owner = await claimant(directory);
    const open = () => Promise.reject(new Error("opened"));
    const command = await claimant(directory, { resident: false, command: "send", open });
    strictEqual(command.role, "client");
    strictEqual((await command.messages.send({ to, text: "x", waitMs: 1 })).state, "acked");
    await command.close();
    await owner.close();
  }));

Deno.test("A client is told how its owner reaches the network, and may do without it", () =>
  inDirectory(async (directory) => {
    const network = { discovery: ["http://a", "http://b"], pq: "require" };
    const owner = await claimant(directory, { network });
    const seen: unknown[] = [];
    const client = await claimant(directory, {
      onOwner: ({ pid, discovery, pq }) => void seen.push(pid, discovery, pq),
    });
    deepStrictEqual(seen, [Deno.pid, network.discovery, network.pq]);
    const onOwner = () => {
      throw new UserError("not this one", { kind: "refused", hint: "" });
    };
    await rejects(claimant(directory, { onOwner, resident: false }), { message: "not this one" });
    await client.close();
    await owner.close();
  }));

Deno.test("A command alone takes the lock and no socket; the next one queues until it is done", () =>
  inDirectory(async (directory) => {
    const first = await claimant(directory, { resident: false });
    strictEqual(first.role, "alone");
    ok(![...Deno.readDirSync(`${directory}/run`)].some(({ name }) => name === "owner.sock"));
    let second: unknown;
    const queued = Promise.all([
      claimant(directory, { resident: false }).then((app) => (second = app, app)),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 120));
    strictEqual(second, undefined);
    await first.close();
    await (await queued)[0].close();
    // A resident program waits for a command just so.
    const third = await claimant(directory, { resident: false });
    const resident = claimant(directory);
    await third.close();
    strictEqual((await resident).role, "owner");
    await (await resident).close();
  }));

Deno.test("After 30 s behind somebody who offers no socket it is busy, and says who that is", () =>
  inDirectory(async (directory) => {
    const paths = ownerPaths(directory, "unix");
    const lock = await tryLock(paths.lock, { pid: 77, command: "cp", resident: false });
    const time = new FakeClock();
    const open = () => Promise.reject(new Error("opened"));
    const told: unknown[] = [];
    const request = {
      paths,
      pk: PK,
      command: "send",
      resident: false,
      open,
      clock: time,
      random,
      signal: never,
      onTaken: (holder: unknown) => void told.push([time.nowMs() - startMs < 10_000, holder]),
    };
    const startMs = time.nowMs();
    const opening = rejects(
      openApp(request),
      (error: UserError) =>
        error.kind === "busy" && error.message.includes("`dmsg cp` (process 77)") &&
        /^While `dmsg daemon` runs, commands share an identity/.test(error.hint!),
    );
    let over = false;
    opening.then(() => over = true);
    // Files and sockets take their own time: the clock only moves while the claim sleeps.
    await until(async () => {
      if (time.pendingTimers > 0) await time.advance(time.nextTimerMs! - time.nowMs() + 400);
      return over;
    }, 20_000);
    ok(time.nowMs() - startMs >= 30_000 && time.nowMs() - startMs < 32_000);
    deepStrictEqual(told, [[true, { pid: 77, command: "cp", resident: false }]]);
    lock!.release();
  }));

Deno.test("An owner that takes connections and says nothing is told after 3 s, or the limit; who stays goes on waiting", () =>
  inDirectory(async (directory) => {
    const paths = ownerPaths(directory, "unix");
    const lock = await tryLock(paths.lock, { pid: 77, command: "daemon", resident: true });
    const listener = await listenForClients(paths, random, clock);
    const silent: Duplex[] = [];
    const listening = (async () => {
      for await (const duplex of listener.connections()) silent.push(duplex);
    })();
    const request = { paths, pk: PK, command: "send", resident: false, random, signal: never };
    const open = () => Promise.reject(new Error("opened"));
    for (const [limitMs, afterMs] of [[30_000, 3000], [1000, 1000]]) {
      const time = new FakeClock();
      const startMs = time.nowMs();
      let error: unknown;
      claim({ ...request, open, clock: time }, { forMs: limitMs }).catch((reason) => error = reason);
      await until(async () => {
        if (time.pendingTimers > 0) await time.advance(time.nextTimerMs! - time.nowMs());
        return error !== undefined;
      });
      ok(error instanceof UserError && error.kind === "busy", `${error}`);
      strictEqual(error.message, "`dmsg daemon` (process 77) has this identity and does not answer");
      strictEqual(time.nowMs() - startMs, afterMs);
    }
    const time = new FakeClock();
    const over = new AbortController();
    let error: unknown;
    claim({ ...request, open, clock: time, signal: over.signal }, { forMs: Infinity })
      .catch((reason) => error = reason);
    const before = silent.length;
    await until(async () => {
      if (time.pendingTimers > 0) await time.advance(time.nextTimerMs! - time.nowMs());
      return silent.length >= before + 3;
    });
    strictEqual(error, undefined);
    over.abort(new Error("enough"));
    await until(() => Promise.resolve(error !== undefined));
    await listener.close();
    await listening;
    for (const duplex of silent) duplex.close();
    lock!.release();
  }));

Deno.test("A wait for the lock ends with its signal", () =>
  inDirectory(async (directory) => {
    const paths = ownerPaths(directory, "unix");
    const lock = await tryLock(paths.lock, { pid: 77, command: "cp", resident: false });
    const controller = new AbortController();
    const opening = rejects(claimant(directory, { signal: controller.signal }), { message: "enough" });
    await new Promise((resolve) => setTimeout(resolve, 60));
    controller.abort(new Error("enough"));
    await opening;
    lock!.release();
  }));

Deno.test("An App that can't be opened frees the identity", () =>
  inDirectory(async (directory) => {
    const open = () => Promise.reject(new UserError("no key", { kind: "local", hint: "" }));
    await rejects(claimant(directory, { open }), { message: "no key" });
    await (await claimant(directory)).close();
  }));

Deno.test("A key that is not our file's has no owner and no lock", () =>
  inDirectory(async (directory) => {
    const open = () => Promise.resolve(new FileApp(`${directory}/log`));
    const request = {
      paths: undefined,
      pk: PK,
      command: "send",
      resident: true,
      open,
      clock,
      random,
      signal: never,
    };
    const [one, other] = await Promise.all([openApp(request), openApp(request)]);
    deepStrictEqual([one.role, other.role], ["alone", "alone"]);
    await one.close();
    await other.close();
  }));

Deno.test("What an owner that was killed has left is nobody, and is replaced", () =>
  inDirectory(async (directory) => {
    const { child, role } = ownerProcess(directory, "quiet");
    strictEqual(await role, "owner");
    await kill(child);
    ok(Deno.statSync(`${directory}/run/owner.sock`).isSocket);
    const app = await claimant(directory);
    strictEqual(app.role, "owner");
    const command = await claimant(directory, { resident: false });
    strictEqual(command.role, "client");
    await command.close();
    await app.close();
  }));

Deno.test("An App that ends by itself ends the claim, and the identity is free", () =>
  inDirectory(async (directory) => {
    let app: FileApp | undefined;
    const owner = await claimant(directory, {
      open: () => Promise.resolve(app = new FileApp(`${directory}/log`)),
    });
    await app!.close();
    await owner.closed;
    const paths = ownerPaths(directory, "unix");
    const open = () => Promise.resolve(new FileApp(`${directory}/log`));
    const next = await claim(
      { paths, pk: PK, command: "send", resident: false, open, clock, random, signal: never },
      { forMs: 0 },
    );
    strictEqual(next.role, "alone");
    await next.release();
    await owner.close();
  }));

Deno.test({
  name: "A full disk under the lock is the place's fault, not ours",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inDirectory(async (directory) => {
      Deno.mkdirSync(`${directory}/run`);
      Deno.symlinkSync("/dev/full", `${directory}/run/owner.lock`);
      await rejects(claimant(directory), (error) => {
        ok(error instanceof UserError && error.kind === "local", String(error));
        ok(
          error.message.startsWith(`Cannot write the lock file ${directory}/run/owner.lock: `),
          error.message,
        );
        return true;
      });
    }),
});

Deno.test("Where nothing can be written the lock's error leads to a copy, on a full disk to room first, elsewhere to what can be changed", () => {
  const hint = (code: string): string =>
    unusable("open", "/d/run/owner.lock", Object.assign(new Error(code), { code })).hint ?? "";
  ok(/^Copy the directory/.test(hint("EROFS")));
  for (const code of ["ENOSPC", "EDQUOT"]) {
    ok(/^Free some space, or copy the directory/.test(hint(code)), code);
  }
  ok(/^Check the directory's owner/.test(hint("EACCES")));
});
