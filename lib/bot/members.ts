/**
 * Members of an object that a bot writes: which there are, and in words what is wrong with one.
 *
 * @module
 */

/** What a member may be. */
export interface Kind {
  /** Whether a value is one. */
  readonly fits: (value: unknown) => boolean;
  /** What it has to be, behind "is". */
  readonly words: string;
  /** Of an object: its own members. */
  readonly members?: Members;
}
/** Members by name; one with `?` behind its name may be left out. */
export type Members = Readonly<Record<string, Kind>>;

/** A text of 1 to so many characters. */
export const text = (most: number): Kind => ({
  fits: (value) => typeof value === "string" && value !== "" && value.length <= most && value.isWellFormed(),
  words: `a text of 1 to ${most} characters`,
});
/** One of some words. */
export const choice = (...values: readonly string[]): Kind => ({
  fits: (value) => values.includes(value as string),
  words: `one of ${values.join(", ")}`,
});
/** True or false. */
export const FLAG: Kind = { fits: (value) => typeof value === "boolean", words: "true or false" };
/** A number that is one: JSON has numbers that are beyond all. */
export const NUMBER: Kind = { fits: Number.isFinite, words: "a number" };
/** An object of any members. */
export const OBJECT: Kind = {
  fits: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  words: "an object",
};

/**
 * What is wrong with the members of an object, in words; undefined: nothing. One that is not known is wrong: most are
 * misspelt.
 * @param where  What stands before a member's name, such as `widget.`.
 */
export function problemIn(
  given: Readonly<Record<string, unknown>>,
  known: Members,
  where = "",
): string | undefined {
  for (const [member, { fits, words, members }] of Object.entries(known)) {
    const name = member.replace("?", "");
    const isThere = Object.hasOwn(given, name);
    if (!isThere && name === member) return `"${where}${name}" is missing`;
    if (!isThere) continue;
    const value = given[name];
    if (!fits(value)) return `"${where}${name}" is ${words}`;
    const inside = members && problemIn(value as Record<string, unknown>, members, `${where}${name}.`);
    if (inside !== undefined) return inside;
  }
  const other = Object.keys(given).find((name) =>
    !Object.hasOwn(known, name) && !Object.hasOwn(known, `${name}?`)
  );
  return other === undefined ? undefined : `${JSON.stringify(where + other.slice(0, 40))} is not known here`;
}
