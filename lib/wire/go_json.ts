/**
 * JSON objects as Go's encoding/json reads and writes them.
 *
 * Reading: unknown members are ignored, names match without regard to case, the last of several wins, absence is the
 * zero value, `null` says nothing, and one member of the wrong type spoils the whole object. Writing: members in the
 * order given, `<`, `>`, `&`, U+2028 and U+2029 escaped.
 *
 * @see specification skychat §0.2
 * @module
 */
import { checkDepth, withoutDepths } from "./deep_json.ts";
import { exactValue, parseExact } from "./exact_json.ts";
import { eachMember, mayHaveTwins, parseTwins } from "./twins.ts";

/** Type of a member by its name in the shape; names are in lower case. */
export type MemberType = "string" | "boolean" | "i64" | "object";

/** What {@link readMembers} is to find: member name → type. */
export type Shape = Readonly<Record<string, MemberType>>;

/** What a member of each type is read as. */
export interface Values {
  /** Without lone surrogates. */
  string: string;
  /** `true` or `false`, no other truth. */
  boolean: boolean;
  /** A whole number of 64 bits with sign, exact. */
  i64: bigint;
  /** Undefined when it is absent. */
  object: GoObject | undefined;
}

/** The values of a shape; a member that is absent has its zero value: "", false, 0n, undefined. */
export type Members<S extends Shape> = { [K in keyof S]: Values[S[K]] };

/** A parsed object of which nothing is known yet. Whole numbers are bigint; `eachMember` has those that stand twice. */
export type GoObject = Readonly<Record<string, unknown>>;

const I64_MAX = 2n ** 63n - 1n;

/**
 * Parses one JSON object.
 * @param text  Any text; its size is the caller's to limit.
 * @returns The object, or undefined when the text is not JSON, no object, or nested deeper than Go reads.
 */
