import { deepStrictEqual, match, notStrictEqual, strictEqual } from "node:assert/strict";
import { byMember, each, entries } from "./helpers.ts";
import { type FileTable, type GroupPlan, planFile, runCases } from "./run.ts";
import { TABLE, tableFor } from "./table.ts";
import type { VectorCase } from "./types.ts";

const HERE = new URL(".", import.meta.url).pathname;

for (const file of Object.keys(TABLE)) {
  for (const plan of planFile(file, JSON.parse(Deno.readTextFileSync(HERE + file)), TABLE[file])) {
    if (plan.kind !== "cases") continue;
    Deno.test(`Vectors ${file} ${plan.group}`, async (t) => {
      for (const { name, run } of plan.cases) await t.step(name, async () => await run());
    });
  }
}

const pass: VectorCase = { name: "holds", run: () => {} };
const table: FileTable = {
  groups: { good: () => [pass], empty: () => [], broken: () => failNow("member x is not known") },
  later: ["next"],
  notGroups: ["keys"],
};

function failNow(message: string): never {
  throw new Error(message);
}

/** One line per plan, as a reader of the report sees it. */
async function summary(content: unknown, known: FileTable | undefined): Promise<string[]> {
  const line = async (plan: GroupPlan) => {
    if (plan.kind === "uncovered") return `${plan.group} uncovered ${plan.entries}`;
    if (plan.kind === "missing") return `${plan.group} missing`;
    const { passed, failures } = await runCases(plan);
    return `${plan.group} ${passed} ${failures.map((failure) => failure.reason).join()}`;
  };
  const lines: string[] = [];
  for (const plan of planFile("some.json", content, known)) lines.push(await line(plan));
  return lines;
}

Deno.test("Vectors engine fails a case that never ends, and runs the others", async () => {
  const never: VectorCase = { name: "waits", run: () => new Promise(() => {}) };
  const plan = { kind: "cases", file: "f", group: "g", cases: [never, pass] } as const;
  const { passed, failures } = await runCases({ ...plan, cases: [...plan.cases] }, 10);
  deepStrictEqual([passed, failures.map(({ name }) => name)], [1, ["waits"]]);
});

Deno.test("Vectors engine passes over nothing in silence", async () => {
  const content = {
    about: "text",
    keys: {},
    good: [1],
    next: { a: [1, 2], b: [3] },
    unheard: [1],
    broken: [1],
  };
  strictEqual(
    (await summary(content, table)).join("\n"),
    [
      "good 1 ",
      "next uncovered 3",
      "unheard 0 no runner knows this group",
      "broken 0 shape not understood: member x is not known",
      "empty missing",
    ].join("\n"),
  );
});

Deno.test("Vectors engine fails a runner that finds nothing in a group with entries", async () => {
  const [found] = await summary({ empty: [1] }, table);
  strictEqual(found, "empty 0 the runner found no case in a group that has entries");
  strictEqual((await summary({ empty: [] }, table))[0], "empty 0 ");
});

Deno.test("Vectors engine takes a group that is a text for a failure, and not for a remark", async () => {
  const [found] = await summary({ dh: "remark" }, TABLE["dmsg.json"]);
  strictEqual(found, "dh 0 shape not understood: group is not an object");
});

Deno.test("A vector file is known by its members when it has another name", () => {
  for (const name of Object.keys(TABLE)) {
    const content = JSON.parse(Deno.readTextFileSync(HERE + name));
    strictEqual(tableFor("other.json", content), TABLE[name]);
    strictEqual(tableFor("other.json", { ...content, more: {} }), undefined);
  }
  for (const content of [{}, { description: "x" }, [], null]) {
    strictEqual(tableFor("other.json", content), undefined);
  }
});

Deno.test("Vectors engine names the groups of a file that it does not know", async () => {
  strictEqual(
    (await summary({ a: [1, 2], b: { x: {}, y: {} } }, undefined)).join(),
    "a uncovered 2,b uncovered 2",
  );
  strictEqual((await summary([1], table)).length, 1);
});

