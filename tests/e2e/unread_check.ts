/**
 * Every command that prints for as long as it runs, with its output and its errors in a pipe that nobody reads and that
 * is full from the start: the network, the owner's socket and signals go on.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { networkTest, type Said, type TestNetwork } from "./network.ts";
import { hostOn } from "./scp_stage.ts";
import { exposed, serving, tcpService } from "./services.ts";

/** Fills the pipe, however much it holds, then becomes the command. */
const INTO_A_FULL_PIPE = 'head -c 4194304 /dev/zero 2>&- & exec dmsg "$@" 2>&1';
/** Twice what pipe and program hold together. */
const LINES = Array.from({ length: 60 }, (_, i) => `${i} ${"x".repeat(5000)}\n`).join("");
/** Longest wait for what has to come: others use the machine as well. */
const PATIENCE_MS = 60_000;
/** How long `status` may take, and the end with its grace of 3 s. */
const [STATUS_MS, END_MS] = [30_000, 30_000];
/** Commands at once: they wait more than they work. */
const LANES = 4;
/** What passes is mostly started by then, and has printed all that anybody takes. */
const PASSING_MS = 3000;
/** Of a file that no pipe holds. */
const HUGE = 16 << 20;

/** Who takes part. */
interface Parts {
  readonly network: TestNetwork;
  /** Identity and key of the command. */
  readonly me: string;
  readonly pk: string;
  /** Key of b, whose daemon runs. */
  readonly other: string;
  /** Where a stream, a page and a file of others lie. */
  readonly stream: string;
  readonly page: string;
  readonly file: string;
  /** A command of b's that succeeds. */
  readonly did: (args: readonly string[], input?: string) => Promise<Said>;
}

/** A command, and what makes it print. */
interface Case {
  readonly args: (parts: Parts) => readonly string[];
  /** Before it starts. */
  readonly prepare?: (parts: Parts) => Promise<unknown>;
  /** While it runs. */
  readonly flood?: (parts: Parts) => Promise<unknown>;
  /** It ends by itself once it is read: it takes no messages, and what only looks has given the identity back. */
  readonly passing?: "looks" | "dials";
}

/** Much is said; what is not acked in time on a loaded machine arrives later, and what is said next waits for it. */
const talks = ({ network, pk }: Parts): Promise<Said> => network.run("b", ["chat", pk], LINES);

/** A group of b and the command's identity. */
const grouped = {
  async prepare({ network, did, me }: Parts): Promise<void> {
    await did(["group", "create", me, "--join", "link"]);
    const { link } = JSON.parse((await did(["group", "invite", me, "--json"])).out);
    strictEqual((await network.run(me, ["group", "join", link])).status, 0);
  },
  flood: ({ network, me }: Parts): Promise<Said> => network.run("b", ["chat", me], LINES),
};

/** One value: more are not taken in the time of a test. */
const publishes = ({ did, pk }: Parts): Promise<Said> =>
  did(["widget", pk, "w", "y".repeat(200), "--kind", "text"]);

/** Long questions, each told in the log. */
async function asks({ network, pk }: Parts): Promise<void> {
  for (let i = 0; i < 6; i++) {
    strictEqual((await network.run("b", ["http", "get", `${pk}:80/${`${i}`.repeat(4000)}`])).status, 8);
  }
}

/** Of an identity that talks before. */
const wrote = ({ network, me, other }: Parts): Promise<Said> => network.run(me, ["chat", other], LINES);

const CASES: Readonly<Record<string, Case>> = {
  "listen": { args: () => ["listen"], flood: talks },
  "listen --json": { args: () => ["listen", "--json"], flood: talks },
  "listen --exec cat": { args: () => ["listen", "--exec", "cat"], flood: talks },
  "daemon": { args: () => ["daemon", "-v"], flood: talks },
  "daemon --json": { args: () => ["daemon", "-v", "--json"], flood: talks },
  "chat --plain": { args: () => ["chat", "--plain"], flood: talks },
  "chat PEER": { args: ({ other }) => ["chat", other], flood: talks },
  "group listen": { args: () => ["group", "listen"], ...grouped },
  "group listen --json": { args: () => ["group", "listen", "--json"], ...grouped },
  "dash --watch": { args: ({ other }) => ["dash", other, "--watch"], prepare: wrote, flood: publishes },
  "dash --watch --json": {
    args: ({ other }) => ["dash", other, "--watch", "--json"],
    prepare: wrote,
    flood: publishes,
  },
  "bot run": {
    args: () => ["bot", "run", "--", "sh", "-c", 'while read -r l; do echo none; echo "$l" >&2; done'],
    flood: talks,
  },
  "bot echo": { args: ({ other }) => ["bot", "echo", "--in", other], prepare: wrote, flood: talks },
  "bot visor": { args: ({ other }) => ["bot", "visor", "--in", other], prepare: wrote, flood: talks },
  "http serve": { args: () => ["http", "serve", "www", "-v"], flood: asks },
  "expose": { args: () => ["expose", "81", "9", "-v"] },
  "forward": { args: ({ stream }) => ["forward", "0", stream, "-v"] },
  "scp-host": { args: () => ["scp-host", "www"] },
  "nc -l": {
    args: () => ["nc", "-l", "5000"],
    flood: ({ network, pk }) => network.start("b", "nc", `${pk}:5000`).write(LINES),
  },
  "nc": { args: ({ stream }) => ["nc", stream], passing: "dials" },
  "http get": { args: ({ page }) => ["http", "get", page], passing: "dials" },
  "scp to standard output": { args: ({ file }) => ["scp", file, "-"], passing: "dials" },
  "ping": { args: ({ other }) => ["ping", other, "-n", "9999", "--interval", "1ms"], passing: "dials" },
  "history": { args: () => ["history", "--limit", "0"], prepare: wrote, passing: "looks" },
  "export": { args: () => ["export", "-"], prepare: wrote, passing: "looks" },
};

