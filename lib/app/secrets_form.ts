/**
 * How secrets that are erased one day lie in their files: those of pairs, and those of D2 groups.
 *
 * They are kept apart from all else, in one small file each that is written anew whenever one goes: a database and a log
 * keep for a while what is deleted from them, and an erased secret must be nowhere.
 *
 * @see lib/pair/README.md "Secrets"; docs/d2.md "Pairs"
 * @module
 */
import { pkMember } from "../crypto/members.ts";
import { fromUtf8, utf8 } from "../wire/bytes.ts";
import {
  field,
  goBytes,
  goList,
  goString,
  type GoStruct,
  goStruct,
  type GoType,
  goU64,
} from "../wire/go_struct.ts";

/** One of them. */
export interface NamedSecret {
  /** With whom, or in which group. */
  readonly name: string;
  /** Which one: its generation, or when it was announced. */
  readonly number: bigint;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

/** A file of secrets. */
export interface SecretsForm {
  /** Its bytes. */
  encode(all: readonly NamedSecret[]): Uint8Array;
  /** Reads it: all that are whole. @returns undefined when it is none. */
  read(bytes: Uint8Array): readonly NamedSecret[] | undefined;
}

/** @param name  The member that says whose they are. @param of  What stands there. @param number  The member that says which one. */
function secretsForm(name: string, of: GoType<string>, number: string): SecretsForm {
  const file: GoStruct<{ readonly secrets: readonly NamedSecret[] }> = goStruct<{
    readonly secrets: readonly NamedSecret[];
  }>({
    secrets: field(
      "secrets",
      goList(goStruct<NamedSecret>({
        name: field(name, of),
        number: field(number, goU64),
        secret: field("secret", goBytes),
      })),
    ),
  });
  return {
    encode: (secrets) => utf8(file.encode({ secrets })),
    read: (bytes) => file.decode(fromUtf8(bytes))?.secrets.filter(({ secret }) => secret.length === 32),
  };
}

/** `store/epochs`: of pairs, by peer and generation. */
export const EPOCHS: SecretsForm = secretsForm("peer_pk", pkMember, "generation");
/** `store/ratchets`: of D2 groups, by group and the nanoseconds of their announcement. */
export const RATCHETS: SecretsForm = secretsForm("group_id", goString, "issued_at");
