/**
 * Groups of an App that keeps nothing.
 *
 * @module
 */
import { UserError } from "../../wire/errors.ts";
import { through } from "../through.ts";
import { GROUPS, type Groups } from "./groups.ts";

/** Every call is refused, but for the list, which is empty. */
export const noGroups = (): Groups => ({
  ...through<Groups>(GROUPS, () => Promise.reject(refusal())),
  list: () => Promise.resolve([]),
});

const refusal = (): UserError =>
  new UserError("This command has no store, so it has no groups", {
    kind: "usage",
    hint: "`dmsg group` has one.",
  });
