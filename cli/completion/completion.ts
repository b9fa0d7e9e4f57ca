/**
 * What a shell proposes for the word at the cursor: commands, flags, values of flags, identities, aliases and keys.
 * The shells' scripts call the hidden `dmsg __complete WORD…`; the parser knows commands and flags, and the
 * placeholder of a flag or argument says what its values are.
 *
 * @see cli/completion/scripts.ts; cli/README.md "Completion"
 * @module
 */
import { type Command, proposeCompletions, type RouteMap } from "@stricli/core";
import { NAMES_FILE, readNames } from "../../lib/app/groups/joining/names_file.ts";
import { TITLE_KINDS, type TitleKind } from "../../lib/app/overlays/titles_file.ts";
import { type AliasHost, keyOfAlias, readAliases } from "../../lib/identity/aliases.ts";
import { systemEnv } from "../../lib/sys/env.ts";
import { systemFiles } from "../../lib/sys/files/files.ts";
import { dataHome, join, systemOs } from "../../lib/sys/paths.ts";
import { applicationWith, withBareCommand } from "../application.ts";
import { bare } from "../command.ts";
import { commands } from "../commands/mod.ts";
import type { Context } from "../context.ts";
import { printable } from "../output/escape.ts";
import { keepOnly } from "../permissions.ts";
import { givenArguments } from "./given.ts";
import { titleProposals } from "./titles.ts";

/** A proposal, and a tab and what it means when that is known. */
export type ProposalLine = string;

/** Where values come from. */
export interface Sources extends AliasHost {
  /** Names of the entries of a directory; none when it can't be read. */
  readonly list: (directory: string) => readonly string[];
}

/** A value and what it means. */
type Proposal = readonly [value: string, meaning: string];

/** Where values of a placeholder come from. @param given  Those of the words that are arguments. */
type Values = (sources: Sources, words: readonly string[], given: readonly string[]) => Promise<Proposal[]>;

/** Values by the placeholder of a flag or argument. */
const VALUES: Readonly<Record<string, Values>> = {
  pk: peers,
  peer: peers,
  holder: peers,
  conversation: conversations,
  "peer file": untilNamed,
  to: offered,
  group: groups,
  address: peers,
  name: identities,
  ...Object.fromEntries(TITLE_KINDS.map((kind) => [kind, titles(kind)])),
};

/** What help is asked for as a command is, and for what else it is there. */
const HELP: readonly Proposal[] = [["help", "Show help"]];
const TOPICS: readonly Proposal[] = [
  ["exit-status", "What statuses mean"],
  ["chat-plain", "What dmsg chat --plain says and takes"],
];

/**
 * Lines for a shell's script.
 * @param words  What is typed after `dmsg` up to the cursor; the last one may be empty or half a word.
 * @returns Nothing when there is nothing to propose, whatever the reason: a shell has no place for an error.
 */
export async function proposals(words: readonly string[]): Promise<ProposalLine[]> {
  keepOnly(["read", "env"]);
  try {
    // Looks only: what is damaged is mended by a command that can tell it.
    const files = {
      ...systemFiles,
      setAside: (path: string) => Promise.resolve(path),
      replacePrivate: () => Promise.resolve(),
    };
    return await proposalsFrom({ env: systemEnv, files, os: systemOs, list }, words);
  } catch {
    return [];
  }
}

/** As {@link proposals}, with errors. */
export async function proposalsFrom(sources: Sources, words: readonly string[]): Promise<ProposalLine[]> {
  const forHelp = words[0] === "help" && words.length > 1;
  const { before, fixed, partial } = splitWord(forHelp ? words.slice(1) : words);
  const [name] = before;
  const line = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  const loaded = await line?.load();
  const given = givenArguments(before, loaded?.default);
  const meanings = new Map<string, string>();
  const target = loaded && withValues(loaded.default, async (placeholder) => {
    const values = await VALUES[placeholder]?.(sources, before, given) ?? [];
    for (const [value, meaning] of values) meanings.set(value, meaning);
    return values.map(([value]) => value);
  });
  const inputs = withBareCommand([...before, partial], loaded?.bare);
  // The values come from what `withValues` closes over: no part of a context is used.
  const found = await proposeCompletions<Context>(
    applicationWith(name ?? "", target, {}),
    inputs,
    {} as Context,
  );
  const lines = found
    .filter(({ kind }) => forHelp ? kind.startsWith("routing-target") : true)
    .filter(({ kind }) => kind === "argument:flag" ? partial.startsWith("-") : true)
    .map(({ completion, brief }) => tabbed(fixed + completion, meanings.get(completion) ?? brief));
  if (before.length > 0) return lines;
  const more = (forHelp ? TOPICS : HELP).filter(([topic]) => topic.startsWith(partial));
  return [...lines, ...more.map(([topic, meaning]) => tabbed(topic, meaning))];
}

/**
 * The end of the word that is completed, and what stays before it: `--to=a` and `a,b` are completed after the
 * last `=` or comma.
 */
function splitWord(words: readonly string[]): { before: string[]; fixed: string; partial: string } {
  const before = words.slice(0, -1);
  let [fixed, partial] = ["", words.at(-1) ?? ""];
  const flag = /^(--[a-z][a-z-]*)=(.*)$/s.exec(partial);
  if (flag && !before.includes("--")) {
    before.push(flag[1]);
    [fixed, partial] = [`${flag[1]}=`, flag[2]];
  }
  const comma = partial.lastIndexOf(",") + 1;
  return { before, fixed: fixed + partial.slice(0, comma), partial: partial.slice(comma) };
}

