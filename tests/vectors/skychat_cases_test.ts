/** Cases of skychat.json that our file has not: what a Go program can write is taken, a wrong expectation is not. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { createCipheriv, createHash } from "node:crypto";
import { toRawBase64Url } from "../../lib/wire/base64.ts";
import { concat, fromHex, toHex, u64Bytes, utf8 } from "../../lib/wire/bytes.ts";
import { planFile, runCases } from "./run.ts";
import { TABLE, tableFor } from "./table.ts";

const FILE = JSON.parse(Deno.readTextFileSync(new URL("skychat.json", import.meta.url)));
const ALICE: string = FILE.keys.alice.pk;
const BOB: string = FILE.keys.bob.pk;
const GROUP: string = FILE.gossip.group_id;

/** What is done to a group. */
// deno-lint-ignore no-explicit-any
type Change = (group: any) => void;

/** A group with something changed. @returns Why its cases fail. */
async function failuresOf(group: string, change: Change): Promise<string[]> {
  const content = { keys: FILE.keys, [group]: structuredClone(FILE[group]) };
  change(content[group]);
  const reasons: string[] = [];
  for (const plan of planFile("skychat.json", content, TABLE["skychat.json"])) {
    if (plan.kind !== "cases") continue;
    for (const { name, reason } of (await runCases(plan)).failures) reasons.push(`${name}: ${reason}`);
  }
  return reasons;
}

/** Each case alone is taken. */
async function taken(group: string, changes: readonly Change[]): Promise<void> {
  for (const change of changes) deepStrictEqual(await failuresOf(group, change), [], String(change));
}

/** Each case alone is refused. */
async function refused(group: string, changes: readonly Change[]): Promise<void> {
  for (const change of changes) ok((await failuresOf(group, change)).length > 0, String(change));
}

/** A frame as its hex. */
const framed = (json: string) => ({
  json,
  frame_hex: `${toHex(u64Bytes(BigInt(utf8(json).length)).slice(4))}${toHex(utf8(json))}`,
});
const link = (json: string) => `skychat:invite:${toRawBase64Url(utf8(json))}`;
const invite = (more: Record<string, unknown>) =>
  link(JSON.stringify({ id: GROUP, name: "ops", owner_pk: ALICE, port: 61234, mode: "public", ...more }));

Deno.test("Skychat vectors may say of any case on what it rests", async () => {
  const remark = { fact: "spec", other_note: "a remark" };
  const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
  const remarked = (value: unknown): void => {
    if (!isObject(value)) return;
    for (const [member, inner] of Object.entries(value)) if (member !== "object") remarked(inner);
    if (!Array.isArray(value)) Object.assign(value, remark);
  };
  for (const group of Object.keys(FILE)) {
    if (group !== "about" && group !== "keys") await taken(group, [remarked]);
  }
});

Deno.test("Skychat vectors may have envelopes with any member, and say which are empty", async () => {
  const late = '{"type":"chat-read","id":"x","body":"late","reply_to":"y"}';
  const classify = (payload: string, expected: object): Change => (all) =>
    void all.classify.cases.push({ payload, ...expected });
  await taken("envelopes", [
    (all) => void all.encode.push({ object: JSON.parse(late), ...framed(late) }),
    classify('{"type":"chat-msg","id":"x"}', {
      kind: "chat-msg",
      id: "x",
      body: "",
      ack: false,
      reply_to: "",
    }),
    classify('{"type":"chat-ack","id":"x"}', { kind: "chat-ack", id: "x", body: "", ack: false }),
    classify('{"TYPE":"chat-msg","Id":"x","ACK":true}', { kind: "chat-msg", id: "x", ack: true }),
  ]);
  const file = '{"type":"file-request","file_id":"f"}';
  await taken("envelopes", [
    classify(file, { kind: "file-request", file_id: "f" }),
    classify(file, { kind: "file-control" }),
    classify('{"type":"pair-ack"}', { kind: "pair-ack" }),
  ]);
  await refused("envelopes", [
    classify(file, { kind: "pair-control" }),
    classify(file, { kind: "text" }),
    classify('{"type":"pair-ack"}', { kind: "pair-decline" }),
    classify('{"type":"chat-msg","id":"x"}', { kind: "chat-msg", id: "x", reply_to: "y" }),
    classify('{"type":"chat-ack","id":"x"}', { kind: "chat-ack", id: "x", ack: true }),
  ]);
});

Deno.test("Skychat vectors may have members of the other chat in any case", async () => {
  const reader = (payload: string, stream_pk: string, result: string): Change => (all) =>
    void all.reader.push({ payload, stream_pk, result });
  await taken("dmsg_chat", [
    reader(`{"Sender":"${BOB}","MESSAGE":"x"}`, BOB, "shown"),
    reader(`{"sender":"${BOB}","message":"x","Message":"y"}`, ALICE, "shown with a warning"),
    reader(`{"sender":"${BOB}","message":"x"}`, BOB, "shown; sender is the stream key"),
    reader("x", BOB, "dropped: not JSON"),
  ]);
  await refused("dmsg_chat", [
    reader(`{"sender":"${BOB}","message":"x"}`, BOB, "shown; mismatch"),
    reader(`{"sender":"${BOB}","message":"x"}`, ALICE, "shown"),
  ]);
});

