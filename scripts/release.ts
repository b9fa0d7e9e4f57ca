/**
 * The shape of a release in one place: version, permissions, V8 flags. The scripts that make one, the tests and
 * the benchmarks all take them from here.
 *
 * @module
 */
import { SYS_NAMES } from "../cli/permissions.ts";
import { VERSION } from "../cli/version.ts";
import { ENV_NAMES } from "../lib/sys/env.ts";

import { complaintOf, isAboutNetwork, ScriptError } from "./script_main.ts";

export { VERSION };

/** The top of the repository, with a slash at its end. */
export const TOP: string = new URL("../", import.meta.url).pathname;

/**
 * What the program is granted; each command gives back what its line in cli/commands/mod.ts does not name. The
 * runtime lets programs import from some hosts when it is not told otherwise.
 */
export const PERMISSIONS: readonly string[] = [
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  `--allow-env=${ENV_NAMES.join(",")}`,
  ...SYS_NAMES.length > 0 ? [`--allow-sys=${SYS_NAMES.join(",")}`] : [],
  "--allow-run",
  "--deny-import",
];

/**
 * A third less memory for a third more time in bulk work that is not ours; in ours no memory when idle, and
 * a tenth less for a third more time when busy (bench/README.md "Memory for time"). A scavenge of one MiB by
 * several threads costs more than by one: 10 ms of a cold send. The curve is WebAssembly, which V8 would compile
 * again after some ten multiplications: 20 ms and 12 MiB, for 0.27 ms a multiplication instead of 0.35.
 * Optimising beside the main thread costs 5 MiB and gains no time here.
 */
export const V8_FLAGS =
  "--v8-flags=--optimize-for-size,--min-semi-space-size=1,--max-semi-space-size=1,--no-parallel-scavenge,--liftoff-only,--no-concurrent-recompilation";

/**
 * What `chat` is started with besides. It waits for a person: V8's last compiler gains it little, and its code and what
 * it makes are 4 of its MiB. Without the other two it would take 2 MiB less still, and 2 to 3 times the processor time
 * under 200 messages a second. Only a launcher can say this: in a compiled file the flags of all commands are the same.
 */
export const CHAT_V8_FLAGS = "--v8-flags=--no-opt";

/**
 * The runtime's arguments for a program of ours, up to the program. Each time it has loaded a piece that is used only
 * now, the runtime takes its progress away from the terminal, also when it showed none: the row of the cursor and all
 * below it. On a screen those are ours; `--quiet` leaves them alone.
 */
export const RUN_ARGS: readonly string[] = ["run", "--quiet", "--unstable-kv", ...PERMISSIONS, V8_FLAGS];

/** The same for a bundle: it needs no package, no configuration and no lock file, wherever it lies. */
export const BUNDLE_RUN_ARGS: readonly string[] = [
  ...RUN_ARGS,
  "--no-config",
  "--no-lock",
  "--no-remote",
  "--no-npm",
];

/**
 * Runs the runtime, by default at the top of the repository.
 * @throws {ScriptError} With what it said when it fails; a hint when the network was the reason.
 */
export async function runDeno(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = TOP,
): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", RUST_BACKTRACE: "0", ...env },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  const complaint = complaintOf(new TextDecoder().decode(stderr));
  throw new ScriptError(
    `deno ${args[0]} failed: ${complaint}`,
    isAboutNetwork(complaint) ? "What is not here yet is fetched once: try again with a network." : undefined,
  );
}

/** SHA-256 as 64 hex characters. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
