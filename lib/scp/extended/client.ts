/**
 * The dialling side of the extension, from the host's hello on.
 *
 * @see lib/scp/README.md "Extension"
 * @module
 */
import type { Digest } from "../../crypto/digest.ts";
import type { Packing } from "../../sys/copies/packing.ts";
import type { ResumableFile } from "../../sys/copies/part_file.ts";
import type { SeekableSource } from "../../sys/copies/source_file.ts";
import { NEVER_MS } from "../../wire/reading.ts";
import { type Flow } from "../body.ts";
import { badWire, CHANGED, CopyError, fatalError } from "../errors.ts";
import { FINAL_MS, type Wire } from "../wire.ts";
import {
  BLOCK_BYTES,
  type Control,
  framesOf,
  isToken,
  readControl,
  timeIn,
  timesOf,
  writeControl,
} from "./frames.ts";
import { receiveBlocks } from "./receive_blocks.ts";
import { chooseBlocks, isWorthALook, type OldFile, tellBlocks } from "./reuse.ts";
import { type BlockSource, sendBlocks } from "./send_blocks.ts";
import { type More, openStripes } from "./stripe_streams.ts";
import { STRIPED_BYTES, StripedReading, StripedWriting } from "./stripes.ts";

/** What both directions need. */
export interface ExtendedOptions extends Flow {
  /** Makes a SHA-256. */
  readonly digest: () => Digest;
  /** Blocks may be packed where that pays. */
  readonly packing?: Packing;
  /** Keep the time of the file. */
  readonly keepTime?: boolean;
  /** A long file may go over further streams. Not together with a limit on the rate. */
  readonly more?: More;
  /** The copy goes on here. */
  readonly onResumed?: (offset: number) => void;
  /** For a push: blocks that the host's old version has need not be sent. The file may be read twice for that. */
  readonly reuse?: boolean;
  /** For a pull: opens the old version, when there is one. It is closed here. The host learns which blocks it has, too. */
  readonly old?: () => Promise<OldFile | undefined>;
}

/**
 * Pushes what the host does not have yet. Returns when it has synced the file and put it in its place.
 * @throws {CopyError} remote: the host refuses; broken: the stream ended, or the file changed meanwhile.
 * @throws {UserError} local: the file can't be read. @throws {ProtocolError} by peer `frame`.
 */
export async function pushExtended(
  wire: Wire,
  file: SeekableSource & BlockSource,
  options: ExtendedOptions,
): Promise<void> {
  const { size, mode, mtimeMs = 0, token } = file;
  const time = options.keepTime ? timesOf(mtimeMs) : {};
  const offered = options.reuse ? { reuse: true } : {};
  const striped = options.more && { stripes: true };
  await writeControl(wire, {
    op: "push",
    size,
    mode,
    token,
    ...time,
    ...offered,
    ...zstdOf(options),
    ...striped,
  });
  const { offset = 0, reuse = false, zstd = false, join } = checked(await readControl(wire));
  checkOffset(offset, size);
  await file.skipTo(offset);
  if (offset > 0) options.onResumed?.(offset);
  if (reuse && !options.reuse) throw badWire("frame", "dmsgscp: frame that asks for digests");
  const chosen = reuse ? await tellBlocks(wire, file, { size, offset }, options.digest) : undefined;
  if (chosen) await file.skipTo(offset);
  const packing = packingOf(options, zstd);
  if (join !== undefined && !options.more) throw badWire("frame", "dmsgscp: frame that asks for stripes");
  const way = join === undefined ? undefined : new StripedWriting(wire, wire.clock);
  const close = way && openStripes(options.more!, join!, wire.clock, way);
  try {
    await untilReceipt(wire, async ({ stopped }) => {
      const to = way ?? wire;
      const sent = await sendBlocks(to, file, { size, offset }, { ...options, packing, stopped }, chosen);
      if (stopped()) return undefined;
      const same = await file.isSame();
      await writeControl(to, same ? { ok: true, sent } : { ok: false, err: CHANGED });
      await way?.flush();
      if (!same) throw new CopyError(CHANGED, "broken");
      return sent;
    });
  } finally {
    await close?.();
  }
}

/** The member of a frame that offers packing, where it is wanted. */
export const zstdOf = ({ packing }: Pick<ExtendedOptions, "packing">): { zstd?: true } =>
  packing ? { zstd: true } : {};

/** The packing that both sides have. @throws {ProtocolError} by peer `frame`: it was not offered. */
export function packingOf(
  { packing }: Pick<ExtendedOptions, "packing">,
  zstd: boolean,
): Packing | undefined {
  if (zstd && !packing) throw badWire("frame", "dmsgscp: frame that asks for packed blocks");
  return zstd ? packing : undefined;
}

