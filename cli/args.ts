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
