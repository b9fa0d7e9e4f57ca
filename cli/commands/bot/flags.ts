/**
 * Flags that the commands of `dmsg bot` share.
 *
 * @module
 */
import { parseDurationMs } from "../../flags/flags.ts";

/** `--wait`. */
export const waitFlag = {
  kind: "parsed",
  parse: parseDurationMs,
  default: "5s",
  placeholder: "time",
  brief: "How long what is said is waited for; it is queued otherwise",
} as const;

/** The command that is run. */
export const commandArguments = {
  kind: "array",
  parameter: { parse: String, placeholder: "command", brief: "The program and its arguments, behind --" },
} as const;

/** `--in`. */
export const inFlag = {
  kind: "parsed",
  parse: String,
  optional: true,
  variadic: ",",
  placeholder: "conversation",
  brief: "Hear and speak only here; a key, an alias, or a group's id or name",
} as const;

/** `--in` of bots that only publish, which must name one. */
export const publishInFlag = {
  ...inFlag,
  brief: "Publish here; a key, an alias, or a group's id or name",
} as const;

/** `--name`. */
export const botNameFlag = {
  kind: "parsed",
  parse: parseName,
  default: "bot",
  placeholder: "word",
  brief: "Tells it from other bots of this identity: what is done is remembered under it",
} as const;

/** @throws {SyntaxError} It is no part of a file's name. */
function parseName(input: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,31}$/.test(input)) return input;
  throw new SyntaxError("a name is 1 to 32 of a to z, 0 to 9 and -");
}
