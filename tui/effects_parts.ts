/**
 * What effects answer with.
 *
 * @module
 */
import type { Msg } from "./types.ts";

/** A message without its time, which the loop puts on. */
export type Said = Msg extends infer M ? M extends Msg ? Omit<M, "nowMs"> : never : never;
