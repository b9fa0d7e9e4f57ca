/** A stranger that reads a group in clear: whoever has a message then is nobody that it is for. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { cxoFeeds } from "../../../lib/app/groups/feeds/cxo_feeds.ts";
import { NO_EXTRA } from "../../../lib/app/groups/room/kept_groups.ts";
import { seededRandom } from "../../fakes/random.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

const test = worldTests(GroupWorld);

test("What only a stranger has read of a public group is kept by nobody, until a member has it", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("public", "bob");
  const { port } = await alice.groups.info({ group }) as { port: number };
  const own = pairOf("mallory");
  const read: string[] = [];
  const feeds = cxoFeeds({
    ...{ own, clock: world.clock, random: seededRandom("mallory"), resident: false },
    network: world.hub.client(own.pk),
  })({
    leaves: (_, leaves) => void read.push(...leaves.map(({ path }) => path.split("/")[0])),
    fetched: () => {},
    head: () => Promise.resolve(),
    parted: () => {},
    problem: () => {},
  }, { port, head: NO_EXTRA.head, leaves: new Map() });
  world.atEnd(() => feeds.close());
  feeds.follow([alice.pk]);
  await world.pass(5_000);
  world.hub.leave(bob.pk);
  const before = read.length;
  const alone = await world.done(alice.groups.send({ group, text: "anybody?", waitMs: 5_000 }));
  strictEqual(read.length > before, true, "it reads along");
  deepStrictEqual([alone.state, alone.evidence], ["queued", []]);
  world.hub.back(bob.pk);
  await world.pass(60_000);
  const evidence = await alice.groups.evidence({ group, id: alone.id });
  deepStrictEqual(evidence.map(({ pk }) => pk), [bob.pk]);
});
