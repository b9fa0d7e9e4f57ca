/**
 * Messages of ours, and who has them. The first who has one is kept.
 *
 * @see lib/app/README.md "Groups"
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { Store } from "../../../store/store.ts";
import type { Clock } from "../../../sys/clock.ts";
import { Evidence, saidIn } from "./evidence.ts";
import type { GroupEvidence, GroupId } from "../groups.ts";

/** Messages of ours of which it is still to be kept that somebody has them. */
const MAX_UNHEARD = 1000;

/** What they are made of. */
export interface PostedOptions {
  /** Time. */
  readonly clock: Clock;
  /** Keeps that somebody has one. */
  readonly store: Store;
  /** Told when that can't be kept. */
  readonly onProblem: (error: Error) => void;
}

/** Messages of ours in all groups. */
export class Posted {
  /** Who has them, as far as this program knows. */
  readonly evidence: Evidence;
  readonly #options: PostedOptions;
  /** Those that nobody else is known to have, by tail. */
  readonly #unheard = new Map<string, { readonly peer: GroupId; readonly position: number }>();

  /** Nothing yet. */
  constructor(options: PostedOptions) {
    this.#options = options;
    this.evidence = new Evidence(options.clock);
  }

  /** Somebody has a message. @param by  How we know. */
  has(tail: string, pk: PublicKeyHex, by: GroupEvidence["by"]): void {
    this.evidence.add(tail, pk, by);
    this.#heardOf(tail);
  }

  /** A message waits for the first who has it. */
  add(tail: string, place: { readonly peer: GroupId; readonly position: number }): void {
    this.#unheard.set(saidIn(tail), place);
    if (this.#unheard.size > MAX_UNHEARD) this.#unheard.delete(this.#unheard.keys().next().value!);
    if (this.evidence.of(tail).length > 0) this.#heardOf(tail);
  }

  /** Of how many of a group's nobody else is known to have one. */
  waitingIn(group: GroupId): number {
    return this.#unheard.values().filter(({ peer }) => peer === group).toArray().length;
  }

  /** Somebody has it: that is kept, once. */
  #heardOf(tail: string): void {
    const place = this.#unheard.get(saidIn(tail));
    if (place === undefined) return;
    this.#unheard.delete(saidIn(tail));
    const { store, onProblem } = this.#options;
    store.commit([{ kind: "state", ...place, state: "received", from: ["sent"] }]).catch(onProblem);
  }
}
