/**
 * Nodes in memory, over links that a seed delays, cuts, loses and reorders between peers; time is a number.
 *
 * @module
 */
import { hmacSha256 } from "../../lib/crypto/hash.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { leavesOf } from "../../lib/cxo/feed/diff.ts";
import { topKeyOf } from "../../lib/cxo/feed/feed.ts";
import { CxoNode } from "../../lib/cxo/node/node.ts";
import type { ConnId, NodeIn, NodeOptions, NodeOut } from "../../lib/cxo/node/types.ts";
import type { Scheme } from "../../lib/cxo/objects/root.ts";
import { concat, equal, fromHex, fromUtf8, toHex } from "../../lib/wire/bytes.ts";
import { below, seededRandom } from "../fakes/random.ts";
import type { Model } from "./helpers.ts";

/** A stand-in of the real sizes: whoever knows the feed can sign, which no test does for another. */
export const standIn = (feed: Uint8Array): Scheme => {
  const mac = (key: Uint8Array, encoded: Uint8Array): Uint8Array =>
    concat(hmacSha256(key, encoded), new Uint8Array(33));
  return {
    sign: (encoded) => mac(feed, encoded),
    verify: (key, signature, encoded) => equal(mac(key, encoded), signature),
  };
};

/** The i-th key of a test: ordered by i. */
export const keyOf = (i: number): PublicKeyHex => `02${i.toString(16).padStart(64, "0")}`;

/** One member of the world. */
export interface Member {
  readonly pk: PublicKeyHex;
  node: CxoNode;
  readonly events: NodeOut[];
  /** Connections to others by our id. */
  readonly conns: Map<ConnId, { to: Member; there: ConnId }>;
  up: boolean;
  /** Skew of its wall clock. */
  readonly skewNs: bigint;
}

/** What a world is like. */
export interface WorldOptions {
  /** One way, in milliseconds. */
  readonly delayMs?: number;
  /** Chance that a dial fails. */
  readonly dialLoss?: number;
  /** Cuts what arrives into pieces. */
  readonly cut?: boolean;
  readonly seed?: string | number;
}

interface Step {
  readonly atMs: number;
  readonly order: number;
  run(): void;
}

/** The world. */
export class World {
  nowMs = 0;
  readonly members = new Map<PublicKeyHex, Member>();
  /** Dials of members that got through. */
  dials = 0;
  bytes = 0;
  readonly #options: Required<WorldOptions>;
  readonly #random;
  #steps: Step[] = [];
  #order = 0;
  #lastConn = 0;
  /** Called with every event. */
  onEvent: (member: Member, event: NodeOut) => void = () => {};

  constructor(options: WorldOptions = {}) {
    this.#options = { delayMs: 5, dialLoss: 0, cut: false, seed: 1, ...options };
    this.#random = seededRandom(this.#options.seed);
  }

  /** Adds a member, or gives one that stands another node: a restart without state. */
  add(pk: PublicKeyHex, options: Partial<NodeOptions> = {}, skewNs = 0n): Member {
    const id = fromHex(pk);
    const node = new CxoNode({
      id,
      scheme: standIn(id),
      wallNs: () => 1_700_000_000_000_000_000n + BigInt(Math.round(this.nowMs * 1e6)) + skewNs,
      random: this.#random,
      ...options,
    });
    const known = this.members.get(pk);
    if (known) {
      this.kill(known);
      known.node = node;
      known.up = true;
      return known;
    }
    const member: Member = { pk, node, events: [], conns: new Map(), up: true, skewNs };
    this.members.set(pk, member);
    return member;
  }

  /** A crash: its connections break without a word. */
  kill(member: Member): void {
    member.up = false;
    for (const conn of [...member.conns.keys()]) this.break(member, conn);
  }

  /** Breaks one connection for both sides. */
  break(member: Member, conn: ConnId): void {
    const end = member.conns.get(conn);
    if (end === undefined) return;
    member.conns.delete(conn);
    end.to.conns.delete(end.there);
    if (member.up) this.put(member, { kind: "eof", conn });
    if (end.to.up) this.put(end.to, { kind: "eof", conn: end.there });
  }

  /** Gives a node an input and does what follows. */
  put(member: Member, input: NodeIn): void {
    if (!member.up) return;
    this.#outs(member, member.node.handle(input, this.nowMs));
  }

