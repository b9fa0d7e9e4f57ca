/**
 * Who is in, who decides and who may speak: a fold over decisions in the order of their own times (their contents decide
 * between equal ones). So it follows from the set of decisions and not from the order in which they came: a late joiner,
 * a node that was away and one that saw everything twice end with the same.
 *
 * Which of them count, the graph says (roster_graph.ts); by their clocks alone each counts if its issuer was an admin at
 * that point, and that is what Go programs see.
 *
 * @see specification skychat §b.6, §b.14
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Domain, Mutation } from "./governance.ts";

/** A decision and what it is about. */
export interface Decision {
  /** Its domain. */
  readonly domain: Domain;
  /** Genuine: see `isGenuine`. */
  readonly mutation: Mutation;
}

/** How a group began. */
export interface Genesis {
  /** Always in, always an admin. */
  readonly founder: PublicKeyHex;
  /** When, nanoseconds. */
  readonly createdAtNs: bigint;
}

/** A time from which on something held, and until when, if it has ended. */
export interface Span {
  /** Nanoseconds. */
  readonly fromNs: bigint;
  /** Nanoseconds; undefined: it holds. */
  readonly toNs?: bigint;
}

/** What follows from the decisions. */
export interface Roster {
  /** Who is in now, the founder first, then in the order of their coming. */
  readonly members: readonly PublicKeyHex[];
  /** Who decides now, the founder first. */
  readonly admins: readonly PublicKeyHex[];
  /** Who may never come in. */
  readonly banned: ReadonlyMap<PublicKeyHex, bigint>;
  /** Who may not speak, since when. */
  readonly mutedSince: ReadonlyMap<PublicKeyHex, bigint>;
  /** When each could not speak: what was said in such a time stays refused after it. */
  readonly mutedSpans: ReadonlyMap<PublicKeyHex, readonly Span[]>;
  /** Since when only admins may speak. */
  readonly readOnlySinceNs: bigint | undefined;
  /** When only admins could speak. */
  readonly readOnlySpans: readonly Span[];
  /** Whether members copy each other's messages. */
  readonly backfill: boolean;
  /** Everybody who ever was in, with the times. */
  readonly memberSpans: ReadonlyMap<PublicKeyHex, readonly Span[]>;
  /** Everybody who ever decided, with the times. */
  readonly adminSpans: ReadonlyMap<PublicKeyHex, readonly Span[]>;
  /** Decisions that counted, by {@link decisionId}. */
  readonly counted: ReadonlySet<string>;
}

/**
 * What a decision is known by, and what orders it among those of the same instant: all that is signed. A Go admin
 * publishes its whole view again at each start, signed anew, and no two signatures of its library are equal.
 */
const decisionId = ({ domain, mutation }: Decision): string => {
  const { op, peer, issuer, issuedAtNs, parentSeq } = mutation;
  return `${domain} ${op} ${peer} ${issuer} ${issuedAtNs} ${parentSeq}`;
};

/** The order in which decisions count. */
export function byTime(a: Decision, b: Decision): number {
  const [x, y] = [a.mutation.issuedAtNs, b.mutation.issuedAtNs];
  if (x !== y) return x < y ? -1 : 1;
  const [p, q] = [decisionId(a), decisionId(b)];
  return p < q ? -1 : p > q ? 1 : 0;
}

/**
 * The roster that follows from decisions by their clocks alone, as Go programs see it, in whatever order they are given;
 * the same one twice counts once.
 */
export const foldRoster = (genesis: Genesis, decisions: Iterable<Decision>): Roster =>
  foldOf(genesis, decisions, false).roster();

/**
 * Takes decisions in the order of their times, in whatever order they are given.
 * @param isJudged  Whether they are those of which the graph says that they count: then their times only say since when
 *   and until when each thing held.
 */
export function foldOf(genesis: Genesis, decisions: Iterable<Decision>, isJudged: boolean): RosterFold {
  const fold = new RosterFold(genesis, isJudged);
  for (const decision of [...decisions].sort(byTime)) fold.take(decision);
  return fold;
}

/** Whether a decision would change anything. */
export function changesRoster(
  { members, admins, banned, mutedSince, readOnlySinceNs, backfill }: Roster,
  domain: Domain,
  op: number,
  peer: PublicKeyHex,
): boolean {
  const isIn = members.includes(peer);
  const isAdmin = admins.includes(peer);
  const changes: Readonly<Record<Domain, Readonly<Record<number, boolean>>>> = {
    roster: { 1: !isIn && !banned.has(peer), 2: isIn },
    admin: { 1: isIn && !isAdmin, 2: isAdmin },
    mod: {
      1: !banned.has(peer),
      2: banned.has(peer),
      3: !mutedSince.has(peer),
      4: mutedSince.has(peer),
      5: readOnlySinceNs === undefined,
      6: readOnlySinceNs !== undefined,
      7: !backfill,
      8: backfill,
    },
  };
  return changes[domain][op] ?? false;
}

type Verdict = "counts" | "idle";

