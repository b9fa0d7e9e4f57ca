/**
 * Files of peers: what comes to port 64, and what the user says to it.
 *
 * @see lib/app/README.md "Files"; specification dmsgscp §9
 * @module
 */
import { encodeBody } from "../../chat/body.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { TargetFile } from "../../sys/copies/part_file.ts";
import { UserError } from "../../wire/errors.ts";
import type { Offer } from "../../xfer/frames.ts";
import { openingTarget } from "../../xfer/sealing.ts";
import { type Acceptance, receiveFile } from "../../xfer/transfer.ts";
import { isGroupId } from "../groups/groups.ts";
import { CHAT_PORT } from "../messages/messenger.ts";
import type { AppStream } from "../node/node.ts";
import { fileRuleOf } from "../policies.ts";
import type { FilePlace, FileView } from "./files.ts";
import { HeldOffers } from "./held_offers.ts";
import { Inbox, unlessNotKept } from "./inbox.ts";
import { ASKED_MS, noSuchFile, type OpenFileParts, tellingTarget, viewOf } from "./parts.ts";
import { fileIn, type FileMessage, type FileRecord, messageIdOf } from "./records.ts";

/** What a sender hears whose offer nobody has looked at. */
const UNDECIDED = "not decided yet";
/** What one hears that offers a file on a second stream. */
const COMING = "it is coming already";

/** An offer on its way. */
interface Taken {
  readonly file: FileMessage;
  readonly path: string;
  readonly move: ReturnType<OpenFileParts["moving"]["begin"]>;
  readonly free: () => void;
  /** It lies in its place, and that is kept. */
  isKept: boolean;
}

/** A file that was asked for and may come. */
interface Asked {
  readonly file: FileMessage;
  readonly forget: () => void;
}

/** Takes files. */
export class Receiving {
  readonly #parts: OpenFileParts;
  readonly #inbox: Inbox;
  readonly #held: HeldOffers;
  /** What we have asked for, by sender and id. */
  readonly #asked = new Map<string, Asked>();

  /** Nothing is taken yet. */
  constructor(parts: OpenFileParts) {
    const { settings: { policy, disk, windows }, clock } = this.#parts = parts;
    const nowMs = (): number => Number(clock.wallNs() / 1_000_000n);
    this.#inbox = new Inbox({ directory: policy.directory, disk, windows, nowMs });
    this.#held = new HeldOffers(parts);
  }

  /** Takes a stream to port 64; never throws. */
  async take(stream: AppStream): Promise<void> {
    const { clock, digest, stop, settings, onProblem } = this.#parts;
    const peer = stream.remote.pk;
    const over = new AbortController();
    const signal = AbortSignal.any([stop, over.signal]);
    let taken: Taken | undefined;
    const decide = async (offer: Offer): Promise<Acceptance> => {
      const decided = await this.#decide(peer, offer);
      if ("reason" in decided) return { ok: false, reason: decided.reason };
      taken = decided.taken;
      const { signal } = taken.move;
      signal.addEventListener("abort", () => over.abort(signal.reason), { once: true });
      return { ok: true, open: decided.open };
    };
    const onBytes = (count: number): void => taken?.move.onBytes(count);
    try {
      const outcome = await receiveFile(stream, peer, decide, { clock, digest, signal, onBytes });
      const { offer, kind } = outcome;
      const bytes = offer && Number(offer.size);
      if (taken?.isKept === false) {
        await this.#over(taken, outcome.kind === "kept" ? undefined : outcome.reason);
      }
      settings.onEvent?.(
        outcome.kind === "kept"
          ? { event: "file-in", peer, path: taken?.path.slice(settings.policy.directory.length + 1), bytes }
          : {
            event: `file-${kind}` as "file-failed",
            peer,
            path: offer?.name,
            bytes,
            reason: outcome.reason,
          },
      );
    } catch (error) {
      onProblem(error as Error);
    }
  }

