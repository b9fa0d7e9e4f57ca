/**
 * Our ratchet secrets of D2 groups: kept apart from the store, in one small file that is replaced whenever one goes, as
 * the epoch secrets of pairs are.
 *
 * @see lib/app/README.md "Groups"; docs/d2.md "Pairs"
 * @module
 */
import { fromUtf8, utf8 } from "../../wire/bytes.ts";
import { field, goBytes, goList, goString, type GoStruct, goStruct, goU64 } from "../../wire/go_struct.ts";
import type { PairSecrets } from "../pairs/secrets.ts";
import type { GroupId } from "./groups.ts";

/** Where it lies in an identity's directory. */
export const RATCHETS_FILE = "store/ratchets";

interface Kept {
  readonly group: GroupId;
  readonly issuedAtNs: bigint;
  readonly secret: Uint8Array;
}

const FILE: GoStruct<{ readonly secrets: readonly Kept[] }> = goStruct<{ readonly secrets: readonly Kept[] }>(
  {
    secrets: field(
      "secrets",
      goList(goStruct<Kept>({
        group: field("group_id", goString),
        issuedAtNs: field("issued_at", goU64),
        secret: field("secret", goBytes),
      })),
    ),
  },
);

/** The secrets of all groups of one identity. */
export class RatchetFile {
  readonly #file: PairSecrets;
  #kept: Promise<Kept[]> | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  /** Read at the first call. */
  constructor(file: PairSecrets) {
    this.#file = file;
  }

  /** A group's, 32 bytes each by the nanoseconds of their announcement. @throws What the file throws. */
  async of(group: GroupId): Promise<ReadonlyMap<bigint, Uint8Array>> {
    const mine = (await this.#read()).filter((kept) => kept.group === group);
    return new Map(mine.map(({ issuedAtNs, secret }) => [issuedAtNs, secret]));
  }

  /** Replaces a group's; what is not in it is erased. @throws What the file throws. */
  async put(group: GroupId, secrets: ReadonlyMap<bigint, Uint8Array>): Promise<void> {
    const kept = await this.#read();
    const others = kept.filter((it) => it.group !== group);
    if (others.length === kept.length && secrets.size === 0) return;
    const mine = [...secrets].map(([issuedAtNs, secret]): Kept => ({ group, issuedAtNs, secret }));
    kept.splice(0, kept.length, ...others, ...mine);
    const writing = this.#writing.then(() => this.#file.write(utf8(FILE.encode({ secrets: kept }))));
    this.#writing = writing.catch(() => {});
    await writing;
  }

  #read(): Promise<Kept[]> {
    return this.#kept ??= this.#file.read().then((bytes) => {
      const secrets = bytes && FILE.decode(fromUtf8(bytes))?.secrets;
      return secrets === undefined ? [] : secrets.filter(({ secret }) => secret.length === 32);
    });
  }
}
