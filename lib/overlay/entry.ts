/**
 * A message as folds take it.
 *
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import { CHAT, INVITE, type OverlayBody, readOverlay } from "./frame.ts";
import { inviteIn } from "./invite.ts";
import { keyOf, nameOfTwo, personName, type Scope } from "./names.ts";

/** Stamps are below this: 13 hex digits, and 142,000 years of milliseconds. */
export const STAMP_END: number = 2 ** 52;
/** Characters of a message's readable line that an index keeps. */
const EXCERPT_CHARS = 160;

/** A message as it is kept. */
export interface Kept {
  /** Its place in the conversation. */
  readonly position: number;
  /** Who wrote it. */
  readonly author: PublicKeyHex;
  /** Whether that is us. */
  readonly own: boolean;
  /** Its text. */
  readonly body: string;
  /** When it was written or came, milliseconds since 1970. */
  readonly atMs: number;
  /** In a group: its signature, 130 hex characters. */
  readonly signature?: string;
  /** Of two people: the id of its envelope, when it came in one. */
  readonly id?: string;
}

/** A message of an overlay. */
export interface Entry {
  /** Its place in the conversation here: the order in which messages were kept. */
  readonly position: number;
  /** Names it. */
  readonly key: string;
  /** Whether its author chose the key: such a message gives way to one that can have no other. */
  readonly isChosen: boolean;
  /** Who wrote it. */
  readonly author: PublicKeyHex;
  /** Whether that is us. */
  readonly own: boolean;
  /** Its place among those of all authors: see README.md "Stamps". */
  readonly stamp: number;
  /** Which overlay. */
  readonly overlay: number;
  /** The overlay's own text. */
  readonly data: string;
  /** The key of what it belongs to. `""`: it names something that can't be here. */
  readonly parent: string | undefined;
  /** Members of the frame besides. */
  readonly extra: Readonly<Record<string, unknown>>;
  /** The beginning of its readable line. */
  readonly excerpt: string;
}

/** A body as an overlay takes it: with a frame, or with an invite; undefined: it is chat alone. */
export function overlayIn(body: string): OverlayBody | undefined {
  const read = readOverlay(body);
  if (read.overlay !== CHAT) return read;
  return inviteIn(read.fallback) === undefined ? undefined : { ...read, overlay: INVITE };
}

/**
 * The key of an invite: of what is said, whoever carried it here and signed or not, so that saying it again is no other
 * one, and what was refused stays so.
 */
export const inviteKey = (scope: Scope, author: PublicKeyHex, body: string): string =>
  personName(author, body).slice(0, scope === "person" ? 16 : 32);

/** A message of an overlay out of a kept one; undefined: it is chat, or nobody stands behind it. */
export function entryOf(scope: Scope, kept: Kept): Entry | undefined {
  const { position, author, own, body, atMs } = kept;
  const read = overlayIn(body);
  if (read === undefined) return undefined;
  const { overlay, data, parent, extra, fallback } = read;
  const named = keyIn(scope, overlay, kept);
  if (named === undefined) return undefined;
  return {
    position,
    ...named,
    author,
    own,
    stamp: stampIn(extra.s) ?? Math.min(Math.max(0, Math.floor(atMs)), STAMP_END - 1),
    overlay,
    data,
    parent: parentIn(scope, parent, extra.p),
    extra,
    excerpt: fallback.slice(0, EXCERPT_CHARS).toWellFormed(),
  };
}

/** The key of a message, and whether its author chose it; undefined: nobody stands behind it. */
function keyIn(
  scope: Scope,
  overlay: number,
  { author, body, signature, id }: Kept,
): Pick<Entry, "key" | "isChosen"> | undefined {
  if (overlay === INVITE) return { key: inviteKey(scope, author, body), isChosen: false };
  if (scope === "person") {
    const name = nameOfTwo(author, body, id);
    const isChosen = name === id && name !== personName(author, body).slice(0, 16);
    return { key: keyOf(scope, name)!, isChosen };
  }
  const key = keyOf(scope, signature ?? "");
  return key === undefined ? undefined : { key, isChosen: false };
}

/** @param other  The parent of a frame in which that is no text: no name at all, and yet the frame says that it has one. */
function parentIn(scope: Scope, parent: string | undefined, other: unknown): string | undefined {
  if (parent !== undefined) return keyOf(scope, parent) ?? "";
  return other === undefined || other === null ? undefined : "";
}

/** A stamp or another time of a frame, when it is one. */
export const stampIn = (value: unknown): number | undefined =>
  typeof value === "bigint" && value > 0n && value < BigInt(STAMP_END) ? Number(value) : undefined;

/** A stamp as 13 digits that sort. */
export const digits = (stamp: number): string => stamp.toString(16).padStart(13, "0");

/** A text that a row keeps: its beginning. */
export const cut = (text: string, chars: number): string =>
  text.length > chars ? text.slice(0, chars).toWellFormed() : text;
