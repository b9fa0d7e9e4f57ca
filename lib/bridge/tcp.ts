/**
 * TCP sockets of this machine whose breaks can be told from ends: the runtime's own can't be reset, node's can.
 *
 * @see lib/bridge/README.md "Sockets"
 * @module
 */
import { unlessAborted } from "../sys/abort.ts";
import { type Clock, within } from "../sys/clock.ts";
import { NetworkError, UserError } from "../wire/errors.ts";
import type { Breakable } from "./join.ts";

type Net = typeof import("node:net");
type Socket = import("node:net").Socket;

/** A service of this machine or its network answers in milliseconds, or a SYN is lost and sent again after 1 and 3 s. */
const CONNECT_MS = 10_000;

/** The end of one direction leaves the other one open, and small pieces leave at once. */
const SOCKET = { allowHalfOpen: true, noDelay: true };

/** Where a service listens, or is to listen. */
export interface Place {
  /** A name or an address, IPv6 without brackets. */
  readonly hostname: string;
  /** 0 … 65535; 0 lets the system choose. */
  readonly port: number;
}

/** As people write it: `127.0.0.1:80`, `[::1]:80`. */
export const placeText = ({ hostname, port }: Place): string =>
  hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;

/** A socket that takes connections. */
export interface LocalListener {
  /** Where it listens; a port 0 has become the system's choice. */
  readonly place: Place;
  /** Stops; connections that were taken stay. */
  close(): void;
}

/**
 * Listens for connections.
 * @param take  Is given each of them, and owns it from then on.
 * @throws {UserError} busy: the place is taken · local: the system does not allow it · usage: not a place here.
 */
export async function listenLocal(place: Place, take: (pipe: Breakable) => void): Promise<LocalListener> {
  const net: Net = await import("node:net");
  const server = net.createServer(SOCKET, (socket) => take(socketPipe(socket)));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(cannotListen(place, error)));
    server.listen({ host: place.hostname, port: place.port }, resolve);
  });
  server.on("error", () => {}); // out of descriptors: the next connection may do
  const { port } = server.address() as { port: number };
  return { place: { ...place, port }, close: () => void server.close() };
}

/**
 * Connects to a service.
 * @throws {NetworkError} `unreachable`: nothing listens there, or nothing answers within 10 s.
 * @throws The signal's reason.
 */
export async function connectLocal(place: Place, clock: Clock, signal: AbortSignal): Promise<Breakable> {
  const net: Net = await import("node:net");
  signal.throwIfAborted();
  const { hostname: host, port } = place;
  const socket = net.connect({ host, port, ...SOCKET });
  try {
    const connected = new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.on("error", (error) => reject(unreachable(place, reasonOf(error), error)));
    });
    const late = (): Error => unreachable(place, `no answer within ${CONNECT_MS / 1000} s`);
    await unlessAborted(signal, within(clock, CONNECT_MS, connected, late));
    return socketPipe(socket);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/**
 * A socket as a pipe.
 * @param socket  Connected, with `allowHalfOpen`; owned from now on.
 */
function socketPipe(socket: Socket): Breakable {
  let ended = false;
  let broken: NetworkError | undefined;
  let wake = (): void => {};
  const change = (): void => {
    wake();
    wake = () => {};
  };
  socket.on("readable", change);
  socket.on("end", () => {
    ended = true;
    change();
  });
  socket.on("error", (error) => {
    broken ??= cut(reasonOf(error), error);
    change();
  });
  socket.on("close", () => {
    if (!ended) broken ??= cut("it was closed");
    change();
  });
  return {
    read: async () => {
      for (;;) {
        const bytes: Uint8Array | null = socket.read();
        if (bytes !== null) return bytes;
        if (ended) return null;
        if (broken) throw broken;
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
    write: (bytes) =>
      new Promise((resolve, reject) => {
        const done = (error?: Error | null): void =>
          error ? reject(broken ?? cut(reasonOf(error))) : resolve();
        socket.write(bytes, done);
      }),
    closeWrite: () =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken);
        socket.end(() => resolve());
        socket.once("close", () => resolve());
      }),
    close: () => void socket.destroy(),
    reset: () => {
      if (!socket.destroyed) socket.resetAndDestroy();
    },
  };
}

const cut = (why: string, cause?: unknown): NetworkError =>
  new NetworkError(`the local connection broke: ${why}`, { retry: false, reason: "closed", cause });

const unreachable = ({ hostname, port }: Place, why: string, cause?: unknown): NetworkError =>
  new NetworkError(`Cannot connect to ${placeText({ hostname, port })}: ${why}`, {
    retry: true,
    reason: "unreachable",
    cause,
  });

function cannotListen(place: Place, error: Error): UserError {
  const { code } = error as { code?: string };
  if (code === "EADDRINUSE") {
    return new UserError(`${placeText(place)} is in use`, {
      kind: "busy",
      hint: "Choose another port; 0 takes a free one.",
      cause: error,
    });
  }
  const hint = code === "EACCES"
    ? "Ports below 1024 may need privileges; choose another one."
    : "Give a port, or ADDRESS:PORT with an address of this machine.";
  return new UserError(`Cannot listen on ${placeText(place)}: ${reasonOf(error)}`, {
    kind: code === "EACCES" ? "local" : "usage",
    hint,
    cause: error,
  });
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "it was reset",
  EPIPE: "it was closed",
  ERR_STREAM_DESTROYED: "it was closed",
  ERR_STREAM_WRITE_AFTER_END: "it was closed",
  ETIMEDOUT: "no answer",
  EHOSTUNREACH: "no way leads there",
  ENETUNREACH: "no way leads there",
  EADDRNOTAVAIL: "it is no address of this machine",
  EINVAL: "it is no address of this machine", // the runtime, to an address that is not here
  EACCES: "the system does not allow it",
  ENOTFOUND: "there is no such host",
  EMFILE: "too many files are open",
};

const reasonOf = (error: Error): string => {
  const { code } = error as { code?: string };
  return WORDS[code ?? ""] ?? code ?? error.message;
};
