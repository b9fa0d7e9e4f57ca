/**
 * Two sides of a pair: their feeds are maps, their disks what each call gave to be kept.
 *
 * @module
 */
import { ok } from "node:assert/strict";
import { EPOCHS } from "../../lib/app/secrets_form.ts";
import { type KeyPair, keyPairOf } from "../../lib/crypto/keys.ts";
import { PairEngine } from "../../lib/pair/engine.ts";
import { pairPort } from "../../lib/pair/keys.ts";
import { readingOrder } from "../../lib/pair/opening.ts";
import type { PairIn, PairOut } from "../../lib/pair/pair_types.ts";
import { encodePairRecord, newPair, readPairRecord } from "../../lib/pair/record.ts";
import { seededRandom } from "../fakes/random.ts";

/** Two parties. */
export const [ALICE, BOB] = [1, 2].map((n) => keyPairOf(new Uint8Array(32).fill(n)));
/** 24 hours. */
export const DAY_NS = 86_400_000_000_000n;
/** When tests begin. */
export const START_NS = 1_778_580_000_000_000_000n;

/** A side: its disk outlives its engine. */
export class Side {
  readonly leaves = new Map<string, Uint8Array>();
  /** What was said, by id, in order. */
  readonly said = new Map<string, string>();
  /** What was heard, in order. */
  readonly texts: string[] = [];
  /** Ids of what was taken back, here and by the peer. */
  readonly unsaid = new Set<string>();
  readonly gone = new Set<string>();
  readonly ids = new Set<string>();
  readonly read: string[] = [];
  rekeyed = 0;
  /** Ids of what we said that the peer may never be able to open. */
  readonly lost: string[] = [];
  secrets = EPOCHS.encode([]);
  record;
  engine!: PairEngine;
  /** Outputs that the disk still takes before the process is killed. */
  lives = Infinity;
  /** Processes so far. */
  opened = 0;

  constructor(readonly own: KeyPair, readonly peer: KeyPair) {
    this.record = encodePairRecord({ ...newPair(peer.pk, pairPort(own.pk, peer.pk), "active") });
    this.open();
  }

  /** A new process on the same disk. */
  open(): void {
    this.lives = Infinity;
    const secrets = secretsIn(this.secrets);
    const random = seededRandom(`${this.own.pk} ${this.opened++}`);
    const record = readPairRecord(this.record)!;
    this.engine = new PairEngine({ own: this.own, record, leaves: this.leaves, secrets, random });
  }

  /** One input; what it gives is one commit, secrets before and after it. @returns false: killed on the way. */
  put(input: PairIn, nowNs: bigint): boolean {
    const outs = this.engine.handle(input, nowNs);
    const keepSecrets = (): void => {
      const all = [...this.engine.secrets];
      this.secrets = EPOCHS.encode(
        all.map(([number, secret]) => ({ name: this.peer.pk, number, secret })),
      );
    };
    if (has(outs, "before")) keepSecrets();
    if (this.lives-- <= 0) return false;
    for (const out of outs) this.#keep(out);
    if (this.lives-- <= 0) return false;
    if (has(outs, "after")) keepSecrets();
    return true;
  }

  #keep(out: PairOut): void {
    if (out.kind === "put") this.leaves.set(out.path, out.value);
    else if (out.kind === "drop") this.leaves.delete(out.path);
    else if (out.kind === "record") this.record = encodePairRecord(out.record);
    else if (out.kind === "read") this.read.push(out.id);
    else if (out.kind === "rekeyed") this.rekeyed++;
    else if (out.kind === "lost") this.lost.push(out.id);
    else if (out.kind === "gone") (out.direction === "in" ? this.gone : this.unsaid).add(out.id);
    else if (out.kind === "message" && out.message.direction === "out") {
      this.said.set(out.message.id, out.message.text);
    } else if (out.kind === "message" && out.message.direction === "in" && !this.ids.has(out.message.id)) {
      this.ids.add(out.message.id);
      this.texts.push(out.message.text);
    } else ok(out.kind !== "dropped" && out.kind !== "refused", out.kind);
  }

  say(text: string, nowNs: bigint): boolean {
    return this.put({ kind: "say", text }, nowNs);
  }

  /** Reads a feed, some leaves a commit, as one who has read nothing of it since it began. */
  hear(feed: ReadonlyMap<string, Uint8Array>, nowNs: bigint, atOnce = 48): boolean {
    const leaves = readingOrder([...feed].map(([path, value]) => ({ path, value })));
    for (let at = 0; at < leaves.length; at += atOnce) {
      const isLast = at + atOnce >= leaves.length;
      if (!this.put({ kind: "leaves", leaves: leaves.slice(at, at + atOnce), isLast }, nowNs)) return false;
    }
    return true;
  }
}

const has = (outs: readonly PairOut[], when: "before" | "after"): boolean =>
  outs.some((out) => out.kind === "secrets" && out.when === when);
/** What is kept of secrets, by generation. */
export const secretsIn = (file: Uint8Array): Map<bigint, Uint8Array> =>
  new Map(EPOCHS.read(file)!.map(({ number, secret }) => [number, secret]));
