/** A member that says two different things in one place of its thread, one to some and one to the others. */
import {
  encodeLeaf,
  leafDigest,
  leafPath,
  makeLeaf,
  parseLeafPath,
  readLeaf,
} from "../../../lib/group/talk/leaf.ts";
import { makeThread } from "../../../lib/group/threads/thread.ts";
import { type Member, showsAnother, type World } from "./world.ts";

/**
 * Says something, and shows something else in its place.
 * @param to  Who is shown the other one.
 * @param samePath  Whether both lie under one path, or a nanosecond apart.
 * @returns Whether the liar could speak at all.
 */
export function lieTo(world: World, liar: Member, to: ReadonlySet<Member>, samePath: boolean): boolean {
  world.post(liar, "yes");
  const said = liar.engine.ledger.of(liar.pair.pk)?.state.newest;
  const path = said && liar.engine.ledger.pathOf(liar.pair.pk, said);
  const value = path === undefined ? undefined : liar.feed.get(path);
  if (path === undefined || value === undefined) return false;
  const [leaf, at] = [readLeaf(value)!, parseLeafPath(path)!];
  if (leaf.thread === undefined || leaf.thread === null) return false;
  const tsNs = samePath ? at.tsNs : at.tsNs + 1n;
  const key = world.mode === "private" ? liar.record.aesKey : undefined;
  const other = makeLeaf({ author: liar.pair, tsNs, text: "no", key }, world.random, world.signer);
  const threaded = { author: liar.pair.pk, counter: at.seq, digest: leafDigest(other) };
  const { thread } = makeThread(leaf.thread, threaded, liar.pair.secret, world.signer!);
  const shows = { path: leafPath(liar.pair.pk, tsNs, at.seq), value: encodeLeaf({ ...other, thread }) };
  liar.lie = { to, hides: path, shows };
  showsAnother(liar);
  return true;
}
