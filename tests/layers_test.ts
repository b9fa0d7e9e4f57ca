import { deepStrictEqual, ok } from "node:assert/strict";
import { circlesIn, problemsOf, runsWith, SIGHT } from "./layers.ts";

const TOP = new URL("..", import.meta.url);

/** Paths of the program's sources, from the top of the repository. */
function sources(folder: string): string[] {
  try {
    return [...Deno.readDirSync(new URL(folder, TOP))].flatMap((entry) => {
      if (entry.isDirectory) return sources(`${folder}${entry.name}/`);
      return entry.name.endsWith(".ts") ? [`${folder}${entry.name}`] : [];
    });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

const files = [...sources("lib/"), ...sources("cli/"), ...sources("tui/"), "main.ts"];
const others = [...sources("bench/"), ...sources("scripts/"), ...sources("tests/")];
const textOf = (path: string): string => Deno.readTextFileSync(new URL(path, TOP));

Deno.test("Every room imports only rooms below it, and only the edges touch the system", () => {
  deepStrictEqual(
    files.flatMap((path) => problemsOf(path, textOf(path))),
    [],
  );
});

Deno.test("No files import each other in a ring", () => {
  deepStrictEqual(circlesIn(new Map([...files, ...others].map((path) => [path, textOf(path)]))), []);
});

Deno.test("A program that waits runs nothing of groups, no AES and no shapes of the owner's methods", () => {
  const program = new Map(files.map((path) => [path, textOf(path)]));
  const waits = [
    ...["cli/commands/daemon.ts", "cli/commands/listen.ts", "cli/app.ts"],
    ...["lib/app/here.ts", "lib/owner/server/serve.ts"],
  ];
  const runs = runsWith(waits, program);
  ok(runs.has("lib/store/writing/writer.ts") && runs.has("lib/dmsg/client.ts"), "it is looked for wrongly");
  const idle = ["lib/cxo/", "lib/group/", "lib/owner/schema/", "lib/crypto/gcm.ts"];
  deepStrictEqual([...runs].filter((path) => idle.some((part) => path.startsWith(part))), []);
});

Deno.test("What runs with a file leaves out types and what is imported lazily", () => {
  const sources = new Map([
    ["main.ts", `import type { A } from "./a.ts";\nimport { type B, b } from "./b.ts";\n// import "./a.ts"`],
    ["b.ts", `export type { A } from "./a.ts";\nexport { d } from "./d.ts";\nawait import("./c.ts");`],
  ]);
  deepStrictEqual([...runsWith(["main.ts"], sources)], ["main.ts", "b.ts", "d.ts"]);
});

Deno.test("No file of the program is longer than 300 lines", () => {
  const long = files.filter((path) => textOf(path).split("\n").length - 1 > 300);
  deepStrictEqual(long, []);
});

Deno.test("Each member of App has a folder, and a contract for both makers", () => {
  const [, body] = /export interface App \{([^]*?)^\}/m.exec(textOf("lib/app/app.ts"))!;
  const members = [...body.matchAll(/^ {2}readonly (\w+): [A-Z]\w+;$/gm)].map(([, name]) => name)
    .filter((name) => name !== "pk");
  ok(members.includes("groups") && members.length > 5);
  const contracts = textOf("tests/app/contract.ts");
  const without = members.filter((name) =>
    !contracts.includes(`from "./contract/${name}.ts"`) || !contracts.includes(`${name}Contract(test)`) ||
    !files.some((path) => path === `lib/app/${name}/${name}.ts`)
  );
  deepStrictEqual(without, []);
});

Deno.test("The ring check finds rings of any length, by types and lazily", () => {
  const ring = new Map([
    ["lib/a/x.ts", `import type { Y } from "./y.ts";`],
    ["lib/a/y.ts", `export const z = () => import("../b/z.ts");\n// import "./x.ts"`],
    ["lib/b/z.ts", `export { x } from "../a/x.ts";`],
    ["main.ts", `import "./lib/a/y.ts";`],
  ]);
  deepStrictEqual(circlesIn(ring), ["lib/a/x.ts → lib/a/y.ts → lib/b/z.ts → lib/a/x.ts"]);
  ring.set("lib/b/z.ts", `export const x = 1;`);
  deepStrictEqual(circlesIn(ring), []);
});

Deno.test("No two rooms see each other, save for named files", () => {
  const pairs = Object.entries(SIGHT).flatMap(([room, sight]) =>
    Object.entries(sight).filter(([other, seen]) => seen === "all" && SIGHT[other]?.[room] === "all")
      .map(([other]) => `${room} and ${other}`)
  );
  deepStrictEqual(pairs, []);
});

const count = (path: string, source: string) => problemsOf(path, source).length;

Deno.test("The layer check names the file and the import", () => {
  deepStrictEqual(problemsOf("lib/chat/link.ts", `import { dial } from "../dmsg/client.ts";`), [
    `lib/chat/link.ts imports "../dmsg/client.ts": chat must not know dmsg`,
  ]);
  deepStrictEqual(
    problemsOf("lib/discovery/http.ts", `import {\n  dial,\n} from "../dmsg/client.ts";`).length,
    1,
  );
  deepStrictEqual(problemsOf("lib/noise/x.ts", `const a = await import("../app/app.ts");`), [
    `lib/noise/x.ts imports "../app/app.ts": noise must not know app`,
  ]);
});

Deno.test("The layer check lets the picture's own imports pass", () => {
  const allowed: [string, string][] = [
    ["lib/dmsg/sessions/session.ts", "../../noise/secure.ts"],
    ["lib/dmsg/carriers/tcp.ts", "../../wire/errors.ts"],
    ["lib/dmsg/carriers/tcp.ts", "../entries/entry.ts"],
    ["lib/wire/drive.ts", "../sys/clock.ts"],
    ["lib/discovery/rules.ts", "../dmsg/entries/entry.ts"],
    ["cli/commands/id.ts", "../../lib/identity/key_file.ts"],
    ["main.ts", "./cli/run.ts"],
    ["lib/crypto/sign.ts", "@noble/curves/secp256k1.js"],
  ];
  for (const [path, target] of allowed) {
    deepStrictEqual(problemsOf(path, `import { x } from "${target}";`), []);
  }
});

Deno.test("The layer check refuses steps up, sideways and outside", () => {
  const refused: [string, string][] = [
    ["lib/sys/net.ts", "../dmsg/entries/entry.ts"],
    ["lib/sys/net.ts", "../wire/drive.ts"],
    ["lib/crypto/keys.ts", "../sys/clock.ts"],
    ["lib/noise/secure.ts", "../yamux/mux.ts"],
    ["lib/app/app.ts", "../../cli/print.ts"],
    ["lib/app/app.ts", "../../tests/fakes/clock.ts"],
    ["main.ts", "./lib/app/app.ts"],
    ["lib/unheard/x.ts", "../wire/bytes.ts"],
    ["lib/wire/x.ts", "fast-check"],
    ["cli/x.ts", "node:fs"],
  ];
  for (const [path, target] of refused) {
    deepStrictEqual(count(path, `import { x } from "${target}";`), 1, `${path} → ${target}`);
  }
});

Deno.test("The layer check finds system calls outside the edges, not in comments", () => {
  deepStrictEqual(count("lib/dmsg/client.ts", "await Deno.connect({ port });"), 1);
  deepStrictEqual(count("lib/dmsg/carriers/tcp.ts", "await Deno.connect({ port });"), 0);
  deepStrictEqual(count("lib/chat/link.ts", "setTimeout(run, 5); Date.now();"), 2);
  deepStrictEqual(count("lib/sys/clock.ts", "setTimeout(run, 5); Date.now();"), 0);
  deepStrictEqual(
    count("lib/chat/link.ts", "/** `await Deno.openKv(path)` */\n// Date.now() is not used\n"),
    0,
  );
});
