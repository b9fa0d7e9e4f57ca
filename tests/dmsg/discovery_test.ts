import { deepStrictEqual, match, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { DiscoveryClient, type DiscoveryOptions } from "../../lib/dmsg/discovery/client.ts";
import { DISCOVERY_TEXTS, discoveryText } from "../../lib/dmsg/discovery/texts.ts";
import { encodeEntry, type Entry, signEntry, verifiedText } from "../../lib/dmsg/entries/entry.ts";
import { NetworkError, UserError } from "../../lib/wire/errors.ts";
import { type Bench, bench, clientEntry, pairOf, serverEntry, START_NS } from "../discovery/support.ts";
import { FakeClock } from "../fakes/clock.ts";

const [a, b] = [1, 2].map(pairOf);
const A = "http://127.0.0.1:9090";
const B = "http://127.0.0.1:9091";
const C = "http://127.0.0.1:9092";

type Handler = (request: Request) => Response | Promise<Response>;

/** A fetch that knows some origins; the others refuse the connection. Notes each request. */
function network(hosts: Record<string, Handler>): { fetch: typeof fetch; log: string[] } {
  const log: string[] = [];
  const fetching = async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init);
    const { origin, pathname } = new URL(request.url);
    log.push(`${request.method} ${origin}${pathname.replace("/dmsg-discovery", "")}`);
    if (!hosts[origin]) throw new TypeError("connection refused");
    return await hosts[origin](request);
  };
  return { fetch: fetching as typeof fetch, log };
}

function setUp(
  hosts: Record<string, Handler>,
  options: Partial<DiscoveryOptions> = {},
  clock = new FakeClock(0, START_NS),
) {
  const { fetch, log } = network(hosts);
  const client = new DiscoveryClient({ urls: Object.keys(hosts), fetch, clock, retries: 0, ...options });
  return { client, log, clock };
}

const answer = (status: number, body: string): Handler => () => new Response(body, { status });
const silent: Handler = () => new Promise(() => {});
const withClient = (servers: string[]) => (entry: Entry): Entry => ({
  ...entry,
  client: { delegatedServers: servers },
});
const reason = (expected: string, pattern: RegExp) => (error: unknown) => {
  ok(error instanceof NetworkError);
  strictEqual(error.reason, expected);
  match(error.message, pattern);
  return true;
};

Deno.test("DiscoveryClient posts, looks up and deletes at a real discovery", async () => {
  const { client } = setUp({ [A]: bench().handler });
  strictEqual(await client.entry(a.pk), undefined);
  const entry = clientEntry(a);
  deepStrictEqual(await client.post(entry), { taken: [A], superseded: [], failed: [] });
  deepStrictEqual(await client.entry(a.pk), entry);
  deepStrictEqual(await client.clients(), [a.pk]);
  await client.delete(entry);
  strictEqual(await client.entry(a.pk), undefined);
});

Deno.test("DiscoveryClient lists servers; none is an empty list", async () => {
  const { client } = setUp({ [A]: bench().handler });
  deepStrictEqual(await client.availableServers(), []);
  deepStrictEqual(await client.allServers(), []);
  await client.post(serverEntry(a, { server: { address: "203.0.113.1:1", availableSessions: 0 } }));
  await client.post(serverEntry(b));
  deepStrictEqual((await client.availableServers()).map((entry) => entry.static), [b.pk]);
  deepStrictEqual((await client.allServers()).map((entry) => entry.static).sort(), [a.pk, b.pk].sort());
});

Deno.test("DiscoveryClient takes the first good answer and a not-found only from all that answered", async () => {
  const text = encodeEntry(clientEntry(a));
  const notFound = answer(404, JSON.stringify({ message: DISCOVERY_TEXTS.notFound, code: 404 }));
  const good = answer(200, text);
  strictEqual(
    encodeEntry((await setUp({ [A]: silent, [B]: notFound, [C]: good }).client.entry(a.pk))!),
    text,
  );
  strictEqual(await setUp({ [A]: notFound, [B]: notFound }).client.entry(a.pk), undefined);
  const { client } = setUp({ [A]: notFound, [B]: answer(500, "") });
  strictEqual(await client.entry(a.pk), undefined, "one that failed has not answered");
});

