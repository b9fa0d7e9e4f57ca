/**
 * The roster as its definition says it, as slowly as it can be said: no chain, no window, all pairs. It shares no code
 * with the program.
 */
import type { RosterNode } from "../../../lib/group/roster/node.ts";

/** What follows from a set of decisions. */
export interface ModelRoster {
  readonly members: string[];
  readonly admins: string[];
  readonly banned: string[];
  readonly muted: string[];
  readonly readOnly: boolean;
  readonly copies: boolean;
  /** Ids. */
  readonly counts: string[];
}

const WORDS: Readonly<Record<string, string>> = {
  roster1: "add",
  roster2: "remove",
  admin1: "promote",
  admin2: "demote",
  mod1: "ban",
  mod2: "unban",
  mod3: "mute",
  mod4: "unmute",
  mod5: "close",
  mod6: "open",
  mod7: "copy",
  mod8: "copy not",
};
const CUTS = ["remove", "demote", "ban"];
const DENIALS = [...CUTS, "mute"];

/** What follows. @param nodes  Complete: each names only others of them. */
export function modelRoster(founder: string, nodes: readonly RosterNode[]): ModelRoster {
  const word = (x: RosterNode) => WORDS[`${x.domain}${x.op}`];
  const byId = new Map(nodes.map((x) => [x.id, x]));
  const past = new Map<string, Set<string>>();
  const pastOf = (x: RosterNode): Set<string> => {
    const known = past.get(x.id);
    if (known !== undefined) return known;
    const all = new Set<string>();
    for (const id of x.parents ?? []) {
      all.add(id);
      for (const far of pastOf(byId.get(id)!)) all.add(far);
    }
    past.set(x.id, all);
    return all;
  };
  const heights = new Map<string, number>();
  const height = (x: RosterNode): number => {
    const known = heights.get(x.id);
    if (known !== undefined) return known;
    const own = x.parents === undefined
      ? 0
      : 1 + Math.max(0, ...x.parents.map((id) => height(byId.get(id)!)));
    heights.set(x.id, own);
    return own;
  };
  const before = (a: RosterNode, b: RosterNode): boolean =>
    b.parents === undefined ? a.atNs < b.atNs : pastOf(b).has(a.id);
  const same = (a: RosterNode, b: RosterNode) =>
    a.domain === b.domain && a.op === b.op && a.peer === b.peer && a.issuer === b.issuer && a.atNs === b.atNs;
  const isTwin = (x: RosterNode) =>
    x.parents === undefined && nodes.some((y) => y.parents !== undefined && same(x, y));
  const canCount = (x: RosterNode) => !isTwin(x) && !(DENIALS.includes(word(x)) && x.peer === founder);
  const about = (pk: string, words: string[]) =>
    nodes.filter((x) => canCount(x) && x.peer === pk && words.includes(word(x)));

  const status = new Map<string, boolean>();
  for (const x of nodes) {
    if (!canCount(x)) status.set(x.id, false);
    else if (x.issuer === founder) status.set(x.id, true);
  }
  const promotions = (x: RosterNode) => about(x.issuer, ["promote"]).filter((p) => before(p, x));
  const between = (p: RosterNode, x: RosterNode) =>
    about(x.issuer, CUTS).filter((c) => c !== x && !before(c, p) && !before(x, c));
  const isSpoiled = (p: RosterNode, x: RosterNode) => between(p, x).some((c) => status.get(c.id) === true);
  for (;;) {
    const open = nodes.filter((x) => !status.has(x.id));
    if (open.length === 0) break;
    let isMoved = false;
    for (const x of open) {
      const ways = promotions(x).filter((p) => status.get(p.id) !== false && !isSpoiled(p, x));
      const isSure = ways.some((p) =>
        status.get(p.id) === true && between(p, x).every((c) => status.get(c.id) === false)
      );
      if (!isSure && ways.length > 0) continue;
      status.set(x.id, isSure);
      isMoved = true;
    }
    if (isMoved) continue;
    const key = (x: RosterNode) => `${String(height(x)).padStart(9, "0")} ${x.id}`;
    const ranked = open.flatMap((x) => {
      const seniors = promotions(x).filter((p) => status.get(p.id) === true && !isSpoiled(p, x));
      if (seniors.length === 0) return [];
      const isCut = CUTS.includes(word(x)) ? 0 : 1;
      return [{ x, rank: `${isCut} ${seniors.map(key).sort()[0]} ${key(x)}` }];
    });
    ranked.sort((a, b) => a.rank < b.rank ? -1 : 1);
    status.set(ranked[0].x.id, true);
  }

  const counting = nodes.filter((x) => status.get(x.id));
  const holds = (pk: string | undefined, grants: string[], denials: string[], atFirst: boolean): boolean => {
    const on = (words: string[]) =>
      counting.filter((x) => words.includes(word(x)) && (pk === undefined || x.peer === pk));
    const against = on(denials);
    if (atFirst && against.length === 0) return true;
    return on(grants).some((g) => against.every((d) => before(d, g)));
  };
  const keys = [...new Set([founder, ...nodes.map(({ peer }) => peer)])].sort();
  const free = (pk: string) => holds(pk, ["unban"], ["ban"], true);
  const isIn = (pk: string) => holds(pk, ["add"], ["remove", "ban"], pk === founder) && free(pk);
  return {
    members: keys.filter(isIn),
    admins: keys.filter((pk) => isIn(pk) && holds(pk, ["promote"], CUTS, pk === founder)),
    banned: keys.filter((pk) => !free(pk)),
    muted: keys.filter((pk) => !holds(pk, ["unmute"], ["mute"], true)),
    readOnly: !holds(undefined, ["open"], ["close"], true),
    copies: holds(undefined, ["copy"], ["copy not"], true),
    counts: counting.map(({ id }) => id).sort(),
  };
}
