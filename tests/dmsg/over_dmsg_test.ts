import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import type { Carrier } from "../../lib/dmsg/carriers/carrier.ts";
import type { DmsgClient } from "../../lib/dmsg/client.ts";
import { askOver } from "../../lib/dmsg/discovery/ask_over.ts";
import { DiscoveryClient } from "../../lib/dmsg/discovery/client.ts";
import { readCapped, wholeAnswer } from "../../lib/dmsg/discovery/http_body.ts";
import { fetchOverDmsg } from "../../lib/dmsg/discovery/over_dmsg.ts";
import {
  areSame,
  MAX_AWAY,
  MAX_KNOWN,
  remembered,
  type ServerMemory,
} from "../../lib/dmsg/discovery/known_servers.ts";
import { encodeEntry } from "../../lib/dmsg/entries/entry.ts";
import type { DmsgStream } from "../../lib/dmsg/streams/stream.ts";
import { dmsgPlace, type KnownServer, shownUrl } from "../../lib/dmsg/discovery/place.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import { pairOf } from "../discovery/support.ts";
import { Bench, WAY_MS } from "./bench.ts";

const KEY = pairOf(80).pk;
const [A, B] = [pairOf(90).pk, pairOf(91).pk];

Deno.test("The URL of a discovery over dmsg has its key, its servers and a path", () => {
  const place = dmsgPlace(
    `dmsg://${KEY.toUpperCase()}/${A}@10.0.0.90:80/${B}@[::1]:9091/dmsg-discovery/entry/x`,
  );
  deepStrictEqual(place, {
    addr: { pk: KEY, port: 80 },
    servers: [{ pk: A, address: "10.0.0.90:80" }, { pk: B, address: "[::1]:9091" }],
    base: `dmsg://${KEY}:80/${A}@10.0.0.90:80/${B}@[::1]:9091`,
    path: "/dmsg-discovery/entry/x",
  });
  strictEqual(dmsgPlace(place.base)?.base, place.base);
  strictEqual(dmsgPlace(place.base)?.path, "");
  strictEqual(dmsgPlace(`dmsg://${KEY}:81/${A}@host:1`)?.addr.port, 81);
  strictEqual(shownUrl(`${place.base}/health`), `dmsg://${KEY}:80/health`);
  strictEqual(shownUrl("http://x/health"), "http://x/health");
});

Deno.test("What is no URL of a discovery over dmsg, or names no server, is none", () => {
  const texts = [
    `http://${KEY}/${A}@host:1`,
    `dmsg://${KEY}`,
    `dmsg://${KEY}/`,
    `dmsg://${KEY}/dmsg-discovery`,
    `dmsg://${KEY}/${A}@host`,
    `dmsg://${KEY}/${A}@:1`,
    `dmsg://${KEY}/${A}@host:1/me:secret@host:2`,
    `dmsg://${KEY}/${"05".repeat(33)}@host:1`,
    `dmsg://${KEY.slice(1)}/${A}@host:1`,
  ];
  for (const text of texts) strictEqual(dmsgPlace(text), undefined, text);
});

/** A stream that has an answer in pieces; an error at its end when one is given. */
function streamOf(pieces: readonly string[], error?: Error) {
  const said: string[] = [];
  const rest = pieces.map(utf8);
  return {
    said,
    closed: 0,
    resets: 0,
    write(bytes: Uint8Array) {
      said.push(fromUtf8(bytes));
      return Promise.resolve();
    },
    read(): Promise<Uint8Array | null> {
      const next = rest.shift();
      if (next) return Promise.resolve(next);
      return error ? Promise.reject(error) : Promise.resolve(null);
    },
    close() {
      this.closed++;
    },
    reset() {
      this.resets++;
    },
  };
}

const QUESTION = { method: "GET", host: `${KEY}:80`, target: "/x" };

