/**
 * People of the demos: an identity, and one who answers.
 *
 * @module
 */
import { bodyText } from "../cli/words/body_text.ts";
import { CHAT_PORT, Messenger } from "../lib/app/messages/messenger.ts";
import { openNode } from "../lib/app/node/open.ts";
import { resolveSettings } from "../lib/app/settings.ts";
import { resolveIdentity } from "../lib/identity/identity.ts";
import { systemClock } from "../lib/sys/clock.ts";
import { systemEnv } from "../lib/sys/env.ts";
import { systemFiles } from "../lib/sys/files/files.ts";
import { systemOs } from "../lib/sys/paths.ts";
import { systemRandom } from "../lib/sys/random.ts";

/** A script that answers: see {@link answering}. */
export const ANSWERING: string = new URL("demo_person.ts", import.meta.url).href;

const host = {
  env: systemEnv,
  files: systemFiles,
  os: systemOs,
  clock: systemClock(),
  random: systemRandom,
  fetch,
};

/** An identity that has never run. @returns Its key. */
export async function makeIdentity(identity: string, dataDir: string): Promise<string> {
  const { pair } = await resolveIdentity(await resolveSettings({ identity, dataDir }, host), host);
  return pair.pk;
}

/**
 * A person who answers every message; runs until SIGTERM.
 * @param name  The identity.
 * @param greets  Whom to write to first, as soon as that one can be reached.
 */
export async function answering(
  name: string,
  discovery: string,
  dataDir: string,
  greets?: string,
): Promise<void> {
  const stop = new AbortController();
  Deno.addSignalListener("SIGTERM", () => stop.abort());
  Deno.addSignalListener("SIGINT", () => {}); // meant for the chat
  const settings = await resolveSettings({ identity: name, dataDir, discovery: [discovery] }, host);
  const identity = await resolveIdentity(settings, host);
  const node = await openNode({
    settings,
    identity,
    command: "demo",
    resident: true,
    onEvent: ({ kind }) => kind === "registered" && console.log(JSON.stringify({ ready: true })),
  }, { ...host, signal: stop.signal });
  const messenger = new Messenger({ network: node.client, clock: host.clock, random: host.random });
  // A frame that is said again would be a post of ours, a list or a vote.
  const answer = (pk: string, body: string): void => {
    const text = `${name} heard: ${bodyText(body)}`;
    void messenger.send({ pk, port: CHAT_PORT }, text, { waitMs: 5000 }).catch(() => {});
  };
  if (greets !== undefined) void greet(messenger, greets, name, stop.signal);
  await messenger.listen((burst) => {
    for (const { from, body } of burst) setTimeout(() => answer(from, body)); // after the ack
    return burst.map(() => true);
  }, stop.signal);
  await node.close();
}

/** Says hello once. */
async function greet(messenger: Messenger, pk: string, name: string, signal: AbortSignal): Promise<void> {
  const text = `Hello, this is ${name}. Write something!`;
  while (!signal.aborted) {
    const sent = messenger.send({ pk, port: CHAT_PORT }, text, { waitMs: 5000 });
    if (await sent.then(() => true, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
