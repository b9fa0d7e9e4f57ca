/**
 * The environment as a value that is passed in, limited to the variables that this program reads.
 *
 * @module
 */

/**
 * Every variable that this program reads; the release grants exactly these (NO_COLOR needs no grant). The runtime
 * itself reads DENO_KV_ACCESS_TOKEN, when a store is on a server.
 */
export const ENV_NAMES = [
  "ACCESSIBLE",
  "APPDATA",
  "COLORTERM",
  "DENO_KV_ACCESS_TOKEN",
  "DMSGCURL_SK",
  "DMSG_DATA_DIR",
  "DMSG_DISCOVERY",
  "DMSG_SK",
  "DMSG_STORE",
  "EDITOR",
  "HOME",
  "TERM",
  "TMUX",
  "VISUAL",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
] as const;

/** The name of a variable that this program may read. */
export type EnvName = typeof ENV_NAMES[number];

/** Reads one variable; an empty one counts as not set. */
export type Env = (name: EnvName) => string | undefined;

/** The process's environment. Reads a variable only when it is asked for it, so an unused grant is not needed. */
export const systemEnv: Env = (name): string | undefined => Deno.env.get(name) || undefined;
