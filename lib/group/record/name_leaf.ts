/**
 * The group's name in its founder's feed. Go programs ask the founder by a probe and pass over this leaf; the feed's
 * own signature proves it.
 *
 * @see lib/group/README.md "In a member's feed"; specification skychat §b.7
 * @module
 */
import type { Random } from "../../sys/random.ts";
import { cutUtf8, utf8 } from "../../wire/bytes.ts";
import { printable, visible } from "../../wire/escape.ts";
import { field, goString, type GoStruct, goStruct } from "../../wire/go_struct.ts";
import { openGovernance, sealGovernance } from "../roster/governance.ts";
import { MAX_NAME_BYTES } from "./record.ts";

/** Where it lies; another name takes its place. */
export const NAME_PATH = "name/current";

const LEAF: GoStruct<{ readonly name: string }> = goStruct<{ readonly name: string }>({
  name: field("name", goString),
});

/** Whether a text may be a group's name: 1 to {@link MAX_NAME_BYTES} bytes, not blank, nothing that is not seen. */
export const isGroupName = (name: string): boolean =>
  name.trim() !== "" && utf8(name).length <= MAX_NAME_BYTES && visible(name) === name;

/** A name that a link or an admin gives, in whatever program: written out where it is not seen, and cut. */
export const fittingName = (name: string): string =>
  isGroupName(name) ? name : cutUtf8(printable(name), MAX_NAME_BYTES).toWellFormed();

/** The leaf of a name. @param key  The current group key, 32 bytes, of a private group: the name is sealed. */
export function encodeNameLeaf(name: string, key: Uint8Array | undefined, random: Random): Uint8Array {
  const plain = utf8(LEAF.encode({ name }));
  return key === undefined ? plain : sealGovernance(key, plain, random);
}

/**
 * Reads the leaf.
 * @param keys  Keys of a private group, the current one first; undefined: the group is in clear.
 * @returns The name; undefined when it does not open, or is none.
 */
export function readNameLeaf(value: Uint8Array, keys: readonly Uint8Array[] | undefined): string | undefined {
  const plain = keys === undefined ? value : openGovernance(value, keys);
  const name = plain && LEAF.decode(plain)?.name;
  return name !== undefined && isGroupName(name) ? name : undefined;
}
