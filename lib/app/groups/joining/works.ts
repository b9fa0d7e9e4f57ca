/**
 * The work that groups ask us for: looked for beside the rest of the program, by all who need it together, and shown as
 * long as it counts. It names the group and us and no admin, so one is enough for all of them and for each repeat.
 *
 * @see specification skychat §b.7 "Proof of work"
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import { MAX_POW_BITS } from "../../../group/joining/invite.ts";
import { type Work, WORK_AGE_SEC, WorkSearch } from "../../../group/joining/work.ts";
import { type Clock, sleep } from "../../../sys/clock.ts";
import { NetworkError } from "../../../wire/errors.ts";
import type { GroupId } from "../groups.ts";

/** Nonces between two looks at the rest of the program, and how long one looks for work. */
const WORK_SLICE = 2_000;
const WORK_MS = 30_000;
/** Older work is not shown: an admin's clock may be behind ours, or ahead. */
const KEPT_SEC = WORK_AGE_SEC - 180n;
const SEC_NS = 1_000_000_000n;

/** A search, and what it has found. */
interface Started {
  readonly bits: number;
  readonly sinceSec: bigint;
  readonly search: WorkSearch;
  found: Work | undefined;
}

/** Does the work. */
export class Works {
  readonly #clock: Clock;
  readonly #pk: PublicKeyHex;
  readonly #started = new Map<GroupId, Started>();

  /** Nothing is looked for yet. @param pk  Our key. */
  constructor(clock: Clock, pk: PublicKeyHex) {
    this.#clock = clock;
    this.#pk = pk;
  }

  /**
   * Work for a group; a search that was given up goes on where it was.
   * @param refused  What an admin has not let count.
   * @throws {NetworkError} It is not found in 30 s.
   */
  async of(group: GroupId, bits: number, signal: AbortSignal, refused?: Work): Promise<Work> {
    const started = this.#searchOf(group, bits, refused);
    const endMs = this.#clock.nowMs() + WORK_MS;
    for (;;) {
      started.found ??= started.search.step(WORK_SLICE);
      if (started.found !== undefined) return started.found;
      signal.throwIfAborted();
      if (this.#clock.nowMs() > endMs) {
        throw new NetworkError("The work took too long", { retry: true, reason: "timeout" });
      }
      await sleep(this.#clock, 0, signal);
    }
  }

  /** No more of a group is needed. */
  forget(group: GroupId): void {
    this.#started.delete(group);
  }

  #searchOf(group: GroupId, bits: number, refused: Work | undefined): Started {
    const nowSec = this.#clock.wallNs() / SEC_NS;
    const wanted = Math.min(bits, MAX_POW_BITS);
    const known = this.#started.get(group);
    const age = known === undefined ? 0n : nowSec - known.sinceSec;
    const counts = known !== undefined && known.bits >= wanted && age >= 0n && age <= KEPT_SEC;
    if (counts && (refused === undefined || known.found !== refused)) return known;
    const search = new WorkSearch(group, this.#pk, wanted, nowSec);
    const started = { bits: wanted, sinceSec: nowSec, search, found: undefined };
    this.#started.set(group, started);
    return started;
  }
}