Deno.test("Skychat vectors may name the members of a body object", async () => {
  const text = '{"skychat_file":{"id":"f1","name":"a","size":9007199254740991}}';
  const file = (more: object): Change => (all) =>
    void all.cases.push({ text, kind: "file", shown: "📎 a", ...more });
  await taken("body_objects", [file({ id: "f1", name: "a", size: "9007199254740991" })]);
  await refused("body_objects", [file({ id: "f2" }), file({ size: 1 }), file({ from: "x" })]);
});

Deno.test("Skychat vectors may give any word of the check that an invite fails", async () => {
  const invalid = (reason: string, link: string): Change => (all) => void all.invalid.push({ reason, link });
  await taken("invites", [
    (all) =>
      void all.accepted_variants.push({
        name: "null",
        link: invite({ admins: null, aes_key: "" }),
        kind: "",
        admins: [],
      }),
    invalid("port as text", invite({ port: "1" })),
    invalid("owner not on the curve", invite({ owner_pk: `02${"f".repeat(64)}` })),
    invalid("aes_key is no base64", invite({ mode: "private", aes_key: "!" })),
    invalid("channel in private mode", invite({ mode: "private", kind: "channel" })),
  ]);
  await refused("invites", [
    invalid("port", invite({ owner_pk: "00" })),
    invalid("port as text", invite({ owner_pk: "02" })),
    invalid("owner", invite({})),
    (all) => void all.accepted_variants.push({ name: "null", link: invite({}), kind: "public" }),
  ]);
});

Deno.test("Skychat vectors may leave out an address's group, and what a program of the first weeks did not write", async () => {
  await taken("address", [(all) => void all.cases.push({ in: ALICE, pk: ALICE })]);
  await refused("address", [(all) => void all.cases.push({ in: `${ALICE}/${GROUP}`, pk: ALICE })]);
  const leaf = { sender_pk: ALICE, ts: "2026-05-12T10:00:00Z", text: "hello" };
  const unsigned = (text: string): Change => (all) => void (all.unsigned_legacy.value_json = text);
  await taken("message_leaf", [unsigned(JSON.stringify(leaf))]);
  await refused("message_leaf", [
    (all) => void (all.cases[0].mode = "open"),
    unsigned(JSON.stringify({ ...leaf, more: 1 })),
  ]);
});

Deno.test("Skychat vectors may have answers of a host that could not look, and remarks beside frames", async () => {
  const frame = (json: string): Change => (all) => void (all.more = framed(json));
  const catalog = (entries: string) =>
    `{"kind":"catalog_response","host_pk":"${ALICE}","entries":${entries}}`;
  await taken("join", [frame(catalog("null")), frame(catalog("[]")), (all) => void (all.why = "a remark")]);
  await refused("join", [frame(catalog("{}")), (all) => void (all.probe.more = 1)]);
});

Deno.test("Skychat vectors may draw the nonces of a container by any rule", async () => {
  const { group_id, file_id, file_key_hex, cases: [{ header_hex, name, plain_hex }] } = FILE.file_container;
  const nonce = new Uint8Array(12).fill(7);
  const header = fromHex(header_hex);
  const cipher = createCipheriv("aes-256-gcm", fromHex(file_key_hex), nonce).setAAD(
    concat(header, u64Bytes(0n), Uint8Array.of(1)),
  );
  const sealed = concat(cipher.update(fromHex(plain_hex)), cipher.final(), cipher.getAuthTag());
  const container = concat(header, nonce, sealed);
  const other = {
    name,
    plain_size: plain_hex.length / 2,
    header_hex,
    chunks: 1,
    nonces_hex: [toHex(nonce)],
    total_len: container.length,
    container_sha256: createHash("sha256").update(container).digest("hex"),
    plain_hex,
    container_hex: toHex(container),
  };
  ok(group_id && file_id);
  const byRule = (nonce_rule_for_vector: string, one: object): Change => (all) =>
    void Object.assign(all, { nonce_rule_for_vector, cases: [one] });
  await taken("file_container", [byRule("twelve sevens", other)]);
  await refused("file_container", [
    byRule(FILE.file_container.nonce_rule_for_vector, other),
    byRule("twelve sevens", { ...other, nonces_hex: [toHex(nonce), toHex(nonce)] }),
    byRule("twelve sevens", { ...other, nonces_hex: ["08".repeat(12)] }),
  ]);
});

Deno.test("A vector file of another name may begin with a remark", () => {
  deepStrictEqual(tableFor("more.json", { remark: "text", relay: FILE.relay }), TABLE["skychat.json"]);
});
