/**
 * The owner's methods in one table: what goes in and what comes out. The owner checks parameters by it, clients
 * check results, and `docs/owner-rpc.schema.json` is made of it.
 *
 * @see lib/owner/README.md "Protocol"
 * @module
 */
import type {
  App,
  AppEvent,
  ConversationView,
  HistoryRequest,
  MessageView,
  PeerView,
  QueuedView,
  SendReport,
  SendRequest,
  StatusView,
} from "../app/app.ts";
import {
  amount,
  anything,
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
  record,
  type Shape,
  text,
  type ValueOf,
  words,
} from "./shape.ts";
import { GROUP_CALLS, GROUP_METHODS } from "./schema_groups.ts";

/** Rises with every change that an older owner or client would misread. */
export const PROTOCOL = 1;

/** Longest text in parameters; what does not fit a frame is refused by App, with its sentence. */
const MAX_TEXT = 1_000_000;
/** Longest of short texts: ids, keys, tokens, times. */
const MAX_SHORT = 1024;

const pk = pattern("^[0-9a-f]{66}$", "a public key of 66 lower-case hex characters");
/** A peer, or a group. */
const conversationId = pattern(
  "^([0-9a-f]{66}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$",
  "a public key of 66 lower-case hex characters or the id of a group",
);
const port = int(0, 65535);
const count = int(0);
const short = text(MAX_SHORT);
const anyText = text(Number.MAX_SAFE_INTEGER);
const state: Shape<MessageView["state"]> = words(
  "pending",
  "sent",
  "received",
  "unconfirmed",
  "read",
  "failed",
  "cancelled",
  "deleted",
);
const addr = closed({ pk, port });
const place = closed({ peer: conversationId, position: count });

const message = of<MessageView>()(open({
  peer: conversationId,
  sender: optional(pk),
  position: count,
  outgoing: bool,
  id: optional(anyText),
  text: anyText,
  ts: anyText,
  state,
  reason: optional(anyText),
  replyTo: optional(anyText),
  via: words("dmsg", "dmsg-chat", "group"),
}));

const at = { cursor: count, ts: anyText };
const event = of<AppEvent>()(either(
  open({ ...at, kind: words("message"), message }),
  open({
    ...at,
    kind: words("state"),
    peer: conversationId,
    position: count,
    id: optional(anyText),
    state,
    reason: optional(anyText),
  }),
  open({ ...at, kind: words("deleted"), peer: conversationId, position: count, id: optional(anyText) }),
  open({ ...at, kind: words("peer"), peer: pk, facts: record }),
  open({ ...at, kind: words("read"), peer: conversationId, position: count }),
  open({ ...at, kind: words("forgotten"), peer: conversationId }),
  open({ ...at, kind: words("network"), name: anyText, detail: record }),
  open({ ...at, kind: words("lost"), foreign: optional(bool) }),
));

const status = of<StatusView>()(open({
  pk,
  pid: count,
  uptimeSec: amount,
  registered: bool,
  servers: list(anyText),
  proofs: optional(list(open({ server: anyText, heard: optional(anyText) }))),
  twin: optional(open({ since: anyText, seen: anyText, hasEntry: bool })),
  discovery: list(anyText),
  conversations: count,
  unread: count,
  queued: count,
  connections: count,
  peers: list(pk),
  inbound: count,
  outbound: count,
  outboundFailed: count,
  lastRx: optional(anyText),
  lastSend: optional(anyText),
}));

const report = of<SendReport>()(open({
  state: words("acked", "handed-over", "unconfirmed", "queued"),
  id: optional(anyText),
  ms: amount,
  reason: optional(anyText),
  position: optional(count),
}));

const sendRequest = of<SendRequest>()(closed({
  to: addr,
  text: text(MAX_TEXT),
  waitMs: amount,
  key: optional(text(MAX_TEXT)),
  replyTo: optional(text(MAX_TEXT)),
  queue: optional(bool),
}));

const historyRequest = of<HistoryRequest>()(closed({
  peer: optional(conversationId),
  limit: count,
  since: optional(short),
  before: optional(count),
}));

const conversation = of<ConversationView>()(open({ peer: conversationId, lastTs: anyText, unread: count }));
const queued = of<QueuedView>()(open({ message, due: anyText, attempts: count }));
const peer = of<PeerView>()(open({ peer: pk, blocked: bool, accepted: bool, once: bool }));

