/** Runner of the group `encoder` of cxo.json. Its entries describe a value in words; the words are read here. */
import { ok } from "node:assert/strict";
import { Decoder, Encoder } from "../../../lib/cxo/objects/codec.ts";
import { fromHex } from "../../../lib/wire/bytes.ts";
import { entries, hexEqual } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

type Write = (out: Encoder, value: string) => void;
type Copy = (from: Decoder, out: Encoder) => void;

/** Also infinity as Go prints it: `+Inf`. */
const float = (text: string): number => Number(text.replace(/Inf$/, "Infinity"));

/** By the word of a description: how a value is written from its text, and how it is read and written again. */
const KINDS: Readonly<Record<string, { write: Write; copy: Copy }>> = {
  u8: { write: (o, v) => o.u8(Number(v)), copy: (f, o) => o.u8(f.u8()) },
  i8: { write: (o, v) => o.u8(Number(v) & 0xff), copy: (f, o) => o.u8(f.u8()) },
  u16: { write: (o, v) => o.u16(Number(v)), copy: (f, o) => o.u16(f.u16()) },
  i16: { write: (o, v) => o.u16(Number(v) & 0xffff), copy: (f, o) => o.u16(f.u16()) },
  u32: { write: (o, v) => o.u32(Number(v)), copy: (f, o) => o.u32(f.u32()) },
  i32: { write: (o, v) => o.u32(Number(v) >>> 0), copy: (f, o) => o.u32(f.u32()) },
  u64: { write: (o, v) => o.u64(BigInt(v)), copy: (f, o) => o.u64(f.u64()) },
  i64: { write: (o, v) => o.i64(BigInt(v)), copy: (f, o) => o.i64(f.i64()) },
  f32: { write: (o, v) => o.f32(float(v)), copy: (f, o) => o.f32(f.f32()) },
  f64: { write: (o, v) => o.f64(float(v)), copy: (f, o) => o.f64(f.f64()) },
  float32: { write: (o, v) => o.f32(float(v)), copy: (f, o) => o.f32(f.f32()) },
  float64: { write: (o, v) => o.f64(float(v)), copy: (f, o) => o.f64(f.f64()) },
  bool: { write: (o, v) => o.bool(v === "true"), copy: (f, o) => o.bool(f.bool()) },
  string: { write: (o, v) => o.string(v), copy: (f, o) => o.string(f.string()) },
  bytes: { write: (o, v) => o.bytes(fromHex(v)), copy: (f, o) => o.bytes(f.bytes()) },
};

/** A struct's fields, an empty value, or a single field. */
export const cxoEncoder: GroupRunner = (group) =>
  entries(group, ({ description }) => description, ({ description, hex }) => check(description, hex));

function check(description: string, hex: string): void {
  const [out, again] = [new Encoder(), new Encoder()];
  const from = new Decoder(fromHex(hex), "vector");
  for (const field of fieldsOf(description.replace(/^struct of /, ""))) write(field, out, from, again);
  from.end();
  hexEqual(out.done(), hex, "encoded");
  hexEqual(again.done(), hex, "decoded and encoded");
}

function write(field: string, out: Encoder, from: Decoder, again: Encoder): void {
  if (/^(empty struct)?$/.test(field)) return;
  if (/^empty (slice|string|bytes|map)/.test(field)) {
    out.count(0);
    again.count(from.count());
    return;
  }
  const slice = /^slice (?:of )?(\w+)[ =](\[.*\])$/.exec(field);
  if (slice) {
    const elements = elementsOf(slice[2]);
    out.count(elements.length);
    const count = from.count();
    again.count(count);
    for (const element of elements) {
      kind(slice[1]).write(out, element.replace(/^\[(.*)\]$/, "$1").replaceAll(",", ""));
    }
    for (let i = 0; i < count; i++) kind(slice[1]).copy(from, again);
    return;
  }
  const array = /^array(\d+)=([0-9a-f]*)$/.exec(field);
  if (array) {
    out.fixed(fromHex(array[2]));
    again.fixed(from.fixed(Number(array[1])));
    return;
  }
  const plain = /^(\w+)=(.*)$/s.exec(field);
  ok(plain, `field "${field}" is not understood`);
  kind(plain[1]).write(out, plain[2]);
  kind(plain[1]).copy(from, again);
}

/** Also by Go's name of it: `uint16`, `int64`. */
function kind(goWord: string) {
  const word = goWord.replace(/^(u?)int(?=\d)/, (_all, unsigned) => unsigned || "i");
  ok(Object.hasOwn(KINDS, word), `kind "${word}" is not known`);
  return KINDS[word];
}

/** Parts between commas that stand outside of brackets. */
function fieldsOf(text: string): string[] {
  const fields: string[] = [];
  let [depth, from] = [0, 0];
  for (let i = 0; i <= text.length; i++) {
    if (text[i] === "[") depth++;
    if (text[i] === "]") depth--;
    if (i < text.length && (text[i] !== "," || depth > 0)) continue;
    fields.push(text.slice(from, i).trim());
    from = i + 1;
  }
  return fields;
}

const elementsOf = (list: string): string[] => {
  const inner = list.slice(1, -1);
  return inner === "" ? [] : fieldsOf(inner);
};
