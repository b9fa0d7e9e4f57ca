/** Every exit status, provoked once by a failure of its own: words and JSON agree. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { failureOf, Status, STATUS_MEANING } from "../../cli/exit.ts";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { deafPeer, NOBODY, type Said, startNetwork, type TestNetwork } from "../e2e/network.ts";

/** Runs a command of an identity to its end; `signal` is sent once it can be reached. */
async function run(
  network: TestNetwork,
  who: string,
  args: readonly string[],
  signal?: Deno.Signal,
): Promise<Said> {
  if (args.includes("--data-dir") || args[0] === "serve") {
    const { status, stdout, stderr } = await network.stage.run(["dmsg", ...args].join(" "));
    return { status, out: stdout, err: stderr };
  }
  if (!signal) return await network.run(who, args);
  const { process } = await network.resident(who, ...args);
  process.kill(signal);
  const { status, stdout, stderr } = await process.ended();
  return { status, out: fromUtf8(stdout), err: stderr };
}

/** What provokes a status, and what of the words is in the JSON too. */
interface Case {
  readonly status: Status;
  readonly args: (names: { here: string; deaf: string; who: string }) => readonly string[];
  readonly signal?: Deno.Signal;
  /** Members of the JSON, or of its `error`. */
  readonly says: Readonly<Record<string, unknown>>;
}

const CASES: readonly Case[] = [
  { status: Status.done, args: ({ here }) => ["send", here, "x"], says: { acked: true } },
  {
    status: Status.notAcked,
    // Long enough for a slow machine to open the stream: only then is it silence that ends the wait.
    args: ({ deaf }) => ["send", "-w", "5s", deaf, "x"],
    says: { acked: false, reason: "timeout" },
  },
  { status: Status.usage, args: () => ["send", "02ab", "x"], says: { code: "usage" } },
  { status: Status.unreachable, args: () => ["send", NOBODY, "x"], says: { code: "unreachable" } },
  {
    status: Status.refused,
    args: ({ here }) => ["ping", "-n", "1", `${here}:99`],
    says: { code: "refused" },
  },
  { status: Status.local, args: () => ["history", "--data-dir", "a-file/x"], says: { code: "local" } },
  {
    status: Status.noNetwork,
    args: ({ here, who }) => ["send", here, "x", "-d", "http://127.0.0.1:2", "--data-dir", `of-${who}`],
    says: { code: "no-network" },
  },
  {
    status: Status.busy,
    args: () => ["serve", "--discovery-address", "127.0.0.1:0", "--server-address", "127.0.0.1:0"],
    says: { code: "busy" },
  },
  {
    status: Status.queued,
    args: () => ["send", "--queue", "-w", "1s", NOBODY, "x"],
    says: { queued: true },
  },
  { status: Status.interrupted, args: () => ["listen"], signal: "SIGINT", says: { type: "banner" } },
];

Deno.test({
  name: "Each exit status is provoked once, in words and as JSON",
  ignore: Deno.build.os === "windows",
  fn: async (t) => {
    await using network = await startNetwork();
    await Deno.writeTextFile(`${network.stage.home}/a-file`, "in the way");
    await using deaf = await deafPeer(network.ready.discovery, 1);
    const { pk: here } = await network.resident("b", "listen");
    for (const { status, args, signal, says } of CASES) {
      await t.step(`${status}: ${STATUS_MEANING[status]}`, async () => {
        // Side by side, as two people: some of them wait for seconds.
        const said = (who: string, ...more: string[]) =>
          run(network, who, [...args({ here, deaf: deaf.pk, who }), ...more], signal);
        const [words, json] = await Promise.all([said("a"), said("c", "--json")]);
        strictEqual(words.status, status, words.err);
        strictEqual(json.status, status, json.out);
        agree(words, json, status, says);
      });
    }
  },
});

/** The last line of the JSON says what the words say. */
function agree(words: Said, json: Said, status: Status, says: Case["says"]): void {
  const value = JSON.parse(json.out.trim().split("\n").at(-1)!);
  const said = value.error ?? value;
  for (const [name, expected] of Object.entries(says)) deepStrictEqual(said[name], expected, json.out);
  if (!value.error) return;
  strictEqual(value.error.status, status);
  const text = words.err.toLowerCase();
  const message: string = value.error.message.toLowerCase();
  // People get keys cut short, but for those in a URL, which can be opened; of a peer that is away one line: the first
  // sentence, no hint.
  const cut = message.replaceAll(/(?<![\w/])([0-9a-f]{8})[0-9a-f]{58}\b/g, "$1…");
  const line = message.replaceAll(/\b([0-9a-f]{8})[0-9a-f]{58}\b/g, "$1…").split(". ")[0];
  ok(text.includes(cut) || text.includes(line), `${words.err}\n${json.out}`);
  if (value.error.hint && text.includes(cut)) {
    ok(text.includes(value.error.hint.toLowerCase()), `${words.err}\n${json.out}`);
  }
}

Deno.test("A mistake of ours is status 70, whatever was thrown", () => {
  for (const thrown of [new TypeError("x is undefined"), new RangeError("x"), "text", undefined]) {
    const { status, code, message, hint } = failureOf(thrown);
    deepStrictEqual([status, code], [Status.fault, "fault"]);
    ok(message.startsWith("A fault in dmsg: ") && hint?.includes("--verbose"));
  }
});
