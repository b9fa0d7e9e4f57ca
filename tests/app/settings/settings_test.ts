import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import {
  DEFAULT_DISCOVERY,
  resolveSettings,
  type SettingsFlags,
  type SettingsHost,
} from "../../../lib/app/settings.ts";
import type { EnvName } from "../../../lib/sys/env.ts";
import { UserError, type UserErrorKind } from "../../../lib/wire/errors.ts";
import { pairOf } from "../../discovery/support.ts";
import { memoryFiles } from "../../fakes/files.ts";

interface World {
  env?: Partial<Record<EnvName, string>>;
  files?: Record<string, string>;
  answers?: Record<string, number>;
  os?: "unix" | "windows";
}

function host(world: World): SettingsHost {
  const env: Partial<Record<EnvName, string>> = { HOME: "/h", ...world.env };
  return {
    env: (name) => env[name],
    files: memoryFiles(world.files),
    os: world.os ?? "unix",
    fetch: (input) => {
      const status = world.answers?.[String(input)];
      return status
        ? Promise.resolve(new Response("{}", { status }))
        : Promise.reject(new TypeError("refused"));
    },
  };
}

const resolve = (flags: SettingsFlags, world: World = {}) => resolveSettings(flags, host(world));
const fails = (flags: SettingsFlags, world: World, message: RegExp, kind: UserErrorKind = "usage") =>
  rejects(resolve(flags, world), (error: unknown) => {
    strictEqual(error instanceof UserError && error.kind, kind);
    strictEqual(message.test((error as Error).message), true, (error as Error).message);
    return true;
  });
const CONFIG = "/h/.config/dmsg/config.json";

Deno.test("Settings of nothing are the built-in ones", async () => {
  deepStrictEqual(await resolve({}), {
    discovery: [DEFAULT_DISCOVERY],
    discoveryOrigin: "default",
    durability: "power",
    store: undefined,
    dataDir: "/h/.local/share/dmsg",
    identityDir: "/h/.local/share/dmsg",
    identityName: undefined,
    identity: {
      flagSecret: undefined,
      visorConfig: undefined,
      envSecret: undefined,
      keyFile: "/h/.local/share/dmsg/identity.key",
    },
    pq: "off",
    takeOver: false,
    messages: { receipts: false, acceptFirst: false },
    outbox: { bytes: 64 * 1024 * 1024, ageNs: 7n * 86_400_000_000_000n },
    exec: { jobs: 4, timeoutMs: undefined },
    chat: {},
    files: { accept: "ask", maxBytes: 100 * 2 ** 20, quotaBytes: 2 ** 30, directory: undefined, peers: {} },
  });
});

Deno.test("Settings say which files are taken, and of whom otherwise", async () => {
  const files = async (value: unknown) =>
    (await resolve({}, { files: { [CONFIG]: JSON.stringify({ files: value }) } })).files;
  const peer = "02a1a6f8a1a109355914bd8694cf3378070346138e26aab828b30e3fc7dcd7913e";
  deepStrictEqual(await files({ directory: "/in", maxMiB: 1, peers: { [peer]: { accept: "accepted" } } }), {
    accept: "ask",
    maxBytes: 2 ** 20,
    quotaBytes: 2 ** 30,
    directory: "/in",
    peers: { [peer]: { accept: "accepted" } },
  });
  await rejects(files({ directory: "in" }), /is not absolute/);
  await rejects(files({ peers: { alice: {} } }), /"files.peers.alice" is no public key: 66/);
  await rejects(files({ accept: "all" }), /must be "ask", "accepted" or "never"/);
});

