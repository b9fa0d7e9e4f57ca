/**
 * The listening side: one stream of a peer that was let in is one file, in or out.
 *
 * @see specification dmsgscp §3, §7; lib/scp/README.md "Host"
 * @module
 */
import type { Digest } from "../crypto/digest.ts";
import type { Packing } from "../sys/copies/packing.ts";
import type { Tree } from "../sys/tree/tree.ts";
import { fromUtf8 } from "../wire/bytes.ts";
import { ProtocolError } from "../wire/errors.ts";
import type { Stream } from "../wire/reading.ts";
import { type Flow, receiveBody, sendBody } from "./body.ts";
import { Refusal } from "./errors.ts";
import { hello, writeControl } from "./extended/frames.ts";
import { sinkExtended, sourceExtended } from "./extended/host.ts";
import type { StripeCopies } from "./extended/stripe_copies.ts";
import { baseName, checkName, isUtf8 } from "./path.ts";
import {
  badSize,
  encodeRecord,
  type FileRecord,
  MAX_LINE_BYTES,
  MAX_READ_BYTES,
  MAX_SIZE,
  parseRecord,
  tooLong,
} from "./record.ts";
import { malformedRole, parseRole, type RoleLine } from "./role.ts";
import { toldText } from "./told.ts";
import { CONTROL_MS, Wire, type WireOptions } from "./wire.ts";

/** What a peer may do. */
export interface Grant {
  /** Its files: the root, or a directory in it. */
  readonly tree: Tree;
  /** Which directory; undefined: the root. */
  readonly directory?: string;
  /** Whether it may pull. */
  readonly read: boolean;
  /** Whether it may push. */
  readonly write: boolean;
  /**
   * Asked for each push, and for each piece of one whose length is not known.
   * @param before  So many bytes of the same file have been taken, now or by a stream that broke off.
   * @returns Why the host does not take so many bytes; undefined when it does.
   */
  readonly refuseSize?: (bytes: number, before?: number) => string | undefined;
}

/** How a stream ended. */
export interface Served {
  /** What the peer asked for; undefined when it asked for nothing that can be read. */
  readonly role?: RoleLine["role"];
  /** The path as the peer wrote it; not escaped. */
  readonly path?: string;
  /** Payload bytes that moved. */
  readonly bytes: number;
  /**
   * Payload bytes of the record that was taken, of a push; of one that was taken up again the rest, and less by what had
   * waited of another version of the file.
   */
  readonly promised?: number;
  /** So many of them count for nothing: files of many that did not arrive. */
  readonly spared?: number;
  /** It was lent to another copy, which tells how it ended. */
  readonly isStripe?: boolean;
  /** How many files went through, when there could be many. */
  readonly files?: number;
  /**
   * Of a push that failed: so many of them are in their place all the same, or wait to be taken up again. Below 0 when
   * some of those went that had waited.
   */
  readonly kept?: number;
  /** Why it failed; undefined when the file went through. */
  readonly error?: Error;
}

/** An answer in place of the next ack. */
class Fatal extends Error {}

const LF = 0x0a;

/**
 * Serves one stream to its end. Never throws: what went wrong is in the result.
 * @param stream  Of a peer that is on the list; ended here.
 */
export async function serveStream(
  stream: Stream,
  grant: Grant,
  options: WireOptions & Pick<Flow, "allow"> & {
    /** Who it is, and what makes a SHA-256: with both, and a tree that can, the extension is spoken. */
    readonly peer?: string;
    readonly digest?: () => Digest;
    /** Packs blocks for peers of ours that can take them. */
    readonly packing?: Packing;
    /** Copies of this host that go over several streams. */
    readonly stripes?: StripeCopies;
    /** The stream joins one of them. */
    readonly onStripe?: () => void;
  },
): Promise<Served> {
  const wire = new Wire(stream, options);
  const seen: { -readonly [K in keyof Served]: Served[K] } = { bytes: 0 };
  const flow: Flow = { allow: options.allow, onBytes: (count) => void (seen.bytes += count) };
  let extended = false;
  try {
    const { role, path, marked } = await readRole(wire, seen);
    const { peer, digest } = options;
    if (marked && peer !== undefined && digest && grant.tree.resume && grant.tree.openSeekable) {
      await prepare(grant, role, path);
      await wire.write(hello(wire));
      extended = true;
      const onSeen = (more: Partial<Served>): void => {
        Object.assign(seen, more);
        if (more.isStripe) options.onStripe?.();
      };
      const host = {
        peer,
        mayRead: grant.read,
        digest,
        packing: options.packing,
        stripes: options.stripes,
        tree: grant.tree,
        refuseSize: grant.refuseSize,
        onSeen,
      };
      await (role === "SINK" ? sinkExtended : sourceExtended)(wire, host, path, flow);
    } else if (role === "SINK") await sink(wire, grant, path, flow, seen);
    else await source(wire, grant, path, flow);
    stream.close();
  } catch (error) {
    seen.error = error as Error;
    const text = fatalText(error);
    if (text !== undefined && extended) {
      await writeControl(wire, { ok: false, err: text }).then(() => stream.closeWrite()).catch(() => {});
    } else if (text !== undefined) await wire.fatal(text);
    if (text === undefined && stream.reset) stream.reset();
    else stream.close();
  }
  return seen;
}

