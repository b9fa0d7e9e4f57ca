/**
 * Where Go programs, which go by clocks, see another roster than we do.
 *
 * @see lib/group/README.md "A roster without clocks"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Roster } from "./roster.ts";

/** How somebody stands. */
export type Standing = "admin" | "member" | "banned" | "out";

/** One thing that is seen in two ways. */
export interface Disagreement {
  /** A key, or what of the group it is. */
  readonly about: PublicKeyHex | "who may speak" | "copying";
  /** As we see it, and go by it. */
  readonly here: string;
  /** As Go programs see it. */
  readonly go: string;
}

/** How somebody stands in a roster. */
export const standingIn = ({ members, admins, banned }: Roster, pk: PublicKeyHex): Standing =>
  banned.has(pk) ? "banned" : admins.includes(pk) ? "admin" : members.includes(pk) ? "member" : "out";

/** All that two rosters of the same decisions see otherwise, by key. @param go  By the clocks alone. */
export function disagreements(here: Roster, go: Roster): Disagreement[] {
  const words = (roster: Roster, pk: PublicKeyHex): string =>
    `${standingIn(roster, pk)}${roster.mutedSince.has(pk) ? ", muted" : ""}`;
  const keys = new Set([here, go].flatMap(({ memberSpans, banned, mutedSince }) => [
    ...memberSpans.keys(),
    ...banned.keys(),
    ...mutedSince.keys(),
  ]));
  const speak = ({ readOnlySinceNs }: Roster) => readOnlySinceNs === undefined ? "all" : "admins";
  const copying = ({ backfill }: Roster) => backfill ? "on" : "off";
  const all: Disagreement[] = [
    ...[...keys].sort().map((pk) => ({ about: pk, here: words(here, pk), go: words(go, pk) })),
    { about: "who may speak", here: speak(here), go: speak(go) },
    { about: "copying", here: copying(here), go: copying(go) },
  ];
  return all.filter((one) => one.here !== one.go);
}
