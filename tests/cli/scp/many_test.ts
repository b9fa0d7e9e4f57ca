import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sendToMany } from "../../../cli/scp/many/many.ts";
import type { OpenAt } from "../../../cli/scp/many/parked.ts";
import type { ManyParts, Recipient } from "../../../cli/scp/many/parts.ts";
import { SharedFiles } from "../../../cli/scp/many/shared.ts";
import { Progress } from "../../../cli/scp/told/progress.ts";
import type { AppStream } from "../../../lib/app/node/node.ts";
import { systemClock } from "../../../lib/sys/clock.ts";
import { NetworkError } from "../../../lib/wire/errors.ts";
import { type ClassicFiles, classicHost } from "../../fakes/classic_scp.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { memoryDuplexPair } from "../../fakes/duplex.ts";
import { patiently } from "../../fakes/patiently.ts";
import { digest, everybody, peersOf } from "./many_stage.ts";

const noise = (count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => (i * 131 + (i >> 9)) & 255);
const CONTENT = new Map([["a", noise(3_000_000)], ["b", noise(10)], ["c", noise(1_000_001)]]);

const FACTS = { mode: 0o644, token: "0".repeat(32), isSame: () => Promise.resolve(true) };

const open: OpenAt = (path) => {
  const bytes = CONTENT.get(path)!;
  return Promise.resolve({
    ...FACTS,
    size: bytes.length,
    readAt(offset: number, into: Uint8Array) {
      const part = bytes.subarray(offset, offset + into.length);
      into.set(part);
      return Promise.resolve(part.length);
    },
    close: () => {},
  });
};

Deno.test("Eight peers, one dead and one slow: each file is read once, and nobody waits for another", async () => {
  const clock = systemClock();
  const received: ClassicFiles[] = Array.from({ length: 8 }, () => new Map());
  const doneMs: number[] = [];
  const recipients: Recipient[] = received.map((_, i) => ({
    pk: String(i),
    name: `peer${i}`,
    wants: () => true,
  }));
  const parts: ManyParts = {
    context: { clock, signal: new AbortController().signal },
    pk: "me",
    open,
    digest,
    extended: true,
    preserve: false,
    progress: new Progress(clock, {}),
    onNotice: () => {},
    onOutcome: ({ pk }, { source }) => {
      if (source === "c") doneMs[Number(pk)] = clock.nowMs();
    },
    dial: (pk) => {
      if (pk === "3") {
        return Promise.reject(new NetworkError("away", { retry: true, reason: "unreachable" }));
      }
      const [near, far] = memoryDuplexPair();
      const slow = {
        ...far,
        async read() {
          if (pk === "5") await new Promise((resolve) => setTimeout(resolve, 20));
          return await far.read();
        },
      };
      void classicHost(slow, received[Number(pk)]);
      return Promise.resolve(near as unknown as AppStream);
    },
  };
  const jobs = [...CONTENT.keys()].map((local) => ({ local, remote: local }));
  const { results, bytesRead } = await sendToMany(jobs, recipients, parts);
  const total = [...CONTENT.values()].reduce((sum, { length }) => sum + length, 0);
  strictEqual(bytesRead, total);
  for (const { recipient, outcomes } of results) {
    const dead = recipient.pk === "3";
    deepStrictEqual(outcomes.map(({ state }) => state), Array(3).fill(dead ? "failed" : "copied"));
    if (dead) continue;
    for (const [name, bytes] of CONTENT) {
      ok(sameBytes(received[Number(recipient.pk)].get(name)!.bytes, bytes), `${recipient.name} ${name}`);
    }
  }
  for (const fast of [0, 1, 2, 4, 6, 7]) ok(doneMs[fast] < doneMs[5], `peer${fast} waited for the slow one`);
});

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((v, i) => v === b[i]);

