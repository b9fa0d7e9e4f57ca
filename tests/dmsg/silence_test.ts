/**
 * Streams through a server that ends those in which one direction carries nothing for 5 minutes, as current ones do.
 *
 * @module
 */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { acceptSession } from "../../lib/dmsg/sessions/handshake.ts";
import { Session } from "../../lib/dmsg/sessions/session.ts";
import { decodeRequest } from "../../lib/dmsg/streams/request.ts";
import type { DmsgStream } from "../../lib/dmsg/streams/stream.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import { whileMoving } from "../../lib/wire/reading.ts";
import type { MuxStream } from "../../lib/yamux/mux_stream.ts";
import { Bench, claim, contextOf, oddServer } from "./bench.ts";

const LIMIT_MS = 5 * 60_000;
const MINUTE_MS = 60_000;

/** The longest that anything here waits for something to move: what a copy waits for its receipt (lib/scp/wire.ts). */
const PATIENCE_MS = 120_000;

/** What such a server has seen. */
interface Seen {
  /** Bytes from who has dialled, behind its request. */
  forth: number;
  /** Bytes from who was dialled, behind its response. */
  back: number;
  /** Streams that were ended because one direction was silent. */
  cut: number;
}

/** Two clients and a stream between them through such a server. */
async function through(): Promise<{ bench: Bench; seen: Seen; dialled: DmsgStream; taken: DmsgStream }> {
  const bench = new Bench();
  const seen: Seen = { forth: 0, back: 0, cut: 0 };
  const sessions = new Map<string, Session>();
  const server = await oddServer(bench, 91, async (duplex) => {
    const secured = await acceptSession(duplex, contextOf(bench, 91));
    const session = new Session(duplex, secured, {
      role: "server",
      clock: bench.clock,
      pauseMs: 0,
      onStream: (under) => void relay(bench, sessions, session, under, seen).catch(() => under.reset()),
    });
    sessions.set(session.remotePk, session);
  });
  const b = await bench.published(2);
  await claim(bench, 2, [server]);
  const [dialled, taken] = await bench.streams(bench.client(1), b, 80);
  Object.assign(seen, { forth: 0, back: 0, cut: 0 }); // b has dialled itself meanwhile
  return { bench, seen, dialled, taken };
}

async function relay(
  bench: Bench,
  sessions: ReadonlyMap<string, Session>,
  session: Session,
  under: MuxStream,
  seen: Seen,
): Promise<void> {
  const object = await session.readObject(under);
  if (object === null) return await session.writeProbe(under);
  const to = sessions.get(decodeRequest(object).destination.pk)!;
  const other = to.mux.open();
  await to.writeObject(other, object);
  await session.writeObject(under, (await to.readObject(other))!);
  let isOver = false;
  const over = (): void => {
    if (isOver) return;
    isOver = true;
    for (const stream of [under, other]) stream.release();
  };
  const copy = (from: MuxStream, into: MuxStream, way: "forth" | "back"): void => {
    const silent = (): void => {
      if (isOver) return;
      seen.cut++;
      over();
    };
    let cancel = bench.clock.after(LIMIT_MS, silent);
    from.attach({
      bytes: (view) => {
        cancel();
        cancel = bench.clock.after(LIMIT_MS, silent);
        seen[way] += view.length;
        const frame = new Uint8Array(into.headroomBytes + view.length);
        frame.set(view, into.headroomBytes);
        from.consumed(view.length);
        into.send(frame).catch(over);
      },
      end: over,
    });
  };
  copy(under, other, "forth");
  copy(other, under, "back");
}

/** Reads all that comes; says what came and whether it has ended. */
function reader(stream: DmsgStream) {
  const read = { bytes: 0, ended: false };
  void (async () => {
    for (let view = await stream.read(); view; view = await stream.read()) read.bytes += view.length;
  })().catch(() => {}).finally(() => read.ended = true);
  return read;
}

