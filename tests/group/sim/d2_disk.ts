/**
 * What can be done with the disk of a member of a D2 group.
 *
 * @module
 */
import type { FeedLeaf } from "../../../lib/cxo/feed/change.ts";
import { GroupEngine } from "../../../lib/group/engine.ts";
import type { Backup, Member, World } from "./world.ts";

/** What a disk opens of some leaves: texts. @param disk  A member as it was. */
export function opened(world: World, member: Member, disk: Disk, leaves: Iterable<FeedLeaf>): string[] {
  const engine = new GroupEngine({
    own: member.pair,
    record: disk.record,
    leaves: disk.feed,
    ledgers: disk.ledgers,
    shown: [],
    random: world.random,
    signer: world.signer,
    ratchets: disk.ratchets,
  });
  const outs = engine.handle(
    { kind: "leaves", feed: world.founder.pair.pk, leaves: [...leaves] },
    world.nowNs,
  );
  return outs.flatMap((out) => out.kind === "message" && out.message.text ? [out.message.text] : []);
}

/** A member's disk with its ratchets. */
export type Disk = Backup & { readonly ratchets: ReadonlyMap<bigint, Uint8Array> };
/** All that lies on it now. */
export const diskOf = (world: World, member: Member): Disk => ({
  ...world.backup(member),
  ratchets: member.ratchets,
});
/** The same without what it had fetched. */
export const withoutMessages = (disk: Disk): Disk => ({
  ...disk,
  feed: new Map([...disk.feed].filter(([path]) => !path.startsWith("msgs/"))),
});
/** What a member serves of messages. */
export const messagesIn = ({ feed, archive, engine }: Member): FeedLeaf[] => [
  ...[...feed].filter(([path]) => path.startsWith("msgs/")).map(([path, value]) => ({ path, value })),
  ...[...archive.values()].flatMap((leaf) => engine.served(leaf) ?? []),
];