async function bodyAfter(pieces: readonly string[], error?: Error): Promise<string> {
  const answer = await askOver(streamOf(pieces, error), QUESTION);
  return `${answer.status} ${fromUtf8((await readCapped(answer, 100))!)}`;
}

Deno.test("An answer has the bytes that its head tells of, or all up to the end, in whatever pieces", async () => {
  const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
  for (
    const [text, body] of [[`${head}Content-Length: 3\r\n\r\n[1]behind`, "[1]"], [
      `${head}\r\n[1, 2]`,
      "[1, 2]",
    ]]
  ) {
    strictEqual(await bodyAfter([text]), `200 ${body}`);
    strictEqual(await bodyAfter([...text]), `200 ${body}`);
  }
  strictEqual(await bodyAfter(["HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n"]), "404 ");
});

Deno.test("A question says its length, and its stream is closed once, with the body or without", async () => {
  const stream = streamOf(["HTTP/1.1 200 OK\r\n\r\n{", "}"]);
  const answer = await askOver(stream, { ...QUESTION, method: "POST", body: utf8('{"ä":1}') });
  deepStrictEqual(stream.said, [
    `POST /x HTTP/1.0\r\nHost: ${KEY}:80\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{"ä":1}`,
  ]);
  strictEqual(stream.closed, 0);
  await readCapped(answer, 100);
  strictEqual(stream.closed, 1);
  const left = streamOf(["HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{"]);
  strictEqual(await readCapped(await askOver(left, QUESTION), 100), undefined);
  strictEqual(left.closed, 1);
});

Deno.test("An answer that breaks off, or is no HTTP of our version, is an error and no part of one", async () => {
  const length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[1]";
  await rejects(bodyAfter([]), /broke off/);
  await rejects(bodyAfter(["HTTP/1.1 200 OK\r\n"]), /broke off/);
  await rejects(bodyAfter([length]), /broke off/);
  const reset = new NetworkError("the stream was reset", { retry: true, reason: "closed" });
  await rejects(
    bodyAfter([length], reset),
    (error: Error) => !(error instanceof NetworkError) && /reset/.test(error.message),
  );
  for (const text of ["SSH-2.0\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n"]) {
    const stream = streamOf([text]);
    await rejects(askOver(stream, QUESTION), /no HTTP/);
    strictEqual(stream.closed, 1);
  }
  await rejects(bodyAfter(["x".repeat(17_000)]), /no HTTP/);
});

Deno.test("A question that is given up resets its stream, and one that is over does not", async () => {
  const over = new AbortController();
  const stream = streamOf(["HTTP/1.1 200 OK\r\n\r\n{}"]);
  const answer = await askOver(stream, { ...QUESTION, signal: over.signal });
  over.abort();
  strictEqual(stream.resets, 1);
  const second = new AbortController();
  const whole = streamOf(["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"]);
  await readCapped(await askOver(whole, { ...QUESTION, signal: second.signal }), 100);
  second.abort();
  deepStrictEqual([whole.resets, whole.closed], [0, 1]);
  await answer.body!.cancel();
});

Deno.test("A question that was given up before its stream was there is not asked, and has the reason for that", async () => {
  const stream = streamOf(["HTTP/1.1 200 OK\r\n\r\n{}"]);
  await rejects(askOver(stream, { ...QUESTION, signal: AbortSignal.abort(new Error("enough")) }), /enough/);
  deepStrictEqual([stream.said, stream.closed], [[], 1]);
  const bench = new Bench();
  const carriers = [mute(bench, ["10.0.0.90:80"])];
  const fetch = fetchOverDmsg({ clock: bench.clock, random: bench.world.random("asker"), carriers });
  const over = new AbortController();
  const asking = fetch(`dmsg://${KEY}/${A}@10.0.0.90:80/x`, { signal: over.signal });
  const why = new TypeError("the page is left");
  over.abort(why);
  await rejects(asking, (error) => error === why);
});

