/**
 * Names as they are compared.
 *
 * @module
 */

/**
 * A name of which neither the case of its letters matters nor how they are written: an `é` may be one character or two.
 * People look for names so, and some file systems take such names for one.
 */
export const folded = (name: string): string => name.normalize().toLowerCase();

/** Whether two names look the same, letter by letter in the same case. */
export const looksSame = (a: string, b: string): boolean => a.normalize() === b.normalize();
