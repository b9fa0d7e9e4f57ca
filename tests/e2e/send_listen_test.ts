import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { deafPeer, networkTest, NOBODY } from "./network.ts";

networkTest(
  "send is acked by listen, in words and as JSON, with ids only when asked for",
  async (network) => {
    const { process: listen, pk } = await network.resident("a", "listen");
    const plain = await network.run("b", ["send", pk, "hello"]);
    match(plain.out, new RegExp(`^Acked by ${pk} in \\d+ms\n$`));
    deepStrictEqual([plain.status, plain.err], [0, ""]);
    const verbose = await network.run("b", ["send", "-t", pk, "-m", "with id", "--verbose"]);
    match(verbose.out, new RegExp(`^Acked by ${pk} in \\d+ms \\(id=[0-9a-f]{16}\\)\n$`));
    const json = await network.run("b", ["send", pk, "as JSON", "--json"]);
    match(json.out, new RegExp(`^{"acked":true,"id":"[0-9a-f]{16}","ms":\\d+,"to":"${pk}"}\n$`));
    const shown = await listen.prints("stdout", "as JSON\n");
    match(shown, /^\[0[23][0-9a-f]{64}\/dmsg\] hello\n\[.*\/dmsg\] with id\n\[.*\/dmsg\] as JSON\n$/);
  },
);

networkTest("send without a wait ends when the server has the text", async (network) => {
  const { process: listen, pk } = await network.resident("a", "listen", "--json");
  const sent = await network.run("b", ["send", "-w0", pk, "hello"]);
  deepStrictEqual(sent, { status: 0, out: `Message sent to ${pk} via dmsg\n`, err: "" });
  const json = await network.run("b", ["send", "-w", "0", pk, "again", "--json"]);
  match(json.out, new RegExp(`^{"acked":false,"handed_over":true,"ms":\\d+,"to":"${pk}"}\n$`));
  const lines = (await listen.prints("stdout", "again")).trim().split("\n").map((line) => JSON.parse(line));
  deepStrictEqual(lines.slice(1).map(({ id, body }) => [id, body]), [[undefined, "hello"], [
    undefined,
    "again",
  ]]);
});

networkTest("send to a peer that never acks ends with 1 after its wait", async (network) => {
  await using deaf = await deafPeer(network.ready.discovery, 1);
  const { pk } = deaf;
  const started = Date.now();
  const [plain, json] = await Promise.all([
    network.run("b", ["send", "-w", "8s", pk, "hello"]),
    network.run("c", ["send", "-w", "8s", pk, "hello", "--json"]),
  ]);
  ok(Date.now() - started >= 7500);
  deepStrictEqual(plain, { status: 1, out: "", err: `Send to ${pk} via dmsg not acked: timeout\n` });
  match(json.out, new RegExp(`^{"acked":false,"id":"[0-9a-f]{16}","reason":"timeout","to":"${pk}"}\n$`));
  deepStrictEqual([json.status, json.err], [1, ""]);
});

networkTest("send tells unreachable (3) from refused (4), and no discovery (6)", async (network) => {
  await using other = await deafPeer(network.ready.discovery);
  const { pk } = other;
  const refused = await network.run("b", ["send", pk, "hello"]);
  deepStrictEqual([refused.status, refused.out], [4, ""]);
  match(refused.err, /^dmsg: .* refused the stream: nothing listens on its port 1\n/);
  const unreachable = await network.run("b", ["send", NOBODY, "hello", "--json"]);
  deepStrictEqual([unreachable.status, JSON.parse(unreachable.out).error.code], [3, "unreachable"]);
  const { status } = await network.stage.run(`dmsg send ${NOBODY} hello -d http://127.0.0.1:2`);
  strictEqual(status, 6);
});

