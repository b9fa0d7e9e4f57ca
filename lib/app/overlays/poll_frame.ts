/**
 * A change of a poll as a frame.
 *
 * @see lib/overlay/README.md "Stamps"
 * @module
 */
import type { OverlayEngine } from "../../overlay/engine.ts";
import { MAX_CHOICES, MAX_QUESTION_CHARS } from "../../overlay/folds/poll.ts";
import { pollOf } from "../../overlay/folds/poll_rows.ts";
import { POLL } from "../../overlay/frame.ts";
import { UserError } from "../../wire/errors.ts";
import { pollLine } from "./lines.ts";
import type { PollChange } from "./overlays.ts";
import { checkText, endOf, noSuch, type Planned, type Planner, usage } from "./planned.ts";

/** Plans it. @throws {UserError} usage: there is no such poll or choice; refused: it is over, or not ours to close. */
export async function pollFrame(
  engine: OverlayEngine,
  change: PollChange,
  { pk, stampAfter }: Planner,
): Promise<Planned> {
  const tree = engine.tree("poll");
  const frame = (line: string, data: unknown, stamp: number, parent?: string): Planned => ({
    overlay: POLL,
    data: JSON.stringify(data),
    line,
    stamp,
    parent,
  });
  if (change.do === "new") {
    const { text, choices, many = false, until } = change;
    checkText("A question", text, MAX_QUESTION_CHARS);
    for (const choice of choices) checkText("A choice", choice, MAX_QUESTION_CHARS);
    if (choices.length < 2 || choices.length > MAX_CHOICES) {
      throw usage(`A poll has 2 to ${MAX_CHOICES} choices`, "Name them after the question.");
    }
    const twice = choices.find((choice, i) => choices.indexOf(choice) < i);
    if (twice !== undefined) {
      throw usage(`The choice ${JSON.stringify(twice)} is there twice`, "Give each once.");
    }
    const stamp = stampAfter();
    const end = endOf(until, stamp).x;
    const data = {
      a: "new",
      q: text,
      c: choices,
      ...(many ? { m: true } : {}),
      ...(end === undefined ? {} : { u: end }),
    };
    return frame(pollLine.new(text, choices), data, stamp);
  }
  const poll = await pollOf(tree, change.id);
  if (poll === undefined) throw noSuch("poll");
  const { question, choices, many, key, stamp, author, until, isClosed } = poll;
  const last = await tree.last(`o/${key}/${pk}/`);
  const at = stampAfter(stamp, last && parseInt(last.key.split("/")[3], 16));
  if (isClosed || until !== undefined && until <= at) {
    throw new UserError("This poll is over", { kind: "refused", hint: "`dmsg poll ls` has its result." });
  }
  if (change.do === "close") {
    // Behind all votes that we know of: by a clock that is behind they would count no more.
    const vote = await tree.last(`t/${key}/`);
    const end = stampAfter(at - 1, vote && parseInt(vote.key.split("/")[2], 16));
    if (author === pk) return frame(pollLine.close(question), { a: "close" }, end, key);
    throw new UserError("Only whoever asked can close a poll", { kind: "refused", hint: "It stays open." });
  }
  const votes = [...new Set(change.votes)].sort((a, b) => a - b);
  if (votes.some((choice) => choices[choice] === undefined)) {
    throw usage("There is no such choice", `It has the choices 1 to ${choices.length}.`);
  }
  if (votes.length > 1 && !many) throw usage("This poll takes one choice", "Name one.");
  return frame(
    pollLine.vote(question, votes.map((choice) => choices[choice].text)),
    { a: "vote", v: votes },
    at,
    key,
  );
}