Deno.test("An answer without a body has none, and one that is too long is an error", async () => {
  const none = { status: 204, headers: { get: () => null }, body: null };
  deepStrictEqual((await wholeAnswer(none, 5)).bytes, new Uint8Array(0));
  const six = () => new Response("123456");
  strictEqual(fromUtf8((await wholeAnswer(six(), 6)).bytes), "123456");
  await rejects(wholeAnswer(six(), 5), /more than 5 bytes/);
});

/** A discovery that sits on servers and answers on port 80 what `answer` says; counts what it was asked. */
async function discoveryAt(bench: Bench, client: DmsgClient, asked: string[]): Promise<void> {
  const discovery = bench.world.discoveryClient();
  for await (const stream of client.listen(80)) {
    void answerOn(stream, discovery, asked).catch(() => {}); // who asks has given it up
  }
}

async function answerOn(stream: DmsgStream, discovery: DiscoveryClient, asked: string[]): Promise<void> {
  const text = fromUtf8((await stream.read())!);
  asked.push(text.split("\r\n")[0]);
  const pk = /entry\/([0-9a-f]{66})/.exec(text)?.[1];
  const entry = pk && await discovery.entry(pk);
  const servers = text.includes("/available_servers") && await discovery.availableServers();
  const [status, body] = servers
    ? ["200 OK", `[${servers.map(encodeEntry)}]`]
    : entry
    ? ["200 OK", encodeEntry(entry)]
    : ["404 Not Found", '{"message":"entry of public key is not found","code":404}'];
  await stream.write(utf8(`HTTP/1.0 ${status}\r\n\r\n${body}`));
  stream.close();
}

Deno.test("A discovery is asked over dmsg through a server of its URL, and its session stays for the next question", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  const home = await bench.published(80);
  const asked: string[] = [];
  void discoveryAt(bench, home.dmsg, asked);
  const peer = await bench.published(2);
  const fetch = fetchOverDmsg({
    clock: bench.clock,
    random: bench.world.random("asker"),
    carriers: [bench.world.network.carrier("10.1.0.7")],
  });
  // The first server of the two is none any more.
  const url = `dmsg://${home.dmsg.pk}/${B}@10.0.0.91:80/${A}@10.0.0.90:80`;
  const discovery = new DiscoveryClient({ urls: [url], fetch, clock: bench.clock });
  const sessions = server.relay!.usage.sessions;
  deepStrictEqual((await bench.done(discovery.entry(peer.dmsg.pk)))?.client, { delegatedServers: [A] });
  strictEqual(await bench.done(discovery.entry(pairOf(77).pk)), undefined);
  ok(await bench.done(discovery.entry(A)));
  strictEqual(server.relay!.usage.sessions, sessions + 1, "one session for all of them");
  await bench.until(() => server.relay!.usage.streams === 0);
  deepStrictEqual(asked.map((line) => line.slice(0, 27)), Array(3).fill("GET /dmsg-discovery/entry/0"));
});

Deno.test("A discovery over dmsg that can't be reached is told as a discovery, by its key and without its servers", async () => {
  const bench = new Bench();
  const fetch = fetchOverDmsg({
    clock: bench.clock,
    random: bench.world.random("asker"),
    carriers: [bench.world.network.carrier("10.1.0.7")],
  });
  const urls = [`dmsg://${KEY}/${A}@10.0.0.90:80`];
  const discovery = new DiscoveryClient({ urls, fetch, clock: bench.clock, retries: 0 });
  await rejects(bench.done(discovery.entry(B)), (error) => {
    ok(error instanceof NetworkError);
    strictEqual(error.reason, "no-network");
    match(error.message, new RegExp(`dmsg://${KEY}:80/dmsg-discovery/entry/${B} can't be reached`));
    ok(!error.message.includes("@"));
    return true;
  });
  await rejects(fetch(`dmsg://${KEY}/`), /not a URL of a discovery/);
});

