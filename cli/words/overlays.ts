/**
 * The words of lists, bulletins and polls.
 *
 * @module
 */
import type { InviteView, SignedOffer } from "../../lib/app/overlays/invite_views.ts";
import type {
  ItemView,
  ListView,
  PollView,
  PostView,
  PublishReport,
  SaidView,
  ThreadView,
  WidgetView,
} from "../../lib/app/overlays/overlays.ts";
import { visible } from "../output/escape.ts";
import type { Snake } from "../output/snake.ts";
import { counted, inOneLine, localTime } from "./people.ts";

/** Characters of an id that people read and write. */
export const ID_CHARS = 8;

const short = (id: string): string => id.slice(0, ID_CHARS);
const who = (pk: string, alias: string | undefined, mine?: boolean): string =>
  mine ? "you" : alias === undefined ? `${pk.slice(0, 8)}…` : visible(alias);
/** Why it has not arrived, on one line. */
const why = (reason: string | undefined, alias: string | undefined): string =>
  reason === undefined ? "" : `: ${inOneLine(visible(reason), () => alias)}`;

/** What was said, and what became of it. */
export type DoneLine = PublishReport & {
  readonly conversation: string;
  /** Its name here. */
  readonly conversation_alias?: string;
  readonly did: string;
};

/** `[list] added milk to Shopping` is said in the chat; whoever did it reads the rest. */
export const overlayDone = (done: DoneLine): string => {
  const { line, state, conversation_alias: alias } = done;
  const { id, reason } = "id" in done ? done : {};
  const said = visible(line.split("\n")[0].replace(/^\[(?:list|board|poll|invite|dash)\] /, ""));
  const standing = state === "queued"
    ? `, queued${why(reason, alias)}`
    : state === "unconfirmed"
    ? `, not confirmed${why(reason, alias)}`
    : state === "replaced"
    ? ", not published: a later value went in its place"
    : state === "unchanged"
    ? ", as before"
    : "";
  return `${said}${id === undefined ? "" : `  (${short(id)})`}${standing}`;
};

/** A list in a list of them. */
export type ListLine = ListView & { readonly author_alias?: string };

/** `Shopping  1 of 3 done  (3f2a9c01)` */
export const listShown = ({ name, items, done, archived, id }: ListLine): string =>
  `${visible(name)}  ${items === 0 ? "empty" : `${done} of ${items} done`}${archived ? ", archived" : ""}  (${
    short(id)
  })`;

/** An item with its number. */
export type ItemLine = ItemView & {
  readonly list: string;
  readonly number: number;
  readonly author_alias?: string;
  readonly assignee_alias?: string;
  /** It is given to us. */
  readonly ours?: boolean;
};

/** `  2 [x] milk  → bob` */
export const itemShown = (v: ItemLine): string =>
  `${String(v.number).padStart(3)} [${v.done ? "x" : " "}] ${visible(v.text)}${
    v.assignee === undefined ? "" : `  → ${who(v.assignee, v.assignee_alias, v.ours)}`
  }`;

/** Something that was said of a list or an item. */
export type SaidLine = SaidView & {
  readonly author_alias?: string;
  readonly to_alias?: string;
  readonly to_us?: boolean;
  readonly mine?: boolean;
};

/** `2026-11-23 10:00:00 alice checked it` */
export const listSaid = (v: SaidLine): string =>
  `${localTime(v.ts)} ${who(v.author, v.author_alias, v.mine)} ${saidWords(v)}`;

function saidWords({ what, value, to_alias, to_us }: SaidLine): string {
  switch (what) {
    case "done":
      return value === true ? "checked it" : "unchecked it";
    case "gone":
      return value === true ? "removed it" : "brought it back";
    case "away":
      return value === true ? "archived it" : "took it out of the archive";
    case "text":
      return `called it ${JSON.stringify(visible(String(value)))}`;
    case "who":
      return value === "" ? "gave it to nobody" : `gave it to ${who(String(value), to_alias, to_us)}`;
    case "rank":
      return "moved it";
    default:
      return "made it";
  }
}

/** A post or an answer; `replies` and what goes with it are a post's. */
export type PostLine = Snake<PostView & Partial<ThreadView>> & {
  readonly author_alias?: string;
  readonly mine?: boolean;
  readonly pinned?: boolean;
};

/** Text, then who, when, and how it stands, on one line each. */
export const postShown = (v: PostLine): string => {
  const indent = v.depth === 0 ? "" : "  ";
  const lines = v.text?.split("\n").map(visible).join(`\n${indent}| `); // no line can pass for one of ours
  const text = lines === undefined ? "(withdrawn)" : `${lines}${v.cut ? " …" : ""}`;
  const facts = [
    who(v.author, v.author_alias, v.mine),
    localTime(v.ts),
    v.edited !== undefined && v.text !== undefined && "edited",
    v.depth > 1 && v.parent !== undefined && `to ${short(v.parent)}`,
    v.replies !== undefined && v.replies > 0 && counted(v.replies, "answer"),
    v.replies !== undefined && v.replies > 0 && v.last_ts !== undefined && `last ${localTime(v.last_ts)}`,
    v.unread !== undefined && v.unread > 0 && `${v.unread} new`,
    v.pinned && "pinned",
    v.expires !== undefined && (v.expired ? "over" : `until ${localTime(v.expires)}`),
  ].filter(Boolean).join(", ");
  return `${indent}${text}\n${indent}  ${short(v.id)}  ${facts}`;
};

