/**
 * The words of groups.
 *
 * @see specification skychat (e) "group …"
 * @module
 */
import type {
  CatalogView,
  GroupReading,
  GroupSendReport,
  GroupView,
  JoinRequestView,
  MemberView,
} from "../../lib/app/groups/groups.ts";
import { localTime } from "./people.ts";
import { visible } from "../output/escape.ts";

/** A group, as `info` and `create` show it: the members of the Go program's record. */
export type GroupInfo = Readonly<Record<string, unknown>>;

/** `group create`. */
export const groupCreated = (
  v: { info: GroupInfo; invite: string; link: string; join: string; with_key: boolean },
): string =>
  [
    "group created",
    ...["id", "name", "mode", "port"].map((name) => `  ${name}: ${visible(String(v.info[name]))}`),
    `  members: ${(v.info.members as unknown[]).length}`,
    "",
    "invite link (share with members):",
    `  ${v.link}`,
    "",
    v.with_key ? KEY_IN_LINK : JOIN_WORDS[v.join],
    ...(v.info.dmsg_keys === "d2" ? ["Members with a Go program can't take part in it."] : []),
  ].join("\n");

const JOIN_WORDS: Readonly<Record<string, string>> = {
  approval: "Who joins by it waits until an admin says `dmsg group approve`.",
  link: "Whoever has it comes in while an admin is there.",
};
/** Of a link that is enough. */
const KEY_IN_LINK =
  "Warning: the group's key is inside. Whoever sees this link can read the group, and comes in\n" +
  "while an admin is there: pass it on with care.";

/** The headings of `group ls`, as the Go program has them. */
export const GROUP_COLUMNS: readonly string[] = [
  "ID",
  "NAME",
  "MODE",
  "ROLE",
  "STATUS",
  "MEMBERS",
  "LAST_MESSAGE",
];

/** A group under {@link GROUP_COLUMNS}; a channel's mode is public, and is told as what it is. */
export const groupCells = (v: GroupView): string[] => [
  v.id,
  visible(v.name),
  v.kind,
  v.admin && v.role !== "owner" ? "admin" : v.role,
  standing(v),
  `${v.members}`,
  v.lastMessage === undefined ? "" : localTime(v.lastMessage),
];

/** For people what an admin does is to remove somebody; `revoked` is the Go program's word, in its table and for programs. */
const statusWord = (status: string): string => status === "revoked" ? "removed" : status;

/** How we stand in it, and what waits for a word of ours or of an admin. */
function standing({ status, invite, asking }: GroupView): string {
  if (invite?.ended !== undefined) return `${status} (invite ${invite.ended})`;
  return asking === undefined ? status : `${status} (${asking} asking)`;
}

/** `group info`. */
export const groupInfo = (v: GroupInfo): string => {
  const shown = Object.entries(v).filter(([, value]) => !Array.isArray(value) && !isEmpty(value));
  const lists = Object.entries(v).filter(([, value]) => Array.isArray(value) && value.length > 0);
  return [
    ...shown.map(([name, value]) => `${name}: ${visible(String(value))}`),
    ...lists.map(([name, value]) =>
      `${name}:\n${(value as unknown[]).map((one) => `  ${visible(wordsOf(one))}`).join("\n")}`
    ),
  ].join("\n");
};

const wordsOf = (value: unknown): string =>
  typeof value === "object" && value !== null
    ? Object.entries(value).map(([name, word]) => `${name}: ${word}`).join(", ")
    : String(value);

/** Of what is not known: Go's zero time, and that of a key which came without its own. */
const NO_TIMES: readonly unknown[] = ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"];

const isEmpty = (value: unknown): boolean =>
  value === null || typeof value === "object" || NO_TIMES.includes(value);

/** A line of `group members`. */
export const groupMember = (v: MemberView & { alias?: string }): string =>
  `${v.pk}  ${v.role}${v.muted ? ", muted" : ""}  ${v.presence}` +
  `${v.lastHeard === undefined ? "" : ` (heard ${localTime(v.lastHeard)})`}${
    v.alias === undefined ? "" : `  ${visible(v.alias)}`
  }${v.goSees === undefined ? "" : `  (for Go programs: ${v.goSees})`}`;

/** A line of `group catalog`. */
export const groupListed = (v: CatalogView["groups"][number] & { host_pk: string }): string =>
  `${visible(v.address)}  ${visible(v.kind)}  ${visible(v.policy)}  ${visible(v.name)}`;

/** `group resolve`: the names of the program's answer on the network. */
export interface ResolvedGroup {
  /** Its id. */
  readonly id: string;
  /** Its name. */
  readonly name: string;
  /** `public`, `private`, `channel`. */
  readonly group_kind: string;
  /** `open`, `approval`; "": not known. */
  readonly policy: string;
  /** Its feed port. */
  readonly port: number;
  /** Bits of work that asking needs. */
  readonly pow_bits: number;
  /** Only admins speak. */
  readonly read_only: boolean;
  /** What it costs; "": nothing is said. */
  readonly price_hint: string;
  /** Who says so. */
  readonly host_pk: string;
  /** `here`, `host`, `link`. */
  readonly from: string;
  /** How we stand in it. */
  readonly status?: string;
}

