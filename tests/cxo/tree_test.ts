import fc from "fast-check";
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { TreeBuilder } from "../../lib/cxo/feed/builder.ts";
import { changesOf, leafAt } from "../../lib/cxo/feed/diff.ts";
import { KeptObjects } from "../../lib/cxo/feed/objects_kept.ts";
import type { ObjectKind } from "../../lib/cxo/feed/places.ts";
import { type HashKey, hashKey, nameOf } from "../../lib/cxo/objects/hash.ts";
import { encodeRefsNode, encodeRefsRoot } from "../../lib/cxo/objects/refs.ts";
import { compareNames, decodeEntry, encodeEntry, encodeLeaf, encodeSub } from "../../lib/cxo/objects/tree.ts";
import { concat, fromUtf8, toHex, utf8 } from "../../lib/wire/bytes.ts";
import { ProtocolError } from "../../lib/wire/errors.ts";
import { BuiltTree, type Model, modelOf } from "./helpers.ts";

const BLANK = new Uint8Array(32);

/** Whether a path lies at or under a prefix, by whole segments; the empty prefix holds all. */
function isUnder(path: string, prefix: string): boolean {
  const head = prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
  return head === "" || path === head || path.startsWith(`${head}/`);
}

Deno.test("Names stand in the order of their UTF-8 bytes", () => {
  const text = fc.string({ unit: "grapheme" }).filter((t) => t.isWellFormed());
  fc.assert(fc.property(text, text, (a, b) => {
    const [x, y] = [toHex(utf8(a)), toHex(utf8(b))];
    strictEqual(Math.sign(compareNames(a, b)), x === y ? 0 : x < y ? -1 : 1);
  }));
  ok(compareNames("\u{1f600}", "\uff5e") > 0);
  deepStrictEqual(["9", "é", "a", "Z", "10"].sort(compareNames), ["10", "9", "Z", "a", "é"]);
});

type Step = { put: string; value: string } | { prune: string } | { save: true };

const name = fc.constantFrom("a", "b", "é", "10", "9", "z");
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ put: path, value: fc.string({ minLength: 1, maxLength: 3 }) }) },
    { weight: 2, arbitrary: fc.record({ prune: path }) },
    { weight: 2, arbitrary: fc.constant({ save: true } as const) },
  ),
  { maxLength: 40 },
);

/** Whether a put is possible: no leaf on the way, no level at the end. */
function fits(model: Model, at: string): boolean {
  const parts = at.split("/");
  for (let i = 1; i < parts.length; i++) if (model.has(parts.slice(0, i).join("/"))) return false;
  return ![...model.keys()].some((other) => other.startsWith(`${at}/`));
}

function freshTop(model: Model): string {
  const builder = new TreeBuilder();
  for (const [at, value] of model) builder.put(at, utf8(value));
  return hashKey(builder.build(() => {}));
}

function apply(model: Model, changes: ReturnType<typeof changesOf>): Model {
  const out = new Map(model);
  for (const { kind, path, value } of changes) {
    strictEqual(out.has(path), kind !== "inserted", `${kind} ${path}`);
    if (kind === "removed") out.delete(path);
    else out.set(path, fromUtf8(value));
  }
  return out;
}

