/**
 * A burst: calls that share a write, planned one after the other on one draft; what is refused is taken back.
 *
 * @module
 */
import type { Moment } from "../passed.ts";
import { turned } from "../reading/ids.ts";
import type { Change, CommitResult } from "../store.ts";
import { apply, keysToRead } from "./apply.ts";
import type { Draft } from "./draft.ts";
import { type ApplyContext, Refused, timesOf } from "./planning.ts";

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
 */
export async function planCalls(
  parts: BurstParts,
  draft: Draft,
  when: Moment,
  calls: readonly Call[],
  answers: Answer[],
): Promise<void> {
  const { names, history, ids, outbox, untidy } = parts;
  draft.head = turned(draft.head, when.passedNs);
  const context: ApplyContext = { names, history, ids, outbox, untidy, ...timesOf(when) };
  const { generation } = draft.head;
  // One read for all of a burst; what it brings is known to the draft.
  await draft.read(
    calls.flatMap(({ changes }) => changes.flatMap((change) => keysToRead(change, names, generation, ids))),
  );
  for (const call of calls) {
    const beginning = draft.begin();
    const positions: number[] = [];
    try {
      for (const change of call.changes) {
        const planned = apply(draft, change, context);
        const position = planned instanceof Promise ? await planned : planned;
        if (position !== undefined) positions.push(position);
      }
    } catch (error) {
      draft.drop(beginning);
      answers.push({ call, tell: refusal(call, error) });
      continue;
    }
    if (!draft.fits()) {
      draft.drop(beginning);
      // The others go into the next write.
      if (answers.length === 0) {
        answers.push({ call, tell: () => call.reject(new RangeError("too much for one commit")) });
      }
      return;
    }
    const { cursor } = draft.head;
    answers.push({ call, positions, tell: () => call.resolve({ ok: true, cursor, positions }) });
  }
}

/** How to say that a call was not planned. */
function refusal({ resolve, reject }: Call, error: unknown): () => void {
  if (!(error instanceof Refused)) return () => reject(error);
  const { reason, position } = error;
  const at = position === undefined ? {} : { position };
  return () => resolve({ ok: false, reason, ...at });
}
