/**
 * The curve that this process works with. Importing it waits until it is open.
 *
 * @module
 */
import type { Curve } from "./curve.ts";
import { openCurve } from "./open_curve.ts";

/** Opened when the first module that needs it is loaded, unless {@link openCurve} was called before. */
export const curve: Curve = await openCurve();
