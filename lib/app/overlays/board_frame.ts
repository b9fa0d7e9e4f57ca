/**
 * A change of a bulletin as a frame.
 *
 * @see lib/overlay/README.md "Stamps"
 * @module
 */
import type { OverlayEngine } from "../../overlay/engine.ts";
import { lastOfCluster } from "../../overlay/clusters.ts";
import { postRowOf } from "../../overlay/folds/board_rows.ts";
import { BULLETIN } from "../../overlay/frame.ts";
import { UserError } from "../../wire/errors.ts";
import { boardLine } from "./lines.ts";
import type { BoardChange } from "./overlays.ts";
import { endOf, noSuch, type Planned, type Planner, usage } from "./planned.ts";

/** Characters of a post: its frame must be read again, and fit a message. */
const MAX_POST_CHARS = 15_000;

/** Plans it. @throws {UserError} usage: there is no such post; refused: it is not ours to change. */
export async function boardFrame(
  engine: OverlayEngine,
  change: BoardChange,
  { pk, stampAfter }: Planner,
): Promise<Planned> {
  const tree = engine.tree("board");
  const frame = (
    line: string,
    data: string,
    stamp: number,
    extra: Record<string, unknown> = {},
    parent?: string,
  ): Planned => ({
    overlay: BULLETIN,
    data,
    line,
    stamp,
    extra,
    parent,
  });
  if ("text" in change) checkPost(change.text);
  if (change.do === "post") {
    const stamp = stampAfter();
    return frame(change.text, change.text, stamp, endOf(change.expires, stamp));
  }
  const found = await postRowOf(tree, change.id);
  if (found === undefined) throw noSuch("post");
  const { row } = found;
  if (change.do === "reply") {
    const newest = await tree.last(`t/${found.root}/`); // it stands behind the answers that its writer has seen
    const stamp = stampAfter(row.stamp, newest && parseInt(newest.key.split("/")[2], 16));
    return frame(change.text, change.text, stamp, {}, row.key);
  }
  if (change.do === "pin" || change.do === "unpin") {
    if (found.root !== row.key) throw noSuch("post of its own (an answer can't be pinned)");
    const last = await lastOfCluster(tree, row.key, `pin/${pk}/`);
    const stamp = stampAfter(row.stamp, last && parseInt(last.key.split("/")[4], 16));
    return frame(boardLine[change.do](row.text ?? ""), "", stamp, { a: change.do }, row.key);
  }
  if (row.author !== pk) {
    throw new UserError("Only its author can change a post", { kind: "refused", hint: "Answer it instead." });
  }
  const stamp = stampAfter(row.stamp, row.edited);
  if (change.do !== "edit") return frame(boardLine.withdraw(), "", stamp, { a: "withdraw" }, row.key);
  const end = change.expires === undefined ? row.expires && { x: row.expires } : endOf(change.expires);
  return frame(boardLine.edit(change.text), change.text, stamp, { a: "edit", ...end }, row.key);
}

function checkPost(text: string): void {
  if (text.trim() === "") throw usage("An empty post can't be sent", "Say something.");
  if (text.length > MAX_POST_CHARS) {
    throw usage(
      `A post has at most ${MAX_POST_CHARS} characters`,
      "Send the rest as an answer, or as a file.",
    );
  }
}
