/**
 * What the commands of `dmsg group` take alike.
 *
 * @see specification skychat (e) "group …"
 * @module
 */
import { parseDurationMs } from "../../flags/flags.ts";

/** Which group. */
export const groupArgument = {
  parse: String,
  placeholder: "group",
  brief: "Its id, the beginning of it, or its name",
} as const;
/** Who. */
export const peerArgument = { parse: String, placeholder: "pk", brief: "A key or an alias" } as const;
/** What leads to a group. */
export const onLink = {
  kind: "tuple",
  parameters: [{
    parse: String,
    placeholder: "link",
    brief: "skychat:invite:…, dmsg:invite:… or skychat://…",
  }],
} as const;
/** About a group. */
export const onGroup = { kind: "tuple", parameters: [groupArgument] } as const;
/** About somebody in a group. */
export const onPeer = { kind: "tuple", parameters: [groupArgument, peerArgument] } as const;

/** `--wait`: until another member has it. */
export const waitFlag = {
  kind: "parsed",
  parse: parseDurationMs,
  optional: true,
  placeholder: "time",
  brief: "How long to wait until another member has it; 0 does not wait (default 10s)",
} as const;
/** `--wait` of what all can have: alone, or with a time. */
export const waitAllFlag = {
  kind: "parsed",
  parse: (input: string) => input === "" ? WAIT_MS : parseDurationMs(input),
  inferEmpty: true,
  optional: true,
  placeholder: "time",
  brief: "Wait until every member that can be reached has it, so long at most (10s); 0 does not wait",
} as const;
/** Without it, milliseconds. */
export const WAIT_MS = 10_000;
