/**
 * The messages that stores are measured with.
 *
 * @module
 */
import type { Change } from "../lib/store/store.ts";

/** The identity's secret. */
export const SECRET = new Uint8Array(32).fill(9);
/** The other party. */
export const PEER = `02${"5".repeat(64)}`;

const TEXTS = [
  "See you at lunch, then",
  "The train leaves the station at noon; I have put both tickets into the blue folder",
  "ok",
  "Könntest du bitte die Unterlagen mitbringen? Danke!",
];

/** The n-th message: one of several lengths, with an id, from either side. */
export const benchMessage = (n: number): Extract<Change, { kind: "message" }> => ({
  kind: "message",
  message: {
    peer: PEER,
    direction: n % 2 ? "in" : "out",
    id: n.toString(16).padStart(16, "0"),
    body: `${TEXTS[n % TEXTS.length]} (number ${n} of the day)`,
    atNs: 1_790_000_000_000_000_000n + BigInt(n) * 1_000_000_000n,
    state: "received",
    form: "envelope",
    via: "dmsg",
  },
});
