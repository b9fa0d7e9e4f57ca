/**
 * Looking at arguments before they are parsed.
 *
 * @module
 */

/** Whether one of these flags stands before `--`. */
export function asksFor(args: readonly string[], ...flags: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.some((arg, i) => flags.includes(arg) && (end < 0 || i < end));
}

/**
 * The arguments of a program that is started under another name: `dmsgscp …` is `dmsg scp …`.
 * @param files  Where the program lies: its own file, and the script that it runs.
 */
export function underItsName(files: readonly string[], args: readonly string[]): readonly string[] {
  const names = files.map((file) => file.split(/[/\\]/).at(-1)!.replace(/\.(exe|mjs|ts)$/i, ""));
  if (!names.includes("dmsgscp") || args[0] === "--version" || args[0] === "-V" || args[0] === "__complete") {
    return args;
  }
  return ["scp", ...args];
}
