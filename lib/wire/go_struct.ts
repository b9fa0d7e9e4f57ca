/**
 * JSON objects of a fixed shape, read and written from one table: what Go does with a struct and its tags.
 *
 * Reading: names match without regard to case, unknown members are passed over, absence gives the zero value, and one
 * member of the wrong type spoils the whole object. Of several members of one name the last wins; `null` says nothing,
 * or empties what may be nil. Writing: members in the table's order, empty ones left out where the table says so.
 *
 * @see specification skychat §0.2; lib/wire/README.md "JSON as Go reads it"
 * @module
 */
import { fromBase64, toBase64 } from "./base64.ts";
import { byBytes, fromUtf8 } from "./bytes.ts";
import { foldCase, goJson, type GoObject, isNullText, parseGoObject, wholeIn } from "./go_json.ts";
import { formatGoTime, GO_ZERO_TIME_NS, parseGoTime } from "./go_time.ts";
import { eachMember } from "./twins.ts";

/** How one type of member stands in JSON. */
export interface GoType<T> {
  /** The value of an absent member. */
  readonly zero: T;
  /** Whether "omit if empty" leaves this value out; fixed-size arrays, structs and times never are. */
  isEmpty(value: T): boolean;
  /** Whether `null` makes it its zero value, as a slice or a map; without it `null` changes nothing. */
  readonly isNilable?: boolean;
  /**
   * Reads.
   * @param raw  A parsed JSON value that is not null; whole numbers are bigint.
   * @param earlier  What a member of the same name in front of it said, or the zero value: a struct is read into it.
   * @returns undefined: another type.
   */
  read(raw: unknown, earlier: T): T | undefined;
  /** What `goJson` is to write. */
  write(value: T): unknown;
}

/** A member: its name, its type, and whether it is left out when empty. */
export interface GoField<T> {
  /** As it is written. */
  readonly name: string;
  /** Its type. */
  readonly type: GoType<T>;
  /** Left out when empty. */
  readonly omitEmpty: boolean;
}

/** A table: for each property of `T` its member, in the order of the output. */
export type GoFields<T> = { readonly [K in keyof T]-?: GoField<T[K]> };

/** A struct: a type that is also a whole JSON text. */
export interface GoStruct<T> extends GoType<T> {
  /** One JSON object, compact. */
  encode(value: T): string;
  /** Reads. @param json  One JSON object or `null`, as text or UTF-8. @returns undefined when it is none, or a member has another type. */
  decode(json: string | Uint8Array): T | undefined;
}

/** A member that is always written. */
export const field = <T>(name: string, type: GoType<T>): GoField<T> => ({ name, type, omitEmpty: false });

/** A member that is left out when it is empty. */
export const omitted = <T>(name: string, type: GoType<T>): GoField<T> => ({ name, type, omitEmpty: true });

/** A struct from its table. */
export function goStruct<T extends object>(fields: GoFields<T>): GoStruct<T> {
  const table = Object.entries(fields) as [keyof T & string, GoField<unknown>][];
  const byName = new Map(table.map(([property, { name, type }]) => [foldCase(name), { property, type }]));
  // Folding keeps the length of every key that can match; thousands of others must not cost a text each.
  const lengths = new Set(table.map(([, { name }]) => name.length));
  const zeroes = (): Record<string, unknown> =>
    Object.fromEntries(table.map(([property, { type }]) => [property, type.zero]));
  let nothing: T | undefined;
  const read = (raw: unknown, earlier: T): T | undefined => {
    if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return undefined;
    const found = { ...earlier } as Record<string, unknown>;
    const isRead = eachMember(raw as GoObject, (key, value) => {
      const member = lengths.has(key.length) ? byName.get(foldCase(key)) : undefined;
      if (member === undefined) return true;
      const read = readOr(member.type, value, found[member.property]);
      found[member.property] = read;
      return read !== undefined || value === null;
    });
    return isRead ? found as T : undefined;
  };
  const write = (value: T): Record<string, unknown> => {
    const out: Record<string, unknown> = {};
    for (const [property, { name, type, omitEmpty }] of table) {
      const member = (value as Record<string, unknown>)[property];
      if (!(omitEmpty && type.isEmpty(member))) out[name] = type.write(member);
    }
    return out;
  };
  return {
    get zero() {
      return zeroes() as T;
    },
    isEmpty: () => false,
    read,
    write,
    encode: (value) => goJson(write(value)),
    decode: (json) => {
      const text = typeof json === "string" ? json : fromUtf8(json);
      nothing ??= zeroes() as T; // not a copy each time: reading makes one
      return isNullText(text) ? { ...nothing } : read(parseGoObject(text), nothing);
    },
  };
}

/** A value that may be `null`. @returns undefined: another type. */
function readOr<T>(type: GoType<T>, raw: unknown, earlier: T): T | undefined {
  if (raw !== null) return type.read(raw, earlier);
  return type.isNilable ? type.zero : earlier;
}

