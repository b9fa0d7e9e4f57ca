/**
 * What the contracts of App's members share: two apps that can reach each other, and what is awaited of them.
 *
 * @module
 */
import type { App } from "../../../lib/app/app.ts";
import type { AppEvent } from "../../../lib/app/events/events.ts";
import type { MessageView, SendReport, SendRequest } from "../../../lib/app/messages/messages.ts";
import type { MessageSettings } from "../../../lib/app/local_options.ts";
import type { MemoryFileDisk } from "../../fakes/file_disk.ts";
import { NetworkError, UserError } from "../../../lib/wire/errors.ts";

/** How much faster their clock runs: feeds ask again after 1 s, several times in some tests. */
export const HURRY = 5;

/** Two resident apps on one network, on a clock that runs {@link HURRY} times as fast as the system's. */
export interface AppPair {
  readonly alice: App;
  readonly bob: App;
  /** Where both have files. */
  readonly disk: MemoryFileDisk;
  /** Takes a party off the network: its streams break and it can't be reached. */
  leave(pk: string): void;
  /** Brings it back. */
  back(pk: string): void;
  /** Ends both and frees everything. */
  close(): Promise<void>;
}

/** Makes a pair with fresh stores. */
export type MakePair = (
  settings?: { readonly alice?: MessageSettings; readonly bob?: MessageSettings },
) => Promise<AppPair>;

/** How long a test waits for something that must happen. */
const PATIENCE_MS = 30_000;

/** How long an app waits for what must happen, by its clock. */
export const WAIT_MS: number = 10_000 * HURRY;

/** How long it waits for what must not happen. */
export const BRIEF_MS: number = 150 * HURRY;

/** Waits until something is true. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!await isTrue()) {
    if (performance.now() > endMs) throw new Error("it did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Takes events until one fits; that one is the last of the list. */
export async function eventsUntil(
  app: App,
  since: number | undefined,
  isLast: (event: AppEvent) => boolean,
): Promise<AppEvent[]> {
  const seen: AppEvent[] = [];
  for await (const event of app.events.follow(since, AbortSignal.timeout(PATIENCE_MS))) {
    seen.push(event);
    if (isLast(event)) return seen;
  }
  throw new Error(`the event did not come, only: ${JSON.stringify(seen)}`);
}

export const reason = (expected: string) => (error: unknown) =>
  error instanceof NetworkError && error.reason === expected;
export const kind = (expected: string) => (error: unknown) =>
  error instanceof UserError && error.kind === expected;
export const texts = (messages: readonly MessageView[]): string[] => messages.map(({ text }) => text);
export const isMessage = (text: string) => (event: AppEvent) =>
  event.kind === "message" && event.message.text === text;

/** Runs one test; `send` is alice to bob. */
export type Run = (
  pair: AppPair,
  send: (text: string, more?: Partial<SendRequest>) => Promise<SendReport>,
) => Promise<void>;

/** Defines a test. */
export type Define = (title: string, run: Run, settings?: Parameters<MakePair>[0]) => void;

/** Defines tests of one maker. @param name  Who is tested, as the titles begin. */
export const definer = (name: string, make: MakePair): Define => (title, run, settings) =>
  Deno.test(`${name} ${title}`, async () => {
    const pair = await make(settings);
    const to = { pk: pair.bob.pk, port: 1 };
    try {
      await run(pair, (text, more) => pair.alice.messages.send({ to, text, waitMs: WAIT_MS, ...more }));
    } finally {
      await pair.close();
    }
  });
