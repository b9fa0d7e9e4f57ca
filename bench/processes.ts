/**
 * Whole processes: starting them with the release's permissions and V8 flags, timing them, and their peak memory.
 *
 * @module
 */
import { concat, fromUtf8 } from "../lib/wire/bytes.ts";
import { BUNDLE_RUN_ARGS, RUN_ARGS, TOP, V8_FLAGS } from "../scripts/release.ts";

/** The V8 flags of other builds, by their bundles. */
const flagsOf = new Map<string, string>();

/** The runtime's arguments for our program; `bundle` names a bundled one, `besides` are those of a command. */
export const programArgs = (bundle?: string, ...besides: string[]): string[] =>
  bundle === undefined ? [...RUN_ARGS, ...besides, "--cached-only", `${TOP}main.ts`] : [
    ...BUNDLE_RUN_ARGS.map((arg) => arg === V8_FLAGS ? flagsOf.get(bundle) ?? arg : arg),
    ...besides,
    bundle,
  ];

/** The runtime's arguments for a yardstick. */
export const yardstickArgs = (
  name: string,
): string[] => ["run", "--cached-only", "--no-prompt", V8_FLAGS, `${TOP}bench/${name}`];

/** How a process ended. */
export interface Run {
  readonly code: number;
  readonly ms: number;
  /** Most resident memory, MiB; NaN where the system does not tell. */
  readonly peakMiB: number;
  /** User and system time, seconds; NaN where the system does not tell. */
  readonly cpuS: number;
  readonly stdout: string;
}

/** Whether there is such a file. */
export function hasFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Whether GNU time is here: it tells peak memory and CPU time of short processes exactly. */
const gnuTime: boolean = hasFile("/usr/bin/time");

/** A command and its arguments, under GNU time when it is here. */
function timed(
  command: string,
  args: readonly string[],
  report: string,
): { command: string; args: string[] } {
  if (!gnuTime) return { command, args: [...args] };
  return { command: "/usr/bin/time", args: ["-o", report, "-f", "%M %U %S", command, ...args] };
}

async function readReport(report: string): Promise<{ peakMiB: number; cpuS: number }> {
  try {
    const last = (await Deno.readTextFile(report)).trim().split("\n").at(-1)!;
    const [kib, user, system] = last.split(" ").map(Number);
    return { peakMiB: kib / 1024, cpuS: user + system };
  } catch {
    return { peakMiB: NaN, cpuS: NaN };
  } finally {
    await Deno.remove(report).catch(() => {});
  }
}

/** A home directory of a measured program. */
export const environment = (home: string): Record<string, string> => ({
  HOME: home,
  PATH: "/usr/bin:/bin",
  NO_COLOR: "1",
  DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
});

/** Runs a process of ours to its end and measures it whole, from before its start to after its end. */
export const measured = (args: readonly string[], home: string): Promise<Run> =>
  measuredCommand(Deno.execPath(), args, home);

