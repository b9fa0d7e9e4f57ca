import { deepStrictEqual, rejects, strictEqual, throws } from "node:assert/strict";
import { localTime } from "../../cli/words/people.ts";
import { aborted, unlessAborted } from "../../cli/abort.ts";
import { parsePort } from "../../cli/flags/address.ts";
import { entryWords, serverWords } from "../../cli/words/entry.ts";
import { addressNamed } from "../../cli/names/peers.ts";
import { countUpTo, parseCount, parseSize } from "../../cli/flags/size.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { memoryFiles } from "../fakes/files.ts";

const PK = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

Deno.test("A port is 1 to 65535 in decimal, and nothing may follow it", () => {
  deepStrictEqual(["1", "07", "65535"].map(parsePort), [1, 7, 65535]);
  for (const text of ["", "0", "65536", "5x", "0x5", "-1", " 5", "1e3"]) {
    throws(() => parsePort(text), SyntaxError);
  }
});

Deno.test("An address is PK:PORT; a bare key is one only where a port is understood", async () => {
  const host = { env: () => undefined, files: memoryFiles(), os: "unix" } as const;
  const home = { ...host, env: (name: string) => name === "HOME" ? "/home/ann" : undefined };
  deepStrictEqual(await addressNamed(host, `${PK.toUpperCase()}:80`), { pk: PK, port: 80 });
  deepStrictEqual(await addressNamed(host, PK, 7), { pk: PK, port: 7 });
  await rejects(addressNamed(host, PK), /a port is missing: PK:PORT/);
  for (const text of [`${PK}:`, `${PK}:0`, `${PK}:~`, `${PK}:1:2`, ":5", "02:5", "bob:5"]) {
    await rejects(addressNamed(home, text, 7), UserError);
  }
  const files = memoryFiles({ "/home/ann/.config/skywire/skychat-aliases.json": `{"bob":"${PK}"}` });
  deepStrictEqual(await addressNamed({ ...home, files }, "bob:5"), { pk: PK, port: 5 });
});

Deno.test("A size is a number of bytes with or without a unit", () => {
  const cases: [string, number][] = [["1", 1], ["32MiB", 2 ** 25], ["1.5K", 1536], ["64kB", 64_000], [
    "2G",
    2 ** 31,
  ], ["7B", 7]];
  deepStrictEqual(cases.map(([text]) => parseSize(text)), cases.map(([, bytes]) => bytes));
  for (const text of ["", "0", "0.1", "-1", "1 M", "3XB", "1toString", "1e3", "∞"]) {
    throws(() => parseSize(text), SyntaxError);
  }
});

Deno.test("A count is a whole number from 1", () => {
  deepStrictEqual(["1", "42"].map(parseCount), [1, 42]);
  for (const text of ["", "0", "01", "-1", "1.5", "1e3", "9999999999"]) {
    throws(() => parseCount(text), SyntaxError);
  }
});

Deno.test("A count with an end is a whole number up to it", () => {
  deepStrictEqual(["1", "64"].map(countUpTo(64)), [1, 64]);
  for (const text of ["0", "65", "999999999", "64.0", ""]) throws(() => countUpTo(64)(text), /from 1 to 64/);
});

Deno.test("A wait ends with its signal, and leaves no listener behind when it ends before", async () => {
  const controller = new AbortController();
  strictEqual(await unlessAborted(controller.signal, Promise.resolve(3)), 3);
  const waits = [
    unlessAborted(controller.signal, new Promise(() => {})),
    aborted(controller.signal),
  ] as const;
  controller.abort(new Error("enough"));
  await rejects(waits[0], /enough/);
  await waits[1];
  await aborted(controller.signal);
  await rejects(unlessAborted(controller.signal, Promise.resolve(3)), /enough/);
});

Deno.test("An entry's words escape what strangers wrote, and survive every timestamp", () => {
  const entry = {
    version: "0.0.1",
    sequence: 2n ** 64n - 1n,
    timestampNs: 2n ** 63n - 1n,
    static: PK,
    client: { delegatedServers: null },
    clientType: "a\x1b[2J\nb",
    server: { address: "h\u202ex:1", availableSessions: 1, serverType: "official" },
  };
  strictEqual(
    entryWords(entry),
    [
      PK,
      "  is a        server and client (a\\x1b[2J\\nb)",
      "  servers     none",
      "  address     h\\u{202e}x:1",
      "  room for    1 session, official",
      `  registered  ${localTime("2262-04-11T23:47:16.854Z")} (post 18446744073709551616)`,
    ].join("\n"),
  );
  strictEqual(serverWords(entry), `${PK}  h\\u{202e}x:1  1 session, official`);
});
