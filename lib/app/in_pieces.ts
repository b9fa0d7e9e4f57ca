/**
 * What may be more than one commit of the store holds: some 900 rows and 500 KiB.
 *
 * @module
 */
import type { Change, CommitResult, Store } from "../store/store.ts";

/** Leaves that are read together: each is up to 12 rows. */
const MAX_LEAVES = 48;
/** Their bytes: a message lies there up to three times, as itself, as a copy in our feed and in its thread. */
const MAX_LEAF_BYTES = 128 << 10;
/** Units of a piece, each of which may rewrite a page. */
const MAX_UNITS = 32;
/** Bytes of their values and bodies. */
const MAX_CHANGE_BYTES = 256 << 10;

/** Leaves in their order, some at a time; none is one piece of none. @param leaves  Each at most half a piece. */
export const leafPieces = <T extends { readonly value: Uint8Array }>(leaves: readonly T[]): T[][] =>
  pieces(leaves, ({ value }) => value.length, MAX_LEAVES, MAX_LEAF_BYTES);

/** Changes for one commit. */
export interface Changes {
  /** Changes that belong together; after a kill between two of these lists the later ones are made again. */
  readonly units: readonly (readonly Change[])[];
  /** What says that all of them are kept. */
  readonly last: readonly Change[];
}

/**
 * Commits changes together; where they are too many for that, units in their order, some at a time, and then the rest.
 * @returns As `Store.commit`; positions are those of all messages, in order. @throws As `Store.commit`.
 */
export async function commitInPieces(
  store: Pick<Store, "commit">,
  { units, last }: Changes,
): Promise<CommitResult> {
  try {
    return await store.commit([...units.flat(), ...last]);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  const positions: number[] = [];
  for (const part of changePieces(units)) {
    const result = await store.commit(part);
    if (!result.ok) return result;
    positions.push(...result.positions);
  }
  const result = await store.commit(last);
  return result.ok ? { ...result, positions: [...positions, ...result.positions] } : result;
}

/** Changes that fit one commit each, in their order. @param units  Of changes that belong together, each half a piece at most. */
export function changePieces(units: readonly (readonly Change[])[]): Change[][] {
  const sizeOf = (unit: readonly Change[]): number => unit.reduce((sum, change) => sum + bytesIn(change), 0);
  return pieces(units, sizeOf, MAX_UNITS, MAX_CHANGE_BYTES).map((piece) => piece.flat());
}

function bytesIn(change: Change): number {
  if (change.kind === "value") return change.value?.length ?? 0;
  return change.kind === "message" ? 3 * change.message.body.length : 0;
}

function pieces<T>(
  all: readonly T[],
  sizeOf: (one: T) => number,
  maxCount: number,
  maxBytes: number,
): T[][] {
  const found: T[][] = [[]];
  let bytes = 0;
  for (const one of all) {
    const size = sizeOf(one);
    const last = found.at(-1)!;
    if (last.length > 0 && (last.length >= maxCount || bytes + size > maxBytes)) {
      found.push([one]);
      bytes = size;
    } else {
      last.push(one);
      bytes += size;
    }
  }
  return found;
}
