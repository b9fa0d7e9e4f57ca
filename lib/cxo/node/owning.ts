/**
 * A node's own feed: opened, changed, published in two steps when it must be kept first.
 *
 * @see specification cxo §6.5, §9.5; lib/cxo/README.md "Publisher"
 * @module
 */
import type { HashKey } from "../objects/hash.ts";
import type { NodeContext, OpenFeed } from "./context.ts";
import { findElsewhere } from "./opening.ts";
import { BATCH_MS, Publisher } from "./publisher.ts";
import type { Serving } from "./serving.ts";
import type { NodeIn } from "./types.ts";

/** The owning side of a node. */
export class Owning {
  readonly #node: NodeContext;
  readonly #serving: Serving;
  #own: OpenFeed | undefined;

  /**
   * The feed is not open.
   * @param serving  Shows our Roots.
   */
  constructor(node: NodeContext, serving: Serving) {
    this.#node = node;
    this.#serving = serving;
  }

  /** When our next Root is due. */
  get deadlineMs(): number | undefined {
    return this.#own?.publisher?.deadlineMs;
  }

  /**
   * Opens our feed.
   * @param open  It, without a publisher.
   */
  open(open: OpenFeed, input: NodeIn & { kind: "own" }): void {
    const { head, newHead = false, leaves = [], batchMs = BATCH_MS, durable = false } = input;
    const { scheme, wallNs } = this.#node.options;
    const { nowMs } = this.#node;
    const { feed } = open;
    const find = (key: HashKey) => findElsewhere(this.#node, feed, key);
    const publisher = new Publisher({ feed, find, scheme, wallNs, head, newHead, batchMs, nowMs });
    for (const { path, value } of leaves) publisher.put(path, value, nowMs);
    open.publisher = publisher;
    open.durable = durable;
    this.#own = open;
  }

  /**
   * The publisher.
   * @throws {RangeError} Our feed is not open.
   */
  get publisher(): Publisher {
    const publisher = this.#own?.publisher;
    if (publisher === undefined) throw new RangeError("our own feed is not open");
    return publisher;
  }

  /** Signs a Root when one is due. */
  publish(): void {
    const open = this.#own;
    if (open?.publisher === undefined) return;
    const isHeartbeat = open.publisher.isHeartbeatDue(this.#node.nowMs);
    const draft = open.publisher.draft(this.#node.nowMs);
    if (draft === undefined) return;
    const { signed, changes } = draft;
    open.forAll = isHeartbeat || changes.length > 0 || open.refreshFor.size === 0;
    if (!open.durable) return this.committed();
    const { nonce, seq, timeNs } = signed.root;
    this.#node.emit({
      kind: "commit",
      head: { nonce, seq, timeNs, hash: signed.hash },
      root: signed,
      changes,
    });
  }

  /** The Root is kept: it is shown. */
  committed(): void {
    const open = this.#own;
    const signed = open?.publisher?.committed(this.#node.nowMs, open.forAll);
    if (open === undefined || signed === undefined) return;
    open.filler.adopt(signed);
    this.#node.emit({ kind: "published", root: signed });
    this.#serving.show(open, open.forAll ? undefined : open.refreshFor);
    if (!open.publisher!.isRefreshing) open.refreshFor.clear();
  }
}
