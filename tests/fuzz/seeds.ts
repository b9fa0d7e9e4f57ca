/**
 * Valid inputs out of tests/vectors/*.json.
 *
 * @module
 */
import { fromHex, utf8 } from "../../lib/wire/bytes.ts";

// deno-lint-ignore no-explicit-any
type Json = any;

const read = (name: string): Json =>
  JSON.parse(Deno.readTextFileSync(new URL(`../vectors/${name}`, import.meta.url)));

/** dmsg.json. */
export const dmsg: Json = read("dmsg.json");
/** skychat.json. */
export const skychat: Json = read("skychat.json");
/** roster.json. */
export const roster: Json = read("roster.json");
/** d2.json. */
export const d2: Json = read("d2.json");
/** invites.json. */
export const invites: Json = read("invites.json");

/** cxo.json. */
export const cxo: Json = read("cxo.json");

/** All texts under members of these names, anywhere in a value. */
export function texts(value: Json, ...names: string[]): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    typeof member === "string" ? (names.includes(name) ? [member] : []) : texts(member, ...names)
  );
}

/** The same as UTF-8; at least one. */
export const textSeeds = (value: Json, ...names: string[]): Uint8Array[] =>
  some(texts(value, ...names).map(utf8));

/** The same where the texts are hex. */
export const hexSeeds = (value: Json, ...names: string[]): Uint8Array[] =>
  some(texts(value, ...names).map(fromHex));

function some(seeds: Uint8Array[]): Uint8Array[] {
  if (seeds.length === 0) {
    throw new Error("the vectors have no such member: the fuzzer would only see garbage");
  }
  return seeds;
}
