import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { deafPeer, networkTest, NOBODY, type Running, type Said } from "./network.ts";

const BLOCKED = `03${NOBODY.slice(2)}`;

/** Waits until its output has a line of that kind. */
async function printsMatch(process: Running, pattern: RegExp): Promise<RegExpExecArray> {
  for (const late = Date.now() + 120_000;;) {
    const found = pattern.exec(await process.prints("stdout", ""));
    if (found) return found;
    ok(Date.now() < late, String(pattern));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

networkTest("send says the same through an owner and alone", async (network) => {
  const { pk } = await network.resident("peer", "listen");
  await using deaf = await deafPeer(network.ready.discovery, 1);
  const { pk: own } = await network.resident("owned", "listen");
  await network.stage.run(`dmsg alias add friend ${pk}`);
  const cases = [
    [pk, "hello"],
    ["friend", "hello", "--verbose"],
    [pk, "hello", "--json"],
    [pk, "hello", "--wait", "0"],
    [deaf.pk, "hello", "-w", "4s"],
    [deaf.pk, "hello", "-w", "4s", "--json"],
    [NOBODY, "hello"],
    [NOBODY, "hello", "--json"],
    [NOBODY, "hello", "--queue"],
    [`${pk},${NOBODY}`, "hello"],
    [`${pk}:5`, "hello"],
    ["x".repeat(3), "hello"],
  ];
  const general = (text: string): string =>
    text.replaceAll(/\d+ms|"ms":\d+/g, "MS").replaceAll(/\b[0-9a-f]{16}\b/g, "ID");
  for (const identity of ["owned", "alone"]) await network.look(identity, "block", BLOCKED);
  cases.push([BLOCKED, "hello"], [BLOCKED, "hello", "--json"], [`${pk},${BLOCKED}`, "hello"]);
  for (const args of cases) {
    const through = await network.run("owned", ["send", ...args]);
    const alone = await network.run("alone", ["send", ...args]);
    const seen = ({ status, out, err }: Said) => ({ status, out: general(out), err: general(err) });
    deepStrictEqual(seen(through), seen(alone), args.join(" "));
    if (args[0] === BLOCKED) strictEqual(alone.status, 4);
  }
  ok(own);
  const history = async (identity: string, peer: string): Promise<unknown[]> =>
    (await network.look(identity, "history", peer, "--json")).split("\n").slice(0, -1).map((line) => {
      const { text, peer, outgoing, position, state, reason, id } = JSON.parse(line);
      return { text, peer, outgoing, position, state, reason, id: typeof id };
    });
  for (const peer of [pk, deaf.pk, NOBODY, BLOCKED]) {
    deepStrictEqual(await history("alone", peer), await history("owned", peer), peer);
  }
});

networkTest(
  "What a send alone has sent is in the history, in order, and is not sent again",
  async (network) => {
    const { process: peer, pk } = await network.resident("peer", "listen");
    const texts = ["one", "two", "three"];
    for (const text of texts) strictEqual((await network.run("a", ["send", pk, text])).status, 0);
    const log = `${network.stage.home}/.local/share/dmsg/identities/a/store/sent.log`;
    ok((await Deno.stat(log)).size > 0);
    strictEqual((await network.look("a", "search", "two")).split("\n").length, 2);
    for (let i = 0; i < 2; i++) {
      const lines = (await network.look("a", "history", pk)).split("\n").slice(0, -1);
      deepStrictEqual(lines.map((line) => texts.find((text) => line.includes(text))), texts);
    }
    const arrived = await network.look("peer", "history", "--json");
    strictEqual(arrived.split("\n").length - 1, texts.length);
    ok(peer);
  },
);

networkTest("A wish about the network that the owner does not share is refused or told", async (network) => {
  const { pk } = await network.resident("peer", "listen");
  const { process: plain } = await network.resident("a", "listen");
  const refused = await network.run("a", ["send", pk, "hello", "--require-pq"]);
  deepStrictEqual([refused.status, refused.out], [4, ""]);
  match(
    refused.err,
    /^dmsg: Process \d+ has this identity's connections, and makes them without --require-pq\n/,
  );
  const elsewhere = await network.stage.run(`dmsg send ${pk} hello --identity a -d http://127.0.0.1:2`);
  deepStrictEqual([elsewhere.status, /^Acked by /.test(elsewhere.stdout)], [0, true]);
  match(
    elsewhere.stderr,
    /^warning: process \d+ has .*; its discovery is used: http:\/\/127\.0\.0\.1:\d+\n$/,
  );
  plain.kill("SIGTERM");
  await plain.ended();
  await network.resident("a", "listen", "--require-pq");
  const insisting = await network.run("a", ["send", pk, "hello", "--require-pq"]);
  deepStrictEqual([insisting.status, insisting.err], [0, ""]);
  match(await network.look("a", "history"), /hello\n/);
});

networkTest("A send alone that is killed leaves an unconfirmed message", async (network) => {
  await using deaf = await deafPeer(network.ready.discovery, 1);
  const sending = network.start("a", "send", "-w", "9s", deaf.pk, "hello");
  const log = `${network.stage.home}/.local/share/dmsg/identities/a/store/sent.log`;
  while (!((await Deno.stat(log).catch(() => undefined))?.size)) {
    await new Promise((done) => setTimeout(done, 5));
  }
  sending.kill("SIGKILL");
  await sending.ended();
  for (let i = 0; i < 3; i++) {
    const { text, state, reason } = JSON.parse(await network.look("a", "history", "--json"));
    deepStrictEqual([text, state, reason], ["hello", "unconfirmed", "the program ended before its ack"]);
  }
  // Who stays brings everything into rows, and empties the journal.
  const { process: daemon } = await network.resident("a", "listen");
  daemon.kill("SIGTERM");
  await daemon.ended();
  strictEqual((await Deno.stat(log)).size, 0);
});

networkTest("A send alone says what is wrong with the files beside the store", async (network) => {
  const { process, pk } = await network.resident("peer", "listen");
  const directory = `${network.stage.home}/.local/share/dmsg/identities/a/store`;
  await network.stage.run("dmsg id --identity a");
  await network.look("a", "block", BLOCKED);
  await Deno.writeTextFile(`${directory}/blocked`, "no list");
  const mended = await network.run("a", ["send", BLOCKED, "hello"]);
  deepStrictEqual([mended.status, mended.out], [4, ""]);
  match(mended.err, /^warning: 7 bytes of \S+blocked can't be read; they are in \S+blocked\.damaged-1 now\n/);
  await Deno.remove(`${directory}/sent.log`);
  await Deno.mkdir(`${directory}/sent.log`);
  const unkept = await network.run("a", ["send", pk, "hello"]);
  deepStrictEqual([unkept.status, unkept.out], [5, ""]);
  match(unkept.err, /Cannot write .*sent\.log: it is a directory\nhint: /);
  strictEqual(await network.look("peer", "history"), "");
  ok(process);
});

networkTest("A send whose owner is killed tells the truth", async (network) => {
  await using deaf = await deafPeer(network.ready.discovery, 1);
  const { process: owner } = await network.resident("a", "listen");
  const sending = network.start("a", "send", "-w", "6s", deaf.pk, "hello");
  for (;;) {
    if ((await network.look("a", "history")).includes("hello")) break;
  }
  owner.kill("SIGKILL");
  const { status, stderr } = await sending.ended();
  strictEqual(status, 1, stderr);
  match(stderr, /^Send to 0[23]\w+ via dmsg not acked: .+\n$/);
  strictEqual((await network.look("a", "history")).split("\n").length, 2, "one message, not two");
});

networkTest(
  "A listener that is killed goes on behind its cursor, without a gap or a repeat",
  async (network) => {
    const total = 200;
    const { pk } = await network.resident("a", "daemon");
    const { process: first } = await network.resident("a", "listen", "--json");
    const texts = Array.from({ length: total }, (_, i) => `message ${i}`);
    const chat = network.start("b", "chat", pk);
    await chat.write(texts.map((text) => `${text}\n`).join(""));
    const seen: string[] = [];
    let cursor = 0;
    let listener = first;
    for (let kills = 0; seen.length < total; kills++) {
      await listener.prints("stdout", `"message ${Math.min(total - 1, seen.length + 60)}"`);
      listener.kill("SIGKILL");
      const lines = fromUtf8((await listener.ended()).stdout).split("\n").slice(0, -1);
      for (const line of lines) {
        const event = JSON.parse(line);
        ok(event.cursor >= cursor, line);
        cursor = event.cursor; // of the banner, too: whatever was printed last is where to go on
        if (event.type === "msg") seen.push(event.body);
      }
      ok(kills < 20);
      if (seen.length < total) listener = network.start("a", "listen", "--json", "--since", `${cursor}`);
    }
    deepStrictEqual(seen, texts);
  },
);

/** What is promised, from the signal until peers can reach the next one. */
const TAKEOVER_MS = 2000;
/** A command that only looks takes less, where nobody else uses the machine. */
const LOOK_MS = 500;

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  networkTest(
    `The next one takes over within 2 s of the owner's ${signal}, and shows each message once`,
    async (network) => {
      const { process: owner, pk } = await network.resident("a", "listen");
      const daemon = network.start("a", "daemon", "--verbose");
      await daemon.prints("stdout", " reachable ");
      const { process: listener } = await network.resident("a", "listen", "--json");
      // A key makes it one message however often it is sent.
      const send = async (text: string): Promise<void> => {
        for (const late = Date.now() + 120_000;;) {
          const { status } = await network.run("b", ["send", "-w", "5s", "--id", text, pk, text]);
          if (status === 0) return;
          ok(Date.now() < late, `${text}: ${status}`);
        }
      };
      const texts = ["before", "in the middle", "after"];
      await send(texts[0]);
      // One that waits for an ack when the owner ends must not take its place for as long.
      await using deaf = await deafPeer(network.ready.discovery, 1);
      network.start("a", "send", "-w", "20s", deaf.pk, "unheard");
      let lookMs = 0;
      for (let seen = ""; !seen.includes("unheard");) {
        const startMs = performance.now();
        seen = await network.look("a", "history");
        lookMs = performance.now() - startMs;
      }
      const middle = send(texts[1]);
      const killedMs = Date.now();
      owner.kill(signal);
      // By the time that the event itself has, in whole seconds: a busy machine shows it later.
      const [, registered] = await printsMatch(daemon, /^(\S+ \S+) registered servers=/m);
      const tookMs = Date.parse(registered) - killedMs;
      // What a busy machine adds to a look it adds to the way to the network, more than once.
      const moreMs = 3 * Math.max(0, lookMs - LOOK_MS);
      ok(tookMs < TAKEOVER_MS + moreMs, `${tookMs} ms, where a look takes ${lookMs} ms`);
      await middle;
      await send(texts[2]);
      await listener.prints("stdout", texts[2]);
      listener.kill("SIGTERM");
      const events = fromUtf8((await listener.ended()).stdout).split("\n").slice(0, -1).map((line) =>
        JSON.parse(line)
      );
      const messages = events.filter(({ type }) => type === "msg");
      deepStrictEqual(messages.map(({ body }) => body), texts);
      const cursors = messages.map(({ cursor }) => cursor);
      deepStrictEqual(cursors, [...new Set(cursors)].sort((x, y) => x - y));
    },
  );
}

networkTest(
  "listen --exec gives each message to its command at least once, in order, also after a kill",
  async (network) => {
    const { home } = network.stage;
    // Fails once for each message, and is killed in the middle.
    const script =
      `read line; touch ${home}/$$; n=$(echo "$line" | sed 's/.*"body":"\\([a-z0-9]*\\)".*/\\1/');` +
      `test -e ${home}/tried-$n && echo $n >> ${home}/done || { touch ${home}/tried-$n; exit 1; }`;
    const { process: first, pk } = await network.resident("a", "listen", "--exec", script);
    const texts = ["m1", "m2", "m3"];
    for (const text of texts) strictEqual((await network.run("b", ["send", pk, text])).status, 0);
    match(await first.prints("stderr", "is run again in 1 s"), /failed with status 1 for message 1 of 0[23]/);
    first.kill("SIGKILL");
    await first.ended();
    await network.resident("a", "listen", "--exec", script);
    const late = Date.now() + 120_000;
    let done: string[] = [];
    while (done.at(-1) !== "m3") {
      ok(Date.now() < late, `${done}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
      done = (await Deno.readTextFile(`${home}/done`).catch(() => "")).trim().split("\n");
    }
    deepStrictEqual([...new Set(done)], texts);
  },
);

networkTest(
  "History and search find everything after a restart, and a daemon logs no bodies",
  async (network) => {
    const { process: daemon, pk } = await network.resident("a", "daemon");
    strictEqual((await network.run("b", ["send", "--id", "1", pk, "the word is Mississippi"])).status, 0);
    const log = await daemon.prints("stdout", " message peer=");
    ok(!log.includes("Mississippi"), log);
    match(
      await network.look("a", "status"),
      /running {4}process \d+[^]*reachable {2}yes, through 1 server\nservers {4}0[^]*1 in, 0 out/,
    );
    daemon.kill("SIGTERM");
    strictEqual((await daemon.ended()).status, 143);
    match(await network.look("a", "search", "missISSIPPI"), /\[in @ 0[23]\w+\] the word is Mississippi\n$/);
    match(await network.look("b", "history"), /\[out @ 0[23]\w+\] the word is Mississippi\n$/);
  },
);

networkTest("A queued message leaves when its peer is back", async (network) => {
  const { process: away, pk } = await network.resident("a", "listen");
  away.kill("SIGINT");
  await away.ended();
  const { process: daemon } = await network.resident("b", "daemon");
  const queued = await network.run("b", ["send", "--queue", pk, "later"]);
  deepStrictEqual([queued.status, queued.out.startsWith(`Queued for ${pk}: `)], [10, true]);
  daemon.kill("SIGTERM"); // else it may send it by itself in just this moment, and there is nothing to try again
  await daemon.ended();
  const { process: back } = await network.resident("a", "listen");
  strictEqual((await network.run("b", ["outbox", "retry", pk, "1"])).out, "Message 1 is received\n");
  match(await back.prints("stdout", "later\n"), /\] later\n$/);
});

networkTest(
  "delete takes a message back at the peer too, and says when the peer is away",
  async (network) => {
    const { process: listen, pk } = await network.resident("a", "listen", "--json");
    for (const text of ["one", "two", "three"]) {
      strictEqual((await network.run("b", ["send", "--id", text, pk, text])).status, 0);
    }
    strictEqual((await network.run("b", ["delete", pk, "1"])).out, `Message 1 with ${pk} is deleted\n`);
    const { out } = await network.run("b", ["delete", pk, "2", "--json"]);
    deepStrictEqual(JSON.parse(out), { peer: pk, position: 2 });
    const lines = (await listen.prints("stdout", '"position":2')).trim().split("\n");
    deepStrictEqual([JSON.parse(lines.at(-1)!).type, JSON.parse(lines.at(-1)!).state], ["state", "deleted"]);
    const texts = async (identity: string): Promise<string[]> =>
      (await network.look(identity, "history")).trim().split("\n").map((line) => line.replace(/^.*?\] /, ""));
    deepStrictEqual(await texts("a"), ["(deleted)", "(deleted)", "three"]);
    strictEqual((await network.run("b", ["send", "--wait", "0", pk, "four"])).status, 0);
    strictEqual(
      (await network.run("b", ["delete", pk, "4"])).out,
      `Message 4 with ${pk} is deleted here; the peer keeps it: it went without an id to name it by\n`,
    );
    await listen.prints("stdout", "four");
    const bobPk = (await network.look("b", "id")).trim();
    strictEqual(
      (await network.run("a", ["delete", bobPk, "4"])).out,
      `Message 4 with ${bobPk} is deleted here; the peer, who wrote it, keeps it\n`,
    );
    const { out: here } = await network.run("a", ["delete", bobPk, "4", "--here", "--json"]);
    deepStrictEqual(JSON.parse(here), { peer: bobPk, position: 4, here_only: true });
    listen.kill("SIGTERM");
    await listen.ended();
    const away = await network.run("b", ["delete", pk, "3"]);
    deepStrictEqual([away.status, away.out], [3, ""]);
    match(away.err, /^dmsg: The text is deleted here; the peer could not be told, do it again for that; /);
    deepStrictEqual(await texts("b"), ["(deleted)", "(deleted)", "(deleted)", "(deleted)"]);
    strictEqual((await texts("a"))[2], "three");
    const { process: back } = await network.resident("a", "listen", "--json");
    strictEqual((await network.run("b", ["delete", pk, "3"])).status, 0);
    await back.prints("stdout", '"state":"deleted"');
  },
);

networkTest("delete takes a text of the peer away here only", async (network) => {
  const { pk } = await network.resident("a", "listen");
  strictEqual((await network.run("b", ["send", "--id", "1", pk, "mine"])).status, 0);
  const sender = (await network.look("b", "id")).trim();
  await network.look("a", "delete", sender, "1", "--here");
  match(await network.look("a", "history"), /\] \(deleted\)\n$/);
  match(await network.look("b", "history"), /\] mine\n$/);
  strictEqual((await network.run("a", ["delete", sender, "2"])).status, 2);
});

networkTest("A blocked peer gets no ack", async (network) => {
  const { process: listen, pk } = await network.resident("a", "listen");
  const sender = (await network.look("b", "id")).trim();
  await network.look("a", "block", sender);
  const blocked = await network.run("b", ["send", "-w", "3s", pk, "no"]);
  ok([1, 3].includes(blocked.status), `${blocked.status} ${blocked.err}`);
  await network.look("a", "unblock", sender);
  strictEqual((await network.run("b", ["send", pk, "yes"])).status, 0);
  match(await listen.prints("stdout", "yes\n"), /^\[0[23]\w+\/dmsg\] yes\n$/);
});

networkTest(
  "An export that can't be written whole leaves no file, and says how far it came (5)",
  async (network) => {
    const { pk } = await network.resident("a", "daemon");
    strictEqual((await network.run("b", ["send", pk, "x".repeat(4000)])).status, 0);
    const line = "(trap '' XFSZ; ulimit -f 2; dmsg export --identity a half.ndjson); echo $?; ls half.ndjson";
    const { stdout, stderr } = await network.stage.run(line);
    strictEqual(stdout, "5\n");
    match(
      stderr,
      /^\d+ bytes were written and are dropped: there is no half\.ndjson\ndmsg: Cannot write half\.ndjson: /,
    );
  },
);
