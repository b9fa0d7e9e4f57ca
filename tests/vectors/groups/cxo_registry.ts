/** Runner of the group `registry` of cxo.json. */
import {
  encodeSchema,
  REGISTRY,
  REGISTRY_REF,
  TREE_ENTRY_REF,
  TREE_ENTRY_SCHEMA,
  TREE_NODE_REF,
  TREE_NODE_SCHEMA,
} from "../../../lib/cxo/objects/registry.ts";
import { byMember, hexEqual, type MemberHandler } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

const is = (bytes: () => Uint8Array): MemberHandler => (hex, member) => [
  { name: member, run: () => hexEqual(bytes(), hex, member) },
];

/** The registry and its schemas, made from their description. */
export const cxoRegistry: GroupRunner = (group) =>
  byMember(group, {
    registry_hex: is(() => REGISTRY),
    registry_ref: is(() => REGISTRY_REF),
    tree_entry_schema_hex: is(() => encodeSchema(TREE_ENTRY_SCHEMA)),
    tree_entry_schema_ref: is(() => TREE_ENTRY_REF),
    tree_node_schema_hex: is(() => encodeSchema(TREE_NODE_SCHEMA)),
    tree_node_schema_ref: is(() => TREE_NODE_REF),
  });
