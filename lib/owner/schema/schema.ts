/**
 * The owner's methods in one table: what goes in and what comes out. The owner checks parameters by it, clients
 * check results, and `docs/owner-rpc.schema.json` is made of it. A method is named after the member of App that has
 * it: `messages.send` on the wire is `app.messages.send`.
 *
 * @see lib/owner/README.md "Protocol"
 * @module
 */
import { event, EVENT_METHODS } from "./events.ts";
import { FILE_METHODS } from "./files.ts";
import { GROUP_METHODS } from "./groups.ts";
import { MESSAGE_METHODS } from "./messages.ts";
import { NODE_METHODS, STREAM_METHODS } from "./node.ts";
import { OUTBOX_METHODS } from "./outbox.ts";
import { OVERLAY_METHODS } from "./overlays.ts";
import { PAIR_METHODS } from "./pairs.ts";
import { PEER_METHODS } from "./peers.ts";
import {
  anything,
  closed,
  either,
  int,
  list,
  open,
  optional,
  record,
  type Shape,
  text,
  type ValueOf,
} from "./shape.ts";
import { anyText, count, method, pk, short } from "./shapes.ts";

/** Rises with every change that an older owner or client would misread. */
export const PROTOCOL = 1;

/** Every method. */
export const METHODS = {
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
  ...MESSAGE_METHODS,
  ...OUTBOX_METHODS,
  ...PEER_METHODS,
  ...GROUP_METHODS,
  ...PAIR_METHODS,
  ...OVERLAY_METHODS,
  ...FILE_METHODS,
  ...EVENT_METHODS,
  ...NODE_METHODS,
  ...STREAM_METHODS,
} as const;

/** The name of a method. */
export type MethodName = keyof typeof METHODS;
/** What a method takes. */
export type ParamsOf<M extends MethodName> = ValueOf<(typeof METHODS)[M]["params"]>;
/** What a method gives. */
export type ResultOf<M extends MethodName> = ValueOf<(typeof METHODS)[M]["result"]>;

/** Members of App whose methods are called as they are: one object in, one value out. */
export const PLAIN_MEMBERS = ["messages", "outbox", "peers", "groups", "pairs", "overlays", "files"] as const;
/** A method of those. */
export type PlainMethod = Extract<MethodName, `${typeof PLAIN_MEMBERS[number]}.${string}`>;

/** Methods of those members, in order, with the names of member and method. */
export const plainMethods = (): [PlainMethod, typeof PLAIN_MEMBERS[number], string][] =>
  Object.keys(METHODS).flatMap((name) => {
    const [member, rest] = name.split(".");
    const plain = PLAIN_MEMBERS.find((one) => one === member);
    return plain === undefined
      ? []
      : [[name as PlainMethod, plain, rest] as [PlainMethod, typeof plain, string]];
  });

/** What methods were called before, by what they are called now: an owner knows both. */
export const FORMER: Readonly<Partial<Record<MethodName, string>>> = {
  "messages.send": "send",
  "messages.history": "history",
  "messages.search": "search",
  "messages.conversations": "conversations",
  "messages.markRead": "markRead",
  "messages.remove": "remove",
  "messages.forget": "forget",
  "outbox.list": "outbox",
  "outbox.cancel": "cancel",
  "outbox.retry": "retry",
  "peers.list": "peers",
  "peers.decide": "decide",
  "events.cursor": "cursor",
  "node.status": "status",
  "node.dial": "stream.dial",
  "node.listen": "stream.listen",
  ...Object.fromEntries(
    Object.keys(GROUP_METHODS).map((name) => [name, name.replace("groups.", "group.")]),
  ),
};

const BY_FORMER: ReadonlyMap<string, MethodName> = new Map(
  Object.entries(FORMER).map(([name, former]) => [former, name as MethodName]),
);

/** The method that a text names, by its name of today or of before. */
export const methodNamed = (name: string): MethodName | undefined =>
  Object.hasOwn(METHODS, name) ? name as MethodName : BY_FORMER.get(name);

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
  /** Items of a long list: the first ones of the result, whose last ones are in the response, or those of a member of it. */
  "$/part": open({
    id: either(int(Number.MIN_SAFE_INTEGER), text(64)),
    member: optional(short),
    items: list(anything),
  }),
} as const;

function anyInt(): Shape<number> {
  return int(Number.MIN_SAFE_INTEGER);
}
