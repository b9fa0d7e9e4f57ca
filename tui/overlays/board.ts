/**
 * The posts of a conversation, and one with its answers.
 *
 * @module
 */
import type { PostView } from "../../lib/app/overlays/overlays.ts";
import { cleanLine } from "../drawing/text.ts";
import { momentOf, msOf } from "../drawing/time.ts";
import { clip } from "../drawing/width.ts";
import { nameOf, nameOfPeer, push, say, step } from "../state/model.ts";
import type { SharedView, ShownThread } from "../state/shared_types.ts";
import type { Model, Overlay, Step } from "../state/types.ts";
import { turned, windowLine } from "../steps/windows.ts";
import { type Item, type OverlayKind, overlayOf } from "./overlay.ts";
import { ask, atOf, conversationOf } from "./share.ts";
import { reads } from "./whole.ts";

const who = (model: Model, { author }: PostView): string =>
  author === model.own ? "you" : nameOfPeer(model, author);
const textOf = ({ text, cut }: PostView): string =>
  text === undefined ? "(withdrawn)" : `${cleanLine(text.replaceAll("\n", " "))}${cut ? " …" : ""}`;

/** How a thread stands: what is new first, as a narrow screen cuts the rest. */
function factsOf(model: Model, thread: ShownThread): string {
  const { pinned, unread, replies, lastTs, expires, expired } = thread;
  return [
    pinned && "pinned",
    unread > 0 && `${unread} new`,
    expires !== undefined &&
    (expired || msOf(expires) <= model.nowMs ? "over" : `until ${momentOf(model, msOf(expires))}`),
    replies > 0 && `${replies} answer${replies === 1 ? "" : "s"}, last ${momentOf(model, msOf(lastTs))}`,
    who(model, thread),
  ].filter(Boolean).join(", ");
}

/** The overlay of all. */
export const board: OverlayKind = overlayOf({
  name: "board",
  opensOn: "board",
  title: (model, top) => `Posts with ${nameOf(model, conversationOf(top))}`,
  hint: "Enter reads · n writes one · Esc closes",
  lines: ({ shared }) =>
    shared?.threads?.length === 0
      ? [[{ text: "No posts yet: n writes one", style: "dim" }]]
      : windowLine(shared?.posts),
  turn: (model, top, to) => turned(model, top, model.shared?.posts, to),
  items: (model) =>
    (model.shared?.threads ?? []).map((thread) => {
      return { id: thread.id, text: `${textOf(thread)}  (${factsOf(model, thread)})` };
    }),
  choose(model, top, item) {
    if (item === undefined) return step(model);
    const id = conversationOf(top);
    const view: SharedView = { show: "thread", post: item.id };
    // The answers to another one are not these, for however short a time.
    const { thread: _, ...shared } = model.shared!;
    return step(push({ ...model, shared }, "thread", { about: { id, view } }), { kind: "shared", id, view });
  },
  keys: {
    n: (model, top) =>
      ask(model, top, { in: "board", do: "post", title: "A new post; with an end: Bike | until 7d" }),
  },
});

const onPost =
  (change: "withdraw" | "pin" | "unpin") => (model: Model, top: Overlay, item: Item | undefined): Step =>
    item === undefined ? step(model) : step(model, {
      kind: "share",
      ...atOf(top),
      say: { in: "board", change: { do: change, id: item.id } },
    });

const answer = (model: Model, top: Overlay, item: Item | undefined): Step =>
  item === undefined
    ? step(model)
    : ask(model, top, { in: "board", do: "reply", about: item.id, title: "An answer" });

const postOf = ({ shared }: Model, item: Item | undefined) =>
  shared?.thread && [shared.thread.root, ...shared.thread.replies].find(({ id }) => id === item?.id);

/** The overlay of one. */
export const thread: OverlayKind = overlayOf({
  name: "thread",
  opensOn: "board",
  title: (model) => model.shared?.thread === undefined ? "A post" : textOf(model.shared.thread.root),
  lines(model, _, width) {
    const { root, window } = model.shared?.thread ?? {};
    return root === undefined ? [] : [
      [{ text: clip(factsOf(model, root), width), style: "dim" }],
      ...windowLine(window),
    ];
  },
  turn: (model, top, to) => turned(model, top, model.shared?.thread?.window, to),
  hint: "r reads · Enter answers · e edits · x withdraws · p pins · P unpins · Esc closes",
  items(model) {
    const shown = model.shared?.thread;
    if (shown === undefined) return [];
    return [shown.root, ...shown.replies].map((post) => ({
      id: post.id,
      text: `${"  ".repeat(Math.min(post.depth, 6))}${who(model, post)}: ${textOf(post)}${
        post.edited !== undefined && post.text !== undefined ? "  (edited)" : ""
      }`,
    }));
  },
  choose: answer,
  keys: {
    r: (model, _, item) => {
      const post = postOf(model, item);
      return reads(model, post === undefined ? "" : who(model, post), post?.text);
    },
    e: (model, top, item) => {
      const post = postOf(model, item);
      if (post === undefined) return step(model);
      // Said before it is written in vain.
      if (post.author !== model.own) {
        return step(say(model, "Only its author can change a post: Enter answers", "error"));
      }
      return ask(model, top, {
        in: "board",
        do: "edit",
        about: post.id,
        title: "Another text",
        text: post.text,
      });
    },
    x: onPost("withdraw"),
    p: onPost("pin"),
    P: onPost("unpin"),
  },
});