Deno.test("TreeBuilder gives the tree of its leaves, whatever led there, and the diff leads from one to the next", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const tree = new BuiltTree();
      const model: Model = new Map();
      let before: { top: HashKey; model: Model } | undefined;
      for (const step of [...list, { save: true } as const]) {
        if ("put" in step) {
          if (fits(model, step.put)) {
            tree.put(step.put, step.value);
            model.set(step.put, step.value);
          } else throws(() => tree.put(step.put, step.value), RangeError);
        } else if ("prune" in step) {
          const gone = [...model.keys()].filter((at) => isUnder(at, step.prune));
          strictEqual(tree.builder.prune(step.prune), gone.length);
          for (const at of gone) model.delete(at);
        } else {
          const top = tree.save(true);
          strictEqual(top, freshTop(model), "equal leaves, equal top");
          deepStrictEqual([...tree.read(top)].sort(), [...model].sort());
          deepStrictEqual([...tree.builder.paths()], [...tree.read(top).keys()]);
          strictEqual(tree.builder.leaves, model.size);
          for (const [at, value] of model) strictEqual(fromUtf8(leafAt(tree.kept, top, at)!), value);
          strictEqual(leafAt(tree.kept, top, "none/there"), undefined);
          const changes = changesOf(tree.kept, before?.top, top);
          deepStrictEqual([...apply(before?.model ?? new Map(), changes)].sort(), [...model].sort());
          before = { top, model: new Map(model) };
        }
      }
    }),
    { numRuns: 150 },
  );
});

Deno.test("Refs keep their shape through growing, shrinking and changes anywhere", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ at: fc.nat(700), count: fc.nat(300), remove: fc.boolean() }), { maxLength: 8 }),
      (rounds) => {
        const tree = new BuiltTree();
        const model: Model = new Map();
        for (const { at, count, remove } of rounds) {
          for (let i = at; i < at + count; i++) {
            const name = String(i).padStart(4, "0");
            if (remove) {
              strictEqual(tree.builder.delete(name), model.delete(name));
            } else {
              tree.put(name, `${i}-${count}`);
              model.set(name, `${i}-${count}`);
            }
          }
          const before = model.size;
          const top = tree.save();
          strictEqual(top, freshTop(model));
          strictEqual(tree.read(top).size, before);
        }
      },
    ),
    { numRuns: 12 },
  );
});

Deno.test("A level of which one went at the front and one came behind has all its names, and loses its last alone", () => {
  const tree = new BuiltTree();
  const model: Model = new Map();
  const put = (i: number): void => {
    const name = String(i).padStart(4, "0");
    tree.put(name, "x");
    model.set(name, "x");
  };
  for (let i = 0; i < 600; i++) put(i);
  tree.save();
  tree.builder.delete("0003");
  model.delete("0003");
  put(600);
  const top = tree.save();
  strictEqual(top, freshTop(model));
  deepStrictEqual([...tree.read(top).keys()], [...model.keys()]);
  tree.builder.delete("0600"); // nothing moves
  model.delete("0600");
  strictEqual(tree.save(), freshTop(model));
});

Deno.test("A put in a large level makes few objects, and the diff reads few", () => {
  const tree = new BuiltTree();
  for (let i = 0; i < 5000; i++) tree.put(`msgs/${String(i).padStart(6, "0")}/1`, "x");
  let before = tree.save(true);
  for (let i = 5000; i < 5020; i++) {
    tree.put(`msgs/${String(i).padStart(6, "0")}/1`, "x");
    const top = tree.save(true);
    ok(tree.made <= 14, `${tree.made} objects`);
    deepStrictEqual(changesOf(tree.kept, before, top).map(({ path }) => path), [`msgs/00${i}/1`]);
    before = top;
  }
});

Deno.test("A value that takes the place of another in a large level makes few objects", () => {
  const tree = new BuiltTree();
  for (let i = 0; i < 5000; i++) tree.put(String(i).padStart(6, "0"), "x");
  tree.save(true);
  for (const i of [0, 17, 2500, 4999]) {
    tree.put(String(i).padStart(6, "0"), "y");
    tree.save(true);
    ok(tree.made <= 6, `${tree.made} objects`); // entry, three nodes, Refs root, level
  }
});

