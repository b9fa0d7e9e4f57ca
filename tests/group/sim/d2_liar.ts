/**
 * A member of a D2 group that lies about an audience: it names some, and has made wraps for others.
 *
 * @module
 */
import type { PublicKeyHex } from "../../../lib/crypto/keys.ts";
import { copyIn, type D2Body, openCopy, sealAgain } from "../../../lib/group/d2/content.ts";
import type { PairSecret } from "../../../lib/group/d2/pair_wrap.ts";
import { RATCHET_PREFIX, Ratchets, readAnnouncement } from "../../../lib/group/d2/ratchet.ts";
import { encodeLeaf, type MessageLeaf, readLeaf } from "../../../lib/group/talk/leaf.ts";
import { fromHex } from "../../../lib/wire/bytes.ts";
import { changes, GROUP, type Member, type World } from "./world.ts";

/**
 * Says something.
 * @param named  For whom it says that it is, as everybody who opens it sees; nobody: everybody.
 * @param wrapped  Who can open it, besides its author; who was removed may be among them.
 * @returns Its path; undefined: it could not speak.
 */
export function lieAbout(
  world: World,
  liar: Member,
  text: string,
  named: readonly Member[],
  wrapped: readonly Member[],
): string | undefined {
  const before = new Set(liar.feed.keys());
  world.post(liar, text, named);
  const path = [...liar.feed.keys()].find((path) => !before.has(path));
  if (path === undefined) return undefined;
  const leaf = readLeaf(liar.feed.get(path)!)!;
  const ratchets = ratchetsOf(world, liar);
  const value = encodeLeaf(sealAgain(leaf, bodyIn(leaf, liar, ratchets), {
    groupId: GROUP,
    ratchet: ratchets.current!,
    epochId: copyIn(leaf, GROUP)!.epochId,
    epochKey: undefined,
    secrets: [liar, ...wrapped].flatMap(({ pair }) => ratchets.epochWith(pair.pk) ?? []),
    random: world.random,
  }));
  liar.feed.set(path, value);
  changes(liar, path);
  for (const [name, kept] of liar.archive) if (kept.path === path) liar.archive.set(name, { path, value });
  return path;
}

/** A member's secrets with all who have announced a key, those who were removed among them. */
function ratchetsOf({ random, signer }: World, { pair: own, ratchets: secrets, feed }: Member): Ratchets {
  const ratchets = new Ratchets({ own, groupId: GROUP, random, signer: signer!, secrets });
  for (const [path, value] of feed) {
    const announced = path.startsWith(`${RATCHET_PREFIX}/`) && readAnnouncement(value, GROUP, signer!);
    if (announced) ratchets.take(announced);
  }
  return ratchets;
}

function bodyIn(leaf: MessageLeaf, { record }: Member, ratchets: Ratchets): D2Body {
  const copy = copyIn(leaf, GROUP)!;
  const epoch: PairSecret = { id: fromHex(copy.epochId), key: record.aesKey };
  return openCopy(leaf, copy, copy.isUnderEpoch ? [epoch] : ratchets.epochsFrom(copy.ratchet))!;
}

/** Keys of members, as a message names them. */
export const keysOf = (members: readonly Member[]): PublicKeyHex[] =>
  [...new Set(members.map(({ pair }) => pair.pk))].sort();
