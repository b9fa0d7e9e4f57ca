/** What Go programs refuse in spite of a good signature, take in spite of an old form, or name otherwise. */
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { ecdh } from "../../lib/crypto/ecdh.ts";
import { sha256 } from "../../lib/crypto/hash.ts";
import { type KeyPair, keyPairOf } from "../../lib/crypto/keys.ts";
import { NO_SIGNATURE, NULL_PK } from "../../lib/crypto/members.ts";
import { AddressError, parseSkychatAddress } from "../../lib/group/record/address.ts";
import { readCatalog } from "../../lib/group/joining/admission.ts";
import { isGenuine, makeMutation } from "../../lib/group/roster/governance.ts";
import {
  isGenuineRotation,
  type KeyRotation,
  type KeyWrap,
  openRotation,
  rotationPreimage,
  sealWrap,
  wrapTag,
} from "../../lib/group/keys/rotation.ts";
import { isGenuineInviteRecord, makeInviteRecord } from "../../lib/group/joining/invite_record.ts";
import { makeLeaf, proofOf } from "../../lib/group/talk/leaf.ts";
import { curveSigner } from "../../lib/group/talk/signer.ts";
import { isGenuineRatchet, makeRatchet } from "../../lib/pair/ratchet.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { goJson } from "../../lib/wire/go_json.ts";
import { GO_ZERO_TIME_NS } from "../../lib/wire/go_time.ts";

const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const [ALICE, BOB, CAROL] = [1, 2, 3].map((n) => keyPairOf(new Uint8Array(32).fill(n)));
const NOW = 1_778_580_000_123_456_789n;
const KEY = new Uint8Array(32).fill(7);

/** A rotation by Alice, signed whatever is in it. */
function signed(wraps: readonly KeyWrap[], issuedAtNs = NOW): KeyRotation {
  const body = { groupId: GROUP, epoch: 1n, wraps, parentSeq: 0n, issuedAtNs, issuer: ALICE.pk };
  const covered = rotationPreimage({ ...body, signature: NO_SIGNATURE } as KeyRotation)!;
  return { ...body, signature: curveSigner.sign(ALICE.secret, sha256(covered)) };
}

/** The key for Bob, by one of the four forms in which a wrap can be for somebody. */
function wrapFor(
  sealer: KeyPair,
  form: { readonly isNamed: boolean; readonly isEphemeral: boolean },
): KeyWrap {
  const shared = ecdh(sealer.secret, BOB.public);
  return {
    recipient: form.isNamed ? BOB.pk : NULL_PK,
    tag: form.isNamed ? new Uint8Array(0) : wrapTag(shared),
    sealed: sealWrap(shared, KEY, systemRandom),
    ephemeral: form.isEphemeral ? sealer.pk : NULL_PK,
  };
}

for (const isNamed of [true, false]) {
  for (const isEphemeral of [true, false]) {
    const how = `${isNamed ? "name" : "tag"} under ${isEphemeral ? "a key of its own" : "its issuer's key"}`;
    Deno.test(`Rotation is found by ${how}, by its member alone`, () => {
      const rotation = signed([wrapFor(isEphemeral ? CAROL : ALICE, { isNamed, isEphemeral })]);
      ok(isGenuineRotation(rotation));
      deepStrictEqual(openRotation(rotation, BOB), KEY);
      strictEqual(openRotation(rotation, keyPairOf(new Uint8Array(32).fill(9))), undefined);
    });
  }
}

Deno.test("Rotation without wraps, with one for nobody or an empty one, or without a time is none", () => {
  const wrap = wrapFor(CAROL, { isNamed: false, isEphemeral: true });
  ok(isGenuineRotation(signed([wrap])));
  ok(!isGenuineRotation(signed([])));
  ok(!isGenuineRotation(signed([wrap, { ...wrap, tag: new Uint8Array(0) }])));
  ok(!isGenuineRotation(signed([wrap, { ...wrap, sealed: new Uint8Array(0) }])));
  ok(!isGenuineRotation(signed([wrap], GO_ZERO_TIME_NS)));
});

Deno.test("Decision without a time is none, one of 1970 is one", () => {
  const at = (issuedAtNs: bigint) => {
    const body = { groupId: GROUP, op: 1, peer: BOB.pk, parentSeq: 0n, issuedAtNs, issuer: ALICE.pk };
    return makeMutation("roster", body, ALICE.secret);
  };
  ok(!isGenuine("roster", at(GO_ZERO_TIME_NS)));
  ok(isGenuine("roster", at(0n)));
});

Deno.test("What is signed has a time that 64 bits of nanoseconds hold", () => {
  const isTaken = (ns: bigint): boolean[] => {
    const added = { groupId: GROUP, op: 1, peer: BOB.pk, parentSeq: 0n, issuedAtNs: ns, issuer: ALICE.pk };
    const wraps = [wrapFor(CAROL, { isNamed: false, isEphemeral: true })];
    const about = {
      groupId: GROUP,
      invite: "0".repeat(32),
      op: 1,
      uses: 1,
      onlyInviter: false,
      peer: NULL_PK,
    };
    const issued = (times: { readonly atNs: bigint; readonly expiresNs: bigint }): boolean =>
      isGenuineInviteRecord(makeInviteRecord({ ...about, ...times }, ALICE, curveSigner), curveSigner);
    return [
      isGenuine("roster", makeMutation("roster", added, ALICE.secret)),
      isGenuineRotation(signed(wraps, ns)),
      proofOf(makeLeaf({ author: ALICE, tsNs: ns, text: "hi" }, systemRandom)) === "signed",
      issued({ atNs: ns, expiresNs: NOW }),
      issued({ atNs: NOW, expiresNs: ns }),
      isGenuineRatchet(makeRatchet(ALICE, CAROL.pk, 2n, ns), ALICE.pk),
    ];
  };
  const end = 1n << 63n;
  for (const held of [NOW, 0n, -end, end - 1n]) {
    deepStrictEqual(isTaken(held), Array(6).fill(true), `${held}`);
  }
  for (const other of [-end - 1n, end]) deepStrictEqual(isTaken(other), Array(6).fill(false), `${other}`);
});

Deno.test("Address: an invite in capitals is one, of two slashes at the end both are cut, not of three", () => {
  const fault = (text: string, name: string) =>
    throws(() => parseSkychatAddress(text), (error) => error instanceof AddressError && error.fault === name);
  fault(" SKYCHAT:Invite:eyJ9", "invite");
  fault(`${ALICE.pk}///`, "group");
  fault("skychat://", "key");
  deepStrictEqual(parseSkychatAddress(`skychat://${ALICE.pk}//`), { pk: ALICE.pk });
});

Deno.test("Catalog of more than 64 groups is read as one that was cut", () => {
  const entry = { id: GROUP, name: "ops", group_kind: "public", policy: "open", port: 60_000 };
  const payload = { kind: "catalog_response", host_pk: ALICE.pk, entries: Array(70).fill(entry) };
  const catalog = readCatalog(utf8(goJson(payload)))!;
  deepStrictEqual([catalog.entries.length, catalog.truncated], [64, true]);
});
