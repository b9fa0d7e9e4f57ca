import { deepStrictEqual } from "node:assert/strict";
import { Printer } from "../../../cli/output/print.ts";
import { fromTime, tellLost } from "../../../cli/resident/follow.ts";
import type { AppEvent } from "../../../lib/app/events/events.ts";

Deno.test("Who follows events is told of a gap: a warning beside the lines, or with JSON a line of its own", () => {
  const streams = { out: "", err: "" };
  const print = (json: boolean): Printer =>
    new Printer({
      out: (text) => void (streams.out += text),
      err: (text) => void (streams.err += text),
      hasRoom: true,
      room: () => Promise.resolve(),
    }, { json, verbose: false, color: false });
  const lost = { kind: "lost", ts: "2026-11-28T12:00:00Z", cursor: 7, foreign: true } as const;
  tellLost({ print: print(false) }, lost);
  deepStrictEqual(streams.out, "");
  deepStrictEqual(/^warning: the cursor is not one of this store/.test(streams.err), true);
  tellLost({ print: print(true) }, lost);
  deepStrictEqual(JSON.parse(streams.out), {
    type: "lost",
    ts: "2026-11-28T12:00:00Z",
    schema: "v1",
    cursor: 7,
    foreign: true,
  });
});

Deno.test("Who follows from a time on is told of a gap only when it is behind that time", async () => {
  const at = (minute: number, event: object): AppEvent =>
    ({ ts: `2026-11-28T12:0${minute}:00.5Z`, cursor: minute, ...event }) as AppEvent;
  const read = (minute: number): AppEvent => at(minute, { kind: "read", peer: "02", position: minute });
  const lost = at(9, { kind: "lost" });
  const told = async (from: string | undefined, ...events: AppEvent[]): Promise<AppEvent[]> =>
    await Array.fromAsync(fromTime(ReadableStream.from(events), from));
  const later = [lost, read(1), read(2), read(3)];
  deepStrictEqual(await told(undefined, ...later), later);
  deepStrictEqual(await told("2026-11-28T12:02:00.5Z", ...later), [read(2), read(3)]);
  deepStrictEqual(await told("2026-11-28T14:01:30+02:00", ...later), [read(2), read(3)]);
  deepStrictEqual(await told("2026-11-28T12:00:00Z", ...later), later);
  // A clock that was set back hides nothing of what came behind the first.
  deepStrictEqual(await told("2026-11-28T12:02:00Z", read(2), read(1)), [read(2), read(1)]);
  deepStrictEqual(await told("2026-11-28T12:09:00Z", ...later), []);
});
