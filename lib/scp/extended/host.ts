/**
 * The listening side of the extension, behind our hello.
 *
 * @see lib/scp/README.md "Extension"
 * @module
 */
import type { Flow } from "../body.ts";
import { badWire, CHANGED, CopyError, cutOff, Refusal } from "../errors.ts";
import type { SeekableSource } from "../../sys/copies/source_file.ts";
import { NEVER_MS } from "../../wire/reading.ts";
import { IDLE_MS, type Wire } from "../wire.ts";
import { packingOf, zstdOf } from "./client.ts";
import { BLOCK_BYTES, type Control, isToken, readControl, timeIn, timesOf, writeControl } from "./frames.ts";
import { chooseBlocks, isWorthALook, type OldFile, tellBlocks } from "./reuse.ts";
import type { ExtendedHost } from "./host_parts.ts";
import { sinkMany } from "./many_host.ts";
import { receiveBlocks } from "./receive_blocks.ts";
import { sendBlocks } from "./send_blocks.ts";
import type { OpenCopy } from "./stripe_copies.ts";
import { STRIPED_BYTES, StripedReading, StripedWriting } from "./stripes.ts";
import { sinkStream } from "./stream_host.ts";
import { sourceList, sourceMany } from "./many_source.ts";
import { Unread } from "./unread.ts";

/**
 * Takes a push: the receipt leaves when the file is synced and in its place.
 * @throws {Refusal} What the client is told. @throws {CopyError} broken: the stream ended, or the client says so.
 * @throws {TreeError} Our disk. @throws {ProtocolError} by peer `frame`.
 */
export async function sinkExtended(wire: Wire, host: ExtendedHost, path: string, flow: Flow): Promise<void> {
  const first = await readControl(wire);
  if (first.op === "many") return await sinkMany(wire, host, flow);
  if (first.op === "stream") return await sinkStream(wire, host, path, first, flow);
  if (first.op === "stripe") return await joinCopy(wire, host, first);
  const { op, size = 0, mode = 0, token, reuse = false, zstd = false, stripes = false } = first;
  if (op !== "push" || !isToken(token)) throw badWire("frame", "dmsgscp: frame is no push");
  const digest = host.digest();
  digest.add(new TextEncoder().encode(JSON.stringify([host.peer, path, token])));
  const file = await host.tree.resume!(path, digest.hex().slice(0, 32), host.peer);
  /** Bytes here when this stream has ended, which were not here before it. */
  const { freed = 0 } = file;
  let kept = 0 - file.offset - freed;
  let isOver = false;
  let old: OldFile | undefined;
  let copy: OpenCopy | undefined;
  try {
    if (file.offset > size) throw new Refusal("more is here than the file has");
    const { offset } = file;
    // What is here already counts, and takes its room, since it came; what went for it no longer does.
    const refusal = host.refuseSize?.(size - offset - freed, offset + freed);
    if (refusal !== undefined) throw new Refusal(`bad header: ${refusal}`);
    host.onSeen({ promised: size - offset - freed });
    await host.tree.reserve(path, size - offset);
    if (reuse && host.mayRead) old = await oldVersion(host, path, size, offset);
    const packing = zstd ? host.packing : undefined;
    const isStriped = stripes && !old && size - offset >= STRIPED_BYTES;
    if (isStriped) copy = host.stripes?.open(host.peer);
    const chosen = { ...(old && { reuse: true }), ...(copy && { join: copy.join }) };
    await writeControl(wire, { ok: true, offset, ...chosen, ...zstdOf({ packing }) });
    const way = copy && new StripedReading(wire.reader);
    if (way) copy!.use(({ reader }) => way.add(reader));
    const from = way ? wire.reading(way) : wire;
    const told = old && await chooseBlocks(wire, old, { size, offset }, host.digest);
    const { digest } = host;
    const sent = await receiveBlocks(
      from,
      file,
      size,
      { ...flow, digest, packing },
      old && told && { old, told },
    );
    const end = await readControl(from);
    if (end.ok !== true) {
      await file.discard(); // it has changed: nobody will ask for this one again
      isOver = true;
      throw new CopyError(`the client ended it: ${end.err ?? ""}`, "broken");
    }
    if (end.sent !== sent) throw new Refusal("other blocks came than were sent");
    await file.commit(mode, timeIn(first));
    isOver = true;
    kept += size;
    await writeControl(wire, { ok: true, sent });
  } finally {
    old?.close();
    copy?.close();
    if (!isOver) kept += await file.suspend();
    host.onSeen({ kept });
  }
}

