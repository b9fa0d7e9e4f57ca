/**
 * One message of a pair: its path, what it says, and how it is sealed under the static key or an epoch's.
 *
 * @see specification skychat §c.3
 * @module
 */
import { openWith, sealWith } from "../crypto/aead.ts";
import type { Random } from "../sys/random.ts";
import { fromBase64, toBase64 } from "../wire/base64.ts";
import { concat, fromHex, fromUtf8, toHex, utf8 } from "../wire/bytes.ts";
import { goJson, parseGoObject, readMembers } from "../wire/go_json.ts";
import { field, goString, type GoStruct, goStruct, goTime, goU64, omitted } from "../wire/go_struct.ts";
import type { PairEpoch } from "./keys.ts";

/** What a message says. */
export interface PairText {
  /** The text. */
  readonly text: string;
  /** When, nanoseconds. */
  readonly tsNs: bigint;
  /** `delete` takes the message `id` back; "" is a message. */
  readonly type: string;
  /** Of the message that is taken back, `<unix nanoseconds>-<seq>`. */
  readonly id: string;
  /** The writer's counter; 0 when it is left out. */
  readonly seq: bigint;
}

const TEXT: GoStruct<PairText> = goStruct<PairText>({
  text: field("text", goString),
  tsNs: field("ts", goTime),
  type: omitted("type", goString),
  id: omitted("id", goString),
  seq: omitted("seq", goU64),
});

/** A message's JSON, to be sealed. */
export const encodePairText = (text: PairText): Uint8Array => utf8(TEXT.encode(text));
/** Reads the JSON. @returns undefined when it is none. */
export const readPairText = (plain: Uint8Array): PairText | undefined => TEXT.decode(plain);

/** Where a message lies in its writer's feed. */
export const pairPath = (tsNs: bigint, seq: bigint): string => `msgs/${tsNs}/${seq}`;
/** What names it in replies and retractions. */
export const pairMessageId = (tsNs: bigint, seq: bigint): string => `${tsNs}-${seq}`;

/** The same of the message that lies at one of our paths. */
export const messageIdAt = (path: string): string => path.slice("msgs/".length).replace("/", "-");

const PATH = /^msgs\/(-?\d{1,19})\/(\d{1,20})$/;

/** Reads a path. @returns undefined when it is none. */
export function parsePairPath(path: string): { tsNs: bigint; seq: bigint } | undefined {
  const parts = PATH.exec(path);
  return parts ? { tsNs: BigInt(parts[1]), seq: BigInt(parts[2]) } : undefined;
}

const NONCE_BYTES = 12;
const NOTHING = new Uint8Array(0);
const MARK = "SKP1";

const sealed = (key: Uint8Array, plain: Uint8Array, random: Random): Uint8Array => {
  const nonce = random.bytes(NONCE_BYTES);
  return concat(nonce, sealWith(key, nonce, plain, NOTHING));
};

const opened = (key: Uint8Array, value: Uint8Array): Uint8Array | undefined =>
  value.length < NONCE_BYTES
    ? undefined
    : openWith(key, value.subarray(0, NONCE_BYTES), value.subarray(NONCE_BYTES), NOTHING);

/** Seals under the static key: nonce (12) ‖ ChaCha20-Poly1305. @param key  32 bytes. */
export const sealStatic = (key: Uint8Array, plain: Uint8Array, random: Random): Uint8Array =>
  sealed(key, plain, random);

/** Seals under an epoch's key: `SKP1` and JSON that names the epoch. */
export const sealInEpoch = ({ id, key }: PairEpoch, plain: Uint8Array, random: Random): Uint8Array =>
  utf8(MARK + goJson({ e: toHex(id), b: toBase64(sealed(key, plain, random)) }));

/** A sealed message before its key is looked for. */
export type SealedPairText =
  | { readonly kind: "static"; readonly sealed: Uint8Array }
  | { readonly kind: "epoch"; readonly epochId: Uint8Array; readonly sealed: Uint8Array };

/** Under which key a value is. @returns undefined when it claims an epoch and is broken. */
export function readSealed(value: Uint8Array): SealedPairText | undefined {
  const isEpoch = fromUtf8(value.subarray(0, MARK.length)) === MARK;
  if (!isEpoch) return { kind: "static", sealed: value };
  const object = parseGoObject(fromUtf8(value.subarray(MARK.length)));
  const members = object && readMembers(object, { e: "string", b: "string" });
  const body = members && fromBase64(members.b);
  if (!members || body === undefined || !/^[0-9a-f]{16}$/i.test(members.e)) return undefined;
  return { kind: "epoch", epochId: fromHex(members.e), sealed: body };
}

/** Whether a value is under an epoch's key. */
export const isInEpoch = (value: Uint8Array): boolean => readSealed(value)?.kind === "epoch";

/**
 * Opens a sealed message.
 * @param key  32 bytes: the static key, or that of the epoch that it names.
 * @returns Its JSON; undefined when the key or a byte differs.
 */
export const openPairText = (key: Uint8Array, { sealed }: SealedPairText): Uint8Array | undefined =>
  opened(key, sealed);