Deno.test("Put and prune refuse what no tree can hold, and change nothing then", () => {
  const tree = new BuiltTree();
  tree.put("a/b", "1");
  const top = tree.save();
  throws(() => tree.put("a/b/c", "2"), /leaf stands on the way/);
  throws(() => tree.put("a", "2"), /is a level/);
  throws(() => tree.put("x/y", ""), /empty value/);
  for (const bad of ["", "/a", "a//b", "a/", "\ud800", Array(17).fill("a").join("/")]) {
    throws(() => tree.put(bad, "1"), RangeError, bad);
  }
  strictEqual(tree.builder.prune("nothing/here"), 0);
  strictEqual(tree.builder.delete("a"), false);
  strictEqual(tree.save(), top);
  strictEqual(tree.builder.prune(""), 1);
  strictEqual(toHex(nameOf(BLANK)).slice(0, 8), "66687aad");
  strictEqual(tree.save(), hashKey(nameOf(BLANK)));
});

Deno.test("Kept objects go when the last Root that names them goes, and stay before", () => {
  const tree = new BuiltTree();
  const tops: HashKey[] = [];
  for (let i = 0; i < 40; i++) {
    tree.put(`m/${i % 7}/${i}`, "v");
    if (i % 5 === 4) tree.builder.prune(`m/${i % 7}`);
    tops.push(tree.save(true));
  }
  const models = tops.map((top) => tree.read(top));
  for (const [i, top] of tops.entries()) {
    deepStrictEqual(tree.read(top), models[i]);
    tree.kept.release(top);
  }
  strictEqual(tree.kept.size, 0);
  strictEqual(tree.kept.bytes, 0);
});

/** Objects by name, as a peer would serve them. */
class Offered {
  readonly objects = new Map<HashKey, Uint8Array>();
  put(bytes: Uint8Array): Uint8Array {
    const hash = nameOf(bytes);
    this.objects.set(hashKey(hash), bytes);
    return hash;
  }
  leaf = (name: string, value = "v"): Uint8Array => this.put(encodeLeaf(name, utf8(value)));
  sub = (name: string, node: Uint8Array): Uint8Array => this.put(encodeSub(name, node));
  refs = (depth: number, length: number, ...elements: Uint8Array[]): Uint8Array =>
    this.put(encodeRefsRoot({ depth, degree: 16, length, elements: concat(...elements) }));
  inner = (length: number, ...elements: Uint8Array[]): Uint8Array =>
    this.put(encodeRefsNode({ length, elements: concat(...elements) }));
  node = (refs: Uint8Array): Uint8Array => this.put(refs.slice());
  level = (...entries: Uint8Array[]): Uint8Array => this.node(this.refs(0, entries.length, ...entries));

  /** Fetches a tree. */
  fill(top: Uint8Array, limits = {}, kind: ObjectKind = "node"): KeptObjects {
    const kept = new KeptObjects(limits);
    kept.hold(hashKey(top), kind);
    for (let next = kept.takeWanted(); next; next = kept.takeWanted()) {
      const bytes = this.objects.get(next.key);
      ok(bytes, "an object that is not there");
      kept.supply(next, bytes);
    }
    return kept;
  }
}

Deno.test("Reader takes uneven nodes, any width and an unsorted level", () => {
  const o = new Offered();
  const names = ["c", "a", "b"];
  const uneven = o.refs(
    2,
    3,
    o.inner(1, o.inner(1, o.leaf("a"))),
    o.inner(2, o.inner(2, o.leaf("b"), o.leaf("c"))),
  );
  const unsorted = o.refs(0, 3, ...names.map((name) => o.leaf(name)));
  for (const refs of [uneven, unsorted]) {
    const top = o.node(refs);
    const kept = o.fill(top);
    deepStrictEqual([...modelOf(kept, hashKey(top)).keys()].sort(), ["a", "b", "c"]);
    for (const name of names) strictEqual(fromUtf8(leafAt(kept, hashKey(top), name)!), "v");
  }
  const both = new KeptObjects();
  for (const top of [o.node(uneven), o.node(unsorted)]) both.hold(hashKey(top), "node");
  for (let next = both.takeWanted(); next; next = both.takeWanted()) {
    both.supply(next, o.objects.get(next.key)!);
  }
  deepStrictEqual(changesOf(both, hashKey(o.node(uneven)), hashKey(o.node(unsorted))), []);
});