const opened = open({ stream: count, remote: addr, hybrid: optional(bool) });
const handle = closed({ stream: count });
/** `sent`: how many bytes the client has written to the raw connection; the owner passes them on first. */
const behind = closed({ stream: count, sent: count });

function method<P, R>(params: Shape<P>, result: Shape<R>): { params: Shape<P>; result: Shape<R> } {
  return { params, result };
}

const none = closed({});

/** Every method. */
export const METHODS = {
  ...GROUP_METHODS,
  /** First on each connection. */
  "hello": method(
    closed({ protocol: count, pk: optional(pk), token: optional(short) }),
    open({
      protocol: count,
      pk,
      pid: count,
      /** Another one after each restart. */
      instance: short,
      /** Names this connection, for `control` below. */
      connection: count,
      token: optional(short),
      /** How the owner reaches the network. */
      discovery: optional(list(anyText)),
      pq: optional(short),
    }),
  ),
  "send": method(sendRequest, report),
  "history": method(historyRequest, list(message)),
  "search": method(
    closed({ text: text(MAX_TEXT), peer: optional(conversationId), limit: count }),
    list(message),
  ),
  "conversations": method(none, list(conversation)),
  "status": method(none, status),
  "markRead": method(closed({ peer: conversationId, position: optional(count) }), nothing),
  "remove": method(closed({ peer: conversationId, position: count, everywhere: bool }), nothing),
  "forget": method(closed({ peer: conversationId }), nothing),
  "peers": method(none, list(peer)),
  "decide": method(closed({ peer: pk, blocked: optional(bool), accepted: optional(bool) }), nothing),
  "outbox": method(none, list(queued)),
  "cancel": method(place, nothing),
  "retry": method(place, nothing),
  /** Of the newest event; null when the app can't tell. */
  "cursor": method(none, either(count, nothing)),
  /** Events come as notifications `event`; `events.end` says why there are no more. */
  "events.follow": method(
    closed({ since: optional(count) }),
    open({ subscription: count }),
  ),
  "events.unfollow": method(closed({ subscription: count }), nothing),
  /** After the reply the connection is the stream's bytes. */
  "stream.dial": method(closed({ to: addr, control: optional(count) }), opened),
  "stream.listen": method(closed({ port }), open({ listener: count })),
  /** After the reply the connection is the stream's bytes; null, and no bytes, when the listener is closed. */
  "stream.accept": method(
    closed({ listener: count, control: optional(count) }),
    either(opened, nothing),
  ),
  "stream.unlisten": method(closed({ listener: count }), nothing),
  "stream.ping": method(behind, amount),
  "stream.finish": method(behind, nothing),
  "stream.close": method(behind, nothing),
  "stream.reset": method(handle, nothing),
  /** Answers when nothing more comes out of the stream: null at its end, or the error that broke it. */
  "stream.outcome": method(handle, nothing),
} as const;

/** The name of a method. */
export type MethodName = keyof typeof METHODS;
/** What a method takes. */
export type ParamsOf<M extends MethodName> = ValueOf<(typeof METHODS)[M]["params"]>;
/** What a method gives. */
export type ResultOf<M extends MethodName> = ValueOf<(typeof METHODS)[M]["result"]>;

/** Methods of App that are called as they are: one object in, one value out. */
export const PLAIN = [
  "send",
  "history",
  "search",
  "conversations",
  "status",
  "markRead",
  "remove",
  "forget",
  "peers",
  "decide",
  "outbox",
  "cancel",
  "retry",
] as const satisfies readonly (MethodName & keyof App)[];

/** Methods of a member of App, by what they are called on the wire. */
export const MEMBER_CALLS = { groups: GROUP_CALLS } as const;

/** Notifications of clients. */
export const CLIENT_NOTES = {
  /** Gives a request up; its reply is an error -32800. */
  "$/cancel": closed({ id: either(int(Number.MIN_SAFE_INTEGER), text(64)) }),
} as const;

/** Notifications of the owner. */
export const OWNER_NOTES = {
  "event": open({ subscription: count, event }),
  "events.end": open({
    subscription: count,
    error: optional(open({ code: anyInt(), message: anyText, data: optional(record) })),
  }),
  /** The first items of a list whose rest is in the response. */
  "$/part": open({ id: either(int(Number.MIN_SAFE_INTEGER), text(64)), items: list(anything) }),
} as const;

function anyInt(): Shape<number> {
  return int(Number.MIN_SAFE_INTEGER);
}

/** Whether a text names a method. */
export const isMethod = (name: string): name is MethodName => Object.hasOwn(METHODS, name);
