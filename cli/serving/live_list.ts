/**
 * A whitelist as it is in its file right now.
 *
 * @see lib/scp/README.md "Whitelist"
 * @module
 */
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { type Access, type AccessList, MAX_LIST_BYTES, parseWhitelist } from "../../lib/scp/whitelist.ts";
import { sleep } from "../../lib/sys/clock.ts";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import type { Context } from "../context.ts";
import { failureOf } from "../exit.ts";

/**
 * Who writes a file anew in its place has it empty, or half of it, for a moment. What takes something from a key counts
 * when it is still so after this time.
 */
const AGAIN_MS = 250;

/** One look. */
interface Look {
  readonly list: AccessList;
  /** Why it lists nobody. */
  readonly problem?: string;
}

/** Reads the file at each question; what is wrong with it is said once. */
export class LiveList {
  /** Its file; it need not exist. */
  readonly path: string;
  readonly #files: Context["files"];
  readonly #clock: Context["clock"];
  readonly #onProblem: (reason: string) => void;
  readonly #others: string;
  #last: Look = { list: new Map() };

  /**
   * Nothing is read yet.
   * @param onProblem  Hears why a list can't be used, when that is new.
   * @param others  Who is let in without it, with the verb.
   */
  constructor(
    { files, clock }: Pick<Context, "files" | "clock">,
    path: string,
    onProblem: (reason: string) => void,
    others = "our own key is",
  ) {
    this.path = path;
    this.#files = files;
    this.#clock = clock;
    this.#onProblem = onProblem;
    this.#others = others;
  }

  /** Reads it, twice within a moment where it has less than before; a list that can't be used lists nobody. */
  async read(): Promise<AccessList> {
    let look = await this.#look();
    if (hasLess(look.list, this.#last.list)) {
      await sleep(this.#clock, AGAIN_MS);
      look = await this.#look();
    }
    if (look.problem !== undefined && look.problem !== this.#last.problem) this.#onProblem(look.problem);
    this.#last = look;
    return look.list;
  }

  /** What a peer may do; undefined when it is not listed. */
  async accessOf(peer: PublicKeyHex): Promise<Access | undefined> {
    return (await this.read()).get(peer);
  }

  async #look(): Promise<Look> {
    try {
      const bytes = await this.#files.read(this.path, MAX_LIST_BYTES);
      return { list: parseWhitelist(bytes === undefined ? "" : fromUtf8(bytes)) };
    } catch (error) {
      const why = error instanceof Deno.errors.NotCapable
        ? failureOf(error).message
        : (error as Error).message;
      const problem = `${
        why.includes(this.path) ? "" : `${this.path}: `
      }${why}; nobody but ${this.#others} let in`;
      return { list: new Map(), problem };
    }
  }
}

/**
 * Tells of a list that is named and is not there: it may still come; one that was misspelt would never.
 * @param others  Who is let in without it, with the verb.
 */
export async function tellMissing(
  { files }: Pick<Context, "files">,
  named: string | undefined,
  others: string,
  onProblem: (reason: string) => void,
): Promise<void> {
  if (named === undefined) return;
  // Of one that can't even be looked at, who has read it has told.
  const isMissing = await files.info(named).then((info) => info === undefined, () => false);
  if (isMissing) onProblem(`${named}: there is no such file yet; nobody but ${others} let in`);
}

/** Whether a list takes something from somebody. */
const hasLess = (now: AccessList, before: AccessList): boolean =>
  before.entries().some(([pk, { read, write, directory }]) => {
    const left = now.get(pk);
    return !left || (read && !left.read) || (write && !left.write) || left.directory !== directory;
  });
