/**
 * Overlays of an App that keeps nothing.
 *
 * @module
 */
import { UserError } from "../../wire/errors.ts";
import { through } from "../through.ts";
import { OVERLAYS, type Overlays } from "./overlays.ts";

/** Every call is refused. */
export const noOverlays = (): Overlays =>
  through<Overlays>(OVERLAYS, () =>
    Promise.reject(
      new UserError("This command has no store, so it has no lists", {
        kind: "usage",
        hint: "`dmsg list` has one.",
      }),
    ));
