/**
 * One place that turns a text into a secret key and whose errors never hold that text.
 *
 * @module
 */
import { parseSecretKey } from "../crypto/keys.ts";
import { UserError, type UserErrorKind } from "../wire/errors.ts";

/**
 * Parses a secret key, white space around it allowed.
 * @param text  64 hex characters.
 * @param place  Where it stood, for the message: `DMSG_SK`, `the key file …`.
 * @param kind  `usage` for flags and variables, `local` for files.
 * @returns 32 bytes.
 * @throws {UserError} The text is no secret key; neither message nor cause holds it.
 */
export function parseSecret(text: string, place: string, kind: UserErrorKind): Uint8Array {
  try {
    return parseSecretKey(text.trim());
  } catch {
    throw new UserError(`There is no valid secret key in ${place}`, {
      kind,
      hint: "A secret key is 64 hex characters.",
    });
  }
}
