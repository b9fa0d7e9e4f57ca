/**
 * One file over one stream to port 64, both roles.
 *
 * @see specification dmsgscp §9
 * @module
 */
import type { Digest } from "../crypto/digest.ts";
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { Clock } from "../sys/clock.ts";
import type { TargetFile } from "../sys/copies/part_file.ts";
import { BecameShorter, type SeekableSource, type SourceFile } from "../sys/copies/source_file.ts";
import { NetworkError, ProtocolError, UserError } from "../wire/errors.ts";
import { NEVER_MS, type Stream, whileMoving } from "../wire/reading.ts";
import { CHUNK_BYTES, Frames, IDLE_MS } from "./frame_stream.ts";
import {
  encodeOffer,
  encodeTrailer,
  encodeVerdict,
  type Offer,
  parseOffer,
  parseTrailer,
  parseVerdict,
} from "./frames.ts";
import { isTransferId } from "./names.ts";

/** What both roles need. */
export interface TransferOptions {
  /** For the limits. */
  readonly clock: Clock;
  /** Makes a SHA-256. */
  readonly digest: () => Digest;
  /** Ends the transfer with its reason. */
  readonly signal?: AbortSignal;
  /** Bytes of the body that have moved. */
  readonly onBytes?: (count: number) => void;
}

/** A file that is sent, and whether it is still what was opened, where that is known. */
export type SentFile = Pick<SourceFile, "read"> & Partial<Pick<SeekableSource, "isSame">>;

