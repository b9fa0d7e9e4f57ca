import fc from "fast-check";
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { sign } from "../../lib/crypto/sign.ts";
import {
  encodeEntry,
  type Entry,
  freshEntry,
  signEntry,
  signingPreimage,
  verifiedText,
} from "../../lib/dmsg/entries/entry.ts";
import {
  MAX_DELEGATED_SERVERS,
  MAX_ENTRY_CHARS,
  MAX_TEXT_CHARS,
  parseEntries,
  parseEntry,
} from "../../lib/dmsg/entries/read.ts";
import { toHex, utf8 } from "../../lib/wire/bytes.ts";
import { ProtocolError } from "../../lib/wire/errors.ts";
import { clientEntry, pairOf, serverEntry } from "../discovery/support.ts";
import { anyText } from "../fakes/texts.ts";

const PK = pairOf(1).pk;
const base = `"version":"0.0.1","sequence":3,"timestamp":1795382221487194075,"static":"${PK}"`;

/** Text as entries hold it; Go has no lone surrogates. */
const text = anyText({ maxLength: 12 });
const filled = text.filter((value) => value !== "");
const key = fc.constantFrom(...[1, 2, 3].map((n) => pairOf(n).pk));
const serverPart = fc.record({
  address: text,
  addressV6: filled,
  addressUdp: filled,
  addressUdpV6: filled,
  addressWs: filled,
  availableSessions: fc.maxSafeInteger(),
  serverType: filled,
  dhtBootstrap: fc.constant(true),
}, { requiredKeys: ["address", "availableSessions"] });
const entries: fc.Arbitrary<Entry> = fc.record({
  version: text,
  sequence: fc.bigInt(0n, 2n ** 64n - 1n),
  timestampNs: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  static: key,
  client: fc.record({ delegatedServers: fc.option(fc.array(key, { maxLength: 4 })) }),
  clientType: filled,
  server: serverPart,
  signature: filled,
  protocol: filled,
}, { requiredKeys: ["version", "sequence", "timestampNs", "static"], noNullPrototype: true });

Deno.test("Entry comes back as it was written", () => {
  fc.assert(
    fc.property(entries, (entry) => {
      const written = encodeEntry(entry);
      deepStrictEqual(
        JSON.parse(JSON.stringify(parseEntry(written), big)),
        JSON.parse(JSON.stringify(entry, big)),
      );
      strictEqual(encodeEntry(parseEntry(written)), written);
    }),
    { seed: 6, numRuns: 200 },
  );
});

const big = (_key: string, value: unknown) => typeof value === "bigint" ? `${value}n` : value;

Deno.test("Entry keeps every digit of sequence and timestamp", () => {
  const written =
    `{"version":"1","sequence":18446744073709551615,"timestamp":-9223372036854775808,"static":"${PK}"}`;
  const entry = parseEntry(written);
  deepStrictEqual([entry.sequence, entry.timestampNs], [2n ** 64n - 1n, -(2n ** 63n)]);
  strictEqual(encodeEntry(entry), written);
});

Deno.test("Entry writes members in the order of the specification", () => {
  const server = { address: "a:1", availableSessions: -2, serverType: "official", addressV6: "[::1]:1" };
  strictEqual(
    encodeEntry({
      protocol: "smux",
      signature: "00",
      server,
      clientType: "visor",
      client: { delegatedServers: null },
      ...freshEntry(PK, 5n),
    }),
    `{"version":"0.0.1","sequence":0,"timestamp":5,"static":"${PK}","client":{"delegated_servers":null},` +
      `"client_type":"visor","server":{"address":"a:1","address_v6":"[::1]:1","availableSessions":-2,` +
      `"serverType":"official"},"signature":"00","protocol":"smux"}`,
  );
});

