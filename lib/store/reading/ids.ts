/**
 * Known ids: two generations of 30 days, so that each is kept for at least 30 days and old ones are dropped in one go.
 *
 * @module
 */
import type { Key } from "../place/place.ts";
import type { Content } from "../rows/content.ts";
import type { Names } from "../rows/keys.ts";
import { hadBody, type HeadRecord, type IdRecord, recordIn } from "../rows/records.ts";
import { type Direction, SEEN_NS, type SeenVerdict } from "../store.ts";

/** Reads contents of keys, from what is kept or a draft. */
export type ReadContents = (keys: readonly Key[]) => Promise<(Content | undefined)[]>;

/** The rows that may hold an id, the newer first. */
export const idKeys = (
  names: Names,
  generation: number,
  peer: string,
  direction: Direction,
  id: string,
): Key[] =>
  (generation > 1 ? [generation, generation - 1] : [generation]).map((each) =>
    names.id(each, peer, direction, id)
  );

/** Whether every id that was ever known still is: those of the first generation go with the third. */
export const hasAllIds = (generation: number): boolean => generation <= 2;

/** The record of an id, however old. */
export async function findId(
  read: ReadContents,
  names: Names,
  generation: number,
  peer: string,
  direction: Direction,
  id: string,
): Promise<IdRecord | undefined> {
  const [newer, older] = await read(idKeys(names, generation, peer, direction, id));
  const content = newer ?? older;
  return content && recordIn<IdRecord>(content);
}

/** What an id's record says of a body that comes now. @param passedNs  As `PassedTime` has it. */
export function judge(record: IdRecord | undefined, body: string, passedNs: bigint): SeenVerdict {
  if (!record || passedNs - BigInt(record.atNs) >= SEEN_NS) return "new";
  return hadBody(record, body) ? "repeat" : "conflict";
}

/**
 * The head as it stands at a time: with a new generation when 30 days have passed while something ran.
 * @param passedNs  As `PassedTime` has it; a time before the head's changes nothing.
 */
export function turned(head: HeadRecord, passedNs: bigint): HeadRecord {
  const known = BigInt(head.passedNs ?? 0);
  const timed = passedNs > known ? { ...head, passedNs: String(passedNs) } : head;
  return passedNs - BigInt(head.generationNs) < SEEN_NS
    ? timed
    : { ...timed, generation: head.generation + 1, generationNs: String(passedNs) };
}
