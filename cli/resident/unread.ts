/**
 * Events that were not dealt with yet, for what ends: behind a cursor, in order, of everybody or of one conversation.
 *
 * @module
 */
import type { AppEvent } from "../../lib/app/events/events.ts";
import type { ConversationId } from "../../lib/app/messages/messages.ts";
import type { CommandApp } from "../app.ts";
import type { Context } from "../context.ts";
import type { PeerNames } from "../names/peers.ts";
import type { StandingLine } from "../words/standing.ts";
import { eventsUpTo, tellLost } from "./follow.ts";
import { Repeats } from "./repeats.ts";
import { Standings } from "./standing.ts";

/** What it works with. */
export interface UnreadParts {
  /** Time, and what is printed. */
  readonly context: Context;
  /** Has the messages. */
  readonly app: CommandApp["app"];
  /** Names of who wrote them. */
  readonly names: PeerNames;
  /** Of this conversation alone; left out: of all. */
  readonly only?: ConversationId;
}

/** A message that has come, and is there still. */
export type Come = Extract<AppEvent, { kind: "message" }>;
/** Events are missing. */
export type Lost = Extract<AppEvent, { kind: "lost" }>;

/** What is done with them; each is waited for. */
export interface Reader {
  /** A message. @returns false: no more are taken. */
  onMessage(event: Come): Promise<boolean | void> | boolean | void;
  /** What others want of us, or have decided about us. */
  onStanding(line: StandingLine): void;
  /** Events are missing; that was told. */
  onLost?(event: Lost): void;
  /** Another one: nothing is to be done with it. */
  onOther?(cursor: number): void;
}

/** What is left of them. */
export class Unread {
  readonly #parts: UnreadParts;
  readonly #reader: Reader;
  readonly #standings: Standings;
  readonly #repeats = new Repeats();
  #cursor: number;
  #isFull = false;
  /** When a message last came, by the clock's `nowMs`; 0: none did. */
  heardMs = 0;

  /** Nothing is read yet. @param cursor  Behind which event to begin. */
  constructor(parts: UnreadParts, cursor: number, reader: Reader) {
    this.#parts = parts;
    this.#cursor = cursor;
    this.#reader = reader;
    this.#standings = new Standings(parts.app, parts.names);
  }

  /** Up to which event all is dealt with, as far as the reader is concerned. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Whether a group was told of in which we are no more. */
  get isOut(): boolean {
    return this.#standings.out.size > 0;
  }

  /** Reads what is there, and what comes, until the signal. */
  async follow(signal: AbortSignal): Promise<void> {
    await this.#upTo(Infinity, signal);
  }

  /** Reads all that has come until now. */
  async rest(signal: AbortSignal = this.#parts.context.signal): Promise<void> {
    const last = await this.#parts.app.events.cursor() ?? 0;
    if (last > this.#cursor) await this.#upTo(last, signal);
  }

  async #upTo(last: number, until: AbortSignal): Promise<void> {
    if (this.#isFull) return;
    const { app, context } = this.#parts;
    for await (const event of eventsUpTo(app, context, this.#cursor, last, until)) {
      if (await this.#read(event) === false) {
        this.#isFull = true;
        return;
      }
      this.#cursor = event.cursor;
    }
  }

  async #read(event: AppEvent): Promise<boolean | void> {
    const { context, only, names } = this.#parts;
    if (event.kind === "lost") {
      tellLost(context, event);
      return this.#reader.onLost?.(event);
    }
    if (event.kind === "message" && (only ?? event.message.peer) === event.message.peer) {
      this.heardMs = context.clock.nowMs();
      const { message: { outgoing, silent, state, peer } } = event;
      const isRepeat = this.#repeats.has(event.message);
      if (!outgoing && !silent && !isRepeat && state !== "deleted") {
        await names.loadFor(peer);
        return await this.#reader.onMessage(event);
      }
    }
    const isAsked = event.kind === "network" &&
      (only === undefined || only === (event.detail.group ?? event.detail.peer));
    const line = isAsked ? await this.#standings.lineOf(event) : undefined;
    if (line === undefined) this.#reader.onOther?.(event.cursor);
    else this.#reader.onStanding(line);
  }
}
