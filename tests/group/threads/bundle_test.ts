/** Bundles: what is written is read, a changed byte is named, and sticks do what a network does. */
import fc from "fast-check";
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { BundleError, bundleLines, readBundle } from "../../../lib/group/threads/bundle.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { GROUP, type Member, rosterOf, seeded, textsOf, World } from "../sim/world.ts";

const textOf = (lines: readonly string[]): string => `${lines.join("\n")}\n`;

Deno.test("Bundle reads what it writes, and names the line of any byte that is another one", () => {
  const leaves = [
    { path: "roster/00001", value: utf8("{}") },
    { path: `msgs/${"02".repeat(33)}/5/1`, value: new Uint8Array([0, 255, 10]) },
  ];
  const bytes = utf8(textOf(bundleLines(GROUP, leaves)));
  deepStrictEqual(readBundle(fromUtf8(bytes)), { groupId: GROUP, leaves });
  const lineOf = (at: number): number => fromUtf8(bytes.subarray(0, at)).split("\n").length;
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 127 }), (at, by) => {
      const changed = bytes.slice();
      changed[at] ^= by;
      throws(() => readBundle(fromUtf8(changed)), (error) => {
        ok(error instanceof BundleError);
        // A line end that is none any more joins two lines, a new one parts one: the first of them is named.
        const isEnd = bytes[at] === 10 || changed[at] === 10;
        if (!isEnd && lineOf(at) > 1) ok(error.message.startsWith(`line ${lineOf(at)} `), error.message);
        return true;
      });
    }),
    { numRuns: 300 },
  );
  for (let cut = 0; cut < bytes.length; cut += 7) {
    throws(() => readBundle(fromUtf8(bytes.subarray(0, cut))), BundleError);
  }
});

Deno.test("A bundle of which whole lines are missing, doubled or of another form is refused", () => {
  const leaves = ["1", "2"].map((number) => ({ path: `roster/0000${number}`, value: utf8(number) }));
  const [head, one, two] = bundleLines(GROUP, leaves);
  const refused = (text: string, message: RegExp): void => {
    throws(() => readBundle(text), (error) => error instanceof BundleError && message.test(error.message));
  };
  refused(textOf([head, one]), /^there are 1 leaves, and line 1 says 2$/);
  refused(textOf([head, one, two, two]), /^there are 3 leaves, and line 1 says 2$/);
  refused(textOf([one, two]), /^line 1 is no beginning of a bundle$/);
  refused(textOf(["{}", one, two]), /^line 1 is no beginning of a bundle$/);
  refused(
    textOf([head.replace('"dmsg_bundle":1', '"dmsg_bundle":2'), one, two]),
    /^it is a bundle of version 2$/,
  );
  refused(textOf([head, `${one} `, two]), /^line 2 was changed$/); // the same leaf, written otherwise
  refused([head, one, two].join("\n"), /^line 3 has no end: the file was cut$/);
});

for (const mode of ["public", "private"] as const) {
  Deno.test(`Three members of a ${mode} group without a network end with the same by sticks, in any order and twice`, () => {
    const world = new World(mode, seeded(21));
    const [alice, bob, carol] = [world.founder, world.join(), world.join()];
    world.settle();
    world.decide(alice, "admin", 1, bob);
    world.settle();
    const stick = (from: Member): string => {
      const known = new Set(from.feed.keys());
      const archived = [...from.archive.values()].filter(({ path }) => !known.has(path));
      return textOf(
        bundleLines(GROUP, [...[...from.feed].map(([path, value]) => ({ path, value })), ...archived]),
      );
    };
    const take = (to: Member, bundle: string): void =>
      void world.do(to, { kind: "leaves", feed: to.pair.pk, leaves: readBundle(bundle).leaves });
    for (const [i, member] of [alice, bob, carol].entries()) world.post(member, `hello ${i}`);
    if (mode === "private") world.do(bob, { kind: "rotate" });
    world.post(bob, "under bob's key");
    const [first, second, third] = [stick(alice), stick(bob), stick(carol)];
    for (const bundle of [third, second, second, first]) take(alice, bundle);
    for (const bundle of [first, third, first]) take(bob, bundle);
    for (const bundle of [second, first, second, third]) take(carol, bundle);
    for (const member of [alice, bob, carol]) {
      deepStrictEqual(textsOf(member), ["hello 0", "hello 1", "hello 2", "under bob's key"]);
      deepStrictEqual(rosterOf(member), rosterOf(alice));
      strictEqual(member.record.keyEpoch, alice.record.keyEpoch);
      deepStrictEqual(member.engine.missing(), []);
    }
    const before = [alice, bob, carol].map(({ version }) => version);
    for (const bundle of [first, second, third]) for (const to of [alice, bob, carol]) take(to, bundle);
    deepStrictEqual([alice, bob, carol].map(({ version }) => version), before, "twice is the same as once");
  });
}
