/** Terminals that are killed while messages stream in. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { networkTest, type TestNetwork } from "./network.ts";
import { hasTmux, Pane } from "./tmux.ts";

const ROUNDS = 4;
const PANES = 5;
/** Lines a second. */
const RATE = 200;
const TICK_MS = 50;

const title = "20 killed panes at 200 messages a second leave no process";

if (!hasTmux) Deno.test({ name: `${title} (skipped: there is no tmux)`, ignore: true, fn: () => {} });
else {
  for (const owner of ["a daemon", "the first of them"] as const) {
    networkTest(`${title}; the identity's owner is ${owner}`, (network) => killed(network, owner));
  }
}

async function killed(network: TestNetwork, owner: "a daemon" | "the first of them"): Promise<void> {
  const { stage } = network;
  const [pk, writer] = [await keyOf(network, "a"), await keyOf(network, "b")];
  if (owner === "a daemon") await network.resident("a", "daemon");
  await using flood = flooding(network, pk);
  const pids: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const seen = flood.sent;
    const opened = Array.from({ length: PANES }, () => Pane.open(stage, "a", `chat ${writer}`));
    const panes = await Promise.all(opened);
    await using _ = { [Symbol.asyncDispose]: () => killAtOnce(panes) };
    for (const pane of panes) {
      await pane.shows(/^»/m, /\bline \d+\b/);
      pids.push(await pane.pid());
    }
    await until(
      async () => (await alive(stage, pids)).length === PANES,
      "all of this round live, and no other",
    );
    ok(flood.sent > seen, "lines come meanwhile");
  }
  deepStrictEqual(new Set(pids).size, ROUNDS * PANES);
  // A second each, where the machine has nothing else to do.
  await until(async () => (await alive(stage, pids)).length === 0, "all of them are gone");
}

/** Not one behind the other, as a stack of them would: who owns the identity ends while the others do. */
async function killAtOnce(panes: readonly Pane[]): Promise<void> {
  await Promise.all(panes.map((pane) => pane[Symbol.asyncDispose]()));
}

const keyOf = async ({ look }: TestNetwork, identity: string): Promise<string> =>
  (await look(identity, "id")).trim();

async function alive(stage: TestNetwork["stage"], pids: readonly number[]): Promise<string[]> {
  const { stdout } = await stage.run(`ps -o pid=,args= -p ${pids.join(",")}`);
  return stdout.trim().split("\n").filter((line) => line.includes("dmsg.mjs"));
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  for (const late = Date.now() + 60_000; !await holds();) {
    ok(Date.now() < late, `it never came that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Somebody who writes without an end, and is acked or has it kept. */
function flooding(network: TestNetwork, to: string): AsyncDisposable & { readonly sent: number } {
  const chat = network.start("b", "chat", to);
  const flood = {
    sent: 0,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      chat.kill("SIGKILL");
      await chat.ended();
    },
  };
  const timer = setInterval(() => {
    const lines = Array.from({ length: RATE * TICK_MS / 1000 }, () => `line ${flood.sent++}\n`);
    void chat.write(lines.join("")).catch(() => {});
  }, TICK_MS);
  return flood;
}