Deno.test("Reader skips a leaf without a value and a level without leaves", () => {
  const o = new Offered();
  const top = o.level(o.leaf("a", ""), o.leaf("b"), o.sub("c", o.node(BLANK)));
  deepStrictEqual([...modelOf(o.fill(top), hashKey(top))], [["b", "v"]]);
});

/** The same level 16 times in a level, and that so again: few objects, of which a reader would walk for days. */
function manyPlaces(o: Offered, level: Uint8Array): Uint8Array {
  for (let i = 0; i < 8; i++) {
    const sub = level;
    level = o.level(...Array.from("abcdefghijklmnop", (name) => o.sub(`${i}-${name}`, sub)));
  }
  return level;
}

const refused: Readonly<Record<string, (o: Offered) => Uint8Array>> = {
  "a value beside a sub-level": (o) =>
    o.level(o.put(encodeEntry({ name: "a", sub: o.node(BLANK), leaf: utf8("v") }))),
  "an empty name": (o) => o.level(o.leaf("")),
  "a name with a slash": (o) => o.level(o.leaf("a/b")),
  "a name of 4,097 letters": (o) => o.level(o.leaf("a".repeat(4097))),
  "a name twice, side by side": (o) => o.level(o.leaf("a", "1"), o.leaf("a", "2")),
  "a name twice, apart": (o) => o.level(o.leaf("a", "1"), o.leaf("b"), o.leaf("a", "2")),
  "the same entry twice": (o) => o.level(o.leaf("a"), o.leaf("a")),
  "a leaf and a level of one name": (o) => o.level(o.leaf("a"), o.sub("a", o.level(o.leaf("b")))),
  "Refs without elements": (o) => o.node(o.refs(0, 0)),
  "Refs of length 0": (o) => o.node(o.refs(0, 0, o.leaf("a"))),
  "a Refs node without elements": (o) => o.node(o.refs(1, 1, o.inner(1))),
  "fewer objects than elements": (o) => o.node(o.refs(0, 1, o.leaf("a"), o.leaf("b"))),
  "a length that is not the elements'": (o) => o.node(o.refs(0, 2, o.leaf("a"))),
  "a length that is not the sum": (o) =>
    o.node(o.refs(1, 3, o.inner(1, o.leaf("a")), o.inner(1, o.leaf("b")))),
  "an inner length that is not the elements'": (o) => o.node(o.refs(1, 2, o.inner(2, o.leaf("a")))),
  "Refs too deep": (o) => o.node(o.refs(9, 1, o.leaf("a"))),
  "a width of 1": (o) =>
    o.node(o.put(encodeRefsRoot({ depth: 0, degree: 1, length: 1, elements: o.leaf("a") }))),
  "a width of 1025": (o) =>
    o.node(o.put(encodeRefsRoot({ depth: 0, degree: 1025, length: 1, elements: o.leaf("a") }))),
  "more elements than the width": (o) =>
    o.node(
      o.put(
        encodeRefsRoot({
          depth: 0,
          degree: 2,
          length: 3,
          elements: concat(o.leaf("a"), o.leaf("b"), o.leaf("c")),
        }),
      ),
    ),
  "a blank element": (o) => o.node(o.refs(0, 1, BLANK)),
  "a level of 31 bytes": (o) => o.put(new Uint8Array(31)),
  "an entry that is cut": (o) => o.level(o.put(encodeLeaf("a", utf8("value")).subarray(0, -1))),
  "an entry whose name is no UTF-8": (o) =>
    o.level(o.put(concat(Uint8Array.of(1, 0, 0, 0, 0xff), BLANK, Uint8Array.of(1, 0, 0, 0, 1)))),
  "an object in two kinds of places": (o) => {
    const entry = o.leaf("a");
    return o.node(o.refs(1, 1, o.inner(1, entry), entry));
  },
  "17 levels": (o) => {
    let node = o.level(o.leaf("leaf"));
    for (let i = 0; i < 16; i++) node = o.level(o.sub(`l${i}`, node));
    return node;
  },
  "the same level in 16^8 places": (o) => manyPlaces(o, o.level(o.leaf("leaf"))),
  "a level of a leaf without a value in 16^8 places": (o) => manyPlaces(o, o.level(o.leaf("leaf", ""))),
  "an empty level in 16^8 places": (o) => manyPlaces(o, o.node(BLANK)),
  "the same Refs node in 16^7 places": (o) => {
    let [node, length] = [o.inner(1, o.leaf("leaf")), 1];
    for (let i = 0; i < 6; i++) {
      node = o.inner(length *= 16, ...Array(16).fill(node));
    }
    return o.node(o.refs(7, length * 16, ...Array(16).fill(node)));
  },
};

