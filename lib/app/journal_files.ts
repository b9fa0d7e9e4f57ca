/**
 * The files of the journal, beside the store. A send without a store writes there what it has sent; whoever opens the
 * store next takes it in.
 *
 * @see lib/app/README.md "Beside the store"; lib/store/README.md "The journal"
 * @module
 */
import { MAX_JOURNAL_BYTES } from "../store/journal/log.ts";
import type { JournalOptions } from "../store/open.ts";
import type { Files } from "../sys/files/files.ts";
import type { LogFile, OpenLogFile } from "../sys/files/log_file.ts";
import { join } from "../sys/paths.ts";
import type { Durability } from "./policies.ts";

/** Where they lie in an identity's directory. They take turns. */
export const JOURNAL_FILES = ["store/sent.log", "store/sent-2.log"] as const;

/** What opens them. */
export interface JournalFilesParts {
  /** Opens one. */
  readonly openLogFile: OpenLogFile;
  /** Keeps aside what is damaged, and tells it. */
  readonly files: Pick<Files, "setAside">;
  /** The identity's directory. */
  readonly directory: string;
  /** What must survive. */
  readonly durability: Durability;
}

/**
 * Opens both files, and makes them. The identity's lock makes this process the only one that has them.
 * @throws {UserError} local: one can't be opened, or is too long.
 */
export async function openJournalFiles(parts: JournalFilesParts): Promise<JournalOptions> {
  const { openLogFile, files, directory, durability } = parts;
  const paths = JOURNAL_FILES.map((name) => join(directory, name));
  const opened: LogFile[] = [];
  try {
    for (const path of paths) opened.push(await openLogFile(path, MAX_JOURNAL_BYTES));
  } catch (error) {
    for (const file of opened) file.close();
    throw error;
  }
  return {
    files: [opened[0], opened[1]],
    synced: durability === "power",
    setAside: (file, bytes) => files.setAside(paths[file], bytes),
  };
}
