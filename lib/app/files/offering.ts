/**
 * Files of ours: offered to a peer or a group, and sent again to who asks for them.
 *
 * @see lib/app/README.md "Files"; specification dmsgscp §9
 * @module
 */
import { encodeBody } from "../../chat/body.ts";
import type { FileRequest } from "../../chat/control.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Change, MessageState } from "../../store/store.ts";
import { within } from "../../sys/clock.ts";
import type { SourceFile } from "../../sys/copies/source_file.ts";
import { toHex } from "../../wire/bytes.ts";
import { NetworkError, UserError } from "../../wire/errors.ts";
import { Lanes } from "../../wire/lanes.ts";
import { MAX_NAME_BYTES } from "../../xfer/container.ts";
import { XFER_PORT } from "../../xfer/frames.ts";
import { shortName } from "../../xfer/names.ts";
import { sealedSource } from "../../xfer/sealing.ts";
import { sendFile, type SendOutcome, type SentFile } from "../../xfer/transfer.ts";
import { type GroupId, isGroupId } from "../groups/groups.ts";
import { CHAT_PORT } from "../messages/messenger.ts";
import { isBlocked } from "../peers/block_file.ts";
import type { Files, FileView } from "./files.ts";
import { ASKED_MS, type OpenFileParts, viewOf } from "./parts.ts";
import { fileIn, type FileMessage, type FileRecord, messageIdOf } from "./records.ts";

/** How long a connection for messages may take before a file goes without one, milliseconds; a look-up has 5 s. */
const CONNECT_MS = 6_000;
/** Files that are sent again at once, to all who ask. */
const MAX_AGAIN = 4;
/** Files that are asked for and not sent yet, of all who ask; more of them are not heard. */
const MAX_ASKED = 64;

/** Offers and sends. */
export class Offering {
  readonly #lanes = new Lanes(MAX_AGAIN);
  readonly #parts: OpenFileParts;
  /** What is sent again: to whom and which. */
  readonly #again = new Set<string>();

  /** Nothing moves yet. */
  constructor(parts: OpenFileParts) {
    this.#parts = parts;
  }

  /** See {@link Files.send}. */
  async send({ conversation, path }: Parameters<Files["send"]>[0], signal?: AbortSignal): Promise<FileView> {
    signal?.throwIfAborted();
    if (!isGroupId(conversation) && (await this.#parts.book.get(conversation)).blocked) {
      throw isBlocked(conversation);
    }
    const source = await this.#parts.settings.disk.open(path);
    try {
      const offered = {
        id: toHex(this.#parts.random.bytes(8)),
        name: shortName(nameIn(path), MAX_NAME_BYTES),
      };
      const tell = { ...offered, size: source.size, path };
      if (isGroupId(conversation)) return await this.#tellGroup(conversation, tell);
      const file = await this.#offer(conversation, tell);
      return await this.#carry(file, source, { conversation, path, signal });
    } finally {
      source.close();
    }
  }

  /** A peer asks for a file: only what was offered to it, or to a group that it is in, goes. */
  async requested(from: PublicKeyHex, { fileId }: FileRequest): Promise<void> {
    const { clock, onProblem, stop } = this.#parts;
    const key = `${from} ${fileId}`;
    if (this.#again.size >= MAX_ASKED || this.#again.has(key)) return;
    this.#again.add(key);
    const askedMs = clock.nowMs();
    try {
      await this.#lanes.run(async () => {
        const isWaitedFor = !stop.aborted && clock.nowMs() - askedMs < ASKED_MS;
        if (isWaitedFor) await this.#sendAgain(from, fileId);
      });
    } catch (error) {
      onProblem(error as Error);
    } finally {
      this.#again.delete(key);
    }
  }

  async #sendAgain(from: PublicKeyHex, fileId: string): Promise<void> {
    const found = await this.#offeredTo(from, fileId);
    if (found?.record.path === undefined) return;
    const { file, record: { path } } = found;
    const source = await this.#parts.settings.disk.open(path!);
    try {
      if (source.size !== file.size) return; // it is another one by now
      await this.#carry(file, source, { conversation: file.conversation, path: path!, to: from });
    } finally {
      source.close();
    }
  }

