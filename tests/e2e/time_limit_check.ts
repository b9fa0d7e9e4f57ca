import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { newStage } from "../script/script.ts";
import { networkTest, NOBODY, startNetwork } from "./network.ts";

/** Where nothing listens: a command that asks there is told so at once. */
const NOWHERE = "http://127.0.0.1:2";

/** A discovery that takes connections and says nothing. */
function silentDiscovery(): Disposable & { readonly url: string } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const taken: Deno.Conn[] = [];
  void (async () => {
    for await (const conn of listener) taken.push(conn);
  })().catch(() => {});
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    [Symbol.dispose]() {
      for (const conn of taken) conn.close();
      listener.close();
    },
  };
}

const timed = async <T>(work: Promise<T>): Promise<[T, number]> => {
  const startMs = performance.now();
  return [await work, performance.now() - startMs];
};

/** What may be added to a limit: others use the machine as well, and then as many commands that wait for nothing take long. */
const slackMs = async (...unhindered: Promise<unknown>[]): Promise<number> =>
  1000 + 3 * (await timed(Promise.all(unhindered)))[1];

Deno.test({
  name: "A discovery that says nothing is told within the limit that was given, else within 6 s",
  ignore: Deno.build.os === "windows",
  async fn() {
    using discovery = silentDiscovery();
    await using stage = await newStage();
    const lines: [line: string, leastMs: number, mostMs: number][] = [
      [`send ${NOBODY} x --wait 2s`, 1600, 2200],
      [`ping ${NOBODY} --timeout 2s`, 1600, 2200],
      ["sync --wait 3s", 2600, 3300], // less than a discovery has for an answer
      [`send ${NOBODY} x`, 4500, 6000],
      [`send ${NOBODY} x --wait 0`, 4500, 6000],
      ["disc servers", 4500, 6000],
      [`nc ${NOBODY}:5000`, 4500, 6000],
      ["nc -l 5000", 4500, 6000],
    ];
    for (const [i, [line]] of lines.entries()) await stage.run(`dmsg id --identity n${i} # for ${line}`);
    const all = (url: string) =>
      lines.map(([line], i) => {
        const who = line.startsWith("disc") ? "" : `--identity n${i}`;
        return timed(stage.run(`dmsg ${line} ${who} -d ${url}`));
      });
    const moreMs = await slackMs(...all(NOWHERE));
    const results = await Promise.all(all(discovery.url));
    for (const [i, [{ status, stderr }, ms]] of results.entries()) {
      const [line, leastMs, mostMs] = lines[i];
      strictEqual(status, 6, `${line}: ${stderr}`);
      match(stderr, /did not answer within \d+ ms/);
      ok(ms > leastMs && ms < mostMs + moreMs, `${line}: ${ms} ms, and ${moreMs} ms may be added`);
    }
  },
});

Deno.test({
  name: "Who asks to be let into a group is told that no discovery answers, not that all is well",
  ignore: Deno.build.os === "windows",
  async fn() {
    using discovery = silentDiscovery();
    await using stage = await newStage();
    const { stdout } = await stage.run(`dmsg group create ops --json -d ${NOWHERE}`);
    await stage.run("dmsg id create --identity b");
    const joined = await stage.run(
      `dmsg group join ${JSON.parse(stdout).invite} --wait 1s --identity b -d ${NOWHERE}`,
    );
    strictEqual(joined.status, 10, joined.stderr);
    for (const line of ["group poll", "group poll ops"]) {
      const { status, stderr } = await stage.run(`dmsg ${line} --wait 2s --identity b -d ${discovery.url}`);
      strictEqual(status, 6, `${line}: ${stderr}`);
      match(stderr, /did not answer within \d+ ms/);
    }
  },
});

networkTest("A peer that stands still is told within the limit that was given", async (network) => {
  const { process: peer, pk } = await network.resident("a", "listen");
  const moreMs = await slackMs(network.run("b", ["send", pk, "x"]));
  peer.kill("SIGSTOP");
  const [[sent, sentMs], [pinged, pingedMs]] = [
    await timed(network.run("b", ["send", pk, "x", "--wait", "2s"])),
    await timed(network.run("b", ["ping", pk, "--timeout", "1s"])),
  ];
  peer.kill("SIGCONT");
  deepStrictEqual([sent.status, pinged.status], [3, 3]);
  ok(sentMs > 1800 && sentMs < 2200 + moreMs, `${sentMs} ms`);
  ok(pingedMs > 900 && pingedMs < 1100 + moreMs, `${pingedMs} ms`);
});

Deno.test({
  name: "A daemon of ours that does not answer is told as that after 3 s, or within the limit",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using network = await startNetwork();
    const { process: daemon } = await network.resident("a", "daemon");
    const moreMs = await slackMs(
      network.stage.run("dmsg status --identity a"),
      network.run("a", ["send", NOBODY, "x", "--wait", "1s"]),
    );
    daemon.kill("SIGSTOP");
    const [[status, statusMs], [sent, sentMs]] = await Promise.all([
      timed(network.stage.run("dmsg status --identity a")),
      timed(network.run("a", ["send", NOBODY, "x", "--wait", "1s"])),
    ]);
    daemon.kill("SIGCONT");
    deepStrictEqual([status.status, sent.status], [7, 7]);
    const told = /^dmsg: `dmsg daemon` \(process \d+\) has this identity and does not answer\nhint: .*kill/;
    match(status.stderr, told);
    match(sent.err, told);
    ok(statusMs > 2900 && statusMs < 3300 + moreMs, `${statusMs} ms`);
    ok(sentMs > 900 && sentMs < 1100 + moreMs, `${sentMs} ms`);
    deepStrictEqual((await network.stage.run("dmsg status --identity a")).status, 0);
  },
});
