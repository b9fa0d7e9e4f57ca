/**
 * Catalogs of somebody who founds groups and channels, listed ones and others, renames, leaves and drops them, and whose
 * program ends and goes off the network: strangers see what is listed and led by its host at that time, and come in by it.
 */
import fc from "fast-check";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { NetworkError, UserError } from "../../../lib/wire/errors.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

const which = fc.nat(5);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("found" as const),
      kind: fc.constantFrom("public" as const, "private" as const, "channel" as const),
      approval: fc.boolean(),
      listed: fc.constantFrom(true, true, false),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("rename" as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("leave" as const, "drop" as const), which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("join" as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("promote" as const, "ban" as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("net" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

interface Founded {
  readonly id: string;
  name: string;
  readonly kind: string;
  readonly policy: string;
  readonly listed: boolean;
  status: "active" | "left" | "gone";
  /** How bob, who came by the catalog, stands. */
  bob: "none" | "in" | "asked" | "banned";
}

class Run {
  readonly world = new GroupWorld();
  readonly #rows = emptyRows();
  readonly #groups: Founded[] = [];
  #alice!: LocalApp;
  #bob!: LocalApp;
  #isOnline = true;
  #count = 0;

  async begin(): Promise<void> {
    this.#alice = await this.world.member("alice", this.#rows);
    this.#bob = await this.world.member("bob");
  }

  async take(one: Step): Promise<void> {
    const { world } = this;
    if (one.do === "found") {
      if (this.#groups.length >= 6) return;
      const { kind, listed } = one;
      const join = kind === "private" && one.approval ? "approval" : "link";
      const name = `group ${this.#count++}`;
      const { group: id } = await world.done(this.#alice.groups.create({ name, kind, join, listed }));
      const policy = join === "approval" ? "approval" : "open";
      this.#groups.push({ id, name, kind, policy, listed, status: "active", bob: "none" });
      return;
    }
    if (one.do === "restart") {
      await world.done(this.#alice.close());
      this.#alice = await world.member("alice", this.#rows);
      if (!this.#isOnline) world.hub.leave(this.#alice.pk);
      return;
    }
    if (one.do === "net") {
      this.#isOnline = !this.#isOnline;
      if (this.#isOnline) world.hub.back(this.#alice.pk);
      else world.hub.leave(this.#alice.pk);
      return;
    }
    const group = this.#groups[one.which];
    if (group === undefined || group.status === "gone") return;
    const { id } = group;
    switch (one.do) {
      case "rename": {
        if (group.status !== "active") return;
        const name = `group ${this.#count++}`;
        await world.done(this.#alice.groups.rename({ group: id, name }));
        group.name = name;
        return;
      }
      case "leave":
        if (group.status !== "active") return;
        await world.done(this.#alice.groups.leave({ group: id }));
        group.status = "left";
        return;
      case "drop":
        await world.done(this.#alice.groups.drop({ group: id }));
        group.status = "gone";
        return;
      case "join": {
        if (!this.#isOnline || group.status !== "active" || !group.listed || group.bob !== "none") return;
        const { groups } = await world.done(this.#bob.groups.catalog({ peer: this.#alice.pk }));
        const { address } = groups.find((entry) => entry.id === id)!;
        await world.done(this.#bob.groups.join({ link: address }));
        await world.pass(40_000);
        const { status } = (await this.#bob.groups.list()).find((view) => view.id === id)!;
        strictEqual(status, group.policy === "open" ? "active" : "awaiting_approval");
        group.bob = group.policy === "open" ? "in" : "asked";
        return;
      }
      case "promote":
      case "ban": {
        if (group.status !== "active" || group.bob === "none" || group.bob === "banned") return;
        if (one.do === "promote" && group.bob !== "in") return;
        await world.done(
          this.#alice.groups.decide({ group: id, action: one.do, peer: this.#bob.pk }).catch(expected),
        );
        if (one.do === "ban") group.bob = "banned";
        await world.pass(2_000);
      }
    }
  }

  async look(): Promise<void> {
    const asked = this.world.done(this.#bob.groups.catalog({ peer: pairOf("alice").pk }).catch(expected));
    const catalog = await asked;
    if (!this.#isOnline) return strictEqual(catalog, undefined);
    const listed = this.#groups.filter((group) => group.listed && group.status === "active");
    if (catalog === undefined) return deepStrictEqual(listed, [], "it has nothing to show");
    const seen = catalog.groups.map(({ id, name, kind, policy }) => ({ id, name, kind, policy }));
    const must = listed.map(({ id, name, kind, policy }) => ({ id, name, kind, policy }));
    const byId = (a: { id: string }, b: { id: string }) => a.id < b.id ? -1 : 1;
    deepStrictEqual(seen.sort(byId), must.sort(byId));
  }
}

function expected(error: unknown): undefined {
  ok(error instanceof UserError || error instanceof NetworkError, String(error));
}

async function play(steps: readonly Step[]): Promise<void> {
  const run = new Run();
  try {
    await run.begin();
    for (const one of steps) {
      await run.take(one);
      await run.look();
    }
  } finally {
    await run.world.end();
  }
}

Deno.test("A catalog shows what its host lists and leads at the time, and who comes by it is in or asks", async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 20, size: "max" }), play), {
    seed: Number(Deno.env.get("DMSG_MODEL_SEED") ?? 20261130),
    numRuns: Number(Deno.env.get("DMSG_MODEL_RUNS") ?? 6),
  });
});
