/**
 * What groups there are, and how one can stand in them.
 *
 * @module
 */
/** Who may post and join. */
export type GroupKind = "public" | "private" | "channel";

/** How we stand in a group; `damaged`: what is kept of it can't be read. */
export type GroupStatus =
  | "pending"
  | "active"
  | "left"
  | "revoked"
  | "awaiting_approval"
  | "denied"
  | "banned"
  | "damaged";