Deno.test("Entry escapes texts as Go does: no \\u003c, no short forms for backspace and form feed", () => {
  const clientType = '<&> "\\" \b\f\n\r\t\u001f \\b';
  const written = encodeEntry({ ...freshEntry(PK, 0n), clientType });
  ok(written.includes(String.raw`"client_type":"<&> \"\\\" \u0008\u000c\n\r\t\u001f \\b"`));
  strictEqual(parseEntry(written).clientType, clientType);
});

Deno.test("Entry reads members that are absent, null or empty as zero values", () => {
  const zero = { version: "", sequence: 0n, timestampNs: 0n, static: "0".repeat(66) };
  deepStrictEqual(parseEntry("{}"), zero);
  deepStrictEqual(parseEntry("null"), zero);
  const nulls = `{"version":null,"sequence":null,"static":null,"client":null,"server":null,"signature":null}`;
  deepStrictEqual(parseEntry(nulls), zero);
  deepStrictEqual(parseEntry(`{"static":"","client_type":"","signature":""}`), zero);
  deepStrictEqual(parseEntry(`{"client":{},"server":{}}`), {
    ...zero,
    client: { delegatedServers: null },
    server: { address: "", availableSessions: 0 },
  });
});

Deno.test("Entry takes white space, any order, upper-case keys and members that it does not know", () => {
  const odd =
    `\n{ "zzz": {"deep": [1.5, -2e9]}, "static": "${PK.toUpperCase()}", "sequence": 3, "version": "0.0.1",
    "timestamp": 1795382221487194075 }\r\n`;
  deepStrictEqual(parseEntry(odd), parseEntry(`{${base}}`));
});

Deno.test("Entry of a classic reader has no members of 2026", () => {
  const current =
    `{${base},"server":{"address":"a:1","address_ws":"ws://a","availableSessions":1,"dht_bootstrap":true},` +
    `"protocol":"quic"}`;
  strictEqual(encodeEntry(parseEntry(current)), current);
  strictEqual(
    encodeEntry(parseEntry(current, { generation: "classic" })),
    `{${base},"server":{"address":"a:1","availableSessions":1}}`,
  );
});

for (
  const [name, malformed] of Object.entries({
    "no JSON": "x",
    "the empty text": "",
    "a truncated object": `{${base}`,
    "text behind the object": `{${base}}x`,
    "a list": "[]",
    "a number": "5",
    "nesting beyond the stack": `{"a":${"[".repeat(30_000)}${"]".repeat(30_000)}}`,
    "more text than an entry has": `{${base},"zzz":"${"x".repeat(MAX_ENTRY_CHARS)}"}`,
    "a negative sequence": `{"sequence":-1}`,
    "a sequence of 2^64": `{"sequence":18446744073709551616}`,
    "a timestamp of 2^63": `{"timestamp":9223372036854775808}`,
    "a fraction": `{"sequence":1.5}`,
    "an exponent": `{"sequence":1e3}`,
    "a number as text": `{"sequence":"1"}`,
    "a version that is no text": `{"version":1}`,
    "a text that is too long": `{"version":"${"x".repeat(MAX_TEXT_CHARS + 1)}"}`,
    "a short key": `{"static":"02ab"}`,
    "a key that is no hex": `{"static":"${"zz".repeat(33)}"}`,
    "a client that is a list": `{"client":[]}`,
    "servers that are no list": `{"client":{"delegated_servers":"x"}}`,
    "a server key that is a number": `{"client":{"delegated_servers":[5]}}`,
    "too many servers": JSON.stringify({
      client: { delegated_servers: Array(MAX_DELEGATED_SERVERS + 1).fill(PK) },
    }),
    "a flag that is a text": `{"server":{"dht_bootstrap":"yes"}}`,
    "sessions beyond exact numbers": `{"server":{"availableSessions":9007199254740993}}`,
  })
) {
  Deno.test(`Entry refuses ${name}`, () => {
    throws(() => parseEntry(malformed), (error) => error instanceof ProtocolError && error.by === "peer");
  });
}