Deno.test("Servers that a discovery has told of lead to it when those of its URL are gone, each where it was told to be", async () => {
  const bench = new Bench();
  await bench.server(90);
  await bench.server(91);
  const home = await bench.published(80);
  void discoveryAt(bench, home.dmsg, []);
  const kept = new Map<string, readonly KnownServer[]>();
  const memory: ServerMemory = {
    recall: (pk) => Promise.resolve(kept.get(pk) ?? []),
    learn: (pk, servers) => Promise.resolve(void kept.set(pk, servers)),
  };
  const asker = (name: string, url: string) => {
    const carriers = [bench.world.network.carrier("10.1.0.7")];
    const fetch = fetchOverDmsg({ clock: bench.clock, random: bench.world.random(name), carriers, memory });
    return new DiscoveryClient({ urls: [url], fetch, clock: bench.clock, retries: 0 });
  };
  const told = await bench.done(asker("one", `dmsg://${home.dmsg.pk}/${A}@10.0.0.90:80`).availableServers());
  strictEqual(told.length, 2);
  deepStrictEqual(
    kept.get(home.dmsg.pk)?.map(({ pk, address }) => `${pk}@${address}`).toSorted(),
    [`${A}@10.0.0.90:80`, `${B}@10.0.0.91:80`].toSorted(),
  );
  // Years later: one of them has moved, as it was told, and the other one that the program knew is gone.
  const old = `dmsg://${home.dmsg.pk}/${A}@10.9.9.9:80/${pairOf(92).pk}@10.9.9.8:80`;
  ok(await bench.done(asker("two", old).entry(A)));
  kept.clear();
  await rejects(bench.done(asker("three", old).entry(A)), /can't be reached/);
});

/** Whoever dials one of these addresses hears nothing, not even a refusal. */
function mute(bench: Bench, addresses: readonly string[]): Carrier {
  const carrier = bench.world.network.carrier("10.1.0.7");
  return {
    ...carrier,
    dial: (address, signal) =>
      addresses.includes(address) ? new Promise<never>(() => {}) : carrier.dial(address, signal),
  };
}

Deno.test("However many servers that are remembered have gone without a word, those of the URL lead to the discovery", async () => {
  const bench = new Bench();
  await bench.server(90);
  const home = await bench.published(80);
  void discoveryAt(bench, home.dmsg, []);
  const gone = Array.from({ length: 40 }, (_, i) => ({ pk: pairOf(100 + i).pk, address: `10.9.0.${i}:80` }));
  const memory: ServerMemory = {
    recall: () => Promise.resolve(gone),
    learn: () => Promise.resolve(),
  };
  const carriers = [mute(bench, gone.map(({ address }) => address))];
  const fetch = fetchOverDmsg({ clock: bench.clock, random: bench.world.random("asker"), carriers, memory });
  const urls = [`dmsg://${home.dmsg.pk}/${A}@10.0.0.90:80`];
  const discovery = new DiscoveryClient({ urls, fetch, clock: bench.clock });
  ok(await bench.done(discovery.entry(A)));
});

Deno.test("Who asks again while the first servers say nothing begins with other ones", async () => {
  const bench = new Bench();
  await bench.server(90);
  const home = await bench.published(80);
  void discoveryAt(bench, home.dmsg, []);
  const gone = Array.from({ length: 40 }, (_, i) => ({ pk: pairOf(100 + i).pk, address: `10.9.0.${i}:80` }));
  const carriers = [mute(bench, gone.map(({ address }) => address))];
  const fetch = fetchOverDmsg({ clock: bench.clock, random: bench.world.random("asker"), carriers });
  const named = [...gone, { pk: A, address: "10.0.0.90:80" }].map(({ pk, address }) => `${pk}@${address}`);
  const urls = [`dmsg://${home.dmsg.pk}/${named.join("/")}`];
  const discovery = new DiscoveryClient({ urls, fetch, clock: bench.clock });
  let entry: unknown;
  for (let asked = 0; entry === undefined; asked++) {
    ok(asked < 40, "it never came to the one that is there");
    entry = await bench.done(discovery.entry(A).catch(() => undefined));
  }
});

Deno.test("Servers that a discovery tells of lead a program that runs to it, too, when all that it began with are gone", async () => {
  const bench = new Bench();
  const first = await bench.server(90);
  const home = await bench.published(80, { sessions: 1 });
  const asked: string[] = [];
  void discoveryAt(bench, home.dmsg, asked);
  const carriers = [bench.world.network.carrier("10.1.0.7")];
  const fetch = fetchOverDmsg({ clock: bench.clock, random: bench.world.random("asker"), carriers });
  const urls = [`dmsg://${home.dmsg.pk}/${A}@10.0.0.90:80`];
  const discovery = new DiscoveryClient({ urls, fetch, clock: bench.clock });
  await bench.server(91);
  strictEqual((await bench.done(discovery.availableServers())).length, 2);
  await bench.done(first.close());
  await bench.until(() => home.dmsg.servers[0] === B, 120_000);
  ok(await bench.done(discovery.entry(B)));
});

Deno.test("Two discoveries that sit on one server are asked side by side: who asks has a key of its own for each", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  const homes = [await bench.published(80), await bench.published(81)];
  const asked: string[][] = [[], []];
  homes.forEach((home, i) => void discoveryAt(bench, home.dmsg, asked[i]));
  const carriers = [bench.world.network.carrier("10.1.0.7")];
  const fetch = fetchOverDmsg({ clock: bench.clock, random: bench.world.random("asker"), carriers });
  const sessions = server.relay!.usage.sessions;
  const discoveries = homes.map((home) => {
    const urls = [`dmsg://${home.dmsg.pk}/${A}@10.0.0.90:80`];
    return new DiscoveryClient({ urls, fetch, clock: bench.clock, retries: 0 });
  });
  const took = () => bench.took(Promise.all(discoveries.map((discovery) => discovery.entry(A))));
  await took();
  strictEqual(server.relay!.usage.sessions, sessions + 2);
  ok(await took() < 1000);
  deepStrictEqual(asked.map(({ length }) => length), [2, 2]);
});

