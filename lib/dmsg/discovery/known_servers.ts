/**
 * Servers on which a discovery was seen to sit: those that its URL names move, and a program may lie on a machine for
 * years.
 *
 * @see lib/dmsg/README.md "A discovery over dmsg"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Entry } from "../entries/entry.ts";
import { type KnownServer, serverAt } from "./place.ts";

/** What is remembered of a discovery. */
export interface ServerMemory {
  /** Its servers as they were told last; none when nothing is known. @param pk  The discovery's key. */
  recall(pk: PublicKeyHex): Promise<readonly KnownServer[]>;
  /** It has told of servers. */
  learn(pk: PublicKeyHex, servers: readonly KnownServer[]): Promise<void>;
}

/** More are not remembered of one discovery: any one of them leads to it. */
export const MAX_KNOWN = 64;
/** Of those that it tells of no more: who is full is back soon, and of who is gone for good more would be in the way. */
export const MAX_AWAY = 8;

/** The servers among entries that can be reached over TCP. */
export const serversOf = (entries: readonly Entry[]): KnownServer[] =>
  entries.flatMap((entry) => serverAt(`${entry.static}@${entry.server?.address ?? ""}`) ?? []);

/**
 * What is remembered once a discovery has told of servers: those first, in their order, then some who were known before and
 * are full or away now. Each has the address that was told last.
 * @returns {@link MAX_KNOWN} at the most, {@link MAX_AWAY} of them away.
 */
export function remembered(told: readonly KnownServer[], before: readonly KnownServer[]): KnownServer[] {
  const all = new Map<PublicKeyHex, KnownServer>();
  for (const server of told) if (!all.has(server.pk)) all.set(server.pk, server);
  const away = before.filter(({ pk }) => !all.has(pk)).slice(0, MAX_AWAY);
  return [...all.values(), ...away].slice(0, MAX_KNOWN);
}

/** Whether both are the same servers at the same addresses, in whatever order. */
export function areSame(one: readonly KnownServer[], other: readonly KnownServer[]): boolean {
  const addresses = new Map(other.map(({ pk, address }) => [pk, address]));
  return one.length === other.length && one.every(({ pk, address }) => addresses.get(pk) === address);
}