Deno.test("Entry checks that keys lie on the curve when asked", () => {
  const off = `{"static":"${"02".padEnd(65, "0")}5"}`;
  strictEqual(parseEntry(off).static.length, 66);
  throws(() => parseEntry(off, { checkKeys: true }), ProtocolError);
});

Deno.test("Entry list leaves out malformed members and refuses what is no list", () => {
  deepStrictEqual(parseEntries(`[{${base}},{"sequence":-1},7]`), [parseEntry(`{${base}}`)]);
  throws(() => parseEntries("{}"), ProtocolError);
});

Deno.test("Entry signature covers every member and nothing else", () => {
  const signed = serverEntry(pairOf(2));
  ok(verifiedText(signed));
  ok(verifiedText(parseEntry(encodeEntry(signed))));
  ok(!verifiedText({ ...signed, sequence: 1n }));
  ok(!verifiedText({ ...signed, static: PK }));
  ok(!verifiedText({ ...signed, server: { ...signed.server!, serverType: "official" } }));
  ok(!verifiedText({ ...signed, signature: undefined }));
  ok(!verifiedText({ ...signed, signature: signed.signature!.slice(2) }));
  ok(!verifiedText({ ...signed, signature: "zz".repeat(65) }));
  strictEqual(signEntry(signed, pairOf(2).secret).signature, signed.signature);
});

Deno.test("Entry signed over a member of the future verifies by its received text, digits kept", () => {
  const pair = pairOf(1);
  const { signature: _, ...unsigned } = serverEntry(pair);
  const preimage = encodeEntry(unsigned).replace(
    `"availableSessions"`,
    `"address_wt":"a:1","next":1795382221487194075,$&`,
  );
  const received = `${preimage.slice(0, -1)},"signature":"${toHex(sign(pair.secret, utf8(preimage)))}"}`;
  const entry = parseEntry(received);
  ok(!verifiedText(entry));
  strictEqual(verifiedText(entry, received), received);
  strictEqual(verifiedText(entry, received.replaceAll(",", " ,\n")), received, "white space is not signed");
  ok(!verifiedText(entry, received.replace("194075", "194076")));
});

Deno.test("Entry that verifies by its known members loses the unknown ones", () => {
  const written = encodeEntry(clientEntry(pairOf(1)));
  strictEqual(verifiedText(parseEntry(written), written.replace("{", `{"zzz":1,`)), written);
  strictEqual(signingPreimage(parseEntry(written)).includes("signature"), false);
});

/** What the stock discovery's parser made of each, run. */
Deno.test("Entry takes names in any case, and of several of one name the last", () => {
  const read = (json: string) => parseEntry(json, { checkKeys: true });
  const zero = read("{}");
  const at = (address: string, availableSessions: number) => ({
    ...zero,
    server: { address, availableSessions },
  });
  deepStrictEqual(read('{"VERSION":"a","Sequence":7,"sequence":null}'), {
    ...zero,
    version: "a",
    sequence: 7n,
  });
  deepStrictEqual(read('{"version":"a","version":null,"timestamp":-0}'), zero);
  deepStrictEqual(read('{"server":{"address":"a"},"Server":{"AvailableSessions":3}}'), at("a", 3));
  deepStrictEqual(
    read('{"server":{"address":"a"},"server":null,"server":{"availablesessions":3}}'),
    at("", 3),
  );
  deepStrictEqual(read('{"server":{"address":"a"},"server":null}'), zero);
  deepStrictEqual(read('{"client":{"delegated_servers":[]},"client":{}}').client, { delegatedServers: [] });
  deepStrictEqual(read(`{"static":"${PK}","STATIC":"","static":"000"}`).static, PK);
  strictEqual(read('{"ver\u017fion":"a"}').version, "");
  for (
    const json of [
      '{"version":1,"version":"a"}',
      '{"sequence":-0}',
      '{"sequence":1.0,"sequence":1}',
      '{"client":"x","client":null}',
      '{"static":"zz","static":""}',
    ]
  ) throws(() => read(json), ProtocolError, json);
});
