/**
 * A peer that acks everything and keeps nothing: what the network alone allows. Prints its key.
 *
 * @module
 */
import { Messenger } from "../lib/app/messages/messenger.ts";
import { generateKeyPair } from "../lib/crypto/keys.ts";
import { CARRIERS } from "../lib/dmsg/carriers/mod.ts";
import { DmsgClient } from "../lib/dmsg/client.ts";
import { DiscoveryClient } from "../lib/dmsg/discovery.ts";
import { systemClock } from "../lib/sys/clock.ts";
import { systemRandom } from "../lib/sys/random.ts";

const clock = systemClock();
const pair = generateKeyPair(systemRandom);
const client = new DmsgClient({
  pair,
  discovery: new DiscoveryClient({ urls: [Deno.args[0]], fetch, clock }),
  carriers: CARRIERS,
  clock,
  random: systemRandom,
  onEvent: ({ kind }) => {
    if (kind === "registered") console.log(JSON.stringify({ addr: pair.pk }));
  },
});
const messenger = new Messenger({ network: client, clock, random: systemRandom });
client.publish();
await messenger.listen((burst) => burst.map(() => true), new AbortController().signal);