/** The same for any command, and all that it waits for. */
export async function measuredCommand(
  name: string,
  args: readonly string[],
  home: string,
  env: Record<string, string> = {},
): Promise<Run> {
  const report = await Deno.makeTempFile();
  const { command, args: all } = timed(name, args, report);
  const startedMs = performance.now();
  const result = await new Deno.Command(command, {
    args: all,
    env: { ...environment(home), ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).output();
  const ms = performance.now() - startedMs;
  return { code: result.code, ms, stdout: fromUtf8(result.stdout), ...await readReport(report) };
}

/** So much of what a process has printed last can be asked for. */
const SEEN_BYTES = 64 * 1024;

/** A process that stays until it is ended. */
export interface Resident {
  readonly child: Deno.ChildProcess;
  /** Waits for text on a stream and gives the match. */
  line(stream: "stdout" | "stderr", wanted: RegExp): Promise<RegExpExecArray>;
  /** Resident memory now, MiB; NaN where the system does not tell. */
  memoryMiB(): number;
  /** The part of it that is the process's own, and no page of a file that the system can drop and read again, MiB. */
  privateMiB(): number;
  /** Most resident memory so far, MiB. */
  peakMiB(): number;
  /** User and system time so far, seconds. */
  cpuS(): number;
  /** Ends it and waits. */
  end(): Promise<void>;
}

/** User and system time of a process so far, seconds; NaN where the system does not tell. */
export function cpuSecondsOf(pid: number): number {
  try {
    const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1].split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return NaN;
  }
}

/** Processor time of this thread so far, ms; the clock's where the system does not tell. */
export function threadMs(): number {
  try {
    return Number(Deno.readTextFileSync("/proc/thread-self/schedstat").split(" ")[0]) / 1e6;
  } catch {
    return performance.now();
  }
}

/** Starts our program or another Deno program as a process that stays. */
export function resident(args: readonly string[], home: string): Resident {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: environment(home),
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return residentOf(child, ["stdin", "stdout", "stderr"]);
}

/** Wraps a running child; streams that are not piped are never asked for. `pid` is the process to look at. */
export function residentOf(
  child: Deno.ChildProcess,
  piped: readonly ("stdin" | "stdout" | "stderr")[],
  pid: () => number = () => child.pid,
): Resident {
  const seen: Record<"stdout" | "stderr", Uint8Array[]> = { stdout: [], stderr: [] };
  const wake = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    if (!piped.includes(name)) continue;
    void (async () => {
      let bytes = 0;
      // Text is made of it when somebody asks: what a process prints must not cost the one that measures it.
      for await (const part of child[name]) {
        seen[name].push(part);
        bytes += part.length;
        while (bytes - seen[name][0].length > SEEN_BYTES) bytes -= seen[name].shift()!.length;
        for (const tell of wake) tell();
      }
    })();
  }
  const status = (field: string): number => {
    try {
      const text = Deno.readTextFileSync(`/proc/${pid()}/status`);
      return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(text)?.[1]) / 1024;
    } catch {
      return NaN;
    }
  };
  return {
    child,
    line: (stream, wanted) =>
      new Promise((resolve) => {
        const look = () => {
          const hit = wanted.exec(fromUtf8(concat(...seen[stream])));
          if (!hit) return;
          wake.delete(look);
          resolve(hit);
        };
        wake.add(look);
        look();
      }),
    memoryMiB: () => status("VmRSS"),
    privateMiB: () => status("RssAnon"),
    peakMiB: () => status("VmHWM"),
    cpuS: () => cpuSecondsOf(pid()),
    end: async () => {
      try {
        child.kill("SIGTERM");
      } catch { /* it has ended already */ }
      if (piped.includes("stdin")) await child.stdin.close().catch(() => {});
      await child.status;
    },
  };
}

/** Our network as a process of its own. */
export async function ourNetwork(
  home: string,
  bundle?: string,
  ...more: string[]
): Promise<Resident & { readonly discovery: string }> {
  const args = ["serve", "--json", "--discovery-address", "127.0.0.1:0", "--server-address", "127.0.0.1:0"];
  const network = resident([...programArgs(bundle), ...args, ...more], home);
  const [, line] = await network.line("stdout", /^(\{.*\})\n/);
  return Object.assign(network, { discovery: JSON.parse(line).discovery as string });
}

/** A `listen` process and its key. */
export async function listening(
  home: string,
  discovery: string,
  bundle?: string,
): Promise<Resident & { pk: string }> {
  const listener = resident([...programArgs(bundle), "listen", "--json", "--discovery", discovery], home);
  const [, pk] = await listener.line("stdout", /"addr":"([0-9a-f]{66})/);
  return Object.assign(listener, { pk });
}

/** The checkout of another build, to run in turns with this one. */
export const BASE: string | undefined = Deno.env.get("DMSG_BENCH_BASE");

/** The bundle of another checkout, which is run with the V8 flags that it is released with. */
export async function bundleOf(checkout: string): Promise<string> {
  const path = `${await Deno.makeTempDir()}/dmsg.mjs`;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "bundle", path],
    cwd: checkout,
    stdout: "null",
    stderr: "null",
  }).output();
  if (!success) throw new Error(`${checkout} can't be bundled`);
  const release = await import(`${checkout}/scripts/release.ts`);
  flagsOf.set(path, release.V8_FLAGS);
  return path;
}
