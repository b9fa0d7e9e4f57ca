/**
 * Peers' text never reaches the terminal unescaped; what that means is the same for every surface.
 *
 * @see lib/wire/escape.ts
 * @module
 */
export { jsonLine, printable, printableLines, visible, visibleLine } from "../../lib/wire/escape.ts";
