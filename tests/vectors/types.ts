/**
 * What a runner of one group of vectors looks like. A runner never changes an expectation: it computes with our
 * code and compares with what the file says.
 *
 * @module
 */

/** One condition of a vector file; `run` throws when it does not hold. */
export interface VectorCase {
  readonly name: string;
  run(): void | Promise<void>;
}

/**
 * Turns one group of a vector file into cases. Must take every case of the group, also ones that we were not
 * given (other folders have the same structure and other cases), and fail on a shape that it does not know.
 * @param group  The group's JSON value.
 * @param file  The whole file, for groups that refer to others.
 */
// deno-lint-ignore no-explicit-any
export type GroupRunner = (group: any, file: any) => VectorCase[];
