/**
 * An App that outlives its owner: when that ends, the same calls go on with the next one.
 *
 * @see lib/owner/README.md "Takeover"
 * @module
 */
import type {
  App,
  AppEvent,
  AppListener,
  AppStream,
  HistoryRequest,
  SendReport,
  SendRequest,
} from "../app/app.ts";
import { type Groups, groupsThrough } from "../app/groups/groups.ts";
import type { PublicKeyHex } from "../crypto/keys.ts";
import { unlessAborted } from "../sys/abort.ts";
import type { Claimed, ClaimRequest, Role } from "./claim.ts";
import type { CursorApp } from "./house.ts";
import { OwnerGone } from "./rpc_errors.ts";
import { Sends } from "./sends.ts";

/** A listener, and the claim that it was opened with. */
interface Opened {
  readonly claimed: Claimed;
  readonly listener: AppListener;
}

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
   * See {@link App.send}. Calls that overlap keep their order, also over an owner's end. When the owner ends in the
   * middle the next one finishes it: it stays one message. A raw text that may have left is not repeated but reported
   * as unconfirmed.
   */
  async send(request: SendRequest, signal?: AbortSignal): Promise<SendReport> {
    const startMs = this.#request.clock.nowMs();
    signal?.throwIfAborted();
    const sent = await unlessAborted(signal, this.#sends.send(request, signal));
    return { ...sent, ms: this.#request.clock.nowMs() - startMs };
  }

  /** See {@link App.events}: one sequence without gap or repeat, over all owners. */
  events(since: number | undefined, signal: AbortSignal): AsyncIterable<AppEvent> {
    const until = AbortSignal.any([signal, this.#over.signal]);
    // Asked at the call: what is sent after it belongs to "what comes from now on".
    const start = since === undefined ? this.cursor().catch(() => undefined) : Promise.resolve(since);
    return this.#events(start, until);
  }

  /** The cursor of the newest event; undefined when the App can't tell. */
  cursor(): Promise<number | undefined> {
    return this.#call(async (app: CursorApp) => await app.cursor?.());
  }

  /** See {@link App.history}. */
  history(request: HistoryRequest): ReturnType<App["history"]> {
    return this.#call((app) => app.history(request));
  }

  /** See {@link App.search}. */
  search(request: Parameters<App["search"]>[0]): ReturnType<App["search"]> {
    return this.#call((app) => app.search(request));
  }

  /** See {@link App.conversations}. */
  conversations(): ReturnType<App["conversations"]> {
    return this.#call((app) => app.conversations());
  }

  /** See {@link App.status}. */
  status(): ReturnType<App["status"]> {
    return this.#call((app) => app.status());
  }

  /** See {@link App.markRead}. */
  markRead(request: Parameters<App["markRead"]>[0]): Promise<void> {
    return this.#call((app) => app.markRead(request));
  }

  /** See {@link App.remove}. */
  remove(request: Parameters<App["remove"]>[0]): Promise<void> {
    return this.#call((app) => app.remove(request));
  }

  /** See {@link App.forget}. */
  forget(request: Parameters<App["forget"]>[0]): Promise<void> {
    return this.#call((app) => app.forget(request));
  }

  /** See {@link App.peers}. */
  peers(): ReturnType<App["peers"]> {
    return this.#call((app) => app.peers());
  }

  /** See {@link App.decide}. */
  decide(request: Parameters<App["decide"]>[0]): Promise<void> {
    return this.#call((app) => app.decide(request));
  }

  /** See {@link App.outbox}. */
  outbox(): ReturnType<App["outbox"]> {
    return this.#call((app) => app.outbox());
  }

  /** See {@link App.cancel}. */
  cancel(request: Parameters<App["cancel"]>[0]): Promise<void> {
    return this.#call((app) => app.cancel(request));
  }

  /** See {@link App.retry}. */
  retry(request: Parameters<App["retry"]>[0]): Promise<void> {
    return this.#call((app) => app.retry(request));
  }

  /** See {@link App.groups}. */
  readonly groups: Groups = groupsThrough((ask) => this.#call((app) => ask(app.groups)));

  /** See {@link App.dial}; the stream itself ends with its owner. */
  dial(to: Parameters<App["dial"]>[0], signal?: AbortSignal): Promise<AppStream> {
    return this.#call((app) => app.dial(to, signal), signal);
  }

  /** See {@link App.listen}: the port is taken again with the next owner. */
  async listen(port: number): Promise<AppListener> {
    const open = (): Promise<Opened> =>
      this.#call(async (app) => ({ claimed: this.#current, listener: await app.listen(port) }));
    let opened = open();
    let closed = false;
    await opened;
    return {
      accept: async () => {
        while (!closed) {
          const mine = opened;
          const { claimed, listener } = await mine;
          try {
            return await listener.accept();
          } catch (error) {
            if (closed) return null;
            this.#lost(claimed, error);
            if (opened === mine) opened = open(); // several accepts may wait: the first one listens again for all
          }
        }
        return null;
      },
      close: () => {
        closed = true;
        opened.then(({ listener }) => listener.close(), () => {});
      },
    };
  }

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

  async *#events(start: Promise<number | undefined>, signal: AbortSignal): AsyncGenerator<AppEvent> {
    let cursor = await start;
    while (!signal.aborted) {
      const claimed = await this.#ready(signal).catch((error) => {
        if (signal.aborted) return undefined;
        throw error;
      });
      if (claimed === undefined) return;
      try {
        for await (const event of claimed.app.events(cursor, signal)) {
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
  async #call<T>(run: (app: App) => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (;;) {
      const claimed = await this.#ready(signal);
      try {
        return await run(claimed.app);
      } catch (error) {
        this.#lost(claimed, error);
      }
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
