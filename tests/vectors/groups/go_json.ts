/** Runners of go_json.json: what Go's encoding/json makes of odd objects of skychat, read and written again by ours. */
import { strictEqual } from "node:assert/strict";
import { type BodyObject, encodeBody, readBody } from "../../../lib/chat/body.ts";
import { encodeControl } from "../../../lib/chat/control.ts";
import { encodeDmsgChat, readDmsgChat } from "../../../lib/chat/dmsg_chat.ts";
import { classify, encodeEnvelope } from "../../../lib/chat/envelope.ts";
import {
  encodeCatalog,
  encodeJoinRequest,
  encodeJoinResponse,
  encodeProfile,
  readCatalog,
  readJoinRequest,
  readJoinResponse,
  readProfile,
} from "../../../lib/group/joining/admission.ts";
import { decodeInvite, encodeInvite, INVITE_PREFIX, InviteError } from "../../../lib/group/joining/invite.ts";
import { encodeRotation, readRotation } from "../../../lib/group/keys/rotation.ts";
import { encodeGroupRecord, readGroupRecord } from "../../../lib/group/record/record.ts";
import { encodeMutation, readMutation } from "../../../lib/group/roster/governance.ts";
import { encodeLeaf, readLeaf } from "../../../lib/group/talk/leaf.ts";
import {
  encodeRelayAck,
  encodeRelayRequest,
  readRelayAck,
  readRelayRequest,
} from "../../../lib/group/talk/relay.ts";
import { encodePairText, readPairText } from "../../../lib/pair/message.ts";
import { encodeRatchet, readRatchet } from "../../../lib/pair/ratchet.ts";
import { fromRawBase64Url, toRawBase64Url } from "../../../lib/wire/base64.ts";
import { fromHex, fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import {
  encodeOffer,
  encodeTrailer,
  encodeVerdict,
  parseOffer,
  parseTrailer,
  parseVerdict,
} from "../../../lib/xfer/frames.ts";
import { entries } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

/** Reads an object and writes it again; undefined: it is none. */
type Again = (bytes: Uint8Array) => string | undefined;

const again = <T>(
  read: (bytes: Uint8Array) => T | undefined,
  write: (value: T) => Uint8Array | string,
): Again =>
(bytes) => {
  const value = read(bytes);
  if (value === undefined) return undefined;
  const written = write(value);
  return typeof written === "string" ? written : fromUtf8(written);
};

/** Without the length in front. */
const unframed = <T>(write: (value: T) => Uint8Array) => (value: T): Uint8Array => write(value).subarray(4);

const envelope: Again = again((bytes) => {
  const read = classify(bytes);
  return read.kind === "envelope" ? read.envelope : undefined;
}, (value) => encodeEnvelope(value));

const control: Again = again((bytes) => {
  const read = classify(bytes);
  return read.kind === "control" ? read.frame : undefined;
}, encodeControl);

const body = (kind: BodyObject["kind"]): Again =>
  again((bytes) => {
    const read = readBody(fromUtf8(bytes));
    return read.kind === kind ? read : undefined;
  }, encodeBody);

const invite: Again = again((bytes) => {
  try {
    return decodeInvite(INVITE_PREFIX + toRawBase64Url(bytes));
  } catch (error) {
    if (error instanceof InviteError) return undefined;
    throw error;
  }
}, (value) => fromRawBase64Url(encodeInvite(value).slice(INVITE_PREFIX.length))!);

const KINDS: Readonly<Record<string, Again>> = {
  envelope,
  pair_control: control,
  file_request: control,
  reply_body: body("reply"),
  forward_body: body("forward"),
  file_body: body("file"),
  delete_body: body("delete"),
  dmsg_chat_message: again((bytes) => readDmsgChat(bytes, ""), encodeDmsgChat),
  invite,
  leaf: again(readLeaf, encodeLeaf),
  relay_request: again(readRelayRequest, encodeRelayRequest),
  relay_ack: again(readRelayAck, encodeRelayAck),
  mutation: again(readMutation, encodeMutation),
  rotation: again(readRotation, encodeRotation),
  join_request: again(readJoinRequest, encodeJoinRequest),
  join_response: again(readJoinResponse, encodeJoinResponse),
  catalog: again(readCatalog, encodeCatalog),
  profile: again(readProfile, encodeProfile),
  record: again(readGroupRecord, encodeGroupRecord),
  pair_text: again(readPairText, encodePairText),
  ratchet: again(readRatchet, encodeRatchet),
  offer: again(parseOffer, unframed(encodeOffer)),
  verdict: again(parseVerdict, unframed(encodeVerdict)),
  trailer: again(parseTrailer, unframed(encodeTrailer)),
};

/** `json`, or `hex` of what is no UTF-8, and what `go` writes of it; null: Go refuses it. */
const runnerOf = (read: Again): GroupRunner => (list) =>
  entries(list, ({ json, hex }) => json ?? hex, ({ json, hex, go }) => {
    strictEqual(read(json === undefined ? fromHex(hex) : utf8(json)) ?? null, go);
  });

/** A group for each kind of object. */
export const goJson: Readonly<Record<string, GroupRunner>> = Object.fromEntries(
  Object.entries(KINDS).map(([kind, read]) => [kind, runnerOf(read)]),
);
