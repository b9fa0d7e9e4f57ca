/** What a group's bytes promise beyond the vectors. */
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { generateKeyPair, keyPairOf } from "../../lib/crypto/keys.ts";
import { NULL_PK } from "../../lib/crypto/members.ts";
import {
  encodeCatalog,
  encodeJoinResponse,
  joinResponse,
  readCatalog,
  readJoinResponse,
} from "../../lib/group/joining/admission.ts";
import { AddressError, parseSkychatAddress } from "../../lib/group/record/address.ts";
import { isGenuine, makeMutation, type Mutation } from "../../lib/group/roster/governance.ts";
import {
  decodeInvite,
  encodeInvite,
  INVITE_PREFIX,
  InviteError,
  MAX_INVITE_CHARS,
} from "../../lib/group/joining/invite.ts";
import {
  encodeLeaf,
  makeLeaf,
  openLeaf,
  parseLeafPath,
  proofOf,
  readLeaf,
  unsignedLeaf,
} from "../../lib/group/talk/leaf.ts";
import {
  adminsOf,
  encodeGroupRecord,
  groupRecord,
  membersOf,
  postRefusal,
  readGroupRecord,
} from "../../lib/group/record/record.ts";
import { isGenuineRotation, makeRotation, openRotation } from "../../lib/group/keys/rotation.ts";
import { isUuid, uuidOf } from "../../lib/group/record/uuid.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { goJson } from "../../lib/wire/go_json.ts";

const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const [ALICE, BOB, CAROL] = [1, 2, 3].map((n) => keyPairOf(new Uint8Array(32).fill(n)));
const NOW = 1_778_580_000_123_456_789n;
const KEY = new Uint8Array(32).fill(7);

Deno.test("Invite reads what it writes", () => {
  fc.assert(fc.property(
    fc.record({
      name: fc.string({ unit: "grapheme", maxLength: 64 }),
      port: fc.integer({ min: 1, max: 65535 }),
      powBits: fc.integer({ min: 0, max: 26 }),
      shape: fc.constantFrom(["public", ""], ["public", "channel"], ["private", ""], ["private", "private"]),
      withKey: fc.boolean(),
    }),
    ({ name, port, powBits, shape: [mode, kind], withKey }) => {
      const invite = {
        id: GROUP,
        name: name.toWellFormed(),
        ownerPk: ALICE.pk,
        port,
        mode: mode as "public" | "private",
        kind: kind as "" | "channel" | "private",
        admins: [ALICE.pk, BOB.pk],
        powBits,
        aesKey: withKey && mode === "private" ? KEY : new Uint8Array(0),
      };
      deepStrictEqual(decodeInvite(`\n ${encodeInvite(invite)}\t`), invite);
    },
  ));
});

Deno.test("Invite beyond the cap is not decoded", () => {
  throws(() => decodeInvite(INVITE_PREFIX + "A".repeat(MAX_INVITE_CHARS)), InviteError);
});

Deno.test("Address refuses a key that is no key, a group that is none, and more parts", () => {
  for (
    const [text, fault] of [
      ["skychat://02ff", "key"],
      [`skychat://${ALICE.pk}/room`, "group"],
      [`${ALICE.pk}/${GROUP}/more`, "group"],
      ["", "key"],
    ]
  ) {
    throws(
      () => parseSkychatAddress(text),
      (error) => error instanceof AddressError && error.fault === fault,
    );
  }
  deepStrictEqual(parseSkychatAddress(`SKYCHAT://${ALICE.pk.toUpperCase()}/${GROUP.toUpperCase()}/`), {
    pk: ALICE.pk,
    group: GROUP,
  });
});

