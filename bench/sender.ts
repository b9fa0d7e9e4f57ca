/**
 * Somebody who writes, in a process of its own: what it costs must not be the measured program's, nor the clock's.
 * Takes lines: `say TEXT` sends one message and prints "said" when it is acked, `rate N` sends N a second from
 * then on, `rate 0` ends that and prints how many were sent.
 *
 * @module
 */
import { openNode } from "../lib/app/node/open.ts";
import { CHAT_PORT, Messenger } from "../lib/app/messages/messenger.ts";
import { resolveSettings } from "../lib/app/settings.ts";
import { resolveIdentity } from "../lib/identity/identity.ts";
import { fromUtf8 } from "../lib/wire/bytes.ts";
import { hostOf } from "./host.ts";

/** How long it waits for an ack. */
const WAIT_MS = 5000;
/** Between two looks at how many are due. */
const TICK_MS = 5;

const [home, discovery, to] = Deno.args;
const host = hostOf(home);
const settings = await resolveSettings({ identity: "sender", discovery: [discovery] }, host);
const identity = await resolveIdentity(settings, host);
const node = await openNode(
  { settings, identity, command: "bench", resident: false, onEvent: () => {} },
  host,
);
const messenger = new Messenger({ network: node.client, clock: host.clock, random: host.random });
const send = (text: string): Promise<unknown> =>
  messenger.send({ pk: to, port: CHAT_PORT }, text, { waitMs: WAIT_MS }).catch(() => {});

let timer: ReturnType<typeof setInterval> | undefined;
let sent = 0;

function at(rate: number): void {
  clearInterval(timer);
  if (rate === 0) return console.log(`sent ${sent}`);
  sent = 0;
  const beginMs = performance.now();
  timer = setInterval(() => {
    for (; sent < (performance.now() - beginMs) / 1000 * rate; sent++) void send(`burst ${sent}`);
  }, TICK_MS);
}

let text = "";
for await (const part of Deno.stdin.readable) {
  text += fromUtf8(part);
  const lines = text.split("\n");
  text = lines.pop()!;
  for (const line of lines) {
    const [word, ...rest] = line.split(" ");
    if (word === "rate") at(Number(rest[0]));
    else console.log((await send(rest.join(" "))) ? "said" : "not said");
  }
}
clearInterval(timer);
await node.close();
