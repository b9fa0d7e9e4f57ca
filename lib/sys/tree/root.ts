/**
 * Which directories may be shared with peers.
 *
 * @see specification dmsgscp §10, 5 and 7
 * @module
 */
import { absent } from "./error.ts";

/**
 * Why a directory can't be shared: it is the whole disk, a home directory, or has our key, configuration or list in it.
 * @param root  An absolute path; it need not exist.
 * @param keep  Files and directories that must not lie in it, and `home`, which it must not be.
 * @returns A sentence's end, or undefined when it is fine.
 */
export async function rootProblem(
  root: string,
  { home, keep }: { readonly home: readonly string[]; readonly keep: readonly string[] },
): Promise<string | undefined> {
  const real = await absent(Deno.realPath(root)) ?? root;
  if (real === "/" || /^[A-Za-z]:[\\/]?$/.test(real)) return "it is the whole disk";
  for (const path of home) {
    if (real === (await absent(Deno.realPath(path)) ?? path)) return "it is a home directory";
  }
  for (const path of keep) {
    const kept = await absent(Deno.realPath(path)) ?? path;
    if (isBelow(kept, real)) return `${path} lies in it`;
  }
  const info = await absent(Deno.stat(real));
  return info && !info.isDirectory ? "it is not a directory" : undefined;
}

/** Whether a path is a directory or lies in it. */
export const isBelow = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory.endsWith("/") ? directory : `${directory}/`);

/** Names that mean something else on Windows: paths, streams and drives, devices, and ends that it drops. */
export const isOddOnWindows = (part: string): boolean =>
  /[\\:*?"<>|\p{Cc}]|[. ]$/u.test(part) || /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(part);
