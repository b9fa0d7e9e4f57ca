/**
 * Members of `--json` are written with `_`: what the App says with other names is printed with these.
 *
 * @module
 */

/** `ageMs` as `age_ms`. */
export type SnakeName<N extends string> = N extends `${infer C}${infer Rest}`
  ? `${C extends Lowercase<C> ? C : `_${Lowercase<C>}`}${SnakeName<Rest>}`
  : N;

/** A value whose members have such names, at every depth. */
export type Snake<T> = T extends readonly (infer One)[] ? readonly Snake<One>[]
  : T extends object ? { [K in keyof T as K extends string ? SnakeName<K> : K]: Snake<T[K]> }
  : T;

/** The same with the members that the value has: `{ ageMs: 5 }` becomes `{ ageMs: 5, age_ms: 5 }`, for output that had it so. */
export function alsoSnake<T>(value: T): T;
export function alsoSnake(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => alsoSnake(one));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, one]) => [name, alsoSnake(one)] as const);
  return Object.fromEntries([...members, ...members.map(([name, one]) => [snakeName(name), one])]);
}

const snakeName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** `{ ageMs: 5 }` becomes `{ age_ms: 5 }`. Not for objects whose members' names are data. */
export function snake<T>(value: T): Snake<T>;
export function snake(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => snake(one));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [snakeName(name), snake(one)]),
  );
}
