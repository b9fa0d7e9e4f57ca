import fc from "fast-check";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { MAX_LINE_BYTES, RpcCode } from "../../lib/owner/rpc/rpc.ts";
import { schemaDocument } from "../../lib/owner/schema/document.ts";
import { FORMER, METHODS } from "../../lib/owner/schema/schema.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { anyText } from "../fakes/texts.ts";
import { PK } from "./fake_app.ts";
import { withOwner } from "./support.ts";

type Schema = Record<string, unknown>;

const PUBLISHED = JSON.parse(
  Deno.readTextFileSync(new URL("../../docs/owner-rpc.schema.json", import.meta.url)),
) as { anyOf: Schema[]; $defs: Record<string, Schema> };

Deno.test("The published document is the table: else run scripts/owner_schema.ts", () => {
  deepStrictEqual(PUBLISHED, JSON.parse(JSON.stringify(schemaDocument())));
});

const samples = new Map<string, readonly string[]>();

/** Some texts of a pattern: drawn once, for drawing one takes a millisecond. */
function matching(pattern: string): readonly string[] {
  const known = samples.get(pattern);
  if (known !== undefined) return known;
  const drawn = fc.sample(fc.stringMatching(new RegExp(pattern)), { seed: 4, numRuns: 32 });
  samples.set(pattern, drawn);
  return drawn;
}

