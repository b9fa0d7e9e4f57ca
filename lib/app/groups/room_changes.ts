/**
 * What is written down of what follows from one input: rows of the store, for one commit.
 *
 * @see lib/app/README.md "Groups"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { GroupMessage, GroupOut } from "../../group/group_types.ts";
import { encodeNameLeaf, NAME_PATH } from "../../group/name_leaf.ts";
import type { FeedChange } from "../../group/own_feed.ts";
import type { GroupRecord } from "../../group/record.ts";
import { CHAT, readOverlay } from "../../overlay/frame.ts";
import type { Change, NewMessage, Store } from "../../store/store.ts";
import type { Random } from "../../sys/random.ts";
import { keepArchived, keepLedger } from "./archive.ts";
import type { GroupId } from "./groups.ts";
import { keepLeaf, keepRecord, keepSignature } from "./kept_groups.ts";

/** The reason of a message that no key of ours opens; surfaces word it. */
export const SEALED = "sealed";
/** The reason of a message without a signature. */
export const UNVERIFIED = "unverified";

/** Whose group it is, and where it is kept. */
export interface ChangesOf {
  /** The group. */
  readonly id: GroupId;
  /** Us. */
  readonly own: PublicKeyHex;
  /** Keeps everything. */
  readonly store: Store;
}

/**
 * Rows for one commit.
 * @returns With the tails of the messages among them, in their order.
 */
export async function changesOf(
  outs: readonly GroupOut[],
  group: ChangesOf,
): Promise<{ changes: Change[]; tails: string[] }> {
  const { id } = group;
  const changes: Change[] = [];
  const tails: string[] = [];
  for (const out of outs) {
    if (out.kind === "put") changes.push(keepLeaf(id, out.path, out.value));
    else if (out.kind === "drop") changes.push(keepLeaf(id, out.path, undefined));
    else if (out.kind === "record") changes.push(keepRecord(out.record));
    else if (out.kind === "ledger") changes.push(keepLedger(id, out.author, out.value));
    else if (out.kind === "archive") changes.push(keepArchived(id, out.author, out.place, out.leaf));
    else if (out.kind === "message") {
      const rows = await messageChanges(out.message, group);
      if (rows.length > 0) tails.push(out.message.tail);
      changes.push(...rows);
    } else if (out.kind === "gone" && out.tail !== undefined) {
      changes.push(...await goneChanges(out.tail, group));
    } else if (out.kind === "hidden") changes.push(...await goneChanges(out.tail, group));
  }
  return { changes, tails };
}

/** A message becomes one of the conversation; one that was shown as sealed is replaced. */
async function messageChanges(message: GroupMessage, { id, own, store }: ChangesOf): Promise<Change[]> {
  const direction = message.sender === own ? "out" : "in";
  const known = await store.messages.byId(id, direction, message.tail);
  if (known !== undefined && (known.reason !== SEALED || message.text === undefined)) return [];
  const changes: Change[] = [];
  if (known !== undefined) changes.push({ kind: "delete", peer: id, position: known.position });
  const reason = message.text === undefined ? SEALED : message.proof === "unsigned" ? UNVERIFIED : undefined;
  const kept: NewMessage = {
    peer: id,
    direction,
    // An id is one body for ever: the opened text of a sealed message has a name of its own.
    id: known === undefined ? message.tail : `${message.tail}/opened`,
    body: message.text ?? "",
    atNs: message.tsNs,
    state: direction === "out" ? "sent" : "received",
    form: "text",
    via: "group",
    ...(reason === undefined ? {} : { reason }),
  };
  changes.push({ kind: "message", message: kept });
  // What belongs to it names it by its signature.
  if (readOverlay(kept.body).overlay !== CHAT && message.proof === "signed") {
    changes.push(keepSignature(id, message.tail, message.signature));
  }
  return changes;
}

async function goneChanges(tail: string, { id, own, store }: ChangesOf): Promise<Change[]> {
  const direction = tail.startsWith(own) ? "out" : "in";
  const found = await store.messages.byId(id, direction, tail, { deep: true }) ??
    await store.messages.byId(id, direction, `${tail}/opened`, { deep: true });
  if (found === undefined || found.state === "deleted") return [];
  const gone: Change = { kind: "delete", peer: id, position: found.position };
  return readOverlay(found.body).overlay === CHAT ? [gone] : [gone, keepSignature(id, tail, undefined)];
}

/** What of it is for the log. */
export function problemsIn(outs: readonly GroupOut[], id: GroupId): Error[] {
  return outs.flatMap((out) => {
    const sentence = problemIn(out);
    return sentence === undefined ? [] : [new Error(`group ${id}: ${sentence}`)];
  });
}

function problemIn(out: GroupOut): string | undefined {
  switch (out.kind) {
    case "dropped":
      return `a leaf of ${out.feed.slice(0, 8)} was dropped: ${out.reason}`;
    case "forked":
      return `${out.author.slice(0, 8)} said two different things in one place, which is proven`;
    case "restarted":
      return `${out.author.slice(0, 8)} went on without what it had said before`;
    default:
      return undefined;
  }
}

/** What tells the others the founder's new name for the group. */
export function nameLeaf(name: string, { mode, aesKey }: GroupRecord, random: Random): GroupOut {
  const key = mode === "private" ? aesKey : undefined;
  return { kind: "put", path: NAME_PATH, value: encodeNameLeaf(name, key, random) };
}

/** Whether an output changes our feed. */
export const isFeedChange = (out: GroupOut): out is FeedChange => out.kind === "put" || out.kind === "drop";

/** Decisions before what they allow (§b.3). */
export const rankOf = (path: string): number =>
  ["keys", "roster", "admin", "mod"].indexOf(path.slice(0, path.indexOf("/"))) & 7;
