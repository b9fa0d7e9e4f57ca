/**
 * Decoders of groups and pairs.
 *
 * @module
 */
import { deepStrictEqual } from "node:assert/strict";
import { encodeHolder, readHolder } from "../../../lib/group/feed/holder_leaf.ts";
import {
  encodeJoinRequest,
  encodeJoinResponse,
  frameKind,
  readCatalog,
  readJoinRequest,
  readJoinResponse,
  readProfile,
} from "../../../lib/group/joining/admission.ts";
import { decodeInvite, encodeInvite, InviteError } from "../../../lib/group/joining/invite.ts";
import {
  encodeInviteRecord,
  isGenuineInviteRecord,
  readInviteRecord,
} from "../../../lib/group/joining/invite_record.ts";
import { readSignedInvite, SignedInviteError } from "../../../lib/group/joining/signed_invite.ts";
import { encodeRotation, readRotation } from "../../../lib/group/keys/rotation.ts";
import {
  AddressError,
  formatSkychatAddress,
  parseSkychatAddress,
} from "../../../lib/group/record/address.ts";
import { encodeName, readName } from "../../../lib/group/record/name_leaf.ts";
import { encodeGroupRecord, readGroupRecord } from "../../../lib/group/record/record.ts";
import { uuidBytes } from "../../../lib/group/record/uuid.ts";
import { nodeOf } from "../../../lib/group/roster/decision_node.ts";
import { encodeMutation, openGovernance, readMutation } from "../../../lib/group/roster/governance.ts";
import type { RosterNode } from "../../../lib/group/roster/node.ts";
import { encodeLeaf, openLeaf, parseLeafPath, readLeaf } from "../../../lib/group/talk/leaf.ts";
import { readRelayAck, readRelayRequest } from "../../../lib/group/talk/relay.ts";
import { encodeContactInvite, readContactInvite } from "../../../lib/pair/contact_invite.ts";
import { openPairText, parsePairPath, readPairText, readSealed } from "../../../lib/pair/message.ts";
import { encodeRatchet, readRatchet } from "../../../lib/pair/ratchet.ts";
import { encodeSeen, readSeen } from "../../../lib/pair/seen.ts";
import { fromUtf8, toHex, utf8 } from "../../../lib/wire/bytes.ts";
import { FOUNDER, graphOf, KINDS, NAMES, seenIn } from "../../group/roster/graphs.ts";
import { modelRoster } from "../../group/roster/model.ts";
import type { Target } from "../fuzz.ts";
import { invites as signed, roster, skychat, textSeeds } from "../seeds.ts";

const KEY = new Uint8Array(32);

/** A decoder whose good inputs are written and read again the same. */
const twice = <T>(
  name: string,
  seeds: readonly Uint8Array[],
  read: (bytes: Uint8Array) => T | undefined,
  encode: (value: T) => Uint8Array,
): Target => ({
  name,
  seeds,
  run: (input) => {
    const value = read(input);
    if (value === undefined) return;
    const text = fromUtf8(encode(value));
    const again = read(utf8(text));
    if (again === undefined || fromUtf8(encode(again)) !== text) {
      throw new Error("written and read again it differs");
    }
  },
});

/** Links. */
export const invites = (): Target => ({
  name: "group: invite link",
  seeds: textSeeds(skychat.invites, "link"),
  throws: [InviteError],
  run: (input) => encodeInvite(decodeInvite(fromUtf8(input))),
});

/** Signed links, under a signature scheme that believes everybody: what follows is looked at as well. */
export const signedInvites = (): Target => ({
  name: "group: signed invite",
  seeds: textSeeds(signed, "link"),
  throws: [SignedInviteError],
  run: (input) => readSignedInvite(fromUtf8(input), { sign: () => KEY, verify: () => true }),
});

/** What admins tell each other of them. */
export const inviteRecords = (): Target =>
  twice("group: record of an invite", textSeeds(signed, "value_json"), (bytes) => {
    const record = readInviteRecord(fromUtf8(bytes));
    if (record !== undefined) isGenuineInviteRecord(record, { sign: () => KEY, verify: () => true });
    return record;
  }, encodeInviteRecord);

/** Addresses. */
export const groupAddresses = (): Target => ({
  name: "group: address",
  seeds: textSeeds(skychat.address, "in"),
  throws: [AddressError],
  run: (input) => formatSkychatAddress(parseSkychatAddress(fromUtf8(input))),
});

/** Values of message leaves. */
export const leaves = (): Target =>
  twice("group: leaf", textSeeds(skychat.message_leaf, "value_json"), (bytes) => {
    const leaf = readLeaf(bytes);
    if (leaf !== undefined) openLeaf(leaf, [KEY]);
    return leaf;
  }, encodeLeaf);

/** Paths of leaves. */
export const leafPaths = (): Target => ({
  name: "group: paths",
  seeds: [...textSeeds(skychat.message_leaf, "path"), utf8(skychat.pairing.path)],
  run: (input) => [parseLeafPath(fromUtf8(input)), parsePairPath(fromUtf8(input))],
});

/** Values of decisions. */
export const mutations = (): Target =>
  twice(
    "group: decision",
    [...textSeeds(skychat.gossip, "value_json"), ...textSeeds(roster.decisions, "value_json")],
    (bytes) => {
      openGovernance(bytes, [KEY]);
      const mutation = readMutation(bytes);
      if (mutation !== undefined && uuidBytes(mutation.groupId) !== undefined) nodeOf("mod", mutation);
      return mutation;
    },
    encodeMutation,
  );

