/** Runners of cxo_node2019.json: dialogues with a real Go node of 2019. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { publicKeyOf } from "../../../lib/crypto/keys.ts";
import { verify } from "../../../lib/crypto/sign.ts";
import { encodeFrame } from "../../../lib/cxo/connection/frame.ts";
import { decodeMessage, encodeBody, type RootMessage } from "../../../lib/cxo/connection/message.ts";
import { nameOf } from "../../../lib/cxo/objects/hash.ts";
import { decodeRoot, encodeRoot, topOf } from "../../../lib/cxo/objects/root.ts";
import { concat, fromHex, readU32, toHex, writeU32 } from "../../../lib/wire/bytes.ts";
import { byMember, entries, hexEqual, hexOf, whole } from "../helpers.ts";
import type { GroupRunner, VectorCase } from "../types.ts";
import { isPlayable, type Recorded, Replay } from "./cxo_replay.ts";
import { treeObjects } from "./cxo_trees.ts";

// deno-lint-ignore no-explicit-any
type Json = any;

const recorded = (frame: Json): Recorded => ({
  from: frame.from,
  seq: frame.seq,
  rseq: frame.rseq,
  message: decodeMessage(frame.type, hexOf(frame, "body_hex")),
});

/** Objects of all dialogues of a file by hex name. */
function allObjects(file: Json): Map<string, Uint8Array> {
  const objects = new Map<string, Uint8Array>();
  for (const dialogue of file.dialogues) {
    for (const [name, hex] of Object.entries(dialogue.objects ?? {})) {
      objects.set(name, fromHex(hex as string));
    }
  }
  return objects;
}

/** The content of our frame in the wrapper of 2019: u8 1 ‖ u32 counter ‖ u32 length, big-endian. */
export function frame2019(counter: number, frame2026: Uint8Array): Uint8Array {
  const head = new Uint8Array(9);
  head[0] = 1;
  writeU32(head, 1, counter);
  writeU32(head, 5, readU32(frame2026, 0));
  return concat(head, frame2026.subarray(4));
}

/** Each frame, each object, each Root of each dialogue, and our node in the place of each side. */
export const cxoDialogues: GroupRunner = (group, file) => {
  ok(Array.isArray(group), "group is not a list");
  return group.flatMap((value: Json) =>
    whole(value, (dialogue): VectorCase[] => {
      const sides = [...new Set<string>(dialogue.frames.map(({ from }: Json) => from))];
      return [
        ...entries(
          dialogue.frames,
          ({ meaning }, i) => `${dialogue.name}: frame ${i}, ${meaning}`,
          (frame) => checkFrame(frame, dialogue.objects),
        ),
        ...Object.entries(dialogue.objects ?? {}).map(([name, hex]) => ({
          name: `${dialogue.name}: object ${name.slice(0, 8)}`,
          run: () => hexEqual(nameOf(fromHex(hex as string)), name, "name"),
        })),
        ...sides.filter((side) => isPlayable(side, dialogue.frames.map(recorded))).map((side) => ({
          name: `${dialogue.name}: our node as ${side}`,
          run: () => new Replay(side, dialogue.frames.map(recorded), allObjects(file)).play("none"),
        })),
      ];
    })
  );
};

function checkFrame(frame: Json, objects: Record<string, string>): void {
  const { message, seq, rseq } = recorded(frame);
  hexEqual(encodeBody(message), frame.body_hex, "encoded");
  hexEqual(encodeFrame(seq, rseq, message).subarray(13), frame.body_hex, "in a frame");
  const word = /^(\w+)/.exec(frame.meaning)![1];
  strictEqual(message.type, word, "message");
  if (message.type === "Root") checkRoot(message);
  if (message.type === "Object") {
    const name = toHex(nameOf(message.value));
    ok(Object.hasOwn(objects, name), "an object of the dialogue");
    hexEqual(message.value, objects[name], "object");
  }
}

function checkRoot(message: RootMessage): void {
  const root = decodeRoot(message.value);
  hexEqual(encodeRoot(root), toHex(message.value), "Root");
  deepStrictEqual([toHex(root.feed), root.nonce, root.seq], [
    toHex(message.feed),
    message.nonce,
    message.seq,
  ]);
  strictEqual(verify(message.feed, message.signature, message.value), true, "signature");
}

/** Keys belong together. */
export const cxo2019Keys: GroupRunner = (group) =>
  Object.keys(group).filter((member) => member.endsWith("_sk")).map((member) => ({
    name: member,
    run: () =>
      hexEqual(publicKeyOf(hexOf(group, member)), group[member.replace(/_sk$/, "_pk")], "public key"),
  }));

/** The trees of the leaves are those of the recorded Roots, object by object. */
export const cxo2019Leaves: GroupRunner = (group, file) => {
  const objects = allObjects(file);
  const tops = new Set<string>();
  for (const { frames } of file.dialogues) {
    for (const { message } of frames.map(recorded)) {
      if (message.type !== "Root") continue;
      const top = topOf(decodeRoot(message.value));
      if (top) tops.add(toHex(top));
    }
  }
  const check = (leaves: Record<string, string>): void => {
    const list = Object.entries(leaves).map(([path, hex]) => ({ path, value: fromHex(hex) }));
    const built = treeObjects(list);
    ok(tops.has(toHex(built.top)), "no recorded Root has this tree");
    for (const [name, bytes] of built.objects) hexEqual(bytes, toHex(objects.get(name)!), `object ${name}`);
  };
  return byMember(group, {
    first_root: (leaves) => [{ name: "first_root", run: () => check(leaves) }],
    second_root_adds: (leaves) => [
      { name: "second_root_adds", run: () => check({ ...group.first_root, ...leaves }) },
    ],
  });
};

/** Our first frame in the wrapper of 2019. */
export const cxo2019Framing: GroupRunner = (group, file) =>
  byMember(group, {
    link_2019: () => [],
    spec_2026: () => [],
    example_link_2019_first_frame_hex: (hex, member) => [{
      name: member,
      run: () => {
        const bytes = fromHex(hex);
        const id = fromHex(file.keys.subscriber_node_pk);
        const ours = encodeFrame(1, 0, { type: "Syn", protocol: 3, id });
        strictEqual(readU32(bytes, 5), bytes.length - 9, "length");
        hexEqual(frame2019(1, ours), hex, "frame");
      },
    }],
  });
