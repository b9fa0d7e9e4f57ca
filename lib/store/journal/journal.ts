/**
 * The first place of every change: two files that take turns. A burst of commits is one record and one sync; what is in
 * there goes into the rows later, in larger writes, and then its file is emptied.
 *
 * @see lib/store/README.md "The journal"
 * @module
 */
import type { LogFile } from "../../sys/files/log_file.ts";
import type { Random } from "../../sys/random.ts";
import { concat, toHex } from "../../wire/bytes.ts";
import { UserError } from "../../wire/errors.ts";
import { Lanes } from "../../wire/lanes.ts";
import type { JournalMark } from "../rows/records.ts";
import {
  type Burst,
  type JournalLog,
  type LogContents,
  type LogPlace,
  NO_ROWS,
  type SentMessage,
  type SentOutcome,
} from "./log.ts";

/** A file of this length gives its turn to the other one, as soon as that is empty. */
const TURN_BYTES = 1 << 20;

/** What a journal works with. */
export interface JournalParts {
  /** Its two files. */
  readonly files: readonly [LogFile, LogFile];
  /** Seals records. */
  readonly log: JournalLog;
  /** Names and nonces. */
  readonly random: Random;
  /** Whether a record survives a power cut, and not only the end of the process, before it counts. */
  readonly synced: boolean;
  /** Takes bytes of a file that are no records, before they are cut off. Default: they are dropped. */
  readonly setAside?: (file: 0 | 1, bytes: Uint8Array) => Promise<unknown>;
  /** Who only adds to it needs no more than where it ends: of each file the first record is found. */
  readonly onlyAdds?: boolean;
}

interface Turn {
  readonly file: LogFile;
  /** Where it stands; undefined when it is empty. */
  place: LogPlace | undefined;
}

/** An open journal. One process has it at a time. */
export class Journal {
  readonly #parts: JournalParts;
  readonly #turns: readonly [Turn, Turn];
  #now: 0 | 1 = 0;
  /** The place behind the last record of all. */
  #last: JournalMark | undefined;
  /** On top of which rows the next record stands, when the file whose turn it is does not say so. */
  #rows: JournalMark | undefined;
  /** Records of the file whose turn it is that no sync has reached yet. */
  #loose: Uint8Array[] = [];
  /** Of two syncs side by side the system may tell only one that it has failed. */
  readonly #syncs = new Lanes(1);
  /** Nothing is added until this file is empty. */
  #broken: { readonly turn: Turn; readonly error: UserError } | undefined;

  private constructor(parts: JournalParts) {
    this.#parts = parts;
    this.#turns = [{ file: parts.files[0], place: undefined }, { file: parts.files[1], place: undefined }];
  }

  /**
   * Looks at the files, and cuts off what a crash has left.
   * @returns The journal, and what is in it, oldest first.
   * @throws {UserError} local: what can't be read can't be set aside.
   */
  static async open(parts: JournalParts): Promise<{ journal: Journal; found: readonly LogContents[] }> {
    const journal = new Journal(parts);
    const found: LogContents[] = [];
    for (const [i, turn] of journal.#turns.entries()) {
      const { bytes } = turn.file;
      const contents = parts.onlyAdds ? parts.log.outline(bytes) : parts.log.contents(bytes);
      const isNone = typeof contents === "string";
      const end = isNone ? 0 : contents.place.end;
      const isDamaged = contents === "broken" || (!isNone && contents.isDamaged);
      if (isDamaged) await parts.setAside?.(i as 0 | 1, bytes.subarray(end));
      if (end < bytes.length) turn.file.cut(end);
      if (isNone) continue;
      turn.place = contents.place;
      found.push(contents);
    }
    // The one that begins where the other ends is the later one.
    if (found.length === 2 && beginsBehind(found[0], found[1])) found.reverse();
    const last = found.at(-1);
    if (last) journal.#now = nameOf(journal.#turns[0]) === last.name ? 0 : 1;
    journal.#last = last && { name: last.name, next: last.place.next };
    return { journal, found };
  }

  /**
   * Goes on behind a place, when the files are empty.
   * @param mark  How far the rows have a journal.
   * @param isOurs  Whether the last file was made for these rows, as `replayAll` says: else they are named before the next
   * record, or the next start could not know that its commits are to be planned on top of them.
   */
  goOnBehind(mark: JournalMark | undefined, isOurs: boolean): void {
    this.#last ??= mark;
    this.#rows = isOurs ? undefined : mark ?? NO_ROWS;
  }

  /** Whether something that was kept early is not there any more: it is safe in rows only. */
  get isBroken(): boolean {
    return this.#broken?.turn === this.#turns[this.#now];
  }

  /** Bytes in both files. */
  get bytes(): number {
    return this.#turns.reduce((sum, { place }) => sum + (place?.end ?? 0), 0);
  }

