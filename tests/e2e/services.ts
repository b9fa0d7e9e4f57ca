/**
 * Services of this machine for tests of what is forwarded, and commands that lead to them.
 *
 * @module
 */
import { ok } from "node:assert/strict";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import type { Running, TestNetwork } from "./network.ts";

/** A service of this machine. */
export interface Service extends AsyncDisposable {
  readonly port: number;
}

/** A TCP service; a connection that breaks is its own affair. */
export function tcpService(serve: (conn: Deno.TcpConn) => Promise<void>): Service {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const running = new Set<Promise<void>>();
  const open = new Set<Deno.TcpConn>();
  const accepting = (async () => {
    for await (const conn of listener) {
      open.add(conn);
      const one = serve(conn).catch(() => {}).finally(() => {
        open.delete(conn);
        running.delete(one);
        try {
          conn.close();
        } catch { /* the test has closed it */ }
      });
      running.add(one);
    }
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await accepting.catch(() => {});
      for (const conn of open) {
        try {
          conn.close();
        } catch { /* it is closed */ }
      }
      await Promise.all(running);
    },
  };
}

/** Connects, and gives the system's error as it is. */
export const connect = (port: number): Promise<Deno.TcpConn> => Deno.connect({ hostname: "127.0.0.1", port });

/** Reads to the end of file. */
export async function readAll(conn: Deno.TcpConn): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(conn.readable).arrayBuffer());
}

/** Writes all of it. */
export async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

/** Starts `expose` on port 5000 and waits until it can be reached. */
export async function exposed(
  network: TestNetwork,
  identity: string,
  port: number,
  ...flags: string[]
): Promise<{ process: Running; address: string }> {
  const process = network.start(identity, "expose", "5000", String(port), "--json", ...flags);
  const line = await process.prints("stdout", '"event":"exposing"');
  return { process, address: /"address":"([^"]+)"/.exec(line)![1] };
}

/** Starts `forward` on a free port and waits for it. */
export async function forwarded(
  network: TestNetwork,
  identity: string,
  address: string,
  ...flags: string[]
): Promise<{ process: Running; port: number }> {
  const process = network.start(identity, "forward", "0", address, "--json", ...flags);
  const line = await process.prints("stdout", '"event":"forwarding"');
  return { process, port: Number(/"local":"127\.0\.0\.1:(\d+)"/.exec(line)![1]) };
}

/** Starts `http serve` and waits until it can be reached. */
export async function serving(
  network: TestNetwork,
  source: string,
  ...flags: string[]
): Promise<{ process: Running; address: string }> {
  const process = network.start("host", "http", "serve", source, "--json", ...flags);
  const line = await process.prints("stdout", '"event":"serving"');
  return { process, address: /"address":"([^"]+)"/.exec(line)![1] };
}

/** The most memory that a process had so far, MiB; 0 where the system does not say. */
export async function mostMib(pid: number): Promise<number> {
  if (Deno.build.os !== "linux") return 0;
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmHWM:\s*(\d+)/m.exec(status)![1]) / 1024;
}

/** Looks what processes have; what they may grow by from now on, MiB, is for a function that is called later. */
export async function watchMemory(...processes: Running[]): Promise<(moreMib: number) => Promise<void>> {
  const before = await Promise.all(processes.map(({ pid }) => mostMib(pid)));
  return async (moreMib) => {
    for (const [i, { pid }] of processes.entries()) {
      const grown = await mostMib(pid) - before[i];
      ok(grown <= moreMib, `process ${i} has grown by ${grown} MiB`);
    }
  };
}

/** Events of a log so far. */
export const eventsIn = (stdout: Uint8Array): Record<string, unknown>[] =>
  fromUtf8(stdout).split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
