/** Runner of the group `store_seal` of skychat.json: a group's keys at rest. */
import { strictEqual } from "node:assert/strict";
import { deriveSealKey } from "../../../lib/store/place/sealed.ts";
import { fromHex, fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { byMember, hexEqual, hexOf } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";
import { currentKeyAad, GROUP_SEAL_INFO, openGroupKey, ringKeyAad, sealGroupKey } from "./group_seal.ts";

/** The derived key, and a key sealed as the current one and as one of the ring. */
export const skychatStoreSeal: GroupRunner = (group) => {
  const key = () => deriveSealKey(hexOf(group, "sk"), GROUP_SEAL_INFO);
  const nonce = { bytes: () => hexOf(group, "nonce_hex"), fraction: () => 0 };
  /** Sealed under one text, and not to be opened under the other. */
  const seals = (aad: string, otherAad: string) => (sealedHex: string) => {
    const run = () => {
      const plain = hexOf(group, "group_key_hex");
      hexEqual(sealGroupKey(key(), plain, utf8(aad), nonce), sealedHex, "sealed");
      hexEqual(openGroupKey(key(), fromHex(sealedHex), utf8(aad))!, group.group_key_hex, "opened");
      strictEqual(
        openGroupKey(key(), fromHex(sealedHex), utf8(otherAad)),
        undefined,
        "is bound to its place",
      );
    };
    return [{ name: `sealed as ${aad}`, run }];
  };
  const { aad_current, aad_ring } = group;
  const input = () => [];
  return byMember(group, {
    sk: input,
    nonce_hex: input,
    group_key_hex: input,
    key_hex: (hex) => [{ name: "derived key", run: () => hexEqual(key(), hex, "key") }],
    aad_current: (text) => [{
      name: text,
      run: () => strictEqual(fromUtf8(currentKeyAad(text.split("|")[1])), text),
    }],
    aad_ring: (text) => [{
      name: text,
      run: () => {
        const [, id, epoch] = text.split("|");
        strictEqual(fromUtf8(ringKeyAad(id, BigInt(epoch))), text);
      },
    }],
    sealed_current_hex: seals(aad_current, aad_ring),
    sealed_ring_hex: seals(aad_ring, aad_current),
  });
};
