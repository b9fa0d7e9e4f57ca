/**
 * Words for what is kept: the store, `export` and `import`.
 * Part of the table of all wording (wording.ts).
 *
 * @module
 */
import { printable } from "../../lib/wire/escape.ts";
import { counted } from "./people.ts";
import { settingsChanged } from "./settings.ts";

/** What is said of what is kept. */
export const keptWording = {
  nothingKept: (v: { why: string }): string => `${v.why}; nothing is kept.`,
  notKept: (v: { error: string }): string => `warning: something could not be kept: ${v.error}`,
  problem: (v: { error: string }): string => `warning: ${v.error}`,
  storeEmpty: (v: { path: string }): string =>
    `warning: ${v.path} has 0 bytes: the messages that were in it are gone, and a new store begins`,
  settingsChanged,
  settingsWrong: (v: { error: string; hint?: string }): string =>
    `warning: ${printable(v.error)}\n${
      v.hint === undefined ? "" : `${printable(v.hint)} `
    }What was set before goes on.`,
  setAside: (v: { path: string; aside: string; bytes: number }): string =>
    `warning: ${v.bytes} byte${
      v.bytes === 1 ? "" : "s"
    } of ${v.path} can't be read; they are in ${v.aside} now`,
  markLost: (v: { path: string }): string =>
    `warning: ${v.path} does not say any more which messages are done: beginning with the oldest that is kept`,
  exported: (v: { pk: string; path: string; bytes: number; with_key: boolean }): string =>
    `Wrote ${v.bytes} bytes of ${v.pk} to ${v.path}`,
  exportedInPart: (v: { path: string; bytes: number; kept: boolean }): string =>
    v.kept
      ? `At most ${v.bytes} bytes went to ${v.path}: they are not a whole backup`
      : `${v.bytes} bytes were written and are dropped: there is no ${v.path}`,
  backupIsPlain: (v: { path: string }): string =>
    `warning: ${v.path} is not encrypted; your messages can be read by whoever can read it`,
  backupHasNoKey: (): string =>
    "It has no secret key: alone it restores no identity. Keep that too, with `dmsg id export FILE` or --with-key.",
  backupHasKey: (v: { path: string }): string =>
    `warning: ${v.path} is not encrypted and holds your secret key; whoever can read it can act as you`,
  groupNotExported: (v: { group: string }): string =>
    `warning: what is kept of group ${v.group} can't be read, and is not in the backup; its messages are`,
  importedInPart: (v: { messages: number; peers: number; aliases: number }): string =>
    `Imported so far: ${counted(v.messages, "message")}, ${counted(v.peers, "peer")}, ${
      counted(v.aliases, "alias", "aliases")
    }; the same again brings the rest`,
  imported: (
    v: {
      pk: string;
      messages: number;
      repeats: number;
      peers: number;
      groups?: number;
      pairs?: number;
      aliases: number;
    },
  ): string =>
    `Imported ${counted(v.messages, "message")} (${v.repeats} were there), ${
      v.groups === undefined ? "" : `${counted(v.groups, "group")}, `
    }${v.pairs === undefined ? "" : `${counted(v.pairs, "pair")}, `}${counted(v.peers, "peer")} and ${
      counted(v.aliases, "alias", "aliases")
    } of ${v.pk}`,
};