networkTest("send takes its text from standard input and drops one newline", async (network) => {
  const { process: listen, pk } = await network.resident("a", "listen");
  for (const [args, input] of [[["-"], "one\n"], [[], "two\nlines\n\n"], [["-"], "three"]] as const) {
    strictEqual((await network.run("b", ["send", pk, ...args], input)).status, 0);
  }
  const shown = await listen.prints("stdout", "three\n");
  deepStrictEqual(shown.replace(/^\[.*?\] /gm, ""), "one\ntwo\\nlines\\n\nthree\n");
});

networkTest("listen --json tells everything about a message", async (network) => {
  const { process: listen, pk } = await network.resident("a", "listen", "--json");
  await network.run("b", ["send", pk], "a\u202eé\n");
  const text = await listen.prints("stdout", '"msg"');
  ok(text.includes("a\\u202eé"), "JSON lines hold no unseen character either");
  const [banner, { ts, id, from, cursor: at, ...rest }] = text.trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  const { cursor, ...banner0 } = banner;
  deepStrictEqual({ ...banner0, ts: "" }, { type: "banner", ts: "", addr: pk, schema: "v1" });
  match(ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  ok(at > cursor, "each event has its cursor");
  match(`${id} ${from}`, /^[0-9a-f]{16} 0[23][0-9a-f]{64}$/);
  const body = "a\u202eé";
  deepStrictEqual(rest, { type: "msg", schema: "v1", to: pk, net: "dmsg", body, dir: "in", len: 6 });
});

networkTest("listen --from does not show others; what they say is kept and acked", async (network) => {
  const friend = (await network.stage.run("dmsg id --identity friend")).stdout.trim();
  const { process: listen, pk } = await network.resident("a", "listen", "--from", friend);
  strictEqual((await network.run("b", ["send", pk, "no"])).status, 0);
  strictEqual((await network.run("friend", ["send", pk, "yes"])).status, 0);
  deepStrictEqual(await listen.prints("stdout", "yes\n"), `[${friend}/dmsg] yes\n`);
});

networkTest("listen --net dmsg shows what came over its port alone", async (network) => {
  const { process: listen, pk } = await network.resident("a", "listen", "--net", "dmsg");
  const b = (await network.stage.run("dmsg id --identity b")).stdout.trim();
  strictEqual((await network.run("b", ["send", "--wait", "0", `${pk}:9001`, "no"])).status, 0);
  for (;;) {
    const { out } = await network.run("a", ["history", "--json"]);
    if (out.includes('"net":"dmsg-chat"')) break;
  }
  strictEqual((await network.run("b", ["send", pk, "yes"])).status, 0);
  deepStrictEqual(await listen.prints("stdout", "yes\n"), `[${b}/dmsg] yes\n`);
});

networkTest(
  "listen ends with 130 at Ctrl+C and takes its entry back; killed, it is unreachable",
  async (network) => {
    const { process: ended, pk } = await network.resident("a", "listen");
    ended.kill("SIGINT");
    const { status, stderr } = await ended.ended();
    deepStrictEqual([status, stderr.endsWith("Press Ctrl+C to stop\n")], [130, true]);
    const gone = await network.run("b", ["send", pk, "hello"]);
    deepStrictEqual([gone.status, /has no entry/.test(gone.err)], [3, true]);
    const { process: killed } = await network.resident("a", "listen");
    killed.kill("SIGKILL");
    await killed.ended();
    strictEqual((await network.run("b", ["send", pk, "hello"])).status, 3);
  },
);

networkTest(
  "listen whose output is closed ends with 5; what nobody saw is kept, so it is acked",
  async (network) => {
    const { stage } = network;
    const shell = stage.run("(dmsg listen --local --identity a 2> err; echo $? > status) | head -n 1");
    let pk: string | undefined;
    for (const late = Date.now() + 120_000; pk === undefined;) {
      ok(Date.now() < late, "it does not listen");
      await new Promise((resolve) => setTimeout(resolve, 50));
      const text = await Deno.readTextFile(`${stage.home}/err`).catch(() => "");
      pk = /at (0[23][0-9a-f]{64})\nPress/.exec(text)?.[1];
    }
    strictEqual((await network.run("b", ["send", pk, "seen"])).status, 0);
    strictEqual((await network.run("b", ["send", "-w", "10s", pk, "not seen"])).status, 0);
    match((await shell).stdout, /\] seen\n$/);
    strictEqual(await Deno.readTextFile(`${stage.home}/status`), "5\n");
  },
);

