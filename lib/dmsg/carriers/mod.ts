/**
 * Carriers: ways to reach a server. One file and one line here each.
 *
 * @see specification dmsg §8.1, §15
 * @module
 */
import { NetworkError } from "../../wire/errors.ts";
import type { Duplex } from "../../wire/machine.ts";
import type { Entry } from "../entry.ts";
import { tcp } from "./tcp.ts";

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

/** All carriers, the preferred one first. */
export const CARRIERS: readonly Carrier[] = [tcp];

/**
 * The first carrier that the server offers.
 * @returns The carrier and its address.
 * @throws {NetworkError} When the entry offers none that we have.
 */
export function pickCarrier(
  carriers: readonly Carrier[],
  entry: Entry,
): { carrier: Carrier; address: string } {
  for (const carrier of carriers) {
    const address = carrier.addressIn(entry);
    if (address) return { carrier, address };
  }
  throw new NetworkError(`server ${entry.static} offers no address that this program can use`, {
    retry: false,
    reason: "no-network",
  });
}
