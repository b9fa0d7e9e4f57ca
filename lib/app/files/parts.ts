/**
 * What the two directions of files share.
 *
 * @module
 */
import type { Digest } from "../../crypto/digest.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Store } from "../../store/store.ts";
import type { Clock } from "../../sys/clock.ts";
import type { TargetFile } from "../../sys/copies/part_file.ts";
import type { FileDisk } from "../../sys/copies/received_files.ts";
import type { Random } from "../../sys/random.ts";
import { UserError } from "../../wire/errors.ts";
import type { LazyGroups } from "../groups/lazy_groups.ts";
import type { Incoming } from "../messages/incoming.ts";
import type { Messenger } from "../messages/messenger.ts";
import type { AppNetwork } from "../node/app_network.ts";
import type { PeerBook } from "../peers/peer_book.ts";
import type { FilePolicy } from "../policies.ts";
import type { FilePlace, FileView } from "./files.ts";
import { type FileMessage, type FileRecord, type FileRecords, fileView } from "./records.ts";

/** Who asks for a file waits so long: it comes within this, or not. */
export const ASKED_MS = 60_000;

/** What has become of a file of a peer's; for log lines. */
export interface FileEvent {
  /** `file-in`: it is kept; else it was not. */
  readonly event: "file-in" | "file-refused" | "file-failed";
  /** Of whom. */
  readonly peer: PublicKeyHex;
  /** Where it is kept, below the directory, or its name; not escaped. */
  readonly path?: string;
  /** Bytes that were offered. */
  readonly bytes?: number;
  /** Why not, not escaped. */
  readonly reason?: string;
}

/** Whether files come and where they go. */
export interface FileSettings {
  /** Which are taken. */
  readonly policy: FilePolicy & { readonly directory: string };
  /** The disk. */
  readonly disk: FileDisk;
  /** Names as Windows has them. */
  readonly windows: boolean;
  /** Told what becomes of each. Must not throw. */
  readonly onEvent?: (event: FileEvent) => void;
}

/** What files are made of. */
export interface FileParts {
  /** As set. */
  readonly settings: FileSettings;
  /** Carries the streams. */
  readonly client: AppNetwork;
  /** Keeps the offers. */
  readonly store: Store;
  /** Who is blocked, and who accepted. */
  readonly book: PeerBook;
  /** Keeps offers of peers, within the limits of all that they say. */
  readonly incoming: Incoming;
  /** Asks for files. */
  readonly messenger: Messenger;
  /** Says what is offered in groups, and knows who is in. */
  readonly groups: LazyGroups;
  /** Time. */
  readonly clock: Clock;
  /** Ids and nonces. */
  readonly random: Random;
  /** Whether this program stays, and takes streams. */
  readonly resident: boolean;
  /** As `LocalNode.findable`. */
  readonly findable: () => Promise<void>;
  /** Told when something went wrong beside a call. */
  readonly onProblem: (error: Error) => void;
}

/** The same, when files are in use. */
export interface OpenFileParts extends FileParts {
  /** How each stands. */
  readonly records: FileRecords;
  /** What moves now. */
  readonly moving: Moving;
  /** Makes a SHA-256. */
  readonly digest: () => Digest;
  /** Ends with the app. */
  readonly stop: AbortSignal;
}

/** Files that move. */
export class Moving {
  readonly #live = new Map<string, { moved?: number; readonly stop: AbortController }>();

  /** A file begins to move. @returns Counts bytes, 0 once the peer is reached; is ended with `end`. */
  begin(place: FilePlace): { readonly signal: AbortSignal; onBytes(count: number): void; end(): void } {
    const one: { moved?: number; readonly stop: AbortController } = { stop: new AbortController() };
    const key = keyOf(place);
    this.#live.set(key, one);
    return {
      signal: one.stop.signal,
      onBytes: (count) => void (one.moved = (one.moved ?? 0) + count),
      end: () => void (this.#live.get(key) === one && this.#live.delete(key)),
    };
  }

  /** How one moves. */
  of(place: FilePlace): { readonly state: "moving"; readonly moved?: number } | undefined {
    const one = this.#live.get(keyOf(place));
    return one && { state: "moving", moved: one.moved };
  }

  /** Breaks one off, if it moves. */
  stop(place: FilePlace): void {
    this.#live.get(keyOf(place))?.stop.abort(new DOMException("refused", "AbortError"));
  }
}

/** The same file that is received; told when it lies in its place. */
export const tellingTarget = (target: TargetFile, onPlace: () => Promise<void>): TargetFile => ({
  write: (bytes) => target.write(bytes),
  commit: async (...given) => {
    await target.commit(...given);
    await onPlace();
  },
  discard: () => target.discard(),
});

/** Names a place in a map. */
export const keyOf = ({ conversation, position }: FilePlace): string => `${conversation} ${position}`;

/** A file as it stands now. */
export const viewOf = (
  { moving }: Pick<OpenFileParts, "moving">,
  file: FileMessage,
  record: FileRecord | undefined,
): FileView => fileView(file, record, moving.of(file));

/** What a call that names no file ends with. */
export const noSuchFile = (): UserError =>
  new UserError("This message offers no file of a peer's", {
    kind: "usage",
    hint: "`dmsg file ls` shows them.",
  });
