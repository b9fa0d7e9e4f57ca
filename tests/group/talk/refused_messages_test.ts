/** Messages in a feed that nobody is shown. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { encodeBody } from "../../../lib/chat/body.ts";
import { NULL_PK } from "../../../lib/crypto/members.ts";
import {
  encodeLeaf,
  HEARTBEAT_TEXT,
  leafBody,
  leafPath,
  makeLeaf,
  unsignedLeaf,
} from "../../../lib/group/talk/leaf.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";
import { Refusing } from "../roster/refusing.ts";
import { hashSigner, type Member, seeded, textsOf, World } from "../sim/world.ts";

/** What is said, where, and why it is not shown; no reason: it is passed over or waits. */
type Said = [value: Uint8Array, path: string, why?: RegExp];

const messages: Record<string, (r: Refusing, said: (member: Member, text: string) => Uint8Array) => Said> = {
  "under the prefix of a week in May": ({ admin, world }, said) => [
    said(admin, "x"),
    leafPath(admin.pair.pk, world.nowNs, 1).replace("msgs", "mirror"),
  ],
  "at a path without a counter": (
    { admin, world },
    said,
  ) => [said(admin, "x"), `msgs/${admin.pair.pk}/${world.nowNs}`],
  "at another's path": ({ admin, alice, world }, said) => [
    said(admin, "x"),
    leafPath(alice.pair.pk, world.nowNs, 1),
    /its path is another message's/,
  ],
  "at another time's path": ({ admin, world }, said) => [
    said(admin, "x"),
    leafPath(admin.pair.pk, world.nowNs + 1n, 1),
    /its path is another message's/,
  ],
  "without a signature": ({ admin, world }) => [
    encodeLeaf(unsignedLeaf(leafBody({ sender: admin.pair.pk, tsNs: world.nowNs, text: "x" }, world.random))),
    leafPath(admin.pair.pk, world.nowNs, 1),
    /not signed/,
  ],
  "that another has signed": ({ admin, mallory, world }) => [
    encodeLeaf({
      ...makeLeaf({ author: mallory.pair, tsNs: world.nowNs, text: "x" }, world.random, hashSigner),
      sender: admin.pair.pk,
    }),
    leafPath(admin.pair.pk, world.nowNs, 1),
    /signature/,
  ],
  "of a stranger": (
    { mallory, world },
    said,
  ) => [said(mallory, "x"), leafPath(mallory.pair.pk, world.nowNs, 1)],
  "of who is banned": ({ banned, world }, said) => [
    said(banned, "x"),
    leafPath(banned.pair.pk, world.nowNs, 1),
    /may not speak/,
  ],
  "that only says that its admin is here": ({ admin, world }, said) => [
    said(admin, HEARTBEAT_TEXT),
    leafPath(admin.pair.pk, world.nowNs, 1),
  ],
  "that takes back another's": ({ admin, alice, world }, said) => [
    said(admin, encodeBody({ kind: "delete", toTsNano: [...alice.shown.values()][0].tsNs })),
    leafPath(admin.pair.pk, world.nowNs, 1),
  ],
  "that is no JSON": (
    { admin, world },
  ) => [utf8("hello"), leafPath(admin.pair.pk, world.nowNs, 1), /no message/],
};

for (const mode of ["public", "private"] as const) {
  Deno.test(`Nobody in a ${mode} group is shown a message of the table, and nobody copies it`, () => {
    const r = new Refusing(mode);
    const { alice, bob, world } = r;
    world.post(alice, "stays");
    world.settle();
    const key = mode === "private" ? { key: bob.record.aesKey } : {};
    const said = ({ pair }: Member, text: string) =>
      encodeLeaf(makeLeaf({ author: pair, tsNs: world.nowNs, text, ...key }, world.random, hashSigner));
    for (const [what, make] of Object.entries(messages)) {
      world.nowNs += 1_000_000_000n;
      const [value, path, why] = make(r, said);
      const dropped = r.gives(path, value);
      if (why === undefined) deepStrictEqual(dropped, [], what);
      else ok(dropped.length === 1 && why.test(dropped[0]), `${what}: ${dropped}`);
      deepStrictEqual(textsOf(bob), ["stays"], what);
      strictEqual(bob.feed.has(path), path.startsWith("msgs/") && what === "that takes back another's", what);
    }
    world.tick(1);
    world.settle();
    for (const member of [alice, bob]) deepStrictEqual(textsOf(member), ["stays"]);
  });
}

