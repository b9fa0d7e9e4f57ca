/**
 * The error codes of dmsg in one table.
 *
 * @see specification dmsg §12; lib/dmsg/README.md "Error codes"
 * @module
 */
import { ProtocolError, type ProtocolFault } from "../wire/errors.ts";

/** What a code means. */
export interface DmsgErrorInfo {
  /** The protocol's constant text. */
  readonly text: string;
  /** Whether the same request can succeed later. */
  readonly temporary: boolean;
  /** Whose rule or state it is about, seen from the side that raises it. */
  readonly by: ProtocolFault["by"];
  /** What can't go on. */
  readonly ends: ProtocolFault["ends"];
}

type Row = readonly [code: number, text: string, marks?: { temporary?: true; ends?: "session" }];

// 3xx are about what a peer sent, the others about our own state, except 203.
const ROWS: readonly Row[] = [
  [100, "entry is not found in discovery"],
  [101, "entry is not of server in discovery"],
  [102, "entry is not of client in discovery"],
  [103, "client entry in discovery has no delegated servers"],
  [200, "local entity closed", { ends: "session" }],
  [201, "local session closed", { ends: "session" }],
  [202, "cannot connect to delegated server"],
  [203, "extra bytes received during session handshake", { ends: "session" }],
  [300, "request has invalid signature"],
  [301, "request timestamp should be higher than last"],
  [302, "request has invalid source public key"],
  [303, "request has invalid destination public key"],
  [304, "request has invalid source port"],
  [305, "request has invalid destination port"],
  [306, "request has no associated listener", { temporary: true }],
  [307, "request cannot be forwarded because the next session is non-existent"],
  [308, "server is at its peer-relay stream capacity", { temporary: true }],
  [350, "response has invalid signature"],
  [351, "response has invalid hash of associated request"],
  [352, "response rejected associated request without reason"],
  [370, "signed object is invalid"],
  [400, "port already occupied"],
  [401, "listener accept chan maxed", { temporary: true }],
];

/** Every code that a peer may send in `ErrCode` or that we raise, with its meaning. */
export const DMSG_ERRORS: ReadonlyMap<number, DmsgErrorInfo> = new Map(
  ROWS.map(([code, text, marks]): [number, DmsgErrorInfo] => [code, {
    text,
    temporary: marks?.temporary ?? false,
    by: code === 203 || (code >= 300 && code < 400) ? "peer" : "self",
    ends: marks?.ends ?? "stream",
  }]),
);

/**
 * The error of a code.
 * @param code  One of {@link DMSG_ERRORS}.
 * @param cause  What brought it about: a text, or an error whose message is used; never holds secrets or bodies.
 * @returns With the message `dmsg error <code> - <text>[: <cause>]`.
 * @throws {RangeError} When the code is not in the table.
 */
export function dmsgError(code: number, cause?: string | Error): ProtocolError {
  const info = DMSG_ERRORS.get(code);
  if (info === undefined) throw new RangeError(`dmsg has no error code ${code}`);
  const reason = cause instanceof Error ? cause.message : cause;
  const message = `dmsg error ${code} - ${info.text}${reason ? `: ${reason}` : ""}`;
  return new ProtocolError(message, { by: info.by, code, ends: info.ends }, { cause });
}

/** Whether an error is one of dmsg's that can pass by itself (no listener yet, a full queue). */
export const isTemporary = (error: unknown): boolean =>
  error instanceof ProtocolError && DMSG_ERRORS.get(Number(error.code))?.temporary === true;
