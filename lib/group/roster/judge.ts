/**
 * Which decisions count, where some of them had not seen each other.
 *
 * A decision counts if its issuer is the founder, or was promoted by one that counts and that it has seen, and each
 * denial of that standing that counts was seen by the promotion or has seen the decision. So a decision of somebody who
 * was removed does not count when it had not seen the removal, and neither when it had.
 *
 * @see lib/group/README.md "A roster without clocks"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { adminKey, byHeight, bySeen, type Held, holdsAtFirst, type Item } from "./node.ts";

/** What is known when a window is judged. */
export interface Before {
  /** In always, admin always; nothing can be denied to it. */
  readonly founder: PublicKeyHex;
  /** What held before the window. */
  held(key: string): Held;
}

/** What held at first. */
export const heldAtFirst = (key: string, founder: PublicKeyHex): Held =>
  holdsAtFirst(key) || key.endsWith(` ${founder}`) ? true : null;

/** Whether a decision can count at all: nothing is denied to the founder, and of two versions the one that says more. */
export const canCount = ({ effect, isTwin }: Item, founder: PublicKeyHex): boolean =>
  !isTwin && !effect.denies.some((key) => key.endsWith(` ${founder}`));

/**
 * Judges decisions that have all seen what came before the window, and not all each other.
 * @param window  Their `counts` and `overruled` are written.
 * @returns What holds after it, for each key that they touch.
 */
export function judgeWindow(window: readonly Item[], before: Before): Map<string, Held> {
  return new Judgement(window, before).run();
}

interface Standing {
  readonly promotions: Item[];
  readonly cuts: Item[];
}

type Status = "counts" | "void" | "open";

class Judgement {
  readonly #items: Item[];
  readonly #within: ReadonlySet<Item>;
  readonly #status = new Map<Item, Status>();
  readonly #standings = new Map<PublicKeyHex, Standing>();
  readonly #up = new Map<Item, ReadonlySet<Item>>();
  readonly #down = new Map<Item, ReadonlySet<Item>>();

  constructor(window: readonly Item[], private readonly before: Before) {
    this.#items = [...window].sort(bySeen);
    this.#within = new Set(window);
  }

  run(): Map<string, Held> {
    for (const item of this.#items) this.#noteStanding(item);
    for (const item of this.#items) this.#status.set(item, this.#atOnce(item));
    let open = this.#items.filter((item) => this.#status.get(item) === "open");
    while (open.length > 0) {
      const left = open.filter((item) => !this.#settles(item));
      if (left.length === open.length) this.#status.set(this.#first(left), "counts");
      open = left.filter((item) => this.#status.get(item) === "open");
    }
    for (const item of this.#items) {
      item.counts = this.#status.get(item) === "counts";
      item.overruled = false;
    }
    return this.#fields();
  }

  #noteStanding(item: Item): void {
    const { peer } = item.node;
    if (!canCount(item, this.before.founder) || !isStanding(item)) return;
    const standing = this.#standings.get(peer) ?? { promotions: [], cuts: [] };
    (isCut(item) ? standing.cuts : standing.promotions).push(item);
    this.#standings.set(peer, standing);
  }

  #atOnce(item: Item): Status {
    const { founder } = this.before;
    if (!canCount(item, founder)) return "void";
    if (item.node.issuer === founder) return "counts";
    if (this.#standings.has(item.node.issuer)) return "open";
    return this.before.held(adminKey(item.node.issuer)) === null ? "void" : "counts";
  }

  /** Decides an item if what is decided already is enough. */
  #settles(item: Item): boolean {
    let isPossible = false;
    for (const promotion of this.#promotionsOf(item)) {
      const cuts = this.#cutsBetween(promotion, item).map((cut) => this.#status.get(cut));
      if (cuts.includes("counts")) continue;
      isPossible = true;
      if (!this.#isCounting(promotion) || cuts.includes("open")) continue;
      this.#status.set(item, "counts");
      return true;
    }
    if (!isPossible) this.#status.set(item, "void");
    return !isPossible;
  }

  /**
   * Decisions that undo each other in a ring: denials of somebody's standing go first, then whose issuer was promoted
   * first, then what lies lowest.
   */
  #first(open: readonly Item[]): Item {
    const ranked = open.flatMap((item) => {
      const [senior] = this.#promotionsOf(item)
        .filter((promotion) => this.#isCounting(promotion) && !this.#isSpoiled(promotion, item))
        .sort(bySeniority);
      return senior === undefined ? [] : [{ item, senior, isCut: isCut(item) }];
    });
    ranked.sort((a, b) =>
      Number(b.isCut) - Number(a.isCut) || bySeniority(a.senior, b.senior) || byHeight(a.item, b.item)
    );
    return ranked[0].item;
  }

  #isSpoiled(promotion: Item | true, item: Item): boolean {
    return this.#cutsBetween(promotion, item).some((cut) => this.#status.get(cut) === "counts");
  }

  #isCounting(promotion: Item | true): boolean {
    return promotion === true || !this.#within.has(promotion) || this.#status.get(promotion) === "counts";
  }

  /** Promotions of an item's issuer that it has seen and that may count. */
  #promotionsOf(item: Item): (Item | true)[] {
    const held = this.before.held(adminKey(item.node.issuer));
    const inside = (this.#standings.get(item.node.issuer)?.promotions ?? [])
      .filter((promotion) => this.#status.get(promotion) !== "void" && this.#isBefore(promotion, item));
    return held === null ? inside : [held, ...inside];
  }

  /** Denials of the issuer's standing that the promotion has not seen and that have not seen the item. */
  #cutsBetween(promotion: Item | true, item: Item): Item[] {
    return (this.#standings.get(item.node.issuer)?.cuts ?? []).filter((cut) =>
      cut !== item && !this.#isBefore(item, cut) && !this.#hasSeen(promotion, cut)
    );
  }

  #hasSeen(item: Item | true, earlier: Item): boolean {
    return item !== true && this.#within.has(item) && this.#isBefore(earlier, item);
  }