  async #offer(peer: PublicKeyHex, { path, ...body }: Told): Promise<FileMessage> {
    const { records, book, clock, client } = this.#parts;
    const text = encodeBody({ kind: "file", ...body, size: BigInt(body.size) });
    const message = {
      peer,
      direction: "out",
      id: messageIdOf(body.id),
      body: text,
      atNs: clock.wallNs(),
      state: "pending",
      form: "envelope",
      via: "dmsg",
    } as const;
    // Who is written to may answer.
    const isNew = !(await book.get(peer)).accepted;
    const accepted: Change[] = isNew ? [{ kind: "peer", peer, facts: { accepted: true } }] : [];
    const position = await records.offer(message, { id: body.id, state: "moving", path }, accepted);
    return fileIn({ ...message, position }, client.pk)!;
  }

  async #tellGroup(group: GroupId, { path, ...body }: Told): Promise<FileView> {
    const { groups, records, store, client } = this.#parts;
    const text = encodeBody({ kind: "file", ...body, size: BigInt(body.size) });
    const { position } = await groups.send({ group, text, waitMs: 0 });
    const record: FileRecord = { id: body.id, state: "offered", path };
    await records.note({ conversation: group, position }, record);
    const message = await store.messages.get(group, position);
    return viewOf(this.#parts, fileIn(message!, client.pk)!, record);
  }

  /** A Go program takes files only of those to whom it has a connection for messages (skychat §a.7): so it has one. */
  async #connect(peer: PublicKeyHex, signal: AbortSignal): Promise<void> {
    const { client, clock, messenger } = this.#parts;
    if (peer === client.pk) return;
    const connected = messenger.notify({ pk: peer, port: CHAT_PORT }, []);
    await within(clock, CONNECT_MS, connected, () => new Error("not in time"), signal).catch((error) => {
      if (error instanceof NetworkError && error.reason === "no-network") throw error; // nobody can be asked again so soon
      // Any other reason is said by what dials next.
    });
  }

  /** Sends a file that was offered, and keeps what became of it. @param to  Who asked for it; undefined: nobody yet. */
  async #carry(
    file: FileMessage,
    source: SourceFile,
    { conversation, path, to, signal }: {
      readonly conversation: string;
      readonly path: string;
      readonly to?: PublicKeyHex;
      readonly signal?: AbortSignal;
    },
  ): Promise<FileView> {
    const { client, clock, digest, moving, stop } = this.#parts;
    const move = moving.begin(file);
    const signals = AbortSignal.any([stop, move.signal, ...(signal ? [signal] : [])]);
    try {
      if (to === undefined) await this.#connect(conversation, signals);
      const group = isGroupId(conversation) ? conversation : "";
      const body = await this.#sealed(file, source);
      const offer = {
        id: file.id,
        name: file.name,
        size: BigInt(body.size),
        mime: "",
        from: client.pk,
        group,
      };
      const stream = await client.dial({ pk: to ?? conversation, port: XFER_PORT }, signals);
      move.onBytes(0);
      const options = { clock, signal: signals, digest, onBytes: (count: number) => move.onBytes(count) };
      const outcome = await sendFile(stream, offer, body, options);
      move.end();
      return await this.#outcome(file, path, outcome);
    } catch (error) {
      move.end();
      // What a signal says is for programs; this is read by people, on both ends of a socket.
      const reason = stop.aborted
        ? "the program ended"
        : signal?.aborted
        ? "it was broken off here"
        : (error as Error).message;
      await this.#settle(file, { id: file.id, state: "failed", path, reason }, "failed");
      throw error;
    }
  }

  async #sealed(file: FileMessage, source: SourceFile): Promise<SentFile & Pick<SourceFile, "size">> {
    const { groups, random } = this.#parts;
    const { conversation, id, name, size } = file;
    const keys = isGroupId(conversation) ? await groups.fileKeys(conversation) : undefined;
    if (keys === undefined) return source;
    if (keys.length === 0) {
      throw new UserError("There is no key of the group yet", { kind: "refused", hint: "Wait." });
    }
    return sealedSource(source, { groupId: conversation, fileId: id, name, size }, keys[0], random);
  }

  async #outcome(file: FileMessage, path: string, outcome: SendOutcome): Promise<FileView> {
    const { id } = file;
    if (outcome.kind === "declined") {
      const before = await this.#parts.records.get(file);
      // It is there: who asked for it twice does not take it twice.
      if (before?.id === id && before.state === "sent") return viewOf(this.#parts, file, before);
    }
    const [state, said] = ({
      delivered: ["sent", "received"],
      unconfirmed: ["unconfirmed", "unconfirmed"],
      declined: ["offered", "sent"],
      failed: ["failed", "failed"],
    } as const)[outcome.kind];
    const reason = outcome.kind === "delivered" ? {} : { reason: outcome.reason };
    const record: FileRecord = { id, state, path, ...reason };
    await this.#settle(file, record, said);
    return viewOf(this.#parts, file, record);
  }

  /** What one member of a group has fetched says nothing about the others. */
  async #settle(file: FileMessage, record: FileRecord, state: MessageState): Promise<void> {
    if (!isGroupId(file.conversation)) await this.#parts.records.set(file, record, state);
  }

  async #offeredTo(
    peer: PublicKeyHex,
    id: string,
  ): Promise<{ file: FileMessage; record: FileRecord } | undefined> {
    const { records, store, client, groups } = this.#parts;
    const at = async (conversation: string) => {
      for (const [position, record] of await records.of(conversation)) {
        if (record.id !== id) continue;
        const message = await store.messages.get(conversation, position);
        const file = message?.direction === "out" ? fileIn(message, client.pk) : undefined;
        if (file?.id === id) return { file, record };
      }
      return undefined;
    };
    const direct = await at(peer);
    if (direct) return direct;
    for (const { id: group } of await groups.list()) {
      const found = await at(group);
      if (found && (await groups.members({ group })).some(({ pk }) => pk === peer)) return found;
    }
    return undefined;
  }
}

interface Told {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly path: string;
}

const nameIn = (path: string): string => path.split(/[/\\]/).at(-1)!;