networkTest(
  "A command whose output and errors nobody reads stays what it is, whichever it is",
  async (network) => {
    const { home } = network.stage;
    await Deno.mkdir(`${home}/www`);
    await Deno.writeFile(`${home}/www/huge`, new Uint8Array(HUGE));
    await using source = tcpService(async (conn) => {
      for (;;) await conn.write(new Uint8Array(HUGE));
    });
    const { pk: other } = await network.resident("b", "daemon");
    const { address: stream } = await exposed(network, "x", source.port, "--anyone");
    const { address } = await serving(network, "www");
    const copies = await hostOn(network);
    await Deno.copyFile(`${home}/www/huge`, `${home}/shared/huge`);
    const did = async (args: readonly string[], input?: string): Promise<Said> => {
      const said = await network.run("b", args, input);
      strictEqual(said.status, 0, `${args.join(" ").slice(0, 100)}: ${said.err}`);
      return said;
    };
    const rows = await Promise.all(
      Object.entries(CASES).map(async ([name, row], i) => {
        const me = `c${i}`;
        return { name, row, me, pk: (await network.look(me, "id")).trim() };
      }),
    );
    await copies.list(rows.map(({ pk }) => pk).join("\n"));
    const problems: string[] = [];
    const each = rows.values();
    await Promise.all(Array.from({ length: LANES }, async () => {
      for (const { name, row, me, pk } of each) {
        const parts = {
          network,
          me,
          pk,
          other,
          stream,
          page: `${address}/huge`,
          file: `${copies.pk}:huge`,
          did,
        };
        await unread(parts, row).catch((error: Error) => problems.push(`${name}: ${error.stack}`));
      }
    }));
    deepStrictEqual(problems, []);
  },
);

/** Starts a command into a full pipe, and looks whether it does all the rest. */
async function unread(parts: Parts, { args, prepare, flood, passing }: Case): Promise<void> {
  await prepare?.(parts);
  const { network, me, pk, did } = parts;
  const place = ["--local", "--identity", me];
  const words = [...args(parts)];
  const end = words.includes("--") ? words.indexOf("--") : words.length;
  const child = network.stage.startLine(INTO_A_FULL_PIPE, [
    ...words.slice(0, end),
    ...place,
    ...words.slice(end),
  ]);
  try {
    if (passing) await sleep(PASSING_MS);
    else await until(async () => (await status(network, me)).registered, "it can't be reached");
    await flood?.(parts);
    // It may have begun just now; one that waits for its reader would keep the identity for ever.
    if (passing === "looks") {
      await until(async () => !(await status(network, me)).running, "it has the identity");
    }
    if (!passing) {
      const before = (await status(network, me)).inbound_msg_count;
      await did(["send", pk, "hello", "--wait", "30s"]);
      const { running, inbound_msg_count } = await within(STATUS_MS, status(network, me));
      deepStrictEqual([running, inbound_msg_count > before], [true, true]);
    }
    child.kill("SIGTERM");
    strictEqual((await within(END_MS, child.status)).signal, "SIGTERM");
  } finally {
    try {
      child.kill("SIGKILL");
    } catch { /* it has ended */ }
    await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.stdin.close().catch(() => {})]);
    await child.status;
  }
}

const status = async (network: TestNetwork, me: string) =>
  JSON.parse(await network.look(me, "status", "--json"));

/** @param what  What is said when it does not come to hold. */
async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  for (const late = Date.now() + PATIENCE_MS; !await holds();) {
    ok(Date.now() < late, what);
    await sleep(200);
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const startMs = performance.now();
  const value = await work;
  ok(performance.now() - startMs < ms, `it took ${Math.round(performance.now() - startMs)} ms`);
  return value;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
