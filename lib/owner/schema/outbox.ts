/**
 * The owner's methods for what waits to be sent: `outbox.x` on the wire is `app.outbox.x`.
 *
 * @see lib/owner/README.md "Protocol"
 * @module
 */
import type { Outbox, QueuedView } from "../../app/outbox/outbox.ts";
import { closed, list, nothing, of, open } from "./shape.ts";
import { anyText, count, message, type Method, method, pk } from "./shapes.ts";

const queued = of<QueuedView>()(open({ message, due: anyText, attempts: count }));
const place = closed({ peer: pk, position: count });

/** Every method of the outbox. */
export const OUTBOX_METHODS = {
  "outbox.list": method(closed({}), list(queued)),
  "outbox.cancel": method(place, nothing),
  "outbox.retry": method(place, nothing),
} as const satisfies Record<`outbox.${keyof Outbox}`, Method<unknown, unknown>>;
