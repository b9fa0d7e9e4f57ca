/**
 * What is written down of what follows from one input: rows of the store, for one commit.
 *
 * @see lib/app/README.md "Groups"
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { GroupOut } from "../../../group/group_types.ts";
import { MAX_OPEN_INVITES } from "../../../group/joining/inviting.ts";
import { MESSAGE_PREFIX } from "../../../group/talk/leaf.ts";
import { SILENCED } from "../../../group/talk/types.ts";
import type { Change } from "../../../store/store.ts";
import type { Changes } from "../../in_pieces.ts";
import { keepArchived, keepLedger } from "../threads/archive.ts";
import type { GroupId } from "../groups.ts";
import { type GroupExtra, keepLeaf, keepRecord } from "./kept_groups.ts";
import { noticesIn, type NoticesOf } from "./notices.ts";
import { Shown } from "./shown.ts";

/** Links of ours that are kept: twice as many as can be open. */
const MAX_LINKS = 2 * MAX_OPEN_INVITES;

/** Whose group it is, and where it is kept. */
export interface ChangesOf extends NoticesOf {
  /** Us. */
  readonly own: PublicKeyHex;
}

/**
 * Rows for one commit. A message is in the history together with its leaf in our feed, or it would never be shown.
 * @returns With the tails of the messages among them, in their order.
 */
export async function changesOf(
  outs: readonly GroupOut[],
  group: ChangesOf,
): Promise<Changes & { tails: string[] }> {
  const { id } = group;
  const kept: { path: string; change: Change }[] = [];
  const last: Change[] = [];
  const shown = new Shown(group);
  for (const out of outs) {
    if (out.kind === "put") kept.push({ path: out.path, change: keepLeaf(id, out.path, out.value) });
    else if (out.kind === "drop") kept.push({ path: out.path, change: keepLeaf(id, out.path, undefined) });
    else if (out.kind === "record") last.push(keepRecord(out.record));
    else if (out.kind === "ledger") last.push(keepLedger(id, out.author, out.value));
    else if (out.kind === "archive") {
      const { author, place: { inc, seq }, leaf } = out;
      kept.push({
        path: leaf?.path ?? `${author}/${inc}/${seq}`,
        change: keepArchived(id, author, out.place, leaf),
      });
    } else if (out.kind === "message") await shown.show(out.message);
    else if (out.kind === "gone" && out.tail !== undefined) await shown.takeBack(out.tail);
    else if (out.kind === "hidden") await shown.hide(out.tail);
  }
  const leaves = new Map<string, Change[]>(
    [...Map.groupBy(kept, ({ path }) => path)].map(([path, of]) => [path, of.map(({ change }) => change)]),
  );
  const messages = [...shown.new].map(([tail, changes]) => {
    const path = `${MESSAGE_PREFIX}/${tail}`;
    const beside = leaves.get(path) ?? [];
    leaves.delete(path);
    return [...beside, ...changes];
  });
  const notices = await noticesIn(outs, group);
  return {
    units: [...leaves.values(), ...shown.gone, ...messages],
    last: [...last, ...notices],
    tails: [...shown.new.keys(), ...notices.map(({ message }) => message.id!)],
  };
}

/**
 * What is kept beside the record, behind an input: the link of an invite that was issued, which nobody else has; and who
 * is put out, who must learn of it, also when our program ends before it has; who holds the group's feeds; and who waits
 * for an answer.
 * @param readers  Who could read our feed until then; undefined: everybody.
 */
export function extraBehind(
  extra: GroupExtra,
  outs: readonly GroupOut[],
  readers: readonly PublicKeyHex[] | undefined,
): GroupExtra {
  const links = outs.flatMap((out) => out.kind === "invited" ? [out.link] : []);
  const issued = links.length === 0 ? extra.issued : [...extra.issued, ...links].slice(-MAX_LINKS);
  const allowed = outs.findLast((out) => out.kind === "allow")?.readers;
  const gone = allowed === undefined ? [] : readers?.filter((pk) => !allowed.includes(pk)) ?? [];
  const leaving = gone.length === 0 ? extra.leaving : [...new Set([...extra.leaving, ...gone])];
  const held = outs.findLast((out) => out.kind === "held");
  const named = held === undefined ? {} : { holder: held.holder ?? "", holderNamedNs: held.namedNs };
  const { waiting, denied } = answered(extra, outs);
  const isSame = issued === extra.issued && leaving === extra.leaving && waiting === extra.waiting &&
    denied === extra.denied && held === undefined;
  return isSame ? extra : { ...extra, issued, leaving, waiting, denied, ...named };
}

/** Who is in waits no longer and is told no no more, and who is banned waits no longer, whichever admin has said so. */
function answered(
  { waiting, denied }: GroupExtra,
  outs: readonly GroupOut[],
): Pick<GroupExtra, "waiting" | "denied"> {
  const record = outs.findLast((out) => out.kind === "record")?.record;
  if (record === undefined || waiting.length + denied.length === 0) return { waiting, denied };
  const [members, banned] = [new Set(record.members), new Set(record.banned)];
  const asking = waiting.filter(({ pk }) => !members.has(pk) && !banned.has(pk));
  const refused = denied.filter((pk) => !members.has(pk));
  return {
    waiting: asking.length === waiting.length ? waiting : asking,
    denied: refused.length === denied.length ? denied : refused,
  };
}

/** Tails of messages of ours that have no reason, sealed or unverified: that somebody has one would take its place. */
export const oursIn = (outs: readonly GroupOut[], own: PublicKeyHex): string[] =>
  outs.flatMap((out) => {
    if (out.kind !== "message" || out.message.sender !== own) return [];
    const { proof, tail, text } = out.message;
    return text !== undefined && proof === "signed" ? [tail] : [];
  });

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
      if (out.reason === SILENCED) return undefined;
      return `a leaf of ${out.feed.slice(0, 8)} was dropped: ${out.reason}`;
    case "forked":
      return `${out.author.slice(0, 8)} said two different things in one place, which is proven`;
    case "restarted":
      return `${out.author.slice(0, 8)} went on without what it had said before`;
    default:
      return undefined;
  }
}