  /**
   * Keeps commits.
   * @param early  They need only survive the end of the process, until the next ones that are not early.
   * @returns The place behind them.
   * @throws {UserError} local: they are not kept. @throws {RangeError} They are too long.
   */
  async burst(burst: Burst, early: boolean): Promise<JournalMark> {
    if (!this.isBroken && (this.#turns[this.#now].place?.end ?? 0) > TURN_BYTES) {
      await this.settle(); // the other file begins behind these
      this.#turn();
    }
    return await this.#append((log, at, random) => log.burst(at, random, burst), early);
  }

  /** Resolves when everything that was kept survives a power cut. @throws {UserError} local: it may not. */
  async settle(): Promise<void> {
    if (this.#loose.length > 0) await this.#syncs.run(() => this.#settle());
  }

  /** Keeps a message that is sent without a store; `synced` later, with its outcome. @returns Its place. */
  message(message: SentMessage): JournalMark {
    const { mark, bytes } = this.#add((log, at, random) => log.message(at, random, message));
    if (this.#parts.synced) this.#loose.push(bytes);
    return mark;
  }

  /** Keeps what became of it. @param number  Of its record. @throws {UserError} local: it is not kept. */
  async outcome(number: number, outcome: SentOutcome): Promise<void> {
    await this.#append((log, at, random) => log.outcome(at, random, number, outcome));
  }

  /**
   * Empties files of which everything is in rows.
   * @param mark  Up to where that is so, also after a power cut.
   */
  async written(mark: JournalMark): Promise<void> {
    const other = this.#turns[1 - this.#now];
    const isOther = nameOf(other) === mark.name && other.place?.next === mark.next;
    if (other.place && (isOther || mark.name === nameOf(this.#turns[this.#now]))) await this.#empty(other);
    const now = this.#turns[this.#now];
    const isAll = mark.name === this.#last?.name && mark.next === this.#last.next;
    if (!isAll || !now.place) return;
    // Who appends meanwhile has the other file.
    this.#turn();
    await this.#empty(now);
  }

  /** Frees it. */
  close(): void {
    for (const { file } of this.#turns) file.close();
  }

  async #append(
    record: (log: JournalLog, at: LogPlace, random: Random) => Uint8Array,
    early = false,
  ): Promise<JournalMark> {
    if (this.#parts.synced && !early) return await this.#syncs.run(() => this.#addSynced(record));
    const { mark, bytes } = this.#add(record);
    if (this.#parts.synced) this.#loose.push(bytes);
    return mark;
  }

  async #addSynced(
    record: (log: JournalLog, at: LogPlace, random: Random) => Uint8Array,
  ): Promise<JournalMark> {
    const { turn, before, mark, bytes } = this.#add(record);
    this.#loose.push(bytes);
    await this.#settle(() => {
      if (this.#last !== mark) return; // records that were kept meanwhile stand behind it, and so it stays
      this.#loose.pop();
      turn.place = before.place;
      this.#last = before.last;
      this.#rows = before.rows;
    });
    return mark;
  }

  /**
   * Syncs what no sync has reached before.
   * @param takeBack  What could not be synced, and nobody was told of.
   */
  async #settle(takeBack?: () => void): Promise<void> {
    const count = this.#loose.length;
    if (count === 0) return;
    const turn = this.#turns[this.#now];
    if (this.#broken?.turn === turn) throw this.#broken.error;
    try {
      await turn.file.sync();
    } catch (error) {
      const from = turn.place!.end - this.#loose.reduce((sum, { length }) => sum + length, 0);
      takeBack?.();
      this.#writeAnew(turn, from);
      throw error;
    }
    this.#loose.splice(0, count);
  }

  /**
   * Writes anew what could not be synced: the system may forget it, and not know of it at the next sync. Where that fails
   * too, records would follow on some that are not there, and nobody would find them again: none is added until all of it
   * is in rows.
   */
  #writeAnew(turn: Turn, from: number): void {
    const { file } = turn;
    try {
      file.cut(from);
      for (const bytes of this.#loose) file.append(bytes);
    } catch (cause) {
      const error = new UserError("Cannot write the journal of the messages: its end could not be mended", {
        kind: "local",
        hint: "Free some space. What was acknowledged is kept.",
        cause,
      });
      this.#broken = { turn, error };
    }
  }

  #add(record: (log: JournalLog, at: LogPlace, random: Random) => Uint8Array) {
    const { log, random } = this.#parts;
    const turn = this.#turns[this.#now];
    if (this.#broken?.turn === turn) throw this.#broken.error;
    const before = { place: turn.place, last: this.#last, rows: this.#rows };
    const fresh = turn.place ? undefined : log.begin(random);
    let at = turn.place ?? fresh!.place;
    const parts: Uint8Array[] = fresh ? [fresh.header] : [];
    const put = (bytes: Uint8Array): void => {
      parts.push(bytes);
      at = { name: at.name, next: at.next + 1, end: at.end + bytes.length };
    };
    const behind = fresh ? this.#last : this.#rows;
    if (behind) put(log.after(at, random, behind));
    put(record(log, at, random));
    const bytes = concat(...parts);
    turn.file.append(bytes);
    this.#rows = undefined; // only now: one that was too long, or for a full disk, has not said it
    turn.place = at;
    const mark = { name: toHex(at.name), next: at.next };
    this.#last = mark;
    return { turn, before, mark, bytes };
  }

  /** The other file's turn, if it is empty. */
  #turn(): void {
    const other = this.#now === 0 ? 1 : 0;
    if (!this.#turns[other].place) this.#now = other;
  }

  /** It is taken again only when it is empty after a power cut, too. */
  async #empty(turn: Turn): Promise<void> {
    turn.file.cut(0);
    if (this.#broken?.turn === turn) this.#loose = []; // in rows
    if (this.#parts.synced) await turn.file.sync();
    turn.place = undefined;
    if (this.#broken?.turn === turn) this.#broken = undefined;
  }
}

const nameOf = ({ place }: Turn): string | undefined => place && toHex(place.name);

/** Whether the first goes on where the second ends. */
function beginsBehind(first: LogContents, second: LogContents): boolean {
  const [content] = first.contents;
  return content !== undefined && "b" in content && content.b.name === second.name;
}
