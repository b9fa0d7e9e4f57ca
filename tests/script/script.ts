/**
 * Scripts of command lines with what they print: how they are read, run and compared.
 *
 *     # a comment
 *     $ dmsg id --json
 *     {"pk":"<pk>",…}          standard output, line by line
 *     ! Made a new identity    standard error, after "! "
 *     [0]                      the exit status; ends the block
 *
 * `<pk>` stands for 66 hex characters, `<home>` for the script's own home directory, `<any>` for the rest of a line.
 */
import { fail } from "node:assert/strict";
import { bundled } from "./program.ts";

/** One command line and what it should do. */
export interface Block {
  /** The line of the file that it stands on, from 1. */
  readonly line: number;
  /** For `sh -c`. */
  readonly command: string;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly status: number;
}

/** Reads a script's text; throws on a line that belongs to no block. */
export function parseScript(text: string): Block[] {
  const blocks: Block[] = [];
  let open: { line: number; command: string; stdout: string[]; stderr: string[] } | undefined;
  for (const [i, line] of text.split("\n").entries()) {
    const status = /^\[(\d+)\]$/.exec(line);
    if (!open) {
      if (line.startsWith("$ ")) open = { line: i + 1, command: line.slice(2), stdout: [], stderr: [] };
      else if (line !== "" && !line.startsWith("#")) fail(`line ${i + 1} belongs to no command: ${line}`);
    } else if (status) {
      blocks.push({ ...open, status: Number(status[1]) });
      open = undefined;
    } else if (line === "!" || line.startsWith("! ")) open.stderr.push(line.slice(2));
    else open.stdout.push(line);
  }
  if (open) fail(`the command on line ${open.line} has no [status]`);
  return blocks;
}

/** A fresh home directory with `dmsg` on its path. */
export interface Stage extends AsyncDisposable {
  /** Runs a line with `sh -c` in the home directory. */
  run(command: string): Promise<{ stdout: string; stderr: string; status: number }>;
  /** Starts `dmsg` with arguments; its input stays open. */
  start(args: readonly string[]): Deno.ChildProcess;
  /** Starts a line of `sh -c` with arguments, `$1` and so on; its input stays open. */
  startLine(line: string, args: readonly string[]): Deno.ChildProcess;
  readonly home: string;
}

let denoDir: Promise<string> | undefined;

/** Where the runtime keeps its modules; a fresh HOME must not hide them. */
async function findDenoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/**
 * Makes a stage; dispose of it to remove its files.
 * @param program  The command that `dmsg` stands for; by default the bundle of what lies here.
 * @param variables  Set besides those that every stage has.
 */
export async function newStage(
  program?: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Stage> {
  const starter = program ?? await bundled();
  denoDir ??= findDenoDir();
  const top = await Deno.makeTempDir();
  const home = `${top}/home`;
  await Deno.mkdir(home);
  await Deno.mkdir(`${top}/bin`);
  const words = starter.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  await Deno.writeTextFile(`${top}/bin/dmsg`, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  const env = {
    HOME: home,
    PATH: `${top}/bin:/usr/local/bin:/usr/bin:/bin`,
    DENO_DIR: await denoDir,
    NO_COLOR: "1",
    ...variables,
  };
  const spawn = (program: string, args: readonly string[]): Deno.ChildProcess =>
    new Deno.Command(program, {
      args: [...args],
      cwd: home,
      env,
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  return {
    home,
    async run(command) {
      const options = { args: ["-c", command], cwd: home, env, clearEnv: true, stdin: "null" as const };
      const { stdout, stderr, code } = await new Deno.Command("sh", options).output();
      const decoder = new TextDecoder();
      return { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr), status: code };
    },
    start: (args) => spawn(starter[0], [...starter.slice(1), ...args]),
    startLine: (line, args) => spawn("sh", ["-c", line, "sh", ...args]),
    [Symbol.asyncDispose]: () => Deno.remove(top, { recursive: true }),
  };
}

/**
 * Runs every block of a script on one stage; throws with the first difference.
 * @param program  As {@link newStage}.
 */
export async function runScript(text: string, program?: readonly string[]): Promise<void> {
  await using stage = await newStage(program);
  for (const block of parseScript(text)) {
    const result = await stage.run(block.command);
    const where = `line ${block.line}: ${block.command}`;
    compare(result.stdout, block.stdout, `${where}\nstandard output`, stage.home);
    compare(result.stderr, block.stderr, `${where}\nstandard error`, stage.home);
    if (result.status !== block.status) fail(`${where}\nstatus ${result.status}, expected ${block.status}`);
  }
}

function compare(actual: string, expected: readonly string[], where: string, home: string): void {
  const lines = expected.map((line) => `${line}\n`).join("");
  if (pattern(lines, home).test(actual)) return;
  fail(`${where}:\n${actual}---- expected:\n${lines}----`);
}

/** The expectation as a pattern for the whole text. */
export function pattern(text: string, home: string): RegExp {
  const source = text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")
    .replaceAll("<pk>", "0[23][0-9a-f]{64}")
    .replaceAll("<any>", "[^\\n]*")
    .replaceAll("<home>", home.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  return new RegExp(`^${source}$`);
}
