import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { newStage } from "../script/script.ts";
import { newLifetime } from "../../cli/lifetime.ts";
import { OutputClosed } from "../../cli/exit.ts";

Deno.test("Lifetime ends the command's signal when nobody reads the output", () => {
  const lifetime = newLifetime();
  strictEqual(lifetime.signal.aborted, false);
  lifetime.outputLost("closed");
  strictEqual(lifetime.signal.reason instanceof OutputClosed, true);
});

/** Waits until a process handles both signals itself, so that the test's signal does not come too early. */
async function handles(pid: number): Promise<void> {
  const both = (1n << 1n) | (1n << 14n);
  for (;;) {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    if (/^State:\tZ/m.test(status)) throw new Error("it has ended before it listened to anything");
    const caught = /SigCgt:\t(\w+)/.exec(status)![1];
    if ((BigInt(`0x${caught}`) & both) === both) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  // The system hears of a handler a moment before the program's own listener is in place.
  await new Promise((resolve) => setTimeout(resolve, 100));
}

for (const [name, status] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  Deno.test({
    name: `Lifetime of a command that waits for input ends by ${name} itself, after it has cleaned up`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      await using stage = await newStage();
      const child = stage.start(["id", "import", "--json"]);
      await handles(child.pid);
      child.kill(name);
      const { code, signal, stdout } = await child.output();
      await child.stdin.close();
      deepStrictEqual([code, signal, JSON.parse(new TextDecoder().decode(stdout))], [status, name, {
        error: { status, code: "interrupted", message: "Interrupted" },
      }]);
    },
  });
}

/** Runs a few lines with a watched lifetime in a process of their own. */
async function inProcess(lines: string, during?: (child: Deno.ChildProcess) => Promise<void>) {
  const module = new URL("../../cli/lifetime.ts", import.meta.url);
  const code = `import { newLifetime } from "${module}";
    const lifetime = newLifetime();
    lifetime.watchProcess();
    ${lines}`;
  const options = { args: ["eval", code], stdout: "piped", stderr: "piped" } as const;
  const child = new Deno.Command(Deno.execPath(), { ...options, args: [...options.args] }).spawn();
  await during?.(child);
  const { code: status, stdout } = await child.output();
  return { status, stdout: new TextDecoder().decode(stdout) };
}

Deno.test("Lifetime turns an error that nobody caught into a fault, not into status 1", async () => {
  const wait = `console.log((await lifetime.overdue).status);`;
  for (const fault of [`Promise.reject(new Error("x"));`, `setTimeout(() => { throw new Error("x"); });`]) {
    deepStrictEqual(await inProcess(fault + wait), { status: 0, stdout: "70\n" });
  }
});

/** When a process that does not stop by itself sends itself a second SIGINT, and how it ends: if not by that, then later. */
const again: readonly [name: string, afterMs: number, status: number, laterMs: number][] = [
  ["Lifetime ends at the second SIGINT a command that does not stop", 700, 130, 60_000],
  ["Lifetime takes a SIGINT that a launcher passes on for the same one", 0, 9, 1200],
];

for (const [name, afterMs, status, laterMs] of again) {
  Deno.test({
    name,
    ignore: Deno.build.os !== "linux",
    async fn() {
      const stuck = `setInterval(() => {}, 1000);
        lifetime.signal.addEventListener("abort", () => {
          setTimeout(() => Deno.kill(Deno.pid, "SIGINT"), ${afterMs});
          setTimeout(() => Deno.exit(9), ${laterMs});
        });`;
      const result = await inProcess(stuck, async (child) => {
        await handles(child.pid);
        child.kill("SIGINT");
      });
      strictEqual(result.status, status);
    },
  });
}

/** A command under a terminal of its own, which is gone when `script` is. */
Deno.test({
  name: "Lifetime ends a command whose terminal is gone, and lets it clean up",
  ignore: Deno.build.os !== "linux" || !hasScript(),
  async fn() {
    const directory = await Deno.makeTempDir();
    const module = new URL("../../cli/lifetime.ts", import.meta.url);
    const code = `import { newLifetime } from "${module}";
      const lifetime = newLifetime();
      lifetime.watchProcess();
      setInterval(() => {}, 1000);
      lifetime.signal.addEventListener("abort", () => {
        setTimeout(() => {
          Deno.writeTextFileSync("${directory}/end", lifetime.signal.reason.name);
          Deno.exit(0);
        }, 100);
      });
      Deno.writeTextFileSync("${directory}/pid", String(Deno.pid));`;
    Deno.writeTextFileSync(`${directory}/main.ts`, code);
    const command = `${Deno.execPath()} run -A ${directory}/main.ts`;
    const script = new Deno.Command("script", {
      args: ["-qfc", command, "/dev/null"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const pid = Number(await contentOf(`${directory}/pid`));
    await new Promise((resolve) => setTimeout(resolve, 100));
    script.kill("SIGKILL");
    await script.status;
    try {
      Deno.kill(pid, "SIGHUP"); // what the shell does besides
    } catch { /* it has ended */ }
    strictEqual(await contentOf(`${directory}/end`), "Interrupted");
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name: "Lifetime of who writes to files alone outlives its terminal, as nohup and a log's rotation expect",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const directory = await Deno.makeTempDir();
    const module = new URL("../../cli/lifetime.ts", import.meta.url);
    await Deno.writeTextFile(
      `${directory}/main.ts`,
      `import { newLifetime } from "${module}";
      const lifetime = newLifetime();
      lifetime.watchProcess();
      setInterval(() => {}, 1000);
      lifetime.signal.addEventListener("abort", () => Deno.exit(lifetime.signal.reason.status));`,
    );
    const into = `exec ${Deno.execPath()} run --no-prompt ${directory}/main.ts >> ${directory}/log 2>&1`;
    const child = new Deno.Command("sh", { args: ["-c", into], stdin: "null" }).spawn();
    await handles(child.pid);
    child.kill("SIGHUP");
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill("SIGTERM"); // it is there to be asked
    strictEqual((await child.status).code, 143);
    await Deno.remove(directory, { recursive: true });
  },
});

function hasScript(): boolean {
  try {
    return new Deno.Command("script", { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}

/** Waits until a file is there and not empty. */
async function contentOf(path: string): Promise<string> {
  for (let left = 500; left > 0; left--) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text !== "") return text;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${path} stays empty`);
}
