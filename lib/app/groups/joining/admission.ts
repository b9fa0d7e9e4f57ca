/**
 * Strangers at a group's door (feed port + 1), and we at another's: one frame each way over one stream.
 *
 * @see specification skychat §b.5, §b.7, §b.14
 * @module
 */
import { CHAT_FRAME, encodeChatFrame } from "../../../chat/frame.ts";
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import { NULL_PK } from "../../../crypto/members.ts";
import {
  encodeJoinRequest,
  encodeJoinResponse,
  frameKind,
  type JoinRequest,
  type JoinResponse,
  joinResponse,
  MAX_NOTE_BYTES,
  readJoinRequest,
  readJoinResponse,
} from "../../../group/joining/admission.ts";
import { kindOf } from "../../../group/joining/invite.ts";
import { adminsOf, type GroupRecord, isOut } from "../../../group/record/record.ts";
import {
  readSignedInvite,
  type SignedInvite,
  SignedInviteError,
} from "../../../group/joining/signed_invite.ts";
import { isWorkDone } from "../../../group/joining/work.ts";
import { cutUtf8 } from "../../../wire/bytes.ts";
import { FrameReader } from "../../../wire/frame.ts";
import type { Duplex } from "../../../wire/machine.ts";
import type { GroupExtra, WaitingRequest } from "../room/kept_groups.ts";

/** Requests of one stranger: this many, then one more each {@link REFILL_NS}. */
const BUCKET = 10;
const REFILL_NS = 600_000_000_000n;
/** Requests of all strangers to one group in a minute. */
const COMMON = 64;
const MINUTE_NS = 60_000_000_000n;
/** Who waits at most. */
export const MAX_WAITING = 64;
/** Strangers that are counted at most. */
const MAX_COUNTED = 4096;

/** How often each stranger may ask. */
export class RateBuckets {
  readonly #buckets = new Map<PublicKeyHex, { left: number; sinceNs: bigint }>();
  #minute = { sinceNs: 0n, count: 0 };

  /** Takes one request. @returns false when it is one too many. */
  take(pk: PublicKeyHex, nowNs: bigint): boolean {
    const known = this.#buckets.get(pk) ?? { left: BUCKET, sinceNs: nowNs };
    // A clock that was set back would let nobody in until it is there again.
    const bucket = known.sinceNs > nowNs ? { ...known, sinceNs: nowNs } : known;
    const refills = (nowNs - bucket.sinceNs) / REFILL_NS;
    const left = Math.min(BUCKET, bucket.left + Number(refills));
    this.#buckets.delete(pk);
    this.#buckets.set(pk, { left: left - 1, sinceNs: bucket.sinceNs + refills * REFILL_NS });
    if (this.#buckets.size > MAX_COUNTED) this.#buckets.delete(this.#buckets.keys().next().value!);
    // Behind its own ten, so that none of them takes what all have together.
    if (left > 0) return this.#takeCommon(nowNs);
    this.#buckets.set(pk, { left: 0, sinceNs: bucket.sinceNs + refills * REFILL_NS });
    return false;
  }

  #takeCommon(nowNs: bigint): boolean {
    const age = nowNs - this.#minute.sinceNs;
    if (age < 0n || age >= MINUTE_NS) this.#minute = { sinceNs: nowNs, count: 0 };
    return ++this.#minute.count <= COMMON;
  }
}

/** What an answer needs to know and may do. */
export interface Door {
  /** The group. */
  readonly record: GroupRecord;
  /** Who waits, who was told no, and whether the invite is enough. */
  readonly extra: GroupExtra;
  /** Whether we decide. */
  readonly isAdmin: boolean;
  /** Whether somebody is in. */
  isMember(pk: PublicKeyHex): boolean;
}

/** What is to be done about a request. */
export interface Answer {
  /** What is sent; of `admitted` it is made again after the roster has changed. */
  readonly response: JoinResponse;
  /** Let it in first. */
  readonly admit?: boolean;
  /** Let it in by this one, if that lets it in. */
  readonly invite?: SignedInvite;
  /** Put it on the list. */
  readonly wait?: WaitingRequest;
}

/**
 * Judges a request, in the order of §b.7.
 * @param from  The stream's key.
 */
export function answerTo(
  request: JoinRequest,
  from: PublicKeyHex,
  door: Door,
  buckets: RateBuckets,
  nowNs: bigint,
): Answer {
  const { record, extra } = door;
  const say = (status: Parameters<typeof joinResponse>[1], more: Partial<JoinResponse> = {}): Answer => ({
    response: { ...joinResponse(record.id, status), ...more },
  });
  if (request.requester !== NULL_PK && request.requester !== from) {
    return say("denied", { reason: "the request names another key" });
  }
  if (isOut(record)) return say("unavailable"); // as if there were no such group here
  if (record.banned.includes(from)) return say("banned");
  if (request.probe) return say("info", infoOf(door));
  // It is in always, and an admin: when it has lost the key any member gives it.
  if (from === record.ownerPk && record.status === "active") return { response: admission(record) };
  if (!door.isAdmin || record.status !== "active") return say("unavailable");
  if (door.isMember(from)) return { response: admission(record) };
  if (extra.denied.includes(from)) return say("denied"); // unless another admin has let it in since
  if (request.invite !== "") {
    if (!buckets.take(from, nowNs)) return say("throttled", { retryAfterSec: 600n });
    const invite = signedInvite(request.invite);
    const unread = say("unavailable", { reason: "the invite can't be read" });
    return invite === undefined ? unread : { response: admission(record), admit: true, invite };
  }
  const bits = record.joinPowBits; // of the founder, or of the link by which we came: every admin asks for it
  if (!isWorkDone(request.work, record.id, from, bits, nowNs / 1_000_000_000n)) {
    return say("challenge", { powBits: bits });
  }
  const isWaiting = extra.waiting.some(({ pk }) => pk === from);
  if (isWaiting && request.askAgain) return say("pending");
  if (!buckets.take(from, nowNs)) return say("throttled", { retryAfterSec: 600n });
  if (policyOf(door) === "open") return { response: admission(record), admit: true };
  if (isWaiting) return say("pending");
  if (extra.waiting.length >= MAX_WAITING) return say("throttled", { retryAfterSec: 600n });
  const note = cutUtf8(request.note, MAX_NOTE_BYTES).toWellFormed();
  return { ...say("pending"), wait: { pk: from, note, tsNs: nowNs } };
}

