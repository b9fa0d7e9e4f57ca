/** What is planned again from a journal of two files, when the rows are others than then. */
import { deepStrictEqual } from "node:assert/strict";
import { JournalLog, type LogContents } from "../../lib/store/journal/log.ts";
import { replayAll, type ReplayParts } from "../../lib/store/journal/replay.ts";
import type { JournalMark } from "../../lib/store/rows/records.ts";
import type { Change } from "../../lib/store/store.ts";
import { concat } from "../../lib/wire/bytes.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, SECRET, text } from "./support.ts";

const log = new JournalLog(SECRET);
const random = seededRandom(7);
const ROWS: JournalMark = { name: "aa".repeat(16), next: 3 };
const OTHER: JournalMark = { name: "bb".repeat(16), next: 9 };

/** A file that begins behind a place, with a commit each. */
function fileOf(behind: JournalMark, commits: readonly (readonly Change[])[]): LogContents {
  const { header, place } = log.begin(random);
  let at = place;
  const parts = [header];
  const put = (record: Uint8Array): void => {
    parts.push(record);
    at = { ...at, next: at.next + 1, end: at.end + record.length };
  };
  put(log.after(at, random, behind));
  for (const changes of commits) {
    const positions = changes.flatMap(({ kind }) => kind === "message" ? [8] : []);
    put(log.burst(at, random, { nowNs: 5n, passedNs: 5n, commits: [{ changes, positions }] }));
  }
  const contents = log.contents(concat(...parts));
  if (typeof contents === "string") throw new Error(contents);
  return contents;
}

/** Which changes are planned again. */
async function replayed(found: readonly LogContents[], written: JournalMark): Promise<string[]> {
  const kinds: string[] = [];
  const parts = {
    replay: (commits: readonly (readonly Change[])[]) => {
      kinds.push(...commits.flat().map(({ kind }) => kind));
      return Promise.resolve([]);
    },
    get: () => Promise.resolve(undefined),
  } as unknown as ReplayParts;
  await replayAll(parts, found, written);
  return kinds;
}

Deno.test("What stands on commits of other rows is taken in as they are, also in the second file", async () => {
  const first = fileOf(ROWS, [[text(ANN, "said")]]);
  const second = fileOf({ name: first.name, next: 2 }, [
    [{ kind: "delete", peer: ANN, position: 7 }],
    [text(ANN, "and more")],
  ]);
  deepStrictEqual(await replayed([first, second], ROWS), ["message", "delete", "message"]);
  // The message of position 7 is another one in these rows.
  deepStrictEqual(await replayed([first, second], OTHER), ["message", "message"]);
  deepStrictEqual(await replayed([first, second], { name: first.name, next: 2 }), ["delete", "message"]);
});
