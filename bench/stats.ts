/**
 * Medians and spreads. Only ratios inside one run mean anything: machines drift.
 *
 * @module
 */

/** Several figures of one kind. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** The spread of some figures; at least one. */
export function spread(figures: readonly number[]): Spread {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { min: sorted[0], median, max: sorted[sorted.length - 1] };
}

/** The p-th percentile (0–100) of some figures. */
export function percentile(figures: readonly number[], p: number): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((p / 100) * sorted.length))];
}

/** `123 (118–131)`. */
export function shown(figures: readonly number[], digits = 0): string {
  const { min, median, max } = spread(figures);
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

/** Ratios pair by pair: figures measured next to each other are compared with each other. */
export const ratios = (ours: readonly number[], theirs: readonly number[]): number[] =>
  ours.slice(0, theirs.length).map((figure, i) => figure / theirs[i]);

/** Messages a second, and the time of one. */
export interface Flooded {
  readonly rate: number;
  readonly p50Ms: number;
  readonly p999Ms: number;
}
