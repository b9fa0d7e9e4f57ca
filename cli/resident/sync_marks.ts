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
import { holdMark } from "../exec/mark_lock.ts";
import type { PeerNames } from "../names/peers.ts";

/** One file. */
export interface SyncMark {
  /** Of which conversation; left out: of all. */
  readonly only?: ConversationId;
  /** The file. */
  readonly path: string;
  /** What counts as done without it; left out: all that has come until now. */
  readonly start?: Mark;
}

/**
 * The files, taken until they are disposed of. One of a conversation begins where that of all is: who names his
 * conversations from one day on misses nothing that came before.
 * @param name  Of the file of all, such as `sync`.
 * @throws {UserError} busy: another process has one of them · local: one can't be read, or its lock not be made.
 */
export async function holdMarks(
  { files }: Pick<Context, "files">,
  names: PeerNames,
  { directory, name, only }: {
    readonly directory: string;
    readonly name: "sync";
    readonly only?: readonly ConversationId[];
  },
): Promise<{ readonly marks: readonly SyncMark[] } & Disposable> {
  using taken = new DisposableStack();
  const all = join(directory, `${name}.cursor`);
  const marks: SyncMark[] =
    only?.map((one) => ({ only: one, path: join(directory, `${name}.${one}.cursor`) })) ??
      [{ path: all }];
  for (const { only: one, path } of marks) {
    const of = one === undefined ? "of this identity" : `for ${names.shown(one)}`;
    taken.use(
      await holdMark({
        path,
        command: "sync",
        what: `A \`dmsg sync\` ${of}`,
        hint: "Let it end; two would show the same.",
      }),
    );
  }
  const start = only && await lookAtMark({ files }, all);
  const held = taken.move();
  return { marks: marks.map((mark) => ({ ...mark, start })), [Symbol.dispose]: () => held.dispose() };
}
