/**
 * Membership and roles as a graph of decisions that name what they have seen: the same set gives the same roster,
 * whatever the order in which it came and whatever the clocks said.
 *
 * The graph is kept as a chain and a window. What all later decisions have seen lies in the chain and is judged once;
 * in the window lie those that have not all seen each other. A decision that has seen everything goes to the end of the
 * chain and costs what it changes. One that has not brings back into the window what it has not seen.
 *
 * @see lib/group/README.md "A roster without clocks"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { canCount, heldAtFirst, judgeWindow } from "./judge.ts";
import {
  adminKey,
  BACKFILL_KEY,
  bySeen,
  freeKey,
  type Held,
  inKey,
  type Item,
  itemOf,
  OPEN_KEY,
  type RosterNode,
  type Segment,
  voiceKey,
} from "./node.ts";

/** Most decisions of a group, those among them that wait for others; an admin that floods is refused beyond it. */
export const MAX_NODES = 20_000;

/** What became of a decision. `last`: it has seen all others, and changed nothing in what they are. */
export type Placed = "last" | "placed" | "known" | "waits" | "full" | "broken";

/** The decisions of one group. */
export class RosterGraph {
  readonly #founder: PublicKeyHex;
  readonly #items = new Map<string, Item>();
  /** By the id of a parent that is not here. */
  readonly #orphans = new Map<string, RosterNode[]>();
  readonly #waiting = new Set<string>();
  readonly #heads = new Set<Item>();
  /** All versions of the same decision. */
  readonly #versions = new Map<string, Item[]>();
  readonly #chain: Segment[] = [];
  /** What the chain holds, where that was decided. */
  readonly #held = new Map<string, Held>();
  #window: Item[] = [];
  /** What the window changes; undefined: something has come since it was judged. */
  #judged: ReadonlyMap<string, Held> | undefined = new Map();
  /** Whether the window holds what could lie in the chain. */
  #isLoose = false;
  #isTidying = false;
  #newestNs = -1n;
  /** Counts what was more than one decision behind all others. */
  #revision = 0;

  /** A group in which nothing was decided yet. */
  constructor(founder: PublicKeyHex) {
    this.#founder = founder;
  }

