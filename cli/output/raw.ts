/**
 * `--raw`: what peers write, as it is.
 *
 * @module
 */
import { UserError } from "../../lib/wire/errors.ts";

/** The flag. */
export const rawFlag = {
  kind: "boolean",
  default: false,
  withNegated: false,
  brief: "Leave newlines and control characters as they are; not for a terminal",
} as const;

/** A form of the output is one alone. @throws {UserError} usage: two are asked for. */
export function checkOneForm({ raw, json }: { readonly raw: boolean; readonly json: boolean }): void {
  if (raw && json) {
    throw new UserError("--raw and --json exclude each other", { kind: "usage", hint: "Give one of them." });
  }
}

/** What is as peers wrote it reaches no terminal. @throws {UserError} usage: the output is one. */
export function checkNoTerminal({ raw }: { readonly raw: boolean }): void {
  if (!raw || !Deno.stdout.isTerminal()) return;
  throw new UserError("--raw is not for a terminal: what peers write could control it", {
    kind: "usage",
    hint: "Send the output to a file or a pipe.",
  });
}
