/**
 * The flags that commands share, with their help texts: spread `flags.output`, `flags.identity` or
 * `flags.network` into a command's own.
 *
 * @module
 */
import type { Aliases, FlagParametersForType } from "@stricli/core";
import type { Context } from "../context.ts";
import { parsePath, parsePlace } from "./paths.ts";

// Type aliases, not interfaces: the parser wants types that fit an index signature, and interfaces never do.

/** Flags of every command. */
export type OutputFlags = {
  /** `--json`. */
  readonly json: boolean;
  /** `--verbose`, `-v`. */
  readonly verbose: boolean;
  /** `--no-color`. */
  readonly noColor: boolean;
};

/** Flags of commands that need our key. */
export type IdentityFlags = {
  /** `--identity NAME`. */
  readonly identity?: string;
  /** `--data-dir DIR`. */
  readonly dataDir?: string;
  /** `--config FILE`, `-c`. */
  readonly config?: string;
  /** `--sk HEX`. */
  readonly sk?: string;
};

/** Flags of commands that use the network. */
export type NetworkFlags = {
  /** `--discovery URL`, `-d`. */
  readonly discovery?: readonly string[];
  /** `--local`. */
  readonly local: boolean;
  /** `--pq`. */
  readonly pq: boolean;
  /** `--require-pq`. */
  readonly requirePq: boolean;
  /** `--take-over`. */
  readonly takeOver: boolean;
};

/** All of them. */
export type CommonFlags = OutputFlags & IdentityFlags & NetworkFlags;

/** A flag that is there or not. */
const yes = (brief: string) => ({ kind: "boolean", default: false, withNegated: false, brief }) as const;

/** A flag with a text; checked later, so that an error can be chosen that does not quote it. */
const text = (placeholder: string, brief: string) =>
  ({ kind: "parsed", parse: String, optional: true, placeholder, brief }) as const;

/** A flag with a file or a directory. */
const path = (placeholder: string, brief: string, parse: (text: string) => string = parsePlace) =>
  ({ kind: "parsed", parse, optional: true, placeholder, brief }) as const;

/** The definitions of {@link OutputFlags}. */
export const outputFlags: FlagParametersForType<OutputFlags, Context> = {
  json: yes("Print results and errors as one JSON value per line"),
  verbose: yes("Show more, and the stack of an error"),
  noColor: yes("Use no colours; NO_COLOR does the same"),
};

/** The definitions of {@link IdentityFlags}. */
export const identityFlags: FlagParametersForType<IdentityFlags, Context> = {
  identity: text("name", "Use the identity of this name instead of the default one"),
  // The empty text is refused later, like in its variable.
  dataDir: path("dir", "Keep keys and messages here; DMSG_DATA_DIR does the same", parsePath),
  config: path("file", "Take the secret key from a visor configuration (member sk)"),
  sk: text("hex", "The secret key itself; everybody on this machine can see it, prefer DMSG_SK"),
};

/** The definitions of {@link NetworkFlags}. */
export const networkFlags: FlagParametersForType<NetworkFlags, Context> = {
  discovery: {
    kind: "parsed",
    parse: String,
    optional: true,
    variadic: ",",
    placeholder: "url",
    brief: "Ask these discoveries, of one network or of several; DMSG_DISCOVERY does the same",
  },
  local: yes("Use the network that `dmsg serve` runs on this machine"),
  pq: yes("Offer the hybrid post-quantum handshake"),
  requirePq: yes("Talk only to peers with the hybrid post-quantum handshake"),
  takeOver: yes("Use the key even though another program seems to hold it"),
};

/** The definitions of {@link CommonFlags}. */
export const commonFlags: FlagParametersForType<CommonFlags, Context> = {
  ...networkFlags,
  ...identityFlags,
  ...outputFlags,
};

/** Letters for {@link OutputFlags}. */
export const outputAliases: Aliases<"verbose"> = { v: "verbose" };
/** Letters for {@link IdentityFlags} and {@link OutputFlags}. */
export const identityAliases: Aliases<"verbose" | "config"> = { ...outputAliases, c: "config" };
/** Letters for {@link CommonFlags}. */
export const commonAliases: Aliases<"verbose" | "config" | "discovery"> = {
  ...identityAliases,
  d: "discovery",
};

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Parser for a time such as `500ms`, `5s`, `2m`, `12h`, `1d`, as Go writes them also `1m30s`, or a bare number of seconds.
 * @returns Milliseconds, 0 or more.
 * @throws {SyntaxError} Anything else; becomes a usage error.
 */
export function parseDurationMs(input: string): number {
  const text = /^[\d.]+$/.test(input) ? `${input}s` : input;
  const isTime = /^(?:\d{1,9}(?:\.\d{1,9})?(?:ms|[smhd])){1,5}$/.test(text);
  const parts = isTime ? [...text.matchAll(/([\d.]+)(ms|[smhd])/g)] : [];
  const ms = Math.round(parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit], 0));
  if (!isTime || !Number.isSafeInteger(ms)) {
    throw new SyntaxError("a time is a number with ms, s, m, h or d, or of seconds");
  }
  return ms;
}

/**
 * Parser for `--net`.
 * @returns `dmsg`.
 * @throws {SyntaxError} Anything else; becomes a usage error.
 */
export function parseNet(input: string): "dmsg" {
  if (input === "dmsg") return input;
  throw new SyntaxError("this program speaks dmsg only; other networks need a visor");
}

/** `--net` of what shows messages. */
export const netFlag = {
  kind: "parsed",
  parse: parseNet,
  optional: true,
  placeholder: "net",
  brief: "dmsg: show direct messages only, none of groups and pairs",
} as const;

/** Parser for `--retries`. @returns 0 … 9999. @throws {SyntaxError} Anything else. */
export function parseRetries(input: string): number {
  if (/^\d{1,4}$/.test(input)) return Number(input);
  throw new SyntaxError("a number of retries is from 0 to 9999");
}

/** A word that may not be empty. @throws {SyntaxError} It is. */
export function parseWord(input: string): string {
  if (input === "") throw new SyntaxError("it is empty");
  return input;
}

/** `--id` of what says something. */
export const keyFlag = {
  kind: "parsed",
  parse: parseWord,
  optional: true,
  placeholder: "key",
  brief: "Names the message: sending it again with the same key does not make two",
} as const;

/** `--idle` of what carries connections for others. */
export const idleFlag = {
  kind: "parsed",
  parse: parseDurationMs,
  optional: true,
  placeholder: "time",
  brief: "End a connection in which nothing has moved for so long (24h); 0: never",
} as const;
