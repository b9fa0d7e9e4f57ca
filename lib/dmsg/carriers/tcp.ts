/**
 * TCP: the carrier that every server offers.
 *
 * @see specification dmsg §8.1
 * @module
 */
import { sleep, systemClock } from "../../sys/clock.ts";
import { noDelay } from "../../sys/no_delay.ts";
import { nextTurn } from "../../sys/turn.ts";
import { NetworkError } from "../../wire/errors.ts";
import type { Duplex } from "../../wire/machine.ts";
import type { Carrier } from "./carrier.ts";

/** One read of the socket; larger ones gain nothing (bench/README.md "The bulk path"). */
const READ_BYTES = 64 * 1024;
/** An idle connection holds only this much until data comes in bulk. */
const IDLE_READ_BYTES = 4 * 1024;
/** Pause after a failed accept. */
const ACCEPT_RETRY_MS = 50;
/** A shorter write may be one of many of this turn. */
const SMALL_BYTES = 4 * 1024;
/** Up to so many of them nobody waits: who says little need not load what tells turns apart. */
const FEW_WRITES = 8;

/**
 * Host and port of `host:port`; IPv6 stands in brackets.
 * @param address  As an entry or a flag has it.
 * @returns The host without brackets (may be empty) and a port 0 … 65535; undefined when the text is something else.
 */
export function splitHostPort(address: string): { hostname: string; port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.%a-z]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(address);
  if (!match) return undefined;
  const port = Number(match[3]);
  return port <= 65535 ? { hostname: match[1] ?? match[2], port } : undefined;
}

/** The TCP carrier: `server.address` of an entry, no-delay set, so that small frames leave at once. */
export const tcp: Carrier = {
  name: "tcp",
  addressIn: (entry) => entry.server?.address || undefined,
  dial: async (address, signal) => {
    const target = splitHostPort(address);
    if (!target || target.port === 0) {
      throw new NetworkError(`server address "${address}" is not host:port`, {
        retry: false,
        reason: "no-network",
      });
    }
    try {
      const conn = await Deno.connect({ hostname: target.hostname, port: target.port, signal });
      noDelay(conn);
      return duplexOf(conn);
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      throw new NetworkError(`cannot connect to server ${address}: ${(cause as Error).message}`, {
        retry: true,
        reason: "no-network",
        cause,
      });
    }
  },
};

/**
 * A socket as a Duplex.
 * @param conn  A connected TCP or Unix socket; the duplex owns it.
 * @returns Its reads are views of one buffer: 4 KiB, and 64 KiB once a read has filled that. All its failures are
 *   `NetworkError` `closed`. A small write resolves when its turn of the event loop is over.
 */
export function duplexOf(conn: Deno.Conn): Duplex {
  let buffer = new Uint8Array(IDLE_READ_BYTES);
  let closed = false;
  let writes = 0;
  return {
    read: async () => {
      try {
        const count = await conn.read(buffer);
        if (count === null) return null;
        const view = buffer.subarray(0, count);
        if (count === buffer.length && count < READ_BYTES) buffer = new Uint8Array(READ_BYTES);
        return view;
      } catch (cause) {
        throw broken(cause);
      }
    },
    write: async (bytes) => {
      try {
        for (let at = 0; at < bytes.length;) at += await conn.write(at === 0 ? bytes : bytes.subarray(at));
      } catch (cause) {
        throw broken(cause);
      }
      // A socket takes small writes at once, in the turn in which many follow: those leave together, as the next one.
      if (bytes.length < SMALL_BYTES && ++writes > FEW_WRITES) await nextTurn();
    },
    closeWrite: async () => {
      try {
        await conn.closeWrite();
      } catch (cause) {
        throw broken(cause);
      }
    },
    close: () => {
      if (closed) return;
      closed = true;
      conn.close();
    },
  };
}

const broken = (cause: unknown): NetworkError =>
  new NetworkError(`connection broke: ${(cause as Error).message}`, { retry: true, reason: "closed", cause });

/** A listening TCP socket. */
export interface TcpListener {
  /** `host:port` as bound; port 0 has become the system's choice. */
  readonly address: string;
  /** Connections until it is closed, each with the peer's IP as text. */
  connections(): AsyncIterable<{ duplex: Duplex; remoteIp: string }>;
  /** Stops listening. */
  close(): void;
}

/**
 * Listens on `host:port`.
 * @param address  An empty host is every IPv4 address; port 0 is the system's choice.
 * @returns The listener; a failed accept is tried again after 50 ms.
 * @throws {TypeError} Not `host:port`.
 * @throws {Error} The system's: address in use, no permission.
 */
export function listenTcp(address: string): TcpListener {
  const target = splitHostPort(address);
  if (!target) throw new TypeError(`"${address}" is not host:port`);
  const listener = Deno.listen({ hostname: target.hostname || "0.0.0.0", port: target.port });
  const { hostname, port } = listener.addr;
  return {
    address: hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`,
    close: () => listener.close(),
    connections: async function* () {
      for (;;) {
        let conn: Deno.TcpConn;
        try {
          conn = await listener.accept();
        } catch (error) {
          if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
          // Out of file descriptors, or a peer that left before it was accepted: the next one may do.
          await sleep(systemClock(), ACCEPT_RETRY_MS);
          continue;
        }
        noDelay(conn);
        yield { duplex: duplexOf(conn), remoteIp: conn.remoteAddr.hostname };
      }
    },
  };
}