  /** Runs until a time: messages and timers in order. */
  run(ms: number): void {
    const end = this.nowMs + ms;
    for (;;) {
      const step = this.#steps[0];
      let tick: { member: Member; atMs: number } | undefined;
      for (const member of this.members.values()) {
        const atMs = member.up ? member.node.deadlineMs : undefined;
        if (atMs !== undefined && (tick === undefined || atMs < tick.atMs)) tick = { member, atMs };
      }
      const atMs = Math.min(step?.atMs ?? Infinity, tick?.atMs ?? Infinity);
      if (atMs > end) break;
      this.nowMs = Math.max(this.nowMs, atMs);
      if (step !== undefined && step.atMs <= (tick?.atMs ?? Infinity)) this.#pop().run();
      else this.put(tick!.member, { kind: "tick" });
    }
    this.nowMs = end;
  }

  /** What a member has of a feed. */
  model(member: Member, feed: PublicKeyHex): Model {
    const open = member.node.feeds.get(feed);
    const top = open?.feed.last && topKeyOf(open.feed.last);
    if (open === undefined || top === undefined) return new Map();
    return new Map([...leavesOf(open.feed.objects, top)].map(({ path, value }) => [path, fromUtf8(value)]));
  }

  /** A stream between two members, without a node's wish. @returns The connection ids of both. */
  connect(from: Member, to: Member, proved = true): [ConnId, ConnId] {
    const [here, there] = [++this.#lastConn, ++this.#lastConn];
    from.conns.set(here, { to, there });
    to.conns.set(there, { to: from, there: here });
    this.dials++;
    this.put(to, { kind: "open", conn: there, peer: proved ? from.pk : undefined, dialled: false });
    this.put(from, { kind: "open", conn: here, peer: to.pk, dialled: true });
    return [here, there];
  }

  #outs(member: Member, outs: readonly NodeOut[]): void {
    for (const out of outs) {
      if (out.kind === "write") {
        this.bytes += out.bytes.length;
        this.put(member, { kind: "flushed", conn: out.conn, bytes: out.bytes.length });
        this.#send(member, out.conn, out.bytes);
      } else if (out.kind === "close") this.#closed(member, out.conn);
      else if (out.kind === "dial") this.#dial(member, out.peer);
      else if (out.kind !== "undial" && out.kind !== "log") {
        member.events.push(out);
        this.onEvent(member, out);
      }
    }
  }

  #send(member: Member, conn: ConnId, bytes: Uint8Array): void {
    const end = member.conns.get(conn);
    if (end === undefined) return;
    this.after(this.#options.delayMs, () => {
      if (end.to.conns.get(end.there)?.to !== member) return;
      const pieces = this.#options.cut ? cutAt(bytes, below(this.#random, bytes.length + 1)) : [bytes];
      for (const piece of pieces) this.put(end.to, { kind: "bytes", conn: end.there, bytes: piece });
    });
  }

  #closed(member: Member, conn: ConnId): void {
    const end = member.conns.get(conn);
    if (end === undefined) return;
    member.conns.delete(conn);
    this.after(this.#options.delayMs, () => {
      if (!end.to.conns.delete(end.there)) return;
      this.put(end.to, { kind: "eof", conn: end.there });
    });
  }

  #dial(member: Member, peer: PublicKeyHex): void {
    this.after(this.#options.delayMs * 2, () => {
      const to = this.members.get(peer);
      if (!member.up) return;
      if (to === undefined || !to.up || this.#random.fraction() < this.#options.dialLoss) {
        return this.put(member, { kind: "dialFailed", peer });
      }
      this.connect(member, to);
    });
  }

  /** Does something later. */
  after(ms: number, run: () => void): void {
    const step = { atMs: this.nowMs + ms, order: this.#order++, run };
    let at = this.#steps.length;
    while (at > 0 && this.#steps[at - 1].atMs > step.atMs) at--;
    this.#steps.splice(at, 0, step);
  }

  #pop(): Step {
    return this.#steps.shift()!;
  }
}

const cutAt = (bytes: Uint8Array, at: number): Uint8Array[] =>
  [bytes.subarray(0, at), bytes.subarray(at)].filter((piece) => piece.length > 0);

/** The name of a Root in hex. */
export const rootName = (member: Member, feed: PublicKeyHex): string => {
  const last = member.node.feeds.get(feed)?.feed.last;
  return last === undefined ? "" : toHex(last.hash);
};