/** Values that a published schema allows. Made from the document alone. */
function valid(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.anyOf) return fc.oneof(...(schema.anyOf as Schema[]).map(valid));
  if (schema.enum) return fc.constantFrom(...schema.enum as unknown[]);
  if (schema.pattern) return fc.constantFrom(...matching(schema.pattern as string));
  const most = (value: unknown, otherwise: number) => Math.min(value as number ?? otherwise, otherwise);
  switch (schema.type) {
    case "string":
      return anyText({ maxLength: most(schema.maxLength, 50) });
    case "integer":
      return fc.integer({
        min: Math.max(schema.minimum as number, -(2 ** 31)),
        max: most(schema.maximum, 2 ** 31 - 1),
      });
    case "number":
      return fc.double({ min: schema.minimum as number, noNaN: true, noDefaultInfinity: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(valid(schema.items as Schema), { maxLength: 3 });
    case "object": {
      const members = Object.entries(schema.properties as Schema ?? {});
      const model = Object.fromEntries(members.map(([name, member]) => [name, valid(member as Schema)]));
      return fc.record(model, { requiredKeys: (schema.required ?? []) as string[], noNullPrototype: true });
    }
    default:
      return fc.jsonValue();
  }
}

/** Values that it forbids, each by one change of an allowed one. */
function invalid(schema: Schema): fc.Arbitrary<unknown> {
  const wrong = [{ type: "object" }, "text", 7, -1, 0.5, true, null, [], {}, "a".repeat(67)];
  const not = (fits: (v: unknown) => boolean) => fc.constantFrom(...wrong.filter((v) => !fits(v)));
  if (schema.anyOf) {
    const all = schema.anyOf as Schema[];
    const hasObjects = all.some(({ type }) => type === "object");
    return not((v) => hasObjects ? typeof v === "object" : all.some((one) => isType(v, one)));
  }
  if (schema.pattern) return not(() => false);
  if (schema.type !== "object") {
    const tooLong = typeof schema.maxLength === "number" && schema.maxLength <= 1024
      ? [fc.constant("é".repeat(schema.maxLength + 1))]
      : [];
    const tooMuch = typeof schema.maximum === "number" ? [fc.constant(schema.maximum + 1)] : [];
    const tooLittle = typeof schema.minimum === "number" ? [fc.constant(schema.minimum - 1)] : [];
    return fc.oneof(not((v) => isType(v, schema)), ...tooLong, ...tooMuch, ...tooLittle);
  }
  const members = Object.entries(schema.properties as Schema) as [string, Schema][];
  const spoil = members.map(([name, member]) =>
    fc.tuple(valid(schema), invalid(member)).map(([value, bad]) => ({ ...value as object, [name]: bad }))
  );
  const drop = (schema.required as string[] ?? []).map((name) =>
    valid(schema).map((value) => {
      const { [name]: _, ...rest } = value as Record<string, unknown>;
      return rest;
    })
  );
  const add = valid(schema).map((value) => ({ ...value as object, other: 1 }));
  const proto = valid(schema).map((value) =>
    JSON.parse(`{"__proto__":1,${JSON.stringify(value).slice(1)}`.replace(",}", "}"))
  );
  return fc.oneof(...spoil, ...drop, add, proto);
}

function isType(value: unknown, { type, minimum = -Infinity }: Schema): boolean {
  if (type === "integer") return Number.isInteger(value) && value as number >= Number(minimum);
  if (type === "number") return typeof value === "number" && value >= Number(minimum);
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  const kind: string = typeof value;
  return kind === type;
}

Deno.test("The implementation takes what the published schema allows and refuses what it forbids", () => {
  for (const [name, { params }] of Object.entries(METHODS)) {
    const schema = PUBLISHED.$defs[`${name}.params`];
    fc.assert(
      fc.property(valid(schema), (value) => {
        strictEqual(
          params.problem(JSON.parse(JSON.stringify(value)), "params"),
          undefined,
          JSON.stringify(value),
        );
      }),
      { seed: 5, numRuns: 60 },
    );
    fc.assert(
      fc.property(invalid(schema), (value) => {
        ok(params.problem(JSON.parse(JSON.stringify(value)), "params"), `${name} ${JSON.stringify(value)}`);
      }),
      { seed: 6, numRuns: 60 },
    );
  }
});

Deno.test("What somebody has written may be as long as an argument: App says what is too much", () => {
  const much = "w".repeat(131_072); // the longest that Linux hands to a program
  const how = { conversation: PK, waitMs: 0 };
  const [group, expires] = ["0".repeat(8) + "-0000-0000-0000-" + "0".repeat(12), "2026-12-01T00:00:00Z"];
  const written: [method: keyof typeof METHODS, params: unknown][] = [
    ["groups.create", { name: much, kind: "private", join: "link" }],
    ["groups.rename", { group, name: much }],
    ["groups.join", { link: much, note: much }],
    ["groups.resolve", { link: much }],
    ["groups.issueInvite", { group, uses: 1, expires, note: much }],
    ["pairs.use", { link: much }],
    ["pairs.issueInvite", { uses: 1, expires, note: much }],
    ["overlays.publish", { ...how, widget: { id: "w", kind: "text", value: much } }],
    ["overlays.publish", {
      ...how,
      widget: { id: "w", kind: "table", value: [[much], ...Array(500).fill([])] },
    }],
    ["overlays.publish", { ...how, widget: { id: "w", kind: "spark", value: Array(2000).fill(1) } }],
    ["overlays.announce", { ...how, commands: Array(2000).fill({ name: much, help: much }) }],
  ];
  for (const [method, params] of written) {
    strictEqual(METHODS[method].params.problem(params, "params"), undefined);
  }
});

Deno.test("The owner answers everything that the schema forbids with -32602 and stays", () =>
  withOwner(async ({ line, app }) => {
    const client = await line();
    for (const name of Object.keys(METHODS)) {
      for (const params of fc.sample(invalid(PUBLISHED.$defs[`${name}.params`]), { seed: 7, numRuns: 8 })) {
        const reply = await client.call({ method: name, params });
        ok(
          reply.kind === "error" && reply.error.code === RpcCode.badParams,
          `${name} ${JSON.stringify(params)}`,
        );
      }
    }
    deepStrictEqual(app.calls, []);
    strictEqual((await client.call({ method: "status" })).kind, "result");
  }));

Deno.test("Every method is known by what it was called before", () =>
  withOwner(async ({ line }) => {
    const client = await line();
    for (const [name, former] of Object.entries(FORMER)) {
      const [now, before] = [await client.call({ method: name }), await client.call({ method: former })];
      strictEqual(now.kind, before.kind, name);
      ok(before.kind !== "error" || before.error.code !== RpcCode.noMethod, former);
    }
  }));

Deno.test("Random lines and bytes never end the owner", () =>
  withOwner(async ({ remote, raw }) => {
    const methods = Object.keys(METHODS).filter((name) => !name.startsWith("stream."));
    const request = fc.record({
      jsonrpc: fc.constantFrom("2.0", 2, null),
      id: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.jsonValue()),
      method: fc.oneof(fc.constantFrom(...methods, "$/cancel", "$/part"), fc.string()),
      params: fc.oneof(fc.jsonValue(), fc.constant({})),
    }, { requiredKeys: [] });
    const lines = fc.oneof(
      request.map((value) => utf8(JSON.stringify(value) + "\n")),
      fc.uint8Array({ maxLength: 100 }),
      fc.json().map((text) => utf8(text + "\n")),
    );
    const hello = utf8('{"jsonrpc":"2.0","id":0,"method":"hello","params":{"protocol":1}}\n');
    for (const all of fc.sample(fc.array(lines, { maxLength: 40 }), { seed: 8, numRuns: 40 })) {
      const duplex = await raw();
      await duplex.write(hello);
      for (const bytes of all) await duplex.write(bytes).catch(() => {});
      duplex.close();
    }
    strictEqual((await remote.node.status()).pk, PK);
    ok(MAX_LINE_BYTES > 100);
  }));
