/**
 * What we hold for others: off until the user names whose feeds.
 *
 * @see lib/app/README.md "Holding"
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../../../crypto/keys.ts";
import type { HolderLeaf } from "../../../group/feed/holder_leaf.ts";
import { pairPort } from "../../../pair/keys.ts";
import type { Store } from "../../../store/store.ts";
import type { Clock } from "../../../sys/clock.ts";
import type { Random } from "../../../sys/random.ts";
import { UserError } from "../../../wire/errors.ts";
import { formatGoTime } from "../../../wire/go_time.ts";
import { Turns } from "../../../wire/turns.ts";
import type { GroupNetwork } from "../../groups/feeds/group_network.ts";
import type { HeldView, HoldRequest, Pairs } from "../pairs.ts";
import { HeldRoom } from "./held_room.ts";
import { dropHeld, type HeldTerms, keepTerms, keptTerms, nameOf } from "./kept_held.ts";

/** Held pairs and groups at most: each has a port. */
const MAX_HELD = 256;
/** Less holds no message. */
const MIN_SPACE_BYTES = 64 * 1024;
/** A list of members that could not be kept is taken again after this. */
const AGAIN_MS = 60_000;
const NS_PER_MS = 1_000_000n;

/** What it is made of. */
export interface HoldingOptions {
  /** Us. */
  readonly own: KeyPair;
  /** Keeps it. */
  readonly store: Store;
  /** Carries streams; undefined for a program that does not stay: it holds nothing, and only changes the list. */
  readonly network: GroupNetwork | undefined;
  /** Time. */
  readonly clock: Clock;
  /** Waits before dialling. */
  readonly random: Random;
  /** Told when something went wrong beside a call. */
  readonly onProblem: (error: Error) => void;
}

/** See the module. */
export class Holding {
  readonly #options: HoldingOptions;
  readonly #rooms = new Map<string, HeldRoom>();
  readonly #turns = new Turns();
  /** Cancel what is done again. */
  readonly #again = new Set<() => void>();
  #isClosed = false;

  private constructor(options: HoldingOptions) {
    this.#options = options;
  }

