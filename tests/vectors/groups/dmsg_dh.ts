/** Runner of the group `dh` of dmsg.json. */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { dh, ecdh } from "../../../lib/crypto/ecdh.ts";
import { sha256 } from "../../../lib/crypto/hash.ts";
import { byMember, each, hexEqual, hexOf } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

/** The DH function step by step: point, its hash, and the 33 bytes that enter MixKey. */
export const dmsgDh: GroupRunner = (group) =>
  byMember(group, {
    vectors: each(({ sk, pk }) => `${sk.slice(0, 8)} · ${pk.slice(0, 10)}`, (entry) => {
      const [sk, pk] = [hexOf(entry, "sk"), hexOf(entry, "pk")];
      const point = secp256k1.getSharedSecret(sk, pk, true);
      hexEqual(point, entry.shared_point_compressed, "shared point");
      hexEqual(sha256(point), entry.sha256_of_point, "hash of the point");
      hexEqual(ecdh(sk, pk), entry.sha256_of_point, "ecdh");
      hexEqual(dh(sk, pk), entry.dh_output, "dh");
    }),
  });
