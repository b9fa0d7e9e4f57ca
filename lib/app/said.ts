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

/** What is known of one conversation. */
interface Room {
  /** In order of age; read once. */
  known: Promise<Map<string, SaidOnce>> | undefined;
  /** One after the other: of two that ask under one key the second one finds what the first one has said. */
  turn: Promise<unknown>;
}

/** What was said under keys, the last 1,024 of each conversation. */
export class Said {
  readonly #store: Store;
  readonly #nameOfRoom: (conversation: string) => string;
  readonly #rooms = new Map<string, Room>();

  /** Nothing is read yet. @param nameOfRoom  Where the keys of a conversation lie. */
  constructor(store: Store, nameOfRoom: (conversation: string) => string = saidRoom) {
    this.#store = store;
    this.#nameOfRoom = nameOfRoom;
  }

  /**
   * Says something, or finds what was said under its key.
   * @param key  1 … 1,024 bytes as UTF-8.
   * @param asked  All that is asked for under it, in one text.
   * @param say  Says it and returns what tells it, for which `keep` has given rows for the same commit.
   * @returns See {@link SaidOnce.told}.
   * @throws What `say` throws; {@link find}.
   */
  async once(
    conversation: string,
    key: string,
    asked: string,
    say: (keep: (told: string) => Promise<readonly Change[]>) => Promise<string>,
  ): Promise<string> {
    const room = this.#room(conversation);
    const turn = room.turn.then(async () => {
      const found = await this.find(conversation, key, asked);
      if (found !== undefined) return found;
      let kept = (): void => {};
      try {
        const told = await say(async (told) => {
          const keeping = await this.#keeping(conversation, key, asked, told);
          kept = keeping.kept;
          return keeping.changes;
        });
        kept();
        return told;
      } catch (error) {
        room.known = undefined; // a store may have kept what it said it had not: it is asked again
        throw error;
      }
    });
    room.turn = turn.catch(() => {});
    return await turn;
  }

  /**
   * Takes back what was said under a key, which is free then. Nothing is done where it stands for something else by now.
   * @param told  See {@link SaidOnce.told}.
   * @param takeBack  Takes it back, and has the rows in the same commit.
   * @throws What `takeBack` throws; {@link find}.
   */
  async unsay(
    conversation: string,
    key: string,
    told: string,
    takeBack: (rows: readonly Change[]) => Promise<void>,
  ): Promise<void> {
    const room = this.#room(conversation);
    const name = nameOf(key);
    const turn = room.turn.then(async () => {
      if ((await this.#read(conversation)).get(name)?.told !== told) return;
      try {
        await takeBack([{ kind: "value", room: this.#nameOfRoom(conversation), name, value: undefined }]);
      } finally {
        room.known = undefined; // it is asked again what was kept
      }
    });
    room.turn = turn.catch(() => {});
    await turn;
  }

  /** A conversation was forgotten: what was known of it counts no more. */
  forget(conversation: string): void {
    this.#rooms.delete(conversation);
  }

  /**
   * What was said under a key, whatever was asked for.
   * @returns See {@link SaidOnce.told}; undefined: nothing yet.
   * @throws {UserError} usage: it is no key.
   */
  async told(conversation: string, key: string): Promise<string | undefined> {
    return (await this.#read(conversation)).get(nameOf(key))?.told;
  }

  /**
   * What was said under a key.
   * @param key  1 … 1,024 bytes as UTF-8.
   * @param asked  All that is asked for under it, in one text.
   * @returns See {@link SaidOnce.told}; undefined: nothing yet.
   * @throws {UserError} usage: it is no key; refused: it was used for something else.
   */
  async find(conversation: string, key: string, asked: string): Promise<string | undefined> {
    const known = (await this.#read(conversation)).get(nameOf(key));
    if (known === undefined) return undefined;
    if (known.asked === hashOf(asked)) return known.told;
    throw new UserError("The id was used for something else here", {
      kind: "refused",
      hint: "Take another one: an id stands for one message.",
    });
  }

  /** Rows that keep what is said, and what to call once they are kept. */
  async #keeping(
    conversation: string,
    key: string,
    asked: string,
    told: string,
  ): Promise<{ readonly changes: readonly Change[]; readonly kept: () => void }> {
    const known = await this.#read(conversation);
    const name = nameOf(key);
    const room = this.#nameOfRoom(conversation);
    const row = { asked: hashOf(asked), told, atNs: this.#store.passedNs() };
    const oldest = known.size < MAX_SAID ? [] : [...known.keys()].slice(0, known.size - MAX_SAID + 1);
    return {
      changes: [
        { kind: "value", room, name, value: utf8(ROW.encode(row)) },
        ...oldest.map((name): Change => ({ kind: "value", room, name, value: undefined })),
      ],
      kept: () => {
        for (const old of oldest) known.delete(old);
        known.set(name, row);
      },
    };
  }

  #room(conversation: string): Room {
    const room = this.#rooms.get(conversation) ?? { known: undefined, turn: Promise.resolve() };
    this.#rooms.set(conversation, room);
    return room;
  }

  #read(conversation: string): Promise<Map<string, SaidOnce>> {
    const room = this.#room(conversation);
    const known = room.known ??= this.#list(this.#nameOfRoom(conversation));
    known.catch(() => room.known = undefined);
    return known;
  }

  async #list(room: string): Promise<Map<string, SaidOnce>> {
    const rows = (await this.#store.values.list(room)).flatMap(({ name, value }) => {
      const row = ROW.decode(fromUtf8(value));
      return row === undefined ? [] : [{ name, row }];
    });
    rows.sort((a, b) => a.row.atNs < b.row.atNs ? -1 : 1);
    return new Map(rows.map(({ name, row }) => [name, row]));
  }
}

/** SHA-256 of a text, hex: what is asked for can be long. */
export const hashOf = (text: string): string => toHex(sha256(utf8(text)));

/** A key as the name of a row. @throws {UserError} usage: it is empty or too long. */
function nameOf(key: string): string {
  const { length } = utf8(key);
  if (length > 0 && length <= MAX_SEND_KEY_BYTES) return hashOf(key).slice(0, 32);
  throw new UserError(`A message key has 1 to ${MAX_SEND_KEY_BYTES} bytes`, {
    kind: "usage",
    hint: "Shorten it.",
  });
}
