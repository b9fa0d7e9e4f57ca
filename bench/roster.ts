/**
 * Decisions of a group: what one takes among 10,000 members beside one among 100, when it has seen all that came before,
 * and when two have not seen each other and a third has seen both.
 *
 * @module
 */
import { RosterGraph } from "../lib/group/roster/graph.ts";
import { ratios, shown } from "./stats.ts";

const ROUNDS = 7;
const BATCH = 3000;

/** Runs it, and prints both figures and their ratio. */
export function benchRoster(large = 10_000, small = 100): Promise<void> {
  const figures = { large: [[], []] as number[][], small: [[], []] as number[][] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of ["large", "small"] as const) {
      const [inTurn, apart] = measured(name === "large" ? large : small);
      figures[name][0].push(inTurn);
      figures[name][1].push(apart);
    }
  }
  console.log(
    `roster: a decision among ${large} members beside one among ${small}, placed and the roster asked`,
  );
  ["one behind the other", "two apart, then joined"].forEach((what, i) => {
    const [many, few] = [figures.large[i], figures.small[i]];
    console.log(`  ${what}: ${shown(many, 1)} µs, ${shown(few, 1)} µs, ratio ${shown(ratios(many, few), 2)}`);
  });
  return Promise.resolve();
}

/** Microseconds for each decision. */
function measured(members: number): [number, number] {
  const graph = new RosterGraph("founder");
  let at = 0;
  let last: string[] = [];
  const decide = (op: "add" | "mute", peer: string, parents: readonly string[]): string => {
    const id = `n${++at}`;
    const [domain, number] = op === "add" ? ["roster", 1] as const : ["mod", at % 2 === 0 ? 3 : 4] as const;
    graph.take({ id, domain, op: number, peer, issuer: "founder", atNs: BigInt(at), parents });
    return id;
  };
  for (let i = 0; i < members; i++) last = [decide("add", `m${i}`, last)];
  const timed = (run: (i: number) => void): number => {
    const startMs = performance.now();
    for (let i = 0; i < BATCH; i++) run(i);
    return (performance.now() - startMs) * 1000 / BATCH;
  };
  const mute = (i: number, parents: readonly string[]): string => {
    const peer = `m${i * 7919 % members}`;
    const id = decide("mute", peer, parents);
    graph.isMuted(peer);
    return id;
  };
  const inTurn = timed((i) => last = [mute(i, last)]);
  const apart = timed((i) => {
    if (i % 3 === 2) return void (last = [mute(i, graph.heads())]);
    mute(i, last);
  });
  return [inTurn, apart];
}
