/**
 * What we hold for others: off until the user names whose feeds.
 *
 * @see lib/app/README.md "Holding"
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../../../crypto/keys.ts";
import { pairPort } from "../../../pair/keys.ts";
import type { Store } from "../../../store/store.ts";
import type { Clock } from "../../../sys/clock.ts";
import type { Random } from "../../../sys/random.ts";
import { UserError } from "../../../wire/errors.ts";
import { formatGoTime } from "../../../wire/go_time.ts";
import type { GroupNetwork } from "../../groups/group_network.ts";
import type { HeldView, HoldRequest } from "../pairs.ts";
import { HeldRoom } from "./held_room.ts";
import { dropHeld, type HeldTerms, keepTerms, keptTerms, nameOf } from "./kept_held.ts";

/** Held pairs at most: each has a port and two feeds. */
const MAX_HELD = 256;
/** Less holds no message. */
const MIN_SPACE_BYTES = 64 * 1024;
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

  private constructor(options: HoldingOptions) {
    this.#options = options;
  }

  /** Begins to serve what is kept; one whose port is taken is told of, and passed over. */
  static async open(options: HoldingOptions): Promise<Holding> {
    const holding = new Holding(options);
    for (const terms of await keptTerms(options.store)) {
      await holding.#open(terms).catch(options.onProblem);
    }
    return holding;
  }

  /** Holds the feeds of a pair from now on, or under other terms. @throws {UserError} usage, refused. */
  async add({ peers, spaceBytes, ageMs }: HoldRequest): Promise<void> {
    const { own, store } = this.#options;
    const terms: HeldTerms = {
      peers: pairOf(own.pk, peers),
      port: pairPort(peers[0], peers[1]),
      spaceBytes: BigInt(spaceBytes),
      ageNs: BigInt(ageMs) * NS_PER_MS,
    };
    if (spaceBytes < MIN_SPACE_BYTES) {
      throw usage("That is too little space to hold anything", "64 KiB is the least.");
    }
    const all = await keptTerms(store);
    const isNew = all.every((one) => nameOf(one) !== nameOf(terms));
    if (isNew && all.length >= MAX_HELD) {
      throw new UserError(`${MAX_HELD} pairs are held already`, {
        kind: "refused",
        hint: "`dmsg hold remove` drops one.",
      });
    }
    await this.#close(terms);
    await this.#open(terms).catch((cause) => {
      const message = `Port ${terms.port}, where these two meet, is in use here`;
      throw new UserError(message, { kind: "refused", hint: "A node holds one pair on a port.", cause });
    });
    await store.commit([keepTerms(terms)]);
  }

  /** What is held. */
  async list(): Promise<HeldView[]> {
    return (await keptTerms(this.#options.store)).map((terms) => {
      const room = this.#rooms.get(nameOf(terms));
      return {
        peers: terms.peers,
        port: terms.port,
        spaceBytes: Number(terms.spaceBytes),
        ageMs: Number(terms.ageNs / NS_PER_MS),
        feeds: (room?.feeds ?? []).map(({ feed, bytes, atNs, refused }) => ({
          feed,
          bytes,
          ...(atNs === undefined ? {} : { renewed: formatGoTime(atNs) }),
          ...(refused === undefined ? {} : { refused }),
        })),
      };
    });
  }

  /** Holds it no more, and drops what is here of it. @throws {UserError} usage: it is not held. */
  async remove({ peers }: { readonly peers: readonly PublicKeyHex[] }): Promise<void> {
    const { own, store } = this.#options;
    const name = nameOf({ peers: pairOf(own.pk, peers) });
    const terms = (await keptTerms(store)).find((one) => nameOf(one) === name);
    if (terms === undefined) {
      throw usage("Nothing is held for these two", "`dmsg hold ls` shows what is.");
    }
    await this.#close(terms);
    await store.commit([keepTerms(terms, false)]);
    for (const feed of terms.peers) await dropHeld(store, terms, feed);
  }

  /** Ends all that runs. */
  async close(): Promise<void> {
    await Promise.all([...this.#rooms.values()].map((room) => room.close()));
  }

  async #open(terms: HeldTerms): Promise<void> {
    const { network, ...parts } = this.#options;
    if (network !== undefined) {
      this.#rooms.set(nameOf(terms), await HeldRoom.open({ ...parts, network, terms }));
    }
  }

  async #close(terms: HeldTerms): Promise<void> {
    await this.#rooms.get(nameOf(terms))?.close();
    this.#rooms.delete(nameOf(terms));
  }
}

function pairOf(own: PublicKeyHex, peers: readonly PublicKeyHex[]): PublicKeyHex[] {
  if (peers.length !== 2 || peers[0] === peers[1]) {
    throw usage("A pair has two sides", "Name both, by key or alias.");
  }
  if (peers.includes(own)) {
    throw usage("A side of a pair can't hold it", "Hold it at a third node that is always on.");
  }
  return [...peers].sort();
}

const usage = (message: string, hint: string): UserError => new UserError(message, { kind: "usage", hint });