async function readRole(
  wire: Wire,
  seen: { role?: RoleLine["role"]; path?: string },
): Promise<{ role: RoleLine["role"]; path: string; marked: boolean }> {
  const line = await wire.line(MAX_LINE_BYTES);
  const said = told(() => {
    if (line.at(-1) !== LF) throw malformedRole();
    return parseRole(line);
  }, "");
  seen.role = said.role;
  seen.path = fromUtf8(said.path);
  told(() => checkName(said.path), "bad path: ");
  if (!isUtf8(said.path)) throw new Fatal("bad path: dmsgscp: name contains invalid characters");
  return { role: said.role, path: seen.path, marked: said.extended };
}

/** What is refused before the client is told to go on. */
async function prepare(grant: Grant, role: RoleLine["role"], path: string): Promise<void> {
  if (!(role === "SINK" ? grant.write : grant.read)) throw new Fatal("open: permission denied");
  if (role === "SINK") await grant.tree.prepare(path);
}

async function sink(
  wire: Wire,
  grant: Grant,
  path: string,
  flow: Flow,
  seen: { promised?: number; kept?: number },
): Promise<void> {
  await prepare(grant, "SINK", path);
  await wire.ack();
  const { mode, bytes } = await readHeader(wire, grant);
  seen.promised = bytes;
  await grant.tree.reserve(path, bytes);
  await wire.ack();
  const target = await grant.tree.create(path);
  try {
    await receiveBody(wire, target, bytes, flow);
    await target.commit(mode);
  } catch (error) {
    await target.discard();
    throw error;
  }
  await wire.ack().catch((error) => {
    seen.kept = bytes; // it is there, though nobody can be told any more
    throw error;
  });
}

async function readHeader(wire: Wire, grant: Grant): Promise<FileRecord & { readonly bytes: number }> {
  const line = await wire.line(MAX_READ_BYTES);
  if (line.at(-1) !== LF && line.length < MAX_READ_BYTES) throw new Fatal("bad header: EOF");
  const record = told(() => {
    if (line.at(-1) !== LF) throw tooLong();
    return parseRecord(line);
  }, "bad header: ");
  if (record.type !== "C") throw new Fatal("dmsgscp: directory transfer not implemented in v1");
  if (record.size > MAX_SIZE) throw new Fatal(`bad header: ${badSize(record.size).message}`);
  const bytes = Number(record.size);
  const refusal = grant.refuseSize?.(bytes);
  if (refusal !== undefined) throw new Fatal(`bad header: ${refusal}`);
  return { ...record, bytes };
}

async function source(wire: Wire, grant: Grant, path: string, flow: Flow): Promise<void> {
  await prepare(grant, "SOURCE", path);
  const file = await grant.tree.open(path);
  try {
    await wire.write(encodeRecord(file.mode, file.size, baseName(path)));
    await wire.awaitAck(CONTROL_MS, "before the header was taken");
    await sendBody(wire, file, file.size, flow, false);
  } finally {
    file.close();
  }
}

/** Runs a parser; what it refuses is told with a prefix. */
function told<T>(parse: () => T, prefix: string): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new Fatal(`${prefix}${error.message}`, { cause: error });
  }
}

/** What the peer is told; undefined where a Go host says nothing either. */
function fatalText(error: unknown): string | undefined {
  if (error instanceof Fatal || error instanceof Refusal) return error.message;
  return toldText(error);
}
