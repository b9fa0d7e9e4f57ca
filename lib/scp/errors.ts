/**
 * How a copy can end, beside the three kinds of failure that everything here has.
 *
 * @see specification dmsgscp §6 "Status"
 * @module
 */
import { NetworkError, ProtocolError } from "../wire/errors.ts";

/** `remote`: the other side reported an error; `broken`: cut off, timed out, or not what was sent. */
export type CopyFault = "remote" | "broken";

/** A copy did not happen. The status of each fault is in cli/exit.ts. */
export class CopyError extends Error {
  /** Tells it from other errors. */
  override readonly name = "CopyError";
  /** What happened. */
  readonly fault: CopyFault;
  /** The next step, when there is one. */
  readonly hint: string | undefined;
  /** The connection went, and nothing was wrong before: the same again may well succeed. */
  readonly isCut: boolean;
  /** The other side's file is another one by now: what has come of it is of no use any more. */
  readonly isChanged: boolean;
  /** A sentence; the peer's words in it are not escaped. */
  constructor(
    message: string,
    fault: CopyFault,
    options: ErrorOptions & { hint?: string; isCut?: boolean; isChanged?: boolean } = {},
  ) {
    super(message, options);
    this.fault = fault;
    this.hint = options.hint;
    this.isCut = options.isCut ?? false;
    this.isChanged = options.isChanged ?? false;
  }
}

/** A text that a host of any generation answers with when our key is not on its list. */
export const REJECTED = "dmsg stream rejected by whitelist";
/** What our host answers when it has enough streams. */
export const BUSY = "busy";

/** Bytes that no peer may send. @param code  Which layer refuses them. */
export const badWire = (code: string, message: string): ProtocolError =>
  new ProtocolError(message, { by: "peer", code, ends: "stream" });

/** The error for a fatal line of the peer. @param text  Its text, not escaped. */
export function fatalError(text: string): Error {
  if (text === REJECTED) {
    return new NetworkError("our key is not on its whitelist", { retry: false, reason: "refused" });
  }
  if (text === BUSY) return new BusyError("it has as many transfers as it takes");
  // The same as of a file of ours: it may be still when it is asked for once more.
  if (text === CHANGED || text === SHORTER) {
    return new CopyError(`remote: ${text}`, "broken", { isChanged: true });
  }
  return new CopyError(`remote: ${text}`, "remote");
}

/** What our host tells a client in a frame. */
export class Refusal extends Error {
  /** Tells it from other errors. */
  override readonly name = "Refusal";
}

/** The host has not our extension, and what was asked for needs it. */
export class NoExtension extends Error {
  /** Tells it from other errors. */
  override readonly name = "NoExtension";
}

/** The host has no room for one more transfer. */
export class BusyError extends Error {
  /** Tells it from other errors. */
  override readonly name = "BusyError";
}

/** What a copy ends with whose source is another one at its end. */
export const CHANGED = "the file changed while it was read";
/** And one whose source has fewer bytes than it was said to have. */
export const SHORTER = "the file became shorter while it was read";

/** The stream ended or broke where more was due. */
export const cutOff = (what: string, cause?: unknown): CopyError =>
  new CopyError(`the stream ended ${what}`, "broken", { cause, isCut: true });
