/** A signed invite says exactly what its inviter signed, or is refused with the reason. */
import fc from "fast-check";
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { keyPairOf } from "../../../lib/crypto/keys.ts";
import {
  isSignedInviteText,
  makeSignedInvite,
  MAX_INVITE_ADMINS,
  MAX_INVITE_NS,
  MAX_INVITE_USES,
  readSignedInvite,
  SIGNED_PREFIX,
  type SignedInvite,
  SignedInviteError,
  type SignedInviteFault,
} from "../../../lib/group/joining/signed_invite.ts";
import { fromRawBase64Url, toRawBase64Url } from "../../../lib/wire/base64.ts";
import { concat, fromHex, utf8 } from "../../../lib/wire/bytes.ts";
import { hashSigner } from "../sim/world.ts";

const PAIRS = Array.from({ length: 10 }, (_, n) => keyPairOf(new Uint8Array(32).fill(n + 1)));
const [ALICE, BOB, CAROL] = PAIRS;
const NOW = 1_778_580_000_123_456_789n;
const DAY = 86_400_000_000_000n;
const INVITE: SignedInvite = {
  id: "00112233445566778899aabbccddeeff",
  inviter: ALICE.pk,
  issuedNs: NOW,
  expiresNs: NOW + 2n * DAY,
  uses: 3,
  onlyInviter: false,
  note: "mind the step",
  group: {
    id: "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50",
    name: "ops",
    kind: "private",
    ownerPk: BOB.pk,
    port: 61_000,
    admins: [CAROL.pk],
  },
};
const GROUP = INVITE.group!;

const faultOf = (run: () => unknown): SignedInviteFault => {
  try {
    run();
  } catch (error) {
    if (error instanceof SignedInviteError) return error.fault;
    throw error;
  }
  throw new Error("it was taken");
};
const bytesOf = (link: string): Uint8Array => fromRawBase64Url(link.slice(SIGNED_PREFIX.length))!;
const linkOf = (bytes: Uint8Array): string => SIGNED_PREFIX + toRawBase64Url(bytes);

Deno.test("Signed invite reads what it writes, group or contact", () => {
  const text = (maxLength: number) =>
    fc.string({ unit: "grapheme", maxLength }).map((it) => it.toWellFormed())
      .filter((it) => utf8(it).length <= maxLength);
  fc.assert(fc.property(
    fc.record({
      uses: fc.integer({ min: 1, max: MAX_INVITE_USES }),
      note: text(280),
      expiresNs: fc.bigInt({ min: NOW + 1n, max: NOW + MAX_INVITE_NS }),
      onlyInviter: fc.boolean(),
      group: fc.option(
        fc.record({
          name: text(64),
          kind: fc.constantFrom("public", "private", "channel"),
          port: fc.integer({ min: 1, max: 65_535 }),
          admins: fc.subarray(PAIRS.map(({ pk }) => pk), { maxLength: MAX_INVITE_ADMINS }),
        }),
        { nil: undefined },
      ),
    }),
    ({ group, onlyInviter, ...said }) => {
      const invite: SignedInvite = {
        ...INVITE,
        ...said,
        onlyInviter: group === undefined || onlyInviter,
        group: group && { ...GROUP, ...group as Partial<typeof GROUP> },
      };
      const link = makeSignedInvite(invite, ALICE, hashSigner);
      ok(isSignedInviteText(link));
      deepStrictEqual(readSignedInvite(`\n ${link}\t`, hashSigner), invite);
    },
  ));
});

Deno.test("Signed invite of the curve is its inviter's, and no other byte of it may change", () => {
  const link = makeSignedInvite(INVITE, ALICE);
  deepStrictEqual(readSignedInvite(link), INVITE);
  const bytes = bytesOf(link);
  for (let at = 0; at < bytes.length; at += 7) {
    const changed = bytes.slice();
    changed[at] ^= 1;
    throws(() => readSignedInvite(linkOf(changed)), SignedInviteError, `byte ${at}`);
  }
});

