/**
 * Decisions as nodes of a graph: what each one grants or denies, and which it has seen.
 *
 * @see lib/group/README.md "A roster without clocks"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Domain } from "./governance.ts";

/** One decision. */
export interface RosterNode {
  /** Names it: 64 hex characters in the product; any text that no other node has. */
  readonly id: string;
  /** Its domain. */
  readonly domain: Domain;
  /** Number of the operation in its domain. */
  readonly op: number;
  /** Whom it is about. */
  readonly peer: PublicKeyHex;
  /** Who decided. */
  readonly issuer: PublicKeyHex;
  /** When, nanoseconds: later than all that it names. Places only what names nothing. */
  readonly atNs: bigint;
  /** Ids of what its issuer had seen and nothing else had named; undefined: a Go program's, which names nothing. */
  readonly parents: readonly string[] | undefined;
}

/** What a decision is about: it grants or denies one thing, or denies several. */
export interface Effect {
  /** Key of what it grants. */
  readonly grants?: string;
  /** Keys of what it denies. */
  readonly denies: readonly string[];
}

/** The key of being in. */
export const inKey = (pk: PublicKeyHex): string => `in ${pk}`;
/** The key of deciding. */
export const adminKey = (pk: PublicKeyHex): string => `admin ${pk}`;
/** The key of not being banned. */
export const freeKey = (pk: PublicKeyHex): string => `free ${pk}`;
/** The key of not being muted. */
export const voiceKey = (pk: PublicKeyHex): string => `voice ${pk}`;
/** The key of everybody's right to speak. */
export const OPEN_KEY = "open";
/** The key of members copying each other. */
export const BACKFILL_KEY = "backfill";

/** Whether something holds before anything was decided about it. */
export const holdsAtFirst = (key: string): boolean => !key.startsWith("in ") && !key.startsWith("admin ");

const EFFECTS: Readonly<Record<Domain, Readonly<Record<number, (peer: PublicKeyHex) => Effect>>>> = {
  roster: {
    1: (peer) => ({ grants: inKey(peer), denies: [] }),
    2: (peer) => ({ denies: [inKey(peer), adminKey(peer)] }),
  },
  admin: {
    1: (peer) => ({ grants: adminKey(peer), denies: [] }),
    2: (peer) => ({ denies: [adminKey(peer)] }),
  },
  mod: {
    1: (peer) => ({ denies: [freeKey(peer), inKey(peer), adminKey(peer)] }),
    2: (peer) => ({ grants: freeKey(peer), denies: [] }),
    3: (peer) => ({ denies: [voiceKey(peer)] }),
    4: (peer) => ({ grants: voiceKey(peer), denies: [] }),
    5: () => ({ denies: [OPEN_KEY] }),
    6: () => ({ grants: OPEN_KEY, denies: [] }),
    7: () => ({ grants: BACKFILL_KEY, denies: [] }),
    8: () => ({ denies: [BACKFILL_KEY] }),
  },
};

const NOTHING: Effect = { denies: [] };

/** What a decision grants and denies. */
const effectOf = ({ domain, op, peer }: RosterNode): Effect => EFFECTS[domain][op]?.(peer) ?? NOTHING;

/** A node in its graph. */
export interface Item {
  /** The decision. */
  readonly node: RosterNode;
  /** What it does. */
  readonly effect: Effect;
  /** What it names. */
  readonly parents: readonly Item[];
  /** What names it. */
  readonly children: Item[];
  /** Longest way down to a node that names nothing, which has 0. */
  readonly height: number;
  /** Whether it counts, as is known now. */
  counts: boolean;
  /** It counts, and is granted against a denial that has not seen it and that it has not seen. */
  overruled: boolean;
  /** A version of the same decision says what it has seen: this one only keeps its place. */
  isTwin: boolean;
  /** How many of its children lie in the chain or the window. */
  laidChildren: number;
  /** In which segment of the chain it lies; -1: in the window. */
  segment: number;
}

/** A node that was not judged yet, before its parents know of it. */
export const itemOf = (node: RosterNode, parents: readonly Item[]): Item => ({
  node,
  effect: effectOf(node),
  parents,
  children: [],
  height: node.parents === undefined ? 0 : parents.reduce((top, { height }) => Math.max(top, height), 0) + 1,
  counts: false,
  overruled: false,
  isTwin: false,
  laidChildren: 0,
  segment: -1,
});

/** What holds a thing: the granting decision, `true` when none was needed, `null` when it is denied. */
export type Held = Item | true | null;

/** Decisions that all have seen the segments before, and of which the last one has seen the others. */
export interface Segment {
  /** The last one at the end, the others in no order. */
  readonly items: readonly Item[];
  /** What its keys held before it. */
  readonly undo: readonly (readonly [string, Held])[];
}

/** Which of two came first: the lower one, then by id. Never by a clock. */
export const byHeight = (a: Item, b: Item): number =>
  a.height - b.height || (a.node.id < b.node.id ? -1 : a.node.id > b.node.id ? 1 : 0);

/** An order in which nothing comes before what it has seen. */
export const bySeen = (a: Item, b: Item): number =>
  a.node.atNs < b.node.atNs ? -1 : a.node.atNs > b.node.atNs ? 1 : byHeight(a, b);
