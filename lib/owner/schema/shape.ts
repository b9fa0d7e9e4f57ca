/**
 * Shapes of JSON values: each is a JSON Schema, a check, and a TypeScript type in one, so that what is published is
 * what is checked.
 *
 * @see https://json-schema.org/draft/2020-12
 * @module
 */

/** A JSON Schema document or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a value must look like. */
export interface Shape<out T> {
  /** The published form. */
  readonly json: JsonSchema;
  /**
   * Looks at a value.
   * @param at  Where it stands, for the sentence: `params.to.pk`.
   * @returns What is wrong with it, without the value itself; undefined when nothing is.
   */
  problem(value: unknown, at: string): string | undefined;
  /** A copy without members that it doesn't know, where those are refused; callers may have more in their objects. */
  only?(value: unknown): unknown;
  /** Only a type: the values that fit. */
  readonly type?: T;
}

/** The values of a shape. */
export type ValueOf<S> = S extends Shape<infer T> ? T : never;

/** A member that may be left out. */
export interface Optional<out T> {
  /** The member's shape. */
  readonly optional: Shape<T>;
}

/** Members of an object, by name. */
export type Members = Readonly<Record<string, Shape<unknown> | Optional<unknown>>>;
/** The same members, spelled out. */
export type Flat<T> = { readonly [K in keyof T]: T[K] };
/** The object type of members. */
export type ObjectOf<M extends Members> = Flat<
  & { [K in keyof M as M[K] extends Shape<unknown> ? K : never]: ValueOf<M[K]> }
  & { [K in keyof M as M[K] extends Shape<unknown> ? never : K]?: M[K] extends Optional<infer T> ? T : never }
>;

function shape<T>(json: JsonSchema, fits: (value: unknown) => boolean, what: string): Shape<T> {
  return { json, problem: (value, at) => fits(value) ? undefined : `${at} is not ${what}` };
}

/** true or false. */
export const bool: Shape<boolean> = shape(
  { type: "boolean" },
  (v) => typeof v === "boolean",
  "true or false",
);
/** Nothing: the result of a method that only does something. */
export const nothing: Shape<null> = shape({ type: "null" }, (v) => v === null, "null");
/** Any JSON value. */
export const anything: Shape<unknown> = { json: {}, problem: () => undefined };
/** An object with any members. */
export const record: Shape<Record<string, unknown>> = shape({ type: "object" }, isRecord, "an object");
/** A number. */
export const number: Shape<number> = shape({ type: "number" }, (v) => typeof v === "number", "a number");
/** A number of 0 or more. */
export const amount: Shape<number> = shape(
  { type: "number", minimum: 0 },
  (v) => typeof v === "number" && v >= 0,
  "a number of 0 or more",
);

/** An integer between two, both allowed. */
export function int(minimum: number, maximum: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  const fits = (v: unknown) => Number.isInteger(v) && (v as number) >= minimum && (v as number) <= maximum;
  return shape({ type: "integer", minimum, maximum }, fits, `an integer of ${minimum} to ${maximum}`);
}

/** A text of at most so many characters (code points). */
export function text(maxLength: number): Shape<string> {
  const fits = (v: unknown) =>
    typeof v === "string" &&
    (v.length <= maxLength || (v.length <= 2 * maxLength && [...v].length <= maxLength));
  return shape({ type: "string", maxLength }, fits, `a text of at most ${maxLength} characters`);
}

/** A text of a form. */
export function pattern(source: string, what: string): Shape<string> {
  const expression = new RegExp(source, "u");
  return shape({ type: "string", pattern: source }, (v) => typeof v === "string" && expression.test(v), what);
}

/** One of a few words. */
export function words<const T extends string>(...all: T[]): Shape<T> {
  return shape({ enum: all }, (v) => all.includes(v as T), `one of ${all.join(", ")}`);
}

/** A list of equal things. */
export function list<T>(of: Shape<T>, maxItems?: number): Shape<readonly T[]> {
  const json = { type: "array", items: of.json, ...(maxItems === undefined ? {} : { maxItems }) };
  return {
    json,
    problem(value, at) {
      if (!Array.isArray(value)) return `${at} is not a list`;
      if (value.length > (maxItems ?? Infinity)) return `${at} has more than ${maxItems} items`;
      return first(value, (item, i) => of.problem(item, `${at}[${i}]`));
    },
  };
}

/** A member that may be left out. */
export const optional = <T>(of: Shape<T>): Optional<T> => ({ optional: of });

/** An object with exactly these members. */
export const closed = <M extends Members>(members: M): Shape<ObjectOf<M>> => object(members, false);
/** An object with these members and perhaps others, which a later version has added. */
export const open = <M extends Members>(members: M): Shape<ObjectOf<M>> => object(members, true);

function object<M extends Members>(members: M, others: boolean): Shape<ObjectOf<M>> {
  const shapes = new Map(
    Object.entries(members).map(([name, m]) => [name, "optional" in m ? m.optional : m]),
  );
  const required = Object.entries(members).flatMap(([name, m]) => "optional" in m ? [] : [name]);
  const properties = Object.fromEntries([...shapes].map(([name, member]) => [name, member.json]));
  return {
    json: {
      type: "object",
      properties,
      ...(required.length > 0 ? { required } : {}),
      ...(others ? {} : { additionalProperties: false }),
    },
    ...(others ? {} : { only: (value: unknown) => isRecord(value) ? onlyOf(shapes, value) : value }),
    problem(value, at) {
      if (!isRecord(value)) return `${at} is not an object`;
      const missing = required.find((name) => !Object.hasOwn(value, name));
      if (missing !== undefined) return `${at}.${missing} is missing`;
      return first(Object.entries(value), ([name, member]) => {
        const known = shapes.get(name);
        // The name comes from outside: it is not repeated.
        if (known === undefined) return others ? undefined : `${at} has a member that is not known`;
        return known.problem(member, `${at}.${name}`);
      });
    },
  };
}

function onlyOf(shapes: ReadonlyMap<string, Shape<unknown>>, value: Record<string, unknown>): unknown {
  const known = [...shapes].filter(([name]) => value[name] !== undefined);
  return Object.fromEntries(
    known.map(([name, { only }]) => [name, only ? only(value[name]) : value[name]]),
  );
}

/** A value that fits one shape or more of several. */
export function either<S extends readonly Shape<unknown>[]>(...shapes: S): Shape<ValueOf<S[number]>> {
  return {
    json: { anyOf: shapes.map(({ json }) => json) },
    problem: (value, at) =>
      shapes.some((one) => one.problem(value, at) === undefined) ? undefined : `${at} has none of its forms`,
  };
}

function first<T>(
  items: readonly T[],
  look: (item: T, index: number) => string | undefined,
): string | undefined {
  for (let i = 0; i < items.length; i++) {
    const problem = look(items[i], i);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * A shape of a type that App defines. Both directions are checked by the compiler: the shape lets nothing pass that
 * the type doesn't have, and refuses nothing that the type allows.
 */
export const of =
  <T>(): <U extends T>(shape: Shape<U> & (T extends U ? unknown : never)) => Shape<T> => (shape) => shape;