/** A discovery on one server, which was asked once; and who has asked it. */
async function askedOnce(bench: Bench, retries?: number) {
  const server = await bench.server(90);
  const home = await bench.published(80);
  void discoveryAt(bench, home.dmsg, []);
  const carriers = [bench.world.network.carrier("10.1.0.7")];
  const fetch = fetchOverDmsg({ clock: bench.clock, random: bench.world.random("asker"), carriers });
  const urls = [`dmsg://${home.dmsg.pk}/${A}@10.0.0.90:80`];
  const discovery = new DiscoveryClient({ urls, fetch, clock: bench.clock, retries });
  ok(await bench.done(discovery.entry(A)));
  const lines = () =>
    bench.world.network.connections({ from: "10.1.0.7" }).map(({ connection }) => connection);
  return { discovery, lines, server, home };
}

Deno.test("A question through a connection that has died without a word goes through another one, and so do those after it", async () => {
  const bench = new Bench();
  const { discovery, lines, server } = await askedOnce(bench);
  for (const line of lines()) line.silence();
  const asking = Promise.all(Array.from({ length: 5 }, () => discovery.entry(A)));
  const tookMs = await bench.took(asking);
  ok(tookMs > 2000 && tookMs < 2500, `took ${tookMs} ms`);
  ok((await asking).every((entry) => entry !== undefined));
  const nextMs = await bench.took(discovery.entry(A));
  ok(nextMs < 200, `took ${nextMs} ms`);
  await bench.clock.advance(60_000);
  strictEqual(lines().length, 1, "the dead one is given up, and one of those behind it is enough");
  strictEqual(server.relay!.usage.sessions, 2, "the discovery, and who asks");
});

