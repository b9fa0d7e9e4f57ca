/**
 * One owner for an identity, for as long as a command needs its App: the first claim, and those after each owner's end.
 *
 * @see lib/owner/README.md "Claim", "Takeover"
 * @module
 */
import { QUEUE_MS } from "../identity/lock.ts";
import { claim, type ClaimRequest } from "./claim.ts";
import { KeptApp } from "./handover/takeover.ts";

/**
 * An owner's end is seen by all its clients at once. One that is soon done lets those that stay have the lock: it may
 * still wait for an ack, and would keep the next owner off for as long.
 */
const YIELD_MS = 500;

/**
 * Opens an identity's App: over the owner's socket when there is an owner, else in this process under the lock.
 *
 * A resident one serves the others and, when it is a client, takes over as soon as the owner ends. A one-shot
 * command whose owner ends goes on with the next owner, or by itself. Either way calls, events, dials and listeners
 * go on: see {@link KeptApp}.
 * @throws {UserError} busy: another process has the identity and offers no socket for 30 s, or answers nothing on it
 *   for 3 s, is of another version or
 *   has another key · local: the lock or the socket can't be made · and what `open` throws.
 * @throws The signal's reason.
 */
export async function openApp(request: ClaimRequest): Promise<KeptApp> {
  const first = await claim(request, {
    forMs: request.limitMs ?? QUEUE_MS,
    onTaken: request.onTaken,
  });
  request.onRole?.(first.role);
  const patience = request.resident ? { forMs: Infinity } : { forMs: QUEUE_MS, yieldMs: YIELD_MS };
  return new KeptApp(request, first, (signal) => claim({ ...request, signal }, patience));
}
