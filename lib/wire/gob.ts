/**
 * The part of Go's gob encoding that dmsg objects use: one self-contained struct value.
 *
 * A {@link GobSchema} says which fields we know. It gives the type definitions that we send, and picks by name
 * from whatever definitions a peer sent; fields that it doesn't name are walked past, missing ones are zero.
 *
 * @see specification dmsg §10.2; lib/dmsg/README.md "Signed objects"
 * @module
 */
import { concat, utf8 } from "./bytes.ts";
import { GobCursor, gobError } from "./gob_cursor.ts";
import { BUILTIN, FIRST_USER_ID, type GobType, GobTypes, namedField } from "./gob_types.ts";

/** A struct: fields in Go's order. */
export interface GobStruct {
  /** Tells it from the other kinds. */
  readonly kind: "struct";
  /** Go's name of the type. */
  readonly name: string;
  /** Fields by their Go names, in Go's order. */
  readonly fields: { readonly [name: string]: GobSchema };
  /** What Go's errors call the type, and the types of its fields; without it by the names here. */
  readonly said?: { readonly type: string; readonly fields: { readonly [name: string]: string } };
}

/** A fixed array of bytes, or a type with a binary marshaller (a key): the same for us, not on the wire. */
export interface GobFixed {
  /** How Go writes it: element by element, or as one run. */
  readonly kind: "array" | "binary";
  /** Go's name of the type. */
  readonly name: string;
  /** Exactly this many bytes. */
  readonly length: number;
  /** What it is called when it is wrong; else by its name. */
  readonly called?: string;
  /** Whether these bytes are one: Go's unmarshaller is asked while the struct is read. */
  readonly isValid?: (bytes: Uint8Array) => boolean;
}

/** A type that both sides know: `int` is 64 bits signed, `uint16` a Go uint16. */
export type GobSchema = "bool" | "int" | "uint16" | "bytes" | GobFixed | GobStruct;

/** The value of a schema. */
export type GobValue<S> = S extends "bool" ? boolean
  : S extends "int" ? bigint
  : S extends "uint16" ? number
  : S extends "bytes" | GobFixed ? Uint8Array
  : S extends { readonly fields: infer F } ? { [K in keyof F]: GobValue<F[K]> }
  : never;

const BUILTIN_ID = { bool: BUILTIN.bool, int: BUILTIN.int, uint16: BUILTIN.uint, bytes: BUILTIN.bytes };
const MAX_UINT16 = 0xffff;
const MAX_UINT64 = (1n << 64n) - 1n;

/**
 * A number of 0 … 2^64-1: one byte below 128, else 256-n and n big-endian bytes.
 * @throws {RangeError} Any other number.
 */
export function encodeUint(value: number | bigint): Uint8Array {
  if (value < 0 || value > MAX_UINT64) throw new RangeError("number does not fit into 64 bits");
  if (value < 0x80) return Uint8Array.of(Number(value));
  const bytes: number[] = [];
  for (let rest = BigInt(value); rest > 0n; rest >>= 8n) bytes.unshift(Number(rest & 0xffn));
  return Uint8Array.of(256 - bytes.length, ...bytes);
}

/**
 * A number of -2^63 … 2^63-1: the sign in the lowest bit, complemented when negative.
 * @throws {RangeError} Any other number.
 */
export function encodeInt(value: number | bigint): Uint8Array {
  const wide = BigInt(value);
  return encodeUint(wide < 0n ? (~wide << 1n) | 1n : wide << 1n);
}

/** A byte run with its length in front. */
export const encodeBytes = (bytes: Uint8Array): Uint8Array => concat(encodeUint(bytes.length), bytes);

/**
 * Struct fields: each with its distance from the one before, then the end mark.
 * @param values  In the type's order; undefined for one that is left out.
 */
