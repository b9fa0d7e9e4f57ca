/**
 * The types of Go's gob: the definitions that a stream carries, and walking past a value that nobody asked for.
 *
 * Nothing here builds a value. Every value costs its sender at least one byte, so walking is linear in the
 * input, and what is kept is the definitions, which have caps.
 *
 * @see specification dmsg §10.2; lib/dmsg/README.md "Signed objects"
 * @module
 */
import { type GobCursor, gobError } from "./gob_cursor.ts";

/** Ids of the types that need no definition. */
export const BUILTIN = { bool: 1, int: 2, uint: 3, float: 4, bytes: 5, string: 6, complex: 7 } as const;
/** The first id of a type that its sender defines. */
export const FIRST_USER_ID = 64;

/** What an interface is: a value of it is refused, a field of it that is left out is not. */
const INTERFACE = 8;
/** Go's own ids are 32-bit. */
const MAX_TYPE_ID = 0x7fffffff;
/** A dmsg object defines at most three types. */
const MAX_TYPES = 64;
/** A dmsg type has at most nine fields. */
const MAX_FIELDS = 256;
/** A dmsg value is two deep. Bounds the call stack, also for types that contain themselves. */
const MAX_DEPTH = 32;

/** What a sender's type id stands for. The marshalled kinds are bytes on the wire. */
export type GobType =
  | { readonly kind: keyof typeof BUILTIN }
  | { readonly kind: "gobMarshalled" | "binary" | "text" }
  | { readonly kind: "array"; readonly element: number; readonly length: number }
  | { readonly kind: "slice"; readonly element: number }
  | { readonly kind: "map"; readonly key: number; readonly element: number }
  | { readonly kind: "struct"; readonly name: string; readonly fields: readonly GobField[] };

/** A field as its sender declared it. */
export interface GobField {
  /** Go's name of the field. */
  readonly name: string;
  /** The field's type id. */
  readonly id: number;
}

const builtins = new Map<number, GobType>(
  Object.entries(BUILTIN).map(([kind, id]) => [id, { kind: kind as keyof typeof BUILTIN }]),
);

/** The types of one gob stream: the built-in ones and those that it defined so far. */
export class GobTypes {
  readonly #defined = new Map<number, GobType>();

  /**
   * What an id stands for.
   * @throws {ProtocolError} Never defined, or a built-in that dmsg has no use for (interface).
   */
  get(id: number): GobType {
    const type = builtins.get(id) ?? this.#defined.get(id);
    if (type === undefined) {
      throw gobError("unknown type id or corrupted data: value of an undefined or refused type");
    }
    return type;
  }