Deno.test("Settings take the discovery from flag, variable, file, in this order", async () => {
  const world: World = {
    env: { DMSG_DISCOVERY: "http://env:1/, http://env:2" },
    files: { [CONFIG]: '{"discovery":["http://file:1/"]}' },
  };
  const discovery = async (flags: SettingsFlags, world: World) => {
    const { discovery, discoveryOrigin } = await resolve(flags, world);
    return [discoveryOrigin, ...discovery];
  };
  deepStrictEqual(await discovery({ discovery: ["http://flag:1", "https://flag:2/x/"] }, world), [
    "flag",
    "http://flag:1",
    "https://flag:2/x",
  ]);
  deepStrictEqual(await discovery({}, world), ["env", "http://env:1", "http://env:2"]);
  deepStrictEqual(await discovery({}, { files: world.files }), ["config", "http://file:1"]);
  deepStrictEqual(await discovery({}, { files: { [CONFIG]: '{"discovery":"http://one"}' } }), [
    "config",
    "http://one",
  ]);
});

Deno.test("Settings take a discovery over dmsg, and say what such a URL looks like", async () => {
  const [key, server] = [pairOf(1).pk, pairOf(2).pk];
  const url = `dmsg://${key}:80/${server}@127.0.0.1:8081`;
  const short = `${url.replace(":80/", "/")}/`;
  deepStrictEqual((await resolve({ discovery: [short] })).discovery, [url]);
  const files = { [CONFIG]: JSON.stringify({ discovery: ["http://one", short] }) };
  deepStrictEqual((await resolve({}, { files })).discovery, ["http://one", url]);
  for (const text of [`dmsg://${key}`, `dmsg://${key}/x`, `${url}/x`, "dmsg://x/y@z:1"]) {
    await rejects(resolve({ discovery: [text] }), (error: UserError) => {
      match(error.message, /is not the URL of a discovery/);
      match(error.hint!, /dmsg:\/\/KEY:80\/SERVERKEY@HOST:PORT/);
      return true;
    });
  }
});

Deno.test("Settings refuse what is no URL of a discovery", async () => {
  for (const text of ["dmsgd", "ftp://x", "http://x/?q", "http://x/#f", "http://"]) {
    await fails({ discovery: [text] }, {}, /is not the URL/);
  }
  await fails({ discovery: [""] }, {}, /no URL in --discovery/);
  await rejects(
    resolve({ discovery: ["http://me:hunter2@x"] }),
    (error: Error) => !error.message.includes("hunter2"),
  );
});

Deno.test("Settings take the store from variable or file, and want the URL of a server", async () => {
  const files = { [CONFIG]: '{"store":"https://kv.example/db"}' };
  const env = { DMSG_STORE: "http://127.0.0.1:4512" };
  strictEqual((await resolve({}, { env, files })).store, "http://127.0.0.1:4512/");
  strictEqual((await resolve({}, { files })).store, "https://kv.example/db");
  for (const text of ["disk", "/a/file", "ftp://x"]) {
    await fails({}, { env: { DMSG_STORE: text } }, /in DMSG_STORE is not the URL of a KV Connect server$/);
  }
  await rejects(
    resolve({}, { env: { DMSG_STORE: "http://me:hunter2@x" } }),
    (error: Error) => !error.message.includes("hunter2"),
  );
});

Deno.test("Settings find directories where the system's rules say", async () => {
  const dataDir = async (flags: SettingsFlags, world: World) => (await resolve(flags, world)).dataDir;
  strictEqual(await dataDir({}, { env: { XDG_DATA_HOME: "/x/" } }), "/x/dmsg");
  strictEqual(await dataDir({}, { env: { XDG_DATA_HOME: "relative" } }), "/h/.local/share/dmsg");
  strictEqual(await dataDir({}, { env: { DMSG_DATA_DIR: "/d", XDG_DATA_HOME: "/x" } }), "/d");
  strictEqual(await dataDir({ dataDir: "f" }, { env: { DMSG_DATA_DIR: "/d" } }), "f");
  strictEqual(await dataDir({}, { os: "windows", env: { APPDATA: "C:\\a" } }), "C:\\a/dmsg");
  strictEqual(await dataDir({ dataDir: "/f" }, { env: { HOME: undefined } }), "/f");
  await fails({}, { env: { HOME: undefined } }, /HOME is not set/);
  await fails({ dataDir: "" }, {}, /names no directory/);
});

