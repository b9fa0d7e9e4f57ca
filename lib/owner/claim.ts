/**
 * One claim: uses the owner of an identity that is there, or becomes it.
 *
 * @see lib/owner/README.md "Claim"
 * @module
 */
import type { App } from "../app/app.ts";
import type { PublicKeyHex } from "../crypto/keys.ts";
import { busy, type Holder, LOOK_MS, type OwnerLock, readHolder, tryLock } from "../identity/lock.ts";
import { type Clock, sleep } from "../sys/clock.ts";
import type { Random } from "../sys/random.ts";
import { UserError } from "../wire/errors.ts";
import type { RemoteApp } from "./client/remote.ts";
import type { OwnerPaths } from "./path.ts";
import { OwnerSilent } from "./rpc/errors.ts";
import type { OwnerNetwork } from "./server/house.ts";
import type { OwnerServer } from "./server/serve.ts";
import { connectToOwner, listenForClients } from "./socket.ts";

/** Who wants an identity's App, and how. */
export interface ClaimRequest {
  /**
   * Where its owner is found; undefined for a key that is not our file's: there is no owner then, and nothing is
   * locked.
   */
  readonly paths: OwnerPaths | undefined;
  /** Its key, for a check; left out when nobody had to work it out yet. */
  readonly pk?: PublicKeyHex;
  /** What runs, such as `listen`; told to those who find the identity taken. */
  readonly command: string;
  /** Stays until it is ended: serves others while it owns, and takes over when the owner ends. */
  readonly resident: boolean;
  /**
   * Opens the App in this process. Called under the lock, and not at all while another process is the owner: load
   * what it needs there.
   */
  open(): Promise<App>;
  /** Measures the wait for the lock. */
  readonly clock: Clock;
  /** For tokens. */
  readonly random: Random;
  /** Ends every wait for the lock, also later ones. */
  readonly signal: AbortSignal;
  /** How long the first claim of a one-shot command may take at most, milliseconds; default 30 s. */
  readonly limitMs?: number;
  /** Told to clients while we own. */
  readonly network?: OwnerNetwork;
  /** Looks at an owner before it is used: what it throws ends the claim. */
  onOwner?(owner: RemoteApp["owner"]): void;
  /** Hears once, after a second of waiting for the first claim, who has the identity; it may be some time. */
  onTaken?(holder: Holder | undefined): void;
  /** Hears of each claim: at the start, and after each owner's end. */
  onRole?(role: Role): void;
}

/** `owner`: the App runs here, others may use it; `client`: it runs in the owner; `alone`: here, for us only. */
export type Role = "owner" | "client" | "alone";

/** An App and what is held for it. */
export interface Claimed {
  /** In this process or over the socket. */
  readonly app: App;
  /** What we are. */
  readonly role: Role;
  /** Ends the app as far as we use it, and gives the identity back. Harmless when repeated. */
  release(): Promise<void>;
}

/** How long a claim waits, and for whom. */
export interface Patience {
  /** While somebody has the lock and nobody answers at the socket. */
  readonly forMs: number;
  /** Before the lock is tried at all. */
  readonly yieldMs?: number;
  /** See {@link ClaimRequest.onTaken}. */
  readonly onTaken?: (holder: Holder | undefined) => void;
}

/** Most one-shot commands are done by then, and nobody needs to know of them. */
const TELL_MS = 1000;

/**
 * One claim.
 * @throws {UserError} busy: another process has the identity and offers no socket for `forMs`, does not answer for 3 s
 *   on the socket that it offers (who waits for ever goes on waiting then), is of another version or has another key ·
 *   local: the lock or the socket can't be made · and what `open` throws.
 * @throws The signal's reason.
 */
export async function claim(
  request: ClaimRequest,
  { forMs, yieldMs = 0, onTaken }: Patience,
): Promise<Claimed> {
  const { paths, clock, signal } = request;
  if (paths === undefined) return await own(request, undefined, undefined);
  const holder = { pid: Deno.pid, command: request.command, resident: request.resident };
  const startMs = clock.nowMs();
  let isTold = onTaken === undefined;
  for (;;) {
    signal.throwIfAborted();
    const leftMs = startMs + forMs - clock.nowMs();
    const remote = await connect(paths, request, leftMs).catch(async (error) => {
      if (!(error instanceof OwnerSilent)) throw error;
      if (forMs < Infinity) throw silent(await readHolder(paths.lock), error);
      return undefined;
    });
    if (remote) return { app: remote, role: "client", release: () => remote.close() };
    const waitedMs = clock.nowMs() - startMs;
    const lock = waitedMs < yieldMs ? undefined : await tryLock(paths.lock, holder);
    if (lock) return await own(request, paths, lock);
    // A one-shot command, or an owner that starts or ends: soon there is a socket, or the lock is free.
    if (waitedMs >= forMs) throw busy(await readHolder(paths.lock));
    if (!isTold && waitedMs >= TELL_MS) {
      isTold = true;
      onTaken?.(await readHolder(paths.lock));
    }
    await sleep(clock, LOOK_MS, signal);
  }
}

/** What only a client needs is loaded when there is an owner. */
async function connect(
  paths: OwnerPaths,
  { pk, clock, onOwner }: Pick<ClaimRequest, "pk" | "clock" | "onOwner">,
  limitMs: number,
): Promise<RemoteApp | undefined> {
  const connection = await connectToOwner(paths);
  if (connection === undefined) return undefined;
  const { RemoteApp } = await import("./client/remote.ts");
  const app = await RemoteApp.connect({ paths, pk, clock, limitMs }, connection);
  try {
    if (app) onOwner?.(app.owner);
  } catch (error) {
    await app?.close();
    throw error;
  }
  return app;
}

/** The error of an owner that takes connections and says nothing. */
function silent(holder: Holder | undefined, cause: Error): UserError {
  const who = holder ? `\`dmsg ${holder.command}\` (process ${holder.pid})` : "The process that has it";
  return new UserError(`${who} has this identity and does not answer`, {
    kind: "busy",
    hint: holder
      ? `Where Ctrl+Z stopped it \`fg\` wakes it; \`kill ${holder.pid}\` ends it, \`kill -9\` if it is stuck.`
      : "End it.",
    cause,
  });
}

/** Opens the App here; a resident one that holds the lock serves it. */
async function own(
  request: ClaimRequest,
  paths: OwnerPaths | undefined,
  lock: OwnerLock | undefined,
): Promise<Claimed> {
  let app: App | undefined;
  let server: OwnerServer | undefined;
  let released: Promise<void> | undefined;
  const release = (): Promise<void> => released ??= giveUp();
  const giveUp = async (): Promise<void> => {
    try {
      await server?.close();
      await app?.close();
    } finally {
      lock?.release(); // last: the next owner must not meet what we still hold on the network
    }
  };
  try {
    app = await request.open();
    if (!request.resident || paths === undefined) return { app, role: "alone", release };
    const { serveApp } = await import("./server/serve.ts");
    server = serveApp(app, await listenForClients(paths, request.random, request.clock), request);
    return { app, role: "owner", release };
  } catch (error) {
    await release().catch(() => {});
    throw error;
  }
}
