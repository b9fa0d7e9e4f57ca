/**
 * One program at a time for each file that remembers which messages are done: two would do all of them twice, and each
 * take what the other has started for something that an earlier run of its own has left behind.
 *
 * @module
 */
import { readHolder, tryLock } from "../../lib/identity/lock.ts";
import { UserError } from "../../lib/wire/errors.ts";

/** Whose file it is. */
export interface MarkHolder {
  /** The file; the lock lies beside it. */
  readonly path: string;
  /** The command, such as `bot run`. */
  readonly command: string;
  /** What runs, for who comes second, such as `The bot "guard"`; or what says it of the command of the first. */
  readonly what: string | ((command: string | undefined) => string);
  /** How to run a second one. */
  readonly hint: string;
  /** What to do when the lock can't be had, of a file that was named; left out: it lies in the data directory. */
  readonly unusable?: string;
}

/**
 * Takes the file for as long as the process lives, or until it is disposed of.
 * @throws {UserError} busy: another process has it · local: the lock can't be opened or written.
 */
export async function holdMark({ path, command, what, hint, unusable }: MarkHolder): Promise<Disposable> {
  const lockPath = `${path}.lock`;
  const lock = await tryLock(lockPath, { pid: Deno.pid, command, resident: true }, unusable);
  if (lock !== undefined) return { [Symbol.dispose]: () => lock.release() };
  const other = await readHolder(lockPath);
  const as = other === undefined ? "" : `, as process ${other.pid}`;
  const first = typeof what === "string" ? what : what(other?.command);
  throw new UserError(`${first} runs already${as}`, { kind: "busy", hint });
}
