/**
 * The dialling side: pushes or pulls one file over one stream.
 *
 * @see specification dmsgscp §3.5, §3.6, §8
 * @module
 */
import type { Digest } from "../crypto/digest.ts";
import type { Packing } from "../sys/copies/packing.ts";
import type { ResumableFile, TargetFile } from "../sys/copies/part_file.ts";
import type { SeekableSource, SourceFile } from "../sys/copies/source_file.ts";
import type { Stream } from "../wire/reading.ts";
import { type Flow, receiveBody, sendBody } from "./body.ts";
import { badWire, CopyError, cutOff } from "./errors.ts";
import { type ExtendedOptions, type PulledFile, pullExtended, pushExtended } from "./extended/client.ts";
import type { More } from "./extended/stripe_streams.ts";
import { checkPath, greet, run } from "./greet.ts";
import { baseName } from "./path.ts";
import {
  badSize,
  encodeRecord,
  type FileRecord,
  MAX_READ_BYTES,
  MAX_SIZE,
  parseRecord,
  tooLong,
} from "./record.ts";
import { encodeRole, type Role } from "./role.ts";
import { CONTROL_MS, HELLO, Mark, type Wire, type WireOptions } from "./wire.ts";

/** The port of every host. */
export const SCP_PORT = 23;

/** One file of a client. */
export interface ClientOptions extends WireOptions, Flow {
  /** The path below the peer's root. */
  readonly path: string;
  /** Offer the extension; an old host does not see it. */
  readonly extended?: boolean;
  /** Makes a SHA-256: the extension needs it. */
  readonly digest?: () => Digest;
  /** Packs blocks, where the host has the extension and it pays. */
  readonly packing?: Packing;
  /** Keep the time of the file, where the host has the extension. */
  readonly keepTime?: boolean;
  /** The host has the extension. */
  readonly onExtended?: () => void;
  /** The copy was taken up again at this offset. */
  readonly onResumed?: (offset: number) => void;
  /** Further streams for a long file, and what opens number 1, 2 …; none with a limit on the rate. */
  readonly more?: Omit<More, "open"> & { readonly dial: (number: number) => Promise<Stream> };
  /** As {@link ExtendedOptions.reuse}. */
  readonly reuse?: boolean;
  /** As {@link ExtendedOptions.old}. */
  readonly old?: ExtendedOptions["old"];
  /** For a pull: takes up the local file, or begins it. */
  readonly resume?: (file: PulledFile) => Promise<ResumableFile>;
}

const C = 0x43;
const LF = 0x0a;

/**
 * Pushes a file.
 * @param stream  A fresh stream to the host; ended here, reset when bytes are missing.
 * @param file  Read from where it stands; not closed.
 * @throws {CopyError} remote: the host's fatal line; broken.
 * @throws {NetworkError} refused by its whitelist; the stream broke or stood still.
 * @throws {BusyError} It has no room. · {UserError} local: as {@link sendBody}.
 * @throws {ProtocolError} by self `name`: the path can't be sent; by peer: bytes that no host sends.
 */
export function push(stream: Stream, file: SourceFile, options: ClientOptions): Promise<void> {
  return run(stream, options, async (wire) => {
    const { path, extended = false } = options;
    checkPath(path);
    await wire.write(encodeRole("SINK", path, extended));
    const warning = await wire.awaitAck(CONTROL_MS, "before the host was ready");
    if (extended && warning?.startsWith(HELLO)) {
      options.onExtended?.();
      return await pushExtended(wire, seekable(file), {
        ...options,
        digest: needed(options.digest),
        more: moreOf("SINK", options),
      });
    }
    await wire.write(encodeRecord(file.mode, file.size, baseName(path)));
    await wire.awaitAck(CONTROL_MS, "before the host took the header");
    await sendBody(wire, file, file.size, options);
  });
}

/**
 * Pulls a file. What the host calls it is checked and not used.
 * @param open  Makes the file when its size is known; it is committed or discarded here.
 * @returns The record.
 * @throws As {@link push}, and what `open` and the file throw.
 */
