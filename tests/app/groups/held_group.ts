/**
 * A group whose members are never there together, and a node that holds their feeds.
 *
 * @module
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { keyOf } from "../local/pair.ts";
import { FailingPlace, GroupWorld } from "./group_world.ts";

export const HOLDER = keyOf("holder");
export const SPACE = { spaceBytes: 64 << 20, ageMs: 30 * 86_400_000 };

export class HeldWorld extends GroupWorld {
  /** The holder's. */
  readonly disk = new FailingPlace();

  /** A founder's group with others, and its holder, which all know. */
  async held(keys: "d2" | undefined, ...names: string[]) {
    const alice = await this.member("alice");
    const { group, invite } = await this.done(
      alice.groups.create({ name: "ops", kind: "private", join: "link", ...(keys && { keys }) }),
    );
    const apps = [alice];
    for (const name of names) {
      apps.push(await this.member(name));
      await this.done(apps.at(-1)!.groups.join({ link: invite }));
    }
    await this.pass(60_000);
    const rows = emptyRows();
    const holder = await this.member("holder", rows, (place) => this.disk.around(place));
    const { port } = await alice.groups.info({ group }) as { port: number };
    await this.done(holder.pairs.hold({ peers: [alice.pk], group: { id: group, port }, ...SPACE }));
    await this.done(alice.groups.nameHolder({ group, holder: HOLDER }));
    await this.until(
      "it knows all members",
      async () => (await holder.pairs.held())[0].feeds.length === apps.length,
    );
    await this.until("all know it", async () => {
      const infos = await Promise.all(apps.map((app) => app.groups.info({ group })));
      return infos.every((info) => info.holder === HOLDER);
    });
    return { group, port, invite, apps, holder, rows };
  }

  /** Who is there of some, beside the holder. */
  only(all: readonly LocalApp[], there: readonly LocalApp[]): void {
    for (const { pk } of all) this.hub.leave(pk);
    for (const { pk } of there) this.hub.back(pk);
  }

  async until(what: string, is: () => Promise<boolean>): Promise<void> {
    for (let turns = 0; !await this.done(is()); turns++) {
      ok(turns < 300, what);
      await this.pass(10_000);
    }
  }
}

/** Each is alone with the holder and says something; then each comes once more, and has read all. */
export async function neverTogether(
  world: HeldWorld,
  keys: "d2" | undefined,
  ...names: string[]
): Promise<void> {
  const { group, apps, holder } = await world.held(keys, ...names);
  const said: string[] = [];
  for (const [i, app] of apps.entries()) {
    world.only(apps, [app]);
    const text = `secret ${i}`;
    const report = await world.done(app.groups.send({ group, text, waitMs: 60_000 }));
    deepStrictEqual(report.evidence.map(({ pk, by }) => [pk, by]), [[HOLDER, "held"]]);
    said.push(text);
  }
  for (const [i, app] of apps.entries()) {
    world.only(apps, [app]);
    await world.until(
      `member ${i} reads all`,
      async () => (await world.texts(app, group)).length === said.length,
    );
    deepStrictEqual(await world.texts(app, group), said);
  }
  strictEqual(
    (await world.done(holder.messages.conversations())).length,
    0,
    "a holder takes part in nothing",
  );
  deepStrictEqual(await holder.groups.list(), []);
}
