/** The ways to run the program from source have what the release has, and work from anywhere. */
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { RUN_ARGS, TOP } from "../../scripts/release.ts";

const STAND_IN = '#!/bin/sh\nprintf \'%s\\n\' "${0##*/}" "$PWD" "$@"\n[ -n "$HOME" ] || echo homeless\n';

/** What scripts/dmsg starts where only some programs are. */
async function started(programs: readonly string[], HOME = "/") {
  const top = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${top}/bin`);
    for (const name of ["dirname", "readlink", "sed"]) {
      await Deno.symlink(`/usr/bin/${name}`, `${top}/bin/${name}`);
    }
    for (const name of programs) await Deno.writeTextFile(`${top}/bin/${name}`, STAND_IN, { mode: 0o755 });
    await Deno.symlink(`${TOP}scripts/dmsg`, `${top}/link`);
    await Deno.symlink("link", `${top}/dmsg`);
    const { code, stdout, stderr } = await new Deno.Command("/bin/sh", {
      args: [`${top}/dmsg`, "send", "a b", "", "--", "*"],
      env: { PATH: `${top}/bin`, HOME },
      clearEnv: true,
      cwd: top,
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trimEnd());
    return { status: code, lines: out.split("\n"), stderr: err, cwd: await Deno.realPath(top) };
  } finally {
    await Deno.remove(top, { recursive: true });
  }
}

const ignore = Deno.build.os === "windows";
const top = TOP.replace(/\/$/, "");
const words = RUN_ARGS.filter((word) => word !== "--unstable-kv"); // deno.json has it
const expected = [
  ...words,
  "--config",
  `${top}/deno.json`,
  `${top}/main.ts`,
  "send",
  "a b",
  "",
  "--",
  "*",
];

Deno.test({
  name: "scripts/dmsg runs the program as released, where one is, also through links",
  ignore,
  async fn() {
    const { status, lines, stderr, cwd } = await started(["deno", "npx"]);
    deepStrictEqual([status, stderr, lines], [0, "", ["deno", cwd, ...expected]]);
  },
});

Deno.test({
  name: "scripts/dmsg takes npx where there is no deno, and says so where there is neither",
  ignore,
  async fn() {
    const { lines, cwd } = await started(["npx"]);
    deepStrictEqual(lines, ["npx", cwd, "-y", "deno@2.9.6", ...expected]);
    const { status, stderr } = await started([]);
    match(stderr, /^dmsg: There is neither deno nor npx on the PATH\nhint: /);
    strictEqual(status, 5);
  },
});

Deno.test({
  name: "scripts/dmsg finds deno where its installer puts it, which is on no PATH of cron or a service",
  ignore,
  async fn() {
    const home = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${home}/.deno/bin`, { recursive: true });
      await Deno.writeTextFile(`${home}/.deno/bin/deno`, STAND_IN, { mode: 0o755 });
      for (const programs of [[], ["npx"]]) {
        const { status, lines, cwd } = await started(programs, home);
        deepStrictEqual([status, lines], [0, ["deno", cwd, ...expected]]);
      }
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
});

Deno.test({
  name: "scripts/dmsg hands on no HOME that is no directory: the runtime would end with it",
  ignore,
  async fn() {
    const homeless = async (home: string): Promise<boolean> =>
      (await started(["deno"], home)).lines.at(-1) === "homeless";
    const homes = ["/dev/null", "/dev/null/x/y", "", "/", "/not/made/yet", "not/made/yet"];
    deepStrictEqual(await Promise.all(homes.map(homeless)), [true, true, true, false, false, false]);
  },
});

Deno.test("Task dmsg has what the release has", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${TOP}deno.json`));
  strictEqual(tasks.dmsg.command, ["deno", ...words, "main.ts"].join(" "));
});