  /**
   * Reads one definition message.
   * @param id  The type's id.
   * @param message  The message behind its id; must end with the definition.
   * @throws {ProtocolError} Malformed, defined before, or over a cap.
   */
  define(id: number, message: GobCursor): void {
    if (id > MAX_TYPE_ID) throw gobError("type id out of bounds");
    if (id < FIRST_USER_ID || this.#defined.has(id)) throw gobError("duplicate type received");
    if (this.#defined.size === MAX_TYPES) throw gobError("too many types");
    this.#defined.set(id, readDefinition(message));
    if (message.left > 0) throw gobError("extra data in buffer");
  }

  /**
   * Looks whether values of a type can be walked past, however they are.
   * @throws {ProtocolError} It, or one that it is made of, is not defined.
   */
  check(id: number, seen: Set<number> = new Set()): void {
    if (seen.has(id) || id === INTERFACE) return;
    seen.add(id);
    const type = this.get(id);
    if (type.kind === "struct") {
      for (const field of type.fields) this.check(namedField(field, type.name).id, seen);
    } else if (type.kind === "map") this.check(type.key, seen);
    if (type.kind === "array" || type.kind === "slice" || type.kind === "map") this.check(type.element, seen);
  }

  /**
   * Walks past one value.
   * @param id  The value's type.
   * @param depth  How many values this one is inside of.
   * @throws {ProtocolError} Malformed, or nested too deeply.
   */
  skip(cursor: GobCursor, id: number, depth: number): void {
    if (depth > MAX_DEPTH) throw gobError("value is nested too deeply");
    const type = this.get(id);
    switch (type.kind) {
      case "bool":
      case "int":
      case "uint":
      case "float":
        cursor.uint64();
        return;
      case "complex":
        cursor.uint64();
        cursor.uint64();
        return;
      case "bytes":
      case "string":
      case "gobMarshalled":
      case "binary":
      case "text":
        cursor.bytes();
        return;
      case "array":
        if (cursor.uint() !== type.length) throw gobError("array of another length than its type");
        return this.#skipRun(cursor, type.length, [type.element], depth);
      case "slice":
        return this.#skipRun(cursor, cursor.uint(), [type.element], depth);
      case "map":
        return this.#skipRun(cursor, cursor.uint(), [type.key, type.element], depth);
      case "struct":
        cursor.fields(type.fields.length, (index) => this.skip(cursor, type.fields[index].id, depth + 1));
    }
  }

  #skipRun(cursor: GobCursor, count: number, ids: number[], depth: number): void {
    if (count > cursor.left) throw gobError("unexpected EOF");
    for (let i = 0; i < count; i++) for (const id of ids) this.skip(cursor, id, depth + 1);
  }
}

/** A definition is a struct with one field set, which says the kind: its index is the kind's place here. */
const DEFINITIONS: readonly ((cursor: GobCursor) => GobType)[] = [
  (cursor) => {
    const [element, length] = readNumbers(cursor, 2);
    return { kind: "array", element, length };
  },
  (cursor) => ({ kind: "slice", element: readNumbers(cursor, 1)[0] }),
  (cursor) => ({ kind: "struct", ...readFields(cursor) }),
  (cursor) => {
    const [key, element] = readNumbers(cursor, 2);
    return { kind: "map", key, element };
  },
  (cursor) => (readNumbers(cursor, 0), { kind: "gobMarshalled" }),
  (cursor) => (readNumbers(cursor, 0), { kind: "binary" }),
  (cursor) => (readNumbers(cursor, 0), { kind: "text" }),
];

function readDefinition(cursor: GobCursor): GobType {
  let type: GobType | undefined;
  cursor.fields(DEFINITIONS.length, (index) => {
    if (type !== undefined) throw gobError("type of two kinds");
    type = DEFINITIONS[index](cursor);
  });
  if (type === undefined) throw gobError("type of no kind");
  return type;
}

/** A definition's own name, for errors; its id came with the message. */
function readCommon(cursor: GobCursor): string {
  let name = "";
  cursor.fields(2, (index) => void (index === 0 ? name = cursor.name() : cursor.int()));
  return name;
}

/** Name and id, then `count` ints; those that are left out are 0. */
function readNumbers(cursor: GobCursor, count: number): number[] {
  const numbers = new Array<number>(count).fill(0);
  cursor.fields(1 + count, (index) => {
    if (index === 0) readCommon(cursor);
    else numbers[index - 1] = cursor.int();
  });
  return numbers;
}

function readFields(cursor: GobCursor): { name: string; fields: GobField[] } {
  const fields: GobField[] = [];
  let name = "";
  cursor.fields(2, (index) => {
    if (index === 0) return void (name = readCommon(cursor));
    const count = cursor.uint();
    if (count > MAX_FIELDS) throw gobError("too many fields");
    for (let i = 0; i < count; i++) fields.push(readField(cursor));
  });
  return { name, fields };
}

function readField(cursor: GobCursor): GobField {
  const field = { name: "", id: 0 };
  cursor.fields(2, (index) => {
    if (index === 0) field.name = cursor.name();
    else field.id = cursor.int();
  });
  return field;
}

/**
 * A field that has a name: Go asks for it when a value of the type comes, not when the type does.
 * @param type  The struct's name as its sender has it.
 * @throws {ProtocolError} by peer `gob`: it has none.
 */
export function namedField(field: GobField, type: string): GobField {
  if (field.name === "") throw gobError(`empty name for remote field of type ${type}`);
  return field;
}
