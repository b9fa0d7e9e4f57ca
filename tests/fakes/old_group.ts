/**
 * Programs of the first weeks, over any network of streams: an owner who alone has a feed, and a member who speaks by
 * way of the owner. Written from the specification (skychat §b.2, §b.5) and its vectors, with none of our group code.
 *
 * @module
 */
import type { AppNetwork } from "../../lib/app/node/app_network.ts";
import type { KeyPair } from "../../lib/crypto/keys.ts";
import { CxoHost } from "../../lib/cxo/node/host.ts";
import { CxoNode } from "../../lib/cxo/node/node.ts";
import { curveScheme } from "../../lib/cxo/objects/root.ts";
import type { Clock } from "../../lib/sys/clock.ts";
import { concat } from "../../lib/wire/bytes.ts";
import { formatGoTime } from "../../lib/wire/go_time.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import { seededRandom } from "./random.ts";

const UTF8 = new TextEncoder();

/** What both are made of. */
export interface OldOptions {
  readonly pair: KeyPair;
  readonly network: AppNetwork;
  readonly clock: Clock;
  /** Feed port of the group. */
  readonly port: number;
}

/** u32 length ‖ JSON. */
function frame(json: string): Uint8Array {
  const payload = UTF8.encode(json);
  const header = new Uint8Array(4);
  new DataView(header.buffer).setUint32(0, payload.length);
  return concat(header, payload);
}

/** The JSON of the first frame; undefined: the stream ended before. */
async function readFrame(stream: Duplex): Promise<string | undefined> {
  let bytes = new Uint8Array(0);
  for (let chunk = await stream.read(); chunk !== null; chunk = await stream.read()) {
    bytes = concat(bytes, chunk) as Uint8Array<ArrayBuffer>;
    if (bytes.length < 4) continue;
    const length = new DataView(bytes.buffer).getUint32(0);
    if (bytes.length >= 4 + length) return new TextDecoder().decode(bytes.subarray(4, 4 + length));
  }
  return undefined;
}

function hostOf({ pair, network, clock, port }: OldOptions, onLeaf: (path: string, json: string) => void) {
  const node = new CxoNode({
    id: pair.public,
    scheme: curveScheme(pair.secret),
    wallNs: () => clock.wallNs(),
    random: seededRandom(pair.pk),
  });
  return new CxoHost({
    node,
    clock,
    dial: (pk, signal) => network.dial({ pk, port }, signal),
    onEvent: (event) => {
      if (event.kind !== "filled") return;
      for (const { path, value } of event.changes) {
        if (value !== null) onLeaf(path, new TextDecoder().decode(value));
      }
    },
  });
}

/** An owner of a public group. */
export class OldOwner {
  /** What it published, by sender and text. */
  readonly said: [string, string][] = [];
  /** Relay requests that came, as they were. */
  readonly requests: string[] = [];
  readonly #options: OldOptions & { readonly acks: boolean; readonly hasFeed: boolean };
  readonly #host: CxoHost;
  readonly #listeners: { close(): void }[] = [];
  readonly #members = new Set<string>();
  #seq = 0;

  /** @param options  `acks`: from #2575 on. `hasFeed`: whether it can be reached on the feed port. */
  constructor(options: OldOptions & { readonly acks: boolean; readonly hasFeed: boolean }) {
    this.#options = options;
    const { pair, network, port, hasFeed } = options;
    this.#host = hostOf(options, () => {});
    this.#host.put({ kind: "own", newHead: true, leaves: [], batchMs: 50 });
    this.#host.put({ kind: "allow", feed: pair.pk, peers: null });
    if (hasFeed) this.#take(network.listen(port), (stream, pk) => this.#host.accept(stream, pk));
    this.#take(network.listen(port + 1), (stream, pk) => this.#relay(stream, pk));
    this.say(pair.pk, "__skychat_group_heartbeat__", options.clock.wallNs());
  }

  add(pk: string): void {
    this.#members.add(pk);
  }

  /** Publishes a leaf without a signature, under its own feed. */
  say(sender: string, text: string, tsNs: bigint): void {
    const json = JSON.stringify({ sender_pk: sender, ts: formatGoTime(tsNs), text });
    this.said.push([sender, text]);
    this.#host.put({ kind: "put", path: `msgs/${sender}/${tsNs}/${++this.#seq}`, value: UTF8.encode(json) });
  }

  close(): void {
    for (const listener of this.#listeners) listener.close();
    this.#host.close();
  }

  #take(
    listener: ReturnType<AppNetwork["listen"]>,
    run: (stream: Duplex, pk: string) => Promise<void>,
  ): void {
    this.#listeners.push(listener);
    void (async () => {
      for await (const stream of listener) run(stream, stream.remote.pk).catch(() => {});
    })();
  }

  /** It looks at the claimed sender alone, and knows no kinds of frames. */
  async #relay(stream: Duplex, _pk: string): Promise<void> {
    const json = await readFrame(stream);
    if (json === undefined) return;
    this.requests.push(json);
    const { sender_pk, text, ts, msg_id } = JSON.parse(json);
    if (this.#members.has(sender_pk)) {
      const [, date, fraction = ""] = /^(.{19})(?:\.(\d+))?Z$/.exec(ts)!;
      const seconds = BigInt(Date.parse(`${date}Z`) / 1000);
      this.say(sender_pk, text, seconds * 1_000_000_000n + BigInt(fraction.padEnd(9, "0")));
      if (this.#options.acks) await stream.write(frame(JSON.stringify({ ack: true, msg_id })));
    }
    stream.close();
  }
}

/** A member of a public group. */
export class OldMember {
  /** What it has read in the owner's feed, sender and text, without heartbeats. */
  readonly read: [string, string][] = [];
  readonly #options: OldOptions & { readonly owner: string };
  readonly #host: CxoHost;

  /** Follows the owner's feed. */
  constructor(options: OldOptions & { readonly owner: string }) {
    this.#options = options;
    this.#host = hostOf(options, (path, json) => {
      if (!path.startsWith("msgs/")) return;
      const { sender_pk, text } = JSON.parse(json);
      if (text !== "__skychat_group_heartbeat__") this.read.push([sender_pk, text]);
    });
    this.#host.put({ kind: "follow", feed: options.owner, peers: [options.owner] });
  }

  /** Speaks by way of the owner. @param claimed  Whom it says to be. @returns The answer's JSON; undefined: none. */
  async say(text: string, ts: string, claimed = this.#options.pair.pk): Promise<string | undefined> {
    const { network, owner, port } = this.#options;
    const stream = await network.dial({ pk: owner, port: port + 1 });
    await stream.write(
      frame(JSON.stringify({ sender_pk: claimed, text, ts, msg_id: "00112233445566aa" })),
    );
    const answer = await readFrame(stream);
    stream.close();
    return answer;
  }

  close(): void {
    this.#host.close();
  }
}