Deno.test("DiscoveryClient refuses answers that are not the entry, and says whose", async () => {
  const odd: [Handler, RegExp][] = [
    [answer(200, encodeEntry(clientEntry(b))), /9090 answered with the entry of another key/],
    [answer(200, "<html>"), /answered with something malformed/],
    [answer(200, " ".repeat(64 * 1024 + 1)), /answered with more than 65536 bytes/],
    [answer(404, "404 page not found\n"), /answered with status 404/],
    [answer(404, `{"message":"${DISCOVERY_TEXTS.noServers}"}`), /answered with status 404/],
    [answer(500, ""), /answered with status 500/],
    [answer(503, ""), /answered status 503/],
  ];
  for (const [handler, pattern] of odd) {
    const { client } = setUp({ [A]: handler });
    await rejects(client.entry(a.pk), reason("no-network", pattern));
  }
});

Deno.test("A discovery whose database is away is told as that: not as a refusal, and it may pass", async () => {
  const away = answer(500, `{"message":"${DISCOVERY_TEXTS.unexpected}","code":500}`);
  const { client } = setUp({ [A]: away });
  const asked: [string, Promise<unknown>][] = [
    ["Cannot look up", client.entry(a.pk)],
    ["Cannot list servers", client.availableServers()],
    ["Cannot list clients", client.clients()],
    ["Cannot register", client.post(clientEntry(a))],
    ["Cannot register", client.update(a, withClient([]))],
    ["Cannot delete", client.delete(clientEntry(a))],
  ];
  for (const [what, outcome] of asked) {
    await rejects(outcome, (error: NetworkError) => {
      match(
        error.message,
        new RegExp(`^${what}.*: ${A} answered with status 500: it has trouble of its own`),
      );
      deepStrictEqual([error.reason, error.retry], ["no-network", true], what);
      return true;
    });
  }
});

Deno.test("DiscoveryClient names what it wanted, every URL that failed, and what to do", async () => {
  const { client } = setUp({ [A]: answer(500, "") }, { urls: [A, B] });
  const expected = `Cannot look up "${a.pk}": ${A} answered with status 500, which no discovery does here; ` +
    `${B}/dmsg-discovery/entry/${a.pk} can't be reached (connection refused). Check the network and the discovery URL.`;
  await rejects(client.entry(a.pk), {
    name: "NetworkError",
    message: expected,
    reason: "no-network",
    retry: true,
  });
});

Deno.test("DiscoveryClient caps lists at 4 MiB and leaves malformed members out", async () => {
  const long = setUp({ [A]: answer(200, `[${" ".repeat(4 * 1024 * 1024)}]`) });
  await rejects(long.client.allServers(), reason("no-network", /more than 4194304 bytes/));
  const text = encodeEntry(serverEntry(a));
  const mixed = setUp({ [A]: answer(200, `[{"static":5},${encodeEntry(clientEntry(b))},${text}]`) });
  deepStrictEqual((await mixed.client.allServers()).map(encodeEntry), [text]);
  const keys = setUp({ [A]: answer(200, JSON.stringify([a.pk, 7, "x"])) });
  deepStrictEqual(await keys.client.clients(), [a.pk]);
});

Deno.test("DiscoveryClient gives an answer 5 s, body included, and aborts the request", async () => {
  for (const headersCome of [false, true]) {
    let signal: AbortSignal | undefined;
    const slow: Handler = (request) => {
      signal = request.signal;
      return headersCome ? new Response(new ReadableStream()) : silent(request);
    };
    const { client, clock } = setUp({ [A]: slow });
    const refused = rejects(client.entry(a.pk), reason("no-network", /did not answer within 5000 ms/));
    await clock.advance(4999);
    strictEqual(signal?.aborted, false);
    await clock.advance(1);
    await refused;
    strictEqual(signal?.aborted, true);
    strictEqual(clock.pendingTimers, 0);
  }
});

