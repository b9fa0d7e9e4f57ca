/**
 * When peers were last given something.
 *
 * @module
 */

/** Of one node. */
export class Given {
  /** When an object was last given, the time of the node's inputs. */
  atMs = 0;
  /** Until the Root of this number of the node's own feed; what only later ones have is not counted. */
  upTo: number = Infinity;

  /** An object is given. @param born  Number of the first Root of the own feed that has it; undefined: none has. */
  give(nowMs: number, born: number | undefined): void {
    if (this.upTo === Infinity || born !== undefined && born <= this.upTo) this.atMs = nowMs;
  }
}
