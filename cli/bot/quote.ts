/**
 * What an answer of a bot quotes in a group: there the text itself holds the quote, as Go's does.
 *
 * @see specification skychat §a.1, `skychat_reply`
 * @module
 */
import type { GroupId } from "../../lib/app/groups/groups.ts";
import type { Messages, MessageView } from "../../lib/app/messages/messages.ts";
import { encodeBody } from "../../lib/chat/body.ts";
import { readOverlay } from "../../lib/overlay/frame.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { clip, PREVIEW_COLUMNS } from "../../tui/drawing/width.ts";

/** Messages that are read at once. */
const PAGE = 200;
/** Messages that are looked through: who answers something older has to be its reader. */
const MANY = 10_000;

/** What is quoted. */
export interface Quoted {
  /** Who said it. */
  readonly from: string;
  /** When, as its sender said it. */
  readonly ts: string;
  /** What people see of it. */
  readonly text: string;
}

/** An answer with its quote; in a D2 group it is for whom that is. */
export function quoting({ from, ts, text }: Quoted, answer: string): string {
  const toPreview = clip(text.split("\n", 1)[0], PREVIEW_COLUMNS);
  return encodeBody({ kind: "reply", toSender: from, toTs: ts, toPreview, text: answer });
}

/**
 * A message of a group by its id.
 * @param own  Us.
 * @throws {UserError} usage: it is not among the newest 10,000.
 */
export async function quotedIn(
  messages: Pick<Messages, "history">,
  group: GroupId,
  id: string,
  own: string,
): Promise<Quoted> {
  let before: number | undefined;
  for (let seen = 0; seen < MANY; seen += PAGE) {
    const page: MessageView[] = await messages.history({ peer: group, limit: PAGE, before });
    const found = page.find((message) => message.id === id && message.state !== "deleted");
    if (found !== undefined) {
      const { outgoing, sender, peer, ts, text } = found;
      return { from: outgoing ? own : sender ?? peer, ts, text: readOverlay(text).fallback };
    }
    if (page.length < PAGE) break;
    before = Math.min(...page.map(({ position }) => position));
  }
  throw new UserError(`There is no message ${JSON.stringify(id)} in the group`, {
    kind: "usage",
    hint: "Name one by the id that `message` lines and `dmsg history --json` have.",
  });
}