export function encodeFields(values: readonly (Uint8Array | undefined)[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let last = -1;
  values.forEach((value, index) => {
    if (value === undefined) return;
    parts.push(encodeUint(index - last), value);
    last = index;
  });
  return concat(...parts, Uint8Array.of(0));
}

/**
 * Encodes one struct with its definitions in front; type ids count from 64 in order of first use.
 * @param value  Zero values are left out on the wire.
 * @returns The whole stream.
 * @throws {RangeError} A number or a fixed length does not fit its field.
 */
export function encodeGob<S extends GobStruct>(value: GobValue<S>, schema: S): Uint8Array {
  const ids = assignIds(schema, new Map());
  const definitions = [...ids].map(([type, id]) => encodeMessage(-id, encodeDefinition(type, id, ids)));
  return concat(...definitions, encodeMessage(FIRST_USER_ID, encodeStruct(value, schema)));
}

type Ids = Map<GobStruct | GobFixed, number>;

/** Gives the schema and what is in it their ids, in the order in which Go does it. */
function assignIds(schema: GobSchema, ids: Ids): Ids {
  if (typeof schema === "string" || ids.has(schema)) return ids;
  ids.set(schema, FIRST_USER_ID + ids.size);
  if (schema.kind === "struct") { for (const field of Object.values(schema.fields)) assignIds(field, ids); }
  return ids;
}

const encodeMessage = (id: number, body: Uint8Array): Uint8Array => encodeBytes(concat(encodeInt(id), body));

const encodeNameAndId = (name: string, id: number): Uint8Array =>
  encodeFields([encodeBytes(utf8(name)), encodeInt(id)]);

/** A definition is a struct with one field set, which says the kind: 1 array, 3 struct, 6 binary. */
function encodeDefinition(type: GobStruct | GobFixed, id: number, ids: Ids): Uint8Array {
  const common = encodeNameAndId(type.name, id);
  if (type.kind === "struct") {
    const fields = Object.entries(type.fields).map(([name, field]) =>
      encodeNameAndId(name, typeof field === "string" ? BUILTIN_ID[field] : ids.get(field)!)
    );
    return encodeFields([...Array(2), encodeFields([common, concat(encodeUint(fields.length), ...fields)])]);
  }
  if (type.kind === "binary") return encodeFields([...Array(5), encodeFields([common])]);
  return encodeFields([encodeFields([common, encodeInt(BUILTIN.uint), encodeInt(type.length)])]);
}

/** The value of a schema with its type forgotten; what goes in and comes out is typed by {@link GobValue}. */
type Loose = boolean | number | bigint | Uint8Array | { readonly [name: string]: Loose };

function encodeStruct(value: Loose, schema: GobStruct): Uint8Array {
  const values = value as { readonly [name: string]: Loose };
  return encodeFields(Object.entries(schema.fields).map(([name, field]) => encodeValue(values[name], field)));
}

/** @returns undefined for a zero, which Go leaves out; arrays and structs are always written. */
function encodeValue(value: Loose, schema: GobSchema): Uint8Array | undefined {
  if (value instanceof Uint8Array) return encodeRun(value, schema);
  if (typeof value === "object") return encodeStruct(value, schema as GobStruct);
  if (!value) return undefined;
  if (schema === "int") return encodeInt(value as bigint);
  if (Number(value) > MAX_UINT16) throw new RangeError("number does not fit into 16 bits");
  return encodeUint(Number(value));
}

function encodeRun(bytes: Uint8Array, schema: GobSchema): Uint8Array | undefined {
  if (schema === "bytes") return bytes.length === 0 ? undefined : encodeBytes(bytes);
  const { kind, length, name } = schema as GobFixed;
  if (bytes.length !== length) throw new RangeError(`${name} must have ${length} bytes`);
  if (kind === "array") return concat(encodeUint(length), ...Array.from(bytes, encodeUint));
  return bytes.every((byte) => byte === 0) ? undefined : encodeBytes(bytes);
}

/**
 * Decodes one struct, following the definitions in front of it.
 * @param bytes  The whole stream. Bytes behind the value are ignored, as Go's decoder does it.
 * @param schema  The fields to pick. The sender's type name does not matter, only field names and types do.
 * @returns All fields of the schema; zero where the sender left one out. Byte runs are copies.
 * @throws {ProtocolError} by peer, code `gob`: `unexpected EOF` when truncated; malformed; a cap exceeded; a
 *   field of the schema with another type; an interface value, or a value that is not a struct.
 */
export function decodeGob<S extends GobStruct>(bytes: Uint8Array, schema: S): GobValue<S> {
  const stream = new GobCursor(bytes);
  const types = new GobTypes();
  for (;;) {
    const message = new GobCursor(stream.message());
    const id = message.int();
    if (id >= 0) {
      checkStruct(types, id, schema);
      checkMatch(types, id, schema);
      return decodeStruct(message, types, id, schema) as GobValue<S>;
    }
    types.define(-id, message);
  }
}

/** Go looks at the types of all fields before it reads a value, also of those that the value leaves out. */
function checkStruct(types: GobTypes, id: number, schema: GobStruct): void {
  const type = types.get(id);
  if (type.kind !== "struct") {
    const wanted = schema.said?.type ?? schema.name;
    throw gobError(`type mismatch in decoder: want struct type ${wanted}; got non-struct`);
  }
  for (const field of type.fields) {
    const { name, id } = namedField(field, type.name);
    if (!Object.hasOwn(schema.fields, name)) types.check(id);
    else if (!fits(types, id, schema.fields[name])) {
      const wanted = schema.said?.fields[name] ?? name;
      throw gobError(`wrong type (${wanted}) for received field ${type.name}.${name}`);
    }
  }
}

/** Of the whole value at least one field must be known, unless it has none. */
function checkMatch(types: GobTypes, id: number, schema: GobStruct): void {
  const { fields } = types.get(id) as GobType & { kind: "struct" };
  if (fields.length === 0 || fields.some(({ name }) => Object.hasOwn(schema.fields, name))) return;
  throw gobError(`type mismatch: no fields matched compiling decoder for ${schema.name}`);
}

/** Kinds of types with a marshaller of their own: never a struct to Go, whatever is in it. */
const MARSHALLED: ReadonlySet<GobType["kind"]> = new Set(["gobMarshalled", "binary", "text"]);

/** Whether values of a sender's type can be read by a schema. @throws As {@link checkStruct}, of what is in a struct. */
function fits(types: GobTypes, id: number, schema: GobSchema): boolean {
  if (typeof schema === "string") return id === BUILTIN_ID[schema];
  const type = types.get(id);
  if (schema.kind === "struct") {
    if (MARSHALLED.has(type.kind)) return false;
    checkStruct(types, id, schema);
    return true;
  }
  return type.kind === schema.kind &&
    (type.kind !== "array" || type.element === BUILTIN.uint && type.length === schema.length);
}

/** Its types have been checked. */
function decodeStruct(cursor: GobCursor, types: GobTypes, id: number, schema: GobStruct): Loose {
  const type = types.get(id) as GobType & { kind: "struct" };
  const struct = zeroOf(schema) as { [name: string]: Loose };
  cursor.fields(type.fields.length, (index) => {
    const { name, id } = type.fields[index];
    if (!Object.hasOwn(schema.fields, name)) types.skip(cursor, id, 1);
    else struct[name] = decodeValue(cursor, types, id, schema.fields[name], name, schema.said?.fields[name]);
  });
  return struct;
}

function decodeValue(
  cursor: GobCursor,
  types: GobTypes,
  id: number,
  schema: GobSchema,
  field: string,
  said: string = field,
): Loose {
  if (typeof schema === "object") {
    if (schema.kind === "struct") return decodeStruct(cursor, types, id, schema);
    return decodeFixed(cursor, schema, field);
  }
  switch (schema) {
    case "bool":
      return cursor.uint64() !== 0n;
    case "int":
      return cursor.int64();
    case "uint16":
      return decodeBelow(cursor, MAX_UINT16, field);
    case "bytes":
      return cursor.bytes(`bad ${said} slice length: 0`).slice();
  }
}

function decodeFixed(
  cursor: GobCursor,
  { kind, length, name, called = name, isValid }: GobFixed,
  field: string,
): Uint8Array {
  if (kind === "binary") {
    const bytes = cursor.bytes("GobDecoder: length too large for buffer");
    if (bytes.length !== length) throw gobError(`Invalid ${called} length`);
    if (isValid?.(bytes) === false) throw gobError(`Invalid ${called}`);
    return bytes.slice();
  }
  if (cursor.uint() !== length) {
    throw gobError("length mismatch in decodeArray: value of another length than its type");
  }
  return Uint8Array.from({ length }, () => decodeBelow(cursor, 0xff, `element of ${field}`));
}

function decodeBelow(cursor: GobCursor, max: number, what: string): number {
  const value = cursor.uint64();
  if (value > BigInt(max)) throw gobError(`value for "${what}" out of range`);
  return Number(value);
}

function zeroOf(schema: GobSchema): Loose {
  if (typeof schema === "object") {
    if (schema.kind !== "struct") return new Uint8Array(schema.length);
    return Object.fromEntries(Object.entries(schema.fields).map(([name, field]) => [name, zeroOf(field)]));
  }
  return { bool: false, int: 0n, uint16: 0, bytes: new Uint8Array(0) }[schema];
}
