/**
 * What names a message for those that belong to it. Two people name theirs by the ids of their envelopes, which are
 * what they hash to when a program of ours wrote them, members of a group by signatures; inside this room both are
 * short keys.
 *
 * @see specification skychat §h.3 "Parent ids"; lib/overlay/README.md "Names"
 * @module
 */
import { sha256 } from "../crypto/hash.ts";
import type { PublicKeyHex } from "../crypto/keys.ts";
import { concat, fromHex, toHex, utf8 } from "../wire/bytes.ts";

/** Whether messages are of two people or of a group. */
export type Scope = "person" | "group";

const PERSON = /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/;
const SIGNATURE = /^[0-9a-f]{130}$/;
const ENVELOPE_ID = /^[0-9a-f]{16}$/;
const UNSIGNED = "0".repeat(130);

/**
 * The hash of a direct message, which names it unless its envelope has an id that was chosen otherwise. Where we write
 * one that belongs to an overlay, its id follows from this.
 * @param author  Goes in as its 33 bytes.
 * @param body  Goes in as UTF-8.
 * @returns 32 lower-case hex characters of SHA-256(author ‖ body); the first 16 are the envelope's id.
 */
export const personName = (author: PublicKeyHex, body: string): string =>
  toHex(sha256(concat(fromHex(author), utf8(body))).subarray(0, 16));

/**
 * The name of a direct message: the id of its envelope, or its hash when it came without one or with one of another
 * form.
 * @param id  The envelope's; undefined: a plain text.
 * @returns 16 or 32 lower-case hex characters.
 */
export const nameOfTwo = (author: PublicKeyHex, body: string, id: string | undefined): string =>
  id !== undefined && ENVELOPE_ID.test(id) ? id : personName(author, body);

/**
 * The key of a message by its name, or of a parent by what a frame says.
 * @param name  130 hex characters in a group, 32 or 16 of a person; of these the first 16 count.
 * @returns 32 hex characters in a group, 16 of a person; undefined when it can't name anything there.
 */
export function keyOf(scope: Scope, name: string): string | undefined {
  if (scope === "person") return PERSON.test(name) ? name.slice(0, 16) : undefined;
  if (!SIGNATURE.test(name) || name === UNSIGNED) return undefined;
  return toHex(sha256(fromHex(name)).subarray(0, 16));
}
