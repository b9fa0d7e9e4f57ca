/**
 * A group as a stranger sees it, as plain JSON values.
 *
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { GroupKind, GroupStatus } from "./kinds.ts";

/** What a link or an address leads to. Texts of others are not escaped. */
export interface GroupOffer {
  /** Its id. */
  readonly group: string;
  /** Its name. */
  readonly name: string;
  /** Who may post and join. */
  readonly kind: GroupKind;
  /** `open`: whoever asks comes in. `approval`: an admin decides. "": that is not known. */
  readonly policy: string;
  /** Its feed port. */
  readonly port: number;
  /** Bits of work that asking needs. */
  readonly powBits: number;
  /** Only admins speak, as far as is known. */
  readonly readOnly: boolean;
  /** What it costs, in an admin's words; "": nothing is said. */
  readonly priceHint: string;
  /** Who says so; of `link` the founder that it names. */
  readonly host: PublicKeyHex;
  /** `here`: we are in. `host`: somebody was asked. `link`: nobody answered, and this is what the link says. */
  readonly from: "here" | "host" | "link";
  /** How we stand in it; left out: it is not known here. */
  readonly status?: GroupStatus;
}
