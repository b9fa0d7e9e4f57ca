import { deepStrictEqual } from "node:assert/strict";
import type { Context } from "../../../cli/context.ts";
import { Printer } from "../../../cli/output/print.ts";
import { connectionNotices, type NetworkEvent } from "../../../cli/resident/connection_notices.ts";
import { FakeClock } from "../../fakes/clock.ts";

const UP: NetworkEvent = { name: "session-up", detail: { server: "02aa", hybrid: false } };
const REGISTERED: NetworkEvent = { name: "registered", detail: { servers: "02aa" } };
const problem = (retryMs: number): NetworkEvent => ({
  name: "problem",
  detail: { error: "No server could be reached.", retryMs },
});

/** What the notices write for events; `ready` among it. */
function told(events: NetworkEvent[], mode: { json?: boolean; verbose?: boolean } = {}): string[] {
  const lines: string[] = [];
  const write = (text: string) => void lines.push(text.trimEnd());
  const print = new Printer({ out: write, err: write, hasRoom: true, room: () => Promise.resolve() }, {
    json: false,
    verbose: false,
    color: false,
    ...mode,
  });
  const context = { print, clock: new FakeClock(0, 0n) } as Partial<Context> as Context;
  const notice = connectionNotices(context, { onReady: () => lines.push("ready") });
  for (const event of events) notice(event);
  return lines;
}

const WARNING = "warning: No server could be reached. The next try is in 5 s.";

Deno.test("A resident is ready when it is registered, and says so once", () => {
  deepStrictEqual(told([UP, REGISTERED, UP, REGISTERED]), ["ready"]);
});

Deno.test("A problem is told once, and when it is over", () => {
  const [first, again] = [problem(5200), problem(6500)];
  deepStrictEqual(told([first, again, UP, REGISTERED]), [WARNING, "ready"]);
  deepStrictEqual(told([REGISTERED, first, again, UP, REGISTERED]), ["ready", WARNING, "Connected again."]);
  deepStrictEqual(told([REGISTERED, first, REGISTERED, first]), [
    "ready",
    WARNING,
    "Connected again.",
    WARNING,
  ]);
});

Deno.test("As JSON every problem is a line", () => {
  const line = (delay_ms: number) =>
    JSON.stringify({
      type: "reconnect",
      ts: "1970-01-01T00:00:00Z",
      schema: "v1",
      err: "No server could be reached.",
      delay_ms,
    });
  const lines = told([problem(5200.4), problem(6500)], { json: true });
  deepStrictEqual(lines, [line(5200), WARNING, line(6500)]);
});
