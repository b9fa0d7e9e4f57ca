/**
 * A whitelist as it is in its file right now.
 *
 * @see lib/scp/README.md "Whitelist"
 * @module
 */
import type { PublicKeyHex } from "../lib/crypto/keys.ts";
import { type Access, type AccessList, MAX_LIST_BYTES, parseWhitelist } from "../lib/scp/whitelist.ts";
import { fromUtf8 } from "../lib/wire/bytes.ts";
import type { Context } from "./context.ts";

/** Reads the file at each question; what is wrong with it is said once. */
export class LiveList {
  /** Its file; it need not exist. */
  readonly path: string;
  readonly #files: Context["files"];
  readonly #onProblem: (reason: string) => void;
  readonly #others: string;
  #problem: string | undefined;

  /**
   * Nothing is read yet.
   * @param onProblem  Hears why a list can't be used, when that is new.
   * @param others  Who is let in without it, with the verb.
   */
  constructor(
    { files }: Pick<Context, "files">,
    path: string,
    onProblem: (reason: string) => void,
    others = "our own key is",
  ) {
    this.path = path;
    this.#files = files;
    this.#onProblem = onProblem;
    this.#others = others;
  }

  /** Reads it; a list that can't be used lists nobody. */
  async read(): Promise<AccessList> {
    try {
      const bytes = await this.#files.read(this.path, MAX_LIST_BYTES);
      const list = parseWhitelist(bytes === undefined ? "" : fromUtf8(bytes));
      this.#problem = undefined;
      return list;
    } catch (error) {
      const reason = `${this.path}: ${(error as Error).message}; nobody but ${this.#others} let in`;
      if (reason !== this.#problem) this.#onProblem(reason);
      this.#problem = reason;
      return new Map();
    }
  }

  /** What a peer may do; undefined when it is not listed. */
  async accessOf(peer: PublicKeyHex): Promise<Access | undefined> {
    return (await this.read()).get(peer);
  }
}
