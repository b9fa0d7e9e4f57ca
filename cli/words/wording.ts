/**
 * All wording: one line of the table per thing that a command can say. A command hands over a value; text mode
 * prints the table's words for it, JSON mode the value itself, so the two can't disagree.
 *
 * @module
 */
import { visible } from "../output/escape.ts";
import { groupCheck, peerCheck } from "./check.ts";
import { copyWording } from "./copy.ts";
import { groupKept, groupMessage } from "./group_messages.ts";
import {
  groupAudience,
  groupCreated,
  groupDone,
  groupInfo,
  groupInvite,
  groupJoined,
  groupListed,
  groupMember,
  groupRead,
  groupRequest,
  groupResolved,
  groupSent,
  historyRevoked,
} from "./groups.ts";
import { groupHeld, groupHolder, holdAdded, holdRemoved, holdShown, pairHeld } from "./holding.ts";
import { inviteHolds, inviteIssued, inviteRevoked, issuedShown } from "./issued.ts";
import { keptWording } from "./kept.ts";
import { messageWording } from "./messages.ts";
import { networkWording } from "./network.ts";
import {
  botCommand,
  inviteShown,
  itemShown,
  listSaid,
  listShown,
  overlayDone,
  paceShown,
  pollShown,
  postShown,
  widgetShown,
} from "./overlays.ts";
import {
  pairAdded,
  pairAnswered,
  pairMessage,
  pairRemoved,
  pairSent,
  pairShown,
  pairUsed,
  pairVerify,
} from "./pairs.ts";
import { standing } from "./standing.ts";
import { type StatusLines, statusWords } from "./status.ts";

/**
 * What each value reads like in text mode. A peer's words in it go through `visible` (escape.ts). Every text may
 * have several lines and ends without a newline.
 */
