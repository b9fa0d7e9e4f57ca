/** Requests that are made again, in a program that is not woken in time. */
import { rejects, strictEqual } from "node:assert/strict";
import { exchange, exchangeWithRetries } from "../../lib/dmsg/discovery/exchange.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { FakeClock } from "../fakes/clock.ts";

Deno.test("A program that was stopped in a pause asks no more, and says what failed before", async () => {
  const clock = new FakeClock();
  const after = clock.after.bind(clock);
  // The pause of 200 ms ends when the program goes on.
  clock.after = (ms, run) => after(ms === 200 ? 20_000 : ms, run);
  let asked = 0;
  const fetch = () => Promise.reject(new TypeError(`refused ${++asked}`));
  const by = { clock, fetch: fetch as never, timeoutMs: 5000 };
  const asking = exchangeWithRetries(by, { url: "http://x/y", method: "GET", maxBytes: 100 }, 2);
  const ended = rejects(asking, /^NetworkError: http:\/\/x\/y can't be reached \(refused 1\)$/);
  for (let i = 0; i < 3; i++) await clock.advance(10_000);
  await ended;
  strictEqual(asked, 1);
});

Deno.test("A discovery that can't be reached is told with the system's reason, not with the runtime's \"fetch failed\"", async () => {
  const clock = systemClock();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${listener.addr.port}/health`;
  listener.close();
  await rejects(
    exchange({ fetch, clock, timeoutMs: 5000 }, { url, method: "GET", maxBytes: 100 }),
    /^NetworkError: http:\/\/127\.0\.0\.1:\d+\/health can't be reached \(tcp connect error: .*refused.*\)$/,
  );
});

Deno.test("What is thrown for no reason of the system's is told as it is", async () => {
  const fetch = () => Promise.reject("nothing more");
  await rejects(
    exchange({ fetch, clock: new FakeClock(), timeoutMs: 5000 }, {
      url: "http://x/y",
      method: "GET",
      maxBytes: 1,
    }),
    /^NetworkError: http:\/\/x\/y can't be reached \(nothing more\)$/,
  );
});

Deno.test("An answer that is too long, or says later, is told as that", async () => {
  const by = (answer: Response) => ({
    fetch: () => Promise.resolve(answer),
    clock: new FakeClock(),
    timeoutMs: 5000,
  });
  const ask = { url: "http://x/y", method: "GET", maxBytes: 1 } as const;
  await rejects(
    exchange(by(new Response("12")), ask),
    /^NetworkError: http:\/\/x\/y answered with more than 1 bytes$/,
  );
  const later = new Response("", { status: 503 });
  await rejects(exchange(by(later), ask), /^NetworkError: http:\/\/x\/y answered status 503$/);
});