Deno.test("DiscoveryClient counts what the beginning of a request takes", async () => {
  const time = new FakeClock(0, START_NS);
  let spentMs = 0;
  const clock = {
    nowMs: () => time.nowMs() + spentMs,
    wallNs: () => time.wallNs(),
    after: time.after.bind(time),
  };
  const fetch = (() => {
    spentMs += 60; // as on a machine that has to load what sends it
    return new Promise(() => {});
  }) as unknown as DiscoveryOptions["fetch"];
  const client = new DiscoveryClient({ urls: [A], fetch, clock, retries: 0, timeoutMs: 100 });
  const asked = rejects(client.entry(a.pk), reason("no-network", /did not answer within 100 ms/));
  await time.advance(40);
  strictEqual(time.pendingTimers, 0);
  await asked;
});

Deno.test("DiscoveryClient looks up again after 200 ms and 400 ms, posts only once", async () => {
  const { client, log, clock } = setUp({}, { urls: [A], retries: 2 });
  const refused = rejects(client.entry(a.pk), NetworkError);
  const counts: number[] = [];
  for (const waitMs of [0, 199, 1, 399, 1, 9000]) {
    await clock.advance(waitMs);
    counts.push(log.length);
  }
  await refused;
  deepStrictEqual(counts, [1, 1, 2, 2, 3, 3]);
  await rejects(client.post(clientEntry(a)), reason("no-network", /connection refused/));
  strictEqual(log.length, 4);
});

