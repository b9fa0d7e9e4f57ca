/**
 * Dials that begin before anybody asks for them: the way to a known peer is opened beside everything else.
 *
 * @module
 */
import type { AppNetwork } from "./local.ts";
import { type Addr, formatAddr } from "../dmsg/addr.ts";
import type { DmsgClient } from "../dmsg/client.ts";

/** A client that begins some dials now; each is handed out once. */
export function dialingAhead(client: DmsgClient, peers: readonly Addr[], signal: AbortSignal): AppNetwork {
  const ahead = new Map(peers.map((peer) => [formatAddr(peer), client.dial(peer, signal)]));
  for (const dial of ahead.values()) dial.catch(() => {}); // told to who asks
  return {
    pk: client.pk,
    get servers() {
      return client.servers;
    },
    listen: (port) => client.listen(port),
    dial: (to, signal) => {
      const name = formatAddr(to);
      const dial = ahead.get(name);
      ahead.delete(name);
      return dial ?? client.dial(to, signal);
    },
  };
}
