/**
 * Pairs of an App that keeps nothing.
 *
 * @module
 */
import { UserError } from "../../wire/errors.ts";
import { through } from "../through.ts";
import { PAIRS, type Pairs } from "./pairs.ts";

/** Every call is refused, but for the list, which is empty. */
export const noPairs = (): Pairs => ({
  ...through<Pairs>(PAIRS, () => Promise.reject(refusal())),
  list: () => Promise.resolve([]),
  issuedInvites: () => Promise.resolve([]),
  kept: () => Promise.resolve([]),
  held: () => Promise.resolve([]),
});

const refusal = (): UserError =>
  new UserError("This command has no store, so it has no pairs", {
    kind: "usage",
    hint: "`dmsg pair` has one.",
  });
