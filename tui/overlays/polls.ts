/**
 * The polls of a conversation: their choices with their votes.
 *
 * @module
 */
import type { PollView } from "../../lib/app/overlays/overlays.ts";
import { cleanLine } from "../drawing/text.ts";
import { momentOf, msOf } from "../drawing/time.ts";
import { nameOf, nameOfPeer, say, step } from "../state/model.ts";
import type { Model } from "../state/types.ts";
import { type Item, type OverlayKind, overlayOf } from "./overlay.ts";
import { ask, atOf, conversationOf } from "./share.ts";
import { reads } from "./whole.ts";

/** A row is a question, or one of its choices: the poll's id, a colon, the choice's number. */
function items(model: Model): Item[] {
  const { shared, own } = model;
  return (shared?.polls ?? []).flatMap((poll) => [
    {
      id: poll.id,
      text: `${cleanLine(poll.question)}${factsOf(model, poll)}`,
      style: "peer" as const,
    },
    ...poll.choices.map(({ text, votes, voters }, choice) => ({
      id: `${poll.id}:${choice}`,
      text: `  ${voters.includes(own) ? "*" : " "} ${String(votes).padStart(3)}  ${cleanLine(text)}`,
    })),
  ]);
}

/** How a poll stands, behind its question. */
function factsOf(model: Model, { over, until, many }: PollView): string {
  const isOver = over || (until !== undefined && msOf(until) <= model.nowMs);
  const facts = [
    isOver ? "over" : until !== undefined && `until ${momentOf(model, msOf(until))}`,
    many && "several choices",
  ].filter(Boolean);
  return facts.length === 0 ? "" : `  (${facts.join(", ")})`;
}

/** Who has voted for what, by choice. */
function votesOf(model: Model, { choices }: PollView): string {
  const whoIs = (key: string): string => key === model.own ? "you" : nameOfPeer(model, key);
  return choices.map(({ text, voters }) =>
    `${cleanLine(text)}: ${voters.length === 0 ? "nobody" : voters.map(whoIs).join(", ")}`
  ).join("\n");
}

const pollOf = ({ shared }: Model, item: Item | undefined): PollView | undefined =>
  shared?.polls?.find(({ id }) => id === item?.id.split(":")[0]);

/** The overlay. */
export const polls: OverlayKind = overlayOf({
  name: "polls",
  opensOn: "polls",
  title: (model, top) => `Polls with ${nameOf(model, conversationOf(top))}`,
  hint: "Enter votes · Enter again unvotes · w who · r reads · n asks · c closes ours · Esc closes",
  lines: (model) =>
    model.shared?.polls?.length === 0 ? [[{ text: "No polls yet: n asks something", style: "dim" }]] : [],
  items,
  choose(model, top, item) {
    const [id, number] = (item?.id ?? "").split(":");
    const poll = pollOf(model, item);
    if (poll === undefined) return step(model);
    if (number === undefined) return step(say(model, "Choose one of its choices below, then Enter"));
    const choice = Number(number);
    const mine = poll.choices.flatMap(({ voters }, i) => voters.includes(model.own) ? [i] : []);
    const others = poll.many ? mine.filter((one) => one !== choice) : [];
    const votes = mine.includes(choice) ? others : [...others, choice];
    return step(model, {
      kind: "share",
      ...atOf(top),
      say: { in: "poll", change: { do: "vote", id, votes } },
    });
  },
  keys: {
    r: (model, _, item) => {
      const [, number] = (item?.id ?? "").split(":");
      const poll = pollOf(model, item);
      return number === undefined
        ? reads(model, "The question", poll?.question)
        : reads(model, "The choice", poll?.choices[Number(number)]?.text);
    },
    w: (model, _, item) => {
      const poll = pollOf(model, item);
      return poll === undefined
        ? step(model)
        : reads(model, `Who voted: ${poll.question}`, votesOf(model, poll));
    },
    n: (model, top) =>
      ask(model, top, {
        in: "poll",
        do: "new",
        title: "A question and its choices: When? | monday | tuesday (| several choices | until 2d)",
      }),
    c: (model, top, item) =>
      item === undefined ? step(model) : step(model, {
        kind: "share",
        ...atOf(top),
        say: { in: "poll", change: { do: "close", id: item.id.split(":")[0] } },
      }),
  },
});
