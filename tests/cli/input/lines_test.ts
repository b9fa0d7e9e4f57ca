import { deepStrictEqual, rejects } from "node:assert/strict";
import { lines } from "../../../cli/input/lines.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";

/** Gives the bytes of a text in pieces of a size, then the end; or never ends. */
function source(text: string, pieceBytes: number, ends = true) {
  const bytes = utf8(text);
  let at = 0;
  return {
    read(into: Uint8Array): Promise<number | null> {
      const piece = bytes.subarray(at, at + Math.min(pieceBytes, into.length));
      if (piece.length === 0) return ends ? Promise.resolve(null) : new Promise(() => {});
      into.set(piece);
      at += piece.length;
      return Promise.resolve(piece.length);
    },
  };
}

const signal = new AbortController().signal;

Deno.test("Lines come whole however their bytes are cut", async () => {
  for (const pieceBytes of [1, 2, 3, 4096]) {
    const all = await Array.fromAsync(lines(source("één\r\n\n😀 two\nlast", pieceBytes), signal));
    deepStrictEqual(all, ["één", "", "😀 two", "last"]);
  }
  deepStrictEqual(await Array.fromAsync(lines(source("one\n", 9), signal)), ["one"]);
});

Deno.test("Lines before bytes that are no UTF-8 come, then those are refused", async () => {
  const bytes = Uint8Array.from([...utf8("one\ntwo\nthr"), 0xe9, 0x0a]);
  let given = false;
  const read = (into: Uint8Array) => {
    if (given) return Promise.resolve(null);
    given = true;
    into.set(bytes);
    return Promise.resolve(bytes.length);
  };
  const got: string[] = [];
  await rejects(async () => {
    for await (const line of lines({ read }, signal)) got.push(line);
  }, /byte 11 \(0xe9\)/);
  deepStrictEqual(got, ["one", "two"]);
});

Deno.test("Lines refuse one without an end", async () => {
  const endless = { read: (into: Uint8Array) => Promise.resolve(into.fill(97).length) };
  await rejects(Array.fromAsync(lines(endless, signal)), { kind: "usage" });
});

Deno.test("Lines end with their signal", async () => {
  const stop = new AbortController();
  const reading = Array.fromAsync(lines(source("one\ntw", 9, false), stop.signal));
  stop.abort(new Error("interrupted"));
  await rejects(reading, /interrupted/);
});
