import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { knownIn, SERVERS_FILE, serversFile } from "../../../lib/app/node/servers_file.ts";
import { serverAt } from "../../../lib/dmsg/discovery/place.ts";
import { systemFiles } from "../../../lib/sys/files/files.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { pairOf } from "../../discovery/support.ts";

const [DISCOVERY, A, B] = [pairOf(80).pk, pairOf(90).pk, pairOf(91).pk];
const [AT_A, AT_B] = [{ pk: A, address: "10.0.0.1:30081" }, { pk: B, address: "[::1]:9091" }];

Deno.test("Servers of a discovery are known at the next start; what is no news is not written again", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/${SERVERS_FILE}`;
  try {
    const place: { at?: string } = {};
    const file = serversFile(systemFiles, () => place.at);
    await file.learn(DISCOVERY, [AT_A]);
    deepStrictEqual(await file.recall(DISCOVERY), [], "nobody has said where yet");
    place.at = directory;
    await file.learn(DISCOVERY, [AT_A]);
    deepStrictEqual([...Deno.readDirSync(directory)], [], "nothing is kept where nothing of ours is");
    await Deno.writeTextFile(`${directory}/key`, "x");
    await Promise.all([file.learn(DISCOVERY, [AT_A]), file.learn(DISCOVERY, [AT_B])]);
    deepStrictEqual(await serversFile(systemFiles, () => directory).recall(DISCOVERY), [AT_B, AT_A]);
    deepStrictEqual(await file.recall(A), []);
    if (Deno.build.os !== "windows") strictEqual(Deno.statSync(path).mode! & 0o777, 0o600);
    const before = Deno.statSync(path).ino;
    await file.learn(DISCOVERY, [AT_A, AT_B]);
    strictEqual(Deno.statSync(path).ino, before, "the same ones");
    await Deno.writeTextFile(path, "{ torn");
    deepStrictEqual(await file.recall(DISCOVERY), []);
    await file.learn(DISCOVERY, [AT_A]);
    deepStrictEqual(await file.recall(DISCOVERY), [AT_A]);
    await Deno.writeTextFile(path, " ".repeat(1 << 20));
    deepStrictEqual(await file.recall(DISCOVERY), []);
    await file.learn(DISCOVERY, [AT_B]);
    deepStrictEqual(await file.recall(DISCOVERY), [AT_B], "one that is too long is none");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("The longest file of servers there can be is read again", async () => {
  const keys = Array.from({ length: 64 }, (_, i) => pairOf(i + 1).pk);
  const servers = keys.map((pk) => serverAt(`${pk}@${"h".repeat(253)}:65535`)!);
  strictEqual(serverAt(`${A}@${"h".repeat(254)}:1`), undefined);
  strictEqual(serverAt(`${A}@[${":".repeat(46)}]:1`), undefined);
  const its = servers.map(({ pk, address }) => `${pk}@${address}`);
  let text = utf8(JSON.stringify(Object.fromEntries(keys.slice(0, 16).map((key) => [key, its]))));
  const files = {
    read: (_: string, maxBytes: number) =>
      text.length > maxBytes ? Promise.reject(new Error("too long")) : Promise.resolve(text),
    list: () => Promise.resolve(["key"]),
    replacePrivate: (_: string, bytes: Uint8Array) => Promise.resolve(void (text = bytes as typeof text)),
  };
  const file = serversFile(files, () => "/");
  await file.learn(DISCOVERY, servers);
  const known = knownIn(fromUtf8(text));
  deepStrictEqual([...known.keys()], [DISCOVERY, ...keys.slice(0, 15)]);
  strictEqual((await file.recall(keys[14])).length, 64);
});

Deno.test("A file of servers that can't be written is not missed", async () => {
  const files = {
    read: () => Promise.resolve(undefined),
    list: () => Promise.resolve(["key"]),
    replacePrivate: () => Promise.reject(new Error("the disk is full")),
  };
  await serversFile(files, () => "/nowhere").learn(DISCOVERY, [AT_A]);
});

Deno.test("Of a file of servers what is none is left out", () => {
  const ours = `${A}@10.0.0.1:30081`;
  deepStrictEqual(
    knownIn(JSON.stringify({ [DISCOVERY]: [ours, "x", 5, `${A}@`, `${"05".repeat(33)}@h:1`] })).get(
      DISCOVERY,
    ),
    [
      AT_A,
    ],
  );
  for (const text of ["", "[]", "5", "null", '{"x":5}', '{"x":{"y":1}}', '"x"']) {
    deepStrictEqual([...knownIn(text).values()].flat(), [], text);
  }
  strictEqual(knownIn(JSON.stringify({ [DISCOVERY]: Array(100).fill(ours) })).get(DISCOVERY)?.length, 64);
});
