/**
 * A member of App whose calls go somewhere else.
 *
 * @module
 */

/**
 * A member whose every call goes through `run`, which finds who answers it.
 * @param names  Its methods, all of them.
 */
export function through<M extends object>(
  names: Readonly<Record<keyof M, true>>,
  run: <R>(ask: (member: M) => Promise<R>) => Promise<R>,
): M {
  type Call = (...args: never[]) => Promise<unknown>;
  const calls = (Object.keys(names) as (keyof M)[]).map((name) => [
    name,
    (...args: never[]) => run((member) => (member[name] as Call)(...args)),
  ]);
  return Object.fromEntries(calls) as M;
}