export function pull(
  stream: Stream,
  open: (record: FileRecord & { readonly bytes: number }) => Promise<TargetFile>,
  options: ClientOptions,
): Promise<FileRecord> {
  return run(stream, options, async (wire) => {
    const { path, extended = false } = options;
    checkPath(path);
    await wire.write(encodeRole("SOURCE", path, extended));
    const record = await readRecord(wire, extended);
    if (record === undefined) {
      options.onExtended?.();
      const file = await pullExtended(wire, needed(options.resume), {
        ...options,
        digest: needed(options.digest),
        more: moreOf("SOURCE", options),
      });
      return { type: "C", mode: file.mode, size: BigInt(file.size), name: baseName(path) };
    }
    const size = Number(record.size);
    const target = await open({ ...record, bytes: size });
    try {
      await wire.ack();
      await receiveBody(wire, target, size, options);
      await target.commit(record.mode);
    } catch (error) {
      await target.discard();
      throw error;
    }
    await wire.ack().catch(() => {}); // the file is whole: what the host hears of it changes nothing here
    return record;
  });
}

/**
 * Asks a host whether it has a file, without taking it.
 * @returns Whether something is there. @throws As {@link pull}: also when the host does not let us look.
 */
export async function isAtHost(stream: Stream, options: ClientOptions): Promise<boolean> {
  try {
    return await run(stream, options, async (wire) => {
      checkPath(options.path);
      await wire.write(encodeRole("SOURCE", options.path, false));
      return await readRecord(wire, false) !== undefined;
    });
  } catch (error) {
    // Anything else that it says, "permission denied" for one, tells nothing of what is there.
    if (error instanceof CopyError && error.fault === "remote" && NOTHING.test(error.message)) return false;
    throw error;
  }
}

/** How hosts say that no file is there: ours, a visor's on Unix and on Windows. Nothing replaces a directory. */
const NOTHING = new RegExp(
  "^remote: (directory transfers not supported|stat: (.*: )?(no such file|no such file or directory|not a directory|" +
    "The system cannot find the (file|path) specified\\.))$",
);

/**
 * The host's first answer to a pull is the record; a Go client takes its errors for one, we don't.
 * @returns undefined when the host has the extension.
 */
async function readRecord(wire: Wire, extended: boolean): Promise<FileRecord | undefined> {
  let first = await wire.reader.byte(CONTROL_MS);
  while (first === Mark.warning) {
    const text = await wire.answer(first, "before its answer");
    if (extended && text.startsWith(HELLO)) return undefined;
    first = await wire.reader.byte(CONTROL_MS);
  }
  if (first === undefined) throw cutOff("before the host answered");
  if (first !== C && first !== "D".charCodeAt(0) && first !== "E".charCodeAt(0)) {
    await wire.answer(first, "");
  }
  const line = await wire.line(MAX_READ_BYTES, Uint8Array.of(first));
  if (line.at(-1) !== LF) throw line.length < MAX_READ_BYTES ? cutOff("inside the header") : tooLong();
  const record = parseRecord(line);
  if (record.type !== "C") throw badWire("record", "dmsgscp: directory transfer not implemented in v1");
  if (record.size > MAX_SIZE) throw badSize(record.size);
  return record;
}

/** Further streams begin like the first one. */
function moreOf(role: Role, { more, allow, ...options }: ClientOptions): More | undefined {
  if (!more || more.count < 1 || allow) return undefined; // a slow rate would hold pieces back until they are full
  return {
    ...more,
    open: async (number, work) =>
      await run(await more.dial(number), options, async (wire) => {
        await greet(wire, role, options.path);
        await work(wire);
      }),
  };
}

/** Who offers the extension brings what it needs. */
function needed<T>(part: T | undefined): T {
  if (part === undefined) throw new TypeError("the extension was offered without what it needs");
  return part;
}

function seekable(file: SourceFile): SeekableSource {
  if (!("skipTo" in file)) {
    throw new TypeError("the extension was offered for a file that can't be passed over");
  }
  return file as SeekableSource;
}
