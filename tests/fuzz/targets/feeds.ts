/**
 * Decoders of CXO: frames, messages, Roots, objects, and whole nodes on either side of a connection.
 *
 * @module
 */
import { verify } from "../../../lib/crypto/sign.ts";
import { FrameCutter } from "../../../lib/cxo/connection/frame.ts";
import { decodeMessage, encodeBody } from "../../../lib/cxo/connection/message.ts";
import { linksOf, type ObjectKind } from "../../../lib/cxo/feed/places.ts";
import { CxoNode } from "../../../lib/cxo/node/node.ts";
import type { NodeIn, NodeOut } from "../../../lib/cxo/node/types.ts";
import { decodeRoot, encodeRoot } from "../../../lib/cxo/objects/root.ts";
import { concat, equal, fromHex, fromUtf8, toHex } from "../../../lib/wire/bytes.ts";
import { ProtocolError } from "../../../lib/wire/errors.ts";
import type { Target } from "../fuzz.ts";
import { cxo, hexSeeds } from "../seeds.ts";

const throws = [ProtocolError];

/** All frames of one side of the recorded transcript. */
const streamOf = (side: string): Uint8Array =>
  concat(
    // deno-lint-ignore no-explicit-any
    ...cxo.transcript.filter(({ from }: any) => from === side).map(({ frame_hex }: any) =>
      fromHex(frame_hex)
    ),
  );

/** The stream of frames. */
export const frames = (): Target => {
  const read = (pieces: Iterable<Uint8Array>, onFrame: (text: () => string) => void): void => {
    const cutter = new FrameCutter(({ type }) => type === 9 ? "skip" : "take");
    for (const piece of pieces) {
      cutter.push(
        piece,
        ({ seq, rseq, type }, body) => onFrame(() => `${seq} ${rseq} ${type} ${toHex(body)}`),
      );
    }
  };
  return {
    name: "cxo: frames",
    seeds: [...hexSeeds(cxo.transcript, "frame_hex"), streamOf("subscriber"), streamOf("publisher")],
    throws,
    run: (input) => read([input], () => {}),
    feed: (pieces) => {
      const out: string[] = [];
      try {
        read(pieces, (text) => void out.push(text()));
      } catch (error) {
        out.push((error as Error).message);
      }
      return out.join("\n");
    },
  };
};

/** A message behind its type byte: what is read is written the same. */
export const messages = (): Target => ({
  name: "cxo: messages",
  seeds: hexSeeds(cxo.messages, "hex"),
  throws,
  run: (input) => {
    if (input.length === 0) return;
    const body = input.subarray(1);
    const message = decodeMessage(input[0], body);
    const texts = message.type === "Err" || message.type === "Peers"; // not all texts are UTF-8
    if (!texts && !equal(encodeBody(message), body)) throw new Error("written again it differs");
  },
});

/** Roots; what is behind one is ignored. */
export const roots = (): Target => ({
  name: "cxo: Roots",
  seeds: hexSeeds(cxo, "encoded_hex"),
  throws,
  run: (input) => {
    const again = encodeRoot(decodeRoot(input));
    if (!equal(again, input.subarray(0, again.length))) throw new Error("written again it differs");
  },
});

const KINDS: readonly ObjectKind[] = ["node", "entry", "refs", "refs0", "refs1", "refs7", "registry"];

/** Objects, in the place that the first byte says. */
export const objects = (): Target => ({
  name: "cxo: objects",
  // deno-lint-ignore no-explicit-any
  seeds: cxo.trees.flatMap(({ objects }: any) =>
    Object.values(objects ?? {}).map((hex, i) =>
      concat(Uint8Array.of(i % KINDS.length), fromHex(hex as string))
    )
  ),
  throws,
  run: (input) => {
    if (input.length === 0) return;
    const { children } = linksOf(KINDS[input[0] % KINDS.length], input.subarray(1));
    if (children.length % 32 > 0) throw new Error("half a name");
  },
});

/** A node with a peer that writes the input. */
class Fuzzed {
  readonly #node: CxoNode;
  readonly #said: string[] = [];
  readonly #loud: boolean;

  constructor(pk: string, peer: string, dialled: boolean, loud: boolean) {
    this.#loud = loud;
    this.#node = new CxoNode({
      id: fromHex(pk),
      scheme: { sign: () => new Uint8Array(65), verify },
      wallNs: () => 1_767_225_600_123_456_789n,
      random: { fraction: () => 0 },
    });
    if (dialled) this.put({ kind: "follow", feed: peer, peers: [peer] });
    else this.put({ kind: "own", leaves: [{ path: "a/b", value: Uint8Array.of(1) }] });
    this.put({ kind: "open", conn: 1, peer, dialled });
  }

  put(input: NodeIn): void {
    for (const out of this.#node.handle(input, 0)) {
      if (out.kind === "write") this.put({ kind: "flushed", conn: 1, bytes: out.bytes.length });
      if (this.#loud) this.#said.push(wordsOf(out));
    }
  }

  play(pieces: Iterable<Uint8Array>): string {
    for (const bytes of pieces) this.put({ kind: "bytes", conn: 1, bytes });
    this.put({ kind: "eof", conn: 1 });
    return this.#said.join("\n");
  }
}

function wordsOf(out: NodeOut): string {
  if (out.kind === "write") return `write ${toHex(out.bytes)}`;
  if (out.kind === "close") return `close ${out.error?.message ?? ""}`;
  if (out.kind !== "filled") return out.kind;
  return `filled ${out.changes.map(({ kind, path, value }) => `${kind} ${path} ${fromUtf8(value)}`)}`;
}

/** A whole node: the one that is read, or the one that reads. */
export const node = (side: "publisher" | "subscriber"): Target => {
  const other = side === "publisher" ? "subscriber" : "publisher";
  const [pk, peer] = [cxo.keys[`${side}_pk`], cxo.keys[`${other}_pk`]];
  const make = (loud: boolean) => new Fuzzed(pk, peer, side === "subscriber", loud);
  return {
    name: `cxo: ${side}`,
    seeds: [streamOf(other), streamOf(other).subarray(0, 700)],
    garbage: true,
    run: (input) => void make(false).play([input]),
    feed: (pieces) => make(true).play(pieces),
  };
};
