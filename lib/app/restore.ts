/**
 * A backup's lines into a store, without a second copy of what is there.
 *
 * @module
 */
import { isSilent } from "../overlay/silent.ts";
import { leavesNoLine } from "../store/message.ts";
import type { Change, NewMessage, Store } from "../store/store.ts";
import { UserError } from "../wire/errors.ts";
import { parseGoTime } from "../wire/go_time.ts";
import type { BackupLine } from "./backup.ts";
import { changeOf, isKept } from "./groups/group_backup.ts";
import { changeOf as pairChange, isPaired } from "./pairs/pair_backup.ts";
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { GroupId } from "./groups/groups.ts";
import type { ConversationId } from "./messages/messages.ts";

/** Commits under way at once: they share disk writes. */
const AT_ONCE = 128;
/** Messages of a conversation that are read at a time. */
const PAGE = 500;

/** What was restored. */
export interface Restored {
  /** Messages that were not there. */
  messages: number;
  /** Messages that were. */
  repeats: number;
  /** Peers about whom something was decided or known. */
  peers: number;
  /** Groups that were not there; left out when there are none. */
  groups?: number;
  /** The same of pairs. */
  pairs?: number;
}

interface ConversationUnderWay {
  readonly peer: ConversationId;
  /** As it was when the backup was made. */
  readonly unread: number;
  /** Messages that are there now, with their bodies. */
  readonly known: Set<string>;
  /** The same without; whether the body is gone. */
  readonly places: Map<string, boolean>;
  /** Those that were there before and have not been seen in the backup. */
  readonly ours: Set<string>;
  /** Positions of incoming messages that are lines. */
  readonly incoming: number[];
}

/** Restores peers and messages; other lines are not for it. */
export class Restore {
  readonly #store: Store;
  readonly #counts: Restored = { messages: 0, repeats: 0, peers: 0 };
  #underWay: { readonly id: GroupId; readonly isThere: boolean } | undefined;
  #pairUnderWay: { readonly id: PublicKeyHex; readonly isThere: boolean } | undefined;
  #conversation: ConversationUnderWay | undefined;
  #commits: Promise<unknown>[] = [];

  /** Into an open store that nobody else writes. */
  constructor(store: Store) {
    this.#store = store;
  }

  /** Takes the next line. @throws As Store.commit. */
  async take(line: BackupLine): Promise<void> {
    if (line.type === "peer") return await this.#peer(line);
    if (line.type === "group") return await this.#group(line);
    if (line.type === "pair") return await this.#pair(line);
    if (line.type === "conversation") return await this.#begin(line.peer, line.unread);
    if (line.type !== "message") return;
    if (this.#conversation?.peer !== line.peer) await this.#begin(line.peer, 0);
    const { known, places, ours, incoming } = this.#conversation!;
    const message = messageOf(line);
    const place = placeOf(message);
    ours.delete(place);
    // A body that was deleted, here or there, is the same message still.
    const isDeleted = places.get(place) || (places.has(place) && message.state === "deleted");
    if (isDeleted || known.has(fingerprint(message))) return void this.#counts.repeats++;
    known.add(fingerprint(message));
    const commit = this.#store.commit([{ kind: "message", message, restored: true }]).then((result) => {
      this.#counts[result.ok ? "messages" : "repeats"]++;
      if (result.ok && message.direction === "in" && isLine(message)) {
        incoming.push(result.positions[0]);
      }
    });
    commit.catch(() => {}); // told where they are waited for
    this.#commits.push(commit);
    if (this.#commits.length >= AT_ONCE) await this.#flush();
  }

  /** What was restored so far. */
  get counts(): Restored {
    return this.#counts;
  }

  /** Ends it. */
  async end(): Promise<Restored> {
    await this.#close();
    return this.#counts;
  }

