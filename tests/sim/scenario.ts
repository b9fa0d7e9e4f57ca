/**
 * One run: a network comes up, people talk while everything breaks, it is mended, and then all must be well.
 *
 * @module
 */
import { below } from "../fakes/random.ts";
import { type ChaosCounts, plan } from "./chaos.ts";
import type { Totals } from "./model.ts";
import { type NetworkSize, SimNetwork } from "./network.ts";
import type { Peer } from "./peer.ts";

/** What a run is made of. */
export interface Scenario extends NetworkSize {
  /** Messages while things break. */
  readonly messages: number;
  /** With how many others each client talks. */
  readonly friends: number;
  /** How long things break, milliseconds. */
  readonly spanMs: number;
  readonly chaos: ChaosCounts;
  /** Messages between any two clients afterwards. */
  readonly samples: number;
}

/** What came of it. */
export interface Report {
  readonly seed: string;
  /** Of the log; the same for every run of the seed. */
  readonly hash: string;
  /** Broken rules; none when all is well. */
  readonly violations: readonly string[];
  readonly totals: Totals;
  /** From the mending until every entry was true, milliseconds. */
  readonly healedMs: number | undefined;
  /** Connections to servers in the whole run. */
  readonly dials: number;
  /** The time that passed on the fake clock. */
  readonly virtualMs: number;
  readonly lines: readonly string[];
}

/** All clients must be registered within this after the start. */
const START_MS = 60_000;
/** A connection that fell silent just before the mending is noticed by then: 30 s to the next ping, 10 s for its answer. */
const NOTICED_MS = 45_000;
/** All must be truly registered within this after that: the longest back-off. */
const HEAL_MS = 80_000;
/** The same when the discovery forgot everything: who is not told learns nothing before its entry is due. */
const RELEARN_MS = 4 * 60_000 + HEAL_MS;
/** The same when a twin was killed: whoever stood aside sees its last post a look (57 s) late, waits 6 minutes and looks. */
const TWIN_MS = 6 * 60_000 + 2 * 57_000 + HEAL_MS;
/** Longest time until the last try of a message is over. */
const TALK_MS = 10 * 60_000;
/** Once all is well a message is acked within this. */
const SAMPLE_MS = 20_000;
/** After this nothing that was closed may be left; half-open streams live 5 minutes. */
const QUIET_MS = 11 * 60_000;

/** Runs a scenario to its end. */
export async function runScenario(scenario: Scenario): Promise<Report> {
  const network = new SimNetwork(scenario);
  const { clock, model } = network;
  await network.start();
  await network.until(() => registered(network), START_MS) ?? model.broken("not all clients registered");
  const sending = talk(network, scenario);
  plan(network, scenario.chaos, scenario.spanMs, network.random("chaos"));
  await clock.advance(scenario.spanMs);
  await mend(network);
  await clock.advance(NOTICED_MS);
  const healedMs = await network.until(() => isTrue(network), healLimitMs(network));
  if (healedMs === undefined) model.broken("not all entries are true after the mending");
  await network.until(() => sending.size === 0, TALK_MS) ?? model.broken("a message is still under way");
  const totals = model.totals();
  await sample(network, scenario.samples);
  await hangUp(network);
  await closeAll(network);
  return {
    seed: scenario.seed,
    hash: network.hash(),
    violations: model.violations,
    totals,
    healedMs,
    dials: network.world.network.dials,
    virtualMs: clock.nowMs(),
    lines: network.lines,
  };
}

const registered = (network: SimNetwork): boolean =>
  network.peers.every(({ client }) => client !== undefined && client.dmsg.servers.length > 0);

/** Starts all messages; the set holds those that are under way or still to come. */
function talk(network: SimNetwork, { messages, friends, spanMs }: Scenario): Set<number> {
  const random = network.random("talk");
  const { peers, model } = network;
  const circles = peers.map(() => Array.from({ length: friends }, () => below(random, peers.length)));
  const open = new Set<number>();
  for (let i = 0; i < messages; i++) {
    const from = below(random, peers.length);
    const to = circles[from][below(random, friends)];
    if (to === from) continue;
    const length = random.fraction() < 0.1 ? below(random, 8000) : below(random, 100);
    const id = model.added(peers[from].pk, peers[to].pk, ".".repeat(length));
    open.add(id);
    const atMs = below(random, spanMs);
    network.later(atMs, () => peers[from].send(id, peers[to].pk).finally(() => open.delete(id)));
  }
  return open;
}

