/**
 * What became of a send whose owner ended in the middle. The message was kept before it was sent, so the next owner
 * knows it; a key would tell as well, but it would change how a message travels.
 *
 * @see lib/owner/README.md "Takeover"
 * @module
 */
import type { App } from "../../app/app.ts";
import type { MessageView, SendReport, SendRequest } from "../../app/messages/messages.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { type Clock, sleep } from "../../sys/clock.ts";
import { NetworkError, UserError } from "../../wire/errors.ts";

/** How many messages of the conversation may have come since. */
const LOOK_BACK = 200;
/** The least time for another attempt: its way to the peer may be a new one. */
const MIN_WAIT_MS = 2000;
/** Why a text without an id is neither repeated nor confirmed. */
const LOST = "the process that was sending it has ended";

/** The newest position of a conversation, 0 when it is empty: what we send comes behind it. */
export async function newestPosition(app: App, peer: PublicKeyHex): Promise<number> {
  const [newest] = await app.messages.history({ peer, limit: 1 });
  return newest?.position ?? 0;
}

/** Messages of ours behind a position, oldest first: what an owner that has ended had kept. */
export async function keptSince(app: App, peer: PublicKeyHex, behind: number): Promise<MessageView[]> {
  const messages = await app.messages.history({ peer, limit: LOOK_BACK });
  return messages.filter(({ outgoing, position }) => outgoing && position > behind);
}

/**
 * Whether a message that was found may be sent again, by the outbox's own rule (lib/chat/outbox.ts): one that may have
 * left only to a peer that keeps one copy of an id, as any other one would show it twice; one that was taken back never.
 */
export async function mayGoAgain(app: App, { peer, state }: MessageView): Promise<boolean> {
  if (state !== "unconfirmed") return state !== "cancelled";
  return (await app.peers.list()).some((known) => known.peer === peer && known.once);
}

/**
 * Finishes a send with the next owner. What it asks of the App it asks before it returns, so that sends which follow
 * come behind it.
 * @param kept  The message, as the next owner has it.
 * @param again  Whether it may be sent again, as {@link mayGoAgain} says.
 * @param clock  For the time that the request waits for an ack; nothing longer is waited for.
 * @returns What became of it.
 * @throws {NetworkError} As Messages.send; and what App throws.
 */
export async function finishSend(
  app: App,
  request: SendRequest,
  kept: MessageView,
  again: boolean,
  clock: Clock,
): Promise<Omit<SendReport, "ms">> {
  const { peer, position, id } = kept;
  const settled = reportOf(kept);
  if (settled || id === undefined) return settled ?? { state: "unconfirmed", reason: LOST, position };
  // What may have left waits in no outbox any more, unless its peer keeps one copy.
  const isQueued = kept.state === "pending" || kept.state === "sent";
  if (request.queue) return isQueued ? { state: "queued", reason: LOST, id, position } : overOf(kept, id);
  if (!again) return overOf(kept, id);
  // The same id: a receiver that has it already answers and keeps one.
  const retried = app.outbox.retry({ peer, position }).catch((error) => {
    if (!(error instanceof UserError)) throw error; // it has arrived meanwhile, or somebody took it back
  });
  retried.catch(() => {}); // when nobody waits any more
  const over = new AbortController();
  const late = sleep(clock, Math.max(MIN_WAIT_MS, request.waitMs), over.signal);
  late.catch(() => {});
  await Promise.race([retried, late]).finally(() => over.abort());
  const [now = kept] = await app.messages.history({ peer, before: position + 1, limit: 1 });
  return reportOf(now) ?? overOf(now, id);
}

/** @throws {NetworkError} It never left, or somebody did not want it any more. */
function overOf({ state, reason = LOST, position }: MessageView, id: string): Omit<SendReport, "ms"> {
  if (state !== "failed" && state !== "cancelled") return { state: "unconfirmed", reason, id, position };
  throw new NetworkError(`Not sent: ${reason}`, { retry: true, reason: "unreachable" });
}

function reportOf({ state, id, position }: MessageView): Omit<SendReport, "ms"> | undefined {
  const known = { position, ...(id === undefined ? {} : { id }) };
  if (state === "received" || state === "read") return { state: "acked", ...known };
  return state === "sent" && id === undefined ? { state: "handed-over", ...known } : undefined;
}
