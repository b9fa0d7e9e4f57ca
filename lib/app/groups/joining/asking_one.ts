/**
 * One request to be let in, to one admin: with the work that it demands, and saying whether it is a repeat.
 *
 * @see specification skychat §b.7
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import { relayPortOf } from "../../../group/record/address.ts";
import { type JoinResponse, MAX_NOTE_BYTES } from "../../../group/joining/admission.ts";
import { NO_WORK, type Work } from "../../../group/joining/work.ts";
import type { Clock } from "../../../sys/clock.ts";
import { cutUtf8 } from "../../../wire/bytes.ts";
import { askAtDoor } from "./admission.ts";
import { isKept } from "./answers.ts";
import type { GroupNetwork } from "../feeds/group_network.ts";
import type { GroupRoom } from "../room/group_room.ts";
import type { GroupId } from "../groups.ts";
import { Works } from "./works.ts";

/** What one asks for. */
export interface Plea {
  /** Shown to the admin. */
  readonly note: string;
  /** Whether its user wants in after a no. */
  readonly isWish: boolean;
}

/** What requests are made of. */
export interface AskingOneOptions {
  /** Our key. */
  readonly pk: PublicKeyHex;
  /** Time. */
  readonly clock: Clock;
  /** Carries streams. */
  readonly network: GroupNetwork | undefined;
}

/** Asks admins. */
export class AskingOne {
  readonly #options: AskingOneOptions;
  readonly #works: Works;
  /** Admins that answer a repeat from what they keep, if it says that it is one. */
  readonly #keeping = new Map<GroupId, Set<PublicKeyHex>>();

  /** Nothing is asked yet. */
  constructor(options: AskingOneOptions) {
    this.#options = options;
    this.#works = new Works(options.clock, options.pk);
  }

  /** Nothing more is asked about a group for now. */
  forget(group: GroupId): void {
    this.#keeping.delete(group);
    this.#works.forget(group);
  }

  /**
   * Asks one admin. Needs a network.
   * @returns Its answer; undefined: none that can be read.
   * @throws {NetworkError} It can't be reached. The signal's reason.
   */
  async ask(
    room: GroupRoom,
    pk: PublicKeyHex,
    plea: Plea,
    signal: AbortSignal,
  ): Promise<JoinResponse | undefined> {
    const { id, joinPowBits: bits } = room.record;
    const work = bits > 0 ? await this.#works.of(id, bits, signal) : NO_WORK;
    const first = await this.#request(room, pk, plea, work, signal);
    if (first?.status !== "challenge") return first;
    const better = await this.#works.of(id, first.powBits, signal, work);
    return await this.#request(room, pk, plea, better, signal);
  }

  async #request(
    { circle: { announcement }, record: { id, port }, extra: { invite } }: GroupRoom,
    pk: PublicKeyHex,
    { note, isWish }: Plea,
    work: Work,
    signal: AbortSignal,
  ): Promise<JoinResponse | undefined> {
    const stream = await this.#options.network!.dial({ pk, port: relayPortOf(port) }, signal);
    const tsNs = this.#options.clock.wallNs();
    const keeping = this.#keeping.get(id) ?? new Set();
    this.#keeping.set(id, keeping);
    const response = await askAtDoor(stream, {
      groupId: id,
      requester: this.#options.pk,
      note: cutUtf8(note, MAX_NOTE_BYTES), // kept ones are of programs that let one write more
      invite,
      ratchet: announcement ?? new Uint8Array(0),
      work,
      askAgain: isWish || keeping.has(pk),
      probe: false,
      tsNs,
    }, signal);
    if (isKept(response)) keeping.add(pk);
    else keeping.delete(pk);
    return response;
  }
}
