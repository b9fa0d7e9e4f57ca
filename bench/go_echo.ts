/**
 * A stock sender and an echo that keeps nothing, when the folder of stock programs has them: `dmsg-echo DISCOVERY`
 * listens on port 1, acks every message and prints `{"addr":"KEY"}`; `dmsg-echo DISCOVERY KEY COUNT N` sends so many
 * messages to it, N at a time, and prints `{"rate":…,"p50Ms":…,"p999Ms":…}`. Neither is a part of this project.
 *
 * @module
 */
import { GO_BIN } from "../tests/interop/go_peers.ts";
import { fromUtf8 } from "../lib/wire/bytes.ts";
import { environment, hasFile, type Resident, residentOf } from "./processes.ts";
import type { Flooded } from "./stats.ts";

const PROGRAM = `${GO_BIN}/dmsg-echo`;

/** Why there is none; undefined when there is one. */
export const NO_GO_ECHO: string | undefined = GO_BIN === undefined
  ? "DMSG_GO_BIN is not set"
  : hasFile(PROGRAM)
  ? undefined
  : "DMSG_GO_BIN has no dmsg-echo";

/** Starts the echo. */
export function goEcho(discovery: string, home: string): Resident {
  const options = { env: environment(home), stdin: "null", stdout: "piped", stderr: "null" } as const;
  return residentOf(new Deno.Command(PROGRAM, { args: [discovery], ...options }).spawn(), ["stdout"]);
}

/** Sends messages to an echo and waits for their acks. @throws {Error} With what it said. */
export async function goFlood(
  discovery: string,
  pk: string,
  count: number,
  atOnce: number,
): Promise<Flooded> {
  const args = [discovery, pk, String(count), String(atOnce)];
  const { success, stdout, stderr } = await new Deno.Command(PROGRAM, { args }).output();
  if (!success) throw new Error(`dmsg-echo failed: ${fromUtf8(stderr)}`);
  return JSON.parse(fromUtf8(stdout));
}
