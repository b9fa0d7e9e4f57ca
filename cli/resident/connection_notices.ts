/**
 * What a resident command says about its connection: a problem once with the time of the next try, and when it is
 * over.
 *
 * @module
 */
import { formatGoTime } from "../../lib/wire/go_time.ts";
import type { Context } from "../context.ts";
import { SCHEMA } from "../words/message_lines.ts";

/** An event of the dmsg client, as the App tells it. */
export interface NetworkEvent {
  /** The kind of the client's event. */
  readonly name: string;
  /** Its members; errors as their messages. */
  readonly detail: Readonly<Record<string, unknown>>;
  /** Its place among the App's events. */
  readonly cursor?: number;
}

/**
 * A listener for network events of an App.
 * @param told.onReady  Called once: peers can reach us now.
 * @param told.json  Whether each is a line on standard output as well; by default as the user wants results.
 */
export function connectionNotices(
  { print, clock }: Pick<Context, "print" | "clock">,
  { onReady, json = print.mode.json }: { readonly onReady: () => void; readonly json?: boolean },
): (event: NetworkEvent) => void {
  let ready = false;
  let troubled = false;
  return ({ name, detail, cursor }) => {
    if (name === "problem") {
      const value = {
        type: "reconnect",
        ts: formatGoTime(clock.wallNs()),
        schema: SCHEMA,
        err: String(detail.error),
        delay_ms: Math.round(Number(detail.retryMs)),
        cursor,
      };
      if (json) print.out("connectionProblem", value);
      if (!troubled) print.note("connectionProblem", value);
      troubled = true;
    } else if (name === "twin" || name === "alone") {
      const value = { type: name, ts: formatGoTime(clock.wallNs()), schema: SCHEMA, cursor };
      if (json) print.out(name, value);
      print.note(name, value);
    } else if (name === "registered" || name === "session-up") {
      // Once we were registered, a session is enough: the entry that names its server may still stand.
      if (!ready && name === "session-up") return;
      if (!ready) onReady();
      else if (troubled) print.note("connectionBack", undefined);
      ready = true;
      troubled = false;
    }
  };
}