networkTest("Two sends of one identity queue, and one beside its listen goes through it", async (network) => {
  const { process: listen, pk } = await network.resident("a", "listen");
  const both = await Promise.all(["1", "2"].map((text) => network.run("b", ["send", pk, text])));
  deepStrictEqual(both.map(({ status }) => status), [0, 0]);
  const beside = await network.run("a", ["send", pk, "to myself"]);
  deepStrictEqual([beside.status, beside.err], [0, ""]);
  match(await listen.prints("stdout", "to myself\n"), /\] to myself\n/);
});

networkTest(
  "chat sends each line and shows what its peer says, after what was said before",
  async (network) => {
    const { process: listen, pk } = await network.resident("a", "listen");
    const sent = await network.run("b", ["chat", pk], "one\n\ntwo\n");
    deepStrictEqual([sent.status, sent.out.replaceAll(/\d+ ms/g, "N ms")], [0, "  ✓ N ms\n  ✓ N ms\n"]);
    const shown = await listen.prints("stdout", "two\n");
    deepStrictEqual(shown.replace(/^\[.*?\] /gm, ""), "one\ntwo\n");
    const peer = /^\[(.*?)\//.exec(shown)![1];
    listen.kill("SIGINT");
    await listen.ended();
    const { process: chat } = await network.resident("a", "chat", peer);
    strictEqual((await network.run("b", ["send", pk, "a\nb"])).status, 0);
    strictEqual((await network.run("c", ["send", pk, "not here"])).status, 0);
    strictEqual((await network.run("b", ["send", pk, "end"])).status, 0);
    const lines = (await chat.prints("stdout", "end\n")).replaceAll(
      /^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d/gm,
      "TIME",
    );
    const from = peer.slice(0, 8);
    const past = `TIME [${from}] one\nTIME [${from}] two\n`;
    deepStrictEqual(lines, `${past}[${from}] a\\nb\n[${from}] end\n`);
    chat.kill("SIGINT");
    strictEqual((await chat.ended()).status, 130);
  },
);

networkTest(
  "chat keeps what is written while its peer is away, and sends it when the peer is back",
  async (network) => {
    const { process: listen, pk } = await network.resident("a", "listen");
    listen.kill("SIGINT");
    await listen.ended();
    const piped = await network.run("b", ["chat", pk], "one\n");
    strictEqual(piped.status, 10);
    match(piped.out, /^ {2}… kept for later: Cannot reach .* — "one"\n$/);
    match(piped.err, /^Kept for later: 1; they leave when /m);
    const insisting = await network.run("b", ["chat", pk, "--require-pq"], "not kept\n");
    deepStrictEqual([insisting.status, /^ {2}✗ not acked: Cannot reach /m.test(insisting.out)], [3, true]);
    const { process: chat } = await network.resident("b", "chat", pk);
    await chat.write("two\n");
    await chat.prints("stdout", '— "two"\n');
    const { process: back } = await network.resident("a", "listen");
    await chat.write("three\n");
    const shown = await back.prints("stdout", "three\n");
    await chat.prints("stdout", '✓ "two"\n');
    // "three" left at once or behind what waited: once it is acked the status says so.
    for (let all = ""; (all.match(/"state":"received"/g) ?? []).length < 3;) {
      all = await network.look("b", "history", "--json");
    }
    await chat.end();
    strictEqual((await chat.ended()).status, 0);
    deepStrictEqual(shown.replace(/^\[.*?\] /gm, ""), "one\ntwo\nthree\n");
  },
);
