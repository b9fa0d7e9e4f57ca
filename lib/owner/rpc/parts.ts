/**
 * Results that are longer than a line: their lists go ahead in parts.
 *
 *     a list              $/part {"id","items"} …, then the response with the last items
 *     a list in an object $/part {"id","member","items"} …, then the response without that member
 *
 * @see lib/owner/README.md "Protocol"
 * @module
 */
import { UserError } from "../../wire/errors.ts";
import { MAX_LINE_BYTES, notificationLine, resultLine, type RpcId } from "./rpc.ts";

/** Items of a list go out in lines of about this size. */
const PART_BYTES: number = MAX_LINE_BYTES / 2;

/** A part of a result. */
export interface ResultPart {
  /** Of which member of the result; undefined: of the result itself. */
  readonly member?: string;
  /** Its next items. */
  readonly items: readonly unknown[];
}

/**
 * A result as lines: its parts, if it needs some, and the response.
 * @throws {UserError} usage: what can't be cut is longer than a line, behind the parts that were given out already.
 */
export function* resultLines(id: RpcId, result: unknown): Generator<Uint8Array> {
  if (Array.isArray(result)) return yield checked(resultLine(id, yield* partLines(id, {}, result)));
  const whole = resultLine(id, result);
  if (fits(whole)) return yield whole;
  const member = longestList(result as Record<string, unknown>);
  if (member === undefined) throw tooLong();
  const { [member]: items, ...rest } = result as Record<string, unknown>;
  const last = yield* partLines(id, { member }, items as unknown[]);
  yield checked(notificationLine("$/part", { id, member, items: last }));
  yield checked(resultLine(id, rest));
}

/** A result with the parts that went ahead of it. */
export function joined(result: unknown, parts: readonly ResultPart[]): unknown {
  let whole = result;
  const lists = new Map<string | undefined, unknown[]>();
  for (const { member, items } of parts) {
    const list = lists.get(member) ?? [];
    lists.set(member, list);
    for (const item of items) list.push(item);
  }
  for (const [member, items] of lists) {
    if (member === undefined) whole = Array.isArray(whole) ? items.concat(whole) : whole;
    else if (typeof whole === "object" && whole !== null) whole = { ...whole, [member]: items };
  }
  return whole;
}

/** Lines of the first items of a list. @returns The last ones, which are less than a line. */
function* partLines(
  id: RpcId,
  of: Pick<ResultPart, "member">,
  list: readonly unknown[],
): Generator<Uint8Array, unknown[]> {
  let items: unknown[] = [];
  let bytes = 0;
  for (const item of list) {
    const size = JSON.stringify(item).length * 3; // no character has more bytes
    if (bytes + size > PART_BYTES && items.length > 0) {
      yield checked(notificationLine("$/part", { id, ...of, items }));
      [items, bytes] = [[], 0];
    }
    items.push(item);
    bytes += size;
  }
  return items;
}

/** The member whose list has the most items. */
function longestList(result: Record<string, unknown>): string | undefined {
  const lists = Object.entries(result).filter((entry): entry is [string, unknown[]] =>
    Array.isArray(entry[1])
  );
  return lists.sort(([, a], [, b]) => b.length - a.length)[0]?.[0];
}

const fits = (line: Uint8Array): boolean => line.length <= MAX_LINE_BYTES + 1;

/** Who gets a longer line takes it for no owner's, and asks the next one. */
function checked(line: Uint8Array): Uint8Array {
  if (!fits(line)) throw tooLong();
  return line;
}

const tooLong = (): UserError =>
  new UserError("The answer is too long to be handed over by the process that owns this identity", {
    kind: "usage",
    hint: "Ask for less of it, or end that process.",
  });
