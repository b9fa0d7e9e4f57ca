/** Our own entry: whose the stored one is, and what an update does at one discovery. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { DISCOVERY_TEXTS } from "../../lib/dmsg/discovery/texts.ts";
import type { Entry } from "../../lib/dmsg/entries/entry.ts";
import { OwnPosts } from "../../lib/dmsg/entries/own_posts.ts";
import { type EntryHome, updateEntry } from "../../lib/dmsg/entries/update.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import { clientEntry, pairOf } from "../discovery/support.ts";

const [own, A, B] = [pairOf(1), "http://a", "http://b"];
const signed = (signature: string, timestampNs: bigint): Entry => ({
  ...clientEntry(own),
  signature,
  timestampNs,
});

Deno.test("The last 32 posts are ours; whose the others are says their time", () => {
  const posts = new OwnPosts();
  for (let i = 0; i < 33; i++) posts.add(A, signed(`${i}`, 100n));
  const standing = (entry: Entry | undefined) => posts.standing(A, own.pk, entry);
  deepStrictEqual([0, 1, 32].map((i) => standing(signed(`${i}`, 100n))), ["older", "ours", "ours"]);
  deepStrictEqual([99n, 100n, 101n].map((ns) => standing(signed("x", ns))), ["older", "older", "foreign"]);
  strictEqual(standing(undefined), "gone");
  posts.add(A, signed("of a clock that was put back", 50n));
  strictEqual(standing(signed("x", 99n)), "older");
  strictEqual(posts.standing(B, own.pk, signed("x", 101n)), "older", "nothing was posted there");
  deepStrictEqual([posts.has(own.pk), posts.has(pairOf(2).pk)], [true, false]);
});

/** A discovery that answers reads and posts in turn; `posted` has what came, as `sequence time`. */
function home(reads: (Entry | undefined | Error)[], refusals: (string | undefined)[]) {
  const posted: string[] = [];
  const at: EntryHome = {
    url: A,
    read: () => {
      const next = reads.shift();
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
    post: ({ sequence, timestampNs }) => {
      posted.push(`${sequence} ${timestampNs}`);
      return Promise.resolve(refusals.shift());
    },
    remove: ({ timestampNs }) => Promise.resolve(void posted.push(`removed with ${timestampNs}`)),
    nowNs: () => 1000n,
  };
  return {
    posted,
    update: () => updateEntry(at, own, (entry) => ({ ...entry, client: { delegatedServers: [] } })),
  };
}

Deno.test("A refusal that is not about the stored entry ends an update with its text, after one post", async () => {
  const { posted, update } = home([undefined], [DISCOVERY_TEXTS.badSignature]);
  await rejects(update(), /refused: invalid signature/);
  deepStrictEqual(posted, ["0 1000"]);
});

Deno.test("An entry that could not be read at first is followed once; a newer one behind that is another program's", async () => {
  const away = new NetworkError("away", { retry: true, reason: "no-network" });
  const stored = { ...signed("old", 5000n), sequence: 3n };
  const once = home([away, stored], [DISCOVERY_TEXTS.wrongTime]);
  strictEqual(await once.update(), "taken");
  deepStrictEqual(once.posted, ["0 1000", "4 5001"]);
  const again = { ...signed("new", 6000n), sequence: 4n };
  const twice = home([away, stored, again], [DISCOVERY_TEXTS.wrongTime, DISCOVERY_TEXTS.wrongTime]);
  strictEqual(await twice.update(), "superseded");
  deepStrictEqual(twice.posted, ["0 1000", "4 5001"]);
});

Deno.test("An entry of the last time there is, behind which no post can come, is taken out first", async () => {
  const last = (1n << 63n) - 1n;
  const { posted, update } = home([{ ...signed("x", last), sequence: 7n }], []);
  strictEqual(await update(), "taken");
  deepStrictEqual(posted, ["removed with 1000", "8 1000"]);
  const before = home([{ ...signed("x", last - 1n), sequence: 7n }], []);
  strictEqual(await before.update(), "taken");
  deepStrictEqual(before.posted, [`8 ${last}`]);
});

Deno.test("A mistake of ours in reading the entry is no discovery that is away", async () => {
  const { posted, update } = home([new RangeError("a bug")], []);
  await rejects(update(), RangeError);
  deepStrictEqual(posted, []);
});
