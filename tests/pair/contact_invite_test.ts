/** Signed invites to us as a contact, against a slow model: whom each lets in, and what is kept of it. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { keyPairOf } from "../../lib/crypto/keys.ts";
import {
  CONTACT_INVITE_GRACE_NS,
  type ContactInvite,
  contactInviteState,
  encodeContactInvite,
  isForgotten,
  readContactInvite,
  useContactInvite,
} from "../../lib/pair/contact_invite.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { GO_ZERO_TIME_NS } from "../../lib/wire/go_time.ts";

const PEERS = [1, 2, 3, 4, 5].map((n) => keyPairOf(new Uint8Array(32).fill(n)).pk);
const START_NS = 1_778_580_000_000_000_000n;
const MINUTE_NS = 60_000_000_000n;

const issued = (uses: number, minutes: number): ContactInvite => ({
  id: "00112233445566778899aabbccddeeff",
  link: "dmsg:invite:AQ",
  issuedNs: START_NS,
  expiresNs: START_NS + BigInt(minutes) * MINUTE_NS,
  uses,
  note: "it is alice",
  used: [],
  revokedNs: GO_ZERO_TIME_NS,
});

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("use" as const), peer: fc.nat(PEERS.length - 1) }) },
  { weight: 1, arbitrary: fc.constant({ kind: "revoke" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), minutes: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: "restart" as const }) },
);

Deno.test("A contact invite lets in as many different people as it says, until its end, over restarts", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 30 }),
      fc.array(step, { maxLength: 30 }),
      (uses, minutes, steps) => {
        let invite = issued(uses, minutes);
        let nowNs = START_NS;
        const model = { inside: new Set<string>(), isRevoked: false };
        for (const one of steps) {
          if (one.kind === "wait") nowNs += BigInt(one.minutes) * MINUTE_NS;
          else if (one.kind === "restart") {
            const read = readContactInvite(encodeContactInvite(invite));
            deepStrictEqual(read, invite);
            invite = read!;
          } else if (one.kind === "revoke") {
            model.isRevoked = true;
            invite = { ...invite, revokedNs: nowNs };
          } else {
            const peer = PEERS[one.peer];
            const isOver = nowNs - START_NS >= BigInt(minutes) * MINUTE_NS;
            const expected = model.isRevoked
              ? "revoked"
              : isOver
              ? "expired"
              : model.inside.has(peer) || model.inside.size >= uses
              ? "used-up"
              : "in";
            const found = useContactInvite(invite, peer, nowNs);
            if (typeof found === "string") strictEqual(found, expected);
            else {
              strictEqual(expected, "in");
              invite = found;
              model.inside.add(peer);
            }
          }
          deepStrictEqual(invite.used.map(({ peer }) => peer), [...model.inside]);
          ok(invite.used.length <= uses);
        }
      },
    ),
    { seed: 11 },
  );
});

Deno.test("A contact invite says how it stands in the order of what counts, and is forgotten a day behind its end", () => {
  const full = { ...issued(1, 10), used: [{ peer: PEERS[0], atNs: START_NS }] };
  strictEqual(contactInviteState(issued(1, 10), START_NS), "open");
  strictEqual(contactInviteState(full, START_NS), "used-up");
  strictEqual(contactInviteState(full, full.expiresNs), "expired");
  strictEqual(contactInviteState({ ...full, revokedNs: START_NS }, full.expiresNs), "revoked");
  ok(!isForgotten(full, full.expiresNs + CONTACT_INVITE_GRACE_NS - 1n));
  ok(isForgotten(full, full.expiresNs + CONTACT_INVITE_GRACE_NS));
});

Deno.test("What is no kept contact invite is read as none", () => {
  for (const text of ["", "{}", '{"id":"zz","uses":1}', '{"id":"00112233445566778899aabbccddeeff"}', "[]"]) {
    strictEqual(readContactInvite(utf8(text)), undefined, text);
  }
});
