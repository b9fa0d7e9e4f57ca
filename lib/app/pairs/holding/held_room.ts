/**
 * Feeds that are held for their owners: taken from each, kept as they are, and served to the others. The holder has no
 * key of theirs; what it serves carries their signatures.
 *
 * @see lib/app/README.md "Holding"
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../../../crypto/keys.ts";
import { CxoHost } from "../../../cxo/node/host.ts";
import { CxoNode } from "../../../cxo/node/node.ts";
import type { NodeOut } from "../../../cxo/node/types.ts";
import { curveScheme } from "../../../cxo/objects/root.ts";
import { HOLDER_PATH, type HolderLeaf, readHolder } from "../../../group/feed/holder_leaf.ts";
import { MESSAGE_PREFIX } from "../../../group/talk/leaf.ts";
import type { Store } from "../../../store/store.ts";
import type { Clock } from "../../../sys/clock.ts";
import type { Random } from "../../../sys/random.ts";
import { Turns } from "../../../wire/turns.ts";
import type { GroupNetwork } from "../../groups/feeds/group_network.ts";
import { dropHeld, type HeldRoot, type HeldTerms, keepHeld, keptHeld, rootOf } from "./kept_held.ts";

/** Age is looked at so often. */
const AGE_LOOK_MS = 600_000;
/** A feed that could not be kept is taken again after this: on a full disk it would be fetched without an end. */
const AGAIN_MS = 60_000;
/** A Root that changes nothing is written again after this. */
const RENEWED_NS = 3_600_000_000_000n;
/** The longest object of a feed that is held: a message of 32 KiB and what names it. */
const MAX_OBJECT_BYTES = 256 * 1024;
/** Objects are some 100 bytes at least: nobody fills memory with empty ones. */
const BYTES_AN_OBJECT = 64;

/** What a room is made of. */
export interface HeldRoomOptions {
  /** Us. */
  readonly own: KeyPair;
  /** Whose, and how much. */
  readonly terms: HeldTerms;
  /** Keeps it. */
  readonly store: Store;
  /** Carries streams. */
  readonly network: GroupNetwork;
  /** Time. */
  readonly clock: Clock;
  /** Waits before dialling. */
  readonly random: Random;
  /** Told when something went wrong. */
  readonly onProblem: (error: Error) => void;
  /** Of a group: told who is in, as one of those says whose word counts. */
  readonly onListed: (list: HolderLeaf) => void;
}

/** How a held feed stands. */
export interface HeldFeed {
  /** Whose. */
  readonly feed: PublicKeyHex;
  /** When its newest Root came, wall clock in nanoseconds; undefined: nothing is held. */
  readonly atNs: bigint | undefined;
  /** Bytes of its objects. */
  readonly bytes: number;
  /** Messages of it that are on our disk: what is on its way there is not counted yet. */
  readonly messages: number;
  /** Why its newest Root is not held. */
  readonly refused: string | undefined;
}

/** See the module. */
export class HeldRoom {
  /** Whose, and how much. */
  readonly terms: HeldTerms;
  readonly #options: HeldRoomOptions;
  readonly #node: CxoNode;
  readonly #host: CxoHost;
  readonly #listener: { close(): void };
  readonly #atNs = new Map<PublicKeyHex, bigint>();
  readonly #kept = new Map<PublicKeyHex, HeldRoot>();
  readonly #messages = new Map<PublicKeyHex, number>();
  readonly #refused = new Map<PublicKeyHex, string>();
  readonly #queue = new Turns();
  /** Feeds that are not followed for a while; cancels the end of that. */
  readonly #resting = new Map<PublicKeyHex, () => void>();
  #cancelLook: (() => void) | undefined;
  #isClosed = false;