Deno.test("Leaf reads what it writes, is its author's, and opens with any key of the ring", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), fc.boolean(), (text, isPrivate) => {
      const key = isPrivate ? KEY : undefined;
      const leaf = makeLeaf({ author: ALICE, tsNs: NOW, text: text.toWellFormed(), key }, systemRandom);
      const read = readLeaf(encodeLeaf(leaf))!;
      deepStrictEqual(read, leaf);
      strictEqual(proofOf(read), "signed");
      strictEqual(isPrivate ? openLeaf(read, [new Uint8Array(32), KEY]) : read.text, text.toWellFormed());
    }),
    { numRuns: 30 },
  );
});

Deno.test("Leaf under another's name is forged, without a signature unsigned, without a sender none", () => {
  const leaf = makeLeaf({ author: ALICE, tsNs: NOW, text: "hi" }, systemRandom);
  strictEqual(proofOf({ ...leaf, sender: BOB.pk }), "forged");
  strictEqual(proofOf(unsignedLeaf(leaf)), "unsigned");
  strictEqual(readLeaf(encodeLeaf({ ...leaf, sender: NULL_PK })), undefined);
  strictEqual(readLeaf(utf8(goJson({ sender_pk: ALICE.pk, ts: "yesterday" }))), undefined);
});

Deno.test("Leaf's path has a time and a counter, and a sender save in the oldest feeds", () => {
  deepStrictEqual(parseLeafPath("msgs/5/1"), { sender: undefined, tsNs: 5n, seq: 1n, tail: "5/1" });
  for (
    const path of [
      "msgs/5",
      "msgs/x/1",
      `msgs/${ALICE.pk}/5`,
      "mirror/5/1",
      `msgs/${ALICE.pk}/5/1/2`,
      "msgs/5/-1",
    ]
  ) {
    strictEqual(parseLeafPath(path), undefined, path);
  }
});

Deno.test("Decision of another group, domain, peer, time or number is not the one that was signed", () => {
  const body = { groupId: GROUP, op: 3, peer: BOB.pk, parentSeq: 0n, issuedAtNs: NOW, issuer: ALICE.pk };
  const mute = makeMutation("mod", body, ALICE.secret);
  ok(isGenuine("mod", mute));
  const changes: Partial<Mutation>[] = [
    { groupId: GROUP.replace("6", "7") },
    { op: 4 },
    { peer: CAROL.pk },
    { issuedAtNs: NOW + 1n },
    { issuer: BOB.pk },
    { parentSeq: 1n },
  ];
  for (const change of changes) {
    ok(!isGenuine("mod", { ...mute, ...change }), JSON.stringify(Object.keys(change)));
  }
  ok(!isGenuine("roster", mute));
});

Deno.test("Decision about the group names nobody, one about a peer somebody, and its number is known", () => {
  const made = (domain: "mod" | "admin", op: number, peer: string) =>
    makeMutation(
      domain,
      { groupId: GROUP, op, peer, parentSeq: 0n, issuedAtNs: NOW, issuer: ALICE.pk },
      ALICE.secret,
    );
  ok(isGenuine("mod", made("mod", 5, NULL_PK)));
  ok(!isGenuine("mod", made("mod", 5, BOB.pk)));
  ok(!isGenuine("mod", made("mod", 1, NULL_PK)));
  ok(!isGenuine("mod", made("mod", 9, NULL_PK)));
  ok(!isGenuine("admin", made("admin", 3, BOB.pk)));
  throws(() => makeMutation("mod", { ...made("mod", 5, NULL_PK), groupId: "ops" }, ALICE.secret), RangeError);
});

Deno.test("Rotation opens for its members, not for others, and every part of it is signed", () => {
  const members = [ALICE.pk, BOB.pk];
  const rotation = makeRotation(
    { groupId: GROUP, epoch: 3n, groupKey: KEY, members, issuedAtNs: NOW },
    ALICE,
    systemRandom,
  );
  ok(isGenuineRotation(rotation));
  deepStrictEqual([ALICE, BOB].map((pair) => openRotation(rotation, pair)), [KEY, KEY]);
  strictEqual(openRotation(rotation, CAROL), undefined);
  strictEqual(openRotation(rotation, generateKeyPair(systemRandom)), undefined);
  ok(rotation.wraps.every(({ recipient }) => recipient === NULL_PK), "nobody is named");
  const [first, ...rest] = rotation.wraps;
  ok(!isGenuineRotation({ ...rotation, wraps: rest }));
  ok(
    !isGenuineRotation({
      ...rotation,
      wraps: [{ ...first, sealed: first.sealed.map((b) => b ^ 1) }, ...rest],
    }),
  );
});

