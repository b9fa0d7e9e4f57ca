// deno task demo
/**
 * A tour: starts a private network and two identities in processes of their own, lets them send to each other, and
 * then, in a terminal, leaves you in a chat. Keeps nothing.
 *
 * @module
 */
import { ANSWERING, makeIdentity } from "./demo_parts.ts";
import { type Child, command, MAIN, runDemo, type Stage } from "./demo_stage.ts";

async function tour(stage: Stage): Promise<void> {
  const { dir } = stage;
  console.log("A private dmsg network on this machine, and two people who talk over it.\n");
  const since = stopwatch();
  const { discovery, servers } = await stage.network();
  say("✓", "network", `discovery ${discovery}, server ${short(servers[0].pk)}`, since());

  const who = (name: string): string[] => ["--identity", name, "--data-dir", dir, "--discovery", discovery];
  await makeIdentity("bob", dir); // `listen` makes Alice's; who sends has one already
  const listening = stage.start([MAIN, "listen", "--json", ...who("alice")]);
  const alicePk = await ready(listening, "alice");
  const bobPk = await greet(listening, "bob", "alice", alicePk, who("bob"), "Hello Alice, this is Bob.");
  await listening.end();
  say("·", "alice", "stops listening; now Bob listens and Alice writes");
  const bobListens = stage.start([MAIN, "listen", "--json", ...who("bob")]);
  await ready(bobListens, "bob");
  await greet(bobListens, "alice", "bob", bobPk, who("alice"), "Hello Bob, I got it.");
  await bobListens.end();
  console.log("\nThe server between them saw keys, times and sizes, and not a word.");
  if (!Deno.stdin.isTerminal()) return;

  const answering = stage.start([ANSWERING, "alice", discovery, dir]);
  await answering.next();
  console.log("\nYour turn: you are Bob, and Alice answers. Ctrl+D ends.\n");
  const chat = command([MAIN, "chat", alicePk, ...who("bob")], "inherit").spawn();
  await chat.status;
}

/** Waits until a `dmsg listen --json` can be reached. */
async function ready(child: Child, name: string): Promise<string> {
  const since = stopwatch();
  const { addr } = await child.next() as { addr: string };
  say("✓", name, `listens as ${short(addr)}`, since());
  return addr;
}

/** One `dmsg send` and what the other side shows; returns the sender's key. */
async function greet(
  receiver: Child,
  from: string,
  to: string,
  toPk: string,
  who: string[],
  text: string,
): Promise<string> {
  say("→", from, `"${text}"`);
  const since = stopwatch();
  const shown = receiver.next();
  shown.catch(() => {}); // the send tells more
  const { success, stdout, stderr } = await command([MAIN, "send", "--json", toPk, text, ...who], "null")
    .output();
  if (!success) throw new Error(`${from} could not send\n${decode(stdout)}${decode(stderr)}`);
  const took = since();
  const { ms } = JSON.parse(decode(stdout)) as { ms: number };
  const { from: fromPk, body } = await shown as { from: string; body: string };
  say("✓", to, `[${short(fromPk)}] ${body}`);
  say("✓", from, `acked by ${to} in ${ms} ms; the whole command took`, took);
  return fromPk;
}

function say(mark: string, who: string, what: string, ms?: number): void {
  const line = ` ${mark} ${who.padEnd(8)} ${what}`;
  console.log(ms === undefined ? line : `${line.padEnd(70)} ${String(ms).padStart(5)} ms`);
}

function stopwatch(): () => number {
  const startMs = performance.now();
  return () => Math.round(performance.now() - startMs);
}

const short = (pk: string): string => `${pk.slice(0, 8)}…`;
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

Deno.exit(await runDemo(tour));
