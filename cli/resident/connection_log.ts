/**
 * What a log says of the connection: each change between reachable and unreachable once.
 *
 * @module
 */
import type { NetworkEvent } from "./connection_notices.ts";

/** Whether peers can reach us now, and why not. */
export type Reachability =
  | { readonly event: "reachable" }
  | { readonly event: "unreachable"; readonly error?: string };

/**
 * A listener for network events of an App.
 * @param before  Whether it was registered when the events begin, and the servers that it had sessions with.
 * @param tell  Hears of each change, and of the state that it begins with as soon as that is known.
 */
export function connectionLog(
  before: { readonly registered: boolean; readonly servers: readonly string[] },
  tell: (change: Reachability) => void,
): (event: NetworkEvent) => void {
  const servers = new Set(before.servers);
  let { registered } = before;
  let told: Reachability["event"] | undefined;
  const say = (change: Reachability): void => {
    if (change.event !== told) tell(change);
    told = change.event;
  };
  if (registered) say({ event: "reachable" });
  return ({ name, detail }) => {
    const { server, error } = detail;
    if (name === "session-up") servers.add(String(server));
    else if (name === "session-down") servers.delete(String(server));
    else if (name === "registered") registered = true;
    // Once we were registered, a session is enough: the entry that names its server may still stand.
    if (registered && servers.size > 0) return say({ event: "reachable" });
    // Without a session before the first registration nothing has failed yet.
    const hasFailed = name === "problem" || (name === "session-down" && told === "reachable");
    if (hasFailed) say({ event: "unreachable", error: error === undefined ? undefined : String(error) });
  };
}