Deno.test("Settings give a named identity its own directory", async () => {
  const settings = await resolve({ identity: "work" });
  deepStrictEqual([settings.dataDir, settings.identityDir, settings.identity.keyFile], [
    "/h/.local/share/dmsg",
    "/h/.local/share/dmsg/identities/work",
    "/h/.local/share/dmsg/identities/work/identity.key",
  ]);
  strictEqual((await resolve({}, { files: { [CONFIG]: '{"identity":"home"}' } })).identityName, "home");
  for (const name of ["", ".", "..", "a/b", "a\\b", "-x", "x".repeat(65)]) {
    await fails({ identity: name }, {}, /name/);
  }
});

Deno.test("Settings name the first secret that is set", async () => {
  const both = await resolve({ sk: "s", config: "c" }, { env: { DMSG_SK: "a", DMSGCURL_SK: "b" } });
  deepStrictEqual(both.identity, {
    flagSecret: "s",
    visorConfig: "c",
    envSecret: { name: "DMSG_SK", text: "a" },
    keyFile: "/h/.local/share/dmsg/identity.key",
  });
  const one = await resolve({}, { env: { DMSGCURL_SK: "b" } });
  deepStrictEqual(one.identity.envSecret, { name: "DMSGCURL_SK", text: "b" });
});

Deno.test("Settings prefer the stricter handshake", async () => {
  const pq = async (flags: SettingsFlags, file = "{}") =>
    (await resolve(flags, { files: { [CONFIG]: file } })).pq;
  deepStrictEqual([await pq({}), await pq({ pq: true }), await pq({ pq: true, requirePq: true })], [
    "off",
    "offer",
    "require",
  ]);
  strictEqual(await pq({}, '{"pq":"offer"}'), "offer");
});

Deno.test("Configuration file errors name the member", async () => {
  const config = (text: string) => ({ files: { [CONFIG]: text } });
  await fails({}, config('{"discvery":"http://x"}'), /the member "discvery" is not known/);
  await fails({}, config('{"discovery":5}'), /the member "discovery" must be a URL or a list of URLs/);
  await fails({}, config('{"pq":"maybe"}'), /the member "pq" must be "off", "offer" or "require"/);
  for (const text of ["[]", "null", "5"]) await fails({}, config(text), /config\.json is not an object$/);
  const isNot = async (text: string, where: string) =>
    await fails({}, config(text), new RegExp(`config\\.json is not JSON: ${where}$`));
  await isNot("{", "it breaks off in line 1, column 2");
  await isNot('{\n  "pq": "offer",\n  "identity": "a', "it breaks off in line 3, column 17");
  await isNot('{"pq":"offer"}\ngarbage', "see line 2, column 1");
  await isNot('{\n  "pq": offer\n}', "see line 2, column 9");
  await isNot('{\n  "pq": "offer",\n}', "see line 3, column 1");
  await isNot('{"pq":tru}', "see line 1, column 10");
  for (const text of ["", "\n"]) await isNot(text, "there is nothing in it");
});

Deno.test("Local network is found through serve.json and asked whether it is alive", async () => {
  const files = { "/d/serve.json": '{"discovery":"http://127.0.0.1:9090","pid":1}' };
  const flags = { local: true, dataDir: "/d" };
  const answers = { "http://127.0.0.1:9090/health": 200 };
  const settings = await resolve(flags, { files, answers });
  deepStrictEqual([settings.discovery, settings.discoveryOrigin], [["http://127.0.0.1:9090"], "local"]);
  await fails(flags, { files }, /No local network/, "no-network");
  await fails(
    flags,
    { files, answers: { "http://127.0.0.1:9090/health": 503 } },
    /No local network/,
    "no-network",
  );
  await fails(flags, { answers }, /No local network/, "no-network");
  for (const text of ["{", "[]", "null", '{"discovery":5}', '{"discovery":"::"}']) {
    await fails(flags, { files: { "/d/serve.json": text } }, /No local network/, "no-network");
  }
  await fails({ ...flags, discovery: ["http://x"] }, { files, answers }, /exclude each other/);
});
