/**
 * A burst: calls that share a write, planned one after the other, each on a fork of one draft.
 *
 * @module
 */
import { apply, keysToRead } from "./apply.ts";
import type { Draft } from "./draft.ts";
import { turned } from "./ids.ts";
import type { Moment } from "./passed.ts";
import { type ApplyContext, Refused, timesOf } from "./planning.ts";
import type { Change, CommitResult } from "./store.ts";

/** Changes that are to be kept together, and who waits for that. */
export interface Call {
  /** All of them, or none. */
  readonly changes: readonly Change[];
  /** It need not survive a power cut yet. */
  readonly early?: boolean;
  /** Tells what became of them. */
  resolve(result: CommitResult): void;
  /** They could not be kept. */
  reject(error: unknown): void;
}

/** A call that was planned or refused, and how to say so. */
export interface Answer {
  /** Which one. */
  readonly call: Call;
  /** Says so. */
  readonly tell: () => void;
  /** Of its messages, when it was planned. */
  readonly positions?: readonly number[];
}

/** What calls are planned with. */
export type BurstParts = Pick<ApplyContext, "names" | "history" | "ids" | "outbox" | "untidy">;

/**
 * Plans as many calls as fit one write.
 * @param draft  Takes their writes.
 * @param answers  Takes an answer for each that was planned or refused, in order.
 * @returns false when the plan is not to be kept: a call alone was refused.
 */
export async function planCalls(
  parts: BurstParts,
  draft: Draft,
  when: Moment,
  calls: readonly Call[],
  answers: Answer[],
): Promise<boolean> {
  const { names, history, ids, outbox, untidy } = parts;
  draft.head = turned(draft.head, when.passedNs);
  const context: ApplyContext = { names, history, ids, outbox, untidy, ...timesOf(when) };
  const { generation } = draft.head;
  // One read for all of a burst; what it brings is known to the draft.
  await draft.read(
    calls.flatMap(({ changes }) => changes.flatMap((change) => keysToRead(change, names, generation, ids))),
  );
  for (const call of calls) {
    const fork = calls.length === 1 ? draft : draft.fork();
    const tell = await outcome(fork, call, context);
    if (tell.ok && !(fork === draft ? draft.fits() : draft.fits(fork))) {
      if (answers.length > 0) return true;
      answers.push({ call, tell: () => call.reject(new RangeError("too much for one commit")) });
      return fork !== draft;
    }
    answers.push({ call, ...tell });
    if (fork === draft) return tell.ok;
    if (tell.ok) draft.take(fork);
  }
  return true;
}

/** Plans one call on its own fork. @returns How to answer it, and whether the fork counts. */
async function outcome(
  fork: Draft,
  { changes, resolve, reject }: Call,
  context: ApplyContext,
): Promise<{ ok: boolean; positions?: readonly number[]; tell: () => void }> {
  const positions: number[] = [];
  try {
    for (const change of changes) {
      const planned = apply(fork, change, context);
      const position = planned instanceof Promise ? await planned : planned;
      if (position !== undefined) positions.push(position);
    }
    const { cursor } = fork.head;
    return { ok: true, positions, tell: () => resolve({ ok: true, cursor, positions }) };
  } catch (error) {
    if (!(error instanceof Refused)) return { ok: false, tell: () => reject(error) };
    const { reason, position } = error;
    const at = position === undefined ? {} : { position };
    return { ok: false, tell: () => resolve({ ok: false, reason, ...at }) };
  }
}
