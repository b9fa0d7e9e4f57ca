/**
 * Asks before a group is left, or dropped with all that was said in it.
 *
 * @module
 */
import type { GroupId } from "../../lib/app/groups/groups.ts";
import { textRows } from "../messages/renderer.ts";
import { chain, idOf, nameOf, pop, step } from "../state/model.ts";
import type { Model } from "../state/types.ts";
import { close } from "../steps/threads.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";

/** Whether nobody could be let in or put out any more without us, as far as the members are known. */
function endsForOthers({ groups, members, own }: Model, id: GroupId): boolean {
  const group = groups.get(id);
  const others = (members.get(id) ?? []).filter(({ pk }) => pk !== own);
  return group?.admin === true && group.status === "active" && others.length > 0 &&
    others.every(({ role }) => role === "member");
}

/** The overlay; `drops`: what was said goes, too. */
export const leave: OverlayKind = overlayOf({
  name: "leave",
  opensOn: "leave",
  title: (model, { about }) =>
    `${about!.drops ? "Drop" : "Leave"} ${nameOf(model, idOf(about!.group as GroupId))}?`,
  hint: "Enter or a digit chooses · Esc stays",
  lines: (model, { about }, width) => [
    ...(endsForOthers(model, about!.group as GroupId)
      ? textRows("Nobody else decides in it: it ends for the others.", width, "error")
      : []),
    ...textRows(
      about!.drops
        ? "All that was said in it goes here; the others keep what they have."
        : "What was said stays here, and its page leads back.",
      width,
      "dim",
    ),
  ],
  items: (_, { about }) => [
    { id: "stay", text: about!.drops ? "1  keep it" : "1  stay" },
    { id: "go", text: about!.drops ? "2  drop it" : "2  leave", style: "error" },
  ],
  choose(model, { about }, item) {
    if (item?.id !== "go") return step(pop(model));
    const group = about!.group as GroupId;
    if (!about!.drops) return step(pop(model), { kind: "leave", group });
    if (model.open !== idOf(group)) return step(pop(model), { kind: "drop", group });
    return chain(close(pop(model)), (next) => step({ ...next, open: undefined }, { kind: "drop", group }));
  },
});
