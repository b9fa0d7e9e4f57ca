/** A founder of ours serves a member whose program is of the first weeks. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { decodeInvite } from "../../../lib/group/joining/invite.ts";
import { OldMember } from "../../fakes/old_group.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

class OldMemberWorld extends GroupWorld {
  /** A public group with one member of ours and one of the first weeks. */
  async mixed(): Promise<{ group: string; alice: LocalApp; bob: LocalApp; olga: OldMember; olgaPk: string }> {
    const { group, apps: [alice, bob] } = await this.group("public", "bob");
    const { port } = decodeInvite((await alice.groups.invite({ group })).link);
    const pair = pairOf("olga");
    await this.done(alice.groups.decide({ group, action: "add", peer: pair.pk }));
    const network = this.hub.client(pair.pk);
    const olga = new OldMember({ pair, network, clock: this.clock, port, owner: alice.pk });
    this.atEnd(() => olga.close());
    await this.pass(2_000);
    return { group, alice, bob, olga, olgaPk: pair.pk };
  }
}

const test = worldTests(OldMemberWorld);
const TS = "2026-05-12T10:00:00.123456789Z";

test("Founder: what an old member says by way of it reaches everybody, as unverified", async (world) => {
  const { group, alice, bob, olga, olgaPk } = await world.mixed();
  strictEqual(await world.done(olga.say("via owner", TS)), '{"ack":true,"msg_id":"00112233445566aa"}');
  await world.pass(3_000);
  for (const app of [alice, bob]) {
    const [message] = await world.done(app.messages.history({ peer: group, limit: 10 }));
    deepStrictEqual([message.sender, message.text, message.reason], [olgaPk, "via owner", "unverified"]);
  }
  deepStrictEqual(olga.read, [[olgaPk, "via owner"]]);
  await world.done(bob.groups.send({ group, text: "hello olga", waitMs: 5_000 }));
  await world.pass(3_000);
  deepStrictEqual(olga.read.at(-1), [bob.pk, "hello olga"]);
});

test("Founder: a message that is relayed twice is said once, and acked twice", async (world) => {
  const { group, alice, bob, olga } = await world.mixed();
  for (let i = 0; i < 2; i++) strictEqual(await world.done(olga.say("once", TS)) !== undefined, true);
  await world.pass(3_000);
  for (const app of [alice, bob]) deepStrictEqual(await world.texts(app, group), ["once"]);
});

test("Founder: who claims another's key, is no member, may not speak or takes back is not relayed", async (world) => {
  const { group, alice, bob, olga, olgaPk } = await world.mixed();
  const { tsNano } = await world.done(bob.groups.send({ group, text: "stays", waitMs: 5_000 }));
  strictEqual(await world.done(olga.say("I am bob", TS, bob.pk)), undefined);
  strictEqual(await world.done(olga.say(`{"skychat_delete":{"to_ts_nano":${tsNano}}}`, TS)), undefined);
  strictEqual(await world.done(olga.say("__skychat_group_heartbeat__", TS)), undefined);
  await world.done(alice.groups.decide({ group, action: "mute", peer: olgaPk }));
  strictEqual(await world.done(olga.say("muted", TS)), undefined);
  await world.done(alice.groups.decide({ group, action: "remove", peer: olgaPk }));
  strictEqual(await world.done(olga.say("removed", TS)), undefined);
  await world.pass(3_000);
  for (const app of [alice, bob]) deepStrictEqual(await world.texts(app, group), ["stays"]);
});