Deno.test("Vectors runners take cases of a kind that our file has not", async () => {
  const file = JSON.parse(Deno.readTextFileSync(HERE + "skychat.json"));
  file.envelopes.classify.cases.push({ payload: "x".repeat(65_537), kind: "frame error" });
  file.dmsg_chat.reader.push({ payload: '{"network":"dmsg"}', result: "shown" });
  file.envelopes.classify.cases.push({
    payload: '{"type":"pair-ack","from_pk":"k"}',
    kind: "pair-control",
    from_pk: "k",
  });
  file.overlays.cases.push({ text: 'hi\n\u2063{"o":1,"d":"hi"}', o: 1, d: "hi", fallback: "hi" });
  for (const [o, d] of [[10, '{"body":"b"}'], [200, '{"f":"n"}'], [3, "{}"], [1, "{x"]] as const) {
    file.overlays.cases.push({ text: JSON.stringify({ o, d }), o, d });
  }
  for (const plan of planFile("skychat.json", file, TABLE["skychat.json"])) {
    if (plan.kind === "cases") deepStrictEqual((await runCases(plan)).failures, []);
  }
});

Deno.test("Vectors runners take conversations that our file of the copier has not", async () => {
  const file = JSON.parse(Deno.readTextFileSync(HERE + "dmsgscp.json"));
  const hex = (text: string) =>
    Array.from(text, (c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  const session = (id: string, texts: readonly string[], more: Record<string, unknown> = {}) => ({
    id,
    kind: "error",
    steps: texts.map((text) => ({
      from: text[0] === ">" ? "client" : "host",
      ...(text.slice(1) === "close" ? { close: "full" } : { hex: hex(text.slice(1)) }),
    })),
    ...more,
  });
  const cap = "bad header: dmsgscp: file size exceeds cap: 104857601 > 104857600";
  const rejected = "dmsg stream rejected by whitelist";
  const outside = "bad path: dmsgscp: name contains path traversal";
  file.sessions = [
    session("pull-cut", [">SOURCE a\n", "<C0644 5 a\n", ">\0", "<abc", "<close"]),
    session("pull-refused-by-client", [">SOURCE a\n", "<C0644 1 a\n", ">\x02no room\n"]),
    session("pull-bad-mark", [">SOURCE a\n", "<C0644 1 a\n", ">\0", "<xA"], {
      fatal: "dmsgscp: unexpected byte 0x41 from peer",
    }),
    session("first-version", [">SINK a\n", "<\0", ">C0644 104857601 a\n", `<\x02${cap}\n`], { fatal: cap }),
    session("push-rejected", [">SINK a\n", `<\x02${rejected}\n`], { fatal: rejected }),
    session("push-odd-ready", [">SINK a\n", "<A"], { fatal: "dmsgscp: unexpected byte 0x41 from peer" }),
    session(
      "open-denied",
      [">SINK a\n", "<\0", ">C0644 1 a\n", "<\0", "<\x02open: open {ROOT}/a: permission denied\n"],
      { fatal: "open: open {ROOT}/a: permission denied", precondition: "a can not be written" },
    ),
    session("pull-odd-last", [">SOURCE a\n", "<C0644 1 a\n", ">\0", "<x", "<\0", ">A"]),
    session("pull-warned-last", [">SOURCE a\n", "<C0644 1 a\n", ">\x01hm\n", "<x", "<\0", ">\x01hm\n"], {
      kind: "pull",
      result: { local_mode: "0600", size: 1 },
    }),
    session("push-gone", [">SINK a\n", "<\0", ">C0644 1 a\n", "<\0", ">x", ">\0", "<close"]),
    session("push-odd-mark", [">SINK a\n", "<\0", ">C0644 1 a\n", "<\0", ">xA", "<close"], {
      result: { file_exists: false },
    }),
    session("marker-traversal", [">SINK ../a\r\r\n", `<\x02${outside}\n`, "<close"], { fatal: outside }),
    session("push-busy", [">SINK a\n", "<\x02busy\n"], { fatal: "busy" }),
    session("pull-no-mark", [">SOURCE a\n", "<C0644 1 a\n", ">\0", "<x", "<close"], {
      result: { file_exists: false },
    }),
    session("pull-too-long", [">SOURCE a\n", "<C0644 9223372036854775807 a\n"]),
    ...["C0644 1 other", "C100644 1 a", "C0644 +1 a", "C0644 1 a\r"].map((record) =>
      session(`pull ${record}`, [">SOURCE a\n", `<${record}\n`, ">\0", "<x", "<\0", ">\0"], {
        kind: "pull",
        result: { local_mode: "0600", size: 1 },
      })
    ),
    session("pull-warned-first", [">SOURCE a\n", "<\x01hm\n", "<C0644 1 a\n", ">\0", "<x", "<\0", ">\0"], {
      kind: "pull",
      result: { local_mode: "0600", size: 1, warnings: ["hm"] },
    }),
  ];
  const [offered, , body, trailer] = file.xfer.sessions[0].steps;
  const frame = (json: string) => ({
    from: "receiver",
    hex: hex(`\0\0\0${String.fromCharCode(json.length)}${json}`),
  });
  const yes = frame('{"ok":true}');
  const { id } = JSON.parse(/\{.*\}/.exec(offered.text)![0]);
  const notKept = frame(`{"id":"${id}","ok":false,"err":"disk full"}`);
  file.xfer.sessions = [
    { id: "busy", steps: [offered, frame('{"ok":false,"err":"busy"}')], outcome: "declined" },
    { id: "a no without a reason", steps: [offered, frame('{"ok":false}')], outcome: "declined" },
    { id: "no receipt", steps: [offered, yes, body, trailer], outcome: "unconfirmed" },
    { id: "gone", steps: [offered, { from: "receiver", hex: "", close: "full" }], outcome: "error" },
    { id: "not kept", steps: [offered, yes, body, trailer, notKept], outcome: "error" },
  ];
  file.xfer.saved_names.push({ name: "a\u2028b", id: "a", go_saved_as: "a\u2028b" });
  file.header_lines.push({ hex: hex("C0644"), text: "C0644", expect: { error: "EOF" } });
  for (const plan of planFile("dmsgscp.json", file, TABLE["dmsgscp.json"])) {
    if (plan.kind === "cases") deepStrictEqual((await runCases(plan)).failures, []);
  }
});

Deno.test("Vectors runners take requests and messages that our file of dmsg has not", async () => {
  const file = JSON.parse(Deno.readTextFileSync(HERE + "dmsg.json"));
  const said = (request: string, status: number, message: string) =>
    file.discovery_http_errors.cases.push({
      request,
      status,
      body: JSON.stringify({ message, code: status }),
    });
  const invalid = "entry validation error:";
  said("POST /dmsg-discovery/entry/ with an unsigned entry", 422, `${invalid} entry has no signature`);
  said("POST /dmsg-discovery/entry/ with an entry signed by another key", 401, "invalid signature");
  said("POST /dmsg-discovery/entry/ with a broken signature", 401, "invalid signature");
  const notNext = `${invalid} sequence field of new entry is not sequence of old entry + 1`;
  said("POST /dmsg-discovery/entry/ with a lower sequence than the stored one", 422, notNext);
  said("POST /dmsg-discovery/entry/ with the same sequence", 422, notNext);
  const notLater = `${invalid} advertised entry timestamp is not greater than previous`;
  said("POST /dmsg-discovery/entry/ with a timestamp before the stored one", 422, notLater);
  said(
    "DELETE /dmsg-discovery/entry with an outdated server entry",
    422,
    `${invalid} advertised entry has outdated timestamp`,
  );
  file.discovery_http_errors.cases.push({
    request: "POST /dmsg-discovery/entry (no slash)",
    status: 405,
    body: "",
  });
  said("GET /dmsg-discovery/entry/<pk> that nobody has posted", 404, "entry of public key is not found");
  const { noise, discovery_entries: entries } = file;
  const flipped = (hex: string) => hex.slice(0, -1) + (hex.endsWith("0") ? "1" : "0");
  const result_error = "chacha20poly1305: message authentication failed";
  for (const [number, reader] of [[2, "initiator"], [3, "responder"]] as const) {
    const input = flipped(noise.xk_session.messages[number - 1].noise_message);
    noise[`invalid_xk_message${number}`] = [{ case: "flipped", [`input_to_${reader}`]: input, result_error }];
  }
  const frames = file.live_capture.connections[0].mux_frames;
  // deno-lint-ignore no-explicit-any
  const at = frames.findIndex(({ yamux }: any) => yamux.length === 4096);
  const [{ decoded, wire, ...whole }] = frames.splice(at, 1);
  const part = (from: number, length: number) => ({
    ...whole,
    wire: wire.slice(0, 16) + length.toString(16).padStart(8, "0") +
      wire.slice(24 + 2 * from, 24 + 2 * (from + length)),
    yamux: { ...whole.yamux, length },
  });
  frames.splice(at, 0, part(0, 100), { ...part(100, 3996), decoded });
  entries.invalid.push({ case: "junk behind it", json_utf8: `${entries.valid[0].json_utf8} x`, ok: true });
  entries.current_2026_fields.invalid = [{ case: "valid", json_utf8: entries.valid[0].json_utf8, ok: true }];
  for (const plan of planFile("dmsg.json", file, TABLE["dmsg.json"])) {
    if (plan.kind === "cases") deepStrictEqual((await runCases(plan)).failures, []);
  }
});

/** Faults of one group of a file of which nothing else is kept. */
async function faultsOf(file: string, group: string, content: unknown): Promise<string[]> {
  const [plan] = planFile(file, { [group]: content }, TABLE[file]);
  strictEqual(plan.kind, "cases");
  return plan.kind === "cases" ? (await runCases(plan)).failures.map(({ name }) => name) : [];
}

Deno.test("Vectors runners take any refusal where the Go program panicked, and nothing else", async () => {
  const said = "panic: pubkey parses but serialize/deserialize roundtrip fails";
  const beyond = `02${"f".repeat(64)}`; // x above the field prime
  const [good] = JSON.parse(Deno.readTextFileSync(HERE + "dmsg.json")).keys.valid;
  const key = (why: string, hex: string) => ({
    why,
    hex,
    kind: "pk",
    strict_parse_error: said,
    text_unmarshal_error: said,
  });
  const invalid = [key("beyond", beyond), key("a key", good.pk)];
  deepStrictEqual(await faultsOf("dmsg.json", "keys", { invalid }), ["invalid: pk a key"]);
  const cases = [{ input: `${beyond}:1`, error: said }, { input: good.pk, error: said }];
  deepStrictEqual(await faultsOf("dmsg.json", "addresses", { cases }), [`cases: "${good.pk}"`]);
  const other = [{ input: `${beyond}:1`, error: "Invalid public key length" }];
  strictEqual((await faultsOf("dmsg.json", "addresses", { cases: other })).length, 1);
});

Deno.test("Vectors of the encoder take infinity as Go prints it, and a struct without fields", async () => {
  const values = [
    { description: "f64=+Inf", hex: "000000000000f07f" },
    { description: "float32=-Inf", hex: "000080ff" },
    { description: "empty struct", hex: "" },
    { description: "struct of ", hex: "" },
  ];
  deepStrictEqual(await faultsOf("cxo.json", "encoder", values), []);
  const wrong = [{ description: "f64=+Inf", hex: "000000000000f0ff" }, {
    description: "empty struct",
    hex: "00",
  }];
  strictEqual((await faultsOf("cxo.json", "encoder", wrong)).length, 2);
});

Deno.test("Vectors runners fail on a member that they do not know, in every list of skychat.json", async () => {
  const file = JSON.parse(Deno.readTextFileSync(HERE + "skychat.json"));
  for (const [group, path] of listsIn(file, TABLE["skychat.json"])) {
    const altered = structuredClone(file);
    path.reduce((value, member) => value[member], altered[group])[0].unheard = 1;
    const plans = planFile("skychat.json", altered, TABLE["skychat.json"]);
    const plan = plans.find((candidate) => candidate.group === group);
    if (plan?.kind !== "cases") throw new Error(`${group} is not covered`);
    notStrictEqual((await runCases(plan)).failures.length, 0, `${group} ${path}`);
  }
});

/** Where a file's groups have lists of objects: group and the members that lead there. */
// deno-lint-ignore no-explicit-any
function* listsIn(file: any, { groups }: FileTable): Generator<[string, string[]]> {
  // deno-lint-ignore no-explicit-any
  function* within(value: any, path: string[]): Generator<string[]> {
    if (Array.isArray(value)) {
      if (typeof value[0] === "object") yield path;
    } else if (typeof value === "object") {
      for (const [member, inner] of Object.entries(value)) yield* within(inner, [...path, member]);
    }
  }
  for (const group of Object.keys(groups)) for (const path of within(file[group], [])) yield [group, path];
}

Deno.test("Vectors helpers fail a case of which nobody looks at all members, prose apart", async () => {
  const run = async (entry: unknown) => {
    const cases = each((entry) => entry.a, (entry) => strictEqual(entry.b, 2))([entry], "list");
    return (await runCases({ kind: "cases", file: "f", group: "g", cases })).failures.map(({ reason }) =>
      reason
    );
  };
  deepStrictEqual(await run({ a: "1", b: 2, note: "x", other_note: "y", why: "z" }), []);
  match((await run({ a: "1", b: 2, c: 3 })).join(), /nobody looks at.*c/);
  const whole = byMember({ one: { x: 1, y: 2 } }, {
    one: (one) => [{ name: "x", run: () => strictEqual(one.x, 1) }, { name: "again", run: () => {} }],
  });
  const { passed, failures } = await runCases({ kind: "cases", file: "f", group: "g", cases: whole });
  deepStrictEqual([passed, failures.map(({ name }) => name)], [1, ["again"]]);
  match(failures[0].reason, /nobody looks at.*'y'/);
  const inner = entries([{ a: { b: [{ c: 1, d: 2 }] } }], () => "", ({ a }) => strictEqual(a.b[0].c, 1));
  const { failures: [deep] } = await runCases({ kind: "cases", file: "f", group: "g", cases: inner });
  match(deep.reason, /'a\.b\.0\.d'/);
  const broken = byMember({ list: [{ a: 1 }, { a: 2 }] }, {
    list: each(() => "", (entry) => failNow(`broken ${typeof entry}`)),
  });
  const { failures: both } = await runCases({ kind: "cases", file: "f", group: "g", cases: broken });
  deepStrictEqual(both.map(({ reason }) => reason), ["broken object", "broken object"]);
});

Deno.test("Vectors of dialogues fail when an answer of the real node is taken out", async () => {
  const file = JSON.parse(Deno.readTextFileSync(HERE + "cxo_node2019_more.json"));
  const dialogue = file.dialogues.find(({ name }: { name: string }) => name.includes("not shared, then"));
  for (const answer of ["Err", "Ok", "Object"]) {
    // deno-lint-ignore no-explicit-any
    const at = dialogue.frames.findIndex(({ meaning }: any) => meaning === answer);
    const frames = dialogue.frames.toSpliced(at, 1);
    const [plan] = planFile("f", { dialogues: [{ ...dialogue, frames }] }, TABLE["cxo_node2019_more.json"]);
    if (plan.kind !== "cases") throw new Error("dialogues are not covered");
    const names = (await runCases(plan)).failures.map(({ name }) => name).join();
    match(names, /our node as real node/, answer);
  }
});

/** Expectations by group of dmsg.json, as paths; each is altered alone. */
const EXPECTATIONS: Readonly<Record<string, readonly string[]>> = {
  keys: ["invalid.0.strict_parse_error"],
  dh: ["vectors.0.dh_output"],
  signatures: ["valid.0.nonce_k", "invalid.1.result_error"],
  discovery_entries: ["valid.0.nonce_k", "current_2026_fields.valid.0.nonce_k", "invalid.1.verify_error"],
  live_capture: [
    "connections.0.handshake.1.dir",
    "connections.0.mux_frames.0.dir",
    "connections.0.mux_frames.4.decoded.0.nonce",
  ],
};

for (const [group, paths] of Object.entries(EXPECTATIONS)) {
  Deno.test(`Vectors of ${group} fail when an expectation is altered`, async () => {
    for (const path of paths) {
      const file = JSON.parse(Deno.readTextFileSync(HERE + "dmsg.json"));
      alter(file[group], path.split("."));
      const plans = planFile("dmsg.json", file, TABLE["dmsg.json"]);
      const plan = plans.find((candidate) => candidate.group === group);
      if (plan?.kind !== "cases") throw new Error(`${group} is not covered`);
      notStrictEqual((await runCases(plan)).failures.length, 0, path);
    }
  });
}

/** Changes the end of a text, or a number by one. */
// deno-lint-ignore no-explicit-any
function alter(group: any, [...path]: string[]): void {
  const last = path.pop()!;
  const holder = path.reduce((value, member) => value[member], group);
  const value = holder[last];
  holder[last] = typeof value === "number" ? value + 1 : value.replace(/.$/, value.endsWith("1") ? "2" : "1");
}
