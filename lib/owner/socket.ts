/**
 * The owner's socket: a Unix socket that only its user can reach, or on Windows a loopback port with tokens.
 *
 * @see lib/owner/README.md "Files"
 * @module
 */
import { type Clock, sleep } from "../sys/clock.ts";
import { systemFiles, systemReason } from "../sys/files/files.ts";
import { makeTemporaryDirectory } from "../sys/files/temporary.ts";
import { noDelay } from "../sys/no_delay.ts";
import { join, parent } from "../sys/paths.ts";
import type { Random } from "../sys/random.ts";
import { fromUtf8, toHex, utf8 } from "../wire/bytes.ts";
import { NetworkError, UserError } from "../wire/errors.ts";
import type { Duplex } from "../wire/machine.ts";
import { wholeJson } from "../wire/whole_json.ts";
import { isShortEnough, MAX_SOCKET_PATH_BYTES, type OwnerPaths } from "./path.ts";

/** An idle connection holds only this much until data comes in bulk. */
const IDLE_READ_BYTES = 4 * 1024;
/** One read in bulk: what a Unix socket holds at most by default is a little more. */
const BULK_READ_BYTES = 128 * 1024;
/** Longest content of `owner.sock.path` and `owner.json`. */
const MAX_POINTER_BYTES = 4096;
/** Pause after a failed accept. */
const ACCEPT_RETRY_MS = 50;

/** What the two sides of a loopback port show each other; a Unix socket needs none. */
export interface Tokens {
  /** A client shows it: it can read our files. */
  readonly client: string;
  /** The owner answers with it: it is not a stranger that got the port of an owner which has ended. */
  readonly owner: string;
}

/** A connection to the owner, nothing said yet. */
export interface OwnerConnection {
  /** The bytes. */
  readonly duplex: Duplex;
  /** Of a loopback port. */
  readonly tokens?: Tokens;
}

/** Where the owner takes connections. */
export interface OwnerListener {
  /** What clients have to show; undefined on a Unix socket. */
  readonly tokens?: Tokens;
  /** Connections until it is closed; a failed accept is tried again after 50 ms. */
  connections(): AsyncIterable<Duplex>;
  /** Stops and takes the socket's files away. */
  close(): Promise<void>;
}

/**
 * Listens for clients of an identity. What an owner that was killed has left is taken away first, so the caller must
 * hold the lock.
 * @param random  Draws the tokens of a loopback port.
 * @throws {UserError} local: the directory or the socket can't be made.
 */
export async function listenForClients(
  paths: OwnerPaths,
  random: Random,
  clock: Clock,
): Promise<OwnerListener> {
  try {
    await Deno.mkdir(paths.directory, { recursive: true, mode: 0o700 });
    if (paths.transport === "loopback") return await listenLoopback(paths, random, clock);
    await Deno.chmod(paths.directory, 0o700); // it may have been there
    return await listenUnix(paths, clock);
  } catch (cause) {
    if (cause instanceof UserError || cause instanceof Deno.errors.NotCapable) throw cause;
    throw new UserError(`Cannot make the socket in ${paths.directory}: ${systemReason(cause)}`, {
      kind: "local",
      hint: "Check the directory's owner and free space, or name another one with --data-dir.",
      cause,
    });
  }
}

async function listenUnix(paths: OwnerPaths, clock: Clock): Promise<OwnerListener> {
  await removePointed(paths);
  const direct = join(await Deno.realPath(paths.directory), "owner.sock");
  const short = isShortEnough(direct) ? undefined : await shortDirectory(direct);
  const path = short === undefined ? direct : join(short, "s");
  await systemFiles.remove(path);
  const listener = Deno.listen({ transport: "unix", path });
  await orClosed(listener, async () => {
    // Nobody else reaches it before: both directories are closed to others.
    await Deno.chmod(path, 0o600);
    if (short !== undefined) await systemFiles.replacePrivate(paths.pointer, utf8(`${path}\n`));
  });
  return {
    connections: () => accept(() => listener.accept(), clock),
    close: async () => {
      listener.close();
      await systemFiles.remove(path);
      if (short !== undefined) await removePointed(paths);
    },
  };
}

/** For the socket `s` when its own path is too long. */
async function shortDirectory(direct: string): Promise<string> {
  try {
    return await makeTemporaryDirectory("dmsg-", MAX_SOCKET_PATH_BYTES - "/s".length);
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    const problem =
      `The path ${direct} is too long for a socket (${MAX_SOCKET_PATH_BYTES} bytes are the most)`;
    throw new UserError(`${problem}, and ${cause.message[0].toLowerCase()}${cause.message.slice(1)}`, {
      kind: "local",
      hint: `${cause.hint} Or name a shorter data directory with --data-dir.`,
      cause,
    });
  }
}

async function listenLoopback(paths: OwnerPaths, random: Random, clock: Clock): Promise<OwnerListener> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const tokens = { client: toHex(random.bytes(32)), owner: toHex(random.bytes(32)) };
  const written = utf8(JSON.stringify({ port: listener.addr.port, ...tokens }));
  await orClosed(listener, () => systemFiles.replacePrivate(paths.loopback, written));
  return {
    tokens,
    connections: () =>
      accept(async () => {
        const conn = await listener.accept();
        noDelay(conn);
        return conn;
      }, clock),
    close: async () => {
      listener.close();
      await systemFiles.remove(paths.loopback);
    },
  };
}

