/**
 * The owner's methods for overlays: `overlays.lists` on the wire is `app.overlays.lists`.
 *
 * @see lib/owner/README.md "Protocol"
 * @module
 */
import type {
  BoardChange,
  InviteOffer,
  InviteView,
  ItemView,
  LastView,
  ListChange,
  ListView,
  Overlays,
  PollChange,
  PollView,
  PostView,
  SaidView,
  ThreadView,
} from "../../app/overlays/overlays.ts";
import { DASH_METHODS } from "./dash.ts";
import { inviteTerms } from "./invites.ts";
import { how, PART, partOf, report } from "./overlay_parts.ts";
import {
  bool,
  closed,
  either,
  int,
  list,
  nothing,
  of,
  open,
  optional,
  pattern,
  type Shape,
  text,
  words,
} from "./shape.ts";
import { anyText, conversationId, count, MAX_TEXT, type Method, method, pk } from "./shapes.ts";

const id = pattern("^([0-9a-f]{16}|[0-9a-f]{32})$", "an id of 16 or 32 lower-case hex characters");
const said = text(MAX_TEXT);
const time = text(64);

const last = of<LastView>()(open({ author: anyText, what: anyText, ts: anyText }));

const listed = of<ListView>()(open({
  id: anyText,
  name: anyText,
  author: anyText,
  ts: anyText,
  archived: bool,
  items: count,
  done: count,
  last,
}));

const item = of<ItemView>()(open({
  id: anyText,
  text: anyText,
  done: bool,
  assignee: optional(anyText),
  author: anyText,
  ts: anyText,
  last,
}));

const saying = of<SaidView>()(open({
  author: anyText,
  what: anyText,
  ts: anyText,
  value: either(anyText, bool),
}));

const POST = {
  id: anyText,
  author: anyText,
  ts: anyText,
  text: optional(anyText),
  cut: optional(bool),
  edited: optional(anyText),
  expires: optional(anyText),
  parent: optional(anyText),
  depth: count,
};
const post = of<PostView>()(open(POST));
const thread = of<ThreadView>()(open({
  ...POST,
  replies: count,
  unread: count,
  expired: bool,
  lastTs: anyText,
}));

const poll = of<PollView>()(open({
  id: anyText,
  author: anyText,
  ts: anyText,
  question: anyText,
  choices: list(open({ text: anyText, votes: count, voters: list(anyText) })),
  many: bool,
  voters: count,
  until: optional(anyText),
  over: bool,
}));

const listChange = of<ListChange>()(either(
  closed({ do: words("new"), text: said }),
  closed({ do: words("add"), list: id, text: said }),
  closed({ do: words("rename"), id, text: said }),
  closed({ do: words("check", "uncheck", "remove", "restore", "archive", "unarchive"), id }),
  closed({ do: words("assign"), id, assignee: optional(pk) }),
  closed({ do: words("move"), id, to: words("top", "bottom", "before", "after"), beside: optional(id) }),
));

const boardChange = of<BoardChange>()(either(
  closed({ do: words("post"), text: said, expires: optional(time) }),
  closed({ do: words("reply"), id, text: said }),
  closed({ do: words("edit"), id, text: said, expires: optional(time) }),
  closed({ do: words("withdraw", "pin", "unpin"), id }),
));

const pollChange = of<PollChange>()(either(
  closed({ do: words("new"), text: said, choices: list(said), many: optional(bool), until: optional(time) }),
  closed({ do: words("vote"), id, votes: list(int(0, 1000)) }),
  closed({ do: words("close"), id }),
));

const signed = optional(open({
  id: anyText,
  inviter: anyText,
  expires: anyText,
  uses: count,
  note: optional(anyText),
}));

const offer = of<InviteOffer>()(either(
  open({
    kind: words("group"),
    group: anyText,
    name: optional(anyText),
    groupKind: optional(words("public", "private", "channel")),
    pk: anyText,
    withKey: bool,
    signed,
  }),
  open({ kind: words("contact"), pk: anyText, signed }),
));

const invite = of<InviteView>()(open({
  id: anyText,
  position: count,
  author: anyText,
  ts: anyText,
  state: words(
    "new",
    "refused",
    "asked",
    "accepted",
    "expired",
    "used-up",
    "revoked",
    "denied",
    "banned",
    "own",
    "unusable",
  ),
  offer: optional(offer),
  reason: optional(anyText),
}));

const about = closed({ conversation: conversationId, id });
const change = <C>(what: Shape<C>) => closed({ ...how, change: what });

/** Every method of overlays. */
export const OVERLAY_METHODS = {
  "overlays.find": method(
    closed({
      conversation: conversationId,
      kind: words("list", "board", "poll"),
      prefix: pattern("^[0-9a-f]{1,32}$", "the beginning of an id"),
    }),
    list(anyText),
  ),
  "overlays.place": method(
    closed({ conversation: conversationId, position: count }),
    open({
      kind: optional(words("list", "board", "poll", "dash", "invite")),
      id: optional(anyText),
      within: optional(anyText),
    }),
  ),
  "overlays.lists": method(closed({ ...PART, archived: optional(bool) }), partOf(listed)),
  "overlays.items": method(closed({ ...PART, list: id }), partOf(item)),
  "overlays.said": method(about, list(saying)),
  "overlays.changeList": method(closed({ ...how, change: listChange, words: optional(said) }), report),
  "overlays.changeListAgain": method(
    closed({ ...how, key: said, words: said }),
    open({ report: optional(report) }),
  ),
  "overlays.threads": method(closed({ ...PART, expired: optional(bool) }), partOf(thread)),
  "overlays.pinned": method(closed({ conversation: conversationId }), list(thread)),
  "overlays.thread": method(about, thread),
  "overlays.replies": method(closed({ ...PART, id, newest: optional(bool) }), partOf(post)),
  "overlays.readThread": method(about, nothing),
  "overlays.changeBoard": method(change(boardChange), report),
  "overlays.polls": method(closed(PART), partOf(poll)),
  "overlays.changePoll": method(change(pollChange), report),
  ...DASH_METHODS,
  "overlays.invites": method(closed(PART), partOf(invite)),
  "overlays.answerInvite": method(
    closed({ conversation: conversationId, position: count, answer: words("accept", "refuse") }),
    invite,
  ),
  "overlays.sendInvite": method(
    closed({ ...how, group: optional(anyText), peer: optional(pk), terms: optional(closed(inviteTerms)) }),
    report,
  ),
} as const satisfies Record<`overlays.${keyof Overlays}`, Method<unknown, unknown>>;
