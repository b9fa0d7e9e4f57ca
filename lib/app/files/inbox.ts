/**
 * Whether there is room for a file of a peer's, and what it is called here.
 *
 * @see lib/app/README.md "Files"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { TargetFile } from "../../sys/copies/part_file.ts";
import type { FileDisk } from "../../sys/copies/received_files.ts";
import { isOddOnWindows } from "../../sys/tree/root.ts";
import { UserError } from "../../wire/errors.ts";
import { Turns } from "../../wire/turns.ts";
import type { Offer } from "../../xfer/frames.ts";
import { numberedName, savedName } from "../../xfer/names.ts";
import type { FileRule } from "../policies.ts";
import type { FileMessage, FileRecord } from "./records.ts";
import { folded } from "../../wire/folded.ts";

/** Files that come at once, of all peers together. */
const MAX_STREAMS = 16;
/** Of one peer, so that who lets its streams stand leaves room for others. */
const MAX_STREAMS_OF_PEER = 8;
/** So many files of one name are told apart. */
const MAX_NUMBER = 999;
/** Left free for everything else. */
const SPARE_BYTES: number = 16 * 2 ** 20;

/** Why there is no room: what its sender is told. */
const BUSY = "busy";
const NO_SPACE = "not enough space";

/** What an {@link Inbox} goes by. */
export interface InboxParts {
  /** Each peer's files are in `DIRECTORY/KEY`. */
  readonly directory: string;
  /** The disk. */
  readonly disk: FileDisk;
  /** Names as Windows has them. */
  readonly windows: boolean;
  /** Wall time, milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** Room for a file; or why there is none. */
export type Room =
  | { readonly path: string; readonly open: () => Promise<TargetFile>; readonly free: () => void }
  | { readonly reason: string };

/** Finds room. */
export class Inbox {
  readonly #parts: InboxParts;
  /** What is being received: its name in the directory, and what is promised. */
  readonly #open = new Set<{ readonly peer: PublicKeyHex; readonly name: string; readonly bytes: number }>();
  readonly #turns = new Turns();

  /** Nothing is looked at yet. */
  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  /** Looks for room; one file after the other. @param bytes  That will be kept. */
  room(peer: PublicKeyHex, offer: Pick<Offer, "id" | "name">, bytes: number, rule: FileRule): Promise<Room> {
    return this.#turns.run(() => this.#room(peer, offer, bytes, rule));
  }

  /** Looks whether a file would be kept now. @throws {UserError} refused: it would not; busy: not as long as others come. */
  async check(file: Pick<FileMessage, "peer" | "id" | "name" | "size">, rule: FileRule): Promise<void> {
    const room = await this.room(file.peer, file, file.size, rule);
    if ("reason" in room) throw notKept(room.reason);
    room.free();
  }

  async #room(
    peer: PublicKeyHex,
    offer: Pick<Offer, "id" | "name">,
    bytes: number,
    { maxBytes, quotaBytes }: FileRule,
  ): Promise<Room> {
    const { disk, nowMs } = this.#parts;
    const own = [...this.#open].filter((one) => one.peer === peer);
    if (this.#open.size >= MAX_STREAMS || own.length >= MAX_STREAMS_OF_PEER) return { reason: BUSY };
    if (bytes > maxBytes) return { reason: `files of at most ${maxBytes} bytes are taken` };
    const directory = `${this.#parts.directory}/${peer}`;
    const { names: found, bytes: there, free } = await disk.look(directory, nowMs());
    const names = new Set([...found].map(folded));
    let promised = 0;
    for (const one of own) {
      promised += one.bytes;
      names.add(folded(one.name));
    }
    if (there + promised + bytes > quotaBytes) return { reason: "the quota is used up" };
    if (free !== undefined && bytes > free - SPARE_BYTES) return { reason: NO_SPACE };
    const name = this.#freeName(offer, names);
    if (name === undefined) return { reason: "declined" };
    const taken = { peer, name, bytes };
    this.#open.add(taken);
    return {
      path: `${directory}/${name}`,
      open: () => disk.create(directory, name),
      free: () => void this.#open.delete(taken),
    };
  }

  #freeName(offer: Pick<Offer, "id" | "name">, taken: ReadonlySet<string>): string | undefined {
    let name = savedName(offer.name, offer.id);
    if (name !== undefined && this.#parts.windows && isOddOnWindows(name)) name = `file-${offer.id}`;
    for (let number = 0; name !== undefined && number <= MAX_NUMBER; number++) {
      const tried = number === 0 ? name : numberedName(name, number);
      if (!taken.has(folded(tried))) return tried;
    }
    return undefined;
  }
}

/** What the user has said yes to, and what the user has set does not allow, or the disk, or what comes just now. */
function notKept(reason: string): UserError {
  if (reason === BUSY) {
    return new UserError("As many files are coming as come at once", {
      kind: "busy",
      hint: "Accept it once one of them is here.",
    });
  }
  return new UserError(`The file can't be kept here: ${reason}`, {
    kind: "refused",
    hint: reason === NO_SPACE
      ? "Make room on the disk."
      : "`files` in config.json says how much is taken (maxMiB, quotaMiB), or of a daemon its flags.",
  });
}

/** How a file stands that was taken just now. @throws {UserError} As {@link Inbox.check}. */
export function unlessNotKept(record: FileRecord | undefined): FileRecord | undefined {
  if (record?.state === "offered" && record.reason !== undefined) throw notKept(record.reason);
  return record;
}