  async #peer(
    { peer, blocked, accepted, once, verified }: Extract<BackupLine, { type: "peer" }>,
  ): Promise<void> {
    const facts = {
      ...(blocked ? { blocked } : {}),
      ...(accepted ? { accepted } : {}),
      ...(once ? { once } : {}),
      ...(verified ? { verified } : {}),
    };
    if (Object.keys(facts).length === 0) return;
    await this.#store.commit([{ kind: "peer", peer, facts }]);
    this.#counts.peers++;
  }

  /** A group that is there stays as it is. Its record comes last, so one that was cut off is none. */
  async #group({ group, ...part }: Extract<BackupLine, { type: "group" }>): Promise<void> {
    if (this.#underWay?.id !== group) {
      this.#underWay = { id: group, isThere: await isKept(this.#store, group) };
    }
    if (this.#underWay.isThere) return;
    const change = changeOf(group, part);
    if (change === undefined) throw damagedLine("a part of a group can't be read");
    await this.#store.commit([change]);
    if (part.part === "record") this.#counts.groups = (this.#counts.groups ?? 0) + 1;
  }

  /** As a group. */
  async #pair(line: Extract<BackupLine, { type: "pair" }>): Promise<void> {
    if (this.#pairUnderWay?.id !== line.peer) {
      this.#pairUnderWay = { id: line.peer, isThere: await isPaired(this.#store, line.peer) };
    }
    if (this.#pairUnderWay.isThere) return;
    const change = pairChange(line);
    if (change === undefined) throw damagedLine("a part of a pair can't be read");
    await this.#store.commit([change]);
    if (line.part === "record") this.#counts.pairs = (this.#counts.pairs ?? 0) + 1;
  }

  async #begin(peer: ConversationId, unread: number): Promise<void> {
    await this.#close();
    const known = new Set<string>();
    const places = new Map<string, boolean>();
    const incoming: number[] = [];
    for (let page = await this.#store.messages.newest(peer, PAGE); page.length > 0;) {
      for (const message of page) {
        known.add(fingerprint(message));
        places.set(placeOf(message), message.state === "deleted");
        if (message.direction === "in" && isLine(message)) incoming.push(message.position);
      }
      page = await this.#store.messages.before(peer, page[0].position, PAGE);
    }
    this.#conversation = { peer, unread, known, places, ours: new Set(places.keys()), incoming };
  }

  /** A conversation that has nothing but what the backup has is as unread as it was, or less. */
  async #close(): Promise<void> {
    await this.#flush();
    if (!this.#conversation) return;
    const { peer, unread, ours, incoming } = this.#conversation;
    const read = incoming.sort((a, b) => a - b)[incoming.length - 1 - unread];
    const isSame = ours.size === 0 && read !== undefined;
    const change: Change[] = isSame ? [{ kind: "read", peer, position: read }] : [];
    if (change.length > 0) await this.#store.commit(change);
    this.#conversation = undefined;
  }

  async #flush(): Promise<void> {
    const commits = await Promise.allSettled(this.#commits.splice(0)); // the counts are those of all
    const failed = commits.find((commit) => commit.status === "rejected");
    if (failed) throw failed.reason;
  }
}

const isLine = (message: NewMessage): boolean => !isSilent(message.body) && !leavesNoLine(message);

function messageOf(line: Extract<BackupLine, { type: "message" }>): NewMessage {
  const { peer, outgoing, id, text, ts, state, reason, replyTo, via } = line;
  // Whether the other machine still sends it is not known here: it must not leave twice.
  const isFeed = via === "group" || via === "pair";
  const waits = !isFeed && outgoing && (state === "pending" || state === "sent") && id !== undefined;
  return {
    peer,
    direction: outgoing ? "out" : "in",
    body: text,
    atNs: timeOf(ts),
    state: waits ? "unconfirmed" : state,
    form: id === undefined || isFeed ? "text" : "envelope",
    via,
    ...(id === undefined ? {} : { id }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(waits
      ? { reason: "it was on its way when the backup was made" }
      : reason === undefined
      ? {}
      : { reason }),
  };
}

const placeOf = ({ direction, id, atNs }: NewMessage): string => JSON.stringify([direction, id, `${atNs}`]);

const fingerprint = (message: NewMessage): string => placeOf(message) + message.body;

function timeOf(ts: string): bigint {
  try {
    return parseGoTime(ts);
  } catch (cause) {
    throw damagedLine("a time can't be read", cause);
  }
}

const damagedLine = (why: string, cause?: unknown): UserError =>
  new UserError(`This is not a whole backup: ${why}`, {
    kind: "local",
    hint: "Take another copy of it.",
    cause,
  });
