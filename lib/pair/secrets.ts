/**
 * Our secrets of epochs. They are kept apart from all else, in one small file that is written anew whenever one goes: a
 * database and a log keep for a while what is deleted from them, and an erased secret must be nowhere.
 *
 * @see lib/pair/README.md "Secrets"
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import { pkMember } from "../crypto/members.ts";
import { fromUtf8, utf8 } from "../wire/bytes.ts";
import { field, goBytes, goList, type GoStruct, goStruct, goU64 } from "../wire/go_struct.ts";

/** The secret key of one of our generations. */
export interface EpochSecret {
  /** With whom. */
  readonly peer: PublicKeyHex;
  /** Which generation, from 1. */
  readonly generation: bigint;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

const FILE: GoStruct<{ readonly secrets: readonly EpochSecret[] }> = goStruct<{
  readonly secrets: readonly EpochSecret[];
}>({
  secrets: field(
    "secrets",
    goList(goStruct<EpochSecret>({
      peer: field("peer_pk", pkMember),
      generation: field("generation", goU64),
      secret: field("secret", goBytes),
    })),
  ),
});

/** The file's bytes. */
export const encodeSecrets = (secrets: readonly EpochSecret[]): Uint8Array => utf8(FILE.encode({ secrets }));

/** Reads the file: all that are whole. @returns undefined when it is none. */
export function readSecrets(bytes: Uint8Array): readonly EpochSecret[] | undefined {
  return FILE.decode(fromUtf8(bytes))?.secrets.filter(({ secret }) => secret.length === 32);
}