Deno.test("Signed invite is refused by the first thing that is wrong with it", () => {
  const link = makeSignedInvite(INVITE, ALICE, hashSigner);
  const bytes = bytesOf(link);
  const read = (text: string) => () => readSignedInvite(text, hashSigner);
  const withByte = (at: number, value: number) => {
    const changed = bytes.slice();
    changed[at] = value;
    return read(linkOf(changed));
  };
  const made = (change: Partial<SignedInvite>) => () =>
    makeSignedInvite({ ...INVITE, ...change }, ALICE, hashSigner);
  const noteAt = 70;
  const groupAt = noteAt + 2 + INVITE.note.length;
  const cases: [SignedInviteFault, () => unknown][] = [
    ["prefix", read("skychat:invite:AAAA")],
    ["prefix", read(link.toUpperCase())],
    ["base64", read(SIGNED_PREFIX + "*")],
    ["base64", read(SIGNED_PREFIX + "AQ=")],
    ["base64", read(SIGNED_PREFIX + "AR")], // unused bits are set: another text of the same bytes
    ["base64", read(SIGNED_PREFIX + "A".repeat(10_000))],
    ["cut", read(SIGNED_PREFIX)],
    ["version", withByte(0, 2)],
    ["cut", read(linkOf(bytes.subarray(0, 60)))],
    ["cut", read(linkOf(bytes.subarray(0, bytes.length - 1)))],
    ["cut", read(linkOf(concat(bytes, Uint8Array.of(0))))],
    ["text", withByte(noteAt + 2, 0xff)],
    ["text", made({ note: "n".repeat(281) })],
    ["text", made({ group: { ...GROUP, name: "n".repeat(65) } })],
    ["what", withByte(1, 3)],
    ["what", withByte(2, 2)],
    ["what", made({ group: undefined })], // a contact's that others could let in by
    ["uses", made({ uses: 0 })],
    ["uses", made({ uses: MAX_INVITE_USES + 1 })],
    ["uses", made({ uses: 65_537 })],
    ["time", made({ expiresNs: NOW })],
    ["time", made({ expiresNs: NOW + MAX_INVITE_NS + 1n })],
    ["group", withByte(groupAt + 51, 0)],
    ["group", withByte(groupAt + 51, 9)],
    ["group", made({ group: { ...GROUP, port: 0 } })],
    ["group", made({ group: { ...GROUP, id: "ops" } })],
    ["key", made({ group: { ...GROUP, admins: [CAROL.pk, CAROL.pk] } })],
    ["key", made({ group: { ...GROUP, admins: PAIRS.slice(0, 9).map(({ pk }) => pk) } })],
    ["key", made({ group: { ...GROUP, ownerPk: "02" + "00".repeat(32) } })],
    ["signature", withByte(bytes.length - 2, bytes.at(-2)! ^ 1)],
    ["signature", withByte(3, 0xff)], // another id
    ["signature", () => readSignedInvite(makeSignedInvite(INVITE, BOB).replace(/.$/, "A"), hashSigner)],
  ];
  cases.forEach(([fault, run], i) => strictEqual(faultOf(run), fault, `case ${i}`));
});

Deno.test("Signed invite holds no key of its group, and another's signature does not make it theirs", () => {
  const bytes = bytesOf(makeSignedInvite(INVITE, ALICE));
  // Bob's name in the place of alice's, under alice's signature.
  const forged = bytes.slice();
  forged.set(fromHex(BOB.pk), 19);
  strictEqual(faultOf(() => readSignedInvite(linkOf(forged))), "signature");
  // id, inviter, times, uses, note; uuid, founder, port, kind, name, one admin; signature: and not one byte more.
  strictEqual(bytes.length, 72 + INVITE.note.length + 52 + 1 + 3 + 1 + 33 + 65);
});
