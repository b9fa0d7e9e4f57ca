/**
 * A caller of a web server in memory, which says any bytes.
 *
 * @module
 */
import type { Breakable } from "../../lib/bridge/join.ts";
import { type Answered, openWebServer, type WebHandler } from "../../lib/bridge/web_server.ts";
import { concat, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import type { Clock } from "../../lib/sys/clock.ts";
import { FakeClock } from "../fakes/clock.ts";
import { type MemoryDuplex, type MemoryDuplexOptions, memoryDuplexPair } from "../fakes/duplex.ts";

/** The key of who calls. */
export const CALLER = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";

/** One end of a pair in memory as something that can be reset. */
export const breakable = (duplex: MemoryDuplex): Breakable => ({
  read: () => duplex.read(),
  write: (bytes) => duplex.write(bytes),
  closeWrite: () => duplex.closeWrite(),
  close: () => duplex.close(),
  reset: () => duplex.break(),
});

/** A server over pairs in memory. */
export async function webWorld(handler: WebHandler, clock: Clock = new FakeClock()) {
  const answered: Answered[] = [];
  const server = await openWebServer({ clock, handler, onAnswered: (_caller, one) => answered.push(one) });
  const dial = (options?: MemoryDuplexOptions) => {
    const [far, near] = memoryDuplexPair(options);
    const stop = new AbortController();
    const served = server.serve(breakable(far), { pk: CALLER }, stop.signal);
    return { near, served, stop };
  };
  /** Says something, with the end of it, and gives all that is answered. */
  const ask = async (text: string, options?: MemoryDuplexOptions): Promise<string> => {
    const { near } = dial(options);
    const heard = readAll(near);
    await near.write(utf8(text)).catch(() => {});
    return await heard;
  };
  return { answered, dial, ask };
}

/** Everything until the end, or until it breaks, which is told at its end. */
export async function readAll(duplex: MemoryDuplex): Promise<string> {
  const parts: Uint8Array[] = [];
  let end = "";
  try {
    for (let bytes = await duplex.read(); bytes !== null; bytes = await duplex.read()) {
      parts.push(bytes.slice());
    }
  } catch {
    end = "<reset>";
  }
  return fromUtf8(concat(...parts)) + end;
}

/** A GET that asks for the end of the connection. */
export const get = (target: string, fields = ""): string =>
  `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${fields}\r\n`;

/** Status, fields by lower-case name, and body of one answer. */
export function parsed(text: string): { status: number; fields: Record<string, string>; body: string } {
  const end = text.indexOf("\r\n\r\n");
  const [first, ...rest] = text.slice(0, end).split("\r\n");
  const fields = Object.fromEntries(rest.map((line) => {
    const at = line.indexOf(": ");
    return [line.slice(0, at).toLowerCase(), line.slice(at + 2)];
  }));
  return { status: Number(first.split(" ")[1]), fields, body: text.slice(end + 4) };
}
