import { deepStrictEqual, rejects, strictEqual, throws } from "node:assert/strict";
import {
  directoryOfKey,
  type IdentitySource,
  keptIdentities,
  NoIdentity,
  requireIdentity,
  resolveIdentity,
} from "../../lib/identity/identity.ts";
import { secretOfVisorConfig } from "../../lib/identity/visor_config.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { toHex, utf8 } from "../../lib/wire/bytes.ts";
import type { UserError } from "../../lib/wire/errors.ts";
import { memoryFiles } from "../fakes/files.ts";

const secret = (n: number) => n.toString(16).padStart(64, "0");
const files = memoryFiles({
  "/visor.json": JSON.stringify({ version: "1.3", sk: secret(2), pk: "ignored", apps: [{ sk: secret(9) }] }),
  "/k": secret(4),
});
const resolve = (identity: IdentitySource) => resolveIdentity({ identity }, { files, random: systemRandom });
const everything: IdentitySource = {
  flagSecret: secret(1),
  visorConfig: "/visor.json",
  envSecret: { name: "DMSG_SK", text: secret(3) },
  keyFile: "/k",
};

Deno.test("Identity is the first place that is set", async () => {
  const places: [Partial<IdentitySource>, string, number, string | undefined][] = [
    [{}, "flag", 1, undefined],
    [{ flagSecret: undefined }, "config", 2, "/visor.json"],
    [{ flagSecret: undefined, visorConfig: undefined }, "env", 3, undefined],
    [{ flagSecret: undefined, visorConfig: undefined, envSecret: undefined }, "file", 4, "/k"],
  ];
  for (const [without, origin, number, path] of places) {
    const identity = await resolve({ ...everything, ...without });
    deepStrictEqual([identity.origin, toHex(identity.pair.secret), identity.path, identity.created], [
      origin,
      secret(number),
      path,
      false,
    ]);
  }
});

Deno.test("Identity makes its key file on first use", async () => {
  const identity = await resolve({ keyFile: "/new" });
  deepStrictEqual([identity.origin, identity.created, files.kept.has("/new")], ["file", true, true]);
});

Deno.test("Identity does not pass over a place that holds no key, and does not say what is there", async () => {
  for (const text of ["", "hunter2hunter2", secret(0), secret(1) + "0", "g".repeat(64)]) {
    for (
      const bad of [{ flagSecret: text }, {
        flagSecret: undefined,
        visorConfig: undefined,
        envSecret: { name: "DMSG_SK", text },
      }]
    ) {
      await rejects(resolve({ ...everything, ...bad }), (error: UserError) => {
        strictEqual(error.kind, "usage");
        return text === "" || !`${error.message}${error.hint}${error.stack}${error.cause}`.includes(text);
      });
    }
  }
});

Deno.test("Visor configuration that is missing is a local error", async () => {
  await rejects(
    resolve({ visorConfig: "/no.json", keyFile: "/k" }),
    (error: UserError) => error.kind === "local",
  );
});

Deno.test("Visor configuration gives its member sk", () => {
  strictEqual(toHex(secretOfVisorConfig(`{"sk":"${secret(7)}","x":[{}]}`, "v.json")), secret(7));
  const twice = `{"sk":"${secret(7)}","SK":"${secret(8)}","sk":null}`;
  strictEqual(
    toHex(secretOfVisorConfig(twice, "v.json")),
    secret(8),
    "in any case, the last one, as Go reads it",
  );
});

Deno.test("Visor configuration without a key is an error that does not quote it", () => {
  const marker = "c0ffee".repeat(9);
  const texts = [
    `${marker}`,
    `{"sk":"${marker}`,
    `{"sk":"${marker}"}`,
    `{"sk":["${marker}"]}`,
    `["${marker}"]`,
    "null",
    "{}",
  ];
  for (const text of texts) {
    throws(() => secretOfVisorConfig(text, "v.json"), (error: UserError) => {
      strictEqual(error.kind, "local");
      return !`${error.message}${error.hint}${error.stack}${error.cause}`.includes("c0ffee");
    });
  }
});

Deno.test("A key that is required and not there is an error that names who may be meant", async () => {
  const files = memoryFiles({
    "/d/identities/alice/identity.key": secret(1),
    "/d/identities/alicia/run/owner.lock": "",
  });
  const place = (name: string | undefined, more: Partial<IdentitySource> = {}) => ({
    dataDir: "/d",
    identityName: name,
    identity: {
      keyFile: name === undefined ? "/d/identity.key" : `/d/identities/${name}/identity.key`,
      ...more,
    },
  });
  const refused = async (name: string | undefined): Promise<[string, string | undefined]> => {
    const error = await requireIdentity(place(name), { files }).catch((error) => error);
    if (!(error instanceof NoIdentity)) throw error;
    return [error.kind, error.hint];
  };
  await requireIdentity(place("alice"), { files });
  await requireIdentity(place("other", { flagSecret: secret(2) }), { files });
  // A directory without a key, as one that failed may leave, is nobody.
  deepStrictEqual(await refused("alcie"), ["usage", "Did you mean alice?"]);
  deepStrictEqual(await refused("work"), ["usage", "`dmsg id create --identity work` makes it."]);
  strictEqual((await refused(undefined))[0], "local");
  deepStrictEqual([...files.kept.keys()].length, 2);
});

Deno.test("A key from elsewhere that lies in a file of ours, too, is that identity", async () => {
  const files = memoryFiles({ "/d/identities/a/identity.key": secret(1), "/d/identity.key": secret(2) });
  const at = async (n: number) => {
    const { pair } = await resolve({ keyFile: "/none", flagSecret: secret(n) });
    return await directoryOfKey({ dataDir: "/d" }, { files }, pair.pk);
  };
  deepStrictEqual([await at(1), await at(2), await at(3)], ["/d/identities/a", "/d", undefined]);
});

Deno.test("All identities of a directory are told, the default one first, with what is wrong with one", async () => {
  const files = memoryFiles({
    "/d/identities/b/identity.key": secret(1),
    "/d/identities/a/identity.key": "none",
    "/d/identities/c/run/owner.lock": "",
  });
  const all = async () =>
    (await keptIdentities(files, "/d")).map(({ name, path, pk }) => [name, path, typeof pk === "string"]);
  const named = [["a", "/d/identities/a/identity.key", false], ["b", "/d/identities/b/identity.key", true]];
  deepStrictEqual(await all(), named);
  await files.createPrivate("/d/identity.key", utf8(secret(2)));
  deepStrictEqual(await all(), [[undefined, "/d/identity.key", true], ...named]);
});
