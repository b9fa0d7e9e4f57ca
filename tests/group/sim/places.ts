/** What members of a simulated group have, and what they say to be missing. */
import type { Missing } from "../../../lib/group/threads/author_ledger.ts";
import type { Place } from "../../../lib/group/threads/thread.ts";
import { type Member, rosterOf } from "./member.ts";

/** Whether a member has some of it. */
export function hasSome({ engine }: Member, { author, inc, from, to }: Missing): boolean {
  const ledger = engine.ledger.of(author);
  for (let seq = from; seq <= to; seq++) if (ledger?.has({ inc, seq })) return true;
  return false;
}

/** Whether all of it was said. @param said  All places of its author. */
export function wasSaid(said: readonly Place[] = [], { inc, from, to }: Missing): boolean {
  const known = new Set(said.filter((place) => place.inc === inc).map(({ seq }) => seq));
  for (let seq = from; seq <= to; seq++) if (!known.has(seq)) return false;
  return true;
}

/** What must be the same for all: the roster, the names of messages, the key, the name of the group. */
export const seenBy = (member: Member) => ({
  roster: rosterOf(member),
  tails: [...member.shown.keys()].sort(),
  key: member.record.aesKey,
  name: member.record.name,
});
