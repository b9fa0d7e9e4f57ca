/**
 * Things of overlays by what a person calls them.
 *
 * @module
 */
import { didYouMean } from "../../lib/identity/nearest.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { namedBack } from "../args.ts";

/** The shortest beginning of an id that names a thing. */
export const MIN_PREFIX = 4;

/** So many ids are named where a text means several. */
const MAX_NAMED = 10;

/** A name without differences of case; an `é` may be one character or two. */
const plain = (text: string): string => text.normalize("NFC").toLowerCase();

/** Whether a thing is one that {@link byName} may give, whatever else there is. */
export const mayBe = <T extends { id: string }>(
  text: string,
  nameOf: (one: T) => string,
): (one: T) => boolean => {
  const folded = plain(text);
  return (one) => plain(nameOf(one)) === folded || (text.length >= MIN_PREFIX && one.id.startsWith(folded));
};

/**
 * Those that a text means: of this very name, else of this one in another case or spelling, else whose id begins so.
 * @param text  A name, or {@link MIN_PREFIX} characters or more of an id.
 */
export const byName = <T extends { id: string }>(
  all: readonly T[],
  text: string,
  nameOf: (one: T) => string,
): readonly T[] => {
  const exact = all.filter((one) => nameOf(one) === text);
  if (exact.length > 0) return exact;
  const folded = all.filter((one) => plain(nameOf(one)) === plain(text));
  return folded.length > 0
    ? folded
    : all.filter(({ id }) => text.length >= MIN_PREFIX && id.startsWith(text.toLowerCase()));
};

/**
 * The one that is meant.
 * @param found  In the order in which they are asked: the first that has some counts.
 * @param all  What else there is, for a hint.
 * @throws {UserError} usage: none, or several.
 */
export function theOne<T extends { id: string }>(
  what: string,
  text: string,
  found: readonly (readonly T[])[],
  all: readonly T[],
  nameOf: (one: T) => string,
): T {
  const some = found.find((one) => one.length > 0) ?? [];
  if (some.length === 1) return some[0];
  if (some.length > 1) throw several(text, some.map(({ id }) => id));
  const hint = didYouMean(text, all.map(nameOf)) ??
    (what === "list" ? "`dmsg list ls` shows all." : "`dmsg list show` shows all.");
  throw new UserError(`There is no ${what} ${namedBack(text)}`, { kind: "usage", hint });
}

/** A text means several things. */
export const several = (text: string, ids: readonly string[]): UserError =>
  new UserError(`${JSON.stringify(text)} names ${ids.length} of them`, {
    kind: "usage",
    hint: `Use an id: ${ids.slice(0, MAX_NAMED).join(", ")}${ids.length > MAX_NAMED ? ", …" : "."}`,
  });
