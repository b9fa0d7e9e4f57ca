/**
 * Names that no peer takes.
 *
 * @see specification dmsgscp §3.4
 * @module
 */
import { checkText } from "../../../lib/scp/path.ts";
import { UserError } from "../../../lib/wire/errors.ts";

/** What to do about one. */
const NEXT: readonly (readonly [why: RegExp, hint: string])[] = [
  [/traversal/, "It has to lie below the peer's directory: no part of it may be `..`."],
  [/characters/, "No peer takes a line end in a name: give it another one."],
  [/empty/, "Name a file below the peer's root: PK:PATH."],
  [/./, "A peer takes paths of at most 255 bytes."],
];

/** Why no peer takes a name, and what to do; undefined when one does. */
function faultOf(name: string): { readonly why: string; readonly hint: string } | undefined {
  try {
    checkText(name);
    return undefined;
  } catch (error) {
    const why = (error as Error).message.replace(/^dmsgscp: /, "");
    return { why, hint: NEXT.find(([pattern]) => pattern.test(why))![1] };
  }
}

/** A name that no peer takes is a problem of that file alone. @param what  The sentence's beginning. */
export function checked<J extends { readonly local: string; readonly remote: string }>(
  job: J,
  what = `${job.local} can't be sent`,
): J & { readonly problem?: UserError } {
  const fault = faultOf(job.remote);
  if (!fault) return job;
  return { ...job, problem: new UserError(`${what}: ${fault.why}`, { kind: "local", hint: fault.hint }) };
}

/** A path at the peer that was typed. @param what  What it can't be. @throws {UserError} usage: no peer takes it. */
export function checkRemote(path: string, what: string): void {
  const fault = faultOf(path);
  if (!fault) return;
  throw new UserError(`The remote path can't be ${what}: ${fault.why}`, { kind: "usage", hint: fault.hint });
}
