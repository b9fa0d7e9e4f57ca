/**
 * "Did you mean": which of the known names somebody may have meant.
 *
 * @module
 */
import { distance } from "fastest-levenshtein";

/** Most proposals: more are no help. */
const MOST = 3;

/**
 * Names that are a typing error away from a text: upper and lower case confused, one letter in three wrong, missing or
 * too much, two neighbours swapped, or the end not typed.
 * @param text  What was typed.
 * @param names  What there is.
 * @returns At most 3, the nearest first.
 */
export function nearest(text: string, names: Iterable<string>): string[] {
  const typed = text.toLowerCase();
  if (typed === "") return [];
  const found: { name: string; steps: number }[] = [];
  for (const name of new Set(names)) {
    const known = name.toLowerCase();
    const steps = known.startsWith(typed) ? 0 : distance(typed, known);
    if (steps <= Math.max(1, Math.ceil(typed.length / 3)) || isSwap(typed, known, steps)) {
      found.push({ name, steps });
    }
  }
  return found.sort((a, b) => a.steps - b.steps || (a.name < b.name ? -1 : 1)).slice(0, MOST).map((
    { name },
  ) => name);
}

/** Two steps that leave the same letters: the commonest error in a short name. */
const isSwap = (typed: string, known: string, steps: number): boolean =>
  steps === 2 && [...typed].sort().join() === [...known].sort().join();

/** A hint of names: `Did you mean alice or alicia?`; undefined when there are none. */
export function didYouMean(text: string, names: Iterable<string>): string | undefined {
  const found = nearest(text, names);
  return found.length === 0 ? undefined : `Did you mean ${found.join(" or ")}?`;
}
