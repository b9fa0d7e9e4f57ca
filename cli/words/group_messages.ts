/**
 * Messages of groups as lines.
 *
 * @see specification skychat (e) "group …"
 * @module
 */
import { isNotice } from "../../lib/app/groups/room/notices.ts";
import { visible } from "../output/escape.ts";
import { bodyWords } from "./history.ts";
import { localTime } from "./people.ts";

/** A message of a group. */
export interface GroupLine {
  /** When it was written, by its writer's clock. */
  readonly ts: string;
  /** Which group. */
  readonly group_id: string;
  /** Who wrote it. */
  readonly sender_pk: string;
  /** A name of the writer. */
  readonly sender_alias?: string;
  /** We wrote it. */
  readonly outgoing: boolean;
  /** The text. */
  readonly body: string;
  /** What we call whose an item of a list is by it. */
  readonly assignee_alias?: string;
  /** The body as people read it, where that is something else. */
  readonly shown?: string;
  /** Its time in nanoseconds, as `unsend` takes it. */
  readonly ts_nano: string;
  /** Where it stands. */
  readonly state: string;
  /** In a D2 group for whom it is, names where there are some; left out: everybody. */
  readonly audience?: readonly string[];
  /** The same as keys, for programs. */
  readonly audience_pks?: readonly string[];
  /** `sealed`: no key of ours opens it. `unverified`: it is not signed. `restarted`, `forked`: nobody has written it. */
  readonly reason?: string;
}

/** A group that something is kept of: its id alone, as the Go program lists them for scripts to go through. */
export const groupKept = (v: { group_id: string; name: string; last_message_at: string }): string =>
  v.group_id;

/** `group listen` and `group history`: `[ts] [gid] pk: body`, or a name in the place of the key. */
export const groupMessage = (v: GroupLine): string => {
  const who = visible(v.sender_alias ?? v.sender_pk);
  const body = v.reason === "sealed" && v.state !== "deleted"
    ? `(sealed message from ${who})`
    : bodyWords({ state: v.state, text: v.body, assignee_alias: v.assignee_alias });
  const said = isNotice({ via: "group", reason: v.reason }) ? `* ${who} ${body}` : `${who}: ${body}`;
  const readers = v.audience?.map(visible).join(", ");
  const marks = [
    ...v.reason === "unverified" ? ["(unverified)"] : [],
    ...readers ? [`(for ${readers})`] : [],
  ];
  return [`[${localTime(v.ts)}] [${v.group_id.slice(0, 8)}] ${said}`, ...marks].join("  ");
};
