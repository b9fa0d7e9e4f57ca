import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { networkTest } from "./network.ts";

/** Waits until a file has a number of lines. */
async function linesOf(path: string, count: number): Promise<string[]> {
  for (const late = Date.now() + 120_000;;) {
    const lines = (await Deno.readTextFile(path).catch(() => "")).split("\n").slice(0, -1);
    if (lines.length >= count) return lines;
    ok(Date.now() < late, `${path} has no ${count} lines`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whether a process runs; one that nobody has looked at after its end does not. */
function isAlive(pid: number): boolean {
  const { stdout } = new Deno.Command("ps", { args: ["-o", "stat=", "-p", String(pid)] }).outputSync();
  return /^[^Z\s]/.test(new TextDecoder().decode(stdout));
}

networkTest("listen --exec that is ended leaves no command behind, deaf ones neither", async (network) => {
  const file = `${network.stage.home}/pids`;
  const command = `trap '' TERM INT; (echo $$ >> ${file}; sleep 60) & echo $! >> ${file}; wait; sleep 60`;
  const { process: listen, pk } = await network.resident("a", "listen", "--exec", command);
  strictEqual((await network.run("b", ["send", pk, "x"])).status, 0);
  const pids = (await linesOf(file, 2)).map(Number);
  const startMs = performance.now();
  listen.kill("SIGTERM");
  strictEqual((await listen.ended()).status, 143);
  const tookMs = performance.now() - startMs;
  ok(tookMs > 1900 && tookMs < 15_000, `${tookMs} ms`);
  deepStrictEqual(pids.map(isAlive), [false, false]);
});

networkTest("listen --exec never runs a message beside itself, also when it was killed", async (network) => {
  const log = `${network.stage.home}/log`;
  const go = `${network.stage.home}/go`;
  const command =
    `echo begin >> ${log}; for i in $(seq 1200); do [ -e ${go} ] && break; sleep 0.1; done; echo end >> ${log}`;
  const { process: first, pk } = await network.resident("a", "listen", "--exec", command);
  strictEqual((await network.run("b", ["send", pk, "x"])).status, 0);
  await linesOf(log, 1);
  first.kill("SIGKILL"); // its output ends with that of the command, which goes on
  const { process: second } = await network.resident("a", "listen", "--exec", command);
  match(
    await second.prints("stderr", "waited for"),
    /process \d+ of the last run still has message 1 of 0[23]\w+; it is/,
  );
  await Deno.writeTextFile(go, "");
  deepStrictEqual(await linesOf(log, 4), ["begin", "end", "begin", "end"]);
});

networkTest("A second listen --exec with the same cursor file is refused", async (network) => {
  await network.resident("a", "listen", "--exec", "true");
  const { status, err } = await network.run("a", ["listen", "--exec", "true"]);
  strictEqual(status, 7);
  match(
    err,
    /^dmsg: A listen --exec with \S+\/exec\.cursor runs already, as process \d+\nhint: Name another/,
  );
  const other = network.start(
    "a",
    "listen",
    "--exec",
    "true",
    "--cursor-file",
    `${network.stage.home}/other`,
  );
  await other.prints("stderr", "Listening");
});

networkTest("listen --exec tells how a command failed, and for which message", async (network) => {
  const file = `${network.stage.home}/tries`;
  const command = `echo >> ${file}; case $(wc -l < ${file}) in 1) exit 3;; 2) kill -9 $$;; esac`;
  const { process: listen, pk } = await network.resident("a", "listen", "--exec", command);
  strictEqual((await network.run("b", ["send", pk, "x"])).status, 0);
  await linesOf(file, 3);
  const told = await listen.prints("stderr", "again in 2 s");
  match(told, /failed with status 3 for message 1 of 0[23]\w+; it is run again in 1 s\n/);
  match(told, /was ended by SIGKILL for message 1 of 0[23]\w+; it is run again in 2 s\n/);
});