Deno.test("A question that is answered late is answered, and nothing stays of what was tried beside it", async () => {
  let wayMs = WAY_MS;
  const bench = new Bench(() => ({ latencyMs: () => wayMs }));
  const { discovery, lines, server } = await askedOnce(bench);
  const first = lines();
  wayMs = 520; // four ways to the answer of the dial, four to that of the question
  const tookMs = await bench.took(discovery.entry(A));
  ok(tookMs > 4000 && tookMs < 4500, `took ${tookMs} ms`);
  wayMs = WAY_MS;
  await bench.clock.advance(20_000);
  deepStrictEqual(lines(), first);
  strictEqual(server.relay!.usage.sessions, 2);
});

Deno.test("A question that is refused at once is not asked through another connection", async () => {
  const bench = new Bench();
  const { discovery, home } = await askedOnce(bench);
  const { dials } = bench.world.network;
  await bench.done(home.dmsg.close());
  await rejects(bench.done(discovery.entry(A)), /can't be reached/);
  strictEqual(bench.world.network.dials, dials);
});

Deno.test("A question goes on through the other connection when the first one breaks meanwhile", async () => {
  let wayMs = WAY_MS;
  const bench = new Bench(() => ({ latencyMs: () => wayMs }));
  const { discovery, lines } = await askedOnce(bench, 0);
  const [first] = lines();
  first.silence();
  wayMs = 200;
  bench.clock.after(2500, () => first.cut(0, 0));
  const tookMs = await bench.took(discovery.entry(A));
  ok(tookMs > 3500, `took ${tookMs} ms`);
  ok(await bench.done(discovery.entry(A)));
});

Deno.test("What was asked through a connection that is replaced is still answered, and then that ends", async () => {
  let wayMs = WAY_MS;
  let made = 0;
  const bench = new Bench((from) => {
    const isFirst = from === "10.1.0.7" && made++ === 0;
    return { latencyMs: () => isFirst ? wayMs : WAY_MS };
  });
  const { discovery, lines } = await askedOnce(bench, 0);
  const before = discovery.entry(A);
  await bench.clock.advance(7 * WAY_MS); // its stream is there
  wayMs = 2100;
  const both = Promise.all([before, discovery.entry(A)]);
  ok((await bench.done(both)).every((entry) => entry !== undefined));
  strictEqual(lines().length, 2);
  await bench.clock.advance(20_000);
  strictEqual(lines().length, 1);
});

Deno.test("A discovery whose one server says nothing is asked through one connection", async () => {
  const bench = new Bench();
  const carrier = mute(bench, ["10.0.0.90:80"]);
  let dials = 0;
  const carriers = [{
    ...carrier,
    dial: (...to: Parameters<Carrier["dial"]>) => (dials++, carrier.dial(...to)),
  }];
  const fetch = fetchOverDmsg({ clock: bench.clock, random: bench.world.random("asker"), carriers });
  const urls = [`dmsg://${KEY}/${A}@10.0.0.90:80`];
  const discovery = new DiscoveryClient({ urls, fetch, clock: bench.clock });
  await rejects(bench.done(discovery.entry(A)), /did not answer within 5000 ms/);
  strictEqual(dials, 1);
});

Deno.test("What is remembered of servers has their newest addresses, and is bounded", () => {
  const [one, two] = [{ pk: A, address: "a:1" }, { pk: B, address: "b:1" }];
  deepStrictEqual(remembered([{ pk: A, address: "a:2" }], [two, one]), [{ pk: A, address: "a:2" }, two]);
  ok(areSame([one, two], [two, one]));
  ok(!areSame([one, two], [one]));
  ok(!areSame([one], [{ pk: A, address: "a:2" }]));
  const many = Array.from({ length: 70 }, (_, i) => ({ pk: pairOf(i + 1).pk, address: `h:${i}` }));
  deepStrictEqual(remembered(many, [one]), many.slice(0, MAX_KNOWN));
  deepStrictEqual(remembered([one], many), [one, ...many.slice(0, MAX_AWAY)]);
});
