/**
 * What commands share that look at what is kept and use no network: through the owner, or alone.
 *
 * @module
 */
import type { FlagParametersForType } from "@stricli/core";
import type { ConversationId, MessageView } from "../lib/app/messages/messages.ts";
import { NoIdentity } from "../lib/identity/identity.ts";
import type { KeptApp } from "../lib/owner/handover/takeover.ts";
import { sleep } from "../lib/sys/clock.ts";
import { unlessAborted } from "./abort.ts";
import { openCommandApp } from "./app.ts";
import type { Context } from "./context.ts";
import { Status } from "./exit.ts";
import {
  type IdentityFlags,
  identityFlags,
  type NetworkFlags,
  type OutputFlags,
  outputFlags,
} from "./flags/flags.ts";
import type { Reading } from "./history_pages.ts";
import type { FindConversation } from "./names/conversations.ts";
import { PeerNames } from "./names/peers.ts";
import type { HistoryMessage } from "./words/history.ts";
import { historyMessage } from "./words/message_lines.ts";

/** Flags of commands that use no network. `--local` is taken as everywhere, and means nothing to them. */
export type KeptFlags = OutputFlags & IdentityFlags & Pick<NetworkFlags, "local">;

/** The definitions of {@link KeptFlags}. */
export const keptFlags: FlagParametersForType<KeptFlags, Context> = {
  local: {
    kind: "boolean",
    default: false,
    withNegated: false,
    hidden: true,
    brief: "Taken like everywhere; this command uses no network",
  },
  ...identityFlags,
  ...outputFlags,
};

/** Flags of a command that uses no network, as settings are read from them: no network needs to run. */
export const withoutNetwork = <F extends KeptFlags>(flags: F): F => ({ ...flags, local: false });

/** What a command does where no identity is yet: it fails, shows that nothing is kept, or makes the default one. */
export type WhenNew = "fail" | "show-nothing" | "make";

/**
 * Does something with the App that has what is kept, and closes it.
 * @param name  The command's.
 * @throws {NoIdentity} There is no identity of the name that was given, or with `fail` no default one.
 */
export async function withKept(
  context: Context,
  flags: KeptFlags,
  name: string,
  run: (app: KeptApp) => Promise<Status>,
  whenNew: WhenNew = "fail",
): Promise<Status> {
  const app = await openKept(context, flags, name, whenNew);
  if (app === undefined) return Status.done;
  try {
    return await run(app);
  } finally {
    await app.close();
  }
}

async function openKept(
  context: Context,
  flags: KeptFlags,
  name: string,
  whenNew: WhenNew,
): Promise<KeptApp | undefined> {
  const makes = whenNew === "make" ? "default" : "none";
  try {
    const request = { command: name, makes, resident: false, offline: true, pauses: true } as const;
    return (await openCommandApp(context, withoutNetwork(flags), request)).app;
  } catch (error) {
    if (whenNew !== "show-nothing" || !(error instanceof NoIdentity) || error.kind === "usage") throw error;
    context.print.note("nothingKept", { why: error.message });
    return undefined;
  }
}

/** So long a reader may take for what is printed before the identity is given back. */
const PATIENCE_MS = 200;

/** An App that is opened when something is read, and given back when whoever reads what we print takes his time. */
export class Lease {
  readonly #context: Context;
  readonly #open: () => Promise<KeptApp | undefined>;
  #app: Promise<KeptApp | undefined> | undefined;

  /** Opens nothing yet. @param name  The command's. */
  constructor(context: Context, flags: KeptFlags, name: string, whenNew: WhenNew = "fail") {
    this.#context = context;
    this.#open = () => openKept(context, flags, name, whenNew);
  }

  /** The App, opened when it is not. @returns Undefined when there is no identity, with `show-nothing`. */
  get(): Promise<KeptApp | undefined> {
    return this.#app ??= this.#open();
  }

  /** Resolves when the reader of standard output keeps up; if he does not, the identity is free for others meanwhile. */
  async room(): Promise<void> {
    const { print, clock, signal } = this.#context;
    if (print.hasRoom) return;
    await Promise.race([print.room(), sleep(clock, PATIENCE_MS, signal)]);
    if (!print.hasRoom) await this.release();
    await unlessAborted(signal, print.room());
  }

  /** Gives the identity back, until something is read again. */
  async release(): Promise<void> {
    const app = this.#app;
    this.#app = undefined;
    await (await app?.catch(() => undefined))?.close();
  }
}

/**
 * Prints messages that are kept, one line each, with the names of their peers; with `--verbose` their numbers and ids.
 * While nobody takes what is printed the identity is free for others.
 * @param pages  Asks the App for them; they are printed in its order.
 * @param find  Finds the one conversation that is meant.
 * @param more  What else is said of a message.
 */
export async function showMessages(
  context: Context,
  flags: KeptFlags,
  name: string,
  pages: (reading: Reading, peer: ConversationId | undefined) => AsyncIterable<readonly MessageView[]>,
  find?: FindConversation,
  more: (message: MessageView) => Partial<HistoryMessage> = () => ({}),
): Promise<Status> {
  const { print } = context;
  const lease = new Lease(context, flags, name, "show-nothing");
  const names = new PeerNames(context);
  const words = flags.verbose ? "historyMessageWithIds" : "historyMessage";
  try {
    const app = await lease.get();
    const peer = await find?.(app?.groups);
    if (app === undefined) return Status.done;
    const { pk } = app;
    await names.withGroups(async () => await (await lease.get())!.groups.list()).load();
    let isEmpty = true;
    for await (const page of pages(async (read) => await read((await lease.get())!.messages), peer)) {
      for (const message of page) {
        isEmpty = false;
        await lease.room();
        print.out(words, { ...historyMessage(message, pk, names), ...more(message) });
      }
    }
    if (isEmpty) print.none("noMessages", undefined);
    return Status.done;
  } finally {
    await lease.release();
  }
}

/** Parser for `--limit` of a search. @throws {SyntaxError} It is no number from 1 to 1000. */
export function parseLimit(input: string): number {
  const limit = /^\d{1,4}$/.test(input) ? Number(input) : 0;
  if (limit < 1 || limit > 1000) throw new SyntaxError("a limit is a number from 1 to 1000");
  return limit;
}

/** A flag `--limit`, for the library of arguments. */
export interface LimitFlag {
  /** It has a parser. */
  readonly kind: "parsed";
  /** That parser. */
  readonly parse: (input: string) => number;
  /** When it is left out. */
  readonly default: string;
  /** In the help. */
  readonly placeholder: string;
  /** In the help. */
  readonly brief: string;
}

/**
 * The flag `--limit` of a list or a search.
 * @param otherwise  When it is left out, 1 to 1000.
 * @param brief  What it limits, for the help.
 */
export const limitFlag = (otherwise: number, brief: string): LimitFlag => ({
  kind: "parsed",
  parse: parseLimit,
  default: String(otherwise),
  placeholder: "n",
  brief,
});
