/** Runners of the groups `pair_port`, `ecdh` and `pairing` of skychat.json. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { encodeControl } from "../../../lib/chat/control.ts";
import { classify } from "../../../lib/chat/envelope.ts";
import { encodeChatFrame } from "../../../lib/chat/frame.ts";
import { ecdh } from "../../../lib/crypto/ecdh.ts";
import { sha256 } from "../../../lib/crypto/hash.ts";
import { keyPairOf } from "../../../lib/crypto/keys.ts";
import { pairEpoch, pairEpochId, pairPort, staticPairKey } from "../../../lib/pair/keys.ts";
import {
  encodePairText,
  openPairText,
  pairMessageId,
  pairPath,
  parsePairPath,
  readPairText,
  readSealed,
  sealInEpoch,
  sealStatic,
} from "../../../lib/pair/message.ts";
import {
  encodeRatchet,
  isGenuineRatchet,
  ratchetPath,
  ratchetPreimage,
  readRatchet,
} from "../../../lib/pair/ratchet.ts";
import { fromHex, fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { byMember, each, hexEqual, hexOf } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

/** Ports, the same for both sides. */
export const skychatPairPort: GroupRunner = (group) =>
  byMember(group, {
    cases: each(({ a, b }) => `${a} ${b}`, ({ a, b, port }) => {
      deepStrictEqual([pairPort(a, b), pairPort(b, a)], [port, port]);
    }),
  });

/** Shared secrets. */
export const skychatEcdh: GroupRunner = (group) =>
  byMember(group, {
    cases: each(({ pk }) => pk, (entry) => {
      hexEqual(ecdh(hexOf(entry, "sk"), hexOf(entry, "pk")), entry.key_hex, "key");
      hexEqual(sha256(hexOf(entry, "shared_point_hex")), entry.key_hex, "hash of the point");
    }),
  });

/** Frames, keys and messages of one pair: alice writes to bob. */
export const skychatPairing: GroupRunner = (group, { keys }) => {
  const pair = (name: string) => keyPairOf(fromHex(keys[name].sk));
  const random = () => ({ bytes: () => hexOf(group, "nonce_hex"), fraction: () => 0 });
  const plain = () => utf8(group.plain_json);
  const epoch = () => pairEpoch(pair("ratchet_alice"), keys.ratchet_bob.pk);
  const checked = (name: string, run: () => void) => () => [{ name, run }];
  return byMember(group, {
    control_frames: each(({ json }) => json, ({ json, frame_hex }) => {
      const incoming = classify(utf8(json));
      ok(incoming.kind === "control");
      strictEqual(fromUtf8(encodeControl(incoming.frame)), json);
      hexEqual(encodeChatFrame(utf8(json)), frame_hex, "frame");
    }),
    path: checked("path", () => {
      const place = parsePairPath(group.path)!;
      strictEqual(pairPath(place.tsNs, place.seq), group.path);
      strictEqual(pairMessageId(place.tsNs, place.seq), group.msg_id);
    }),
    msg_id: () => [],
    plain_json: checked(
      "text",
      () => strictEqual(fromUtf8(encodePairText(readPairText(plain())!)), group.plain_json),
    ),
    nonce_hex: () => [],
    static_key_hex: checked("static key", () => {
      hexEqual(staticPairKey(pair("alice").secret, fromHex(keys.bob.pk)), group.static_key_hex, "alice's");
      hexEqual(staticPairKey(pair("bob").secret, fromHex(keys.alice.pk)), group.static_key_hex, "bob's");
    }),
    static_value_hex: checked("under the static key", () => {
      const key = hexOf(group, "static_key_hex");
      hexEqual(sealStatic(key, plain(), random()), group.static_value_hex, "sealed");
      const sealed = readSealed(hexOf(group, "static_value_hex"))!;
      strictEqual(sealed.kind, "static");
      strictEqual(fromUtf8(openPairText(key, sealed)!), group.plain_json);
      strictEqual(openPairText(new Uint8Array(32), sealed), undefined);
    }),
    epoch_id_hex: checked("epoch id", () => {
      hexEqual(pairEpochId(keys.ratchet_alice.pk, keys.ratchet_bob.pk), group.epoch_id_hex, "alice's");
      hexEqual(pairEpochId(keys.ratchet_bob.pk, keys.ratchet_alice.pk), group.epoch_id_hex, "bob's");
    }),
    epoch_shared_hex: checked("epoch secret", () => {
      hexEqual(
        ecdh(pair("ratchet_alice").secret, fromHex(keys.ratchet_bob.pk)),
        group.epoch_shared_hex,
        "shared",
      );
    }),
    epoch_key_hex: checked("epoch key", () => {
      hexEqual(epoch().key, group.epoch_key_hex, "alice's");
      hexEqual(pairEpoch(pair("ratchet_bob"), keys.ratchet_alice.pk).key, group.epoch_key_hex, "bob's");
    }),
    epoch_value_text: checked("in an epoch", () => {
      strictEqual(fromUtf8(sealInEpoch(epoch(), plain(), random())), group.epoch_value_text);
      const sealed = readSealed(utf8(group.epoch_value_text))!;
      ok(sealed.kind === "epoch");
      hexEqual(sealed.epochId, group.epoch_id_hex, "epoch");
      strictEqual(fromUtf8(openPairText(epoch().key, sealed)!), group.plain_json);
    }),
    ratchet: ({ path, preimage_hex, signed_hash_hex, signature, value_json }) => [{
      name: "announcement",
      run: () => {
        const ratchet = readRatchet(utf8(value_json))!;
        strictEqual(fromUtf8(encodeRatchet(ratchet)), value_json);
        strictEqual(ratchetPath(ratchet.generation), path);
        hexEqual(ratchetPreimage(ratchet), preimage_hex, "pre-image");
        hexEqual(sha256(ratchetPreimage(ratchet)), signed_hash_hex, "hashed once");
        hexEqual(ratchet.signature, signature, "signature");
        ok(isGenuineRatchet(ratchet, ratchet.issuer));
        ok(!isGenuineRatchet({ ...ratchet, generation: ratchet.generation + 1n }, ratchet.issuer));
      },
    }],
  });
};