Deno.test("Record reads what it writes, and refuses a status, a role or a kind that there is not", () => {
  const known = {
    id: GROUP,
    name: "ops",
    ownerPk: ALICE.pk,
    port: 61_234,
    mode: "private",
    kind: "",
    role: "owner",
  } as const;
  const record = {
    ...groupRecord({ ...known, status: "active", createdAt: NOW }),
    aesKey: KEY,
    members: [BOB.pk],
    mutedSince: new Map([[BOB.pk, NOW]]),
    keyRing: [{ epoch: 2n ** 60n, key: KEY, keySealed: new Uint8Array(0), addedAtNs: NOW }],
  };
  deepStrictEqual(readGroupRecord(encodeGroupRecord(record)), record);
  for (
    const change of [{ status: "asleep" }, { role: "god" }, { kind: "channel" }, { id: "" }, {
      ownerPk: NULL_PK,
    }]
  ) {
    strictEqual(readGroupRecord(encodeGroupRecord({ ...record, ...change } as typeof record)), undefined);
  }
  deepStrictEqual([adminsOf(record), membersOf(record)], [[ALICE.pk], [ALICE.pk, BOB.pk]]);
});

Deno.test("Who may post: banned nobody, who is muted not as an admin either, a channel and a read-only group its admins", () => {
  const record = groupRecord({
    id: GROUP,
    name: "ops",
    ownerPk: ALICE.pk,
    port: 1,
    mode: "public",
    kind: "channel",
    role: "owner",
    status: "active",
    createdAt: NOW,
  });
  strictEqual(postRefusal(record, ALICE.pk), undefined);
  strictEqual(postRefusal(record, BOB.pk), "this is a channel — only admins can post");
  strictEqual(postRefusal({ ...record, admins: [BOB.pk] }, BOB.pk), undefined);
  const open = { ...record, kind: "public" as const };
  strictEqual(postRefusal(open, BOB.pk), undefined);
  for (const some of [open, record, { ...open, admins: [BOB.pk] }]) {
    const muted = postRefusal({ ...some, muted: [BOB.pk] }, BOB.pk);
    strictEqual(muted, "you are restricted from sending messages in this group");
  }
  const readOnly = postRefusal({ ...open, readOnly: true }, BOB.pk);
  strictEqual(readOnly, "this group is read-only — only admins can send messages");
  strictEqual(postRefusal({ ...open, banned: [BOB.pk] }, BOB.pk), "you are banned from this group");
});

Deno.test("Join response reads what it writes; catalog says that it was cut", () => {
  const response = {
    ...joinResponse(GROUP, "admitted"),
    aesKey: KEY,
    keyEpoch: 2n ** 63n,
    members: [BOB.pk],
    port: 61_234,
  };
  deepStrictEqual(readJoinResponse(encodeJoinResponse(response)), response);
  const entry = {
    id: GROUP,
    name: "ops",
    groupKind: "public",
    policy: "open",
    port: 1,
    powBits: 0,
    priceHint: "",
  };
  const catalog = readCatalog(
    encodeCatalog({ host: ALICE.pk, entries: Array(65).fill(entry), truncated: false }),
  )!;
  deepStrictEqual([catalog.entries.length, catalog.truncated], [64, true]);
});

Deno.test("UUID of random bytes is a version 4 one", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
    const id = uuidOf(bytes);
    ok(isUuid(id) && id[14] === "4" && "89ab".includes(id[19]));
  }));
});
