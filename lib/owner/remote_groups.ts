/**
 * `app.groups` over calls: the owner's socket, or whatever App there is at the moment.
 *
 * @module
 */
import type { Groups } from "../app/groups/groups.ts";
import { GROUP_CALLS } from "./schema_groups.ts";
import type { ParamsOf, ResultOf } from "./schema.ts";

/** A method of groups on the wire. */
export type GroupMethod = keyof typeof GROUP_CALLS;

/** Calls the owner. */
export type GroupCall = <M extends GroupMethod>(
  method: M,
  params: ParamsOf<M>,
  signal?: AbortSignal,
) => Promise<ResultOf<M>>;

/** The groups behind a socket: members without a result give undefined. */
export function remoteGroups(call: GroupCall): Groups {
  const members = Object.entries(GROUP_CALLS).map(([method, name]) => [
    name,
    async (params: Record<string, unknown> = {}, signal?: AbortSignal) =>
      await call(method as "group.list", params as Record<string, never>, signal) ?? undefined,
  ]);
  return Object.fromEntries(members) as unknown as Groups;
}
