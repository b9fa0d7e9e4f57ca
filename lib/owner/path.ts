/**
 * Where an identity's lock and socket lie.
 *
 * @see lib/owner/README.md "Files"
 * @module
 */
import { join, type Os } from "../sys/paths.ts";
import { utf8 } from "../wire/bytes.ts";

/** Longest socket path: the systems' limits are 104 and 108 bytes, with the zero at the end. */
export const MAX_SOCKET_PATH_BYTES = 100;

/** Files of one identity's owner; all lie in `directory`, which only its user may enter. */
export interface OwnerPaths {
  /** `run` below the identity's directory, 0700. */
  readonly directory: string;
  /** The lock, see lock.ts. */
  readonly lock: string;
  /** The socket, when its path is short enough. */
  readonly socket: string;
  /** Names the socket when `socket` is too long: one line, a path in a private directory for temporary files. */
  readonly pointer: string;
  /** Port and tokens where there are no Unix sockets. */
  readonly loopback: string;
  /** How clients reach the owner. */
  readonly transport: "unix" | "loopback";
}

/**
 * The owner's files of an identity.
 * @param identityDir  The directory of its key and store.
 * @param os  Windows gets a loopback port with tokens instead of a Unix socket.
 */
export function ownerPaths(identityDir: string, os: Os): OwnerPaths {
  const directory = join(identityDir, "run");
  return {
    directory,
    lock: join(directory, "owner.lock"),
    socket: join(directory, "owner.sock"),
    pointer: join(directory, "owner.sock.path"),
    loopback: join(directory, "owner.json"),
    transport: os === "windows" ? "loopback" : "unix",
  };
}

/** Whether a socket can lie at a path: 100 bytes of UTF-8 at most. */
export const isShortEnough = (path: string): boolean => utf8(path).length <= MAX_SOCKET_PATH_BYTES;