  /**
   * Takes a decision.
   * @returns `waits`: something that it names has not come yet; it is placed when that comes. `broken`: it is not later
   *   than what it names, or names the same twice.
   */
  take(node: RosterNode): Placed {
    if (this.#items.has(node.id) || this.#waiting.has(node.id)) return "known";
    if (this.#items.size + this.#waiting.size >= MAX_NODES) return "full";
    const before = this.#revision;
    const placed = this.#tryPlace(node);
    if (placed !== "placed") return placed;
    this.#placeOrphansOf(node.id);
    return this.#revision === before ? "last" : "placed";
  }

  #placeOrphansOf(first: string): void {
    for (const ids = [first]; ids.length > 0;) {
      const id = ids.pop()!;
      const orphans = this.#orphans.get(id) ?? [];
      this.#orphans.delete(id);
      for (const orphan of orphans) {
        this.#revision++;
        this.#waiting.delete(orphan.id);
        if (this.#tryPlace(orphan) === "placed") ids.push(orphan.id);
      }
    }
  }

  /** Ids that a decision which has seen everything names, oldest first. */
  heads(): string[] {
    return [...this.#heads].sort(bySeen).map(({ node }) => node.id);
  }

  /** Whether somebody is in. */
  isIn(pk: PublicKeyHex): boolean {
    return this.#holds(inKey(pk)) && this.#holds(freeKey(pk));
  }

  /** Whether somebody decides. */
  isAdmin(pk: PublicKeyHex): boolean {
    return this.isIn(pk) && this.#holds(adminKey(pk));
  }

  /** Whether somebody is banned. */
  isBanned(pk: PublicKeyHex): boolean {
    return !this.#holds(freeKey(pk));
  }

  /** Whether somebody may not speak. */
  isMuted(pk: PublicKeyHex): boolean {
    return !this.#holds(voiceKey(pk));
  }

  /** Whether only admins may speak. */
  get isReadOnly(): boolean {
    return !this.#holds(OPEN_KEY);
  }

  /** Whether members copy each other. */
  get copies(): boolean {
    return this.#holds(BACKFILL_KEY);
  }

  /** Whether a decision counts. */
  counts(id: string): boolean {
    this.#settle();
    return this.#items.get(id)?.counts ?? false;
  }

  /** Ids of the decisions that count and grant nothing against a denial that they have not seen. */
  effective(): Set<string> {
    this.#settle();
    const ids = new Set<string>();
    for (const { node: { id }, counts, overruled } of this.#items.values()) {
      if (counts && !overruled) ids.add(id);
    }
    return ids;
  }

  #holds(key: string): boolean {
    this.#settle();
    const held = this.#judged?.get(key);
    return (held === undefined ? this.#heldInChain(key) : held) !== null;
  }

  #heldInChain(key: string): Held {
    const held = this.#held.get(key);
    return held === undefined ? heldAtFirst(key, this.#founder) : held;
  }

  #tryPlace(node: RosterNode): Placed {
    const names = node.parents ?? [];
    const missing = names.find((id) => !this.#items.has(id));
    if (missing !== undefined) {
      this.#orphans.set(missing, [...this.#orphans.get(missing) ?? [], node]);
      this.#waiting.add(node.id);
      return "waits";
    }
    const parents = names.map((id) => this.#items.get(id)!);
    const isBroken = new Set(names).size < names.length ||
      parents.some((parent) => parent.node.atNs >= node.atNs);
    if (isBroken) return "broken";
    this.#place(node, parents);
    return "placed";
  }

  #place(node: RosterNode, parents: readonly Item[]): void {
    const item = itemOf(node, parents);
    for (const parent of parents) parent.children.push(item);
    this.#items.set(node.id, item);
    this.#noteVersion(item);
    this.#lay(item);
  }

  /** Who has a version that names what it has seen judges by that one alone: anybody can cut the names off a copy. */
  #noteVersion(item: Item): void {
    const { domain, op, peer, issuer, atNs } = item.node;
    const key = `${domain} ${op} ${peer} ${issuer} ${atNs}`;
    const versions = [...this.#versions.get(key) ?? [], item];
    this.#versions.set(key, versions);
    if (versions.length === 1 || versions.every(({ node }) => node.parents === undefined)) return;
    for (const version of versions) {
      if (version.isTwin || version.node.parents !== undefined) continue;
      version.isTwin = true;
      if (version.segment >= 0) this.#rewind(version.segment - 1);
      this.#judged = undefined;
      this.#revision++;
    }
  }

  /** Puts a decision to the end of the chain, or into the window with all that it has not seen. */
  #lay(item: Item): void {
    const isLast = this.#hasSeenAll(item);
    if (isLast) this.#settle();
    else this.#rewind(this.#baseOf(item));
    for (const parent of item.parents) {
      parent.laidChildren++;
      this.#heads.delete(parent);
    }
    this.#heads.add(item);
    if (item.node.atNs > this.#newestNs) this.#newestNs = item.node.atNs;
    if (isLast) return this.#seal(item);
    this.#window.push(item);
    this.#judged = undefined;
    this.#revision++;
  }

  #lift(item: Item): void {
    this.#heads.delete(item);
    for (const parent of item.parents) if (--parent.laidChildren === 0) this.#heads.add(parent);
  }

  /** Whether it names all that nothing names yet; what names nothing has seen what is older. */
  #hasSeenAll({ node, parents }: Item): boolean {
    if (node.parents === undefined) return node.atNs > this.#newestNs;
    return parents.filter((parent) => this.#heads.has(parent)).length === this.#heads.size;
  }

  /** The last segment up to which a decision has seen everything. */
  #baseOf({ node, parents }: Item): number {
    if (node.parents === undefined) {
      let at = this.#chain.length - 1;
      while (at >= 0 && this.#chain[at].items.at(-1)!.node.atNs >= node.atNs) at--;
      return at;
    }
    let base = -1;
    for (const parent of parents) {
      if (parent.node.parents === undefined) continue; // what it stands behind by its clock, nobody has named
      if (parent.segment < 0) return this.#chain.length - 1;
      const isLast = this.#chain[parent.segment].items.at(-1) === parent;
      base = Math.max(base, isLast ? parent.segment : parent.segment - 1);
    }
    return base;
  }

  /** Takes what lies behind a segment back into the window. */
  #rewind(to: number): void {
    while (this.#chain.length - 1 > to) {
      const { items, undo } = this.#chain.pop()!;
      for (const [key, held] of undo) this.#held.set(key, held);
      for (const item of items) item.segment = -1;
      this.#window.push(...items);
      this.#judged = undefined;
      this.#isLoose = true;
      this.#revision++;
    }
  }

  /** The window and what has seen all of it become a segment. */
  #seal(last: Item): void {
    const undo = new Map<string, Held>();
    const hold = (key: string, held: Held): void => {
      const before = this.#heldInChain(key);
      if (!undo.has(key)) undo.set(key, before);
      this.#held.set(key, held);
    };
    for (const [key, held] of this.#judged!) hold(key, held);
    const { issuer } = last.node;
    last.overruled = false;
    last.counts = canCount(last, this.#founder) && this.#heldInChain(adminKey(issuer)) !== null;
    if (last.counts) {
      const { grants, denies } = last.effect;
      if (grants !== undefined && this.#heldInChain(grants) === null) hold(grants, last);
      for (const key of denies) hold(key, null);
    }
    const items = [...this.#window, last];
    for (const item of items) item.segment = this.#chain.length;
    this.#chain.push({ items, undo: [...undo] });
    this.#window = [];
    this.#judged = new Map();
  }

  /** Judges the window, and puts into the chain what can lie there. */
  #settle(): void {
    if (this.#isLoose && !this.#isTidying) {
      this.#isTidying = true;
      const items = this.#window.sort(bySeen);
      for (const item of [...items].reverse()) this.#lift(item);
      this.#window = [];
      this.#judged = new Map();
      this.#newestNs = this.#chain.at(-1)?.items.at(-1)?.node.atNs ?? -1n;
      for (const item of items) this.#lay(item);
      this.#isTidying = this.#isLoose = false;
    }
    this.#judged ??= judgeWindow(this.#window, {
      founder: this.#founder,
      held: (key) => this.#heldInChain(key),
    });
  }
}
