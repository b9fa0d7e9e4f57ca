/**
 * What is kept of files: how each stands, beside the message that speaks of it.
 *
 * @see lib/app/README.md "Files"
 * @module
 */
import { readBody } from "../../chat/body.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Change, NewMessage, Store, StoredMessage } from "../../store/store.ts";
import { fromUtf8, utf8 } from "../../wire/bytes.ts";
import { formatGoTime } from "../../wire/go_time.ts";
import { senderOf } from "../groups/room/message_id.ts";
import type { ConversationId } from "../messages/messages.ts";
import type { FilePlace, FileState, FileView } from "./files.ts";
import { UNDER_WAY } from "./under_way.ts";

/** How a file's id becomes the id of its message: ids of texts are never like this. */
const ID_PREFIX = "file-";
/** Files that stay known in one conversation; older ones are only messages. */
const MAX_KNOWN = 500;

/** What is kept of a file. */
export interface FileRecord {
  /** Of the transfer. */
  readonly id: string;
  /** Where it stands. */
  readonly state: FileState;
  /** Where it is. */
  readonly path?: string;
  /** Why. */
  readonly reason?: string;
}

/** A message that speaks of a file. */
export interface FileMessage extends FilePlace {
  /** The message. */
  readonly message: StoredMessage;
  /** Who offers it. */
  readonly peer: PublicKeyHex;
  /** As its sender says. */
  readonly id: string;
  /** As its sender says. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** The id of the message of a file of a direct conversation. */
export const messageIdOf = (id: string): string => ID_PREFIX + id;

/** Whether it was made for a file that went on its own stream; a text that merely looks like one was not. */
export function isSentFile({ id, body, direction }: StoredMessage): boolean {
  const file = bodyIn(body);
  return direction === "out" && file?.kind === "file" && id === messageIdOf(file.id);
}

/** What a message says about a file; undefined when it speaks of none. @param own  Our key. */
export function fileIn(message: StoredMessage, own: PublicKeyHex): FileMessage | undefined {
  const body = bodyIn(message.body);
  if (body?.kind !== "file" || body.size < 0n || body.size >= 2n ** 53n) return undefined;
  const { peer: conversation, position, via, id, direction } = message;
  const author = via === "group" ? senderOf(id!) : conversation;
  const peer = direction === "out" ? own : author;
  return { conversation, position, message, peer, id: body.id, name: body.name, size: Number(body.size) };
}

/** Most texts are read without a parser. */
const bodyIn = (text: string) => text.includes("skychat_file") ? readBody(text) : undefined;

/** As surfaces see it. @param live  How it stands now, beyond what is kept. */
export function fileView(
  { conversation, position, peer, message, id, name, size }: FileMessage,
  record: FileRecord | undefined,
  live?: { readonly state: FileState; readonly moved?: number },
): FileView {
  const kept = record?.id === id ? record : undefined;
  return {
    conversation,
    position,
    peer,
    outgoing: message.direction === "out",
    id,
    name,
    size,
    ts: formatGoTime(message.atNs),
    state: live?.state ?? settled(kept?.state),
    ...(live?.moved === undefined ? {} : { moved: live.moved }),
    ...(kept?.path === undefined ? {} : { path: kept.path }),
    ...(kept?.reason === undefined ? {} : { reason: kept.reason }),
  };
}

/** What was under way when a program ended is so no more. */
const settled = (state: FileState = "offered"): FileState =>
  state === "moving" || state === "asked" ? "offered" : state;

/** Records in a store. */
export class FileRecords {
  readonly #store: Store;
  /** What is being kept: true already, for who looks meanwhile. */
  readonly #pending = new Map<string, FileRecord>();
  /** How often something was kept. */
  #kept = 0;

  /** Nothing is read yet. */
  constructor(store: Store) {
    this.#store = store;
  }

  /** One. */
  async get({ conversation, position }: FilePlace): Promise<FileRecord | undefined> {
    const [room, name] = [roomOf(conversation), nameOf(position)];
    return await this.#steady(
      () => this.#store.values.get(room, name),
      (value) => this.pending({ conversation, position }) ?? (value && JSON.parse(fromUtf8(value))),
    );
  }

