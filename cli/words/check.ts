/**
 * What `dmsg group check` and `dmsg check` print.
 *
 * @module
 */
import type { GroupCheck, HoleView, MemberCheck, PlaceView } from "../../lib/app/groups/views/check.ts";
import { visible } from "../../lib/wire/escape.ts";
import { localTime } from "./people.ts";

/** Longest age that is told in hours. */
const DAYS_FROM_HOURS = 48;

/** A check with the names that its members have here. */
export type Named = GroupCheck & { readonly aliases: Readonly<Record<string, string>> };

/** A group: a line for it, one for each member, and one more for each fault. */
export function groupCheck(v: Named): string {
  const nameOf = (pk: string): string =>
    v.aliases[pk] === undefined ? pk.slice(0, 8) : visible(v.aliases[pk]);
  if (v.damaged) return `${v.group}: what is kept of it can't be read`;
  const head = `${visible(v.name)}: ${v.whole ? "nothing is missing" : "not whole"}${keyWords(v.key)}`;
  return [head, ...v.members.flatMap((member) => memberLines(member, nameOf))].join("\n");
}

function keyWords(key: GroupCheck["key"]): string {
  if (key === undefined) return "";
  const hours = key.ageSec === undefined ? undefined : Math.floor(key.ageSec / 3600);
  const age = hours === undefined
    ? ""
    : hours < DAYS_FROM_HOURS
    ? `, ${hours} h old`
    : `, ${Math.floor(hours / 24)} days old`;
  return ` (key ${key.epoch}${age})`;
}

function memberLines(member: MemberCheck, nameOf: (pk: string) => string): string[] {
  const { pk, role, self, has, hasNewest, last, holes, restarts, fork, lastHeard } = member;
  const ours = self
    ? ""
    : has === undefined
    ? "  not yet proven to have something of ours"
    : `  has ours up to ${placeWords(has)}${hasNewest ? ", the newest" : ""}`;
  const theirs = last === undefined
    ? "  nothing of it is here"
    : `  its last here is ${placeWords(last)} of ${localTime(last.ts)}`;
  const heard = lastHeard === undefined ? "" : `  heard ${localTime(lastHeard)}`;
  return [
    `  ${nameOf(pk)}  ${role}${self ? ", us" : ""}${ours}${theirs}${heard}`,
    ...holes.map((hole) => `    missing: ${holeWords(hole, nameOf)}`),
    ...restarts > 0 ? [`    restarted: it went on without what it had said, ${restarts}x`] : [],
    ...fork === undefined ? [] : [`    lied: two different things are signed as ${placeWords(fork)}`],
  ];
}

const placeWords = ({ incarnation, seq }: PlaceView): string => `${incarnation.slice(0, 8)}/${seq}`;

function holeWords({ incarnation, from, to, saidBy }: HoleView, nameOf: (pk: string) => string): string {
  const range = from === to ? from : `${from}-${to}`;
  return `${incarnation.slice(0, 8)}/${range}${saidBy === undefined ? "" : `, as ${nameOf(saidBy)} says`}`;
}

/** One message of a conversation. */
export interface MessagePlace {
  /** Its place in it. */
  readonly position: number;
  /** When it was written or came. */
  readonly ts: string;
  /** Where it stands. */
  readonly state: string;
}

/** A peer: a line for it, and one for each message that it is not proven to have. */
export function peerCheck(
  v: {
    peer: string;
    peer_alias?: string;
    whole: boolean;
    has?: MessagePlace;
    last?: MessagePlace;
    waiting: readonly MessagePlace[];
    unproven: readonly MessagePlace[];
  },
): string {
  const of = (what: string, place: MessagePlace | undefined): string =>
    place === undefined ? `${what} nothing` : `${what} message ${place.position} of ${localTime(place.ts)}`;
  const head = `${v.peer_alias === undefined ? v.peer : visible(v.peer_alias)}: ${
    v.whole ? "nothing is missing" : "not all of ours has arrived"
  }; ${of("has acked", v.has)}; ${of("its last here:", v.last)}`;
  return [
    head,
    ...v.waiting.map((place) => `  waits: ${of("", place).trim()}`),
    ...v.unproven.map((place) => `  without an ack: ${of("", place).trim()} (${place.state})`),
  ].join("\n");
}
