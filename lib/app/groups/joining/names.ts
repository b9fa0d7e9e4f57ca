/**
 * Asks founders now and then what their groups are called: Go programs tell it in no other way. A name that a founder
 * has signed stands against the answer.
 *
 * @see specification skychat §b.7 "members refresh by probe"
 * @module
 */
import { isGroupName } from "../../../group/record/name_leaf.ts";
import { kindOf } from "../../../group/joining/invite.ts";
import type { Random } from "../../../sys/random.ts";
import { NetworkError, UserError } from "../../../wire/errors.ts";
import type { AskingOptions } from "./asking.ts";
import type { GroupRoom } from "../room/group_room.ts";
import type { GroupId } from "../groups.ts";
import { probe } from "./links.ts";

/** Until the first question: what a start has to do comes first. */
const FIRST_MS = 20_000;
/** Between two; both are made longer by up to a half, so that the members of a group do not ask together. */
const AGAIN_MS = 15 * 60_000;

/** Asks for names. */
export class Names {
  readonly #options: AskingOptions;
  readonly #random: Random;
  readonly #cancel = new Map<GroupId, () => void>();
  readonly #stop = new AbortController();

  /** Nothing is asked yet. */
  constructor(options: AskingOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  /** Ends all that runs. */
  close(): void {
    this.#stop.abort(new DOMException("the app is closed", "AbortError"));
    for (const group of [...this.#cancel.keys()]) this.stop(group);
  }

  /** No longer asks about a group. */
  stop(group: GroupId): void {
    this.#cancel.get(group)?.();
    this.#cancel.delete(group);
  }

  /** Asks about a group of somebody else, now and then. */
  watch(room: GroupRoom): void {
    if (this.#options.network === undefined || room.record.ownerPk === this.#options.pk) return;
    this.#later(room, FIRST_MS);
  }

  #later(room: GroupRoom, ms: number): void {
    const { id } = room.record;
    this.stop(id);
    const jittered = ms * (1 + this.#random.fraction() / 2);
    this.#cancel.set(
      id,
      this.#options.clock.after(jittered, () => {
        this.#ask(room).catch(this.#options.onProblem).finally(() => {
          if (!room.isClosed && !this.#stop.signal.aborted) this.#later(room, AGAIN_MS);
        });
      }),
    );
  }

  async #ask(room: GroupRoom): Promise<void> {
    const { id, ownerPk, status, mode, kind } = room.record;
    if (status !== "active") return;
    try {
      const { name, groupKind } = await probe(ownerPk, id, this.#options, this.#stop.signal);
      const isThis = groupKind === kindOf(mode, kind); // another kind under the same id is another group
      if (!isThis || !isGroupName(name) || name === room.record.name || room.isClosed) return;
      await room.handle({ kind: "rename", name });
    } catch (error) {
      // A founder that is away, or answers no probes, is nothing to tell of.
      if (!(error instanceof NetworkError || error instanceof UserError) && !this.#stop.signal.aborted) {
        throw error;
      }
    }
  }
}
