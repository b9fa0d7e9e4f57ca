/**
 * What of a line are arguments: neither the command's own words nor flags and their values, which may be called as a
 * conversation is.
 *
 * @module
 */
import type { Command, RouteMap } from "@stricli/core";
import type { Context } from "../context.ts";

/** A command, or several below one word. */
export type Target = Command<Context> | RouteMap<Context>;

/**
 * The arguments of a line, in their order.
 * @param words  What stands before the word that is completed; the first one is the name of `target`.
 * @param target  What the first word calls; undefined: nothing that there is.
 * @example `["list", "show", "--identity", "alice", "list"]` has one: `list`.
 */
export function givenArguments(words: readonly string[], target: Target | undefined): string[] {
  let at = 1;
  let called = target;
  while (called !== undefined && !("parameters" in called) && at < words.length) {
    const next: Target | undefined = called.getRoutingTargetForInput(words[at]);
    if (next === undefined) break;
    called = next;
    at++;
  }
  const takesValue = valueTaking(called);
  const found: string[] = [];
  for (; at < words.length; at++) {
    const word = words[at];
    if (word === "--") return [...found, ...words.slice(at + 1)];
    if (!/^-./.test(word)) found.push(word);
    else if (takesValue(word)) at++;
  }
  return found;
}

/** Whether the word behind a flag is its value. */
function valueTaking(called: Target | undefined): (word: string) => boolean {
  const { flags = {}, aliases = {} } =
    (called !== undefined && "parameters" in called ? called.parameters : {}) as {
      flags?: Readonly<Record<string, { readonly kind: string }>>;
      aliases?: Readonly<Record<string, string>>;
    };
  return (word) => {
    const name = word.startsWith("--")
      ? word.slice(2).replace(/-([a-z])/g, (_, letter) => letter.toUpperCase())
      : aliases[word.at(-1)!] ?? "";
    return Object.hasOwn(flags, name) && flags[name].kind !== "boolean";
  };
}
