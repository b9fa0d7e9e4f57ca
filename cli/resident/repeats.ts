/**
 * What of messages is no news to who reads events: what a ban has hidden is shown again when that is taken back, under
 * another id and behind all else, and was told already.
 *
 * @module
 */
import { tailOfId } from "../../lib/app/groups/room/message_id.ts";
import type { MessageView } from "../../lib/app/messages/messages.ts";

/** Of how many hidden ones it is known that they were not told: of several members what their feeds hold. */
const MAX_UNTOLD = 10_000;

/** Knows it for one reader. */
export class Repeats {
  /** Those of which nothing was left when their turn came. */
  readonly #untold = new Set<string>();

  /** Whether a message was told before. Each is asked of once, in the order of events. */
  has({ peer, id = "", state, again }: MessageView): boolean {
    const name = `${peer}/${tailOfId(id)}`;
    if (again) return state === "deleted" || !this.#untold.delete(name);
    if (state !== "deleted" || id === "") return false;
    this.#untold.add(name);
    if (this.#untold.size > MAX_UNTOLD) this.#untold.delete(this.#untold.values().next().value!);
    return false;
  }
}
