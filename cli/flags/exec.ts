/**
 * Flags of what gives messages to a command.
 *
 * @module
 */
import { MAX_EXEC_JOBS } from "../../lib/app/setting_values.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { parsePlace } from "./paths.ts";
import { countUpTo } from "./size.ts";

/** What to run for each message. */
export interface ExecFlags {
  /** The command, for the shell. */
  readonly exec?: string;
  /** Commands at once. */
  readonly jobs?: number;
  /** Where it is remembered what is done. */
  readonly cursorFile?: string;
}

/** Their parsers. */
export const execFlags = {
  exec: {
    kind: "parsed",
    parse: parseCommand,
    optional: true,
    placeholder: "command",
    brief: "Run this with the shell for each message instead of showing it",
  },
  jobs: {
    kind: "parsed",
    parse: countUpTo(MAX_EXEC_JOBS),
    optional: true,
    placeholder: "n",
    brief: `With --exec: commands at once, 4 by default, ${MAX_EXEC_JOBS} at most`,
  },
  cursorFile: {
    kind: "parsed",
    parse: parsePlace,
    optional: true,
    placeholder: "file",
    brief: "With --exec: remember here what is done; exec.cursor beside the key by default",
  },
} as const;

/**
 * Refuses the others without `--exec`.
 * @param command  Whose flags they are, for the hint.
 * @throws {UserError} usage.
 */
export function checkExec({ exec, jobs, cursorFile }: ExecFlags, command: string): void {
  if (exec === undefined && (jobs !== undefined || cursorFile !== undefined)) {
    throw new UserError("--jobs and --cursor-file go with --exec only", {
      kind: "usage",
      hint: `See \`dmsg ${command} --help\`.`,
    });
  }
}

function parseCommand(input: string): string {
  if (input.trim() === "") throw new SyntaxError("there is no command");
  return input;
}
