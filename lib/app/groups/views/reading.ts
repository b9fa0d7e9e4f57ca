/**
 * What became of reading a group's feeds, as plain JSON values.
 *
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";

/** How to read them; see {@link Groups.read}. */
export interface GroupReadRequest {
  /** Of which group. */
  readonly group: string;
  /** At most so long, milliseconds; 0: as it stands. */
  readonly waitMs: number;
  /** Whether our program is there for this alone. Default: no. */
  readonly leaves?: boolean;
}

/** Of the other members whose feeds we follow; each is in one of the lists. */
export interface GroupReading {
  /** Those whose feeds were read up to what is newest, at them or at the node that holds them. */
  readonly read: readonly PublicKeyHex[];
  /** Those that are reached, and whose feeds were not read whole in time. */
  readonly unread: readonly PublicKeyHex[];
  /** Those that are not to be reached. */
  readonly away: readonly PublicKeyHex[];
  /** Messages of ours that nobody else is known to have. */
  readonly waiting: number;
}
