/**
 * All carriers: one file and one line here each.
 *
 * @see specification dmsg §8.1, §15
 * @module
 */
import { NetworkError } from "../../wire/errors.ts";
import type { Entry } from "../entries/entry.ts";
import type { Carrier } from "./carrier.ts";
import { tcp } from "./tcp.ts";

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
