/**
 * The exit status is a contract: one table, printed by `dmsg help exit-status` and kept in README.md.
 *
 * @module
 */
import { CopyError } from "../lib/scp/errors.ts";
import {
  NetworkError,
  type NetworkReason,
  ProtocolError,
  UserError,
  type UserErrorKind,
} from "../lib/wire/errors.ts";

/** Every exit status by name. */
export const Status = {
  done: 0,
  notAcked: 1,
  usage: 2,
  unreachable: 3,
  refused: 4,
  local: 5,
  noNetwork: 6,
  busy: 7,
  remote: 8,
  broken: 9,
  queued: 10,
  someFailed: 11,
  fault: 70,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

/** An exit status of the table. */
export type Status = typeof Status[keyof typeof Status];

/** What each status means, in the words of the help. */
export const STATUS_MEANING: Readonly<Record<Status, string>> = {
  0: "acked or done",
  1: "not acked in time",
  2: "usage",
  3: "peer unreachable",
  4: "refused",
  5: "local store, file or command; also: the reader of our output is gone",
  6: "no discovery or server",
  7: "busy",
  8: "the other side reported an error",
  9: "broken off, or not what was sent",
  10: "queued",
  11: "some of several files failed",
  70: "fault in our code",
  129: "ended by SIGHUP: its terminal is gone",
  130: "interrupted: ended by SIGINT, as with Ctrl+C",
  143: "ended by SIGTERM",
};

/** A peer was reached, and its answer is not what was asked for. */
export class AnswerError extends Error {
  /** Tells it from other errors. */
  override readonly name = "AnswerError";
  /** `remote`: it told an error; `refused`: it does not let us; `broken`: cut off, or not what was expected. */
  readonly fault: "remote" | "refused" | "broken";
  /** A sentence; the peer's words in it are not escaped. */
  constructor(message: string, fault: "remote" | "refused" | "broken", options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

/** Every `code` of an error in JSON, in the order of cli/README.md "Output"; the last one is never printed. */
export const FAILURE_CODES = [
  ...["usage", "local", "refused", "busy", "unreachable", "closed", "timeout", "no-network"],
  ...["remote", "broken", "protocol", "permission", "interrupted", "fault", "closed-output"],
] as const;

/** Something that ended a command, ready to be printed; text, JSON and status all come from this one value. */
export interface Failure {
  /** The exit status. */
  readonly status: Status;
  /** One word for programs, as in `{"error":{"code":…}}`. */
  readonly code: typeof FAILURE_CODES[number];
  /** A sentence without a full stop. */
  readonly message: string;
  /** The next step, when there is one. */
  readonly hint?: string;
  /** What was thrown; its stack is shown only with `--verbose`. */
  readonly cause?: unknown;
}

/** A signal that ends a command. */
export type EndSignal = "SIGHUP" | "SIGINT" | "SIGBREAK" | "SIGTERM";

/** The signals that end a command, and what a shell shows of it. */
const BY_SIGNAL: Readonly<Record<EndSignal, Status>> = {
  SIGHUP: Status.hungUp,
  SIGINT: Status.interrupted,
  SIGBREAK: Status.interrupted,
  SIGTERM: Status.terminated,
};

/** A signal, or a key that stands for one, ended a command: the reason of its signal. */
export class Interrupted extends Error {
  /** The class. */
  override readonly name = "Interrupted";
  /** Of which the process dies once it has cleaned up: a shell's loop ends only then. */
  readonly signal: EndSignal;

  /** An end. @param signal  The one that came, or that a key stands for. */
  constructor(message?: string, signal: EndSignal = "SIGINT") {
    super(message);
    this.signal = signal;
  }

  /** What a shell shows of it. */
  get status(): Status {
    return BY_SIGNAL[this.signal];
  }
}

/** The reader of our output went away: the reason of the command's signal. */
export class OutputClosed extends Error {
  /** The class. */
  override readonly name = "OutputClosed";
}

const BY_KIND: Readonly<Record<UserErrorKind, Status>> = {
  usage: Status.usage,
  local: Status.local,
  refused: Status.refused,
  "no-network": Status.noNetwork,
  busy: Status.busy,
};

const BY_REASON: Readonly<Record<NetworkReason, Status>> = {
  unreachable: Status.unreachable,
  closed: Status.unreachable,
  timeout: Status.unreachable,
  refused: Status.refused,
  "no-network": Status.noNetwork,
};

/**
 * The status, word and sentence of anything that was thrown.
 * @param reason  The reason of the command's signal when it was aborted: everything thrown after that is its echo.
 */
export function failureOf(error: unknown, reason?: unknown): Failure {
  const cause = reason ?? error;
  if (cause instanceof Interrupted) {
    return { status: cause.status, code: "interrupted", message: "Interrupted" };
  }
  // Nobody reads our output, or it can't be written: that is told at the very end (run.ts).
  if (cause instanceof OutputClosed || reason instanceof UserError) {
    return { status: Status.local, code: "closed-output", message: (cause as Error).message };
  }
  if (error instanceof UserError) {
    return {
      status: BY_KIND[error.kind],
      code: error.kind,
      message: error.message,
      hint: error.hint,
      cause: error,
    };
  }
  if (error instanceof NetworkError) {
    const again = error.reason === "refused"
      ? "Try again when the other side is ready for it."
      : "Try again later.";
    const hint = error.retry ? again : undefined;
    return {
      status: BY_REASON[error.reason],
      code: error.reason,
      message: error.message,
      hint,
      cause: error,
    };
  }
  if (error instanceof CopyError) {
    return {
      status: Status[error.fault],
      code: error.fault,
      message: error.message,
      hint: error.hint,
      cause: error,
    };
  }
  if (error instanceof AnswerError) {
    return { status: Status[error.fault], code: error.fault, message: error.message, cause: error };
  }
  if (error instanceof ProtocolError && error.by === "peer") {
    return { status: Status.unreachable, code: "protocol", message: error.message, cause: error };
  }
  if (isNotGranted(error)) {
    return { status: Status.local, code: "permission", cause: error, ...notGranted(error.message) };
  }
  return {
    status: Status.fault,
    code: "fault",
    message: `A fault in dmsg: ${error instanceof Error ? error.message : String(error)}`,
    hint: "Please report it, with the output of the same command and --verbose.",
    cause: error,
  };
}

/**
 * The status of a command with several outcomes: the highest wins; none is done. What waits in the queue is promised, so
 * any failure beside it counts more.
 */
export function worst(statuses: Iterable<Status>): Status {
  const weight = (status: Status): number => status === Status.queued ? 0.5 : status;
  let worst: Status = Status.done;
  for (const status of statuses) if (weight(status) > weight(worst)) worst = status;
  return worst;
}

/** The table as lines of text, without a heading. */
export const statusLines = (): string[] =>
  Object.entries(STATUS_MEANING).map(([status, meaning]) => `  ${status.padStart(3)}  ${meaning}`);

/** A piece of a release that may not be read is another kind of error: it is one of a module. */
const isNotGranted = (error: unknown): error is Error =>
  error instanceof Deno.errors.NotCapable ||
  (error instanceof TypeError &&
    /^Requires \w+ access to ".*", run again with the --allow-/.test(error.message));

/** Whoever runs it, the runtime lets no program with less than all permissions into what the system shows as files. */
const SYSTEM_PLACE = /^Requires all access to "(\/(?:proc|dev|sys)(?:\/.*)?)", run again/;

function notGranted(message: string): { message: string; hint: string } {
  const place = SYSTEM_PLACE.exec(message)?.[1];
  return place === undefined
    ? {
      message,
      hint: "Run the released program, or `scripts/dmsg`: they grant exactly what is needed. " +
        "A bundle takes `deno run -A`.",
    }
    : {
      message: `Cannot use ${place}: it lies where the system shows its state as files`,
      hint: "Name a place on a disk: a file, or with HOME, XDG_DATA_HOME, XDG_CONFIG_HOME or --data-dir a " +
        "directory. Commands that read or write a file take - for standard input and output.",
    };
}