/** Decisions taken one after the other, in the order of their times. */
export class RosterFold {
  readonly #founder: PublicKeyHex;
  readonly #members = new Map<PublicKeyHex, Span[]>();
  readonly #admins = new Map<PublicKeyHex, Span[]>();
  readonly #banned = new Map<PublicKeyHex, bigint>();
  readonly #muted = new Map<PublicKeyHex, Span[]>();
  readonly #counted = new Set<string>();
  /** Under one name, so that it has spans like all others. */
  readonly #readOnly = new Map<"group", Span[]>();
  #backfill = true;

  /** Nothing was decided yet. @param isJudged  Whether it is given only what counts. */
  constructor({ founder, createdAtNs }: Genesis, private readonly isJudged: boolean) {
    this.#founder = founder;
    begin(this.#members, founder, createdAtNs);
    begin(this.#admins, founder, createdAtNs);
  }

  /** Takes the next one. */
  take(decision: Decision): void {
    const { domain, mutation: { op, peer, issuer, issuedAtNs } } = decision;
    if (!this.isJudged && !isOpen(this.#admins, issuer)) return;
    if (this.#rules[domain][op]?.(peer, issuedAtNs) === "counts") this.#counted.add(decisionId(decision));
  }

  /** What follows from those that were taken; good until the next one is. */
  roster(): Roster {
    const isIn = (pk: PublicKeyHex) => isOpen(this.#members, pk) && !this.#banned.has(pk);
    return {
      members: [...this.#members.keys()].filter(isIn),
      admins: openKeys(this.#admins).filter(isIn),
      banned: this.#banned,
      mutedSince: new Map(openKeys(this.#muted).map((pk) => [pk, this.#muted.get(pk)!.at(-1)!.fromNs])),
      mutedSpans: this.#muted,
      readOnlySinceNs: isOpen(this.#readOnly, "group")
        ? this.#readOnly.get("group")!.at(-1)!.fromNs
        : undefined,
      readOnlySpans: this.#readOnly.get("group") ?? [],
      backfill: this.#backfill,
      memberSpans: this.#members,
      adminSpans: this.#admins,
      counted: this.#counted,
    };
  }

  /** What each operation does; nothing can be done to the founder. */
  readonly #rules: Readonly<
    Record<Domain, Readonly<Record<number, (peer: PublicKeyHex, ns: bigint) => Verdict>>>
  > = {
    roster: {
      1: (peer, ns) => this.#banned.has(peer) && !this.isJudged ? "idle" : begin(this.#members, peer, ns),
      2: (peer, ns) =>
        this.#guarded(peer, () => {
          end(this.#admins, peer, ns);
          return end(this.#members, peer, ns);
        }),
    },
    admin: {
      1: (peer, ns) => this.isJudged || isOpen(this.#members, peer) ? begin(this.#admins, peer, ns) : "idle",
      2: (peer, ns) => this.#guarded(peer, () => end(this.#admins, peer, ns)),
    },
    mod: {
      1: (peer, ns) =>
        this.#guarded(peer, () => {
          end(this.#admins, peer, ns);
          end(this.#members, peer, ns);
          if (this.#banned.has(peer)) return "idle";
          this.#banned.set(peer, ns);
          return "counts";
        }),
      2: (peer) => this.#banned.delete(peer) ? "counts" : "idle",
      3: (peer, ns) => this.#guarded(peer, () => begin(this.#muted, peer, ns)),
      4: (peer, ns) => end(this.#muted, peer, ns),
      5: (_, ns) => begin(this.#readOnly, "group", ns),
      6: (_, ns) => end(this.#readOnly, "group", ns),
      7: () => this.#setBackfill(true),
      8: () => this.#setBackfill(false),
    },
  };

  #guarded(peer: PublicKeyHex, run: () => Verdict): Verdict {
    return peer === this.#founder ? "idle" : run();
  }

  #setBackfill(on: boolean): Verdict {
    if (this.#backfill === on) return "idle";
    this.#backfill = on;
    return "counts";
  }
}

function begin<K extends string>(spans: Map<K, Span[]>, pk: K, fromNs: bigint): Verdict {
  if (isOpen(spans, pk)) return "idle";
  const earlier = spans.get(pk) ?? [];
  spans.delete(pk); // a map keeps the order of first insertion: who comes again comes last
  spans.set(pk, [...earlier, { fromNs }]);
  return "counts";
}

function end<K extends string>(spans: Map<K, Span[]>, pk: K, toNs: bigint): Verdict {
  const all = spans.get(pk);
  const last = all?.at(-1);
  if (all === undefined || last === undefined || last.toNs !== undefined) return "idle";
  spans.set(pk, [...all.slice(0, -1), { fromNs: last.fromNs, toNs }]);
  return "counts";
}

const isOpen = <K extends string>(spans: ReadonlyMap<K, readonly Span[]>, pk: K): boolean => {
  const last = spans.get(pk)?.at(-1);
  return last !== undefined && last.toNs === undefined;
};

const openKeys = (spans: ReadonlyMap<PublicKeyHex, readonly Span[]>): PublicKeyHex[] =>
  [...spans.keys()].filter((pk) => isOpen(spans, pk));

/** Whether one of the spans holds at a time. */
export const holdsAt = (spans: readonly Span[] | undefined, ns: bigint): boolean =>
  spans?.some(({ fromNs, toNs }) => fromNs <= ns && (toNs === undefined || ns < toNs)) ?? false;