Deno.test("Hosts of ours get digests that were made once, and a copy that breaks goes on where it was", async () => {
  const top = await Deno.realPath(await Deno.makeTempDir());
  const clock = new FakeClock();
  const size = 5 * 2 ** 20 + 77;
  await Deno.writeFile(`${top}/f`, noise(size));
  const { parts, hashed } = peersOf(
    top,
    clock,
    (peer, dial) => peer === 1 && dial === 0 ? 3_500_000 : undefined,
  );
  const { results, bytesRead } = await patiently(
    clock,
    sendToMany([{ local: `${top}/f`, remote: "f" }], everybody([0, 1, 2]), parts),
  );
  const [one, broken, other] = results.map(({ outcomes: [outcome] }) => outcome);
  deepStrictEqual([one, broken, other].map(({ state, attempts }) => [state, attempts]), [
    ["copied", 1],
    ["copied", 2],
    ["copied", 1],
  ]);
  ok(broken.resumed! >= 2 ** 20, `${broken.resumed}`);
  strictEqual(bytesRead, size);
  ok(hashed() < size + (size - broken.resumed!) + 2000, `${hashed()} bytes went into digests`);
  for (const pk of [0, 1, 2]) ok(sameBytes(await Deno.readFile(`${top}/root${pk}/f`), noise(size)));
  strictEqual(Deno.statSync(`${top}/root2/f`).mtime!.getTime(), Deno.statSync(`${top}/f`).mtime!.getTime());
  await Deno.remove(top, { recursive: true });
});

Deno.test("--to waits for a peer that was there and has gone, and for none that was never there", async () => {
  const top = await Deno.realPath(await Deno.makeTempDir());
  for (const together of [false, true]) {
    const clock = new FakeClock();
    const jobs = [0, 1, 2].map((i) => ({ local: `${top}/f${i}`, remote: `f${i}`, size: 3_000_000 }));
    for (const { local } of jobs) await Deno.writeFile(local, noise(together ? 900_000 : 3_000_000));
    if (together) { for (const job of jobs) job.size = 900_000; }
    let dials = 0;
    const { parts } = peersOf(`${top}/${together}`, clock, () => dials === 2 ? 100_000 : undefined);
    const away = (): Promise<never> =>
      Promise.reject(new NetworkError("away", { retry: true, reason: "unreachable" }));
    const dial: ManyParts["dial"] = (pk) => {
      if (pk === "1") return away();
      return ++dials > 2 && dials < 8 ? away() : parts.dial(pk);
    };
    await Deno.mkdir(`${top}/${together}`);
    const sending = sendToMany(jobs, everybody([0, 1]), { ...parts, dial });
    const [one, other] = (await patiently(clock, sending)).results.map(({ outcomes }) => outcomes);
    deepStrictEqual(one.map(({ state }) => state), ["copied", "copied", "copied"]);
    deepStrictEqual(other.map(({ failure, attempts }) => [failure?.why, attempts]), [
      ["unreachable", 1],
      ["unreachable", 0],
      ["unreachable", 0],
    ]);
    strictEqual(dials, together ? 8 : 9);
  }
  await Deno.remove(top, { recursive: true });
});

Deno.test("Who lags behind further than the memory goes reads for itself, and gets the same bytes", async () => {
  const size = 40 * 2 ** 20;
  const at = (offset: number): number => (offset * 7 + (offset >> 12)) & 255;
  const big: OpenAt = () =>
    Promise.resolve({
      ...FACTS,
      size,
      readAt(offset: number, into: Uint8Array) {
        for (let i = 0; i < into.length; i++) into[i] = at(offset + i);
        return Promise.resolve(into.length);
      },
      close: () => {},
    });
  const files = new SharedFiles(["big"], 2, big, digest);
  const [fast, slow] = [await files.file(0, 0), await files.file(1, 0)];
  const buffer = new Uint8Array(1 << 20);
  let most = 0;
  while (await fast.read(buffer) !== null) most = Math.max(most, files.cachedBytes);
  ok(most <= 25 * 2 ** 20, `${most} bytes in memory`);
  let offset = 0;
  for (let count = await slow.read(buffer); count !== null; count = await slow.read(buffer)) {
    for (let i = 0; i < count; i += 997) strictEqual(buffer[i], at(offset + i));
    offset += count;
  }
  strictEqual(offset, size);
  ok(files.bytesRead > size && files.bytesRead < 2 * size);
  strictEqual(files.cachedBytes, 0);
  await files.close();
});
