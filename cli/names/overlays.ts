/**
 * What the commands of `dmsg list`, `board` and `poll` share: conversations and things as people name them, and what
 * became of what was said.
 *
 * @module
 */
import type {
  ConversationId,
  ItemView,
  ListChange,
  ListView,
  OverlayReport,
  Overlays,
  PartView,
  PublishReport,
  Saying,
} from "../../lib/app/overlays/overlays.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import type { KeptApp } from "../../lib/owner/handover/takeover.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { namedBack } from "../args.ts";
import { openCommandApp } from "../app.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import { checkAckWait } from "../flags/ack_wait.ts";
import { type AudienceFlags, audienceFlags, audienceIn } from "../flags/audience.ts";
import { commonAliases, type CommonFlags, commonFlags, keyFlag, parseDurationMs } from "../flags/flags.ts";
import { type Waiting, waitingFor } from "../flags/time_limit.ts";
import { type KeptFlags, withKept } from "../kept.ts";
import { conversationNamed } from "./conversations.ts";
import { byName, mayBe, MIN_PREFIX, several, theOne } from "./by_name.ts";
import { PeerNames } from "./peers.ts";

/** Lists and items that a name is looked for in. */
export const MANY = 10_000;

/** Where: the first argument of all of them. */
export const conversationArgument = {
  parse: String,
  placeholder: "conversation",
  brief: "A key, an alias, or a group's id or name",
} as const;

/** `--wait`. */
const waitFlag = {
  kind: "parsed",
  parse: parseDurationMs,
  optional: true,
  placeholder: "time",
  brief: "How long to wait until it has arrived; it is queued otherwise (default 10s)",
} as const;

/** What every command that says something takes, and its short forms. */
export const sayFlags = { wait: waitFlag, id: keyFlag, ...audienceFlags, ...commonFlags } as const;
/** See {@link sayFlags}. */
export const sayAliases = { ...commonAliases, w: "wait" } as const;

/** Flags of what is said. */
export type SayFlags = CommonFlags & AudienceFlags & { readonly wait?: number; readonly id?: string };

/** Without `--wait`. */
const WAIT_MS = 10_000;

/** An answer that takes longer is one that all messages are read for. */
const SLOW_MS = 3000;

/** How something is said in a conversation. */
async function sayingOf(
  context: Context,
  conversation: ConversationId,
  flags: SayFlags,
  waiting: Waiting,
): Promise<Saying> {
  const { id: key } = flags;
  const audience = await audienceIn(context, flags);
  return {
    conversation,
    waitMs: waiting.leftMs(),
    ...(key === undefined ? {} : { key }),
    ...(audience === undefined ? {} : { audience }),
  };
}

/** A conversation in which something is read or said. */
export interface At {
  /** A key as it is told: its name, and whether it is ours. */
  readonly told: (pk: PublicKeyHex) => { readonly author_alias?: string; readonly mine?: true };
  /** The App. */
  readonly app: KeptApp;
  /** Its lists, bulletins and polls. */
  readonly overlays: Overlays;
  /** Which one. */
  readonly conversation: ConversationId;
  /** Names of keys. */
  readonly names: PeerNames;
}

/** Reads something in a conversation; uses no network of its own. */
export async function reading(
  context: Context,
  flags: KeptFlags,
  name: string,
  conversation: string,
  run: (at: At) => Promise<Status>,
): Promise<Status> {
  return await withKept(context, flags, name, async (app) => {
    const cancel = context.clock.after(SLOW_MS, () => context.print.note("overlaysRead", undefined));
    try {
      return await run(await at(context, app, conversation));
    } finally {
      cancel();
    }
  });
}

/** Says something in a conversation. Status 0: it has arrived; 10: it is queued; 1: nobody knows. */
export async function saying(
  context: Context,
  flags: SayFlags,
  command: string,
  conversation: string,
  did: string,
  say: (at: At, how: Saying) => Promise<PublishReport>,
): Promise<Status> {
  const waiting = waitingFor(context.clock, flags.wait, WAIT_MS);
  const { limit } = waiting;
  const { app } = await openCommandApp(context, flags, { command, makes: "none", resident: false, limit });
  try {
    const where = await at(context, app, conversation);
    checkAckWait(where.conversation, flags.wait);
    const report = await say(where, await sayingOf(context, where.conversation, flags, waiting));
    context.print.out("overlayDone", {
      conversation: where.conversation,
      conversation_alias: where.names.of(where.conversation),
      did,
      ...report,
      ...(did === "assign" && !context.print.mode.json ? { line: whose(report.line, where.names) } : {}),
    });
    return statusOfSaid([report]);
  } finally {
    await app.close();
  }
}

/** A line of the chat has the beginning of a key, for all programs alike; here it may have a name. */
const whose = (line: string, names: PeerNames): string =>
  line.replace(/(?<!\w)(0[23][0-9a-f]{6})…$/, (all, digits) => names.ofBeginning(digits) ?? all);

