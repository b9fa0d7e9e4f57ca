/**
 * Files of an App that keeps nothing.
 *
 * @module
 */
import { UserError } from "../../wire/errors.ts";
import { through } from "../through.ts";
import { FILES, type Files } from "./files.ts";

/** Every call is refused. */
export const noFiles = (): Files => through<Files>(FILES, refuseFiles);

/** The refusal of every call. */
export const refuseFiles = (): Promise<never> =>
  Promise.reject(
    new UserError("This program has no store, so it has no files", {
      kind: "usage",
      hint: "`dmsg file` has one.",
    }),
  );
