// deno task demo:copy
/**
 * Copying as a person would see it: a refusal with the line to add, a push, a pull, and a copy whose program is killed
 * and that goes on where it was. A private network and two people on this machine; keeps nothing.
 *
 * @module
 */
import { makeIdentity } from "./demo_parts.ts";
import { command, MAIN, runDemo, type Stage } from "./demo_stage.ts";

const MIB = 2 ** 20;
const SIZE = 24 * MIB;

async function tour(stage: Stage): Promise<void> {
  const { dir } = stage;
  console.log("Alice shares a directory on a private dmsg network on this machine; Bob copies.\n");
  const { discovery } = await stage.network();
  const who = (name: string): string[] => ["--identity", name, "--data-dir", dir, "--discovery", discovery];
  const [shared, list] = [`${dir}/shared`, `${dir}/friends`];
  await Deno.mkdir(shared);
  await Deno.mkdir(`${dir}/bob`);
  const alice = await makeIdentity("alice", dir);
  const bob = await makeIdentity("bob", dir);
  const host = stage.start([MAIN, "scp-host", shared, "--scp-whitelist", list, "--json", ...who("alice")]);
  await host.nextEvent("hosting");
  say("✓", "alice", "shares ./shared with the keys in ./friends; nobody is in it yet");

  const file = `${dir}/bob/photos.tar`;
  const bytes = await write(file);
  const copy = async (...paths: string[]): Promise<Record<string, unknown>[]> => {
    const { stdout } = await command([MAIN, "scp", "--json", ...who("bob"), ...paths], "null").output();
    return new TextDecoder().decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
  };
  const ended = (events: Record<string, unknown>[]): Record<string, unknown> =>
    events.find(({ type }) => type === "file") ?? {};

  const refused = ended(await copy(file, `${alice}:photos.tar`));
  if (refused.status !== 4) throw new Error(`a stranger was not refused: ${JSON.stringify(refused)}`);
  say("✗", "bob", `scp photos.tar alice:   status 4\n           ${refused.hint}`);
  await Deno.writeTextFile(list, `${bob}  # bob\n`);
  say("✓", "alice", "adds that line to ./friends; nothing is started again");

  const pushed = ended(await copy(file, `${alice}:photos.tar`));
  if (pushed.state !== "copied") throw new Error(String(pushed.message));
  say("✓", "bob", `scp photos.tar alice:   ${SIZE / MIB} MiB in ${pushed.ms} ms, synced and in its place`);
  const pulled = ended(await copy(`${alice}:photos.tar`, `${dir}/bob/back.tar`));
  if (pulled.state !== "copied") throw new Error(String(pulled.message));
  same(bytes, await Deno.readFile(`${dir}/bob/back.tar`));
  say("✓", "bob", `scp alice:photos.tar back.tar   the same bytes in ${pulled.ms} ms`);

  const cut = stage.start([MAIN, "scp", "--limit", "4M", ...who("bob"), file, `${alice}:again.tar`]);
  while (partBytes(shared) < SIZE * 0.6) {
    if (sizeOf(`${shared}/again.tar`) > 0) throw new Error("the copy was over before it could be killed");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await cut.kill();
  say("✗", "bob", `scp photos.tar alice:again.tar   killed at ${Math.floor(partBytes(shared) / MIB)} MiB`);
  const again = ended(await copy(file, `${alice}:again.tar`));
  if (again.state !== "copied") throw new Error(String(again.message));
  same(bytes, await Deno.readFile(`${shared}/again.tar`));
  const had = Number(again.resumed ?? 0);
  say(
    "✓",
    "bob",
    `the same again   ${had / MIB} MiB were there, ${(SIZE - had) / MIB} MiB sent in ${again.ms} ms`,
  );
  console.log("\nA visor's `skywire cli dmsg scp` speaks with Alice as well, and Bob with any visor.");
}

async function write(path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(SIZE);
  for (let at = 0; at < SIZE; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  await Deno.writeFile(path, bytes);
  return bytes;
}

function same(a: Uint8Array, b: Uint8Array): void {
  if (a.length !== b.length || a.some((byte, i) => byte !== b[i])) throw new Error("other bytes arrived");
}

function partBytes(directory: string): number {
  let sum = 0;
  for (const { name } of Deno.readDirSync(directory)) {
    if (/^\.[0-9a-f]{32}\.part$/.test(name)) sum += sizeOf(`${directory}/${name}`);
  }
  return sum;
}

/** Of a file that may have another name by now, or none yet. */
function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

const say = (sign: string, who: string, text: string): void =>
  console.log(` ${sign} ${who.padEnd(7)} ${text}`);

Deno.exit(await runDemo(tour));
