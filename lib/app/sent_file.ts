/**
 * The file beside the store that keeps what a send without a store has sent. Whoever opens the store next takes it in.
 *
 * @see lib/app/README.md "Beside the store"
 * @module
 */
import {
  MAX_SENT_BYTES,
  SentLog,
  type SentMessage,
  type SentOutcome,
  type SentPlace,
} from "../store/sent_log.ts";
import type { LogFile, OpenLogFile } from "../sys/log_file.ts";
import type { Random } from "../sys/random.ts";
import { concat } from "../wire/bytes.ts";
import { UserError } from "../wire/errors.ts";

/** Where it lies in an identity's directory. */
export const SENT_FILE = "store/sent.log";
/** What has grown longer is taken in at the end of a send: else each would read more than the last. */
const LONG_BYTES = 128 << 10;

/** Where a log is, and whose. */
export interface SentFileParts {
  /** Opens it. */
  readonly openLogFile: OpenLogFile;
  /** Its path. */
  readonly path: string;
  /** The identity's secret, 32 bytes. */
  readonly secret: Uint8Array;
  /** Its name, and nonces. */
  readonly random: Random;
}

/** An open log. The identity's lock makes it the only one. */
export interface SentFile {
  /** Keeps a message before it is written. @returns Its number. @throws {UserError} local: it can't be kept. */
  keep(message: SentMessage): number;
  /** Keeps what became of it. @throws {UserError} local: that can't be kept. */
  settle(number: number, outcome: SentOutcome): void;
  /** Whether it has grown so long that it should be taken in. */
  readonly isLong: boolean;
  /** Frees it. */
  close(): void;
}

/** What is wrong with a log that does not open under our key. */
export const brokenSentFile = (path: string): UserError =>
  new UserError(`Cannot read what was sent in ${path}: the file is broken`, {
    kind: "local",
    hint: "Put back a copy of the file, or move it away to go on without what it holds.",
  });

/**
 * Opens the log, and makes it when there is none. What a crash has left of a record is cut off.
 * @throws {UserError} local: it can't be opened, or is broken.
 */
export async function openSentFile(parts: SentFileParts): Promise<SentFile> {
  const { path, random, secret } = parts;
  const file = await parts.openLogFile(path, MAX_SENT_BYTES);
  try {
    return appending(file, new SentLog(secret), path, random);
  } catch (error) {
    file.close();
    throw error;
  }
}

function appending(file: LogFile, log: SentLog, path: string, random: Random): SentFile {
  const found = log.find(file.bytes);
  if (found === "broken") throw brokenSentFile(path);
  const fresh = found === "empty" ? log.begin(random) : undefined;
  let place = fresh?.place ?? found as SentPlace;
  /** Goes with the first record, in one write. */
  let header = fresh?.header ?? new Uint8Array(0);
  const end = place.end - header.length;
  if (file.bytes.length > end) file.cut(end);
  const add = (record: Uint8Array): number => {
    file.append(concat(header, record));
    header = new Uint8Array(0);
    const { name, next, end } = place;
    place = { name, next: next + 1, end: end + record.length };
    return next;
  };
  return {
    keep: (message) => add(log.message(place, random, message)),
    settle: (number, outcome) => void add(log.outcome(place, random, number, outcome)),
    get isLong() {
      return place.end > LONG_BYTES;
    },
    close: () => file.close(),
  };
}
