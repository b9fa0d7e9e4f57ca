/** Who waits for whom at the lock of an identity, on files of their own. */
import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import {
  type Holder,
  LOOK_MS,
  QUEUE_MS,
  readHolder,
  takeLock,
  tryLock,
  unusable,
} from "../../lib/identity/lock.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { FakeClock } from "../fakes/clock.ts";

/** Many looks at once: each takes real time. */
const LONG_MS = 50 * LOOK_MS;
const holder = (command: string, resident: boolean): Holder => ({ pid: Deno.pid, command, resident });

async function inDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Passes time until something has happened. */
async function passing(clock: FakeClock, has: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !has(); i++) {
    await clock.advance(LONG_MS);
    await new Promise((resolve) => setTimeout(resolve));
  }
  ok(has());
}

/** Waits for the lock of a path. */
function waitingAt(path: string, clock: FakeClock, signal = new AbortController().signal) {
  const state: { lock?: { release(): void }; error?: Error } = {};
  void takeLock({ path, holder: holder("send", false), clock, signal }).then(
    (lock) => void (state.lock = lock),
    (error) => void (state.error = error),
  );
  return state;
}

Deno.test("A lock is one's, with its holder's name in it alone, and free again behind it", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/run/owner.lock`;
    strictEqual(await readHolder(path), undefined);
    const long = holder("l".repeat(100), true);
    (await tryLock(path, long))!.release();
    deepStrictEqual(await readHolder(path), long, "who held it last");
    const lock = await tryLock(path, holder("id", false));
    deepStrictEqual(await readHolder(path), holder("id", false));
    strictEqual(await tryLock(path, long), undefined);
    deepStrictEqual(await readHolder(path), holder("id", false), "who does not get it writes nothing");
    lock!.release();
    (await tryLock(path, long))!.release();
    if (Deno.build.os !== "windows") strictEqual((await Deno.stat(path)).mode! & 0o777, 0o600);
  }));

Deno.test({
  name: "A one-shot command is waited for, 30 s at most; a resident one is not",
  sanitizeResources: true, // each look opens the file
  fn: () =>
    inDirectory(async (directory) => {
      const path = `${directory}/owner.lock`;
      const clock = new FakeClock();
      const first = (await tryLock(path, holder("send", false)))!;
      const second = waitingAt(path, clock);
      await clock.advance(LONG_MS);
      deepStrictEqual(second, {});
      first.release();
      await passing(clock, () => second.lock !== undefined);
      const startMs = clock.nowMs();
      const third = waitingAt(path, clock);
      await passing(clock, () => third.error !== undefined);
      ok(clock.nowMs() - startMs >= QUEUE_MS);
      strictEqual(third.error!.message, `This identity is in use by \`dmsg send\` (process ${Deno.pid})`);
      match((third.error as UserError).hint!, /^While `dmsg daemon` runs, commands share an identity/);
      second.lock!.release();
      const resident = (await tryLock(path, holder("listen", true)))!;
      const atOnce = takeLock({
        path,
        holder: holder("send", false),
        clock,
        signal: new AbortController().signal,
      });
      await rejects(atOnce, (error) =>
        error instanceof UserError && error.kind === "busy" &&
        error.hint === "Use one of its own with --identity NAME, or end the other program first.");
      resident.release();
    }),
});

Deno.test("Who waits for a lock is told why it does no more", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/owner.lock`;
    const lock = (await tryLock(path, holder("send", false)))!;
    const clock = new FakeClock();
    const ended = new AbortController();
    const waiting = waitingAt(path, clock, ended.signal);
    ended.abort(new Error("interrupted"));
    await passing(clock, () => waiting.error !== undefined);
    strictEqual(waiting.error!.message, "interrupted");
    lock.release();
  }));

Deno.test("What names no holder says that nobody is known, and a lock that can't be made is an error of this machine", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/owner.lock`;
    for (const text of ["", "{", "[]", '{"pid":"1","command":"x"}', '{"pid":1}', '{"pid":1,"command":2}']) {
      await Deno.writeTextFile(path, text);
      strictEqual(await readHolder(path), undefined, text);
    }
    await Deno.writeTextFile(path, '{"pid":1,"command":"x"}');
    deepStrictEqual(await readHolder(path), { pid: 1, command: "x", resident: false });
    await rejects(tryLock(directory, holder("id", false)), (error) => {
      return error instanceof UserError && error.kind === "local" &&
        /^Cannot open the lock file/.test(error.message) && /--data-dir/.test(error.hint);
    });
    await rejects(tryLock(directory, holder("id", false), "Name another one."), {
      hint: "Name another one.",
    });
  }));

Deno.test("Where nothing can be written, a copy is proposed; on a full disk, some space first", () => {
  const hint = (code: string): string =>
    unusable("open", "/l", Object.assign(new Error(code), { code })).hint!;
  match(hint("EROFS"), /^Copy the directory /);
  match(hint("ENOSPC"), /^Free some space, or copy the directory /);
  match(hint("EACCES"), /^Check the directory's owner /);
});