/** `unconfirmed`: all was sent, and no receipt came: it may have arrived. */
export type SendOutcome =
  | { readonly kind: "delivered" }
  | { readonly kind: "unconfirmed"; readonly reason: string }
  | { readonly kind: "declined"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Sends a file.
 * @param stream  A fresh stream to the peer's port 64; ended here.
 * @param offer  Its size is that of the file.
 * @throws {NetworkError} The stream broke, or stood still, before everything was sent.
 * @throws {UserError} local: the file can't be read, became shorter, or changed meanwhile.
 */
export async function sendFile(
  stream: Stream,
  offer: Offer,
  file: SentFile,
  options: TransferOptions,
): Promise<SendOutcome> {
  const frames = new Frames(stream, options);
  let last: Promise<Uint8Array | undefined>;
  let gone: unknown;
  try {
    await frames.write(encodeOffer(offer));
    const answer = parseVerdict(await frames.read() ?? ended("before the peer answered"));
    if (!answer) throw badFrame("an answer");
    if (!answer.ok) {
      stream.close();
      return { kind: "declined", reason: answer.err || "declined" };
    }
    last = frames.read(NEVER_MS);
    // Nobody half-closes before the receipt: a peer whose direction ends is gone, though a classic server in between
    // takes our bytes until its window is full. What waits to be written need not wait.
    last.then((payload) => payload ?? ended("before the receipt")).catch((error) => {
      gone = error;
      breakOff(stream);
    });
    const sha256 = await sendBody(frames, file, Number(offer.size), options);
    if (await file.isSame?.() === false) throw changed();
    await frames.write(encodeTrailer(sha256));
  } catch (error) {
    breakOff(stream);
    throw gone && error instanceof NetworkError ? gone : error;
  }
  try {
    return await receipt(whileMoving(stream, options.clock, IDLE_MS, last, tooLate), offer.id);
  } finally {
    stream.close();
  }
}

function breakOff(stream: Stream): void {
  if (stream.reset) stream.reset();
  else stream.close();
}

async function receipt(answer: Promise<Uint8Array | undefined>, id: string): Promise<SendOutcome> {
  const none = (reason: string): SendOutcome => ({ kind: "unconfirmed", reason });
  const payload = await answer.catch((error) => error as Error);
  if (payload === undefined) return none("no receipt");
  if (payload instanceof Error) return none(payload.message);
  const verdict = parseVerdict(payload);
  if (!verdict || verdict.id !== id) return none("the receipt is of no file of ours");
  return verdict.ok ? { kind: "delivered" } : { kind: "failed", reason: verdict.err || "not kept" };
}

async function sendBody(
  frames: Frames,
  file: Pick<SourceFile, "read">,
  size: number,
  { digest, onBytes }: TransferOptions,
): Promise<string> {
  const sum = digest();
  const buffer = new Uint8Array(Math.min(size, CHUNK_BYTES));
  for (let left = size; left > 0;) {
    const count = await file.read(buffer.subarray(0, left));
    if (count === null) {
      throw new BecameShorter();
    }
    const chunk = buffer.subarray(0, count);
    sum.add(chunk);
    await frames.write(chunk);
    onBytes?.(count);
    left -= count;
  }
  return sum.hex();
}

/** What a receiver decides about an offer. */
export type Acceptance =
  | { readonly ok: true; readonly open: () => Promise<TargetFile> }
  | { readonly ok: false; readonly reason: string };

/** How a receive ended: with a file that is kept, or with why not. */
export type ReceiveOutcome =
  | { readonly kind: "kept"; readonly offer: Offer }
  | { readonly kind: "refused" | "failed"; readonly offer?: Offer; readonly reason: string };

/**
 * Takes a file. The receipt says ok only when the file is synced and in its place.
 * @param stream  Of the peer; ended here.
 * @param peer  Who the stream says it is; `from` must be the same.
 * @param decide  Asked for an offer whose id and size are fine.
 * @returns How it ended; never throws.
 */
export async function receiveFile(
  stream: Stream,
  peer: PublicKeyHex,
  decide: (offer: Offer) => Acceptance | Promise<Acceptance>,
  options: TransferOptions,
): Promise<ReceiveOutcome> {
  const frames = new Frames(stream, options);
  let offer: Offer | undefined;
  try {
    const payload = await frames.read();
    offer = payload && parseOffer(payload);
    if (!offer) return { kind: "refused", reason: "not an offer" };
    const decided = await decidedOn(offer, peer, decide);
    if ("err" in decided) {
      await frames.write(encodeVerdict({ id: "", ok: false, err: decided.err }));
      await frames.drain();
      return { offer, ...decided.outcome };
    }
    const reason = await answerAndKeep(frames, offer, decided.target, options);
    await frames.write(encodeVerdict({ id: offer.id, ok: reason === undefined, err: reason ?? "" }));
    await frames.drain();
    return reason === undefined ? { kind: "kept", offer } : { kind: "failed", offer, reason };
  } catch (error) {
    return { kind: "failed", offer, reason: (error as Error).message };
  } finally {
    stream.close();
  }
}

/** @returns Where the file goes; or what the peer is told, and how it ended. */
async function decidedOn(
  offer: Offer,
  peer: PublicKeyHex,
  decide: (offer: Offer) => Acceptance | Promise<Acceptance>,
): Promise<
  | { readonly target: TargetFile }
  | {
    readonly err: string;
    readonly outcome: { readonly kind: "refused" | "failed"; readonly reason: string };
  }
> {
  try {
    const acceptance = refusalOf(offer, peer) ?? await decide(offer);
    if (acceptance.ok) return { target: await acceptance.open() };
    const { reason } = acceptance;
    return { err: reason, outcome: { kind: "refused", reason } };
  } catch (error) {
    // The system's words may hold a path of ours.
    return { err: "it can't be kept here", outcome: { kind: "failed", reason: (error as Error).message } };
  }
}

function refusalOf(offer: Offer, peer: PublicKeyHex): Acceptance | undefined {
  if (offer.size < 0n) return { ok: false, reason: "negative size" };
  const fine = isTransferId(offer.id) && offer.from === peer && offer.size < 2n ** 53n;
  return fine ? undefined : { ok: false, reason: "declined" };
}

/** Says yes and takes the file. A peer that has gone by then, or goes later, leaves nothing here. */
async function answerAndKeep(
  frames: Frames,
  offer: Offer,
  target: TargetFile,
  options: TransferOptions,
): Promise<string | undefined> {
  try {
    await frames.write(encodeVerdict({ id: "", ok: true, err: "" }));
    return await keep(frames, offer, target, options);
  } finally {
    await target.discard();
  }
}

/** Receives body and trailer, and puts the file in its place. @returns Why it is not kept. */
async function keep(
  frames: Frames,
  offer: Offer,
  target: TargetFile,
  { digest, onBytes }: TransferOptions,
): Promise<string | undefined> {
  try {
    const sum = digest();
    const size = Number(offer.size);
    for (let got = 0; got < size;) {
      const bytes = await frames.body(size - got).catch((error) => error as Error);
      if (bytes === null || bytes instanceof Error) {
        return `xfer: stream body (${got}/${size} bytes): ${bytes === null ? "EOF" : bytes.message}`;
      }
      sum.add(bytes);
      await target.write(bytes);
      onBytes?.(bytes.length);
      got += bytes.length;
    }
    const payload = await frames.read().catch(() => undefined);
    if (payload === undefined) return "no trailer";
    const trailer = parseTrailer(payload);
    if (trailer === undefined) return "bad trailer";
    if (trailer !== sum.hex()) return "checksum mismatch";
    await target.commit(0o600);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const tooLate = (): NetworkError =>
  new NetworkError(`nothing moved for ${IDLE_MS / 1000} s`, { retry: true, reason: "timeout" });

function ended(when: string): never {
  throw new NetworkError(`the stream ended ${when}`, { retry: true, reason: "closed" });
}

const changed = (): UserError =>
  new UserError("the file changed while it was read", {
    kind: "local",
    hint: "Send it again when nothing writes to it.",
  });

const badFrame = (what: string): ProtocolError =>
  new ProtocolError(`xfer: the frame is not ${what}`, { by: "peer", code: "frame", ends: "stream" });

export { DRAIN_MS, IDLE_MS } from "./frame_stream.ts";