function signedInvite(link: string): SignedInvite | undefined {
  try {
    return readSignedInvite(link);
  } catch (error) {
    if (error instanceof SignedInviteError) return undefined;
    throw error;
  }
}

/** What who could be let in is told when that was not done, as by a signed invite. @param reason  As the engine has it. */
export function notAdmitted(record: GroupRecord, reason: string): JoinResponse {
  const status = (["expired", "used-up", "revoked", "banned"] as const).find((known) => known === reason);
  return joinResponse(record.id, status ?? "unavailable");
}

/** What a member is given. */
export const admission = (record: GroupRecord): JoinResponse => ({
  ...joinResponse(record.id, "admitted"),
  name: record.name,
  groupKind: kindOf(record.mode, record.kind),
  // A D2 group's key is wrapped for whom it is.
  aesKey: record.keys === "d2" ? new Uint8Array(0) : record.aesKey,
  keys: record.keys,
  keyEpoch: record.keyEpoch,
  members: record.members,
  admins: adminsOf(record),
  muted: record.muted,
  readOnly: record.readOnly,
  peerBackfillDisabled: record.peerBackfillDisabled,
  port: record.port,
});

/**
 * How strangers come in. Of a private group that is each admin's own: no leaf says it, and no other member knows.
 * @returns "": it is not known here.
 */
export function policyOf({ record, extra, isAdmin }: Omit<Door, "isMember">): "open" | "approval" | "" {
  if (record.mode === "public") return "open"; // by its kind (§b "Kinds"), at whichever admin
  if (!isAdmin) return "";
  return extra.openJoin ? "open" : "approval";
}

/** Whoever comes by the address of another member than the founder would take it for that, and heed nobody else. */
const infoOf = (door: Door): Partial<JoinResponse> => ({
  owner: door.record.role === "owner" ? NULL_PK : door.record.ownerPk,
  name: door.record.name,
  groupKind: kindOf(door.record.mode, door.record.kind),
  policy: policyOf(door),
  port: door.record.port,
  powBits: door.record.joinPowBits,
  readOnly: door.record.readOnly,
});

/**
 * Reads frames of a stream.
 * @param take  Called with each payload, which it may keep; false: no more are read.
 * @returns Whether that was said; else the stream has ended before.
 * @throws {ProtocolError} Of a wrong length.
 */
export async function readFrames(stream: Duplex, take: (payload: Uint8Array) => boolean): Promise<boolean> {
  const reader = new FrameReader(CHAT_FRAME);
  let isDone = false;
  for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) {
    reader.push(bytes, (payload) => !(isDone = !take(payload.slice())));
    if (isDone) return true;
  }
  return false;
}

/** One frame of a stream, or undefined when it ends before one is whole. @throws {ProtocolError} Of a wrong length. */
export async function readOneFrame(stream: Duplex): Promise<Uint8Array | undefined> {
  let whole: Uint8Array | undefined;
  await readFrames(stream, (payload) => {
    whole = payload;
    return false;
  });
  return whole;
}

/**
 * Serves one stream at the door.
 * @param judge  Does what follows from a join request, and gives what is sent.
 * @param other  The answer to any other frame, as payloads; undefined: none.
 */
export async function serveDoor(
  stream: Duplex,
  judge: (request: JoinRequest) => Promise<JoinResponse>,
  other: (payload: Uint8Array) => Promise<Iterable<Uint8Array> | undefined>,
): Promise<void> {
  const payload = await readOneFrame(stream);
  if (payload === undefined) return stream.close();
  const isJoin = frameKind(payload) === "join_request";
  const request = isJoin ? readJoinRequest(payload) : undefined;
  const answer = request !== undefined
    ? [encodeJoinResponse(await judge(request))]
    : isJoin
    ? undefined
    : await other(payload);
  if (answer === undefined) return stream.close();
  for (const frame of answer) await stream.write(encodeChatFrame(frame));
  await stream.closeWrite();
  while (await stream.read() !== null); // the asker closes first, so that the answer is not cut off
  stream.close();
}

/** Asks at a door. @returns undefined: the owner's program knows no requests. */
export async function askAtDoor(
  stream: Duplex,
  request: JoinRequest,
  signal?: AbortSignal,
): Promise<JoinResponse | undefined> {
  const giveUp = (): void => stream.close();
  signal?.addEventListener("abort", giveUp, { once: true });
  try {
    signal?.throwIfAborted();
    await stream.write(encodeChatFrame(encodeJoinRequest(request)));
    const payload = await readOneFrame(stream);
    return payload && readJoinResponse(payload);
  } finally {
    signal?.removeEventListener("abort", giveUp);
    stream.close();
  }
}
