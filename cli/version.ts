/**
 * Which program this is.
 *
 * @module
 */

/** This program's version, as in deno.json. */
export const VERSION = "0.1.0";
