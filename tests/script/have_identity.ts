/**
 * Identities with names for tests and benchmarks: most commands take a name only when it has a key.
 *
 * @module
 */
import { generateKeyPair } from "../../lib/crypto/keys.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { toHex } from "../../lib/wire/bytes.ts";

/** Makes the key of an identity below a home directory, unless it is there. */
export function haveIdentity(home: string, name: string): void {
  const directory = `${home}/.local/share/dmsg/identities/${name}`;
  Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
  try {
    const secret = `${toHex(generateKeyPair(systemRandom).secret)}\n`;
    Deno.writeTextFileSync(`${directory}/identity.key`, secret, { createNew: true, mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}
