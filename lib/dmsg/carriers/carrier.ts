/**
 * What a carrier is: a way to reach a server.
 *
 * @see specification dmsg §8.1, §15
 * @module
 */
import type { Duplex } from "../../wire/machine.ts";
import type { Entry } from "../entries/entry.ts";

/** A way to reach a server. */
export interface Carrier {
  /** Its name in options and logs. */
  readonly name: string;
  /** The address for this carrier in a server's entry, or undefined when it offers none. */
  addressIn(entry: Entry): string | undefined;
  /**
   * Connects.
   * @param address  As {@link addressIn} gave it.
   * @param signal  Gives up; the promise rejects with its reason.
   * @returns An open byte pipe on which nothing was said yet.
   * @throws {NetworkError} When there is no connection; the message names the address.
   */
  dial(address: string, signal: AbortSignal): Promise<Duplex>;
}
