/** Seeded groups; more of them, and larger ones, with `task sim:group`. */
import { simulate } from "./sim.ts";

const SMALL = 100;

Deno.test(`Group: ${SMALL} seeds of 5 members and 10 minutes end with one roster and the same messages`, () => {
  const counts = { posts: 0, decisions: 0, restarts: 0, liars: 0 };
  for (let seed = 1; seed <= SMALL; seed++) {
    const report = simulate(seed, 5, 10);
    for (const name of ["posts", "decisions", "restarts", "liars"] as const) counts[name] += report[name];
  }
  const { posts, decisions, restarts, liars } = counts;
  console.log(
    `${SMALL} seeds: ${posts} messages, ${decisions} decisions, ${restarts} restarts, ${liars} liars`,
  );
});

Deno.test("Group: a liar that takes back a place in which it said two things has taken back both, in any order", () => {
  simulate(501, 5, 10);
});

Deno.test("Group: a seed on the real curve agrees as well", () => {
  simulate(1, 5, 5, true);
});
