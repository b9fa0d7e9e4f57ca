/**
 * A peer that acks everything and keeps nothing: what the network alone allows. Prints its key. With a second argument,
 * a path, each burst's texts are appended to that file and synced first: what the network and the disk allow, without a
 * store.
 *
 * @module
 */
import { Messenger } from "../lib/app/messages/messenger.ts";
import { generateKeyPair } from "../lib/crypto/keys.ts";
import { CARRIERS } from "../lib/dmsg/carriers/mod.ts";
import { DmsgClient } from "../lib/dmsg/client.ts";
import { DiscoveryClient } from "../lib/dmsg/discovery/client.ts";
import { systemClock } from "../lib/sys/clock.ts";
import { openLogFile } from "../lib/sys/files/log_file.ts";
import { systemRandom } from "../lib/sys/random.ts";
import { utf8 } from "../lib/wire/bytes.ts";

const [discovery, path] = Deno.args;
const file = path === undefined ? undefined : await openLogFile(path, Number.MAX_SAFE_INTEGER);
const clock = systemClock();
const pair = generateKeyPair(systemRandom);
const client = new DmsgClient({
  pair,
  discovery: new DiscoveryClient({ urls: [discovery], fetch, clock }),
  carriers: CARRIERS,
  clock,
  random: systemRandom,
  onEvent: ({ kind }) => {
    if (kind === "registered") console.log(JSON.stringify({ addr: pair.pk }));
  },
});
const messenger = new Messenger({ network: client, clock, random: systemRandom });
client.publish();
await messenger.listen(async (burst) => {
  file?.append(utf8(burst.map(({ body }) => body).join("\n")));
  await file?.sync();
  return burst.map(() => true);
}, new AbortController().signal);