/** `group resolve`. */
export const groupResolved = (v: ResolvedGroup): string =>
  [
    `group ${JSON.stringify(visible(v.name))}`,
    `  id: ${v.id}`,
    `  kind: ${v.group_kind}${v.read_only ? ", read-only" : ""}`,
    `  policy: ${POLICY_WORDS[v.policy] ?? (visible(v.policy) || "not known")}`,
    `  port: ${v.port}`,
    ...(v.pow_bits === 0 ? [] : [`  work: ${v.pow_bits} bits`]),
    ...(v.price_hint === "" ? [] : [`  price: ${visible(v.price_hint)}`]),
    `  ${v.from === "link" ? "owner" : "host"}: ${v.host_pk}`,
    ...(v.status === undefined ? [] : [`  status: ${statusWord(v.status)}`]),
  ].join("\n");

const POLICY_WORDS: Readonly<Record<string, string>> = {
  open: "open (whoever asks comes in)",
  approval: "approval (an admin decides)",
};

/** A line of `group requests`. */
export const groupRequest = (v: JoinRequestView & { alias?: string }): string =>
  `${v.pk}  ${localTime(v.ts)}${v.alias === undefined ? "" : `  ${visible(v.alias)}`}${
    v.note === "" ? "" : `  ${visible(v.note)}`
  }`;

/** `group invite`. */
export const groupInvite = (v: { link: string; address: string; with_key: boolean }): string => v.link;

/** `group join`. */
export const groupJoined = (
  v: { group: string; name: string; owner_pk: string; mode: string; status: string },
): string =>
  v.status === "active"
    ? `joined group ${
      JSON.stringify(visible(v.name))
    }\n  id: ${v.group}\n  owner: ${v.owner_pk}\n  mode: ${v.mode}`
    : v.status === "awaiting_approval"
    ? "requested to join group (waiting for an admin to approve)"
    : `no admin of group ${
      JSON.stringify(visible(v.name))
    } has answered yet; it is asked again while a daemon, listen, chat or sync runs`;

/** `group poll`. */
export const groupRead = (
  v: Omit<GroupReading, "read" | "unread" | "away"> & {
    readonly group: string;
    readonly group_name: string;
    /** Others in it. */
    readonly members: number;
    readonly read: readonly string[];
    readonly unread: readonly string[];
    readonly away: readonly string[];
    /** Nobody has let us in yet. */
    readonly asking?: true;
    /** We are in no more, or were told no. */
    readonly out?: GroupView["status"];
  },
): string => {
  const name = visible(v.group_name) || v.group;
  if (v.out !== undefined) return `${name}: we are not in it: ${statusWord(v.out)}`;
  if (v.asking) return `${name}: nobody has let us in yet; who asks goes on asking`;
  if (v.members === 0) return `${name}: nobody else is in it yet`;
  const of = v.read.length + v.unread.length + v.away.length;
  return [
    `${name}: read ${v.read.length} of ${of} ${of === 1 ? "member" : "members"}`,
    ...(v.unread.length > 0 ? [`not in time: ${v.unread.map(visible).join(", ")}`] : []),
    ...(v.away.length > 0 ? [`away: ${v.away.map(visible).join(", ")}`] : []),
    ...(v.waiting > 0 ? [`${v.waiting} of ours ${v.waiting === 1 ? "waits" : "wait"} here`] : []),
  ].join("; ");
};

/** `group send`. */
export const groupSent = (
  v: GroupSendReport & {
    readonly group: string;
    readonly group_name: string;
    readonly sent: boolean;
    /** We are the only member. */
    readonly alone?: true;
  },
): string => {
  const name = visible(v.group_name) || v.group;
  return v.sent
    ? `sent to ${name} (${whoHas(v.evidence)})`
    : `Queued for ${name}: ${v.alone ? "nobody else is in it yet" : "no other member has it yet"}`;
};

function whoHas(evidence: GroupSendReport["evidence"]): string {
  // Who has it is known of what was said lately; of what was said before with the same --id, that somebody has it.
  if (evidence.length === 0) return "others have it already";
  const members = evidence.filter(({ by }) => by !== "held").length;
  if (members === 0) return "its holder has it";
  return `${members} member${members === 1 ? " has" : "s have"} it`;
}

/** `group revoke-history`. */
export const historyRevoked = (v: { group: string; since: string }): string =>
  `group ${v.group}: every member seals again what it serves${
    v.since === "" ? "" : ` of ${localTime(v.since)} and later`
  },` +
  "\nunder a key that whoever was removed never had. What was fetched before stays read.";

/** `group audience`. */
export const groupAudience = (
  v: { group: string; to?: readonly string[]; except?: readonly string[] },
): string =>
  `group ${v.group}: what we say is for ${v.to === undefined ? "everybody" : v.to.map(visible).join(", ")}${
    v.except === undefined ? "" : ` but ${v.except.map(visible).join(", ")}`
  }`;

/** What was done to a group. */
export const groupDone = (
  v: { group: string; did: string; peer?: string; members?: number; admins?: number },
): string => {
  const about = v.peer === undefined ? "" : ` ${v.peer}`;
  if (v.did === "left" || v.did === "deleted") return `${v.did} ${v.group}`;
  if (v.did === "add" || v.did === "remove") return `group ${v.group} now has ${v.members} members`;
  if (v.did === "promote" || v.did === "demote") return `group ${v.group} now has ${v.admins} admin(s)`;
  return `${v.did}${about}: group ${v.group}`;
};
