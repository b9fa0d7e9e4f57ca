/**
 * Words for effects that failed.
 *
 * @module
 */
import { UserError } from "../../lib/wire/errors.ts";
import type { Effect } from "../state/types.ts";

/** Effects whose failure is the answer to what the user has just asked for. */
export const USER: readonly Effect["kind"][] = [
  "remove",
  "retry",
  "cancel",
  "forget",
  "decide",
  "pair",
  "unpair",
  "alias",
  "edit",
  "search",
  "create",
  "join",
  "leave",
  "drop",
  "rename",
  "rotate",
  "moderate",
  "invite",
  "revoke-invite",
  "members",
  "joiners",
  "shared",
  "there",
  "share",
  "pace",
  "take",
  "offer",
  "evidence",
];

/** Why something can't be done as it was asked, or is refused, and what to do; a hint that names a command is one for a shell. */
export const withHint = (why: string, error: unknown): string =>
  error instanceof UserError && ["usage", "refused"].includes(error.kind) && !error.hint.includes("`")
    ? `${why}. ${error.hint}`
    : why;

/** What could not be done, in words. */
export const WHAT: Readonly<Partial<Record<Effect["kind"], string>>> = {
  conversations: "Cannot read the conversations",
  previews: "Cannot read the messages",
  page: "Cannot read the messages",
  unread: "Cannot read the messages",
  date: "Cannot read the messages",
  quoted: "Cannot read the messages",
  read: "Cannot mark messages as read",
  names: "Cannot read the names",
  groups: "Cannot read the groups",
  peers: "Cannot read who is accepted",
  pairs: "Cannot read the pairs",
  status: "Cannot ask how we stand",
  outbox: "Cannot read the outbox",
  files: "Cannot ask about the files",
  invites: "Cannot ask about the invites",
  "bot-commands": "Cannot ask what commands bots take",
  save: "Cannot keep the drafts",
  words: "Cannot make the safety words",
};
