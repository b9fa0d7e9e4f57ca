/**
 * A feed of a node, opened.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { fromHex } from "../../wire/bytes.ts";
import { Feed } from "../feed/feed.ts";
import type { Kept } from "../feed/kept.ts";
import type { HashKey } from "../objects/hash.ts";
import type { NodeContext, OpenFeed } from "./context.ts";
import { Filler } from "./subscriber.ts";

/** Opens a feed of a node, with nothing in it, followed nowhere and not our own. */
export function openFeed(node: NodeContext, pk: PublicKeyHex): OpenFeed {
  const feed = new Feed(fromHex(pk), node.options.limits ?? {});
  feed.allowed = node.allowed;
  const open: OpenFeed = {
    feed,
    filler: new Filler(feed, (key) => findElsewhere(node, feed, key), node.options.window),
    publisher: undefined,
    durable: false,
    peers: new Set(),
    refreshFor: new Set(),
    forAll: true,
  };
  node.feeds.set(pk, open);
  return open;
}

/** The same leaf at the same path of another feed is the same object. */
export function findElsewhere(node: NodeContext, but: Feed, key: HashKey): Kept | undefined {
  for (const { feed } of node.feeds.values()) {
    const object = feed === but ? undefined : feed.objects.get(key);
    if (object?.isHere) return object;
  }
  return undefined;
}