  /** Whether the later one has seen the earlier one; what names nothing is placed by its clock. */
  #isBefore(earlier: Item, later: Item): boolean {
    if (later.node.parents === undefined) return earlier.node.atNs < later.node.atNs;
    // Sets are made for the few that give or take a standing, and not for all.
    return isStanding(later)
      ? reached(later, this.#within, this.#up, ({ parents }) => parents).has(earlier)
      : reached(earlier, this.#within, this.#down, ({ children }) => children).has(later);
  }

  /** What holds after the window. */
  #fields(): Map<string, Held> {
    const touched = new Map<string, { grants: Item[]; denials: Item[] }>();
    const at = (key: string) => {
      const field = touched.get(key) ?? { grants: [], denials: [] };
      touched.set(key, field);
      return field;
    };
    for (const item of this.#items) {
      if (!item.counts) continue;
      if (item.effect.grants !== undefined) at(item.effect.grants).grants.push(item);
      for (const key of item.effect.denies) at(key).denials.push(item);
    }
    return new Map(
      [...touched].map(([key, { grants, denials }]) => [key, this.#heldBy(key, grants, denials)]),
    );
  }

  #heldBy(key: string, grants: readonly Item[], denials: readonly Item[]): Held {
    const held = this.before.held(key);
    if (held !== null && denials.length === 0) return held;
    for (const grant of grants) {
      grant.overruled = denials.some((denial) =>
        denial.node.atNs <= grant.node.atNs && !this.#isBefore(denial, grant)
      );
    }
    const live = grants.filter((grant) => denials.every((denial) => this.#isBefore(denial, grant)));
    return live.sort(byHeight)[0] ?? null;
  }
}

const isStanding = (item: Item): boolean => isCut(item) || item.effect.grants === adminKey(item.node.peer);

const isCut = ({ node: { peer }, effect: { denies } }: Item): boolean => denies.includes(adminKey(peer));

function bySeniority(a: Item | true, b: Item | true): number {
  if (a === true || b === true) return Number(b === true) - Number(a === true);
  return byHeight(a, b);
}

/** What can be reached from an item without leaving the window, itself not among it. */
function reached(
  from: Item,
  within: ReadonlySet<Item>,
  known: Map<Item, ReadonlySet<Item>>,
  next: (item: Item) => readonly Item[],
): ReadonlySet<Item> {
  const before = known.get(from);
  if (before !== undefined) return before;
  const found = new Set<Item>();
  const todo = [from];
  for (let item = todo.pop(); item !== undefined; item = todo.pop()) {
    for (const other of next(item)) {
      if (!within.has(other) || found.has(other)) continue;
      found.add(other);
      todo.push(other);
    }
  }
  known.set(from, found);
  return found;
}
