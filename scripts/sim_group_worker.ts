/**
 * Runs seeds for scripts/sim_group.ts on a thread of its own: one message in, one out.
 *
 * @module
 */
import { type SimReport, simulate } from "../tests/group/sim/sim.ts";

/** A seed to run. */
export interface SeedWish {
  /** Which. */
  readonly seed: number;
  /** Members. */
  readonly size: number;
  /** Of fake time. */
  readonly minutes: number;
  /** Whether it signs on the real curve. */
  readonly curve: boolean;
}

/** What a worker says: `ready` when it begins, and takes a seed from then on. */
export type WorkerMessage = SeedResult | "ready";

/** What came of a seed: a report, or in which way members do not agree. */
export interface SeedResult {
  /** Which. */
  readonly seed: number;
  /** How long it took. */
  readonly tookMs: number;
  /** Counts, when they agree. */
  readonly report?: SimReport;
  /** Otherwise. */
  readonly error?: string;
}

/** The parts of a worker's global that the compiler's library does not describe here. */
const thread = globalThis as unknown as {
  onmessage: (event: MessageEvent<SeedWish>) => void;
  postMessage(result: WorkerMessage): void;
};

thread.onmessage = ({ data: { seed, size, minutes, curve } }) => {
  const startMs = performance.now();
  const tookMs = (): number => Math.round(performance.now() - startMs);
  try {
    const report = simulate(seed, size, minutes, curve);
    thread.postMessage({ seed, tookMs: tookMs(), report });
  } catch (error) {
    thread.postMessage({
      seed,
      tookMs: tookMs(),
      error: error instanceof Error ? error.message : String(error),
    });
  }
};
thread.postMessage("ready");