/** What the host says while something is sent to it. */
export interface Told {
  /** It has said something, or is gone. */
  readonly stopped: () => boolean;
  /** Runs something in that moment; the last one given. */
  readonly onStopped: (run: () => void) => void;
}

/**
 * Sends, and waits for the host's receipt.
 * @param send  Returns what was sent; undefined when the host said something in the middle: that it can't go on.
 * @throws {CopyError} remote: the host says no; broken: it has something else, or says so before it has all.
 */
export async function untilReceipt(
  wire: Wire,
  send: (host: Told) => Promise<string | undefined>,
): Promise<void> {
  let told = false;
  let tell: () => void = () => {};
  const answer = readControl(wire, NEVER_MS).finally(() => {
    told = true;
    tell();
  });
  answer.catch(() => wire.abandon()); // without a receipt the host is gone: what waits to be written need not wait
  let sent: string | undefined;
  try {
    sent = await send({ stopped: () => told, onStopped: (run) => void (tell = run) });
  } catch (error) {
    if (told) checked(await answer);
    throw error;
  }
  const receipt = checked(await wire.patiently(answer, FINAL_MS, noReceipt));
  if (sent === undefined || receipt.sent !== sent) {
    const why = sent === undefined ? ": it gave its receipt too early" : "";
    throw new CopyError(`the host has other blocks than were sent${why}`, "broken");
  }
}

const noReceipt = (): CopyError => new CopyError("the host gave no receipt", "broken");

/** What a pull is about. */
export interface PulledFile {
  /** Bytes. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** When it was last written, milliseconds since 1970. */
  readonly mtimeMs: number;
  /** Stays the same while the host's file does. */
  readonly token: string;
}

/**
 * Pulls what is not here yet.
 * @param open  Takes up the file or begins it. It is committed, suspended when the copy breaks, or goes when the host's file has
 *   become another one.
 * @throws {CopyError} remote: the host refuses; broken: the stream ended, or other blocks came than were sent.
 * @throws {UserError} local: the file can't be kept. @throws {ProtocolError} by peer `frame`.
 */
export async function pullExtended(
  wire: Wire,
  open: (file: PulledFile) => Promise<ResumableFile>,
  options: ExtendedOptions,
): Promise<PulledFile> {
  await writeControl(wire, { op: "pull", ...framesOf(wire) });
  const first = checked(await readControl(wire));
  const { size = 0, mode = 0, token, reuse = false, zstd = false, join } = first;
  if (!isToken(token)) throw badWire("frame", "dmsgscp: frame without a token");
  const pulled = { size, mode: mode & 0o777, mtimeMs: timeIn(first) ?? 0, token };
  const file = await open(pulled);
  let old: OldFile | undefined;
  let close: (() => Promise<void>) | undefined;
  try {
    if (file.offset > size) throw new CopyError("more is here than the file has", "broken");
    if (file.offset > 0) options.onResumed?.(file.offset);
    const { offset } = file;
    if (reuse) old = await options.old?.();
    const look = old !== undefined && isWorthALook(old, size, offset);
    const packing = zstd ? options.packing : undefined;
    const more = !look && size - offset >= STRIPED_BYTES && join !== undefined ? options.more : undefined;
    const chosen = { ...(look && { reuse: true }), ...(more && { stripes: true }) };
    await writeControl(wire, { offset, ...chosen, ...zstdOf({ packing }) });
    const way = more && new StripedReading(wire.reader);
    if (way) {
      const ways = { bytes: () => way.bytes(), add: ({ reader }: Wire) => way.add(reader) };
      close = openStripes(more, join!, wire.clock, ways);
    }
    const from = way ? wire.reading(way) : wire;
    const told = old && look ? await chooseBlocks(wire, old, { size, offset }, options.digest) : undefined;
    const known = old && told && { old, told };
    const receiving = { ...options, packing, hearsWhy: true };
    const sent = await receiveBlocks(from, file, size, receiving, known);
    const end = checked(await readControl(from));
    if (end.sent !== sent) throw new CopyError("here are other blocks than were sent", "broken");
    await file.commit(pulled.mode, options.keepTime ? pulled.mtimeMs : undefined);
  } catch (error) {
    if (error instanceof CopyError && error.isChanged) await file.discard();
    else await file.suspend();
    await close?.();
    throw error;
  } finally {
    old?.close();
  }
  await writeControl(wire, { ok: true }).catch(() => {}); // the file is whole: what the host hears changes nothing
  await close?.();
  return pulled;
}

function checkOffset(offset: number, size: number): void {
  if (offset > size || (offset % BLOCK_BYTES !== 0 && offset !== size)) {
    throw badWire("frame", "dmsgscp: frame with a wrong offset");
  }
}

/** What a host says, unless it says no. @throws {CopyError} remote: it does. */
export function checked(control: Control): Control {
  if (control.ok === false) throw fatalError(control.err ?? "no reason given");
  return control;
}
