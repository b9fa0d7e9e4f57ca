/** Runner of the group `keys` of dmsg.json. */
import { strictEqual, throws } from "node:assert/strict";
import {
  isNullKey,
  KeyError,
  parsePublicKey,
  parsePublicKeyText,
  parseSecretKey,
  publicKeyOf,
} from "../../../lib/crypto/keys.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";
import { byMember, each, hexEqual, isAsSaid } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";
import { keyPairFromSeed } from "./seed.ts";

/** Valid pairs, texts that are no key, and pairs from a seed. */
export const dmsgKeys: GroupRunner = (group) =>
  byMember(group, {
    valid: each(({ name }) => name, ({ pk, sk }) => {
      hexEqual(parsePublicKey(pk), pk, "public key as parsed");
      hexEqual(publicKeyOf(parseSecretKey(sk)), pk, "public key of the secret key");
    }),
    invalid: each(({ kind, why }) => `${kind} ${why}`, checkInvalid),
    deterministic_from_seed: each(({ seed_utf8 }) => seed_utf8, ({ seed_utf8, pk, sk }) => {
      const { pair } = keyPairFromSeed(utf8(seed_utf8));
      hexEqual(pair.secret, sk, "secret key");
      hexEqual(pair.public, pk, "public key");
    }),
  });

interface Invalid {
  readonly hex: string;
  readonly kind: string;
  readonly strict_parse_error: string | null;
  readonly text_unmarshal_error: string | null;
}

function checkInvalid({ hex, kind, strict_parse_error, text_unmarshal_error }: Invalid): void {
  if (kind === "sk") {
    expectOutcome(() => void parseSecretKey(hex), strict_parse_error);
    expectOutcome(() => void parseSecretKey(hex), text_unmarshal_error);
    return;
  }
  strictEqual(kind, "pk", "kind of key");
  expectOutcome(() => void parsePublicKey(hex), strict_parse_error);
  expectOutcome(() => {
    const parsed = parsePublicKeyText(hex);
    if (strict_parse_error !== null) {
      strictEqual(isNullKey(parsed), true, "only the null key is a text but not a key");
    }
  }, text_unmarshal_error);
}

function expectOutcome(parse: () => void, error: string | null): void {
  if (error === null) return parse();
  throws(
    parse,
    (thrown) => thrown instanceof KeyError && isAsSaid(thrown.message, error),
    `must fail: ${error}`,
  );
}
