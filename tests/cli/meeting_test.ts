/** Whom `sync` meets, and what it says of that: apps over a network in memory. */
import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { Status } from "../../cli/exit.ts";
import { meet, type Meeting } from "../../cli/resident/meeting.ts";
import { wording } from "../../cli/words/wording.ts";
import type { LocalApp } from "../../lib/app/local.ts";
import { worldTests } from "../app/chat_world.ts";
import { GroupWorld } from "../app/groups/group_world.ts";

const registered = { kind: "registered", servers: ["server"] } as never;

class MeetingWorld extends GroupWorld {
  /** Meets for half a minute at most. @returns What came of it, and after how many seconds. */
  async meets(app: LocalApp, role = "alone"): Promise<Meeting & { readonly seconds: number }> {
    const startMs = this.clock.nowMs();
    const opened = { app: Object.assign(Object.create(app), { role }) };
    const { signal } = new AbortController();
    const met = await this.done(meet({ clock: this.clock, signal }, opened, 30_000, () => 0));
    return { ...met, seconds: Math.round((this.clock.nowMs() - startMs) / 1000) };
  }
}

const test = worldTests(MeetingWorld);

test("Who is there is met and left at once, who is away is waited for, and is told", async (world) => {
  const { group, apps: [alice, bob, carol] } = await world.group("private", "bob", "carol");
  for (const app of [alice, bob, carol]) app.networkEvent(registered);
  const all = await world.meets(alice);
  deepStrictEqual([all.met.toSorted(), all.unread, all.away, all.status], [
    [bob.pk, carol.pk].sort(),
    [],
    [],
    Status.done,
  ]);
  ok(all.seconds < 10, `${all.seconds}`);
  await carol.close();
  await world.pass(60_000);
  const some = await world.meets(alice);
  deepStrictEqual([some.met, some.away, some.status], [[bob.pk], [carol.pk], Status.done]);
  ok(some.seconds >= 30);
  // An owner that stays meets her when she comes.
  ok((await world.meets(alice, "client")).seconds < 6);
  await bob.close();
  await world.pass(60_000);
  await world.done(alice.groups.send({ group, text: "waits", waitMs: 0 }));
  const nobody = await world.meets(alice);
  deepStrictEqual([nobody.met, nobody.away.length, nobody.waiting, nobody.status], [
    [],
    2,
    1,
    Status.unreachable,
  ]);
});

test("Where nobody could find us that is the reason; with nobody known it is there for all of its time", async (world) => {
  const { apps: [alice, bob] } = await world.group("private", "bob");
  await bob.close();
  await world.pass(60_000);
  alice.networkEvent({ kind: "problem", error: new Error("no discovery"), retryMs: 1000 } as never);
  await rejects(world.meets(alice), { reason: "no-network", message: "no discovery" });
  const dan = await world.member("dan");
  dan.networkEvent(registered);
  const { met, away, status, seconds } = await world.meets(dan);
  deepStrictEqual([met, away, status, seconds], [[], [], Status.done, 30]);
});

test("Who comes in while it is there is met, and reads what has waited for somebody", async (world) => {
  const { group, apps: [alice] } = await world.group("private");
  alice.networkEvent(registered);
  await world.done(alice.groups.send({ group, text: "waits", waitMs: 0 }));
  const { link } = await world.done(alice.groups.invite({ group }));
  const dan = await world.member("dan");
  const meeting = world.meets(alice);
  await world.pass(5_000);
  await world.done(dan.groups.join({ link }));
  const { met, away, waiting, status } = await world.done(meeting);
  deepStrictEqual([met, away, waiting, status], [[dan.pk], [], 0, Status.done]);
  deepStrictEqual(await world.texts(dan, group), ["waits"]);
});

Deno.test("Whom it has met is a line: how many of how many, and by their names those who are missing", () => {
  const line = { type: "met", ts: "", schema: "v1", met: [], unread: [], away: [], waiting: 0 } as const;
  strictEqual(wording.met(line), "nobody is known here yet");
  const some = { ...line, met: ["a", "b"], unread: ["c"], away: ["d\u202e"], waiting: 1 };
  strictEqual(
    wording.met(some),
    "met 2 of 4; not in time: c; away: d\\u{202e}; 1 of ours waits here",
  );
  match(wording.met({ ...some, waiting: 2 }), /2 of ours wait here$/);
});
