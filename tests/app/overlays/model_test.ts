/**
 * Lists, bulletins, polls, dashboards and invites of three people, with each other and in a group: whatever is said, by
 * whom and in which order it comes, taken back, forgotten, blocked, cancelled, restored, killed and made anew, each sees
 * what follows from the messages that are there, and pages, counts and what is unread agree.
 */
import { play } from "./run.ts";

Deno.test("What each sees in overlays follows from the messages it has, whatever becomes of them", async () => {
  for (let seed = 0; seed < 2; seed++) await play(seed, 25);
});
