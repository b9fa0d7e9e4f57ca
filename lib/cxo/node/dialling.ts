/**
 * When to dial whom: one plan for all peers that something is wanted from.
 *
 * @see specification cxo §10; lib/cxo/README.md "Dialling"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Random } from "../../sys/random.ts";

/** An attempt, the handshake included, may take so long. */
export const ATTEMPT_MS = 15_000;
/** The first wait after a failure; it doubles to {@link MAX_WAIT_MS}. */
const FIRST_WAIT_MS = 3000;
const MAX_WAIT_MS = 30_000;
/** A peer that is not there for long is asked less often: after so many failures, so long. */
const TIRED = [{ failures: 30, waitMs: 1_800_000 }, { failures: 10, waitMs: 300_000 }];
/** After a lost connection, before the next dial: two that lost each other must not meet at once. */
const PAUSE_MS = 1000;

interface Plan {
  state: "waiting" | "dialling" | "connected";
  failures: number;
  /** When to dial, or until when the attempt may take. */
  atMs: number;
}

/** What is to be done about dials now. */
export interface Due {
  /** Whom to dial. */
  readonly dial: readonly PublicKeyHex[];
  /** Whose attempt took too long. */
  readonly late: readonly PublicKeyHex[];
}

const NOBODY: Due = { dial: [], late: [] };

/** The plans. */
export class Dialling {
  readonly #random: Pick<Random, "fraction">;
  readonly #plans = new Map<PublicKeyHex, Plan>();
  /** The earliest time of a plan that is not connected: a node asks at every input. */
  #firstMs = Infinity;

  /** Nobody is wanted. */
  constructor(random: Pick<Random, "fraction">) {
    this.#random = random;
  }

  /** When {@link due} has something. */
  get deadlineMs(): number | undefined {
    return this.#firstMs === Infinity ? undefined : this.#firstMs;
  }

  /** Makes a connection to a peer wanted. */
  want(peer: PublicKeyHex, isConnected: boolean, nowMs: number): void {
    if (this.#plans.has(peer)) return;
    this.#plans.set(peer, { state: isConnected ? "connected" : "waiting", failures: 0, atMs: nowMs });
    this.#look();
  }

  /** A connection to a peer is wanted no more. @returns Whether it was being dialled. */
  unwant(peer: PublicKeyHex): boolean {
    const was = this.isDialling(peer);
    this.#plans.delete(peer);
    this.#look();
    return was;
  }

  /** Whether a peer is being dialled. */
  isDialling(peer: PublicKeyHex): boolean {
    return this.#plans.get(peer)?.state === "dialling";
  }

  /** Whom to dial now, and whose attempt took too long. */
  due(nowMs: number): Due {
    if (this.#firstMs > nowMs) return NOBODY;
    const [dial, late]: PublicKeyHex[][] = [[], []];
    for (const [peer, plan] of this.#plans) {
      if (plan.state === "connected" || plan.atMs > nowMs) continue;
      if (plan.state === "dialling") late.push(peer);
      else {
        plan.state = "dialling";
        plan.atMs = nowMs + ATTEMPT_MS;
        dial.push(peer);
      }
    }
    this.#look();
    return { dial, late };
  }

  /** There is a connection, whoever dialled. */
  connected(peer: PublicKeyHex): void {
    const plan = this.#plans.get(peer);
    if (plan === undefined) return;
    [plan.state, plan.failures] = ["connected", 0];
    this.#look();
  }

  /** An attempt came to nothing. */
  failed(peer: PublicKeyHex, nowMs: number): void {
    const plan = this.#plans.get(peer);
    if (plan?.state !== "dialling") return;
    plan.failures++;
    const tired = TIRED.find(({ failures }) => plan.failures >= failures);
    const waitMs = tired?.waitMs ?? Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (plan.failures - 1));
    this.#wait(plan, nowMs, waitMs * (1 + this.#random.fraction() / 4));
  }

  /** The connection has ended, or the dial was given up for the peer's own. */
  pause(peer: PublicKeyHex, nowMs: number): void {
    const plan = this.#plans.get(peer);
    if (plan) this.#wait(plan, nowMs, PAUSE_MS * (1 + this.#random.fraction()));
  }

  #wait(plan: Plan, nowMs: number, waitMs: number): void {
    plan.state = "waiting";
    plan.atMs = nowMs + waitMs;
    this.#look();
  }

  #look(): void {
    this.#firstMs = Infinity;
    for (const { state, atMs } of this.#plans.values()) {
      if (state !== "connected" && atMs < this.#firstMs) this.#firstMs = atMs;
    }
  }
}
