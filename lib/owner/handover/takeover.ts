/**
 * An App that outlives its owner: when that ends, the same calls go on with the next one.
 *
 * @see lib/owner/README.md "Takeover"
 * @module
 */
import type { App } from "../../app/app.ts";
import type { AppEvent, Events } from "../../app/events/events.ts";
import { FILES, type Files } from "../../app/files/files.ts";
import { GROUPS, type Groups } from "../../app/groups/groups.ts";
import { MESSAGES, type Messages, type SendReport, type SendRequest } from "../../app/messages/messages.ts";
import type { AppNode } from "../../app/node/node.ts";
import { OUTBOX, type Outbox } from "../../app/outbox/outbox.ts";
import { OVERLAYS, type Overlays } from "../../app/overlays/overlays.ts";
import { PAIRS, type Pairs } from "../../app/pairs/pairs.ts";
import { PEERS, type Peers } from "../../app/peers/peers.ts";
import { through } from "../../app/through.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { unlessAborted } from "../../sys/abort.ts";
import { toHex } from "../../wire/bytes.ts";
import { NetworkError } from "../../wire/errors.ts";
import type { Claimed, ClaimRequest, Role } from "../claim.ts";
import { OwnerGone, perhapsDone } from "../rpc/errors.ts";
import { keptListener } from "./kept_listener.ts";
import { Sends } from "./sends.ts";

/** Random bytes of a key that nobody else has. */
const KEY_BYTES = 16;

/** Finds or becomes the next owner; the signal ends the wait. */
export type Reclaim = (signal: AbortSignal) => Promise<Claimed>;

/**
 * One App over all owners that an identity has while we use it. Streams end with the owner that they go through;
 * everything else goes on.
 */
export class KeptApp implements App {
  /** See {@link App.pk}. */
  readonly pk: PublicKeyHex;
  readonly #request: ClaimRequest;
  readonly #reclaim: Reclaim;
  readonly #over = new AbortController();
  readonly #closed = Promise.withResolvers<void>();
  readonly #sends: Sends;
  #current: Claimed;
  #next: Promise<Claimed> | undefined;

