/**
 * The polls of a conversation: their choices with their votes.
 *
 * @module
 */
import { cleanLine } from "../drawing/text.ts";
import { nameOf, say, step } from "../state/model.ts";
import type { Model } from "../state/types.ts";
import { type Item, type OverlayKind, overlayOf } from "./overlay.ts";
import { ask, atOf, conversationOf } from "./share.ts";
import { reads } from "./whole.ts";

/** A row is a question, or one of its choices: the poll's id, a colon, the choice's number. */
function items({ shared, own }: Model): Item[] {
  return (shared?.polls ?? []).flatMap((poll) => [
    {
      id: poll.id,
      text: `${cleanLine(poll.question)}${poll.over ? "  (over)" : ""}`,
      style: "peer" as const,
    },
    ...poll.choices.map(({ text, votes, voters }, choice) => ({
      id: `${poll.id}:${choice}`,
      text: `  ${voters.includes(own) ? "*" : " "} ${String(votes).padStart(3)}  ${cleanLine(text)}`,
    })),
  ]);
}

/** The overlay. */
export const polls: OverlayKind = overlayOf({
  name: "polls",
  opensOn: "polls",
  title: (model, top) => `Polls with ${nameOf(model, conversationOf(top))}`,
  hint: "Enter votes or unvotes · r reads · n asks · c closes ours · Esc closes",
  lines: (model) =>
    model.shared?.polls?.length === 0 ? [[{ text: "No polls yet: n asks something", style: "dim" }]] : [],
  items,
  choose(model, top, item) {
    const [id, number] = (item?.id ?? "").split(":");
    const poll = model.shared?.polls?.find((one) => one.id === id);
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
      const [id, number] = (item?.id ?? "").split(":");
      const poll = model.shared?.polls?.find((one) => one.id === id);
      return number === undefined
        ? reads(model, "The question", poll?.question)
        : reads(model, "The choice", poll?.choices[Number(number)]?.text);
    },
    n: (model, top) =>
      ask(model, top, {
        in: "poll",
        do: "new",
        title: "A question and its choices: When? | monday | tuesday",
      }),
    c: (model, top, item) =>
      item === undefined ? step(model) : step(model, {
        kind: "share",
        ...atOf(top),
        say: { in: "poll", change: { do: "close", id: item.id.split(":")[0] } },
      }),
  },
});
