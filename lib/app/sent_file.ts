/**
 * What a send without a store keeps: the message before it is written, and what became of it.
 *
 * @see lib/app/README.md "Beside the store"
 * @module
 */
import { Journal } from "../store/journal/journal.ts";
import { JournalLog, type SentMessage, type SentOutcome } from "../store/journal/log.ts";
import type { JournalOptions } from "../store/open.ts";
import type { JournalMark } from "../store/rows/records.ts";
import type { Random } from "../sys/random.ts";

/** What has grown longer is taken in at the end of a send: else each would read more than the last. */
const LONG_BYTES = 128 << 10;

/** What it works with. */
export interface SentFileParts {
  /** The journal's files. */
  readonly journal: JournalOptions;
  /** The identity's secret, 32 bytes. */
  readonly secret: Uint8Array;
  /** Names and nonces. */
  readonly random: Random;
}

/** An open journal. The identity's lock makes it the only one. */
export interface SentFile {
  /** Keeps a message before it is written; it survives the end of the process. @throws {UserError} local: it can't be kept. */
  keep(message: SentMessage): JournalMark;
  /** Keeps what became of it, and both through a power cut. @throws {UserError} local: that can't be kept. */
  settle(of: JournalMark, outcome: SentOutcome): Promise<void>;
  /** Whether it has grown so long that it should be taken in. */
  readonly isLong: boolean;
  /** Frees it. */
  close(): void;
}

/**
 * Opens it. What a crash has left of a record is cut off, what is damaged is set aside.
 * @throws {UserError} local: that can't be done.
 */
export async function openSentFile({ journal: options, secret, random }: SentFileParts): Promise<SentFile> {
  try {
    const { journal } = await Journal.open({
      ...options,
      log: new JournalLog(secret),
      random,
      onlyAdds: true,
    });
    return {
      keep: (message) => journal.message(message),
      settle: (of, outcome) => journal.outcome(of.next - 1, outcome),
      get isLong() {
        return journal.bytes > LONG_BYTES;
      },
      close: () => journal.close(),
    };
  } catch (error) {
    for (const file of options.files) file.close();
    throw error;
  }
}
