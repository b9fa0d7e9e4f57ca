/**
 * What was said under a key of its caller: asked for again, by somebody who has not learnt what became of it, it is told
 * from a second message. One room of the store for each conversation, and a bound on what it holds.
 *
 * @see lib/app/README.md "Said once"
 * @module
 */
import { MAX_SEND_KEY_BYTES } from "../chat/send_id.ts";
import { sha256 } from "../crypto/hash.ts";
import type { Change, Store } from "../store/store.ts";
import { fromUtf8, toHex, utf8 } from "../wire/bytes.ts";
import { UserError } from "../wire/errors.ts";
import { field, goI64, goString, type GoStruct, goStruct } from "../wire/go_struct.ts";

/** What was said under one key. */
interface SaidOnce {
  /** SHA-256 of what was asked for, hex: a key is for one thing. */
  readonly asked: string;
  /** What tells it: a message's tail, or a text that is sent again as it is. */
  readonly told: string;
  /** When, by {@link Store.passedNs}: the oldest go first. */
  readonly atNs: bigint;
}

const ROW: GoStruct<SaidOnce> = goStruct<SaidOnce>({
  asked: field("asked", goString),
  told: field("told", goString),
  atNs: field("at", goI64),
});

/** A caller asks again within seconds, and at most for what it has under way. */
const MAX_SAID = 1024;

/** The room of a conversation: it goes with it. */
export const saidRoom = (conversation: string): string => `said once ${conversation}`;

/** What is to be written with what is said, and what to call when that was kept. */
export interface Keeping {
  /** Rows for the same commit. */
  readonly changes: readonly Change[];
  /** They were kept. */
  readonly kept: () => void;
}

/** What was said in one conversation under keys, the last 1,024 of it. */
export class Said {
  readonly #store: Store;
  readonly #room: string;
  /** In order of age; read once. */
  #known: Promise<Map<string, SaidOnce>> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  /** Nothing is read yet. */
  constructor(store: Store, room: string) {
    this.#store = store;
    this.#room = room;
  }

  /** One after the other: of two that ask under one key the second one finds what the first one has said. */
  inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(run);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /**
   * What was said under a key.
   * @param key  1 … 1,024 bytes as UTF-8.
   * @param asked  All that is asked for under it, in one text.
   * @returns See {@link SaidOnce.told}; undefined: nothing yet.
   * @throws {UserError} usage: it is no key; refused: it was used for something else.
   */
  async find(key: string, asked: string): Promise<string | undefined> {
    const known = (await this.#read()).get(nameOf(key));
    if (known === undefined) return undefined;
    if (known.asked === hashOf(asked)) return known.told;
    throw new UserError("The id was used for something else here", {
      kind: "refused",
      hint: "Take another one: an id stands for one message.",
    });
  }

  /** What keeps that something is said under a key. @param told  See {@link SaidOnce.told}. */
  async keeping(key: string, asked: string, told: string): Promise<Keeping> {
    const known = await this.#read();
    const name = nameOf(key);
    const row = { asked: hashOf(asked), told, atNs: this.#store.passedNs() };
    const oldest = known.size < MAX_SAID ? [] : [...known.keys()].slice(0, known.size - MAX_SAID + 1);
    return {
      changes: [
        this.#change(name, utf8(ROW.encode(row))),
        ...oldest.map((old) => this.#change(old, undefined)),
      ],
      kept: () => {
        for (const old of oldest) known.delete(old);
        known.set(name, row);
      },
    };
  }

  #change(name: string, value: Uint8Array | undefined): Change {
    return { kind: "value", room: this.#room, name, value };
  }

  #read(): Promise<Map<string, SaidOnce>> {
    this.#known ??= this.#list();
    this.#known.catch(() => this.#known = undefined);
    return this.#known;
  }

  async #list(): Promise<Map<string, SaidOnce>> {
    const rows = (await this.#store.values.list(this.#room)).flatMap(({ name, value }) => {
      const row = ROW.decode(fromUtf8(value));
      return row === undefined ? [] : [{ name, row }];
    });
    rows.sort((a, b) => a.row.atNs < b.row.atNs ? -1 : 1);
    return new Map(rows.map(({ name, row }) => [name, row]));
  }
}

const hashOf = (text: string): string => toHex(sha256(utf8(text)));

/** A key as the name of a row. @throws {UserError} usage: it is empty or too long. */
function nameOf(key: string): string {
  const { length } = utf8(key);
  if (length > 0 && length <= MAX_SEND_KEY_BYTES) return hashOf(key).slice(0, 32);
  throw new UserError(`A message key has 1 to ${MAX_SEND_KEY_BYTES} bytes`, {
    kind: "usage",
    hint: "Shorten it.",
  });
}
