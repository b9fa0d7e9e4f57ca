/**
 * Decoders of groups made with `--keys d2`, under a signature scheme that believes everybody: what follows is looked at
 * as well.
 *
 * @module
 */
import { openForOne } from "../../../lib/group/d2/admission.ts";
import { copyIn, openCopy } from "../../../lib/group/d2/content.ts";
import { openEpoch, readEpoch } from "../../../lib/group/d2/epoch_key.ts";
import { readAnnouncement } from "../../../lib/group/d2/ratchet.ts";
import { readLeaf } from "../../../lib/group/talk/leaf.ts";
import { fromHex, utf8 } from "../../../lib/wire/bytes.ts";
import type { Target } from "../fuzz.ts";
import { d2 } from "../seeds.ts";

const believing = { sign: () => new Uint8Array(65), verify: () => true };
const SECRETS = [{ id: new Uint8Array(8), key: new Uint8Array(32) }];
const { group_id: GROUP } = d2;

/** Announcements, rotations, keys for one who comes in. */
export const d2Values = (): Target => ({
  name: "group: d2 values",
  // deno-lint-ignore no-explicit-any
  seeds: [...d2.ratchets, ...d2.epochs, ...d2.admissions].map((it: any) => fromHex(it.value)),
  run: (input) => {
    const announced = readAnnouncement(input, GROUP, believing);
    if (announced !== undefined && announced.value.length !== input.length) throw new Error("it has no end");
    const rotation = readEpoch(input, GROUP, believing);
    if (rotation !== undefined && openEpoch(rotation, () => SECRETS, []) !== undefined) {
      throw new Error("it opens with a key of nobody");
    }
    openForOne(GROUP, input, () => SECRETS);
  },
});

/** Messages. */
export const d2Messages = (): Target => ({
  name: "group: d2 message",
  // deno-lint-ignore no-explicit-any
  seeds: d2.messages.map((it: any) => utf8(it.leaf)),
  run: (input) => {
    const leaf = readLeaf(input);
    const copy = leaf && copyIn(leaf, GROUP);
    if (copy !== undefined && openCopy(leaf!, copy, SECRETS) !== undefined) {
      throw new Error("it opens with a key of nobody");
    }
  },
});
