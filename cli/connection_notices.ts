/**
 * What a resident command says about its connection: a problem once with the time of the next try, and when it is
 * over.
 *
 * @module
 */
import type { ClientEvent } from "../lib/dmsg/client.ts";
import { formatGoTime } from "../lib/wire/go_time.ts";
import type { Context } from "./context.ts";

/**
 * A listener for the events of a resident client.
 * @param onReady  Called once: peers can reach us now.
 */
export function connectionNotices(context: Context, onReady: () => void): (event: ClientEvent) => void {
  const { print, clock } = context;
  let ready = false;
  let troubled = false;
  return (event) => {
    if (event.kind === "problem") {
      const err = event.error.message;
      const value = {
        type: "reconnect",
        ts: formatGoTime(clock.wallNs()),
        err,
        delay_ms: Math.round(event.retryMs),
      };
      if (print.mode.json) print.out("connectionProblem", value);
      if (!troubled) print.note("connectionProblem", value);
      troubled = true;
    } else if (event.kind === "registered" || event.kind === "session-up") {
      // Once we were registered, a session is enough: the entry that names its server may still stand.
      if (!ready && event.kind === "session-up") return;
      if (!ready) onReady();
      else if (troubled) print.note("connectionBack", undefined);
      ready = true;
      troubled = false;
    } else if (event.kind === "stream-refused" && print.mode.verbose) {
      print.note("streamRefused", { error: event.error.message });
    }
  };
}