Deno.test("DiscoveryClient gives one that says nothing its deadline once, however often it would ask again", async () => {
  const silent = () => new Promise<Response>(() => {});
  const { client, clock } = setUp({ [A]: silent }, { urls: [A], retries: 2 });
  const late = rejects(client.entry(a.pk), reason("no-network", /did not answer within 5000 ms/));
  await clock.advance(5000);
  await late;
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("DiscoveryClient does not ask again after a definite answer", async () => {
  const { client, log } = setUp({ [A]: answer(200, "{}") }, { retries: 2 });
  await rejects(client.entry(a.pk), NetworkError);
  strictEqual(log.length, 1);
});

Deno.test("DiscoveryClient posts everywhere, and one that takes it is enough", async () => {
  const { client, clock } = setUp({ [A]: bench().handler, [B]: bench({ generation: "classic" }).handler }, {
    urls: [A, B, C],
  });
  const report = await client.post(clientEntry(a, { protocol: "smux" }));
  strictEqual(clock.pendingTimers, 0, "all have answered: nothing keeps a program from its end");
  deepStrictEqual(report.taken, [A]);
  deepStrictEqual(report.failed.map(({ url, error }) => [url, error.reason]), [[B, "refused"], [
    C,
    "no-network",
  ]]);
});

Deno.test("DiscoveryClient waits a second for the others once one has answered, and lets them go on", async () => {
  const [good, slow] = [bench(), bench()];
  let speak = Promise.withResolvers<void>();
  const asked: string[] = [];
  const { client, clock } = setUp({
    [A]: good.handler,
    [B]: async (request) => {
      asked.push(request.method);
      await speak.promise;
      return await slow.handler(request);
    },
  });
  const first = client.update(a, withClient([b.pk]));
  await clock.advance(1000);
  const report = await first;
  deepStrictEqual([report.taken, report.failed.map(({ url }) => url)], [[A], [B]]);
  match(report.failed[0].error.message, /9091 has not answered within 1000 ms/);

  // What comes next waits its turn there, and is done in the order in which it was asked for.
  const gone = client.withdraw(a);
  await clock.advance(1000);
  deepStrictEqual([(await gone).taken, asked], [[A], ["GET"]]);
  speak.resolve();
  speak = Promise.withResolvers<void>();
  speak.resolve();
  await clock.advance(0);
  deepStrictEqual(asked, ["GET", "POST", "GET", "DELETE"]);
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("DiscoveryClient waits for a slow discovery as long as no other one has taken a change", async () => {
  const good = bench();
  const { client, clock } = setUp({
    [A]: answer(503, "its proxy"),
    [B]: async (request) => {
      await new Promise<void>((resolve) => clock.after(2000, resolve));
      return await good.handler(request);
    },
  });
  const updating = client.update(a, withClient([b.pk]));
  for (let i = 0; i < 8; i++) await clock.advance(500);
  const report = await updating;
  deepStrictEqual([report.taken, report.failed.map(({ url }) => url)], [[B], [A]]);
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("DiscoveryClient ends the requests to the others when one has answered, and holds nothing of its signal", async () => {
  let other: AbortSignal | undefined;
  const stop = new AbortController();
  const listening = new Set<unknown>();
  const { addEventListener, removeEventListener } = stop.signal;
  stop.signal.addEventListener = (...all: Parameters<typeof addEventListener>) => {
    listening.add(all[1]);
    addEventListener.apply(stop.signal, all);
  };
  stop.signal.removeEventListener = (...all: Parameters<typeof removeEventListener>) => {
    listening.delete(all[1]);
    removeEventListener.apply(stop.signal, all);
  };
  const { client, clock } = setUp({
    [A]: bench().handler,
    [B]: (request) => {
      other = request.signal;
      return new Promise((_, reject) => request.signal.onabort = () => reject(request.signal.reason));
    },
  }, { signal: stop.signal });
  const posted = client.post(clientEntry(a));
  await clock.advance(5000);
  await posted;
  other = undefined;
  ok(await client.entry(a.pk));
  strictEqual((other as AbortSignal | undefined)?.aborted, true);
  await clock.advance(0);
  deepStrictEqual([clock.pendingTimers, listening.size], [0, 0]);
});

Deno.test("DiscoveryClient tells one that was silent for long the newest alone, and keeps nothing else for it", async () => {
  const late = bench();
  let isSilent = true;
  const { client, log, clock } = setUp({
    [A]: bench().handler,
    [B]: (request) => isSilent ? new Promise<Response>(() => {}) : late.handler(request),
  });
  for (let i = 1; i <= 27; i++) {
    const updated = client.update(a, withClient([pairOf(i).pk]));
    await clock.advance(1000);
    deepStrictEqual((await updated).taken, [A]);
  }
  isSilent = false;
  log.length = 0;
  for (let i = 0; i < 20; i++) await clock.advance(500); // what is under way ends
  deepStrictEqual(log.map((one) => one.split(" ")[0]), ["GET", "POST"]);
  const { client: reader } = setUp({ [B]: late.handler });
  deepStrictEqual((await reader.entry(a.pk))?.client?.delegatedServers, [pairOf(27).pk]);
});

Deno.test("DiscoveryClient reads its entry back from those that answer", async () => {
  const { client, clock } = setUp({ [A]: bench().handler, [B]: silent });
  const posted = client.update(a, withClient([b.pk]));
  await clock.advance(1000);
  await posted;
  const standing = client.standing(a.pk);
  await clock.advance(1000);
  const [there, here] = await standing;
  deepStrictEqual([there.url, there.standing], [A, "ours"]);
  ok(here.standing instanceof NetworkError && here.url === B);
});

Deno.test("DiscoveryClient says when all refuse, with the discovery's text if it is a known one", async () => {
  const stale = setUp({ [A]: bench().handler });
  const old = serverEntry(a, { timestampNs: START_NS - 61_000_000_000n });
  await rejects(
    stale.client.post(old),
    reason("refused", /9090 refused: entry validation error: advertised entry has outdated/),
  );
  const rude = setUp({ [A]: answer(418, "secret page") });
  await rejects(rude.client.post(old), reason("refused", /refused: something unexpected happened/));
});

Deno.test("DiscoveryClient reads a discovery's message as Go does: its name in any case, the last of several", () => {
  const text = DISCOVERY_TEXTS.wrongSequence;
  for (const body of [`{"Message":"${text}"}`, `{"message":"x","MESSAGE":"${text}","code":422}`]) {
    strictEqual(discoveryText(body), text);
  }
  for (const body of [`{"message":"${text}","Message":"x"}`, `["${text}"]`, "null", '{"message":1}', ""]) {
    strictEqual(discoveryText(body), DISCOVERY_TEXTS.unexpected, body);
  }
});

Deno.test("DiscoveryClient update starts at sequence 0 and counts on", async () => {
  const { client, clock } = setUp({ [A]: bench().handler });
  for (const sequence of [0n, 1n, 2n]) {
    await clock.advance(1000);
    await client.update(a, withClient([b.pk]));
    const entry = (await client.entry(a.pk))!;
    deepStrictEqual([entry.sequence, entry.timestampNs, entry.version], [sequence, clock.wallNs(), "0.0.1"]);
    deepStrictEqual(entry.client?.delegatedServers, [b.pk]);
    ok(verifiedText(entry));
  }
});

Deno.test("DiscoveryClient update keeps what the change leaves alone", async () => {
  const { client } = setUp({ [A]: bench().handler });
  await client.post(clientEntry(a, { clientType: "visor" }));
  await client.update(a, withClient([]));
  strictEqual((await client.entry(a.pk))?.clientType, "visor");
});

Deno.test("DiscoveryClient update counts for each discovery by itself", async () => {
  const hosts = { [A]: bench().handler, [B]: bench().handler };
  const { client } = setUp(hosts);
  const { client: one } = setUp(hosts, { urls: [A] });
  await one.post(clientEntry(a, { sequence: 41n }));
  deepStrictEqual((await client.update(a, withClient([]))).taken, [A, B]);
  strictEqual((await one.entry(a.pk))?.sequence, 42n);
});

/** A discovery that another program posts to just before our posts. */
function racing(by: Bench, rival: (post: number) => Entry | undefined): Handler {
  let posts = 0;
  return async (request) => {
    const entry = request.method === "POST" ? rival(posts++) : undefined;
    if (entry) await by.ask("POST", "/dmsg-discovery/entry/", encodeEntry(entry));
    return by.handler(request);
  };
}

Deno.test("DiscoveryClient update reads and posts again when another post came between", async () => {
  const { client, log } = setUp({
    [A]: racing(
      bench(),
      (post) => post < 2 ? clientEntry(a, { sequence: 10n * BigInt(post + 1) }) : undefined,
    ),
  });
  deepStrictEqual((await client.update(a, withClient([b.pk]))).taken, [A]);
  deepStrictEqual(log.map((line) => line.split(" ")[0]), ["GET", "POST", "GET", "POST", "GET", "POST"]);
  const entry = (await client.entry(a.pk))!;
  deepStrictEqual([entry.sequence, entry.client?.delegatedServers], [21n, [b.pk]]);
});

const YEARS_NS = 10n * 365n * 86_400_000_000_000n;
const HOURS_NS = 2n * 3_600_000_000_000n;
const withServer = (entry: Entry): Entry => ({
  ...entry,
  server: { address: "10.0.0.1:80", availableSessions: 7 },
});

for (const [title, jumpNs] of [["two hours", HOURS_NS], ["ten years", YEARS_NS]] as const) {
  Deno.test(`DiscoveryClient update goes on after a clock that was ${title} ahead once`, async () => {
    const hosts = { [A]: bench().handler };
    const ahead = setUp(hosts, {}, new FakeClock(0, START_NS + jumpNs)).client;
    await ahead.update(a, withClient([]));
    const { client } = setUp(hosts);
    deepStrictEqual((await client.update(a, withClient([b.pk]))).taken, [A]);
    deepStrictEqual((await client.update(a, withClient([]))).taken, [A]);
    const entry = (await client.entry(a.pk))!;
    deepStrictEqual(
      [entry.sequence, entry.timestampNs],
      [2n, START_NS + jumpNs + 2n],
      "behind the stored one",
    );
    await client.withdraw(a);
    strictEqual(await client.entry(a.pk), undefined);
  });

  Deno.test(`DiscoveryClient update deletes a server's entry from ${title} ahead and writes it afresh`, async () => {
    const clock = new FakeClock(0, START_NS + jumpNs);
    const hosts = { [A]: bench({}, clock).handler };
    const { client } = setUp(hosts, {}, clock);
    await client.update(a, withServer);
    clock.setWall(START_NS);
    deepStrictEqual((await client.update(a, withServer)).taken, [A]);
    const entry = (await client.entry(a.pk))!;
    // A discovery whose clock went back by years takes the old entry for expired: the next one is the first again.
    deepStrictEqual([entry.sequence, entry.timestampNs], [jumpNs === YEARS_NS ? 0n : 1n, START_NS]);
    deepStrictEqual((await client.update(a, withServer)).taken, [A]);
  });
}

Deno.test("DiscoveryClient update follows a stored time that it could not read at first", async () => {
  const by = bench();
  await setUp({ [A]: by.handler }, {}, new FakeClock(0, START_NS + HOURS_NS)).client.update(
    a,
    withClient([]),
  );
  let asked = 0;
  const { client } = setUp({
    [A]: (request) => asked++ === 0 ? new Response("", { status: 500 }) : by.handler(request),
  });
  deepStrictEqual((await client.update(a, withClient([b.pk]))).taken, [A]);
  strictEqual((await client.entry(a.pk))?.sequence, 1n);
});

Deno.test("DiscoveryClient tells whose the stored entry is, and deletes only its own", async () => {
  const hosts = { [A]: bench().handler };
  const [{ client }, { client: other }] = [setUp(hosts), setUp(hosts)];
  const standing = async () => (await client.standing(a.pk)).map(({ standing }) => standing);
  deepStrictEqual(await standing(), ["gone"]);
  await client.update(a, withClient([]));
  deepStrictEqual(await standing(), ["ours"]);
  await other.update(a, withClient([b.pk]));
  deepStrictEqual(await standing(), ["foreign"]);
  deepStrictEqual((await client.withdraw(a)).superseded, [A]);
  deepStrictEqual((await client.entry(a.pk))?.client?.delegatedServers, [b.pk], "the other one's stays");
  await other.withdraw(a);
  deepStrictEqual(await standing(), ["gone"]);
  await client.update(a, withClient([]));
  deepStrictEqual(await standing(), ["ours"]);
  const old = clientEntry(a, { sequence: 77n, timestampNs: START_NS - 1n });
  await client.withdraw(a);
  await client.post(old);
  deepStrictEqual(await standing(), ["older"], "copied back by somebody");
});

Deno.test("DiscoveryClient knows its posts again where two URLs lead to one store, and another program's at both", async () => {
  const by = bench();
  const hosts = { [A]: by.handler, [B]: by.handler };
  const [{ client, clock }, { client: other }] = [setUp(hosts), setUp(hosts)];
  const standing = async () => (await client.standing(a.pk)).map(({ standing }) => standing);
  for (let post = 0; post < 3; post++) {
    await clock.advance(1000);
    await client.update(a, withClient([b.pk]));
    deepStrictEqual(await standing(), ["ours", "ours"]);
  }
  await clock.advance(1000);
  await other.update(a, withClient([]));
  deepStrictEqual(await standing(), ["foreign", "foreign"]);
  deepStrictEqual((await client.withdraw(a)).superseded, [A, B]);
  await other.withdraw(a);
  strictEqual(await client.entry(a.pk), undefined);
});

Deno.test("DiscoveryClient update gives way to an entry that is newer than its own", async () => {
  const newer = clientEntry(a, { sequence: 10n, timestampNs: START_NS + 1n });
  const { client } = setUp({ [A]: racing(bench(), () => newer) });
  deepStrictEqual(await client.update(a, withClient([])), { taken: [], superseded: [A], failed: [] });
  deepStrictEqual(await client.entry(a.pk), newer);
});

Deno.test("DiscoveryClient update ends after 10 posts that came too late", async () => {
  const rival = (post: number) => clientEntry(a, { sequence: 10n * BigInt(post + 1) });
  const { client, log } = setUp({ [A]: racing(bench(), rival) });
  await rejects(client.update(a, withClient([])), reason("refused", /the entry changed 10 times meanwhile/));
  strictEqual(log.filter((line) => line.startsWith("POST")).length, 10);
});

Deno.test("DiscoveryClient update starts afresh when its entry can't be read", async () => {
  const by = bench();
  let gets = 0;
  const handler: Handler = (request) =>
    request.method === "GET" && gets++ === 0 ? new Response("", { status: 500 }) : by.handler(request);
  await by.ask("POST", "/dmsg-discovery/entry/", encodeEntry(clientEntry(a, { sequence: 6n })));
  const { client } = setUp({ [A]: handler });
  await client.update(a, withClient([]));
  strictEqual((await client.entry(a.pk))?.sequence, 7n);
});

Deno.test("DiscoveryClient withdraw deletes a server entry whose stored signature fails", async () => {
  const { client, clock } = setUp({ [A]: bench().handler, [B]: bench().handler });
  await client.post(serverEntry(a));
  ok(!verifiedText((await client.entry(a.pk))!), "serverType was written over");
  clock.setWall(START_NS + 1n);
  deepStrictEqual((await client.withdraw(a)).taken, [A, B]);
  strictEqual(await client.entry(a.pk), undefined);
  deepStrictEqual((await client.withdraw(a)).taken, [A, B], "nothing there is fine");
});

Deno.test("DiscoveryClient ends its requests when its signal is aborted", async () => {
  const stop = new AbortController();
  const { client, clock } = setUp({
    [A]: (request) =>
      new Promise((_, reject) => request.signal.onabort = () => reject(request.signal.reason)),
  }, { signal: stop.signal });
  const pending = [client.entry(a.pk), client.post(clientEntry(a)), client.update(a, withClient([]))].map((
    promise,
  ) => rejects(promise, /stopping/));
  await clock.advance(0);
  stop.abort(new Error("stopping"));
  await Promise.all(pending);
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("DiscoveryClient lets mistakes in our code through", async () => {
  const { client } = setUp({ [A]: bench().handler });
  await rejects(
    client.update(a, () => {
      throw new RangeError("bug");
    }),
    RangeError,
  );
});

Deno.test("DiscoveryClient brings URLs into one form", () => {
  const urlsOf = (...urls: string[]) => setUp({}, { urls }).client.urls;
  deepStrictEqual(urlsOf("http://127.0.0.1:9090/", "http://127.0.0.1:9090", "HTTPS://Example.org//"), [
    A,
    "https://example.org",
  ]);
  deepStrictEqual(urlsOf("http://h/base/"), ["http://h/base"]);
});

for (
  const [urls, hint] of [
    [[], /Name one/],
    [["127.0.0.1:9090"], /^Write http:\/\/127\.0\.0\.1:9090\.$/],
    [["localhost:9090"], /^Write http:\/\/localhost:9090\.$/],
    [["ftp://h"], /http:\/\/host:port/],
    [[""], /http:\/\/host:port/],
    [["http://user:secret@h"], /http:\/\/host:port/],
    [["http://h/?x"], /http:\/\/host:port/],
  ] as const
) {
  Deno.test(`DiscoveryClient refuses [${urls.join().replace("secret", "…")}] as a user's mistake`, () => {
    throws(() => setUp({}, { urls }), (error) => {
      ok(error instanceof UserError && error.kind === "usage" && !error.message.includes("secret"));
      match(error.hint, hint);
      return true;
    });
  });
}

Deno.test("DiscoveryClient signs with the pair's key whatever the change does", async () => {
  const { client } = setUp({ [A]: bench().handler });
  await client.update(
    a,
    (entry) => signEntry({ ...withClient([])(entry), static: b.pk, sequence: 99n }, b.secret),
  );
  strictEqual((await client.entry(a.pk))?.sequence, 0n);
  strictEqual(await client.entry(b.pk), undefined);
});
