/** The files in docs/ that people copy: read by the programs they are for, where those are, and by a few lines here. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { commands } from "../../cli/commands/mod.ts";
import { Status } from "../../cli/exit.ts";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { newStage } from "../script/script.ts";

const DOCS = new URL("../../docs/", import.meta.url);
const read = (name: string): Promise<string> => Deno.readTextFile(new URL(name, DOCS));

interface Result {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program; undefined when there is none. */
async function run(
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<Result | undefined> {
  try {
    const command = new Deno.Command(words[0], { args: words.slice(1), env: { ...env, LC_ALL: "C" } });
    const { code, stdout, stderr } = await command.output();
    return { status: code, stdout: fromUtf8(stdout), stderr: fromUtf8(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** A test that needs a program. @param probe  Runs it without harm; another status than 0 says that it is of no use. */
async function testWith(tool: string, probe: readonly string[], name: string, fn: () => Promise<void>) {
  const works = Deno.build.os !== "windows" && (await run(probe))?.status === 0;
  Deno.test({ name: works ? name : `${name} (skipped: there is no ${tool})`, ignore: !works, fn });
}

/** What `[Section]`s of a unit say, in order. */
function unitOf(text: string): [section: string, key: string, value: string][] {
  let section = "";
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).flatMap((line) => {
    const header = /^\[(\w+)\]$/.exec(line);
    if (header) section = header[1];
    const setting = /^(\w+)=(.+)$/.exec(line);
    ok(header || (setting && section), line);
    return setting ? [[section, setting[1], setting[2]]] : [];
  });
}

const statuses: readonly number[] = Object.values(Status);

Deno.test("The systemd unit starts a command that there is, and names statuses that it has", async () => {
  const unit = unitOf(await read("dmsg.service"));
  deepStrictEqual([...new Set(unit.map(([section]) => section))], ["Unit", "Service", "Install"]);
  const of = (key: string) => unit.filter(([, name]) => name === key).map(([, , value]) => value);
  const [[, command]] = of("ExecStart").map((line) => line.split(" "));
  ok(Object.hasOwn(commands, command));
  deepStrictEqual(of("SuccessExitStatus"), []); // a program that dies of SIGTERM is one that was stopped
  for (const status of of("RestartPreventExitStatus").join(" ").split(" ")) {
    ok(statuses.includes(Number(status)), status);
  }
  // Targets of the system manager mean nothing to a user's.
  strictEqual(
    unit.filter(([, key, value]) => /^(After|Wants)$/.test(key) && /network/.test(value)).length,
    0,
  );
});

await testWith(
  "systemd-analyze",
  ["systemd-analyze", "--version"],
  "The systemd unit is one that systemd takes without a word",
  async () => {
    const home = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${home}/.local/bin`, { recursive: true });
      await Deno.writeTextFile(`${home}/.local/bin/dmsg`, "#!/bin/sh\n", { mode: 0o755 });
      const words = [
        "systemd-analyze",
        "verify",
        "--user",
        "--man=no",
        new URL("dmsg.service", DOCS).pathname,
      ];
      deepStrictEqual(await run(words, { HOME: home, XDG_RUNTIME_DIR: home }), {
        status: 0,
        stdout: "",
        stderr: "",
      });
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
);

/** launchd.plist(5), those of a job that is simply kept running. */
const LAUNCHD_KEYS = [
  "EnvironmentVariables",
  "KeepAlive",
  "Label",
  "ProcessType",
  "Program",
  "ProgramArguments",
  "RunAtLoad",
  "StandardErrorPath",
  "StandardOutPath",
  "ThrottleInterval",
  "Umask",
  "WorkingDirectory",
];
const KEEP_ALIVE_KEYS = ["AfterInitialDemand", "Crashed", "OtherJobEnabled", "PathState", "SuccessfulExit"];

/** As much of a property list as launchd's jobs need. */
function plistOf(xml: string): Record<string, unknown> {
  const text = xml.replace(/<\?.*?\?>|<!DOCTYPE[^>]*>|<!--[^]*?-->/g, "");
  const tokens = [...text.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>([^<]*)/g)];
  strictEqual(tokens.map(([token]) => token).join("").trim(), text.trim(), "nothing between the elements");
  const plain = (content: string) =>
    content.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  let at = 0;
  const expect = (tag: string, end = "") => {
    const [, slash, name, , content] = tokens[at++];
    deepStrictEqual([slash, name], [end, tag]);
    return plain(content);
  };
  const isEnd = () => tokens[at][1] === "/";
  const value = (): unknown => {
    const [, , tag] = tokens[at];
    if (tag === "true" || tag === "false") {
      ok(tokens[at++][3], `<${tag}/>`);
      return tag === "true";
    }
    const content = expect(tag);
    let result: unknown = tag === "integer" ? Number(content) : content;
    if (tag === "array") { for (result = []; !isEnd();) (result as unknown[]).push(value()); }
    if (tag === "dict") {
      const members: Record<string, unknown> = {};
      while (!isEnd()) {
        const key = expect("key");
        expect("key", "/");
        members[key] = value();
      }
      result = members;
    }
    expect(tag, "/");
    return result;
  };
  expect("plist");
  const result = value() as Record<string, unknown>;
  expect("plist", "/");
  strictEqual(at, tokens.length);
  return result;
}

const plist = plistOf(await read("org.dmsg.daemon.plist"));

Deno.test("The launchd job has keys that launchd knows, and starts a command that there is", () => {
  deepStrictEqual(Object.keys(plist).filter((key) => !LAUNCHD_KEYS.includes(key)), []);
  deepStrictEqual(Object.keys(plist.KeepAlive as object).filter((key) => !KEEP_ALIVE_KEYS.includes(key)), []);
  strictEqual(plist.Label, "org.dmsg.daemon");
  strictEqual(plist.Umask, 0o077);
  const [shell, flag, line] = plist.ProgramArguments as string[];
  deepStrictEqual([shell, flag], ["/bin/sh", "-c"]);
  ok(Object.hasOwn(commands, /dmsg (\w+) /.exec(line)![1]));
});

await testWith(
  "python3",
  ["python3", "-c", "import plistlib"],
  "The launchd job is the same to a library for property lists",
  async () => {
    const script = "import plistlib, json, sys; print(json.dumps(plistlib.load(open(sys.argv[1], 'rb'))))";
    const path = new URL("org.dmsg.daemon.plist", DOCS).pathname;
    const { stdout, stderr } = (await run(["python3", "-c", script, path]))!;
    deepStrictEqual([JSON.parse(stdout), stderr], [plist, ""]);
  },
);

/** A line of a crontab: when, and what its shell is given. */
interface CronLine {
  readonly when: readonly string[];
  readonly command: string;
}

function cronOf(text: string): { variables: Record<string, string>; lines: CronLine[] } {
  const variables: Record<string, string> = {};
  const lines: CronLine[] = [];
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const variable = /^([A-Z]+)=(\S+)$/.exec(line);
    if (variable) {
      variables[variable[1]] = variable[2];
      continue;
    }
    const [, when, command] = /^((?:\S+\s+){5})(.*)$/.exec(line)!;
    ok(!/(?<!\\)%/.test(command), "a percent sign ends a command");
    lines.push({ when: when.trim().split(/\s+/), command: command.replaceAll("\\%", "%") });
  }
  return { variables, lines };
}

Deno.test({
  name: "The crontab's lines do what they say, in every shell",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const { variables, lines } = cronOf(await read("cron.example"));
    strictEqual(lines.length, 4);
    for (const { when } of lines) {
      ok(when.every((field) => /^(\*(\/\d+)?|\d+([,-]\d+)*)$/.test(field)), `${when}`);
    }
    await using stage = await newStage();
    const bin = `${stage.home}/bin`;
    await Deno.mkdir(bin);
    const program = async (name: string, script: string): Promise<void> =>
      await Deno.writeTextFile(`${bin}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await program("backup", "echo trouble; exit 3");
    await program(
      "dmsg",
      `for word; do echo "$word"; done >> ${stage.home}/words; exit $(cat ${stage.home}/status)`,
    );
    await program("broken", "echo 'dmsg: the disk is full' >&2; exit 5");
    await program("df", `echo Filesystem; echo "/dev/sda 1 1 1 $(cat ${stage.home}/full)% /"`);
    const shells = (await Promise.all(["sh", "dash", "bash", "ksh"].map(async (shell) =>
      await run([shell, "-c", ":"]) ? shell : ""
    ))).filter(Boolean);
    /** What dmsg is given. */
    const words = async (line: number, shell: string, full: number, status: number): Promise<string[]> => {
      await Deno.writeTextFile(`${stage.home}/words`, "");
      await Deno.writeTextFile(`${stage.home}/full`, `${full}`);
      await Deno.writeTextFile(`${stage.home}/status`, `${status}`);
      const command = lines[line].command.replaceAll("/usr/local/bin", bin);
      const env = { HOME: stage.home, PATH: `${bin}:/usr/bin:/bin`, DMSG: `${bin}/dmsg` };
      const { status: ended, stdout, stderr } = (await run([shell, "-c", command], env))!;
      // Whatever is printed, cron sends by mail.
      deepStrictEqual([ended, stdout, stderr], [0, "", ""], command);
      return (await Deno.readTextFile(`${stage.home}/words`)).split("\n").slice(0, -1);
    };
    for (const shell of shells) {
      const backup = await words(0, shell, 5, Status.queued);
      deepStrictEqual(backup.toSpliced(3, 1), ["send", "--queue", "--id", "alice", "backup: 3"], shell);
      match(backup[3], /^backup-\d{4}-\d\d-\d\d$/);
      strictEqual(await Deno.readTextFile(`${stage.home}/backup.log`), "trouble\n");
      deepStrictEqual(await words(1, shell, 90, 0), []);
      deepStrictEqual((await words(1, shell, 91, 0)).toSpliced(2, 1), [
        "send",
        "--id",
        "alice",
        "disk at 91%",
      ]);
      match((await words(2, shell, 5, 0)).join(" "), /^export .*\/backups\/dmsg-\d{4}-\d\d-\d\d\.ndjson$/);
      ok((await Deno.stat(`${stage.home}/backups`)).isDirectory);
      for (const status of [0, Status.unreachable]) {
        deepStrictEqual(await words(3, shell, 5, status), ["sync"]);
      }
      const env = { HOME: stage.home, PATH: `${bin}:/usr/bin:/bin`, DMSG: `${bin}/broken` };
      for (const { command } of [lines[2], lines[3]]) {
        const { stdout } = (await run([shell, "-c", command], env))!;
        strictEqual(stdout, "dmsg: the disk is full\n", "what fails is told");
      }
    }
    deepStrictEqual(Object.keys(variables), ["DMSG"]);
  },
});

/** cronie's way to check a file, or Debian's. Where the usage names neither, -n may mean something else. */
async function cronCheck(): Promise<readonly string[] | undefined> {
  const usage = (await run(["crontab", "-h"]))?.stderr ?? "";
  if (/^\s*-T\b.*test/m.test(usage)) return ["crontab", "-T"];
  return /^\s*-n\b.*dry run/m.test(usage) ? ["crontab", "-n"] : undefined;
}

const check = Deno.build.os === "windows" ? undefined : await cronCheck();
Deno.test({
  name: `The crontab is one that cron takes${
    check ? "" : " (skipped: there is no crontab that checks a file)"
  }`,
  ignore: check === undefined,
  fn: async () => {
    const { status, stderr } = (await run([...check!, new URL("cron.example", DOCS).pathname]))!;
    strictEqual(status, 0, stderr);
  },
});
