/**
 * Real processes under kill -9, at 20 moments that a seed has chosen: the owner on either side, and the sending
 * command. The script repeats each `send --id` until it is kept, and service managers start the owners again.
 */
import { deepStrictEqual, ok } from "node:assert/strict";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { networkTest, type Running, type TestNetwork } from "../e2e/network.ts";
import { seededRandom } from "../fakes/random.ts";

const KILLS = 20;
const TARGETS = ["sender", "alice", "bob"] as const;
/** A start takes some 300 ms, a send through an owner 100: the moments lie before, in and after the send. */
const LATEST_MS = 500;
const LONGEST_MS = 60_000;

/** An owner that is started again whenever it is killed. */
class Owner {
  readonly #network: TestNetwork;
  readonly #identity: string;
  #process: Running;

  constructor(network: TestNetwork, identity: string) {
    this.#network = network;
    this.#identity = identity;
    this.#process = network.start(identity, "daemon");
  }

  /** Waits until peers can reach it. @returns Its key. */
  async reachable(): Promise<string> {
    return /reachable pk=(\w+)/.exec(await this.#process.prints("stdout", "reachable pk="))![1];
  }

  async killed(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.ended();
    this.#process = this.#network.start(this.#identity, "daemon");
  }
}

/** Texts that are kept. */
async function texts(network: TestNetwork, identity: string): Promise<unknown[]> {
  const lines = await network.look(identity, "history", "--json", "--limit", "999");
  return lines.split("\n").slice(0, -1).map((line) => JSON.parse(line).text);
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

networkTest(
  `Messages arrive once and in order over ${KILLS} kills of real processes`,
  async (network) => {
    const random = seededRandom("kills");
    const [alice, bob] = ["alice", "bob"].map((identity) => new Owner(network, identity));
    const pk = await bob.reachable();
    await alice.reachable();
    const sent: string[] = [];
    const send = (text: string): Running => {
      const process = network.start("alice", "send", "--id", text, "--queue", "-w", "300ms", pk, text);
      void process.end();
      return process;
    };
    /** As a script does; what is kept and unconfirmed (1) is named again later. */
    const insist = async (text: string, enough: readonly number[]): Promise<void> => {
      const endMs = Date.now() + LONGEST_MS;
      for (let last = ""; !last || Date.now() < endMs;) {
        const { status, stderr, stdout } = await send(text).ended();
        if (enough.includes(status)) return;
        last = `${status} ${stderr} ${fromUtf8(stdout)}`;
        ok(Date.now() < endMs, last);
      }
    };
    await insist("first", [0]);
    for (let kill = 0; kill < KILLS; kill++) {
      const text = `message ${kill}`;
      sent.push(text);
      const target = TARGETS[kill % TARGETS.length];
      const sending = send(text);
      await after(random.fraction() * LATEST_MS);
      if (target === "sender") sending.kill("SIGKILL");
      else await (target === "alice" ? alice : bob).killed();
      const { status } = await sending.ended();
      if (status !== 0 && status !== 10) await insist(text, [0, 10]);
    }
    for (const text of sent) await insist(text, [0]);
    for (const identity of ["bob", "alice"]) {
      deepStrictEqual(await texts(network, identity), ["first", ...sent]);
    }
  },
);
