/**
 * `dmsg chat` on a terminal of 80×24: start to first paint, keys, messages, memory, and what it costs when nothing
 * happens. The terminal is one of `script`, of which every byte is counted.
 *
 * @module
 */
import { openIdentityStore } from "../lib/app/here.ts";
import { resolveSettings } from "../lib/app/settings.ts";
import { resolveIdentity } from "../lib/identity/identity.ts";
import { utf8 } from "../lib/wire/bytes.ts";
import { CHAT_V8_FLAGS } from "../scripts/release.ts";
import { hostOf } from "./host.ts";
import { environment, ourNetwork, programArgs, resident, yardstickArgs } from "./processes.ts";
import { hasScript, isInstalled, Screen } from "./terminal.ts";
import { percentile, shown } from "./stats.ts";
import { benchMessage } from "./store_messages.ts";

const CONVERSATIONS = 50;
const MESSAGES = 100_000;
const IDLE_MS = 10_000;
/** Enough that the hundredth is not the worst. */
const KEYS = 500;
const RATE = 200;

/** Measures and prints. @param starts  Starts of the program, interleaved with the empty one. */
export async function benchScreen(bundle: string, starts: number): Promise<void> {
  console.log(`\nchat on 80×24, ${CONVERSATIONS} conversations, ${MESSAGES} messages kept, ${starts} starts`);
  if (!await hasScript()) {
    return console.log("  skipped: it needs Linux and script of util-linux");
  }
  const home = await Deno.makeTempDir();
  const network = await ourNetwork(home, bundle);
  try {
    const me = await filled(home, network.discovery);
    const args = [
      Deno.execPath(),
      ...programArgs(bundle, CHAT_V8_FLAGS),
      "chat",
      "--identity",
      "me",
      "--discovery",
      network.discovery,
    ];
    await start(args, home, starts);
    const empty = resident(yardstickArgs("empty_wait.ts"), home); // it ends by itself after a second
    await new Promise((go) => setTimeout(go, 700));
    const emptyMiB = empty.peakMiB();
    await empty.end();
    await running(args, home, network.discovery, me, emptyMiB);
    await weechat(home, starts);
  } finally {
    await network.end();
    await Deno.remove(home, { recursive: true });
  }
}

/** An identity with a long past. @returns Its key. */
async function filled(home: string, discovery: string): Promise<string> {
  const host = hostOf(home);
  const settings = await resolveSettings({ identity: "me", discovery: [discovery] }, host);
  const identity = await resolveIdentity(settings, host);
  const store = await openIdentityStore(host, settings, settings.identityDir, identity);
  for (let n = 0; n < MESSAGES; n += 100) {
    await store.commit(Array.from({ length: 100 }, (_, i) => {
      const { kind, message } = benchMessage(n + i);
      const peer = `02${((n / 100) % CONVERSATIONS).toString(16).padStart(64, "5")}`;
      return { kind, message: { ...message, peer, id: undefined, form: "text" as const } };
    }));
  }
  await store.close();
  return identity.pair.pk;
}

async function start(args: readonly string[], home: string, starts: number): Promise<void> {
  const paint: number[] = [];
  const nothing: number[] = [];
  for (let run = -1; run < starts; run++) {
    const emptyMs = performance.now();
    await new Deno.Command(Deno.execPath(), {
      args: yardstickArgs("empty_once.ts"),
      env: environment(home),
      clearEnv: true,
    }).output();
    const startMs = performance.now();
    const screen = new Screen(args, home);
    await screen.until(() => screen.text.includes("pick a conversation"));
    const paintedMs = performance.now();
    await screen.until(() => screen.text.includes("Könntest"));
    await screen.end();
    if (run < 0) continue;
    nothing.push(startMs - emptyMs);
    paint.push(paintedMs - startMs);
  }
  console.log(`  empty_once             ${shown(nothing)} ms`);
  console.log(
    `  start to first paint   ${shown(paint)} ms · ${shown(paint.map((ms, i) => ms - nothing[i]))} ms above`,
  );
}

