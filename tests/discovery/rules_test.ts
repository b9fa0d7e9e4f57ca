import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sign } from "../../lib/crypto/sign.ts";
import { expiryMs, type PostInput, validateDelete, validatePost } from "../../lib/discovery/rules.ts";
import { encodeEntry, type Entry, freshEntry, verifiedText } from "../../lib/dmsg/entries/entry.ts";
import { parseEntry } from "../../lib/dmsg/entries/read.ts";
import { toHex, utf8 } from "../../lib/wire/bytes.ts";
import { clientEntry, pairOf, serverEntry, START_NS } from "./support.ts";

const pair = pairOf(1);
const second = 1_000_000_000n;
const judge = (entry: Entry, input: Partial<PostInput> = {}) =>
  validatePost({ entry, stored: undefined, nowNs: START_NS, ...input });
const at = (address: string) => serverEntry(pair, { server: { address, availableSessions: 1 } });
const invalid = (why: string) => ({ status: 422, message: `entry validation error: ${why}` });
const LOOPBACK = invalid("advertising localhost listening address is not allowed in production mode");
const OUTDATED = invalid("advertised entry has outdated timestamp");

for (
  const address of [
    ":80",
    "127.0.0.1:80",
    "127.9.8.7:80",
    "[::1]:80",
    "[0:0:0:0:0:0:0:1]:80",
    "[::ffff:127.0.0.1]:80",
  ]
) {
  Deno.test(`Rules refuse a server at "${address}" unless in test mode`, () => {
    deepStrictEqual(judge(at(address)), LOOPBACK);
    strictEqual(judge(at(address), { testMode: true }).status, 200);
  });
}

for (
  const address of [
    "203.0.113.7:80",
    "[2001:db8::1]:80",
    "localhost:80",
    "128.0.0.1:80",
    "127.0.0.1",
    "[::2]:80",
  ]
) {
  Deno.test(`Rules take a server at "${address}"`, () => strictEqual(judge(at(address)).status, 200));
}

/** Each entry breaks its own rule and all later ones: the first rule in the order must be named. */
const order: [Record<string, unknown>, { status: number; message: string }][] = [
  [{ server: { address: "127.0.0.1:80", availableSessions: 1 } }, LOOPBACK],
  [{ server: { address: "", availableSessions: 1 } }, invalid("entry has no version")],
  [{ version: "9" }, invalid("entry has no signature")],
  [{ signature: "00" }, invalid("entry Keys is nil")],
  [{ static: pair.pk, server: undefined }, invalid("entry has neither client or server field")],
  [{ server: { address: "", availableSessions: 1 } }, invalid("server address cannot be empty")],
  [{ server: { address: "a:1", availableSessions: 1 } }, OUTDATED],
  [{ timestampNs: START_NS }, { status: 401, message: "invalid signature" }],
];
order.forEach(([, refusal], step) => {
  Deno.test(`Rules name the first that is broken: ${refusal.message}`, () => {
    const entry: Entry = { version: "", sequence: 0n, timestampNs: 0n, static: "0".repeat(66) };
    for (const [change] of order.slice(0, step + 1)) Object.assign(entry, change);
    deepStrictEqual(judge(entry, { stored: clientEntry(pair, { sequence: 9n }) }), refusal);
  });
});

Deno.test("Rules allow a server's timestamp 60 s ago to 5 s ahead, bounds included", () => {
  const offsets: [bigint, number][] = [[-60n * second, 200], [-60n * second - 1n, 422], [5n * second, 200], [
    5n * second + 1n,
    422,
  ]];
  for (const [offset, status] of offsets) {
    const entry = serverEntry(pair, { timestampNs: START_NS + offset });
    const verdict = judge(entry);
    strictEqual(verdict.status, status);
    if (status === 422) deepStrictEqual(verdict, OUTDATED);
    strictEqual(validateDelete({ entry, nowNs: START_NS })?.status ?? 200, status);
  }
});

Deno.test("Rules do not measure entries with a client part by the clock", () => {
  strictEqual(judge(clientEntry(pair, { timestampNs: 1n })).status, 200);
  const server = { address: "a:1", availableSessions: 1 };
  strictEqual(judge(clientEntry(pair, { timestampNs: 1n, server })).status, 200);
  strictEqual(validateDelete({ entry: clientEntry(pair, { timestampNs: 1n }), nowNs: START_NS }), undefined);
});

