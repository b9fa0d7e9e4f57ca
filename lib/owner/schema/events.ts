/**
 * The owner's methods for what happens: `events.x` on the wire is `app.events.x`.
 *
 * @see lib/owner/README.md "Protocol"
 * @module
 */
import type { AppEvent, Events } from "../../app/events/events.ts";
import { bool, closed, either, nothing, of, open, optional, record, type Shape, words } from "./shape.ts";
import { anyText, conversationId, count, message, type Method, method, pk, state } from "./shapes.ts";

const at = { cursor: count, ts: anyText };
/** An event. */
export const event: Shape<AppEvent> = of<AppEvent>()(either(
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

/** Every method of events. */
export const EVENT_METHODS = {
  /** Events come as notifications `event`; `events.end` says why there are no more. */
  "events.follow": method(closed({ since: optional(count) }), open({ subscription: count })),
  "events.unfollow": method(closed({ subscription: count }), nothing),
  /** Of the newest event; null when the app can't tell. */
  "events.cursor": method(closed({}), either(count, nothing)),
} as const satisfies Record<`events.${keyof Events | "unfollow"}`, Method<unknown, unknown>>;
