/**
 * Apps in this process, classic peers beside them, and crashes.
 *
 * @module
 */
import { type LocalApp } from "../../../lib/app/local.ts";
import type { Kept } from "../../../lib/app/messages/inbox.ts";
import type { MessageView, SendReport, SendRequest } from "../../../lib/app/messages/messages.ts";
import { type IncomingMessage, Messenger } from "../../../lib/app/messages/messenger.ts";
import { type MemoryRows } from "../../../lib/store/place/memory.ts";
import { ChatHub } from "../../fakes/chat_hub.ts";
import { seededRandom } from "../../fakes/random.ts";
import { ChatWorld, worldTests } from "../chat_world.ts";
import { each } from "../messages/each.ts";
import { keyOf } from "./pair.ts";

/** Three keys. */
export const [ALICE, BOB, CAROL] = ["alice", "bob", "carol"].map(keyOf);

/** The world of one test. */
export class World extends ChatWorld {
  static readonly test = worldTests(World);

  /** A program that knows acks, but neither `once` nor ids: the Go one. */
  classic(
    name: string,
    take: (message: IncomingMessage) => Kept | Promise<Kept> = () => true,
  ): { messenger: Messenger; taken: IncomingMessage[] } {
    const network = this.hub.client(keyOf(name));
    const messenger = new Messenger({ network, clock: this.clock, random: seededRandom(name) });
    const taken: IncomingMessage[] = [];
    const commit = each((message) => {
      taken.push(message);
      return take(message);
    });
    const listening = messenger.listen(commit, new AbortController().signal);
    listening.catch(() => {});
    this.atEnd(() => messenger.close());
    return { messenger, taken };
  }

  send(app: LocalApp, text: string, more: Partial<SendRequest> = {}): Promise<SendReport> {
    return this.done(app.messages.send({ to: { pk: BOB, port: 1 }, text, waitMs: 1000, ...more }));
  }

  /** A process that ends without a word: its store stays as it is at this moment. */
  crash(pk: string, rows: MemoryRows): MemoryRows {
    const left = { rows: new Map(rows.rows), writes: rows.writes };
    this.hub.crash(pk);
    return left;
  }
}

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** States of what we sent. */
export const states = async (app: LocalApp): Promise<string[]> =>
  (await app.messages.history({ limit: 99 })).filter(({ outgoing }) => outgoing).map(({ state }) => state);
/** All texts. */
export const texts = async (app: LocalApp): Promise<string[]> =>
  (await app.messages.history({ limit: 999 })).map(({ text }: MessageView) => text);
/** Bodies of what a classic peer took. */
export const bodies = (taken: readonly IncomingMessage[]): string[] => taken.map(({ body }) => body);

/** Dials hang from now on, as those to a peer that is away do for 20 s. @returns Ends it. */
export function hangDials(hub: ChatHub): () => void {
  hub.cut(ALICE);
  hub.hanging = true;
  return () => hub.hanging = false;
}
