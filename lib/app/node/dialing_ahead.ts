/**
 * Dials that begin before anybody asks for them: the way to a known peer is opened beside everything else.
 *
 * @module
 */
import { type Addr, formatAddr } from "../../dmsg/addr.ts";
import type { DmsgClient } from "../../dmsg/client.ts";
import type { DiscoveryClient } from "../../dmsg/discovery/client.ts";
import type { AppNetwork } from "./app_network.ts";

/** A client that begins some dials now; each is handed out once. */
export function dialingAhead(
  client: DmsgClient,
  peers: readonly Addr[],
  signal: AbortSignal,
  discovery?: Pick<DiscoveryClient, "entry">,
): AppNetwork {
  const ahead = new Map(peers.map((peer) => [formatAddr(peer), client.dial(peer, signal)]));
  for (const dial of ahead.values()) dial.catch(() => {}); // told to who asks
  return {
    pk: client.pk,
    get servers() {
      return client.servers;
    },
    get proofs() {
      return client.proofs;
    },
    get twin() {
      return client.twin;
    },
    drop: (pk) => client.drop(pk),
    listen: (port) => client.listen(port),
    ...(discovery ? { mark: (pk) => markIn(discovery, pk) } : {}),
    dial: (to, signal, apart = 0) => {
      if (apart > 0) return client.dial(to, signal, apart);
      const name = formatAddr(to);
      const dial = ahead.get(name);
      ahead.delete(name);
      return dial ?? client.dial(to, signal);
    },
  };
}

/** An entry that names servers is another one after each start of its program, and whenever that has moved. */
async function markIn(discovery: Pick<DiscoveryClient, "entry">, pk: string): Promise<string | undefined> {
  const entry = await discovery.entry(pk);
  if (!entry?.client?.delegatedServers?.length) return undefined;
  return `${entry.sequence} ${entry.timestampNs}`;
}
