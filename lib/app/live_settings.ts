/**
 * What a running program takes from a configuration file that has changed, and what waits for the next start. No timer
 * runs: the system tells of a change.
 *
 * @see cli/README.md "Settings"
 * @module
 */
import type { Clock } from "../sys/clock.ts";
import { watchFile } from "../sys/files/watch.ts";
import type { Settings } from "./settings.ts";

/** A program that writes the file may take some writes for it: half of a text is read by nobody. */
const SETTLE_MS = 100;

/** What the file says that it did not say before, by its members. */
export interface SettingsChange {
  /** Holds from now on. */
  readonly now: readonly string[];
  /** Holds for programs that start from now on. */
  readonly later: readonly string[];
}

/** What is told of the file. */
export interface SettingsFollower {
  /** Looks at settings before they hold. @throws {UserError} Why they can't be used. */
  check?(settings: Settings): void;
  /** The file was read again; nothing is in the change when a file that could not be used is as it was before that. */
  onChange(change: SettingsChange, live: Settings): void;
  /** It can't be used: what held before goes on. */
  onProblem(error: Error): void;
}

/** What the settings are followed with. */
export interface FollowedSettings {
  /** What the program works with: the objects of its policies stay, and say from then on what the file says. */
  readonly live: Settings;
  /** Puts flags, variables and the file together again. */
  readonly read: () => Promise<Settings>;
  /** The file. */
  readonly path: string;
  /** Waits for the end of a change. */
  readonly clock: Pick<Clock, "after">;
}

type Members = Readonly<Record<string, (settings: Settings) => unknown>>;

/** Members that act while a program runs. */
const NOW: Members = {
  receipts: ({ messages }) => messages.receipts,
  acceptFirst: ({ messages }) => messages.acceptFirst,
  outboxMiB: ({ outbox }) => outbox.bytes,
  outboxDays: ({ outbox }) => outbox.ageNs,
  execJobs: ({ exec }) => exec.jobs,
  execTimeoutSec: ({ exec }) => exec.timeoutMs,
  chat: ({ chat: { plain: _, ...chat } }) => chat,
  files: ({ files: { directory: _, ...files } }) => files,
};
/** Connections, keys and places are opened once. */
const LATER: Members = {
  discovery: ({ discovery }) => discovery,
  identity: ({ identityName }) => identityName,
  store: ({ store }) => store,
  durability: ({ durability }) => durability,
  pq: ({ pq }) => pq,
  "files.directory": ({ files }) => files.directory,
  "chat.plain": ({ chat }) => chat.plain,
};

/** Makes settings say what others say, as far as that may change while a program runs. */
function takeSettings(live: Settings, next: Settings): void {
  for (const name of ["messages", "outbox", "exec", "chat"] as const) replace(live[name], next[name]);
  // Half of the files of a peer in another place would be found by nobody.
  replace(live.files, { ...next.files, directory: live.files.directory });
}

/** Takes what the file says whenever it changes. @returns Ends that. */
export function followSettings(
  { live, read, path, clock }: FollowedSettings,
  follower: SettingsFollower,
): () => void {
  let known = valuesOf(live);
  let problem: string | undefined;
  let cancel: (() => void) | undefined;
  let turn = Promise.resolve();
  const look = async (): Promise<void> => {
    try {
      const next = await read();
      follower.check?.(next);
      const values = valuesOf(next);
      const change = changed(known, values);
      const isNews = problem !== undefined || change.now.length + change.later.length > 0;
      [known, problem] = [values, undefined];
      takeSettings(live, next);
      if (isNews) follower.onChange(change, live);
    } catch (error) {
      const { message } = error as Error;
      if (message !== problem) follower.onProblem(error as Error);
      problem = message;
    }
  };
  const unwatch = watchFile(path, () => {
    cancel?.();
    cancel = clock.after(SETTLE_MS, () => turn = turn.then(look));
  });
  return () => {
    cancel?.();
    unwatch();
  };
}

type Values = Readonly<Record<string, string>>;

/** Each member's value, as a text that can be compared. */
const valuesOf = (settings: Settings): Values =>
  Object.fromEntries(
    Object.entries({ ...NOW, ...LATER }).map(([name, value]) => [name, textOf(value(settings))]),
  );

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, one) => typeof one === "bigint" ? String(one) : one) ?? "";

function changed(before: Values, after: Values): SettingsChange {
  const names = (members: Members): string[] =>
    Object.keys(members).filter((name) => before[name] !== after[name]);
  return { now: names(NOW), later: names(LATER) };
}

/** Whoever has the object reads what the other says. */
function replace<T extends object>(target: T, source: T): void {
  for (const name of Object.keys(target)) delete (target as Record<string, unknown>)[name];
  Object.assign(target, source);
}
