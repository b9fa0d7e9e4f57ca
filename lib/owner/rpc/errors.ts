/**
 * Errors over the socket: the other side gets one of the same class, with the same sentence and exit status.
 *
 * @module
 */
import {
  inPart,
  NetworkError,
  type NetworkReason,
  ProtocolError,
  UserError,
  type UserErrorKind,
} from "../../wire/errors.ts";
import { RpcCode, type RpcErrorObject } from "./rpc.ts";

/** Codes of our classes; the members of each are in `data`. */
const CODE = { user: 1, network: 2, protocol: 3 } as const;

const KINDS: readonly UserErrorKind[] = ["usage", "local", "refused", "no-network", "busy"];
const REASONS: readonly NetworkReason[] = ["unreachable", "no-network", "refused", "closed", "timeout"];

/** The owner has ended while we used it: the one failure after which another owner can be asked. */
export class OwnerGone extends NetworkError {
  /** The same sentence for every way in which it ends. */
  constructor(cause?: unknown) {
    super("The process that owns this identity has ended", { retry: true, reason: "closed", cause });
  }
}

/** The owner takes connections and says nothing on them: it is stopped, stuck, or far too busy. */
export class OwnerSilent extends NetworkError {
  /** An error without more to say: who finds the owner knows which process it is. */
  constructor() {
    super("The process that owns this identity does not answer", { retry: true, reason: "timeout" });
  }
}

/** What is sent for something that was thrown. Causes and stacks stay here. */
export function toRpcError(error: unknown): RpcErrorObject {
  if (error instanceof UserError) {
    const data = { class: "UserError", kind: error.kind, hint: error.hint };
    return { code: CODE.user, message: error.message, data };
  }
  if (error instanceof NetworkError) {
    const data = { class: "NetworkError", reason: error.reason, retry: error.retry };
    return { code: CODE.network, message: error.message, data };
  }
  if (error instanceof ProtocolError) {
    const data = { class: "ProtocolError", by: error.by, code: error.code, ends: error.ends };
    return { code: CODE.protocol, message: error.message, data };
  }
  return { code: RpcCode.fault, message: error instanceof Error ? error.message : String(error) };
}

/** The error that was sent; what is not one of ours is a plain Error: a fault. */
export function fromRpcError(error: RpcErrorObject): Error {
  const { message } = error;
  if (error.code === RpcCode.noMethod) return olderOwner();
  const data = (typeof error.data === "object" ? error.data : null) as Record<string, unknown> | null;
  if (data === null) return new Error(message);
  if (error.code === CODE.user && isOf(KINDS, data.kind) && typeof data.hint === "string") {
    return new UserError(message, { kind: data.kind, hint: data.hint });
  }
  if (error.code === CODE.network && isOf(REASONS, data.reason)) {
    return new NetworkError(message, { reason: data.reason, retry: data.retry === true });
  }
  if (error.code === CODE.protocol && (typeof data.code === "number" || typeof data.code === "string")) {
    const by = data.by === "self" ? "self" : "peer";
    return new ProtocolError(message, {
      by,
      code: data.code,
      ends: data.ends === "session" ? "session" : "stream",
    });
  }
  return new Error(message);
}

/** Only an owner that was started before a method, or what may be asked of it, was there does not know it. */
export const olderOwner = (): UserError =>
  new UserError("The dmsg that runs with this identity is an older one, and does not know how to do this", {
    kind: "busy",
    hint: "End it and start it again with this version.",
  });

/** An owner of our version says nothing that can't be used. @param problem  What is wrong with it, and where. */
export const otherOwner = (problem: string): UserError =>
  new UserError(`The dmsg that runs with this identity is of another version: its ${problem}`, {
    kind: "busy",
    hint: "End it and start it again with this version.",
  });

const isOf = <T>(all: readonly T[], value: unknown): value is T => all.includes(value as T);

/** What the second owner says of what the first one may have done. */
export const perhapsDone = (error: unknown): unknown =>
  error instanceof UserError && error.kind === "usage"
    ? inPart("The process that owned this identity ended before it answered, and may have done it", error)
    : error;