/** Everybody is back, and only once. */
async function mend(network: SimNetwork): Promise<void> {
  network.log("mended");
  network.world.discovery = "up";
  for (const twin of network.twins) if (twin.client) twin.crash(() => 0);
  for (const peer of network.peers) if (!peer.client) peer.start();
  for (const server of network.servers) if (!server.relay) await network.done(server.start());
}

function healLimitMs({ twins, world }: SimNetwork): number {
  if (twins.length > 0) return TWIN_MS;
  return world.forgotten ? RELEARN_MS : HEAL_MS;
}

/** Whether every client has posted the servers that it sits on, which know it; an entry that a twin has left is not its own. */
async function isTrue(network: SimNetwork): Promise<boolean> {
  let sessions = 0;
  for (const { client, pk } of network.peers) {
    const servers = client!.dmsg.servers;
    const entry = await network.world.entryOf(pk);
    if (client!.dmsg.twin?.hasEntry || servers.length === 0) return false;
    if (entry?.servers.join() !== servers.join()) return false;
    sessions += servers.length;
  }
  return sessions === network.servers.reduce((sum, { relay }) => sum + relay!.usage.sessions, 0);
}

/** Any two clients can talk now. */
async function sample(network: SimNetwork, samples: number): Promise<void> {
  const random = network.random("sample");
  const { peers, model } = network;
  const open = new Set<number>();
  for (let i = 0; i < samples; i++) {
    const [from, to] = [peers[below(random, peers.length)], peers[below(random, peers.length)]];
    if (from === to) continue;
    const id = model.added(from.pk, to.pk, "");
    open.add(id);
    void from.send(id, to.pk).finally(() => open.delete(id));
  }
  await network.until(() => open.size === 0, SAMPLE_MS);
  for (const id of open) model.broken(`message ${id} is not acked ${SAMPLE_MS} ms after all was well`);
}

/** All links are closed: no stream, port or held byte may be left. */
async function hangUp(network: SimNetwork): Promise<void> {
  for (const peer of network.peers) peer.hangUp();
  await network.until(() => leftovers(network).length === 0, QUIET_MS);
  for (const left of leftovers(network)) network.model.broken(left);
}

function leftovers(network: SimNetwork): string[] {
  const left: string[] = [];
  const check = (who: string, what: string, count: number, expected = 0) => {
    if (count !== expected) left.push(`${who} has ${count} ${what} left`);
  };
  for (const { client, name } of network.peers) {
    const { streams, ports } = client!.dmsg.usage;
    check(name, "streams", streams);
    check(name, "ports", ports, 1);
  }
  for (const { relay, address } of network.servers) {
    const { streams, heldBytes } = relay!.usage;
    check(`server ${address}`, "streams", streams);
    check(`server ${address}`, "bytes", heldBytes);
  }
  return left;
}

/** Everybody leaves in order: no entry and no timer may be left. */
async function closeAll(network: SimNetwork): Promise<void> {
  const { clock, model, world } = network;
  await network.done(Promise.all(network.peers.map(({ client }) => client!.dmsg.close())));
  await clock.advance(5000);
  for (const peer of network.peers) await noEntry(peer);
  await network.done(Promise.all(network.servers.map((server) => server.close())));
  await clock.advance(60_000);
  if (clock.pendingTimers > 0) model.broken(`${clock.pendingTimers} timers are left`);
  const open = world.network.connections().length;
  if (open > 0) model.broken(`${open} connections are left`);

  async function noEntry({ pk, name }: Peer): Promise<void> {
    if (await world.entryOf(pk)) model.broken(`${name} is still in the discovery`);
  }
}
