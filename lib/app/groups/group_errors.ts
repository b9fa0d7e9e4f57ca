/**
 * What a group does not do, and why.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { FeedLeaf } from "../../cxo/feed/change.ts";
import type { GroupRefusal } from "../../group/group_types.ts";
import { MAX_NOTE_BYTES } from "../../group/joining/admission.ts";
import { isGroupName } from "../../group/record/name_leaf.ts";
import { type GroupRecord, isAsking, MAX_NAME_BYTES, membersOf } from "../../group/record/record.ts";
import { BundleError, readLeafLines } from "../../group/threads/bundle.ts";
import { utf8 } from "../../wire/bytes.ts";
import { UserError } from "../../wire/errors.ts";
import { NAME_FAULTS, nameFault } from "../../wire/name_fault.ts";
import type { GroupId } from "./groups.ts";

/** Looks at the name of a group that is to be. @throws {UserError} usage: it can't be a group's name. */
export function checkName(name: string): void {
  const fault = nameFault(name);
  if (isGroupName(name) && fault === undefined) return;
  throw new UserError("This name can't be a group's", {
    kind: "usage",
    hint: fault === undefined
      ? `A name has 1 to ${MAX_NAME_BYTES} bytes and no control or unseen characters; joined emoji have such.`
      : NAME_FAULTS[fault],
  });
}

/** Looks at what an admin is to read. @throws {UserError} usage: it is longer than admins read. */
export function checkNote(note: string): void {
  if (utf8(note).length <= MAX_NOTE_BYTES) return;
  throw new UserError("The note is too long", {
    kind: "usage",
    hint: `An admin reads ${MAX_NOTE_BYTES} bytes of it.`,
  });
}

const HINTS: Readonly<Record<string, string>> = {
  "not an admin": "`dmsg group members` shows who decides.",
  "not a member": "`dmsg group info` shows how you stand; `dmsg group join` asks to be let in.",
  "not let in yet": "An admin decides (`dmsg group approve`); `send`, `poll` and `sync` ask again each time.",
  "nothing changes": "It is so already.",
  "only the founder may rename": "`dmsg group members` shows who that is.",
  "the founder": "A group can't lose its founder.",
  "others have decided otherwise meanwhile":
    "This was told to them, and does not count; `dmsg group members` shows how it stands.",
  "banned": "`dmsg group unban` first.",
  "no such message": "`dmsg group history --json` shows the times of your messages, as `ts_nano`.",
  "not d2": "Only a group that was made with `dmsg group create --keys d2` can do that.",
  "not paired yet":
    "Somebody of them has not come in yet, or its key has not reached us: try again in a minute.",
  "a member holds nothing":
    "Every member copies already; name a node that is always on and not in the group.",
  "not private": "Only private groups have a key.",
  "no key":
    "It comes with the next answer of an admin; where nobody is left `dmsg group rotate-key` makes one.",
  "no such invite": "`dmsg invite ls` shows all with their ids.",
  "too many invites": "`dmsg invite revoke` takes back one that is open.",
};

/** The same of somebody who is no member. */
const NOT_IN = "It is so already, or that key is not in: `dmsg group members` shows who is.";

/** The error of who was not let in. @param why  What an admin has said to it; empty: nothing. */
export const turnedAway = ({ name }: GroupRecord, status: "denied" | "banned", why: string): UserError =>
  new UserError(`Group ${JSON.stringify(name)} does not let us in: ${status}`, {
    kind: "refused",
    hint: why === "" ? "An admin has decided so." : `An admin says: ${why}`,
  });

/** What others decide changes none of these: they follow from what the group is. */
const CERTAIN: readonly GroupRefusal[] = ["not private", "not d2"];

/** A refusal of a group. */
export class RefusedByGroup extends UserError {
  /** Whether it would be the same behind whatever others have decided meanwhile. */
  readonly isCertain: boolean;

  /** See {@link refusal}. */
  constructor(reason: GroupRefusal, ...said: ConstructorParameters<typeof UserError>) {
    super(...said);
    this.isCertain = CERTAIN.includes(reason);
  }
}

/** The error of something that the engine did not do. @param about  Whom it was about. */
export function refusal(reason: GroupRefusal, record: GroupRecord, about?: PublicKeyHex): RefusedByGroup {
  const usage = [
    "nothing changes",
    "no such message",
    "no such invite",
    "not private",
    "not d2",
    "a member holds nothing",
  ].includes(
    reason,
  );
  const why = reason === "not a member" && isAsking(record) ? "not let in yet" : reason;
  const isOutside = about !== undefined && !membersOf(record).includes(about);
  return new RefusedByGroup(reason, `Group ${JSON.stringify(record.name)}: ${why}`, {
    kind: usage ? "usage" : "refused",
    hint: why === "nothing changes" && isOutside ? NOT_IN : HINTS[why] ?? "An admin can change that.",
  });
}

/** Leaves from lines of a bundle. @throws {UserError} usage: one was changed. */
export function leavesIn(lines: readonly string[]): FeedLeaf[] {
  try {
    return readLeafLines(lines, 2);
  } catch (cause) {
    if (!(cause instanceof BundleError)) throw cause;
    throw new UserError(`These are no leaves of a bundle: ${cause.message}`, {
      kind: "usage",
      hint: "Write the bundle anew with `dmsg group bundle`.",
      cause,
    });
  }
}

/** The error of an id that is no group's. */
export const noSuchGroup = (group: GroupId): UserError =>
  new UserError(`There is no group ${group}`, { kind: "usage", hint: "`dmsg group ls` shows all." });

/** The error of a group of which something can't be read. @param isAgain  Whether it is tried again: the disk may be at fault. */
export const damaged = (group: GroupId, isAgain = false): UserError =>
  new UserError(`What is kept of group ${group} can't be read`, {
    kind: "local",
    hint: isAgain
      ? "It is tried again every 30 s; the log says what is wrong with the disk."
      : "`dmsg group delete` drops it; an invite or a backup brings it back.",
  });