Deno.test("Rules want a higher sequence and a timestamp that is not lower than the stored one", () => {
  const stored = clientEntry(pair, { sequence: 5n });
  const posted = (sequence: bigint, timestampNs = START_NS) =>
    judge(clientEntry(pair, { sequence, timestampNs }), { stored });
  const wrongSequence = invalid("sequence field of new entry is not sequence of old entry + 1");
  deepStrictEqual(posted(5n), wrongSequence);
  deepStrictEqual(posted(4n, 0n), wrongSequence);
  deepStrictEqual(
    posted(6n, START_NS - 1n),
    invalid("advertised entry timestamp is not greater than previous"),
  );
  strictEqual(posted(6n).message, "wrote new entry iteration");
  strictEqual(posted(2n ** 64n - 1n).status, 200);
  strictEqual(judge(clientEntry(pair, { sequence: 77n })).message, "wrote a new entry");
});

Deno.test("Rules write serverType over: passphrase or list make official, all else community", () => {
  const typeOf = (serverType: string | undefined, input: Partial<PostInput> = {}) => {
    const server = { address: "a:1", availableSessions: 1, ...(serverType && { serverType }) };
    const posted = serverEntry(pair, { server });
    const verdict = judge(posted, input);
    ok(verdict.status === 200);
    strictEqual(verdict.entry.signature, posted.signature, "the signature stays");
    deepStrictEqual(parseEntry(verdict.text), verdict.entry);
    return verdict.entry.server?.serverType;
  };
  strictEqual(typeOf(undefined), "official", "no type equals no passphrase");
  strictEqual(typeOf("official"), "community");
  strictEqual(typeOf("community"), "community");
  strictEqual(typeOf(undefined, { passphrase: "secret" }), "community");
  strictEqual(typeOf("secret", { passphrase: "secret" }), "official");
  strictEqual(typeOf("official", { passphrase: "secret" }), "community");
  strictEqual(typeOf("x", { officialServers: new Set([pair.pk]) }), "official");
});

Deno.test("Rules keep signed members of the future, with serverType written over", () => {
  const server = { address: "a:1", availableSessions: 1 };
  const preimage = encodeEntry({ ...freshEntry(pair.pk, START_NS), server }).replace(
    `1}`,
    `1,"address_wt":"b:2"}`,
  );
  const receivedText = `${preimage.slice(0, -1)},"signature":"${toHex(sign(pair.secret, utf8(preimage)))}"}`;
  const entry = parseEntry(receivedText);
  strictEqual(judge(entry).status, 401, "a classic discovery has no received text");
  const verdict = judge(entry, { receivedText });
  ok(verdict.status === 200);
  strictEqual(verdict.text, receivedText.replace(`"b:2"}`, `"b:2","serverType":"official"}`));
  ok(!verifiedText(verdict.entry, verdict.text));
});

Deno.test("Rules leave no other spelling of serverType behind theirs", () => {
  const server = { address: "a:1", availableSessions: 1 };
  const preimage = encodeEntry({ ...freshEntry(pair.pk, START_NS), server }).replace(
    /"server":(.*)1\}/,
    '"Server":$11,"serverType":"x","SERVERTYPE":"official","address_wt":"b:2"}',
  );
  const receivedText = `${preimage.slice(0, -1)},"signature":"${toHex(sign(pair.secret, utf8(preimage)))}"}`;
  const verdict = judge(parseEntry(receivedText), { receivedText });
  ok(verdict.status === 200);
  strictEqual(parseEntry(verdict.text).server?.serverType, "community");
  ok(!verdict.text.includes("official"), verdict.text);
});

Deno.test("Rules give servers 2 min, ?timeout=true clients 3 min, other clients what the operator says", () => {
  const client = clientEntry(pair);
  const server = serverEntry(pair);
  strictEqual(expiryMs(server, 1000, { short: true, clientLifetimeMs: 5 }), 121_000);
  strictEqual(expiryMs({ ...client, server: server.server }, 1000, {}), 121_000);
  strictEqual(expiryMs(client, 1000, { short: true, clientLifetimeMs: 5 }), 181_000);
  strictEqual(expiryMs(client, 1000, { clientLifetimeMs: 5 }), 1005);
  strictEqual(expiryMs(client, 1000, {}), undefined);
});
