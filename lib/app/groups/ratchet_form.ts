/**
 * How our ratchet secrets of D2 groups lie in their file.
 *
 * @see lib/app/README.md "Groups"; docs/d2.md "Pairs"
 * @module
 */
import { fromUtf8, utf8 } from "../../wire/bytes.ts";
import { field, goBytes, goList, goString, type GoStruct, goStruct, goU64 } from "../../wire/go_struct.ts";
import type { NamedSecret, SecretsForm } from "../kept_secrets.ts";

const FILE: GoStruct<{ readonly secrets: readonly NamedSecret[] }> = goStruct<{
  readonly secrets: readonly NamedSecret[];
}>({
  secrets: field(
    "secrets",
    goList(goStruct<NamedSecret>({
      name: field("group_id", goString),
      number: field("issued_at", goU64),
      secret: field("secret", goBytes),
    })),
  ),
});

/** By group and the nanoseconds of their announcement. */
export const RATCHETS: SecretsForm = {
  encode: (secrets) => utf8(FILE.encode({ secrets })),
  read: (bytes) => FILE.decode(fromUtf8(bytes))?.secrets.filter(({ secret }) => secret.length === 32),
};
