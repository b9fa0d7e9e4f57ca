/**
 * Somebody who asks to be let in, as plain JSON values.
 *
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";

/** Somebody who asks to be let in. */
export interface JoinRequestView {
  /** Who. */
  readonly pk: PublicKeyHex;
  /** What it says. */
  readonly note: string;
  /** When it first asked. */
  readonly ts: string;
}