/** What lies in the place of a file that comes; undefined when nothing there can be of use. */
async function oldVersion(
  host: ExtendedHost,
  path: string,
  size: number,
  offset: number,
): Promise<OldFile | undefined> {
  const old = await host.tree.openSeekable!(path, host.digest).catch(() => undefined); // the file comes whole then
  if (old === undefined || isWorthALook(old, size, offset)) return old;
  old.close();
  return undefined;
}

/**
 * Serves a pull from where the client says.
 * @throws {CopyError} broken: the stream ended, the file changed, or the client has not kept it.
 * @throws {TreeError} Our disk. @throws {ProtocolError} by peer `frame`.
 */
export async function sourceExtended(
  wire: Wire,
  host: ExtendedHost,
  path: string,
  flow: Flow,
): Promise<void> {
  const first = await readControl(wire);
  const { op } = first;
  if (op === "many") return await sourceMany(wire, host, flow);
  if (op === "stripe") return await joinCopy(wire, host, first);
  if (op === "list") return await sourceList(wire, host, path);
  if (op !== "pull") throw badWire("frame", "dmsgscp: frame is no pull");
  const file = await host.tree.openSeekable!(path, host.digest);
  const copy = host.stripes?.open(host.peer);
  try {
    const { size, mode, mtimeMs = 0, token } = file;
    const facts = { size, mode, ...timesOf(mtimeMs), token };
    await writeControl(wire, {
      ok: true,
      ...facts,
      reuse: true,
      ...zstdOf(host),
      ...(copy && { join: copy.join }),
    });
    const { offset = 0, reuse = false, zstd = false, stripes = false } = await readControl(wire, IDLE_MS);
    if (offset > size || (offset % BLOCK_BYTES !== 0 && offset !== size)) {
      throw badWire("frame", "dmsgscp: frame with a wrong offset");
    }
    await file.skipTo(offset);
    const told = reuse ? await tellBlocks(wire, file, { size, offset }, host.digest) : undefined;
    if (told) await file.skipTo(offset);
    const sending = { ...flow, digest: host.digest, packing: packingOf(host, zstd), saysWhy: true };
    const way = stripes && copy && !told ? new StripedWriting(wire, wire.clock) : undefined;
    if (way) copy!.use((wire) => way.add(wire));
    const to = way ?? wire;
    await untilKept(wire, way, file, () => sendBlocks(to, file, { size, offset }, sending, told));
  } finally {
    copy?.close();
    file.close();
  }
}

/** Sends a file, says how that ended, and waits until the client has kept it. @throws {CopyError} broken: it has not. */
async function untilKept(
  wire: Wire,
  way: StripedWriting | undefined,
  file: Pick<SeekableSource, "isSame">,
  send: () => Promise<string>,
): Promise<void> {
  // A client says nothing more before its receipt. A classic server tells of one that was killed by the end of its
  // direction alone, and takes our bytes until its window is full: that would hold a place here for a minute.
  const receipt = readControl(wire, NEVER_MS);
  const late = (): Error => cutOff("without a receipt");
  const sent = await whileThere(receipt, send()).catch((error: unknown) => {
    if (error instanceof Unread) return error;
    throw error;
  });
  const said = sent instanceof Unread ? { ok: false, err: sent.message } : await ending(file, sent);
  await writeControl(way ?? wire, said);
  await way?.flush();
  if (said.err !== undefined) {
    await wire.patiently(receipt, IDLE_MS, late).catch(() => {}); // until the client has heard it
    throw new CopyError(said.err, "broken", { cause: sent });
  }
  const { ok } = await wire.patiently(receipt, 2 * IDLE_MS, late);
  if (ok !== true) throw new CopyError("the client has not kept it", "broken");
}

/** What stands behind the last block. */
const ending = async (file: Pick<SeekableSource, "isSame">, sent: string): Promise<Control> =>
  await file.isSame() ? { ok: true, sent } : { ok: false, err: CHANGED };

/** The outcome of work, or the failure of what is waited for beside it. What is left of the work ends with the stream. */
function whileThere<T>(beside: Promise<unknown>, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return Promise.race([work, beside.then(() => work)]);
}

/** One more stream of a copy that is under way. */
async function joinCopy(
  wire: Wire,
  { stripes, peer, onSeen }: ExtendedHost,
  { join }: Control,
): Promise<void> {
  onSeen({ isStripe: true });
  if (!stripes) throw new Refusal("no such copy");
  await stripes.join(peer, join, wire);
}
