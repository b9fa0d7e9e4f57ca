/**
 * Giving a key its name.
 *
 * @module
 */
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { addAlias, type AliasHost, readAliases, removeAlias } from "../../lib/identity/aliases.ts";

/**
 * A key has one name here: others that it had go. A name that another key had is taken from that one.
 * @param name  undefined: it has none any more.
 * @returns What is said of it: who has no name now, too, as the next message by the name goes elsewhere.
 * @throws {UserError} As `addAlias`.
 */
export async function rename(
  host: AliasHost,
  peer: PublicKeyHex,
  name: string | undefined,
): Promise<string> {
  const before = name === undefined ? undefined : await addAlias(host, name, peer);
  // Behind that: one that looked the same is gone, and the new one would be taken for it.
  const old = [...await readAliases(host)].filter(([other, key]) => key === peer && other !== name);
  for (const [other] of old) await removeAlias(host, other);
  if (name === undefined) return "The name is gone";
  return before === undefined || before === peer
    ? `The name is ${name}`
    : `The name is ${name}; it was ${before.slice(0, 8)}…'s, who has none by it now`;
}