async function running(
  args: readonly string[],
  home: string,
  discovery: string,
  me: string,
  emptyMiB: number,
) {
  const screen = new Screen(args, home);
  await screen.until(() => screen.text.includes("online"));
  const sender = writer(home, discovery, me);
  await sender.say("hello from the bench");
  await screen.until(() => screen.text.includes("hello from the bench"));
  await screen.type("\r");
  await new Promise((go) => setTimeout(go, 1000));

  const idle = { bytes: screen.bytes, ...await screen.status() };
  await new Promise((go) => setTimeout(go, IDLE_MS));
  const after = await screen.status();
  const percent = (after.cpuS - idle.cpuS) / (IDLE_MS / 1000) * 100;
  console.log(
    `  idle                   ${percent.toFixed(2)} % CPU, ${screen.bytes - idle.bytes} bytes in ${
      IDLE_MS / 1000
    } s`,
  );

  const quiet = await keys(screen);
  console.log(`  key to paint           ${timesOf(quiet.ms)} · at most ${Math.max(...quiet.bytes)} bytes`);
  const before = screen.bytes;
  for (let n = 0; n < 20; n++) {
    await sender.say(`message ${n} with some words behind it`);
    await new Promise((go) => setTimeout(go, 100));
  }
  console.log(`  a message              ${Math.round((screen.bytes - before) / 20)} bytes`);

  const calm = await screen.status();
  console.log(
    `  peak memory            ${calm.peakMiB.toFixed(0)} MiB · ${
      (calm.peakMiB - emptyMiB).toFixed(0)
    } MiB above empty_wait`,
  );
  const beginMs = performance.now();
  await sender.rate(RATE);
  const busy = await keys(screen);
  const sent = await sender.end();
  const rate = sent / (performance.now() - beginMs) * 1000;
  console.log(`  the same, ${Math.round(rate)} messages/s  ${timesOf(busy.ms)}`);
  const { peakMiB, cpuS, waitedS } = await screen.status();
  // What a key waits for on a machine that has other work is not the program's.
  console.log(
    `  in that time           ${(cpuS - calm.cpuS).toFixed(1)} s CPU, and ${
      (waitedS - calm.waitedS).toFixed(1)
    } s without a processor of ${((performance.now() - beginMs) / 1000).toFixed(1)} s`,
  );
  console.log(
    `  peak memory            ${peakMiB.toFixed(0)} MiB · ${
      (peakMiB - emptyMiB).toFixed(0)
    } MiB above empty_wait`,
  );
  await screen.end();
}

/** Somebody who writes, as a process of its own. */
function writer(home: string, discovery: string, to: string) {
  const args = [...yardstickArgs("sender.ts").toSpliced(1, 0, "-A"), home, discovery, to];
  const process = resident(args, home);
  const stdin = process.child.stdin.getWriter();
  const tell = (line: string): Promise<void> => stdin.write(Uint8Array.from(utf8(`${line}\n`)));
  let said = 0;
  return {
    /** Resolves when it is acked. */
    async say(text: string): Promise<void> {
      await tell(`say ${text}`);
      await process.line("stdout", new RegExp(`(?:said\n){${++said}}`));
    },
    rate: (rate: number): Promise<void> => tell(`rate ${rate}`),
    /** @returns How many were sent at the rate. */
    async end(): Promise<number> {
      await tell("rate 0");
      const [, sent] = await process.line("stdout", /sent (\d+)/);
      await stdin.close();
      await process.child.status;
      return Number(sent);
    },
  };
}

const timesOf = (ms: readonly number[]): string =>
  `p50 ${percentile(ms, 50).toFixed(1)} ms, p95 ${percentile(ms, 95).toFixed(1)} ms, p99 ${
    percentile(ms, 99).toFixed(1)
  } ms`;

/** Types letters and waits for each on the screen. A letter that no message has tells it apart. */
async function keys(screen: Screen): Promise<{ ms: number[]; bytes: number[] }> {
  const result = { ms: [] as number[], bytes: [] as number[] };
  for (let n = 0; n < KEYS; n++) {
    const letter = n % 2 === 0 ? "Ж" : "Щ";
    screen.text = "";
    const before = screen.bytes;
    const startMs = performance.now();
    await screen.type(letter);
    await screen.until(() => screen.text.includes(letter));
    result.ms.push(performance.now() - startMs);
    result.bytes.push(screen.bytes - before);
    await new Promise((go) => setTimeout(go, 30));
    if (n % 40 === 39) await screen.type("\x15");
    if (n % 40 === 39) await new Promise((go) => setTimeout(go, 100));
  }
  return result;
}

/** Another program of its kind, beside ours in the same run: it has no conversations and no network. */
async function weechat(home: string, starts: number): Promise<void> {
  if (!await isInstalled("weechat")) {
    return console.log("  weechat                skipped: it is not installed");
  }
  const paint: number[] = [];
  const peak: number[] = [];
  let idle = "";
  for (let run = 0; run < starts; run++) {
    const startMs = performance.now();
    const screen = new Screen(["weechat", "-d", `${home}/weechat`], home);
    await screen.until(() => screen.text.includes("WeeChat"));
    paint.push(performance.now() - startMs);
    await new Promise((go) => setTimeout(go, 1000));
    const [before, bytes] = [await screen.status(), screen.bytes];
    if (run === starts - 1) {
      await new Promise((go) => setTimeout(go, IDLE_MS));
      const percent = ((await screen.status()).cpuS - before.cpuS) / (IDLE_MS / 1000) * 100;
      const written = screen.bytes - bytes;
      const { ms } = await keys(screen);
      idle = `idle ${percent.toFixed(2)} % CPU, ${written} bytes · key to paint ${timesOf(ms)}`;
    }
    peak.push((await screen.status()).peakMiB);
    await screen.end("\x15/quit\r");
  }
  console.log(`  weechat, empty         first paint ${shown(paint)} ms · peak ${shown(peak)} MiB · ${idle}`);
}
