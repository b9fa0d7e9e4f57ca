/**
 * What makes a client one that can be reached: sessions and an entry, self-dials that prove them, and an eye on other
 * programs with the same key.
 *
 * @see lib/dmsg/README.md "Self-dials", "Two programs with one key"
 * @module
 */
import { NetworkError } from "../../wire/errors.ts";
import { spread } from "../sessions/pauses.ts";
import type { Session } from "../sessions/session.ts";
import { type TwinEvent, type TwinView, TwinWatch } from "../sessions/twin.ts";
import { Registration, type RegistrationEvent, type RegistrationOptions } from "./registration.ts";
import { type Heard, SelfDial, type SelfDialOptions } from "./self_dial.ts";

/** Pauses between replacements of sessions with one server that stays deaf: some may never bring us our own streams. */
const REPLACE = { firstMs: 15_000, factor: 2, maxMs: 600_000 };
/** So long behind its pause a server that nobody has found deaf again is forgotten. */
const FORGOTTEN_MS = REPLACE.maxMs;
/** A session that was heard this long after its start is a sound one. */
const SOUND_MS = 5000;

/** What it tells. */
export type ReachEvent =
  | RegistrationEvent
  | TwinEvent
  /** For the first time, a stream to our own key through this server (its key) has come here. */
  | { readonly kind: "proven"; readonly server: string }
  /** Two self-dials through this server have come nowhere: its session is replaced. */
  | { readonly kind: "deaf"; readonly server: string };

/** What a session was shown to be good for. */
export interface SessionProof {
  /** The server's key, 66 hex characters. */
  readonly server: string;
  /** When our own stream last came through it, nanoseconds since 1970; undefined: not yet, or no more. */
  readonly heardNs: bigint | undefined;
}

/** What it needs. */
export interface ReachOptions
  extends Omit<RegistrationOptions, "twins" | "onEvent" | "onUncertain">, Omit<SelfDialOptions, "onHeard"> {
  /** Told of what happens; must not throw. */
  readonly onEvent: (event: ReachEvent) => void;
}

/** Keeps a client reachable. */
export class Reach {
  readonly #options: ReachOptions;
  readonly #registration: Registration;
  readonly #selfDial: SelfDial;
  readonly #twins: TwinWatch;
  readonly #proofs = new WeakMap<Session, bigint>();
  readonly #known = new WeakSet<Session>();
  readonly #silent = new Map<string, { untilMs: number; pauseMs: number }>();

  /** Does nothing before {@link start}. */
  constructor(options: ReachOptions) {
    const { clock, onEvent } = options;
    this.#options = options;
    this.#twins = new TwinWatch(clock, onEvent);
    this.#selfDial = new SelfDial({
      ...options,
      onHeard: (session, heard) => this.#heard(session, heard),
    });
    this.#registration = new Registration({
      ...options,
      onEvent,
      twins: this.#twins,
      onUncertain: () => this.#selfDial.soon(),
    });
  }

  /** Begins; harmless when repeated. */
  start(): void {
    for (const session of this.#options.sessions.list()) this.#selfDial.watch(session);
    this.#registration.start();
  }

  /** A session came. */
  up(session: Session): void {
    this.#selfDial.watch(session);
    this.#registration.changed();
  }

  /** A session has left the table. */
  down(session: Session): void {
    this.#registration.lost(this.#options.clock.nowMs() - session.sinceMs);
  }

  /** A session that was out of use has ended: a classic server may have forgotten its successor with it. */
  drained(): void {
    this.#selfDial.soon();
  }

  /** The sessions, and what self-dials have shown of them. */
  get proofs(): SessionProof[] {
    return this.#options.sessions.list().map((session) => ({
      server: session.remotePk,
      heardNs: this.#proofs.get(session),
    }));
  }

  /** Another live program with our key. */
  get twin(): TwinView | undefined {
    const { view } = this.#twins;
    return view && { ...view, hasEntry: this.#registration.isAside };
  }

  /** Remembers a request to our own key that is not a self-dial. @param object  As it is sent. */
  remember(object: Uint8Array): void {
    this.#selfDial.remember(object);
  }

  /**
   * Looks at a request that has come.
   * @param hash  Of its object, 32 bytes.
   * @returns As {@link SelfDial.take}.
   */
  takeOwn(hash: Uint8Array): ReturnType<SelfDial["take"]> {
    return this.#selfDial.take(hash);
  }

  /** A stream of another program with our key has brought something: that one lives. */
  heardTwin(): void {
    this.#twins.seen("stream");
  }

  /** Ends it: the entry is taken out of the discovery when it is ours. @throws As `Registration.close`. */
  async close(): Promise<void> {
    this.#selfDial.close();
    await this.#registration.close();
  }

  #heard(session: Session, heard: Heard): void {
    const { clock, onEvent, sessions } = this.#options;
    const server = session.remotePk;
    if (sessions.get(server) !== session) return; // out of use already
    if (heard === "here") {
      this.#proofs.set(session, clock.wallNs());
      if (clock.nowMs() - session.sinceMs > SOUND_MS) this.#silent.delete(server);
      if (this.#known.has(session)) return;
      this.#known.add(session);
      return onEvent({ kind: "proven", server });
    }
    this.#proofs.delete(session);
    if (heard === "elsewhere") return this.#twins.seen("stream"); // replacing it would be a fight
    if (this.#mayReplace(server)) this.#replace(session);
  }

  #mayReplace(server: string): boolean {
    const { clock, random } = this.#options;
    // Who has not been deaf for long since is tried anew, and forgotten: whoever registers servers makes their keys.
    for (const [pk, { untilMs }] of this.#silent) {
      if (clock.nowMs() - untilMs > FORGOTTEN_MS) this.#silent.delete(pk);
    }
    const { untilMs, pauseMs } = this.#silent.get(server) ?? { untilMs: -Infinity, pauseMs: REPLACE.firstMs };
    if (clock.nowMs() < untilMs) return false;
    this.#silent.set(server, {
      untilMs: clock.nowMs() + pauseMs * spread(random),
      pauseMs: Math.min(REPLACE.maxMs, pauseMs * REPLACE.factor),
    });
    return true;
  }

  #replace(session: Session): void {
    const server = session.remotePk;
    this.#options.onEvent({ kind: "deaf", server });
    const text = `server ${server} brings us no streams any more`;
    this.#options.sessions.retire(session, new NetworkError(text, { retry: true, reason: "closed" }));
  }
}
