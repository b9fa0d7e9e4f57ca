/**
 * Where `sync` remembers what it has dealt with: of everybody, or of each conversation that is named.
 *
 * @see cli/README.md "sync"
 * @module
 */
import type { Mark } from "../../lib/bot/inbox.ts";
import type { ConversationId } from "../../lib/app/messages/messages.ts";
import { join } from "../../lib/sys/paths.ts";
import type { Context } from "../context.ts";
import { lookAtMark } from "../exec/mark_file.ts";

/** One file. */
export interface SyncMark {
  /** Of which conversation; left out: of all. */
  readonly only?: ConversationId;
  /** The file. */
  readonly path: string;
  /** What counts as done without it; left out: all that has come until now. */
  readonly start?: Mark;
}

/** Which files. */
export interface SyncMarks {
  /** Where they lie. */
  readonly directory: string;
  /** What the one of all is called, such as `sync`: `sync.cursor`. */
  readonly name: "sync" | "exec";
  /** In place of it, of the user's choice. For one conversation at most. */
  readonly file?: string;
  /** For which conversations; left out: one of all. */
  readonly only?: readonly ConversationId[];
  /** Takes a file. @throws {UserError} busy: another process has it. */
  readonly hold: (mark: Omit<SyncMark, "start">) => Promise<Disposable>;
}

/**
 * The files, taken until they are disposed of. One of a conversation begins where that of all is: who names his
 * conversations from one day on misses nothing that came before.
 * @throws {UserError} busy, as `hold` · local: one can't be read, or its lock not be made.
 */
export async function holdMarks(
  { files }: Pick<Context, "files">,
  { directory, name, file, only, hold }: SyncMarks,
): Promise<{ readonly marks: readonly SyncMark[] } & Disposable> {
  using taken = new DisposableStack();
  const all = join(directory, `${name}.cursor`);
  const marks: SyncMark[] = only?.map((one) => ({
    only: one,
    path: file ?? join(directory, `${name}.${one}.cursor`),
  })) ?? [{ path: file ?? all }];
  for (const mark of marks) taken.use(await hold(mark));
  const start = only && file === undefined ? await lookAtMark({ files }, all) : undefined;
  const held = taken.move();
  return { marks: marks.map((mark) => ({ ...mark, start })), [Symbol.dispose]: () => held.dispose() };
}