export function parseGoObject(text: string): GoObject | undefined {
  try {
    return asObject(parseAll(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** A whole text that says nothing: Go leaves the struct as it is. */
const NULL = /^[ \t\r\n]*null[ \t\r\n]*$/;

/** Whether a text is `null`. */
export const isNullText = (text: string): boolean => NULL.test(text);

/** As {@link parseGoObject}, and `null` is an object without members, as where Go reads a struct. */
export const parseGoStruct = (text: string): GoObject | undefined =>
  isNullText(text) ? {} : parseGoObject(text);

/**
 * Parses JSON as `parseExact` does, and keeps members that stand twice for `eachMember`. What lies very deep is `null`
 * where the whole would not fit the call stack.
 * @throws {SyntaxError} When it is not JSON; {RangeError} when it nests deeper than Go reads.
 */
export function parseAll(text: string): unknown {
  checkDepth(text);
  try {
    return walked(text);
  } catch (error) {
    // A full call stack: how deep that is depends on who asks, and what is read must not.
    if (error instanceof RangeError) return walked(withoutDepths(text));
    throw error;
  }
}

function walked(text: string): unknown {
  const value = parseExact(text);
  return mayHaveTwins(text, value) ? parseTwins(text, exactValue) : value;
}

/**
 * Reads the members that a shape names.
 * @param object  From {@link parseGoObject}, or a member of type `object`.
 * @returns Every member of the shape, or undefined when one of them has another type (Go refuses the object).
 */
export function readMembers<const S extends Shape>(object: GoObject, shape: S): Members<S> | undefined {
  const { zero, lengths } = knownOf(shape);
  const found: Record<string, unknown> = { ...zero };
  const isRead = eachMember(object, (key, raw) => {
    if (!lengths.has(key.length)) return true;
    const name = Object.hasOwn(shape, key) ? key : foldCase(key);
    if (raw === null || !Object.hasOwn(shape, name)) return true;
    found[name] = READ[shape[name]](raw);
    return found[name] !== undefined;
  });
  return isRead ? found as Members<S> : undefined;
}

/**
 * Reads one text, as {@link readMembers} does; for what is asked of each of many objects.
 * @param name  In lower case.
 * @returns "" when it is absent, undefined when it is no text.
 */
export function readText(object: GoObject, name: string): string | undefined {
  let text: string | undefined = "";
  eachMember(object, (key, raw) => {
    if (key.length !== name.length || raw === null || (key !== name && foldCase(key) !== name)) return true;
    text = typeof raw === "string" ? raw.toWellFormed() : undefined;
    return text !== undefined;
  });
  return text;
}

/** What a shape tells of itself; shapes are constants, or few. */
const shapes = new WeakMap<Shape, { zero: Record<string, unknown>; lengths: ReadonlySet<number> }>();

function knownOf(shape: Shape): { zero: Record<string, unknown>; lengths: ReadonlySet<number> } {
  let known = shapes.get(shape);
  if (!known) {
    const names = Object.keys(shape);
    known = {
      zero: Object.fromEntries(names.map((name) => [name, ZERO[shape[name]]])),
      // Folding keeps the length of every key that can match; thousands of others must not cost a text each.
      lengths: new Set(names.map(({ length }) => length)),
    };
    shapes.set(shape, known);
  }
  return known;
}

const ZERO: Readonly<Record<MemberType, unknown>> = {
  string: "",
  boolean: false,
  i64: 0n,
  object: undefined,
};

/** Each gives undefined for a value that Go would not put into that type. */
const READ: Readonly<Record<MemberType, (raw: unknown) => unknown>> = {
  string: (raw) => typeof raw === "string" ? raw.toWellFormed() : undefined,
  boolean: (raw) => typeof raw === "boolean" ? raw : undefined,
  i64: (raw) => wholeIn(raw, -I64_MAX - 1n, I64_MAX),
  object: asObject,
};

/** A whole number within bounds. @param raw  From {@link parseGoObject}. @returns undefined when it is none. */
export function wholeIn(raw: unknown, least: bigint, most: bigint): bigint | undefined {
  if (Object.is(raw, -0)) return least < 0n ? 0n : undefined;
  return typeof raw === "bigint" && raw >= least && raw <= most ? raw : undefined;
}

function asObject(raw: unknown): GoObject | undefined {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw) ? raw as GoObject : undefined;
}

/**
 * A member name as Go compares it: lower case, with the long s as s (the Kelvin sign, the other such letter, is in
 * `toLowerCase`).
 */
export const foldCase = (name: string): string => name.replaceAll("\u017f", "s").toLowerCase();

/**
 * Writes one object.
 * @param members  In the order of the output; undefined members are left out. Bigints are written as numbers; a Map
 * keeps its order, which an object with members that look like whole numbers does not.
 * @returns Compact JSON; lone surrogates have become U+FFFD.
 */
export function goJson(members: Readonly<Record<string, unknown>>): string {
  const text = isPlain(members) ? JSON.stringify(members) : textOf(members);
  // These five can only stand inside strings, so the whole text may be rewritten at once.
  return text.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A text that JSON leaves as it is, a byte for each letter. */
export const PLAIN_TEXT: RegExp = /^[ !#-[\]-~]*$/;

/** A value in which anything may be. By hand: a replacer of `JSON.stringify` takes two to three times as long. */
function textOf(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  let text = "";
  const add = (more: string): void => void (text += text === "" ? more : `,${more}`);
  if (Array.isArray(value)) {
    for (const one of value) add(textOf(one));
    return `[${text}]`;
  }
  for (const [name, member] of value instanceof Map ? value : Object.entries(value)) {
    if (member !== undefined) add(`${quoted(name)}:${textOf(member)}`);
  }
  return `{${text}}`;
}

const quoted = (text: string): string =>
  PLAIN_TEXT.test(text) ? `"${text}"` : JSON.stringify(text.toWellFormed());

/** Whether nothing in it needs a look when it is written. */
function isPlain(members: Readonly<Record<string, unknown>>): boolean {
  for (const name in members) {
    const value = members[name];
    if (
      !name.isWellFormed() ||
      (typeof value === "string"
        ? !value.isWellFormed()
        : typeof value === "bigint" || typeof value === "object")
    ) {
      return false;
    }
  }
  return true;
}

const GO_SPACE = "\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const LEADING = new RegExp(`^[${GO_SPACE}]+`);

/**
 * Without white space at both ends, by Go's list: with U+0085 and without the byte order mark, unlike `trim`.
 */
export function goTrim(text: string): string {
  if (isSolid(text.charCodeAt(0)) && isSolid(text.charCodeAt(text.length - 1))) return text;
  const from = LEADING.exec(text)?.[0].length ?? 0;
  let to = text.length;
  while (to > from && LEADING.test(text[to - 1])) to--; // a regular expression for the end is quadratic
  return text.slice(from, to);
}

/** Whether a letter is certainly no white space: a visible one of ASCII. */
const isSolid = (code: number): boolean => code > 0x20 && code < 0x7f;
