/**
 * Files of conversations, in this process.
 *
 * @see lib/app/README.md "Files"
 * @module
 */
import type { FileRequest } from "../../chat/control.ts";
import { loadSha256 } from "../../crypto/digest.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { ConversationId } from "../messages/messages.ts";
import type { AppStream } from "../node/node.ts";
import type { FilePlace, Files, FileView } from "./files.ts";
import { Offering } from "./offering.ts";
import { type FileParts, Moving, type OpenFileParts, viewOf } from "./parts.ts";
import { Receiving } from "./receiving.ts";
import { fileIn, type FileMessage, type FileRecord, FileRecords } from "./records.ts";

/** Messages of a conversation that are looked through at once. */
const PAGE = 500;

/** See {@link Files}. */
export class LocalFiles implements Files {
  readonly #parts: OpenFileParts;
  readonly #receiving: Receiving;
  readonly #offering: Offering;

  private constructor(parts: OpenFileParts) {
    this.#parts = parts;
    this.#receiving = new Receiving(parts);
    this.#offering = new Offering(parts);
  }

  /** Opens them: what broke off is said to have. @param stop  Ends what moves. */
  static async open(parts: FileParts, stop: AbortSignal): Promise<LocalFiles> {
    const records = new FileRecords(parts.store);
    await records.brokenOff();
    // What our own end breaks off is no problem.
    const onProblem = (error: Error): void => {
      if (!stop.aborted) parts.onProblem(error);
    };
    const digest = await loadSha256();
    return new LocalFiles({ ...parts, onProblem, records, moving: new Moving(), digest, stop });
  }

  /** See {@link Files.list}. */
  async list({ conversation, limit }: Parameters<Files["list"]>[0]): Promise<FileView[]> {
    const { store } = this.#parts;
    const all = conversation === undefined
      ? (await store.messages.conversations()).map(({ peer }) => peer)
      : [conversation];
    const views: FileView[] = [];
    for (const one of all) views.push(...await this.#of(one, limit));
    if (all.length > 1) views.sort((a, b) => a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0);
    return views.slice(-limit || views.length);
  }

  /** See {@link Files.send}. */
  send(request: Parameters<Files["send"]>[0], signal?: AbortSignal): Promise<FileView> {
    return this.#offering.send(request, signal);
  }

  /** See {@link Files.accept}. */
  accept(place: FilePlace): Promise<FileView> {
    return this.#receiving.accept(place);
  }

  /** See {@link Files.refuse}. */
  refuse(place: FilePlace): Promise<FileView> {
    return this.#receiving.refuse(place);
  }

  /** Takes a stream to port 64. */
  take(stream: AppStream): Promise<void> {
    return this.#receiving.take(stream);
  }

  /** A peer asks for a file of ours. */
  requested(from: PublicKeyHex, frame: FileRequest): Promise<void> {
    return this.#offering.requested(from, frame);
  }

  /** Drops what is known of a conversation's files; the files stay. */
  forget(conversation: ConversationId): Promise<void> {
    return this.#parts.records.forget(conversation);
  }

  /** Of one conversation, oldest first. */
  async #of(conversation: ConversationId, limit: number): Promise<FileView[]> {
    const { store: { messages }, records, client } = this.#parts;
    const found: FileView[] = [];
    let page = await messages.newest(conversation, PAGE);
    while (page.length > 0) {
      const files = page.toReversed().flatMap((message) => fileIn(message, client.pk) ?? []);
      // Last of all: a file that stops moving before it is looked at must not have a record that says it moves.
      const known = files.length > 0 ? await records.of(conversation) : undefined;
      for (const file of files) {
        if (found.push(this.#view(file, known?.get(file.position))) === limit) return found.reverse();
      }
      const isLast = page.length < PAGE;
      page = isLast ? [] : await messages.before(conversation, page[0].position, PAGE);
    }
    return found.reverse();
  }

  /** @param known  Its record as it was read; one that is being kept right now goes before it. */
  #view(file: FileMessage, known: FileRecord | undefined): FileView {
    const view = viewOf(this.#parts, file, this.#parts.records.pending(file) ?? known);
    return this.#receiving.isAsked(file) ? { ...view, state: "asked" } : view;
  }
}
