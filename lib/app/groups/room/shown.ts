/**
 * What is shown of a group, as changes of its conversation: messages come, are taken back, are hidden by a decision
 * and shown again by another. Several may happen to one message before anything of it is kept.
 *
 * @see lib/app/README.md "Groups"
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { GroupMessage } from "../../../group/group_types.ts";
import { CHAT, readOverlay } from "../../../overlay/frame.ts";
import { REPLACED } from "../../../store/message.ts";
import type { Change, NewMessage, Store, StoredMessage } from "../../../store/store.ts";
import { toHex } from "../../../wire/bytes.ts";
import type { GroupId } from "../groups.ts";
import { saidIn } from "../saying/evidence.ts";
import { keepAudience, keepHidden, keepSignature, timesHidden } from "./kept_groups.ts";
import { messageId } from "./message_id.ts";

/** The reason of a message that no key of ours opens; surfaces word it. */
export const SEALED = "sealed";
/** The reason of a message without a signature. */
const UNVERIFIED = "unverified";

type Drop = Extract<Change, { kind: "delete" }>;

/** Changes of one conversation that go into one commit. */
export class Shown {
  readonly #id: GroupId;
  readonly #own: PublicKeyHex;
  readonly #store: Store;
  /** Messages that are new here, by tail, in order; each with the drop of what it replaces. */
  readonly #new = new Map<string, readonly Change[]>();
  /** Messages that go. */
  readonly #gone: Change[][] = [];
  /** Positions of those that go. */
  readonly #dropped = new Set<number>();
  /** Those among the new ones that take the place of a sealed row, which is gone then. */
  readonly #opened = new Set<string>();
  /** How often those were hidden that are hidden here. */
  readonly #hidden = new Map<string, number>();

  /** Nothing yet. @param group  Its id, us, and where its messages are kept. */
  constructor(
    { id, own, store }: { readonly id: GroupId; readonly own: PublicKeyHex; readonly store: Store },
  ) {
    this.#id = id;
    this.#own = own;
    this.#store = store;
  }

  /** What is to be kept of messages that go, in order: of each what belongs together. */
  get gone(): readonly (readonly Change[])[] {
    return this.#gone;
  }

  /** The same of messages that come, by tail and in order. */
  get new(): ReadonlyMap<string, readonly Change[]> {
    return this.#new;
  }

  /** A message becomes one of the conversation; one that was shown as sealed is replaced. */
  async show(message: GroupMessage): Promise<void> {
    const { tail, text } = message;
    if (text === undefined && this.#new.has(tail)) return;
    const times = await this.#timesHidden(tail);
    const known = await this.#kept(tail, messageId(tail, times, false));
    // Whatever else is known was shown already, or its reader deleted it.
    const isOpened = known?.state !== "deleted" && known?.reason === SEALED && text !== undefined;
    if (known !== undefined && !isOpened) return;
    const drop = known === undefined || this.#dropped.has(known.position)
      ? [...dropsIn(this.#new.get(tail)), ...await this.#replaced(tail, times)]
      : [this.#drop(known, true)];
    if (isOpened && !this.#new.has(tail)) this.#opened.add(tail);
    const reason = text === undefined ? SEALED : message.proof === "unsigned" ? UNVERIFIED : undefined;
    const direction = this.#direction(tail);
    const kept: NewMessage = {
      peer: this.#id,
      direction,
      id: messageId(tail, times, isOpened),
      body: text ?? "",
      atNs: message.tsNs,
      state: direction === "out" ? "sent" : "received",
      form: "text",
      via: "group",
      ...(reason === undefined ? {} : { reason }),
    };
    // What belongs to it names it by its signature.
    const hasSignature = readOverlay(kept.body).overlay !== CHAT && message.proof === "signed";
    this.#new.set(tail, [
      ...drop,
      { kind: "message", message: kept },
      ...(hasSignature ? [keepSignature(this.#id, tail, message.signature)] : []),
      // What hangs on it is for the same readers, and names it by its signature.
      ...(message.audience.length === 0 ? [] : [saidIn(tail), toHex(message.signature)])
        .map((name) => keepAudience(this.#id, name, message.audience)),
    ]);
  }

  /** Its author took it back: it never comes again. */
  async takeBack(tail: string): Promise<void> {
    await this.#take(tail);
  }

  /** It may not be shown, as is known now; a later decision may show it again. What its reader deleted stays so. */
  async hide(tail: string): Promise<void> {
    // What was not kept yet has used no id: so each number of times has a row, which the next one replaces.
    const isUnused = this.#new.has(tail) && !this.#opened.delete(tail);
    const gone = await this.#take(tail);
    if (gone === undefined || isUnused) return;
    const times = await this.#timesHidden(tail) + 1;
    this.#hidden.set(tail, times);
    gone.push(keepHidden(this.#id, tail, times));
  }

  /** @returns What is to be kept of that; undefined: it was not there. */
  async #take(tail: string): Promise<Change[] | undefined> {
    const gone: Change[] = [];
    const unsaid = this.#new.get(tail);
    if (unsaid !== undefined) {
      this.#new.delete(tail);
      // Of what it would have replaced, and what stays a placeholder now.
      gone.push(...dropsIn(unsaid).map((drop): Change => ({ ...drop, replaced: undefined })));
    } else {
      const times = await this.#timesHidden(tail);
      const found = await this.#visible(tail, messageId(tail, times, false)) ??
        await this.#visible(tail, messageId(tail, times, true));
      if (found === undefined) return undefined;
      gone.push(this.#drop(found));
      if (readOverlay(found.body).overlay !== CHAT) gone.push(keepSignature(this.#id, tail, undefined));
    }
    this.#gone.push(gone);
    return gone;
  }

  async #visible(tail: string, id: string): Promise<StoredMessage | undefined> {
    const found = await this.#kept(tail, id, true);
    return found === undefined || found.state === "deleted" || this.#dropped.has(found.position)
      ? undefined
      : found;
  }

  #drop({ position }: StoredMessage, isReplaced = false): Drop {
    this.#dropped.add(position);
    return { kind: "delete", peer: this.#id, position, ...(isReplaced ? { replaced: true } : {}) };
  }

  /** What was hidden last is shown again: no placeholder is left of it, in whatever order rows are read. */
  async #replaced(tail: string, times: number): Promise<Drop[]> {
    if (times === 0) return [];
    const hidden = await this.#kept(tail, messageId(tail, times - 1, true), true) ??
      await this.#kept(tail, messageId(tail, times - 1, false), true);
    return hidden === undefined || hidden.reason === REPLACED ? [] : [this.#drop(hidden, true)];
  }

  #direction(tail: string): "in" | "out" {
    return tail.startsWith(this.#own) ? "out" : "in";
  }

  #kept(tail: string, id: string, deep = false): Promise<StoredMessage | undefined> {
    return this.#store.messages.byId(this.#id, this.#direction(tail), id, { deep });
  }

  async #timesHidden(tail: string): Promise<number> {
    return this.#hidden.get(tail) ?? await timesHidden(this.#store, this.#id, tail);
  }
}

const dropsIn = (changes: readonly Change[] = []): Drop[] =>
  changes.filter((change): change is Drop => change.kind === "delete");
