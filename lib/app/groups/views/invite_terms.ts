/**
 * What a signed invite may say.
 *
 * @see lib/group/README.md "Signed invites"
 * @module
 */
import { MAX_NOTE_BYTES } from "../../../group/joining/admission.ts";
import { MAX_INVITE_NS, MAX_INVITE_USES } from "../../../group/joining/signed_invite.ts";
import { utf8 } from "../../../wire/bytes.ts";
import { UserError } from "../../../wire/errors.ts";
import { parseGoTime } from "../../../wire/go_time.ts";
import type { InviteTerms } from "./issued.ts";

/**
 * Looks at what an invite is to say.
 * @returns Its end, nanoseconds.
 * @throws {UserError} usage: none may say that.
 */
export function endOf({ uses, expires, note = "" }: InviteTerms, nowNs: bigint): bigint {
  const wrong = (message: string, hint: string) => new UserError(message, { kind: "usage", hint });
  if (!Number.isInteger(uses) || uses < 1 || uses > MAX_INVITE_USES) {
    throw wrong(`An invite is for 1 to ${MAX_INVITE_USES} people`, "Give a number between them.");
  }
  if (utf8(note).length > MAX_NOTE_BYTES) {
    throw wrong("The note is too long", `It has at most ${MAX_NOTE_BYTES} bytes.`);
  }
  const expiresNs = parseGoTime(expires);
  if (expiresNs <= nowNs) throw wrong("The invite would be over before it begins", "Give a later end.");
  if (expiresNs - nowNs > MAX_INVITE_NS) {
    throw wrong("An invite ends within 366 days", "Give an earlier end, such as 30d.");
  }
  return expiresNs;
}
