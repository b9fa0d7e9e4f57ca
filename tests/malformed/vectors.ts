/**
 * The malformed inputs of tests/vectors/dmsg.json.
 *
 * @module
 */
import { type KeyPair, keyPairOf } from "../../lib/crypto/keys.ts";
import { fromHex } from "../../lib/wire/bytes.ts";

// deno-lint-ignore no-explicit-any
type Json = any;

const file: Json = JSON.parse(Deno.readTextFileSync(new URL("../vectors/dmsg.json", import.meta.url)));

/** The file's groups. */
export const VECTORS: Readonly<Record<string, Json>> = file;

/** The key pair of a secret key in hex. */
export const pairOfHex = (secret: string): KeyPair => keyPairOf(fromHex(secret));

/** The file's party of a name, such as `alice`. */
export function party(name: string): KeyPair {
  const key = file.keys.valid.find((entry: Json) => entry.name === name);
  if (!key) throw new Error(`dmsg.json has no key called ${name}`);
  return pairOfHex(key.sk);
}
