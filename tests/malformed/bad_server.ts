/**
 * A server that breaks the rules, in front of good clients.
 *
 * @module
 */
import type { KeyPair } from "../../lib/crypto/keys.ts";
import type { DmsgClient } from "../../lib/dmsg/client.ts";
import { pairOf } from "../discovery/support.ts";
import { seededRandom } from "../fakes/random.ts";
import { rawServer, type RawSession } from "../fakes/raw_peer.ts";
import type { World } from "./world.ts";

/** The bad server's key. */
export const BAD: KeyPair = pairOf(60);
const BAD_ADDRESS = "203.0.113.60:1";

/** Puts the bad server on the network; each connection gets its handshake, then `run`. */
export async function badServer(
  world: World,
  run: (session: RawSession) => void | Promise<void>,
): Promise<void> {
  world.hosts.set(BAD_ADDRESS, (duplex) => {
    void rawServer(duplex, BAD, seededRandom("bad server")).then(run);
  });
  await world.register(BAD, BAD_ADDRESS);
}

/** The same, and bob's entry names it before the good one: who dials bob tries it first. */
export async function withBadServer(
  world: World,
  run: (session: RawSession) => void | Promise<void>,
): Promise<void> {
  await badServer(world, run);
  await world.bobSitsOn(BAD.pk, world.server.pk);
}

/** A good client with sessions to the good server and to the bad one. */
export async function behindBadServer(world: World): Promise<{ carol: DmsgClient; session: RawSession }> {
  let session: RawSession | undefined;
  await badServer(world, (made) => void (session = made));
  const carol = world.client(pairOf(62), { sessions: 2 });
  carol.publish();
  await world.until(() => session !== undefined && carol.servers.length === 2, "carol is on both servers");
  return { carol, session: session! };
}
