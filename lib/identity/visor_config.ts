/**
 * The secret key inside a visor's configuration: a JSON object with the member `sk`.
 *
 * @see specification skychat (e) "Identity order": only `sk` is read
 * @module
 */
import { parseSecret } from "./secret.ts";
import { UserError } from "../wire/errors.ts";

/**
 * Reads the secret of a visor configuration; every other member is ignored.
 * @param text  The file's text.
 * @param name  What to call the file in an error.
 * @returns 32 bytes.
 * @throws {UserError} local: not JSON, no `sk`, or not a key. Neither message nor cause holds any of the text.
 */
export function secretOfVisorConfig(text: string, name: string): Uint8Array {
  const config = parseJson(text, name);
  const sk = typeof config === "object" && config !== null && Object.hasOwn(config, "sk")
    ? (config as { sk: unknown }).sk
    : undefined;
  if (typeof sk !== "string") throw refused(`${name} has no member "sk" with a secret key`);
  return parseSecret(sk, `the member "sk" of ${name}`, "local");
}

/** The parser's own error quotes the text, which may be the secret: it is dropped, not even kept as a cause. */
function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refused(`${name} is not JSON`);
  }
}

const refused = (message: string): UserError =>
  new UserError(message, {
    kind: "local",
    hint: "Expected a visor configuration: an object with the member sk.",
  });
