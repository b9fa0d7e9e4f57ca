/** Seeds of 16 members and an hour, in slices: each takes seconds, and a file is what the runner gives to a processor. */
import { type SimReport, simulate } from "./sim.ts";

const MEMBERS = 16;
const MINUTES = 60;

/** A test of a few full seeds, which prints its counts. */
export function testFullSeeds(from: number, count: number): void {
  const name = `Group: full seeds ${from} to ${
    from + count - 1
  }, ${MEMBERS} members and an hour, end as one group`;
  Deno.test(
    name,
    () => printCounts(Array.from({ length: count }, (_, i) => simulate(from + i, MEMBERS, MINUTES))),
  );
}

/** Prints what seeds counted, all together. */
export function printCounts(reports: readonly SimReport[]): void {
  const sum = (name: keyof SimReport): number => reports.reduce((all, report) => all + report[name], 0);
  console.log(
    `${reports.length} seeds: ${sum("posts")} messages, ${sum("decisions")} decisions, ` +
      `${sum("restarts")} restarts, ${sum("liars")} liars, ${sum("forged")} forged leaves`,
  );
}
