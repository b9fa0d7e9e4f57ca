/**
 * `dmsg group`: groups. Its commands are the files in `group/`.
 *
 * @see specification skychat (e) "group …"
 * @module
 */
import type { RouteMap } from "@stricli/core";
import { commandGroup } from "../command.ts";
import type { Context } from "../context.ts";
import { audience, revokeHistory } from "./group/audience.ts";
import { bundle } from "./group/bundle.ts";
import { catalog } from "./group/catalog.ts";
import { check } from "./group/check.ts";
import { create } from "./group/create.ts";
import {
  decides,
  OF_BANNED,
  OF_MUTED,
  OF_PROMOTED,
  OF_REMOVED,
  OF_UNBANNED,
  peerBackfill,
  rename,
  rotate,
} from "./group/decide.ts";
import { hold } from "./group/hold.ts";
import { address, invite } from "./group/invite.ts";
import { join } from "./group/join.ts";
import { leave, remove } from "./group/leave.ts";
import { poll } from "./group/poll.ts";
import { history, listen } from "./group/read.ts";
import { resolve } from "./group/resolve.ts";
import { send, unsend } from "./group/send.ts";
import { info, ls, members, requests } from "./group/shown.ts";

/** `dmsg group` alone lists. */
export const bare = "ls";

/** `dmsg group`. */
const group: RouteMap<Context> = commandGroup({
  brief: "Groups: create, join, talk, administer",
  examples: [
    ["dmsg group create ops", "Found a private group; prints its invite"],
    ["dmsg group join skychat:invite:…", "Join one"],
    ["dmsg group send ops hello", "Say something"],
  ],
}, {
  create,
  ls,
  info,
  members,
  requests,
  invite,
  address,
  catalog,
  resolve,
  join,
  leave,
  delete: remove,
  send,
  unsend,
  listen,
  poll,
  history,
  add: decides("add", "Let somebody in", "peer"),
  remove: decides("remove", "Remove a member; a private group gets a new key", "peer", OF_REMOVED),
  promote: decides("promote", "Make a member an admin", "peer", OF_PROMOTED),
  demote: decides("demote", "Make an admin a member", "peer"),
  approve: decides("approve", "Let in somebody who asked", "peer"),
  deny: decides("deny", "Turn down somebody who asked", "peer"),
  ban: decides("ban", "Remove somebody for good, and hide what it said", "peer", OF_BANNED),
  unban: decides("unban", "Take a ban back", "peer", OF_UNBANNED),
  mute: decides("mute", "Ignore what somebody says from now on", "peer", OF_MUTED),
  unmute: decides("unmute", "Take what somebody says again", "peer"),
  "read-only": decides("read-only", "Let only admins speak", "group"),
  "read-write": decides("read-write", "Let all members speak", "group"),
  check,
  bundle,
  "rotate-key": rotate,
  "revoke-history": revokeHistory,
  "peer-backfill": peerBackfill,
  audience,
  hold,
  rename,
}, { list: "ls" });

export default group;
