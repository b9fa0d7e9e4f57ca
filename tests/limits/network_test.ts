/** What others on the network learn: docs/limits.md, "Servers, discovery and whoever listens". */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { nobleAead } from "../../lib/crypto/aead.ts";
import { encodeEntry } from "../../lib/dmsg/entries/entry.ts";
import { parseEntry } from "../../lib/dmsg/entries/read.ts";
import { decodeRequest, encodeRequest } from "../../lib/dmsg/streams/request.ts";
import { Sealer } from "../../lib/noise/transport.ts";
import { bench, clientEntry, pairOf, START_NS } from "../discovery/support.ts";

const [alice, bob, server] = [pairOf(1), pairOf(2), pairOf(99)];

Deno.test("A server reads who asks for whom, for which port and when, without any key", () => {
  const object = encodeRequest({
    timestampNs: START_NS,
    source: { pk: alice.pk, port: 49_153 },
    destination: { pk: bob.pk, port: 1 },
    ipInfo: false,
    noiseMessage: Uint8Array.of(1, 2, 3),
  }, alice.secret);
  const { source, destination, timestampNs } = decodeRequest(object);
  deepStrictEqual(source, { pk: alice.pk, port: 49_153 });
  deepStrictEqual(destination, { pk: bob.pk, port: 1 });
  strictEqual(timestampNs, START_NS);
});

Deno.test("A sealed message is as long as its text and 26 bytes: whoever relays it counts the letters", () => {
  const sealer = new Sealer(nobleAead(new Uint8Array(32)));
  for (const text of ["y", "no", "x".repeat(1000)]) {
    strictEqual(sealer.sealObject(new TextEncoder().encode(text)).length, text.length + 26);
  }
});

Deno.test("Anybody may ask a discovery whether a key is there, since when, and at which servers", async () => {
  const { ask } = bench();
  strictEqual((await ask("POST", "/dmsg-discovery/entry/", encodeEntry(clientEntry(alice)))).status, 200);
  const { status, body } = await ask("GET", `/dmsg-discovery/entry/${alice.pk}`);
  strictEqual(status, 200);
  const entry = parseEntry(body);
  deepStrictEqual(entry.client?.delegatedServers, [server.pk]);
  strictEqual(entry.timestampNs, START_NS);
  ok((await ask("GET", "/dmsg-discovery/entries")).body.includes(alice.pk), "and for all keys at once");
});

Deno.test("A discovery that says nothing of a key is believed: the peer is not there", async () => {
  const { ask } = bench(); // bob has posted elsewhere, or this one withholds it: both look the same
  strictEqual((await ask("GET", `/dmsg-discovery/entry/${bob.pk}`)).status, 404);
});
