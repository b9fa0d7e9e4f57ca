/**
 * A draft as the rows of one atomic write: events and ids together, values in pieces, all sealed.
 *
 * @module
 */
import type { Random } from "../../sys/random.ts";
import type { Key, Write } from "../place/place.ts";
import type { Vault } from "../place/vault.ts";
import { type Draft, isNewId, type Planned } from "../writing/draft.ts";
import { Content } from "./content.ts";
import { blocksOf } from "./event_blocks.ts";
import { encodeIds, ID_BYTES, type KnownId, MAX_BLOCK_IDS, MIN_BLOCK_IDS } from "./id_blocks.ts";
import { idBlockKey, pieceKey } from "./keys.ts";
import { type IdRecord, recordIn } from "./records.ts";

/** Rows with more bytes are encoded and sealed one after the other, so that commits come in between. */
const LARGE_BYTES = 4096;
/** Smaller ones so many at a time. */
const SMALL_ROWS = 32;
const BLOCK_NAME_BYTES = 8;

/** A block of ids that is going to be written. */
export interface IdBlock {
  /** Its key. */
  readonly key: Key;
  /** Which ids. */
  readonly names: readonly Uint8Array[];
}

type Unsealed = Pick<Planned, "key" | "content" | "oldPieces">;

/**
 * Seals everything that is planned, with pauses: what is much must not hold up who waits for an ack.
 * @returns The writes, and the blocks of ids among them.
 */
export async function writesOf(
  draft: Draft,
  vault: Vault,
  random: Random,
): Promise<{ readonly writes: Write[]; readonly blocks: readonly IdBlock[] }> {
  const ids = draft.inBlocks ? blocksOfIds(draft, random) : [];
  const skipped = ids.length > 0;
  const rows: Unsealed[] = [
    ...blocksOf(draft.events).map((row) => ({ ...row, oldPieces: 0 })),
    ...ids.map(({ key, content }) => ({ key, content, oldPieces: 0 })),
  ];
  for (const planned of draft.all()) if (!skipped || !isNewId(planned)) rows.push(planned);
  const writes: Write[] = [];
  let small: Unsealed[] = [];
  for (const [i, row] of rows.entries()) {
    small.push(row);
    const isLast = i === rows.length - 1;
    if (!isLast && small.length < SMALL_ROWS && (row.content?.size ?? 0) < LARGE_BYTES) continue;
    writes.push(...(await Promise.all(small.map((planned) => sealed(vault, planned)))).flat());
    small = [];
  }
  return { writes, blocks: ids };
}

/** Ids of one generation together; none when there are few. */
function blocksOfIds(draft: Draft, random: Random): (IdBlock & { readonly content: Content })[] {
  const generations = new Map<string, { generation: Uint8Array; ids: KnownId[] }>();
  for (const planned of draft.plannedOf("i").values()) {
    if (!isNewId(planned)) continue;
    const [, generation, name] = planned.key as unknown as [string, Uint8Array, Uint8Array];
    const text = generation.toHex();
    let of = generations.get(text);
    if (!of) generations.set(text, of = { generation, ids: [] });
    of.ids.push({ name, record: recordIn<IdRecord>(planned.content!) });
  }
  const all = [...generations.values()];
  if (all.reduce((sum, { ids }) => sum + ids.length, 0) < MIN_BLOCK_IDS) return [];
  return all.flatMap(({ generation, ids }) =>
    Array.from({ length: Math.ceil(ids.length / MAX_BLOCK_IDS) }, (_, i) => {
      const part = ids.slice(i * MAX_BLOCK_IDS, (i + 1) * MAX_BLOCK_IDS);
      return {
        key: idBlockKey(generation, random.bytes(BLOCK_NAME_BYTES)),
        names: part.map(({ name }) => name),
        content: Content.later(part, part.length * ID_BYTES, encodeIds),
      };
    })
  );
}

async function sealed(vault: Vault, { key, content, oldPieces }: Unsealed): Promise<Write[]> {
  const writes: Write[] = content ? await vault.sealed(key, content.bytes) : [{ key, value: undefined }];
  for (let i = writes.length - 1; i < oldPieces; i++) {
    writes.push({ key: pieceKey(key, i), value: undefined });
  }
  return writes;
}