/** Identities below the data directory that the line names. */
function identities({ list, env, os }: Sources, words: readonly string[]): Promise<Proposal[]> {
  const dataDir = valueOf(words, "--data-dir") ?? dataHome(env, os);
  return Promise.resolve(list(join(dataDir, "identities")).map((name) => [name, "identity"]));
}

/** Groups of the identity that the line names: by name, or by id where a shell would not take the name. */
async function groups(sources: Sources, words: readonly string[]): Promise<Proposal[]> {
  const known = await readNames(sources.files, join(directoryOf(sources, words), NAMES_FILE));
  const same = Map.groupBy(known, ([, name]) => name);
  return known.map(([id, name]): Proposal =>
    isPlain(name) && same.get(name)!.length === 1 ? [name, id] : [id, name]
  ).sort();
}

/** Peers, then groups. */
async function conversations(sources: Sources, words: readonly string[]): Promise<Proposal[]> {
  return [...await peers(sources), ...await groups(sources, words)];
}

/** What an invite leads to: peers, groups, and we ourselves. */
async function offered(sources: Sources, words: readonly string[]): Promise<Proposal[]> {
  return [...await conversations(sources, words), ["me", "our own key"]];
}

/** Peers and groups, for the first of several words; behind one of them come files, which the shell proposes. */
async function untilNamed(
  sources: Sources,
  words: readonly string[],
  given: readonly string[],
): Promise<Proposal[]> {
  const all = await conversations(sources, words);
  const named = [...given, valueOf(words, "--to"), valueOf(words, "-t")];
  return named.some((word) => all.some(([value]) => value === word)) ? [] : all;
}

/** The directory of the identity that the line names. */
function directoryOf({ env, os }: Sources, words: readonly string[]): string {
  const dataDir = valueOf(words, "--data-dir") ?? dataHome(env, os);
  const identity = valueOf(words, "--identity");
  return identity === undefined ? dataDir : join(dataDir, "identities", identity);
}

/** Things of a kind in the conversation that the line names. */
function titles(kind: TitleKind) {
  return async (
    sources: Sources,
    words: readonly string[],
    given: readonly string[],
  ): Promise<Proposal[]> => {
    const directory = directoryOf(sources, words);
    const aliases = await readAliases(sources);
    const named = await readNames(sources.files, join(directory, NAMES_FILE));
    const conversationIn = (word: string): string => {
      const like = named.filter(([id, name]) => name === word || id === word);
      return keyOfAlias(word, aliases) ?? (like.length === 1 ? like[0][0] : word);
    };
    return await titleProposals(kind, { files: sources.files, directory, conversationIn, given, isPlain });
  };
}

/** The word behind the last flag of a name, when there is one. */
function valueOf(words: readonly string[], flag: string): string | undefined {
  const at = words.lastIndexOf(flag);
  return at < 0 ? undefined : words[at + 1];
}

/** Aliases, and then the keys that they stand for. */
async function peers(sources: Sources): Promise<Proposal[]> {
  const aliases = [...await readAliases(sources)].filter(([name]) => isPlain(name)).sort();
  return [
    ...aliases.map(([name, pk]): Proposal => [name, pk]),
    ...aliases.map(([name, pk]): Proposal => [pk, name]),
  ];
}

/** Whether a shell takes a name as it stands; others would have to be quoted, each shell in its own way. */
const isPlain = (name: string): boolean => /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}_.@+-]*$/u.test(name);

const tabbed = (value: string, meaning: string): ProposalLine =>
  meaning === "" ? value : `${value}\t${printable(meaning.split("\n")[0])}`;

function list(directory: string): string[] {
  try {
    return [...Deno.readDirSync(directory)].filter(({ name }) => isPlain(name)).map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}

type ValuesOf = (placeholder: string) => Promise<readonly string[]>;

/** What is changed of the parser's description of a flag or argument. */
interface Parameter {
  readonly placeholder?: string;
  readonly kind?: string;
  readonly hidden?: boolean;
  readonly proposeCompletions?: unknown;
}

/** A copy of a command or group whose parameters propose values by their placeholders. */
function withValues(
  target: Command<Context> | RouteMap<Context>,
  valuesOf: ValuesOf,
): Command<Context> | RouteMap<Context> {
  if (!("parameters" in target)) {
    return {
      ...target,
      getRoutingTargetForInput: (input) => {
        const found = target.getRoutingTargetForInput(input);
        return found && withValues(found, valuesOf) as typeof found;
      },
    };
  }
  const one = <P extends Parameter>(parameter: P): P => {
    const { placeholder } = parameter;
    if (placeholder === undefined || parameter.kind === "enum" || parameter.proposeCompletions) {
      return parameter;
    }
    return { ...parameter, proposeCompletions: () => valuesOf(placeholder) };
  };
  const { flags = {}, positional, ...rest } = target.parameters as {
    flags?: Record<string, Parameter>;
    positional?: { kind: string; parameter?: Parameter; parameters?: readonly Parameter[] };
  };
  const shown = Object.entries(flags).filter(([, flag]) => !flag.hidden);
  const parameters = {
    ...rest,
    flags: bare(Object.fromEntries(shown.map(([name, flag]) => [name, one(flag)]))),
    positional: positional && {
      ...positional,
      ...positional.parameter && { parameter: one(positional.parameter) },
      ...positional.parameters && { parameters: positional.parameters.map(one) },
    },
  };
  return { ...target, parameters } as Command<Context>;
}