  /** All of a conversation, by position. */
  async of(conversation: ConversationId): Promise<Map<number, FileRecord>> {
    const room = roomOf(conversation);
    return await this.#steady(() => this.#store.values.list(room), (values) => {
      const found = new Map<number, FileRecord>();
      for (const { name, value } of values) found.set(Number(name), JSON.parse(fromUtf8(value)));
      for (const [key, record] of this.#pending) {
        if (key.startsWith(`${room} `)) found.set(Number(key.slice(room.length + 1)), record);
      }
      return found;
    });
  }

  /** What is being kept of one right now. */
  pending({ conversation, position }: FilePlace): FileRecord | undefined {
    return this.#pending.get(`${roomOf(conversation)} ${nameOf(position)}`);
  }

  /**
   * Reads again when something was kept meanwhile: that is neither pending then nor in what was read.
   * @param use  Adds what is pending, in the same step in which that is known: a step later it may be kept, and in neither.
   */
  async #steady<T, U>(read: () => Promise<T>, use: (found: T) => U): Promise<U> {
    for (;;) {
      const kept = this.#kept;
      const found = await read();
      if (kept === this.#kept) return use(found);
    }
  }

  /**
   * Keeps how a file stands; its message has an event. Who asks hears of it from now on: a file that has just stopped
   * moving must not look as if it had never begun.
   * @param state  Of the message, when ours; the one of a peer stays as it is.
   */
  async set(place: FilePlace, record: FileRecord, state: NewMessage["state"] = "received"): Promise<void> {
    const { conversation: peer, position } = place;
    const value: Change = keep(place, record);
    const done: Change = { kind: "value", room: UNDER_WAY, name: `${peer} ${record.id}`, value: undefined };
    if (state === "deleted") throw new TypeError("a file does not delete its message");
    const reason = record.reason === undefined || state === "received" ? {} : { reason: record.reason };
    const moved: Change = { kind: "state", peer, position, state, ...reason };
    const changes = record.state === "moving" ? [value] : [value, done];
    const key = `${roomOf(peer)} ${nameOf(position)}`;
    this.#pending.set(key, record);
    try {
      const { ok } = await this.#store.commit([...changes, moved]);
      if (!ok) await this.#store.commit(changes); // the message is deleted
    } finally {
      if (this.#pending.get(key) === record) this.#pending.delete(key);
      this.#kept++;
    }
  }

  /** Keeps how a file stands, of which its message says enough. */
  async note(place: FilePlace, record: FileRecord): Promise<void> {
    await this.#store.commit([keep(place, record)]);
    await this.#tidy(place.conversation);
  }

  /** Keeps a message of ours that offers a file, with its record. @returns Its position. */
  async offer(message: NewMessage, record: FileRecord, more: readonly Change[]): Promise<number> {
    const name = `${message.peer} ${record.id}`;
    const mark: Change = { kind: "value", room: UNDER_WAY, name, value: utf8(JSON.stringify(record)) };
    const result = await this.#store.commit([{ kind: "message", message }, mark, ...more]);
    if (!result.ok) throw new TypeError(`a fresh id was used before: ${result.reason}`);
    const [position] = result.positions;
    await this.note({ conversation: message.peer, position }, record);
    return position;
  }

  /** What the last program of this identity was sending when it ended. */
  async brokenOff(): Promise<void> {
    for (const { name, value } of await this.#store.values.list(UNDER_WAY)) {
      const [conversation, id] = name.split(" ");
      const record: FileRecord = JSON.parse(fromUtf8(value));
      const message = await this.#store.messages.byId(conversation, "out", messageIdOf(id), { deep: true });
      const place = { conversation, position: message?.position ?? 0 };
      if (message) {
        await this.set(place, { ...record, state: "failed", reason: "the program ended" }, "failed");
      } else await this.#store.commit([{ kind: "value", room: UNDER_WAY, name, value: undefined }]);
    }
  }

  /** Drops all of a conversation. */
  async forget(conversation: ConversationId): Promise<void> {
    const known = await this.#store.values.list(roomOf(conversation));
    for (const { name } of known) {
      await this.#store.commit([{ kind: "value", room: roomOf(conversation), name, value: undefined }]);
    }
  }

  async #tidy(conversation: ConversationId): Promise<void> {
    const known = [...await this.of(conversation)].map(([position]) => position).sort((a, b) => b - a);
    for (const position of known.slice(MAX_KNOWN)) {
      const name = nameOf(position);
      await this.#store.commit([{ kind: "value", room: roomOf(conversation), name, value: undefined }]);
    }
  }
}

const roomOf = (conversation: ConversationId): string => `files ${conversation}`;
const nameOf = (position: number): string => String(position).padStart(12, "0");
const keep = ({ conversation, position }: FilePlace, record: FileRecord): Change => ({
  kind: "value",
  room: roomOf(conversation),
  name: nameOf(position),
  value: utf8(JSON.stringify(record)),
});