for (const [what, make] of Object.entries(refused)) {
  Deno.test(`Reader refuses ${what}`, () => {
    const o = new Offered();
    throws(() => o.fill(make(o)), ProtocolError);
  });
}

Deno.test("A level may stand in several places, with four ends for each object beyond the first thousand", () => {
  const o = new Offered();
  const shared = o.level(...Array.from({ length: 16 }, (_, i) => o.leaf(`k${i}`)));
  /** Levels of 16 entries that all lead to the same one. @returns The tree, and how many ends it has. */
  const tree = (levels: number): [Uint8Array, number] => {
    const subs = Array.from(
      { length: levels },
      (_, i) => o.sub(`${i}`.padStart(3, "0"), o.level(...[..."abcdefgh"].map((c) => o.sub(c + i, shared)))),
    );
    const nodes = Array.from({ length: Math.ceil(levels / 16) }, (_, i) => subs.slice(16 * i, 16 * i + 16));
    const refs = o.refs(1, levels, ...nodes.map((some) => o.inner(some.length, ...some)));
    return [o.node(refs), levels * 128];
  };
  const [few, ends] = tree(12);
  ok(ends > 1024);
  strictEqual(modelOf(o.fill(few), hashKey(few)).size, ends);
  throws(() => o.fill(tree(100)[0]), /too many places/);
});

Deno.test("16 levels are read", () => {
  const o = new Offered();
  let node = o.level(o.leaf("leaf"));
  for (let i = 0; i < 15; i++) node = o.level(o.sub(`l${i}`, node));
  strictEqual(modelOf(o.fill(node), hashKey(node)).size, 1);
});

Deno.test("What a peer was asked for is asked of nobody else, whatever is aimed at, before it was given back", () => {
  const o = new Offered();
  const top = o.level(o.leaf("a"));
  const kept = new KeptObjects();
  kept.aim(hashKey(top), "node");
  const asked = kept.takeWanted()!;
  strictEqual(kept.takeWanted(), undefined);
  kept.aim(hashKey(top), "node");
  strictEqual(kept.takeWanted(), undefined);
  kept.putBack(asked);
  strictEqual(kept.takeWanted(), asked);
});

Deno.test("Reader refuses more objects, more bytes and longer objects than it may keep", () => {
  const o = new Offered();
  const top = o.level(...Array.from({ length: 10 }, (_, i) => o.leaf(`k${i}`, "v".repeat(100))));
  o.fill(top, { maxObjects: 12 });
  throws(() => o.fill(top, { maxObjects: 11 }), /too large/);
  throws(() => o.fill(top, { maxBytes: 1000 }), /too large/);
  throws(() => o.fill(top, { maxObjectBytes: 140 }), /too large/);
});

Deno.test("Entry reads what it wrote", () => {
  const leafName = fc.string({ minLength: 1, unit: "grapheme" }).filter((t) =>
    t.isWellFormed() && !t.includes("/")
  );
  fc.assert(fc.property(leafName, fc.uint8Array(), fc.uint8Array({ maxLength: 3 }), (name, leaf, behind) => {
    const bytes = concat(encodeLeaf(name, leaf), behind);
    deepStrictEqual(decodeEntry(bytes), { name, sub: BLANK, leaf });
  }));
});
