/**
 * What groups there are, and how one can stand in them.
 *
 * @module
 */
import type { GroupStatus as KeptStatus } from "../../../group/record/record.ts";

export type { GroupKind } from "../../../group/joining/invite.ts";

/** How we stand in a group; `damaged`: what is kept of it can't be read. */
export type GroupStatus = KeptStatus | "damaged";
