/**
 * What the UI runs beside itself: the user's editor, and the user's command for notices.
 *
 * @module
 */
import { isAbsolute, join, type Os } from "../../lib/sys/paths.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";

/** A path as it was typed, made absolute: whoever reads it may be another process. @param home  What `~/` stands for. */
export const absolutePath = (path: string, os: Os, home?: string): string =>
  home !== undefined && path.startsWith("~/")
    ? join(home, path.slice(2))
    : isAbsolute(path, os)
    ? path
    : join(Deno.cwd(), path);

/**
 * Lets the user write in an editor.
 * @param command  What EDITOR says; goes through the shell, since it may have arguments.
 * @param directory  Where the draft lies meanwhile, readable by its owner alone.
 * @returns The text.
 * @throws {UserError} local: the editor did not end with 0, so that nothing was taken of it.
 */
export async function runEditor(command: string, text: string, directory: string): Promise<string> {
  const path = await Deno.makeTempFile({ dir: directory, prefix: "draft-", suffix: ".txt" });
  try {
    await Deno.writeTextFile(path, text, { mode: 0o600 });
    // A shell that does not find a program says so in its own words, in the midst of ours.
    const look = /^[\w./~-]+(?=\s|$)/.exec(command.trim())?.[0];
    const script = `${
      look === undefined ? "" : `command -v ${look} >/dev/null || exit 127; `
    }${command} "$1"`;
    const { code } = await new Deno.Command("/bin/sh", { args: ["-c", script, "sh", path] }).spawn().status;
    if (code === 0) return (await Deno.readTextFile(path)).replace(/\n$/, "");
    throw new UserError(
      code === 127
        ? `There is no editor ${command}: set VISUAL or EDITOR to one`
        : `The editor ended with status ${code}: the draft stays as it was`,
      { kind: "local", hint: "Set VISUAL or EDITOR to the editor that you want." },
    );
  } finally {
    await Deno.remove(path).catch(() => {});
  }
}

/** Gives a line to the user's own command for notices. Nothing waits for it. */
export function runHook(command: string, line: string): void {
  const streams = { stdin: "piped", stdout: "null", stderr: "null" } as const;
  try {
    const child = new Deno.Command("/bin/sh", { args: ["-c", command], ...streams }).spawn();
    const writer = child.stdin.getWriter();
    writer.write(utf8(`${line}\n`)).then(() => writer.close()).catch(() => {});
    child.status.catch(() => {});
    child.unref();
  } catch {
    // A hook that can't be run must not end a conversation.
  }
}
