/**
 * What an admin can decide, as decisions of the protocol.
 *
 * @see specification skychat §b.3
 * @module
 */
import type { Domain } from "../../group/roster/governance.ts";
import type { GroupAction } from "./groups.ts";

/** Domain and operation of each action; `approve` and `deny` are about requests. */
export const ACTIONS: Readonly<Record<Exclude<GroupAction, "approve" | "deny">, readonly [Domain, number]>> =
  {
    "add": ["roster", 1],
    "remove": ["roster", 2],
    "promote": ["admin", 1],
    "demote": ["admin", 2],
    "ban": ["mod", 1],
    "unban": ["mod", 2],
    "mute": ["mod", 3],
    "unmute": ["mod", 4],
    "read-only": ["mod", 5],
    "read-write": ["mod", 6],
    "backfill-on": ["mod", 7],
    "backfill-off": ["mod", 8],
  };
