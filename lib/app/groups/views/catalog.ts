/**
 * Groups that a peer lists, as plain JSON values.
 *
 * @module
 */
/** What a peer lists. */
export interface CatalogView {
  /** At most 64. */
  readonly groups: readonly {
    /** Its id, as the peer gives it. */
    readonly id: string;
    /** Its name, not escaped. */
    readonly name: string;
    /** `public`, `private`, `channel`. */
    readonly kind: string;
    /** `open`: whoever asks comes in. `approval`: an admin decides. */
    readonly policy: string;
    /** Bits of work that asking needs. */
    readonly powBits: number;
    /** For {@link Groups.join}. */
    readonly address: string;
  }[];
  /** There are more. */
  readonly truncated: boolean;
}