/** A text. Lone surrogates become U+FFFD. */
export const goString: GoType<string> = {
  zero: "",
  isEmpty: (value) => value === "",
  read: (raw) => typeof raw === "string" ? raw.toWellFormed() : undefined,
  write: (value) => value,
};

/** `true` or `false`. */
export const goBool: GoType<boolean> = {
  zero: false,
  isEmpty: (value) => !value,
  read: (raw) => typeof raw === "boolean" ? raw : undefined,
  write: (value) => value,
};

const wholeType = (min: bigint, max: bigint): GoType<bigint> => ({
  zero: 0n,
  isEmpty: (value) => value === 0n,
  read: (raw) => wholeIn(raw, min, max),
  write: (value) => value,
});

/** 64 bits without sign, exact. */
export const goU64: GoType<bigint> = wholeType(0n, 2n ** 64n - 1n);
/** 64 bits with sign, exact. */
export const goI64: GoType<bigint> = wholeType(-(2n ** 63n), 2n ** 63n - 1n);

const smallType = (max: bigint): GoType<number> => ({
  zero: 0,
  isEmpty: (value) => value === 0,
  read: (raw) => {
    const value = wholeIn(raw, 0n, max);
    return value === undefined ? undefined : Number(value);
  },
  write: (value) => value,
});

/** 0 … 255. */
export const goU8: GoType<number> = smallType(255n);
/** 0 … 65535. */
export const goU16: GoType<number> = smallType(65535n);

/** The list of numbers that bytes were read from, for one that follows it. */
const asNumbers = new WeakMap<Uint8Array, readonly number[]>();

/** Bytes as standard base64, read also from a list of numbers; no bytes are written as `null`, as Go writes a nil slice. */
export const goBytes: GoType<Uint8Array> = {
  zero: new Uint8Array(0),
  isEmpty: (value) => value.length === 0,
  isNilable: true,
  read: (raw, earlier) => {
    if (typeof raw === "string") return fromBase64(raw);
    const numbers = BYTES.read(raw, asNumbers.get(earlier) ?? [...earlier ?? []]);
    if (numbers === undefined) return undefined;
    const bytes = Uint8Array.from(numbers);
    asNumbers.set(bytes, numbers);
    return bytes;
  },
  write: (value) => value.length === 0 ? null : toBase64(value),
};

/** A time in nanoseconds since 1970, as RFC 3339; never left out. */
export const goTime: GoType<bigint> = {
  zero: GO_ZERO_TIME_NS,
  isEmpty: () => false,
  read: (raw) => {
    if (typeof raw !== "string") return undefined;
    try {
      return parseGoTime(raw);
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  },
  write: formatGoTime,
};

/**
 * What a list was read over, where that was longer: Go leaves it behind the end of its slice, and reads into it again. It
 * is changed in place: thousands of lists may follow a long one.
 */
const arrays = new WeakMap<readonly unknown[], unknown[]>();

/** A list; an empty one is written as `null`, as Go writes a nil slice. `null` inside it is the type's zero value. */
export const goList = <T>(type: GoType<T>): GoType<readonly T[]> => ({
  zero: [],
  isEmpty: (value) => value.length === 0,
  isNilable: true,
  read: (raw, earlier) => {
    if (!Array.isArray(raw)) return undefined;
    const array = (arrays.get(earlier) ?? earlier) as T[];
    const list: T[] = [];
    for (const entry of raw) {
      const at = list.length;
      const value = readOr(type, entry, at < array.length ? array[at] : type.zero);
      if (value === undefined) return undefined;
      list.push(value);
      if (at < array.length) array[at] = value;
    }
    if (list.length > 0 && list.length < array.length) arrays.set(list, array); // an empty one is a new array in Go
    return list;
  },
  write: (value) => value.length === 0 ? null : value.map((entry) => type.write(entry)),
});

/** A map with text keys, written with its keys in order; an empty one is `null`. */
export const goMap = <T>(type: GoType<T>): GoType<ReadonlyMap<string, T>> => ({
  zero: new Map(),
  isEmpty: (value) => value.size === 0,
  isNilable: true,
  read: (raw, earlier) => {
    if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return undefined;
    const map = new Map<string, T>(earlier);
    const isRead = eachMember(raw as GoObject, (key, entry) => {
      const value = readOr(type, entry, type.zero);
      if (value !== undefined) map.set(key.toWellFormed(), value);
      return value !== undefined;
    });
    return isRead ? map : undefined;
  },
  write: (value) => {
    if (value.size === 0) return null;
    // A Map: members of an object that look like whole numbers would come first, by their value.
    return new Map([...value.keys()].sort(byBytes).map((key) => [key, type.write(value.get(key)!)]));
  },
});

/** What a list of numbers is read as where bytes are wanted. */
const BYTES: GoType<readonly number[]> = goList(goU8);