/** Graphs of decisions: whatever they name, the roster is that of the slow model. */
export const rosters = (): Target => ({
  name: "group: graph of decisions",
  seeds: [Uint8Array.from({ length: 42 }, (_, i) => i * 37 & 255)],
  run: (input) => {
    const nodes: RosterNode[] = [];
    for (let at = 0; at + 5 < input.length && nodes.length < 12; at += 6) {
      const [what, peer, issuer, names, more, isPlain] = input.subarray(at, at + 6);
      const [domain, op] = KINDS[what % KINDS.length];
      const parents = new Set([names, more].map((back) => nodes.at(-1 - back % 12)?.id ?? ""));
      parents.delete("");
      nodes.push({
        id: `${what}-${at}`,
        domain,
        op,
        peer: NAMES[peer % NAMES.length],
        issuer: NAMES[issuer % NAMES.length],
        atNs: BigInt(at + 1),
        parents: isPlain % 4 === 0 ? undefined : [...parents],
      });
    }
    deepStrictEqual(seenIn(graphOf([...nodes].reverse()), nodes), modelRoster(FOUNDER, nodes));
  },
});

/** Values of rotations. */
export const rotations = (): Target =>
  twice("group: rotation", [utf8(skychat.key_rotation.value_json)], readRotation, encodeRotation);

/** Records of groups, as they come from a backup. */
export const records = (): Target =>
  twice(
    "group: record",
    [utf8(
      `{"id":"a","name":"ops","owner_pk":"${skychat.keys.alice.pk}","port":1,"mode":"public","role":"member",` +
        '"status":"active","mutation_seen":{"r:x":"2026-05-12T10:00:00Z"},"key_ring":[{"epoch":1,"key":"AAEC"}]}',
    )],
    readGroupRecord,
    (record) => utf8(encodeGroupRecord(record)),
  );

const joinSeeds = [
  ...textSeeds(skychat.join, "json"),
  utf8(skychat.relay.request_json),
  utf8(skychat.relay.ack_json),
];

/** Frames of strangers. */
export const joinRequests = (): Target =>
  twice("group: join request", joinSeeds, readJoinRequest, encodeJoinRequest);

/** Answers of admins. */
export const joinResponses = (): Target =>
  twice("group: join response", joinSeeds, readJoinResponse, encodeJoinResponse);

/** The other frames, one after the other: each input goes to the reader that its length chooses. */
export const otherFrames = (): Target => {
  const readers = [frameKind, readRelayRequest, readRelayAck, readCatalog, readProfile];
  return {
    name: "group: other frames",
    seeds: joinSeeds,
    run: (input) => readers[input.length % readers.length](input),
  };
};

/** Values of a pair's feed. */
export const pairValues = (): Target => ({
  name: "pair: sealed value",
  seeds: [utf8(skychat.pairing.epoch_value_text), utf8(skychat.pairing.plain_json)],
  run: (input) => {
    readPairText(input);
    const sealed = readSealed(input);
    return sealed && openPairText(KEY, sealed);
  },
});

/** Announcements of a pair. */
export const ratchets = (): Target =>
  twice("pair: ratchet", [utf8(skychat.pairing.ratchet.value_json)], readRatchet, encodeRatchet);

/** How far the peer of a pair has read. */
export const pairSeen = (): Target =>
  twice("pair: seen", [utf8('{"generation":3,"to":"2026-05-12T10:00:00.123456789Z"}')], readSeen, encodeSeen);

/** Invites to us as a contact, as they are kept. */
export const contactInvites = (): Target =>
  twice("pair: contact invite", [utf8(KEPT_INVITE)], readContactInvite, encodeContactInvite);

const KEPT_INVITE = `{"id":"${"0123456789abcdef".repeat(2)}","link":"dmsg:invite:AQ","issued_at":` +
  `"2026-05-12T10:00:00Z","expires_at":"2026-05-14T10:00:00Z","uses":2,"note":"it is alice","used":[{"peer_pk":` +
  `"039997a497d964fc1a62885b05a51166a65a90df00492c8d7cf61d6accf54803be","at":"2026-05-12T10:15:00Z"}],` +
  `"revoked_at":"0001-01-01T00:00:00Z"}`;

/** Who holds a group's feeds: bytes, each of which is said again as it was. */
export const groupHolders = (): Target => ({
  name: "group: holder leaf",
  seeds: [encodeHolder({
    groupId: "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50",
    namedNs: 5n,
    listedNs: 7n,
    holder: HOLDER,
    members: [HOLDER],
  })],
  run: (input) => {
    const value = readHolder(input);
    if (value !== undefined) deepStrictEqual(toHex(encodeHolder(value)), toHex(input));
  },
});

const HOLDER = "039997a497d964fc1a62885b05a51166a65a90df00492c8d7cf61d6accf54803be";

/** Names that founders give. */
export const groupNames = (): Target =>
  twice(
    "group: name leaf",
    [
      utf8('{"name":"ops"}'),
      utf8(`{"name":"ops","issued_at":"2026-05-12T10:00:00.123456789Z","signature":"${"01".repeat(65)}"}`),
    ],
    readName,
    encodeName,
  );
