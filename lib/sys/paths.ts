/**
 * Where this program keeps its files: XDG directories on Linux and macOS, %APPDATA% on Windows.
 *
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 * @module
 */
import { UserError } from "../wire/errors.ts";
import type { Env } from "./env.ts";

/** The systems that differ in where files go. */
export type Os = "windows" | "unix";

/** The system that this process runs on. */
export const systemOs: Os = Deno.build.os === "windows" ? "windows" : "unix";

/**
 * The directory for keys, the store and the owner's socket.
 * @throws {UserError} usage: no variable tells where.
 */
export const dataHome = (env: Env, os: Os): string =>
  env("DMSG_DATA_DIR") ?? below(env, os, "XDG_DATA_HOME", ".local/share");

/**
 * The directory of `config.json`.
 * @throws {UserError} usage: no variable tells where.
 */
export const configHome = (env: Env, os: Os): string => below(env, os, "XDG_CONFIG_HOME", ".config");

/** What lies there, and how else it is named. */
const WORDS = {
  XDG_DATA_HOME: ["to keep files", "name a directory with --data-dir"],
  XDG_CONFIG_HOME: ["names and settings are", "XDG_CONFIG_HOME"],
} as const;

function below(env: Env, os: Os, xdg: keyof typeof WORDS, fallback: string): string {
  const named = env(xdg);
  // The XDG text says: a relative path is invalid and is ignored.
  if (named !== undefined && isAbsolute(named, os)) return join(named, "dmsg");
  const home = os === "windows" ? env("APPDATA") : env("HOME");
  if (home === undefined) {
    const name = os === "windows" ? "APPDATA" : "HOME";
    // What starts us takes HOME away where the runtime could not live with it.
    const [what, other] = WORDS[xdg];
    throw new UserError(`Cannot tell where ${what}: ${name} is not set, or names no directory`, {
      kind: "usage",
      hint: `Set ${name}, or ${other}.`,
    });
  }
  return os === "windows" ? join(home, "dmsg") : join(home, fallback, "dmsg");
}

/** Whether a path starts at a root. */
export const isAbsolute = (path: string, os: Os): boolean =>
  path.startsWith("/") || (os === "windows" && /^([a-zA-Z]:)?[\\/]/.test(path));

/** Joins parts with `/`, which every system here understands. A `\` at the end of the first is cut off on Windows only. */
export const join = (first: string, ...rest: string[]): string =>
  [first.replace(systemOs === "windows" ? /(.)[\\/]+$/ : /(.)\/+$/, "$1"), ...rest].join("/").replace(
    /^\/\//,
    "/",
  );

/** Where a path's last part begins. On Windows it does behind a `\`, too; elsewhere that is a letter like others. */
export const leafAt = (path: string, os: Os = systemOs): number =>
  Math.max(path.lastIndexOf("/"), os === "windows" ? path.lastIndexOf("\\") : -1) + 1;

/** The directory that a path's last part lies in; `.` when there is none. */
export function parent(path: string, os: Os = systemOs): string {
  const at = leafAt(path, os);
  return at === 0 ? "." : path.slice(0, Math.max(at - 1, 1));
}
