/**
 * The help of the program itself; commands' own help comes from their definitions.
 *
 * @module
 */
import { paragraphs, table } from "./command_help.ts";
import { commands } from "./commands/mod.ts";
import { statusLines } from "./exit.ts";

/** What `dmsg --help` prints. */
export function rootHelp(): string {
  const list = Object.entries(commands).map(([name, { brief }]) => [name, brief] as const);
  return `dmsg: messages and streams between keys, over servers that can't read them

USAGE
  dmsg COMMAND [flags] [arguments]
  dmsg --help | --version

COMMANDS
${table([...list, ["help", "Show the help of a command, of exit-status, or of chat-plain"]])}
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

/** What `dmsg help chat-plain` prints: the contract of the linear mode. */
export const plainHelp = (): string =>
  paragraphs(`CHAT IN LINES
  dmsg chat --plain [CONVERSATION] speaks in lines, for screen readers and terminals without a cursor. It is chosen by itself
  where there is no terminal to draw on, with ACCESSIBLE=1, with TERM=dumb, and with "chat": {"plain": true} in
  config.json. No other screen, no moving cursor, no frames, no colours.

WHAT IT SAYS
  who: text, state in words, time
    alice: are you there?, 12:01
    you: yes, acknowledged, 12:02
  States are queued, sent, acknowledged, read, unconfirmed, failed, cancelled, deleted. Ours are said when they change.
  What has your name in a group, or answers you, says: names you. /level mentions tells of that alone.
  A text of several lines has \\n between them. The day stands before a time that is not of today.
  "chat": {"without": ["state", "time"]} leaves parts out.
  Lists have numbers. What is chosen is said when it changes: 2 of 5: bob, 1 unread, last 13:30.
  More than 20 lines in a second are summed up. Work that takes long has a line at its start, one every 30 s, and its
  result.

WHAT IT TAKES
  A line is sent to the conversation that is open. A number chooses from the list that was said last; an empty line
  closes it. Letters that a list names are typed as a line, for the chosen row or the one whose number follows: a 2.
  /up and /down choose another one. /NAME runs a command, /help lists them, //text sends a text that begins with a
  slash. At the list a text goes to nobody. Ctrl+D ends. Of a pipe in which a line asked for what is not there, or a
  text went to nobody, the status is 2.
`);