  /**
   * For openApp.
   * @param reclaim  Finds or becomes the next owner.
   */
  constructor(request: ClaimRequest, first: Claimed, reclaim: Reclaim) {
    this.pk = first.app.pk;
    this.#request = request;
    this.#reclaim = reclaim;
    this.#current = first;
    this.#sends = new Sends({
      ready: () => this.#ready(),
      lost: (claimed, error) => this.#lost(claimed, error),
      clock: request.clock,
      random: request.random,
    });
    this.#watch(first);
  }

  /** Whether the App runs here, now. */
  get role(): Role {
    return this.#current.role;
  }

  /** Resolves after {@link close}, when the App that runs here has ended by itself, or nobody can own any more. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /**
   * See {@link App.messages}. Sends that overlap keep their order, also over an owner's end. When the owner ends in the
   * middle the next one finishes it: it stays one message. A raw text that may have left is not repeated but reported
   * as unconfirmed.
   */
  readonly messages: Messages = {
    ...through<Messages>(MESSAGES, (ask) => this.#call((app) => ask(app.messages))),
    send: (request, signal) => this.#send(request, signal),
  };

  /** See {@link App.outbox}. */
  readonly outbox: Outbox = {
    ...through<Outbox>(OUTBOX, (ask) => this.#call((app) => ask(app.outbox))),
    ...this.#told((app) => app.outbox, ["cancel", "retry"]),
  };

  /** See {@link App.peers}. */
  readonly peers: Peers = through<Peers>(PEERS, (ask) => this.#call((app) => ask(app.peers)));
  /** See {@link App.groups}. A group is founded once: nobody asks a second owner for it. */
  readonly groups: Groups = {
    ...through<Groups>(GROUPS, (ask) => this.#call((app) => ask(app.groups))),
    create: (request) => this.#once((app) => app.groups.create(request)),
    ...this.#keyed((app) => app.groups, [
      "send",
      "unsend",
      "decide",
      "rotateKey",
      "revokeHistory",
      "issueInvite",
      "revokeInvite",
    ]),
  };

  /** See {@link App.pairs}. What is said or issued is asked of one owner: nothing tells a repeat. */
  readonly pairs: Pairs = {
    ...through<Pairs>(PAIRS, (ask) => this.#call((app) => ask(app.pairs))),
    ...this.#told((app) => app.pairs, ["add", "accept", "decline", "revokeInvite", "remove", "release"]),
    send: (request) => this.#once((app) => app.pairs.send(request)),
    issueInvite: (request) => this.#once((app) => app.pairs.issueInvite(request)),
  };

  /** See {@link App.overlays}. */
  readonly overlays: Overlays = {
    ...through<Overlays>(OVERLAYS, (ask) => this.#call((app) => ask(app.overlays))),
    ...this.#keyed((app) => app.overlays, [
      "changeList",
      "changeListAgain",
      "changeBoard",
      "changePoll",
      "publish",
      "sendInvite",
    ]),
  };

  /** See {@link App.files}. A file that moves ends with its owner; it is offered again then. */
  readonly files: Files = {
    ...through<Files>(FILES, (ask) => this.#call((app) => ask(app.files))),
    send: (request, signal) => this.#once((app) => app.files.send(request, signal), signal),
  };

  /** See {@link App.events}: one sequence without gap or repeat, over all owners. */
  readonly events: Events = {
    follow: (since, signal) => {
      const until = AbortSignal.any([signal, this.#over.signal]);
      // Asked at the call: what is sent after it belongs to "what comes from now on".
      const start = since === undefined
        ? this.events.cursor().catch(() => undefined)
        : Promise.resolve(since);
      return this.#events(start, until);
    },
    cursor: () => this.#call((app) => app.events.cursor()),
  };

  /** See {@link App.node}: a stream ends with its owner, a port is taken again with the next one. */
  readonly node: AppNode = {
    status: () => this.#call((app) => app.node.status()),
    dial: (to, signal, apart) => this.#call((app) => app.node.dial(to, signal, apart), signal),
    listen: (port) =>
      keptListener({
        open: () =>
          this.#call(async (app) => ({ claimed: this.#current, listener: await app.node.listen(port) })),
        lost: (claimed, error) => this.#lost(claimed, error),
      }),
  };

  /** Ends our use: an owner's App ends, and the next resident client takes over. */
  async close(): Promise<void> {
    if (this.#over.signal.aborted) return await this.#closed.promise;
    this.#over.abort(new OwnerGone());
    try {
      const last = await (this.#next ?? this.#current);
      await last.release();
    } catch {
      // The claim that was under way was given up.
    } finally {
      this.#closed.resolve();
    }
  }

  async #send(request: SendRequest, signal?: AbortSignal): Promise<SendReport> {
    const startMs = this.#request.clock.nowMs();
    signal?.throwIfAborted();
    const sent = await unlessAborted(signal, this.#sends.send(request, signal));
    return { ...sent, ms: this.#request.clock.nowMs() - startMs };
  }

  async *#events(start: Promise<number | undefined>, signal: AbortSignal): AsyncGenerator<AppEvent> {
    let cursor = await start;
    while (!signal.aborted) {
      const claimed = await this.#ready(signal).catch((error) => {
        if (signal.aborted) return undefined;
        throw error;
      });
      if (claimed === undefined) return;
      try {
        for await (const event of claimed.app.events.follow(cursor, signal)) {
          cursor = event.cursor;
          yield event;
        }
        if (signal.aborted || claimed.role !== "client") return;
        await unlessAborted(signal, claimed.app.closed); // the owner's App has ended, so will the owner
        this.#lost(claimed, new OwnerGone());
      } catch (error) {
        if (signal.aborted) return;
        this.#lost(claimed, error);
      }
    }
  }

  /** Does it with the App of now, and again with the next one when the owner ends under it. */
  async #call<T>(
    run: (app: App) => Promise<T>,
    signal?: AbortSignal,
    asIs: (error: unknown) => unknown = (error) => error,
  ): Promise<T> {
    for (let isAgain = false;; isAgain = true) {
      const claimed = await this.#ready(signal);
      try {
        return await run(claimed.app);
      } catch (error) {
        this.#lost(claimed, isAgain ? asIs(error) : error);
      }
    }
  }

  /** Methods of which each call is done once: an owner that ends in the middle may have done it already. */
  #keyed<M, N extends keyof M>(memberOf: (app: App) => M, names: readonly N[]): Pick<M, N> {
    type Request = { readonly key?: string };
    type Call = (request: Request, signal?: AbortSignal) => Promise<unknown>;
    const keyed = (name: N): Call => (request, signal) => {
      let once = request;
      return this.#call(async (app) => {
        // One that runs here can't end under us.
        if (this.#current.role === "client" && once.key === undefined) {
          once = { ...request, key: toHex(this.#request.random.bytes(KEY_BYTES)) };
        }
        return await (memberOf(app)[name] as Call)(once, signal);
      }, signal);
    };
    return Object.fromEntries(names.map((name) => [name, keyed(name)])) as Pick<M, N>;
  }

  /** Methods of which a second call finds nothing to do: that is told as what it may be. */
  #told<M, N extends keyof M>(memberOf: (app: App) => M, names: readonly N[]): Pick<M, N> {
    type Call = (request: unknown) => Promise<unknown>;
    const told = (name: N): Call => (request) =>
      this.#call((app) => (memberOf(app)[name] as Call)(request), undefined, perhapsDone);
    return Object.fromEntries(names.map((name) => [name, told(name)])) as Pick<M, N>;
  }

  /** Does it with the App of now, and no second time. @throws {NetworkError} Its owner has ended under it. */
  async #once<T>(run: (app: App) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const claimed = await this.#ready(signal);
    try {
      return await run(claimed.app);
    } catch (error) {
      this.#lost(claimed, error);
      const message =
        "The process that owns this identity ended before it answered: look whether it was done";
      throw new NetworkError(message, { retry: true, reason: "closed" });
    }
  }

  #ready(signal?: AbortSignal): Promise<Claimed> {
    if (this.#over.signal.aborted) return Promise.reject(this.#over.signal.reason);
    return unlessAborted(signal, this.#next ?? Promise.resolve(this.#current));
  }

  /** Has the next claim made, once, when an owner's end was the reason; @throws the error when it was not. */
  #lost(claimed: Claimed, error: unknown): void {
    if (!(error instanceof OwnerGone) || this.#over.signal.aborted) throw error;
    if (claimed === this.#current) this.#next ??= this.#claimNext(claimed);
  }

  #claimNext(lost: Claimed): Promise<Claimed> {
    const { signal, onRole } = this.#request;
    const next = lost.release().catch(() => {})
      .then(() => this.#reclaim(AbortSignal.any([signal, this.#over.signal])))
      .then((claimed) => {
        this.#current = claimed;
        this.#next = undefined;
        onRole?.(claimed.role);
        this.#watch(claimed);
        return claimed;
      });
    next.catch(() => this.#closed.resolve()); // and every later call throws why
    return next;
  }

  #watch(claimed: Claimed): void {
    claimed.app.closed.then(async () => {
      if (claimed !== this.#current || this.#next || this.#over.signal.aborted) return;
      if (claimed.role !== "client") {
        await claimed.release().catch(() => {});
        return this.#closed.resolve();
      }
      // A one-shot command goes on when it calls again; it may be done already.
      if (this.#request.resident) this.#next = this.#claimNext(claimed);
    });
  }
}