/** What a listener needs before it is one: when that fails nobody would ever close it. */
async function orClosed(listener: Deno.Listener, prepare: () => Promise<void>): Promise<void> {
  try {
    await prepare();
  } catch (error) {
    listener.close();
    throw error;
  }
}

async function* accept(next: () => Promise<Deno.Conn>, clock: Clock): AsyncIterable<Duplex> {
  for (;;) {
    let conn: Deno.Conn;
    try {
      conn = await next();
    } catch (error) {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
      await sleep(clock, ACCEPT_RETRY_MS); // out of file descriptors, or a client that has left already
      continue;
    }
    yield socketDuplex(conn);
  }
}

/**
 * Connects to the identity's owner.
 * @returns undefined when nobody listens: there is no owner, it was killed, or it has not opened its socket yet.
 * @throws {UserError} refused: the short socket's directory belongs to somebody else.
 */
export async function connectToOwner(paths: OwnerPaths): Promise<OwnerConnection | undefined> {
  try {
    if (paths.transport === "loopback") return await connectLoopback(paths);
    const path = await socketPath(paths);
    if (path === undefined) return undefined;
    return { duplex: socketDuplex(await Deno.connect({ transport: "unix", path })) };
  } catch (error) {
    if (error instanceof UserError || error instanceof Deno.errors.NotCapable) throw error;
    if (error instanceof Deno.errors.PermissionDenied) throw foreign(paths.socket);
    return undefined; // refused, not there, or its backlog is full: the lock tells whether somebody has it
  }
}

async function connectLoopback(paths: OwnerPaths): Promise<OwnerConnection | undefined> {
  const bytes = await systemFiles.read(paths.loopback, MAX_POINTER_BYTES);
  if (bytes === undefined) return undefined;
  const { port, client, owner } = (wholeJson(bytes)?.value ?? {}) as Record<string, unknown>;
  if (typeof port !== "number" || typeof client !== "string" || typeof owner !== "string") return undefined;
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  noDelay(conn);
  return { duplex: socketDuplex(conn), tokens: { client, owner } };
}

async function socketPath(paths: OwnerPaths): Promise<string | undefined> {
  const directory = await Deno.realPath(paths.directory);
  const direct = join(directory, "owner.sock");
  if (isShortEnough(direct)) return direct;
  const bytes = await systemFiles.read(paths.pointer, MAX_POINTER_BYTES);
  if (bytes === undefined) return undefined;
  const path = firstLine(bytes);
  // A cleaner of temporary files may have taken the directory, and anybody may have made it anew.
  const [ours, theirs] = await Promise.all([Deno.stat(directory), Deno.lstat(parent(path))]);
  const isPrivate = theirs.isDirectory && ((theirs.mode ?? 0) & 0o077) === 0;
  if (!isPrivate || ours.uid !== theirs.uid) throw foreign(path);
  return path;
}

/** Takes the short socket and its directory away that an earlier owner has left. */
async function removePointed(paths: OwnerPaths): Promise<void> {
  const bytes = await systemFiles.read(paths.pointer, MAX_POINTER_BYTES).catch(() => undefined);
  if (bytes === undefined) return;
  const path = firstLine(bytes);
  // Only what we can have made, and only empty directories: the file's content is not a licence to delete.
  if (/[\\/]dmsg-[0-9a-zA-Z]+\/s$/.test(path)) {
    await systemFiles.remove(path).catch(() => {});
    await Deno.remove(parent(path)).catch(() => {});
  }
  await systemFiles.remove(paths.pointer);
}

/** Garbage behind it does not matter: the next owner writes the file anew. */
const firstLine = (bytes: Uint8Array): string => fromUtf8(bytes).split("\n", 1)[0];

function foreign(path: string): UserError {
  return new UserError(`The owner's socket ${path} does not belong to this user`, {
    kind: "refused",
    hint: "End the program that made it, or name another directory with --data-dir.",
  });
}

/**
 * A socket as a Duplex.
 * @param conn  Connected; the duplex owns it.
 * @returns Its reads are views of one buffer: 4 KiB, and 128 KiB once a read has filled that. All its failures are
 *   `NetworkError` `closed`.
 */
function socketDuplex(conn: Deno.Conn): Duplex {
  let buffer = new Uint8Array(IDLE_READ_BYTES);
  let closed = false;
  return {
    read: () =>
      attempt(async () => {
        const count = await conn.read(buffer);
        if (count === null) return null;
        const view = buffer.subarray(0, count);
        if (count === buffer.length && count < BULK_READ_BYTES) buffer = new Uint8Array(BULK_READ_BYTES);
        return view;
      }),
    write: (bytes) =>
      attempt(async () => {
        for (let at = 0; at < bytes.length;) at += await conn.write(at === 0 ? bytes : bytes.subarray(at));
      }),
    closeWrite: () => attempt(() => conn.closeWrite()),
    close: () => {
      if (closed) return;
      closed = true;
      conn.close();
    },
  };
}

async function attempt<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    const message = `the owner's socket broke: ${(cause as Error).message}`;
    throw new NetworkError(message, { retry: true, reason: "closed", cause });
  }
}