Deno.test("A long way in one direction goes through a server that ends streams with a silent one", async () => {
  const { bench, seen, dialled, taken } = await through();
  const [back, forth] = [reader(dialled), reader(taken)];
  for (let i = 0; i < 40; i++) {
    await dialled.write(new Uint8Array(100));
    await bench.clock.advance(MINUTE_MS / 2);
  }
  deepStrictEqual([seen.cut, forth, back.ended], [0, { bytes: 4000, ended: false }, false]);
  strictEqual(back.bytes, 0, "what keeps the way back open is nobody's text");
  dialled.close();
  taken.close();
});

Deno.test("A stream that is quiet for half an hour is there afterwards, through such a server too", async () => {
  const { bench, seen, dialled, taken } = await through();
  const [back, forth] = [reader(dialled), reader(taken)];
  await bench.clock.advance(30 * MINUTE_MS);
  await Promise.all([
    dialled.write(new Uint8Array(3)),
    taken.write(new Uint8Array(4)),
    bench.clock.advance(100),
  ]);
  await bench.clock.advance(1000);
  deepStrictEqual([seen.cut, forth, back], [0, { bytes: 3, ended: false }, { bytes: 4, ended: false }]);
  dialled.close();
  taken.close();
});

Deno.test("Who stands still is not taken for one that works: signs come later than anything is waited for", async () => {
  const { bench, dialled, taken } = await through();
  reader(dialled);
  const late = (): Error => new NetworkError("nothing moved", { retry: true, reason: "timeout" });
  // Begun at whatever moment between two signs.
  for (let i = 0; i < 5; i++) {
    const wait = whileMoving(dialled, bench.clock, PATIENCE_MS, new Promise<never>(() => {}), late);
    await rejects(bench.done(wait, 10 * MINUTE_MS), /nothing moved/);
    await bench.clock.advance(37_000);
  }
  dialled.close();
  taken.close();
});

Deno.test("Who writes says nothing else, and who is silent says little", async () => {
  const { bench, seen, dialled, taken } = await through();
  reader(dialled);
  reader(taken);
  for (let i = 0; i < 20; i++) {
    await dialled.write(new Uint8Array(10));
    await bench.clock.advance(MINUTE_MS);
  }
  const frame = 2 + 8 + 16;
  strictEqual(seen.forth, 20 * (10 + frame));
  strictEqual(seen.back, 6 * frame);
  dialled.close();
  taken.close();
});

Deno.test("Nothing more is said behind an end, neither of ours nor of the peer's", async () => {
  const { bench, seen, dialled, taken } = await through();
  const forth = reader(taken);
  reader(dialled);
  await bench.clock.advance(4 * MINUTE_MS);
  const before = { ...seen };
  ok(before.forth > 0 && before.back > 0);
  await Promise.all([dialled.closeWrite(), bench.clock.advance(100)]);
  await bench.clock.advance(1000);
  strictEqual(forth.ended, true);
  await bench.clock.advance(10 * MINUTE_MS);
  deepStrictEqual(seen, before);
  dialled.close();
  taken.close();
});

Deno.test("A stream whose end has come, ours or the peer's, waits for no silence any more", async () => {
  for (
    const end of [
      (one: DmsgStream) => void one.closeWrite(),
      (one: DmsgStream, other: DmsgStream) => [one.close(), other.reset()],
    ]
  ) {
    const { bench: { clock }, dialled, taken } = await through();
    const waits = new Set<() => void>();
    const after = clock.after.bind(clock);
    clock.after = (ms, run) => {
      if (ms !== 3 * MINUTE_MS) return after(ms, run); // a look, a ping
      const over = (): void => void waits.delete(over);
      waits.add(over);
      const cancel = after(ms, () => (over(), run()));
      return () => (over(), cancel());
    };
    reader(dialled);
    reader(taken);
    await clock.advance(4 * MINUTE_MS);
    strictEqual(waits.size, 2);
    end(dialled, taken);
    if (end.length === 1) await clock.advance(4 * MINUTE_MS);
    strictEqual(waits.size, 0);
    dialled.close();
    taken.close();
  }
});