  /** See {@link Files.accept}. */
  async accept(place: FilePlace): Promise<FileView> {
    const { records, messenger, moving, resident, findable, settings } = this.#parts;
    const file = await this.#file(place);
    if (moving.of(place)) {
      throw new UserError("The file is coming already", { kind: "busy", hint: "Wait for it." });
    }
    const here = await this.#here(file);
    if (here !== undefined) return viewOf(this.#parts, file, here);
    const held = this.#held.of(place);
    if (held) {
      held.say("take");
      await held.begun; // who looks at once must not find what was before
      return viewOf(this.#parts, file, unlessNotKept(await records.get(place)));
    }
    if (!resident) {
      throw new UserError("A program that ends can't wait for a file", {
        kind: "usage",
        hint: "Run `dmsg daemon`.",
      });
    }
    await this.#inbox.check(file, fileRuleOf(settings.policy, file.peer)); // its sender is not troubled then
    const asked = this.#ask(file);
    const isAsked = (): boolean => this.#asked.get(askedKey(file.peer, file.id)) === asked;
    const record: FileRecord = { id: file.id, state: "asked" };
    const frame = { type: "file-request", fileId: file.id, fileName: file.name } as const;
    const [to, request] = [{ pk: file.peer, port: CHAT_PORT }, { kind: "control", frame } as const];
    try {
      await records.set(place, record);
      await findable(); // its sender must reach us then
      if (isAsked()) await messenger.notify(to, [request]);
    } catch (error) {
      // It may have come meanwhile, or been refused: that holds.
      if (isAsked()) {
        asked.forget();
        await records.set(place, { id: file.id, state: "offered", reason: (error as Error).message });
      }
      throw error;
    }
    if (isAsked()) return { ...viewOf(this.#parts, file, record), state: "asked" };
    return viewOf(this.#parts, file, await records.get(place));
  }

  #ask(file: FileMessage): Asked {
    const { clock, onProblem } = this.#parts;
    const key = askedKey(file.peer, file.id);
    this.#asked.get(key)?.forget();
    const cancel = clock.after(ASKED_MS, () => void this.#nothingCame(key).catch(onProblem));
    const asked: Asked = {
      file,
      forget: () => (cancel(), this.#asked.get(key) === asked && this.#asked.delete(key)),
    };
    this.#asked.set(key, asked);
    return asked;
  }

  /** See {@link Files.refuse}. */
  async refuse(place: FilePlace): Promise<FileView> {
    const { records, moving } = this.#parts;
    const file = await this.#file(place);
    const here = await this.#here(file);
    if (here !== undefined) {
      throw new UserError("The file is here already", { kind: "usage", hint: `It is ${here.path}.` });
    }
    this.#asked.get(askedKey(file.peer, file.id))?.forget();
    const record: FileRecord = { id: file.id, state: "refused" };
    await records.set(place, record);
    this.#held.of(place)?.say("refuse");
    moving.stop(place);
    return { ...viewOf(this.#parts, file, record), state: "refused" };
  }

  /** Whether a file was asked for and may still come. */
  isAsked = ({ peer, id }: FileMessage): boolean => this.#asked.has(askedKey(peer, id));

  /** What is kept of a file that lies here; who has deleted it may want it again. */
  async #here(file: FileMessage): Promise<FileRecord | undefined> {
    const { records, settings: { disk } } = this.#parts;
    const record = await records.get(file);
    if (record?.id !== file.id || record.state !== "kept" || record.path === undefined) return undefined;
    try {
      (await disk.open(record.path)).close();
      return record;
    } catch {
      return undefined;
    }
  }

  async #file(place: FilePlace): Promise<FileMessage> {
    const { store, client } = this.#parts;
    const message = await store.messages.get(place.conversation, place.position);
    const file = message?.direction === "in" ? fileIn(message, client.pk) : undefined;
    if (!file) throw noSuchFile();
    return file;
  }

  async #nothingCame(key: string): Promise<void> {
    const asked = this.#asked.get(key);
    if (!asked) return;
    asked.forget();
    const reason = "its sender has not sent it again";
    await this.#parts.records.set(asked.file, { id: asked.file.id, state: "offered", reason });
  }

  async #decide(
    peer: PublicKeyHex,
    offer: Offer,
  ): Promise<{ taken: Taken; open: () => Promise<TargetFile> } | { reason: string }> {
    const { settings, book, client, records, moving } = this.#parts;
    const asked = this.#asked.get(askedKey(peer, offer.id));
    if (asked) return await this.#open(asked.file, offer, asked.forget).finally(asked.forget);
    // What a group offers is fetched, and what nobody asked for has no message that speaks of it.
    if (offer.group !== "") return { reason: "declined" };
    const rule = fileRuleOf(settings.policy, peer);
    const { blocked, accepted } = await book.get(peer);
    if (blocked || rule.accept === "never") return { reason: "declined" };
    const file = await this.#keep(peer, offer);
    if (!file) return { reason: "declined" };
    if (moving.of(file)) return { reason: COMING };
    const { state } = await records.get(file) ?? {};
    if (state === "kept") return { reason: "it is here already" };
    if (state === "refused") return { reason: "declined" }; // until the user asks for it
    if (rule.accept === "accepted") {
      return accepted || peer === client.pk ? await this.#open(file, offer) : { reason: "declined" };
    }
    const begun = Promise.withResolvers<void>();
    try {
      const said = await this.#held.hold(file, begun.promise);
      if (said === "take") return await this.#open(file, offer);
      return { reason: said === "later" ? UNDECIDED : "declined" };
    } finally {
      begun.resolve();
    }
  }

  /** Keeps the offer as a message, as all that a peer says. */
  async #keep(peer: PublicKeyHex, { id, name, size }: Offer): Promise<FileMessage | undefined> {
    const { incoming, store, client } = this.#parts;
    const body = encodeBody({ kind: "file", id, name, size });
    const message = { from: peer, id: messageIdOf(id), body, form: "envelope", wantsAck: false } as const;
    const [kept] = await incoming.take([message]);
    const found = kept === true ? await store.messages.byId(peer, "in", message.id) : undefined;
    return found && fileIn(found, client.pk);
  }

  /** @param begins  Called when it moves, or will not: until then who looks must not find that nothing is under way. */
  async #open(
    file: FileMessage,
    offer: Offer,
    begins = (): void => {},
  ): Promise<{ taken: Taken; open: () => Promise<TargetFile> } | { reason: string }> {
    const { settings, records, moving, groups } = this.#parts;
    const { conversation, size, id } = file;
    const keys = isGroupId(conversation) ? await groups.fileKeys(conversation) : undefined;
    if (keys === undefined && Number(offer.size) !== size) return { reason: "declined" };
    const room = await this.#inbox.room(file.peer, file, size, fileRuleOf(settings.policy, file.peer));
    if ("reason" in room) {
      begins();
      await records.set(file, { id, state: "offered", reason: room.reason });
      return { reason: room.reason };
    }
    if (moving.of(file)) {
      room.free();
      return { reason: COMING };
    }
    const move = moving.begin(file);
    move.onBytes(0); // its peer is there
    begins();
    try {
      await records.set(file, { id, state: "moving" });
    } catch (error) {
      room.free();
      move.end();
      throw error;
    }
    const taken: Taken = { file, path: room.path, move, free: room.free, isKept: false };
    const open = async (): Promise<TargetFile> => {
      const target = await room.open();
      const sealed = { groupId: conversation, fileId: id, size };
      // Kept before its sender hears of it: a kill in between leaves nobody wrong. What fails is tried again at the end.
      const onPlace = () => this.#over(taken, undefined).catch(this.#parts.onProblem);
      return tellingTarget(keys ? openingTarget(target, keys, sealed) : target, onPlace);
    };
    return { taken, open };
  }

  async #over(taken: Taken, problem: string | undefined): Promise<void> {
    const { records } = this.#parts;
    const { file, path, move, free } = taken;
    free();
    move.end();
    if (problem !== undefined && move.signal.aborted) return; // refused meanwhile, which is kept
    const state = problem === undefined
      ? { state: "kept", path } as const
      : { state: "failed", reason: problem } as const;
    await records.set(file, { id: file.id, ...state });
    taken.isKept = problem === undefined;
  }
}

const askedKey = (peer: PublicKeyHex, id: string): string => `${peer} ${id}`;