/** How a command ends that has said something: by what stands worst. */
export function statusOfSaid(reports: readonly PublishReport[]): Status {
  const isSome = (state: PublishReport["state"]): boolean => reports.some((report) => report.state === state);
  if (isSome("queued")) return Status.queued;
  return isSome("unconfirmed") ? Status.notAcked : Status.done;
}

/**
 * Says something in a list; under a key once, though what it was asked for with names something else by now, or nothing.
 * @param asked  What it is asked for with; it goes through JSON.
 * @param changeNow  What that means now.
 */
export async function sayInList(
  overlays: Overlays,
  how: Saying,
  asked: object,
  changeNow: () => Promise<ListChange>,
  signal: AbortSignal,
): Promise<OverlayReport> {
  const { key } = how;
  if (key === undefined) return await overlays.changeList({ ...how, change: await changeNow() }, signal);
  const words = JSON.stringify(asked);
  const { report } = await overlays.changeListAgain({ ...how, key, words }, signal);
  return report ?? await overlays.changeList({ ...how, words, change: await changeNow() }, signal);
}

/** A conversation by what a person calls it. @throws {UserError} usage: none, or several. */
export async function at(context: Context, app: KeptApp, text: string): Promise<At> {
  const names = new PeerNames(context);
  await names.load();
  return atIn(app, names, await (await conversationNamed(context, text))(app.groups));
}

/**
 * A conversation that is known by its id; where many are walked through, they share the names.
 * @param names  Loaded.
 */
export function atIn(app: KeptApp, names: PeerNames, conversation: ConversationId): At {
  const told: At["told"] = (pk) => ({ author_alias: names.of(pk), ...(pk === app.pk ? { mine: true } : {}) });
  return { app, overlays: app.overlays, conversation, names, told };
}

/** Says on standard error that what is shown is from before. */
export function noteMaking({ print }: Context, { making }: PartView<unknown>): void {
  if (making !== undefined) print.note("overlaysMaking", making);
}

/**
 * The list that a person means.
 * @param text  Its name, or the beginning of its id.
 * @throws {UserError} usage: none, or several.
 */
export async function listNamed({ overlays, conversation }: At, text: string): Promise<ListView> {
  const open = await overlays.lists({ conversation, limit: MANY });
  const away = await overlays.lists({ conversation, limit: MANY, archived: true });
  const all = [...open.rows, ...away.rows];
  return theOne(
    "list",
    text,
    [open.rows, all].map((lists) => byName(lists, text, ({ name }) => name)),
    all,
    ({ name }) => name,
  );
}

/**
 * The item that a person means.
 * @param text  Its number as `dmsg list show` has it, what it says, or the beginning of its id.
 * @throws {UserError} usage: none, or several.
 */
export async function itemNamed(
  { overlays, conversation }: At,
  list: ListView,
  text: string,
): Promise<ItemView> {
  const part = (skip: number, limit: number) => overlays.items({ conversation, list: list.id, skip, limit });
  if (/^[1-9]\d{0,6}$/.test(text)) {
    const [item] = (await part(Number(text) - 1, 1)).rows;
    if (item !== undefined) return item;
  }
  const [some, near]: [ItemView[], ItemView[]] = [[], []];
  for (let skip = 0;;) {
    const { rows, total } = await part(skip, MANY);
    some.push(...rows.filter(mayBe(text, textOf)));
    if (skip === 0) near.push(...rows);
    skip += rows.length;
    if (skip >= total || rows.length === 0) {
      return theOne("item", text, [byName(some, text, textOf)], near, textOf);
    }
  }
}

const textOf = ({ text }: ItemView): string => text;

/**
 * The post, answer, poll, list or item whose id begins so.
 * @throws {UserError} usage: none, or several.
 */
export async function idNamed(
  { overlays, conversation }: At,
  kind: "list" | "board" | "poll",
  text: string,
): Promise<string> {
  const lower = text.toLowerCase();
  const isId = /^[0-9a-f]{1,32}$/.test(lower) && lower.length >= MIN_PREFIX;
  const found = isId ? await overlays.find({ conversation, kind, prefix: lower }) : [];
  if (found.length === 1) return found[0];
  if (found.length > 1) throw several(text, found);
  const what = { list: "list or item", board: "post", poll: "poll" }[kind];
  // Of lists and items those are named by their ids that were removed, which no list shows.
  const where = kind === "list" ? "`dmsg list remove` has printed it" : `\`dmsg ${kind} ls\` shows them`;
  throw new UserError(`There is no ${what} ${namedBack(text)}`, {
    kind: "usage",
    hint: `Name it by the beginning of its id, ${MIN_PREFIX} characters or more; ${where}.`,
  });
}
