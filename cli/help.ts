/**
 * The help of the program itself; commands' own help comes from their definitions.
 *
 * @module
 */
import { table } from "./command_help.ts";
import { commands } from "./commands/mod.ts";
import { statusLines } from "./exit.ts";

/** What `dmsg --help` prints. */
export function rootHelp(): string {
  const list = Object.entries(commands).map(([name, { brief }]) => [name, brief] as const);
  return `dmsg: messages and streams between public keys, over servers that can't read them

USAGE
  dmsg COMMAND [flags] [arguments]
  dmsg --help | --version

COMMANDS
${table([...list, ["help", "Show the help of a command, or of exit-status"]])}
EXAMPLES
${
    table([
      ["dmsg id", "Show our public key; makes one at first"],
      ["dmsg id --json", "The same for programs"],
      ["dmsg help id show", "Flags and examples of a command"],
    ])
  }
${statusHelp()}`;
}

/** What `dmsg help exit-status` prints. */
export const statusHelp = (): string =>
  `EXIT STATUS
${statusLines().join("\n")}
  Of several outcomes the highest is given; 10 only when nothing failed. Text, JSON and status never disagree.
`;
