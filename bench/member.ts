/**
 * A member in ten groups of sixteen with one message a second in each, as a process of its own: its memory beside a
 * program that only waits, and its CPU time. The founder of all of them speaks, over a network on loopback; the other
 * fourteen are in the rosters, and away.
 *
 * @module
 */
import { type LocalApp, openLocalApp } from "../lib/app/local.ts";
import { generateKeyPair } from "../lib/crypto/keys.ts";
import { CARRIERS } from "../lib/dmsg/carriers/mod.ts";
import { DmsgClient } from "../lib/dmsg/client.ts";
import { DiscoveryClient } from "../lib/dmsg/discovery/client.ts";
import { openStore } from "../lib/store/open.ts";
import { emptyRows, memoryPlace } from "../lib/store/place/memory.ts";
import { sleep, systemClock } from "../lib/sys/clock.ts";
import { systemRandom } from "../lib/sys/random.ts";
import { haveIdentity } from "../tests/script/have_identity.ts";
import { measured, ourNetwork, programArgs, resident, yardstickArgs } from "./processes.ts";
import { spread } from "./stats.ts";

const clock = systemClock();
/** Until the last message of each group has reached the member. */
const PATIENCE_MS = 60_000;
/** The yardstick waits by then. */
const WAITING_MS = 1000;

/** Runs it, and prints memory above the yardstick and CPU. @param seconds  How long the groups talk. */
export async function benchMember(bundle: string, groups = 10, size = 16, seconds = 60): Promise<void> {
  console.log(`\nA member in ${groups} groups of ${size}, one message a second in each, ${seconds} s`);
  const home = await Deno.makeTempDir();
  const empty = (await measured(yardstickArgs("empty_wait.ts"), home)).peakMiB;
  const emptyPrivate = await waiting(home);
  const network = await ourNetwork(home, bundle);
  const founder = await founderOn(network.discovery);
  for (const name of ["warm", "member"]) haveIdentity(home, name);
  await warmUp({ bundle, home, discovery: network.discovery, founder });
  const at = ["--identity", "member", "--discovery", network.discovery];
  const member = resident([...programArgs(bundle), "listen", "--json", ...at], home);
  try {
    const [, pk] = await member.line("stdout", /"addr":"([0-9a-f]{66})/);
    const ids: string[] = [];
    const [alone, alonePrivate] = [member.memoryMiB(), member.privateMiB()];
    for (let i = 0; i < groups; i++) {
      const { group, invite } = await founder.groups.create({ name: `g${i}`, kind: "private", join: "link" });
      for (let other = 2; other < size; other++) {
        await founder.groups.decide({ group, action: "add", peer: generateKeyPair(systemRandom).pk });
      }
      const joined = await measured([...programArgs(bundle), "group", "join", ...at, invite], home);
      if (joined.code !== 0) throw new Error(`group join ended with ${joined.code}: ${joined.stdout}`);
      ids.push(group);
    }
    const [idle, idlePrivate] = [member.memoryMiB(), member.privateMiB()];
    const [startS, startMs] = [member.cpuS(), performance.now()];
    const memory: number[] = [];
    const own: number[] = [];
    const last = new Map<string, string>();
    for (let second = 0; second < seconds; second++) {
      for (const group of ids) {
        last.set(
          group,
          (await founder.groups.send({ group, text: `message ${second} of a person`, waitMs: 0 })).id,
        );
      }
      await sleep(clock, Math.max(0, (second + 1) * 1000 - (performance.now() - startMs)));
      memory.push(member.memoryMiB());
      own.push(member.privateMiB());
    }
    const share = (member.cpuS() - startS) / ((performance.now() - startMs) / 1000);
    for (const [group, id] of last) {
      const endMs = performance.now() + PATIENCE_MS;
      while (!(await founder.groups.evidence({ group, id })).some((known) => known.pk === pk)) {
        if (performance.now() > endMs) {
          throw new Error(`the member has not read the last message of ${group}`);
        }
        await sleep(clock, 50);
      }
    }
    const late = lateOf(memory);
    console.log(`  empty_wait, peak   ${empty.toFixed(1)} MiB`);
    console.log(
      `  member, no group   ${alone.toFixed(1)} MiB, ${(alone - empty).toFixed(1)} above empty_wait`,
    );
    console.log(
      `  member, joined     ${idle.toFixed(1)} MiB · talking ${late.toFixed(1)} MiB, ${
        (late - empty).toFixed(1)
      } above empty_wait` +
        ` · peak ${member.peakMiB().toFixed(1)} MiB, ${(member.peakMiB() - empty).toFixed(1)} above`,
    );
    const [aloneOwn, idleOwn, lateOwn] = [alonePrivate, idlePrivate, lateOf(own)].map((mib) =>
      (mib - emptyPrivate).toFixed(1)
    );
    console.log(
      `  its own memory     ${aloneOwn} above empty_wait without a group, ${idleOwn} joined, ${lateOwn} talking` +
        "; the rest are pages of the runtime's file",
    );
    console.log(`  member, CPU        ${(share * 100).toFixed(0)} % of one core`);
  } finally {
    await founder.close();
    await member.end();
    await network.end();
    await Deno.remove(home, { recursive: true });
  }
}

/**
 * A member in one group, which hears one message. The first process of a new bundle compiles each of its files, and keeps
 * some 10 MiB of that; the next ones read what it has left.
 */
async function warmUp(
  { bundle, home, discovery, founder }: {
    readonly bundle: string;
    readonly home: string;
    readonly discovery: string;
    readonly founder: LocalApp;
  },
): Promise<void> {
  const at = ["--identity", "warm", "--discovery", discovery];
  const first = resident([...programArgs(bundle), "listen", "--json", ...at], home);
  try {
    await first.line("stdout", /"addr":"/);
    const { group, invite } = await founder.groups.create({ name: "warm", kind: "private", join: "link" });
    const joined = await measured([...programArgs(bundle), "group", "join", ...at, invite], home);
    if (joined.code !== 0) throw new Error(`group join ended with ${joined.code}: ${joined.stdout}`);
    await founder.groups.send({ group, text: "is it warm?", waitMs: PATIENCE_MS });
    await first.line("stdout", /is it warm/);
    await founder.groups.drop({ group });
  } finally {
    await first.end();
  }
}

/** The last third's median. */
const lateOf = (samples: readonly number[]): number =>
  spread(samples.slice(-Math.ceil(samples.length / 3))).median;

/** Memory that is the yardstick's own, once it waits, MiB. */
async function waiting(home: string): Promise<number> {
  const empty = resident(yardstickArgs("empty_wait.ts"), home);
  try {
    await sleep(clock, WAITING_MS);
    return empty.privateMiB();
  } finally {
    await empty.end();
  }
}

/** Somebody who founds groups, in this process. */
async function founderOn(discovery: string): Promise<LocalApp> {
  const own = generateKeyPair(systemRandom);
  const client = new DmsgClient({
    pair: own,
    discovery: new DiscoveryClient({ urls: [discovery], fetch, clock }),
    carriers: CARRIERS,
    clock,
    random: systemRandom,
  });
  client.publish();
  const store = await openStore({
    place: memoryPlace(emptyRows()),
    secret: own.secret,
    clock,
    random: systemRandom,
  });
  const onClose = async (): Promise<void> => {
    await store.close();
    await client.close();
  };
  return await openLocalApp({
    own,
    client,
    store,
    clock,
    random: systemRandom,
    resident: true,
    pid: 1,
    onClose,
  });
}