/** A poll. */
export type PollLine = PollView & {
  readonly author_alias?: string;
  readonly mine?: boolean;
  readonly own?: readonly number[];
};

/** The question, and each choice with its votes. */
export const pollShown = (v: PollLine): string => {
  const facts = [
    who(v.author, v.author_alias, v.mine),
    localTime(v.ts),
    counted(v.voters, "voter"),
    v.many && "several choices",
    v.over ? "over" : v.until !== undefined && `until ${localTime(v.until)}`,
  ].filter(Boolean).join(", ");
  const choices = v.choices.map(({ text, votes }, i) =>
    `  ${v.own?.includes(i) ? "*" : " "} ${i + 1}  ${String(votes).padStart(3)}  ${visible(text)}`
  );
  return [`${visible(v.question)}`, `  ${short(v.id)}  ${facts}`, ...choices].join("\n");
};

/** An invite. */
export type InviteLine = Snake<InviteView> & {
  readonly conversation: string;
  readonly author_alias?: string;
  readonly offered_alias?: string;
  readonly mine?: boolean;
};

const INVITE_STATES: Readonly<Record<string, string>> = {
  "used-up": "used up",
  own: "ours",
  unusable: "can't be used",
};

const signedWords = ({ expires, uses, note }: SignedOffer): string =>
  `, for ${uses === 1 ? "1 person" : `${uses} people`} until ${localTime(expires)}${
    note === undefined ? "" : `: ${visible(note)}`
  }`;

/** `group "ops" (private)  from alice, 2026-11-23 10:00:00, new  (3f2a9c01)` */
export function inviteShown(v: InviteLine): string {
  const { offer, state, reason } = v;
  const what = offer === undefined
    ? "a link"
    : offer.kind === "contact"
    ? `contact ${who(offer.pk, v.offered_alias, v.mine && offer.pk === v.author)}`
    : `group ${offer.name === undefined ? short(offer.group) : JSON.stringify(visible(offer.name))}${
      offer.group_kind === undefined ? "" : ` (${offer.group_kind})`
    }`;
  const standing = state !== "asked"
    ? INVITE_STATES[state] ?? state
    : offer?.kind === "contact"
    ? "asked: no answer yet"
    : `asked: ${offer?.signed === undefined ? "an admin has to decide" : "no admin has answered yet"}`;
  return `${what}  from ${who(v.author, v.author_alias, v.mine)}, ${localTime(v.ts)}, ${standing}${
    reason === undefined ? "" : `: ${visible(reason)}`
  }${offer?.signed === undefined ? "" : signedWords(offer.signed)}  (${short(v.id)})`;
}

/** A widget with --json: what is read is drawn (dash_lines.ts). */
export const widgetShown = ({ title, value }: WidgetView & { readonly conversation: string }): string =>
  `${visible(title)}: ${visible(JSON.stringify(value))}`;

/** A command of a bot. */
export interface BotCommandLine {
  /** Where. */
  readonly conversation: string;
  /** Whose. */
  readonly bot: string;
  /** How it is called here. */
  readonly bot_alias?: string;
  /** It is ours. */
  readonly mine?: true;
  /** When it was announced. */
  readonly ts: string;
  /** What stands behind the slash. */
  readonly name: string;
  /** What it does. */
  readonly help: string;
}

/** `/uptime  how long it runs  (alice)` */
export const botCommand = ({ name, help, bot, bot_alias, mine }: BotCommandLine): string =>
  `/${name}${help === "" ? "" : `  ${visible(help)}`}  (${who(bot, bot_alias, mine)})`;

/** What a conversation takes of bots. */
export interface PaceLine {
  /** Which one. */
  readonly conversation: string;
  /** Between two values of one widget. */
  readonly interval_ms: number;
  /** Of a message. */
  readonly max_bytes: number;
  /** Who has set it. */
  readonly by?: string;
  /** How they are called here. */
  readonly by_alias?: string;
  /** It was us. */
  readonly mine?: true;
  /** When. */
  readonly ts?: string;
}

/** `a value every 60 s, at most 1024 bytes  (set by alice, 2026-11-23 10:00:00)` */
export const paceShown = ({ interval_ms, max_bytes, by, by_alias, mine, ts }: PaceLine): string =>
  `a value every ${interval_ms / 1000} s, at most ${max_bytes} bytes  (${
    by === undefined || ts === undefined
      ? "as everywhere"
      : `set by ${who(by, by_alias, mine)}, ${localTime(ts)}`
  })`;
