/**
 * What no name may be, whatever it is the name of: something that nobody can see, point at or read beside another.
 *
 * @module
 */

/** What is not seen: a name of nothing else is none. */
const UNSEEN = /[\s\p{Cf}\p{Cc}\u2800\u3164]/gu;
/** What turns the order of the letters beside it. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/;

/** `blank`: empty or nothing that is seen. `lines`: not one line. `turns`: it turns the text beside it. */
export type NameFault = "blank" | "lines" | "turns";

/** What is wrong with a name that somebody gives to an alias, a group, a list, an item or a poll; undefined: nothing. */
export function nameFault(name: string): NameFault | undefined {
  if (name.replace(UNSEEN, "") === "") return "blank";
  if (/[\r\n]/.test(name)) return "lines";
  return TURNS.test(name) ? "turns" : undefined;
}

/** The fault as a sentence. */
export const NAME_FAULTS: Readonly<Record<NameFault, string>> = {
  blank: "It is empty, or nothing of it is seen.",
  lines: "It has more than one line.",
  turns: "It has a control character of bidirectional text, which turns the text beside it.",
};
