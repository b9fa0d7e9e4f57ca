/**
 * The table of methods as a JSON Schema document: what `docs/owner-rpc.schema.json` holds.
 *
 * @module
 */
import { CLIENT_NOTES, FORMER, type MethodName, METHODS, OWNER_NOTES, PROTOCOL } from "./schema.ts";
import type { JsonSchema, Shape } from "./shape.ts";

/** The published document: a line to the owner must fit it, a line of the owner `$defs/ownerLine`. */
export function schemaDocument(): JsonSchema {
  const id = { anyOf: [{ type: "integer" }, { type: "string", minLength: 1, maxLength: 64 }] };
  const jsonrpc = { const: "2.0" };
  const entries = Object.entries(METHODS);
  const ref = (path: string): JsonSchema => ({ $ref: `#/$defs/${path}` });
  const line = (properties: Record<string, unknown>, optional: string[] = []): JsonSchema => ({
    type: "object",
    properties: { jsonrpc, ...properties },
    required: ["jsonrpc", ...Object.keys(properties).filter((name) => !optional.includes(name))],
  });
  const note = (method: string, params: JsonSchema) => line({ method: { const: method }, params });
  const error = {
    type: "object",
    properties: { code: { type: "integer" }, message: { type: "string" }, data: {} },
    required: ["code", "message"],
  };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A line to the process that owns a dmsg identity",
    description: `Protocol ${PROTOCOL}; see lib/owner/README.md.`,
    anyOf: [
      ...entries.map(([method, { params }]) =>
        line(
          { id, method: named(method as MethodName), params: ref(`${method}.params`) },
          isEmpty(params) ? ["params"] : [],
        )
      ),
      ...Object.entries(CLIENT_NOTES).map(([method, { json }]) => note(method, json)),
    ],
    $defs: {
      ...Object.fromEntries(entries.flatMap(([name, { params, result }]) => [
        [`${name}.params`, params.json],
        [`${name}.result`, result.json],
      ])),
      ownerLine: {
        anyOf: [
          line({ id, result: {} }),
          line({ id: { anyOf: [...id.anyOf, { type: "null" }] }, error }),
          ...Object.entries(OWNER_NOTES).map(([method, { json }]) => note(method, json)),
        ],
      },
    },
  };
}

/** Whether `{}`, which stands for missing parameters, fits. */
const isEmpty = (params: Shape<unknown>): boolean => params.problem({}, "") === undefined;

/** Its name, and what it was called before. */
const named = (method: MethodName): JsonSchema =>
  FORMER[method] === undefined ? { const: method } : { enum: [method, FORMER[method]] };
