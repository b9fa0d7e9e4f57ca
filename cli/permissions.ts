/**
 * What the release is granted, and giving back what one command does not need before it reads a byte of anybody.
 *
 * @see cli/README.md "Permissions"
 * @module
 */

/** The kinds that a line of the command table may name. */
export type PermissionKind = "net" | "read" | "write" | "env" | "sys" | "run";

/** The permissions in a line of the command table. */
export interface Needs {
  /** What it always needs. */
  readonly needs: readonly PermissionKind[];
  /** What a flag (with its dashes), or one of a group's commands, needs besides. */
  readonly needsWith?: Readonly<Record<string, readonly PermissionKind[]>>;
  /** What it needs besides when a person sits at its terminal. */
  readonly needsAtTerminal?: readonly PermissionKind[];
}

/** Every kind that the runtime has; `ffi` and `import` are never needed. */
const KINDS = ["net", "read", "write", "env", "sys", "run", "ffi", "import"] as const;

/** What the system may be asked: how much room a disk has, before a file is received. */
export const SYS_NAMES: readonly string[] = ["statfs"];

/**
 * What one command line needs.
 * @param args  `[name, ...]`, not parsed yet. A flag counts wherever it stands before `--`, also as the value of
 * another: only who types the line can add to its permissions.
 * @param atTerminal  Standard input and output are a terminal.
 */
export function needsOf(line: Needs, args: readonly string[], atTerminal = false): PermissionKind[] {
  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  const extra = Object.entries(line.needsWith ?? {})
    .filter(([flag]) => before.some((arg) => arg === flag || arg.startsWith(`${flag}=`)))
    .flatMap(([, kinds]) => kinds);
  const personal = atTerminal ? line.needsAtTerminal ?? [] : [];
  return [...new Set([...line.needs, ...extra, ...personal])];
}

/**
 * Gives back everything else, for the rest of this process; costs less than a millisecond. Lists of names go with
 * their kind. Harmless when a permission was never granted.
 */
export function keepOnly(needs: readonly PermissionKind[]): void {
  for (const name of KINDS) {
    if (!(needs as readonly string[]).includes(name)) Deno.permissions.revokeSync({ name });
  }
}
