/**
 * The secret key inside a visor's configuration: a JSON object with the member `sk`.
 *
 * @see specification skychat (e) "Identity order": only `sk` is read
 * @module
 */
import { parseSecret } from "./secret.ts";
import { UserError } from "../wire/errors.ts";
import { parseGoObject, readMembers } from "../wire/go_json.ts";

/**
 * Reads the secret of a visor configuration; every other member is ignored.
 * @param text  The file's text.
 * @param name  What to call the file in an error.
 * @returns 32 bytes.
 * @throws {UserError} local: not JSON, no `sk`, or not a key. Neither message nor cause holds any of the text.
 */
export function secretOfVisorConfig(text: string, name: string): Uint8Array {
  // It gives no error: that would quote the text, which may be the secret.
  const config = parseGoObject(text);
  if (config === undefined) throw refused(`${name} is no JSON object`);
  const sk = readMembers(config, { sk: "string" })?.sk;
  if (!sk) throw refused(`${name} has no member "sk" with a secret key`);
  return parseSecret(sk, `the member "sk" of ${name}`, "local");
}

const refused = (message: string): UserError =>
  new UserError(message, {
    kind: "local",
    hint: "Expected a visor configuration: an object with the member sk.",
  });
