/**
 * The members of App that are called as they are, over calls to the owner.
 *
 * @module
 */
import type { App } from "../../app/app.ts";
import { METHODS, PLAIN_MEMBERS, plainMethods } from "../schema/schema.ts";
import type { Caller } from "./caller.ts";

/** Those members. */
export type PlainMembers = Pick<App, typeof PLAIN_MEMBERS[number]>;

/** Makes them. Methods without a result give null on the wire, and undefined here. */
export function remoteMembers(caller: Caller): PlainMembers {
  type Calls = Record<string, (params?: unknown, signal?: AbortSignal) => Promise<unknown>>;
  const members = Object.fromEntries(PLAIN_MEMBERS.map((member) => [member, {} as Calls]));
  for (const [method, member, name] of plainMethods()) {
    const { only } = METHODS[method].params;
    members[member][name] = async (params = {}, signal) =>
      await caller.call(method, only!(params) as never, signal) ?? undefined;
  }
  return members as unknown as PlainMembers;
}
