/**
 * The file beside the store that has the names of lists, items, posts, polls and widgets, for a shell's completion, which
 * opens no store. They are words of messages, so they are sealed as those are. It is a help and no record: what can't be
 * written is not missed.
 *
 *     file   nonce (12) ‖ AES-256-GCM of [[conversation, titles], …], the one last changed first ‖ tag (16)
 *
 * @see lib/app/README.md "Beside the store"
 * @module
 */
import { deriveSealKey, openSeal } from "../../store/place/sealed.ts";
import type { Files } from "../../sys/files/files.ts";
import type { Random } from "../../sys/random.ts";
import { fromUtf8, utf8 } from "../../wire/bytes.ts";
import { Lazy } from "../../wire/lazy.ts";
import type { ConversationId } from "./changes.ts";

/** Where it lies in an identity's directory. */
export const TITLES_FILE = "store/titles";
/** Names the key that seals it; another form of the file takes another name. */
const TITLES_INFO = "dmsg:titles:v1";
/** The file is one value, at no place of its own. */
const AT = ["titles"] as const;
/** More is neither written nor read. */
const MAX_BYTES = 1 << 20;
/** Conversations that it has: those where something changed last. */
const MAX_CONVERSATIONS = 50;

/** The kinds of things that have names. */
export const TITLE_KINDS = ["list", "item", "post", "poll", "widget"] as const;
/** What a thing is. */
export type TitleKind = typeof TITLE_KINDS[number];

/** A thing and what it is called. */
export interface Title {
  /** What it is. */
  readonly kind: TitleKind;
  /** Names it. */
  readonly id: string;
  /** What it is called, or the beginning of what it says. */
  readonly text: string;
  /** Of an item: the id of its list. */
  readonly list?: string;
}

/** Names in conversations, the one where something changed last first. */
export type Titles = ReadonlyMap<ConversationId, readonly Title[]>;

/** Keeps the names of an identity. */
export interface TitlesFile {
  /** What it says; nothing when there is none, or it can't be read. */
  read(): Promise<Titles>;
  /** Replaces it. @throws {UserError} local: it can't be written. */
  write(titles: Titles): Promise<void>;
}

/** Where it is, and whose. */
export interface TitlesPlace {
  /** Reads and writes it. */
  readonly files: Pick<Files, "read" | "replacePrivate" | "remove">;
  /** Its path. */
  readonly path: string;
  /** The identity's secret, 32 bytes; nothing of it is kept but a key derived from it. */
  readonly secret: Uint8Array;
  /** Nonces. */
  readonly random: Random;
}

/** The names of an identity, in a file. */
export function titlesFile({ files, path, secret, random }: TitlesPlace): TitlesFile {
  const lazy = new Lazy(() => openSeal(deriveSealKey(secret, TITLES_INFO), random));
  return {
    async read() {
      const sealed = await files.read(path, MAX_BYTES).catch(() => undefined);
      const plain = sealed && await (await lazy.get()).open(AT, sealed);
      return new Map(plain && JSON.parse(fromUtf8(plain)) as [ConversationId, Title[]][]);
    },
    async write(titles) {
      const named = [...titles].filter(([, known]) => known.length > 0).slice(0, MAX_CONVERSATIONS);
      if (named.length === 0) return await files.remove(path);
      let sealed: Uint8Array;
      do sealed = await (await lazy.get()).seal(AT, utf8(JSON.stringify(named))); while (
        sealed.length > MAX_BYTES && named.pop()
      );
      await files.replacePrivate(path, sealed);
    },
  };
}
