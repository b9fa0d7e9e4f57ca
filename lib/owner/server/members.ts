/**
 * The owner's side of the members of App that are called as they are: one object in, one value out.
 *
 * @module
 */
import type { App } from "../../app/app.ts";
import {
  type MethodName,
  type ParamsOf,
  type PlainMethod,
  plainMethods,
  type ResultOf,
} from "../schema/schema.ts";

/** What answers each method. */
export type Handlers = {
  readonly [M in MethodName]: (params: ParamsOf<M>, signal: AbortSignal) => Promise<ResultOf<M>>;
};

/** Handlers of `app.messages` and its like; a method without a result gives null. */
export function memberHandlers(app: App): Pick<Handlers, PlainMethod> {
  type Call = (params: unknown, signal: AbortSignal) => Promise<unknown>;
  const handlers = plainMethods().map(([method, member, name]) => [
    method,
    async (params: unknown, signal: AbortSignal) =>
      await (app[member] as unknown as Record<string, Call>)[name](params, signal) ?? null,
  ]);
  return Object.fromEntries(handlers);
}
