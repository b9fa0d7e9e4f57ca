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

/** `{ ageMs: 5 }` becomes `{ age_ms: 5 }`. Not for objects whose members' names are data. */
export function snake<T>(value: T): Snake<T>;
export function snake(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => snake(one));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snake(one),
    ]),
  );
}