Deno.test("Nobody in a private group is shown a message in clear, nor one sealed under no key as anything but sealed", () => {
  const { admin, bob, world, gives } = bound(new Refusing("private"));
  const at = () => leafPath(admin.pair.pk, world.nowNs, 1);
  const make = (key?: Uint8Array) =>
    encodeLeaf(makeLeaf({ author: admin.pair, tsNs: world.nowNs, text: "x", key }, world.random, hashSigner));
  deepStrictEqual(gives(at(), make()), ["it is in clear in a private group"]);
  deepStrictEqual(textsOf(bob), []);
  world.nowNs += 1n;
  deepStrictEqual(gives(at(), make(new Uint8Array(32))), []);
  deepStrictEqual(textsOf(bob), [undefined]);
});

Deno.test("Nobody is shown what a member says in a channel, while it is muted, or in a read-only group", () => {
  const channel = new World("public", seeded(78), hashSigner, "channel");
  const [alice, bob] = [channel.founder, channel.join()];
  channel.settle();
  channel.post(bob, "x");
  deepStrictEqual(bob.refused, ["this is a channel — only admins can post"]);
  // A program that knows no channels posts all the same.
  const leaf = makeLeaf({ author: bob.pair, tsNs: channel.nowNs, text: "x" }, channel.random, hashSigner);
  const path = leafPath(bob.pair.pk, channel.nowNs, 1);
  channel.do(alice, { kind: "leaves", feed: bob.pair.pk, leaves: [{ path, value: encodeLeaf(leaf) }] });
  deepStrictEqual([textsOf(alice), alice.dropped], [[], ["its sender may not speak"]]);
  for (const [op, about] of [[3, true], [5, false]] as const) {
    const { world, admin, bob, gives } = bound(new Refusing("public"));
    world.decide(world.founder, "mod", op, about ? bob : NULL_PK);
    world.settle();
    world.nowNs += 1_000_000_000n;
    const said = makeLeaf({ author: bob.pair, tsNs: world.nowNs, text: "x" }, world.random, hashSigner);
    const at = leafPath(bob.pair.pk, world.nowNs, 1);
    for (const member of [world.founder, admin]) {
      world.do(member, {
        kind: "leaves",
        feed: bob.pair.pk,
        leaves: [{ path: at, value: encodeLeaf(said) }],
      });
      deepStrictEqual([textsOf(member), member.dropped.splice(0)], [[], ["its sender may not speak"]]);
    }
    ok(gives(at, encodeLeaf(said)).length === 1);
  }
});

Deno.test("Nobody is shown what an admin says while it is muted; in a read-only group it speaks", () => {
  for (const [op, isMute] of [[3, true], [5, false]] as const) {
    const { world, admin, bob, gives } = bound(new Refusing("public"));
    const before = leafPath(admin.pair.pk, world.nowNs, 1);
    const said = (text: string) =>
      encodeLeaf(makeLeaf({ author: admin.pair, tsNs: world.nowNs, text }, world.random, hashSigner));
    const early = said("before");
    world.nowNs += 1_000_000_000n;
    world.decide(world.founder, "mod", op, isMute ? admin : NULL_PK);
    world.settle();
    deepStrictEqual(gives(before, early), []);
    world.nowNs += 1_000_000_000n;
    const dropped = gives(leafPath(admin.pair.pk, world.nowNs, 2), said("since"));
    deepStrictEqual(dropped, isMute ? ["its sender may not speak"] : []);
    deepStrictEqual(textsOf(bob), isMute ? ["before"] : ["before", "since"]);
    world.post(admin, "x");
    const refused = ["you are restricted from sending messages in this group"];
    deepStrictEqual(admin.refused, isMute ? refused : []);
  }
});

const bound = (r: Refusing) => ({
  ...{ world: r.world, admin: r.admin, bob: r.bob },
  gives: (path: string, value: Uint8Array) => [...r.gives(path, value)],
});