  /** Begins to serve what is kept; one whose port is taken is told of, and passed over. */
  static async open(options: HoldingOptions): Promise<Holding> {
    const holding = new Holding(options);
    await holding.#turns.run(async () => {
      for (const terms of await keptTerms(options.store)) {
        await holding.#open(terms).catch(options.onProblem);
      }
    });
    return holding;
  }

  /** Holds the feeds of a pair or a group from now on, or under other terms. @throws {UserError} usage, refused. */
  add(request: HoldRequest): Promise<void> {
    return this.#turns.run(() => this.#add(request));
  }

  async #add({ peers, group, spaceBytes, ageMs }: HoldRequest): Promise<void> {
    const { own, store } = this.#options;
    const whose = group === undefined ? pairTerms(own.pk, peers) : groupTerms(own.pk, peers, group);
    const limits = { spaceBytes: BigInt(spaceBytes), ageNs: BigInt(ageMs) * NS_PER_MS };
    if (spaceBytes < MIN_SPACE_BYTES) {
      throw usage("That is too little space to hold anything", "64 KiB is the least.");
    }
    const all = await keptTerms(store);
    const known = all.find((one) => nameOf(one) === nameOf(whose));
    const isSame = known !== undefined && known.port === whose.port && known.by.join() === whose.by.join();
    const { peers: members, listedNs } = isSame ? known : whose;
    const terms: HeldTerms = { ...whose, peers: members, listedNs, ...limits };
    if (known === undefined && all.length >= MAX_HELD) {
      throw new UserError(`${MAX_HELD} pairs and groups are held already`, {
        kind: "refused",
        hint: "`dmsg hold remove` drops one.",
      });
    }
    await this.#close(terms);
    try {
      await this.#open(terms).catch((cause) => {
        throw portInUse(terms, cause);
      });
      await store.commit([keepTerms(terms)]);
    } catch (error) {
      await this.#close(terms);
      if (known !== undefined) await this.#open(known).catch(this.#options.onProblem); // it stays as it was
      throw error;
    }
  }

  /** What is held. */
  async list(): Promise<HeldView[]> {
    return (await keptTerms(this.#options.store)).map((terms) => {
      const room = this.#rooms.get(nameOf(terms));
      return {
        peers: terms.group === "" ? terms.peers : terms.by,
        ...(terms.group === "" ? {} : { group: { id: terms.group, port: terms.port } }),
        port: terms.port,
        spaceBytes: Number(terms.spaceBytes),
        ageMs: Number(terms.ageNs / NS_PER_MS),
        feeds: (room?.feeds ?? []).map(({ feed, bytes, messages, atNs, refused }) => ({
          feed,
          bytes,
          messages,
          ...(atNs === undefined ? {} : { renewed: formatGoTime(atNs) }),
          ...(refused === undefined ? {} : { refused }),
        })),
      };
    });
  }

  /** Holds it no more, and drops what is here of it. @throws {UserError} usage: it is not held. */
  remove({ peers, group }: Parameters<Pairs["release"]>[0]): Promise<void> {
    return this.#turns.run(async () => {
      const { own, store } = this.#options;
      const name = group ?? nameOf(pairTerms(own.pk, peers));
      const terms = (await keptTerms(store)).find((one) => nameOf(one) === name);
      if (terms === undefined) {
        const these = group === undefined ? "these two" : `group ${group}`;
        throw usage(`Nothing is held for ${these}`, "`dmsg hold ls` shows what is.");
      }
      await this.#close(terms);
      await store.commit([keepTerms(terms, false)]);
      for (const feed of terms.peers) await dropHeld(store, terms, feed);
    });
  }

  /** Other members are in: who is out is served no more, and nothing of it is kept. */
  async #listed(name: string, { holder, listedNs, members }: HolderLeaf): Promise<void> {
    const { own, store, onProblem } = this.#options;
    const terms = (await keptTerms(store)).find((one) => nameOf(one) === name);
    if (terms === undefined) return;
    if (listedNs <= terms.listedNs) {
      // It was kept already, and what it holds could not be opened then.
      if (!this.#rooms.has(name)) await this.#open(terms);
      return;
    }
    // When another node holds the group it is only listened whether it comes back here.
    const peers = holder === own.pk ? members.filter((pk) => pk !== own.pk) : terms.by;
    const next = { ...terms, peers: [...peers].sort(), listedNs };
    // First: on a disk that takes nothing what is held is still served.
    await store.commit([keepTerms(next)]);
    await this.#close(terms);
    for (const feed of terms.peers) {
      if (!next.peers.includes(feed)) await dropHeld(store, next, feed).catch(onProblem);
    }
    await this.#open(next);
  }

  /** Ends all that runs. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const cancel of this.#again) cancel();
    await this.#turns.idle();
    await Promise.all([...this.#rooms.values()].map((room) => room.close()));
  }

  async #open(terms: HeldTerms): Promise<void> {
    const { network, ...parts } = this.#options;
    if (network !== undefined) {
      const onListed = (list: HolderLeaf): void => {
        this.#turns.run(async () => this.#isClosed || await this.#listed(nameOf(terms), list)).catch(
          (error) => this.#failed(error, () => onListed(list)),
        );
      };
      this.#rooms.set(nameOf(terms), await HeldRoom.open({ ...parts, network, terms, onListed }));
    }
  }

  /** Its sender says it once: it is done again here. */
  #failed(error: Error, again: () => void): void {
    const { clock, onProblem } = this.#options;
    onProblem(error);
    if (this.#isClosed) return;
    const cancel = clock.after(AGAIN_MS, () => {
      this.#again.delete(cancel);
      again();
    });
    this.#again.add(cancel);
  }

  async #close(terms: HeldTerms): Promise<void> {
    await this.#rooms.get(nameOf(terms))?.close();
    this.#rooms.delete(nameOf(terms));
  }
}

type Whose = Omit<HeldTerms, "spaceBytes" | "ageNs">;

function pairTerms(own: PublicKeyHex, peers: readonly PublicKeyHex[]): Whose {
  if (peers.length !== 2 || peers[0] === peers[1]) {
    throw usage("A pair has two sides", "Name both, by key or alias.");
  }
  if (peers.includes(own)) {
    throw usage("A side of a pair can't hold it", "Hold it at a third node that is always on.");
  }
  const port = pairPort(peers[0], peers[1]);
  return { peers: [...peers].sort(), group: "", by: [], listedNs: 0n, port };
}

function groupTerms(
  own: PublicKeyHex,
  peers: readonly PublicKeyHex[],
  { id, port }: NonNullable<HoldRequest["group"]>,
): Whose {
  const by = [...new Set(peers)].sort();
  if (by.length === 0) throw usage("Whose word says who is in?", "Name an admin of the group, or several.");
  if (by.includes(own)) throw usage("A member of a group can't hold it", "It copies already.");
  return { peers: by, group: id.toLowerCase(), by, listedNs: 0n, port };
}

const portInUse = ({ port }: HeldTerms, cause: unknown): UserError =>
  new UserError(`Port ${port}, where these meet, is in use here`, {
    kind: "refused",
    hint:
      "A node holds one pair or group on a port, and no group that it is in; `dmsg group leave` ends that.",
    cause,
  });

const usage = (message: string, hint: string): UserError => new UserError(message, { kind: "usage", hint });
