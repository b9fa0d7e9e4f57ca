/**
 * Schemas, and the one registry that every tree feed names: computed here from its description, so that what is
 * embedded is the rule and not a constant.
 *
 * @see specification cxo §4; lib/cxo/README.md "Registry"
 * @module
 */
import { Encoder } from "./codec.ts";
import { nameOf } from "./hash.ts";

/** Numbers of kinds on the wire. */
const KIND = {
  bool: 1,
  int8: 3,
  int16: 4,
  int32: 5,
  int64: 6,
  uint8: 8,
  uint16: 9,
  uint32: 10,
  uint64: 11,
  float32: 13,
  float64: 14,
  array: 17,
  interface: 20,
  pointer: 22,
  slice: 23,
  string: 24,
  struct: 25,
} as const;

/** What a reference field refers by. */
const REFERENCE = { none: 0, ref: 1, refs: 2, dynamic: 3 } as const;

/** A field of a struct. */
export interface SchemaField {
  /** The field's name. */
  readonly name: string;
  /** The text of its tag; empty without one. */
  readonly tag: string;
  /** Its type. */
  readonly schema: Schema;
}

/** A type as a registry describes it. */
export interface Schema {
  /** One of {@link REFERENCE}; default none. */
  readonly reference?: number;
  /** One of {@link KIND}. */
  readonly kind: number;
  /** The registered or built-in name; empty for unnamed types. */
  readonly name?: string;
  /** Elements of an array. */
  readonly length?: number;
  /** Of a struct, in order. */
  readonly fields?: readonly SchemaField[];
  /** Of a slice, an array or a reference. */
  readonly element?: Schema;
}

/**
 * A schema's bytes: u32 reference type, u32 kind, name, u32 array length, slice of encoded fields, encoded element.
 * @see specification cxo §4
 */
export function encodeSchema(schema: Schema): Uint8Array {
  const { reference = 0, kind, name = "", length = 0, fields = [], element } = schema;
  const out = new Encoder().u32(reference).u32(kind).string(name).u32(length).count(fields.length);
  for (const field of fields) out.bytes(encodeField(field));
  return out.bytes(element ? encodeSchema(element) : new Uint8Array(0)).done();
}

const encodeField = ({ name, tag, schema }: SchemaField): Uint8Array =>
  new Encoder().string(name).string(tag).u32(0).bytes(encodeSchema(schema)).done();

/**
 * A registry's bytes: the schemas with their names, sorted bytewise by name.
 * @param schemas  By registered name, ASCII.
 */
function encodeRegistry(schemas: Readonly<Record<string, Schema>>): Uint8Array {
  const names = Object.keys(schemas).sort();
  const out = new Encoder(1024).count(names.length);
  for (const name of names) out.string(name).bytes(encodeSchema(schemas[name]));
  return out.done();
}

const NODE = "cxo.treestore.TreeNode";
const ENTRY = "cxo.treestore.TreeEntry";

const referenceTo = (name: string, reference: number): Schema => ({
  reference,
  kind: KIND.pointer,
  element: { kind: KIND.struct, name },
});
const tagFor = (name: string): string => `skyobject:"schema=${name}"`;

/** One level of a tree: Refs of its entries. */
export const TREE_NODE_SCHEMA: Schema = {
  kind: KIND.struct,
  name: NODE,
  fields: [{ name: "Children", tag: tagFor(ENTRY), schema: referenceTo(ENTRY, REFERENCE.refs) }],
};
/** One named child: a sub-level or a leaf's value. */
export const TREE_ENTRY_SCHEMA: Schema = {
  kind: KIND.struct,
  name: ENTRY,
  fields: [
    { name: "Name", tag: "", schema: { kind: KIND.string, name: "string" } },
    { name: "Sub", tag: tagFor(NODE), schema: referenceTo(NODE, REFERENCE.ref) },
    { name: "Leaf", tag: "", schema: { kind: KIND.slice, element: { kind: KIND.uint8, name: "uint8" } } },
  ],
};

/** The registry's bytes, 564 of them: the first object that a Go subscriber asks for. */
export const REGISTRY: Uint8Array = encodeRegistry({ [NODE]: TREE_NODE_SCHEMA, [ENTRY]: TREE_ENTRY_SCHEMA });
/** What each Root names as its registry, 32 bytes: `30f7ecd4…`. */
export const REGISTRY_REF: Uint8Array = nameOf(REGISTRY);
/** The name of the tree level's schema, 32 bytes: `d797975d…`. */
export const TREE_NODE_REF: Uint8Array = nameOf(encodeSchema(TREE_NODE_SCHEMA));
/** The name of the entry's schema, 32 bytes: `752921a0…`. */
export const TREE_ENTRY_REF: Uint8Array = nameOf(encodeSchema(TREE_ENTRY_SCHEMA));
