/**
 * The owner's methods for our place in the network: `node.x` on the wire is `app.node.x`.
 *
 * @see lib/owner/README.md "Protocol"
 * @module
 */
import type { AppNode, StatusView } from "../../app/node/node.ts";
import { amount, bool, closed, either, list, nothing, of, open, optional } from "./shape.ts";
import { addr, anyText, count, type Method, method, pk, port } from "./shapes.ts";

const status = of<StatusView>()(open({
  pk,
  pid: count,
  uptimeSec: amount,
  registered: bool,
  problem: optional(anyText),
  servers: list(anyText),
  proofs: optional(list(open({ server: anyText, heard: optional(anyText) }))),
  twin: optional(open({ since: anyText, seen: anyText, hasEntry: bool })),
  discovery: list(anyText),
  conversations: count,
  unread: count,
  queued: count,
  queuedFor: optional(list(pk)),
  connections: count,
  peers: list(pk),
  heard: optional(list(pk)),
  inbound: count,
  outbound: count,
  outboundFailed: count,
  lastRx: optional(anyText),
  lastSend: optional(anyText),
}));

const opened = open({ stream: count, remote: addr, hybrid: optional(bool) });
const handle = closed({ stream: count });
/** `sent`: how many bytes the client has written to the raw connection; the owner passes them on first. */
const behind = closed({ stream: count, sent: count });

/** Every method of the node. */
export const NODE_METHODS = {
  "node.status": method(closed({}), status),
  /** After the reply the connection is the stream's bytes. */
  "node.dial": method(closed({ to: addr, control: optional(count), apart: optional(count) }), opened),
  "node.listen": method(closed({ port }), open({ listener: count })),
} as const satisfies Record<`node.${keyof AppNode}`, Method<unknown, unknown>>;

/** What is done with its streams and listeners. */
export const STREAM_METHODS = {
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
  /** A count that grows whenever the peer has taken something or said anything. */
  "stream.moved": method(handle, count),
  /** Lets the peer know that somebody is here who takes little. */
  "stream.sign": method(handle, nothing),
  /** Answers when nothing more comes out of the stream: null at its end, or the error that broke it. */
  "stream.outcome": method(handle, nothing),
} as const;