  private constructor(options: HeldRoomOptions) {
    const { own, terms, network, clock, random } = options;
    this.terms = terms;
    this.#options = options;
    this.#listener = network.listen(terms.port);
    // Each feed has its share: one owner can't take the room of another.
    const maxBytes = Number(terms.spaceBytes) / terms.peers.length;
    this.#node = new CxoNode({
      id: own.public,
      scheme: curveScheme(own.secret),
      wallNs: () => clock.wallNs(),
      random,
      limits: {
        maxBytes,
        maxObjectBytes: Math.min(maxBytes, MAX_OBJECT_BYTES),
        maxObjects: Math.ceil(maxBytes / BYTES_AN_OBJECT),
      },
    });
    this.#host = new CxoHost({
      node: this.#node,
      clock,
      dial: (pk, signal) => network.dial({ pk, port: terms.port }, signal),
      onEvent: (event) => this.#event(event),
    });
  }

  /** Takes up what is kept and begins to serve it. @throws {Error} The port is taken, or the store can't be read. */
  static async open(options: HeldRoomOptions): Promise<HeldRoom> {
    const room = new HeldRoom(options);
    try {
      for (const feed of options.terms.peers) await room.#load(feed);
    } catch (error) {
      await room.close(); // else the port stays taken
      throw error;
    }
    void room.#take();
    room.#look();
    return room;
  }

  async #load(feed: PublicKeyHex): Promise<void> {
    const kept = await keptHeld(this.#options.store, this.terms, feed);
    this.#follow(feed);
    if (kept === undefined) return;
    this.#atNs.set(feed, kept.root.atNs);
    this.#kept.set(feed, kept.root);
    this.#messages.set(feed, kept.leaves.filter(({ path }) => isMessage(path)).length);
    this.#host.put({ kind: "load", root: rootOf(feed, kept.root), leaves: kept.leaves });
  }

  /** How its feeds stand. */
  get feeds(): HeldFeed[] {
    return this.terms.peers.map((feed) => ({
      feed,
      atNs: this.#atNs.get(feed),
      bytes: this.#node.feeds.get(feed)?.feed.objects.bytes ?? 0,
      messages: this.#messages.get(feed) ?? 0,
      refused: this.#refused.get(feed),
    }));
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelLook?.();
    for (const cancel of this.#resting.values()) cancel();
    this.#listener.close();
    this.#host.close();
    await this.#queue.idle();
  }

  /** Also the owner may read its own: one that has lost its disk goes on from here. */
  #follow(feed: PublicKeyHex): void {
    this.#host.put({ kind: "follow", feed, peers: [feed] });
    this.#host.put({ kind: "allow", feed, peers: this.terms.peers });
  }

  async #take(): Promise<void> {
    const listener = this.#listener as ReturnType<GroupNetwork["listen"]>;
    try {
      for (let stream = await listener.accept(); stream !== null; stream = await listener.accept()) {
        const { pk } = stream.remote;
        if (this.terms.peers.includes(pk)) this.#host.accept(stream, pk).catch(() => {});
        else stream.close();
      }
    } catch (error) {
      if (!this.#isClosed) this.#options.onProblem(error as Error);
    }
  }

  #event(event: NodeOut): void {
    if (this.#isClosed) return;
    if (event.kind === "rejected") {
      this.#refused.set(event.feed, event.reason);
      this.#options.onProblem(
        new Error(`the feed of ${event.feed.slice(0, 8)} is not held: ${event.reason}`),
      );
    } else if (event.kind === "filled") {
      const { feed, root: { root, encoded: value, signature }, changes } = event;
      this.#refused.delete(feed);
      for (const change of changes) {
        if (change.kind !== "removed") this.#listed(feed, change.path, change.value);
      }
      const rows = changes.map(({ kind, path, value }) => ({
        path,
        value: kind === "removed" ? undefined : value.slice(),
        isNew: kind === "inserted",
      }));
      const atNs = this.#options.clock.wallNs();
      this.#keep(feed, { nonce: root.nonce, seq: root.seq, value, signature, atNs }, rows);
    }
  }

  /** An admin whose word counts says who is in, or that somebody else holds the group now. */
  #listed(feed: PublicKeyHex, path: string, value: Uint8Array): void {
    const { group, by, listedNs } = this.terms;
    if (path !== HOLDER_PATH || !by.includes(feed)) return;
    const list = readHolder(value);
    if (list?.groupId === group && list.listedNs > listedNs) this.#options.onListed(list);
  }

  /** An owner that stays says each 45 s that nothing is new: that is written now and then. */
  #keep(feed: PublicKeyHex, root: HeldRoot, rows: readonly HeldRow[]): void {
    const kept = this.#kept.get(feed);
    if (kept?.nonce === root.nonce && kept.seq === root.seq) return; // as it was loaded
    this.#atNs.set(feed, root.atNs);
    if (kept !== undefined && rows.length === 0 && root.atNs - kept.atNs < RENEWED_NS) return;
    this.#kept.set(feed, root);
    this.#then(async () => {
      const { store } = this.#options;
      try {
        // What is told of a feed of which nothing was here is all of it.
        if (kept === undefined) await dropHeld(store, this.terms, feed);
        await keepHeld(store, this.terms, feed, root, rows);
        const before = kept === undefined ? 0 : this.#messages.get(feed) ?? 0;
        this.#messages.set(feed, before + moreMessages(rows));
      } catch (error) {
        this.#drop(feed, AGAIN_MS); // another time, from its owner
        throw error;
      }
    });
  }

  #then(run: () => Promise<void>): void {
    this.#queue.run(run).catch((error) => this.#options.onProblem(error));
  }

  #look(): void {
    this.#cancelLook = this.#options.clock.after(AGE_LOOK_MS, () => {
      const dueNs = this.#options.clock.wallNs() - this.terms.ageNs;
      for (const [feed, atNs] of this.#atNs) if (atNs < dueNs) this.#drop(feed);
      this.#look();
    });
  }

  /** It is taken again when its owner comes, and the pause is over. */
  #drop(feed: PublicKeyHex, pauseMs = 0): void {
    this.#atNs.delete(feed);
    this.#kept.delete(feed);
    this.#messages.delete(feed);
    if (!this.#isClosed && !this.#resting.has(feed)) {
      this.#host.put({ kind: "unfollow", feed });
      if (pauseMs === 0) this.#follow(feed);
      else this.#rest(feed, pauseMs);
    }
    this.#then(() => dropHeld(this.#options.store, this.terms, feed));
  }

  #rest(feed: PublicKeyHex, pauseMs: number): void {
    const end = (): void => {
      this.#resting.delete(feed);
      this.#follow(feed);
    };
    this.#resting.set(feed, this.#options.clock.after(pauseMs, end));
  }
}

interface HeldRow {
  readonly path: string;
  /** undefined: it is gone. */
  readonly value: Uint8Array | undefined;
  readonly isNew: boolean;
}

const isMessage = (path: string): boolean => path.startsWith(`${MESSAGE_PREFIX}/`);

const moreMessages = (rows: readonly HeldRow[]): number =>
  rows.filter(({ path }) => isMessage(path))
    .reduce((sum, { value, isNew }) => sum + (value === undefined ? -1 : isNew ? 1 : 0), 0);
