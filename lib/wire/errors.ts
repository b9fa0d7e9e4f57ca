/**
 * The three kinds of failure that are not a mistake in our code, and what each one asks of its reader.
 *
 * @module
 */

/** Which side broke a protocol rule, and what ends because of it. */
export interface ProtocolFault {
  /** Who broke the rule: the peer, or (a bug or a wrong argument) we ourselves. */
  readonly by: "peer" | "self";
  /** A code of the dmsg table (lib/dmsg/errors.ts) or a room's own word. */
  readonly code: number | string;
  /** What can't go on. */
  readonly ends: "stream" | "session";
}

/** A peer (or we) broke a protocol rule. The shell sends the code where the protocol has a place for it. */
export class ProtocolError extends Error {
  /** Tells it from other errors. */
  override readonly name = "ProtocolError";
  /** See {@link ProtocolFault.by}. */
  readonly by: "peer" | "self";
  /** See {@link ProtocolFault.code}. */
  readonly code: number | string;
  /** See {@link ProtocolFault.ends}. */
  readonly ends: "stream" | "session";
  /** A sentence without secrets and bodies. */
  constructor(message: string, fault: ProtocolFault, options?: ErrorOptions) {
    super(message, options);
    this.by = fault.by;
    this.code = fault.code;
    this.ends = fault.ends;
  }
}

/** Why the network did not do it. `unreachable`: the peer; `no-network`: no discovery or no server; `refused`: a peer said no. */
export type NetworkReason = "unreachable" | "no-network" | "refused" | "closed" | "timeout";

/** The network did not do it: refused, reset, timed out, not found. The caller owns the retry plan. */
export class NetworkError extends Error {
  /** Tells it from other errors. */
  override readonly name = "NetworkError";
  /** Whether trying again later can help. */
  readonly retry: boolean;
  /** What happened, for the exit status and the retry plan. */
  readonly reason: NetworkReason;
  /** A sentence that says who and what, and why it failed. */
  constructor(message: string, info: { retry: boolean; reason: NetworkReason; cause?: unknown }) {
    super(message, { cause: info.cause });
    this.retry = info.retry;
    this.reason = info.reason;
  }
}

/** Whether a text may hold a secret key, 64 hex characters: no error says it back. */
export const mayHoldSecret = (text: string): boolean => /[0-9a-f]{64}/i.test(text);

/** What kind of thing a user's request ran into; each has its exit status in cli/exit.ts. */
export type UserErrorKind = "usage" | "local" | "refused" | "no-network" | "busy";

/** Something can't be done as asked; printed as a sentence and a next step. */
export class UserError extends Error {
  /** Tells it from other errors. */
  override readonly name = "UserError";
  /** The next step, as a sentence. */
  readonly hint: string;
  /** Decides the exit status. */
  readonly kind: UserErrorKind;
  /** A sentence that says what can't be done. */
  constructor(message: string, info: { hint: string; kind: UserErrorKind; cause?: unknown }) {
    super(message, { cause: info.cause });
    this.hint = info.hint;
    this.kind = info.kind;
  }
}

/**
 * The error of something that was done in part: its sentence says first what is done, its class, kind and reason stay.
 * @param done  What was done, as the beginning of a sentence.
 * @param error  Why the rest was not; what is neither a user's nor the network's error comes back as it is.
 */
export function inPart(done: string, error: unknown): unknown {
  const message = `${done}; ${(error as Error).message}`;
  if (error instanceof UserError) {
    return new UserError(message, { kind: error.kind, hint: error.hint, cause: error });
  }
  if (error instanceof NetworkError) {
    return new NetworkError(message, { retry: error.retry, reason: error.reason, cause: error });
  }
  return error;
}