export const wording = {
  ...messageWording,
  ...networkWording,
  ...copyWording,
  ...keptWording,
  version: (v: { version: string }): string => `dmsg ${v.version}`,
  identity: (v: { name?: string; pk: string; origin: string; path?: string; created: boolean }): string =>
    v.pk,
  noIdentities: (v: { dataDir: string }): string => `(no identities in ${v.dataDir} — \`dmsg id\` makes one)`,
  identityExported: (v: { pk: string; path: string }): string =>
    `Wrote the secret key of ${v.pk} to ${v.path}`,
  identityMade: (
    v: { pk: string; path: string; name?: string; directory?: string; meant?: string },
  ): string =>
    `Made a new identity${v.name === undefined ? "" : ` called ${v.name}`}: ${v.pk}\n` +
    `Its secret key is in ${v.path}; keep a copy of that file.` +
    (v.name === undefined
      ? ""
      : `\n${v.meant ?? "If the name is a mistake:"}${
        v.meant ? " Then" : ""
      } end what uses the new one, and delete ${v.directory}`),
  identityTaken: (v: { pid?: number; command?: string }): string =>
    `Waiting for ${
      v.pid === undefined ? "another program" : `\`dmsg ${v.command}\` (process ${v.pid})`
    }, which has this identity`,
  secretOnCommandLine: (): string =>
    "warning: --sk can be read by everybody on this machine while the command runs; prefer DMSG_SK or a key file",
  identityFlagUnused: (v: { name: string; origin: string }): string =>
    `warning: the identity ${v.name} is not used: the secret key comes from the ${v.origin}`,
  pairAdded,
  pairShown,
  pairUsed,
  noPairs: (): string => "no pairs",
  pairAnswered,
  pairRemoved,
  pairSent,
  pairMessage,
  standing,
  pairVerify,
  pairHeld,
  groupHeld,
  groupHolder,
  holdAdded,
  holdShown,
  holdRemoved,
  nothingHeld: (): string => "(nothing is held for others)",
  groupCreated,
  noGroups: (): string => "(no groups — found one with: dmsg group create NAME)",
  groupInfo,
  groupMember,
  groupListed,
  groupResolved,
  groupRequest,
  groupInvite,
  groupAddress: (v: { group: string; address: string }): string => v.address,
  groupKeyInLink: (): string => "warning: whoever sees this link can read the group: the key is inside",
  groupCheck,
  peerCheck,
  bundled: (v: { group: string; path: string; leaves: number }): string =>
    `${v.path}: ${v.leaves} leaves of ${v.group}`,
  unbundled: (v: { group: string; path: string; leaves: number }): string =>
    `took in ${v.leaves} leaves of ${v.group}`,
  groupJoined,
  groupSent,
  groupRead,
  historyRevoked,
  groupAudience,
  groupDone,
  groupKept,
  groupMessage,
  overlayDone,
  listShown,
  itemShown,
  listSaid,
  noLists: (v: { archived: boolean; others: number }): string =>
    v.archived
      ? "(no lists are archived — put one away with: dmsg list archive CONVERSATION LIST)"
      : v.others > 0
      ? `(no lists but ${v.others} archived — dmsg list ls CONVERSATION --archived shows them)`
      : "(no lists — make one with: dmsg list new CONVERSATION NAME)",
  noItems: (): string => "(no items — add one with: dmsg list add CONVERSATION LIST TEXT)",
  postShown,
  noPosts: (v: { over: boolean } | undefined): string =>
    v?.over
      ? "(no posts whose time is over)"
      : "(no posts — write one with: dmsg board post CONVERSATION TEXT)",
  threadRead: (v: { id: string }): string => `read ${v.id.slice(0, 8)}`,
  widgetShown,
  botCommand,
  paceShown,
  overlaysRead: (): string => "(reading what is new here; the first time this may take minutes)",
  noBotCommands: (): string => "(no bot announces commands here)",
  noWidgets: (): string => "(nothing is published — do it with: dmsg widget CONVERSATION NAME VALUE)",
  valuesQueued: (v: { queued: number; total: number }): string =>
    `${v.queued} of ${v.total} values wait: nobody has them yet`,
  jobWaits: (v: { interval_ms: number; left_ms: number }): string =>
    `A value of a widget goes here every ${v.interval_ms / 1000} s; how the job ended goes in ${
      Math.ceil(v.left_ms / 1000)
    } s`,
  notPublished: (v: { error: string }): string => `warning: how the job ended was not published: ${v.error}`,
  jobNotStarted: (v: { words: string }): string => v.words,
  inviteShown,
  inviteIssued,
  inviteHolds,
  issuedShown,
  inviteRevoked,
  noInvites: (): string => "(no invites — send one with: dmsg invite send CONVERSATION GROUP)",
  pollShown,
  noPolls: (): string => "(no polls — ask something with: dmsg poll new CONVERSATION QUESTION CHOICE CHOICE)",
  overlaysMaking: (v: { done: number; total: number }): string =>
    `All rows are being rebuilt, and these are from before: ${v.done} of ${v.total} messages are done`,
  status: (v: StatusLines): string => statusWords(v),
  nameOfBoth: ({ name, id }: { name: string; id: string }): string =>
    `note: ${visible(name)} is a person and a group here: where both can stand it means the person; ` +
    `${id.slice(0, 8)} means the group`,
  sameName: ({ kind, name, ids }: { kind: "list" | "group"; name: string; ids: readonly string[] }): string =>
    `note: ${visible(name)} is also the name of ${
      ids.length === 1 ? `another ${kind}` : `other ${kind}s`
    } here (${ids.map((id) => id.slice(0, 8)).join(", ")}): say by the id which one is meant`,
  aliasAdded: (v: { name: string; pk: string }): string => `alias ${v.name} → ${v.pk}`,
  aliasReplaced: (v: { name: string; pk: string; was: string }): string =>
    `alias ${v.name} replaced (was ${v.was}, now ${v.pk})`,
  alias: (v: { name: string; pk: string }): string => `${v.name} ${v.pk}`,
  nothingWaits: (): string => "(nothing waits for its peer)",
  nobodyBlocked: (): string => "(nobody is blocked)",
  noMessages: (): string => "(no messages)",
  nobodyAsks: (): string => "(no requests — who asks to be let in is shown here)",
  noRequests: (): string => "(nobody is undecided — who writes first is shown here)",
  noFiles: (): string => "(no files are offered — offer one with: dmsg send-file PK FILE)",
  completionScript: (v: { shell: string; script: string }): string => v.script,
  noAliases: (): string => "(no aliases — add one with: dmsg alias add NAME PK)",
  aliasRemoved: (v: { name: string }): string => `alias ${v.name} removed`,
  decided: (v: { peer: string; peer_alias?: string; decision: "block" | "unblock" | "accept" }): string =>
    `${v.peer_alias ?? v.peer} is ${
      { block: "blocked", unblock: "not blocked", accept: "accepted" }[v.decision]
    }`,
  blocked: (v: { peer: string; peer_alias?: string }): string =>
    v.peer_alias === undefined ? v.peer : `${v.peer_alias} ${v.peer}`,
  groupsNotListed: (v: { peer: string }): string => `${v.peer} lists no groups`,
  groupUnanswered: (): string => "None of its admins answered: this is what the link itself says.",
  groupCatalogCut: (): string => "There are more than its catalog holds.",
};

/** The names and values that can be printed. */
export type Wording = typeof wording;

/** What belongs to the words of one name. */
export type WordingValue<K extends keyof Wording> = Parameters<Wording[K]>[0];
