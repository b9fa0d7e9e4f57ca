/**
 * The help of one command or group as text: usage, flags with their values, arguments, examples that work.
 *
 * @module
 */

/** A command line that works, and what it does. */
export type Example = readonly [line: string, meaning: string];

/** What the help reads of a command's parameters; a part of stricli's own description. */
export interface DescribedParameters {
  /** Flags by their names in code. */
  readonly flags?: Readonly<Record<string, DescribedFlag>>;
  /** Letters and the flags that they stand for. */
  readonly aliases?: Readonly<Record<string, string | undefined>>;
  /** Arguments. */
  readonly positional?: DescribedArguments;
}

/** What the help reads of a flag. */
export interface DescribedFlag {
  /** `boolean`, `parsed`, `enum` or `counter`. */
  readonly kind: string;
  /** What it does. */
  readonly brief: string;
  /** What its value is called. */
  readonly placeholder?: string;
  /** Whether it may stand without a value. */
  readonly inferEmpty?: boolean;
  /** The choices of an `enum`. */
  readonly values?: readonly string[];
  /** The value when it is not given. */
  readonly default?: unknown;
  /** Whether it may be left out. */
  readonly optional?: boolean;
  /** Whether it may be repeated, and with which separator. */
  readonly variadic?: boolean | string;
  /** Left out of the help. */
  readonly hidden?: boolean;
}

/** What the help reads of arguments: some of one kind, or a fixed row. */
export type DescribedArguments =
  | { readonly kind: "array"; readonly parameter: DescribedArgument; readonly minimum?: number }
  | { readonly kind: "tuple"; readonly parameters: readonly DescribedArgument[] };

/** What the help reads of an argument. */
export interface DescribedArgument {
  /** What it is. */
  readonly brief: string;
  /** What it is called. */
  readonly placeholder?: string;
  /** The value when it is not given. */
  readonly default?: string;
  /** Whether it may be left out. */
  readonly optional?: boolean;
}

/** The parts of a help text that every command has. */
export interface HelpTexts {
  /** What it does, without a full stop. */
  readonly brief: string;
  /** More sentences. */
  readonly details?: string;
  /** At least one. */
  readonly examples: readonly Example[];
}

/** Two cells of a table. */
export type Row = readonly [left: string, right: string];

/** The help of one command; `prefix` is how it is called: `["dmsg", "id", "show"]`. */
export function commandHelp(
  prefix: readonly string[],
  texts: HelpTexts,
  parameters: DescribedParameters,
): string {
  const flags = Object.entries(parameters.flags ?? {}).filter(([, flag]) => !flag.hidden);
  const required = flags.filter(([, flag]) => isRequired(flag)).map(([name, flag]) => spelled(name, flag));
  const named = argumentRows(parameters.positional);
  const usage = [...prefix, ...required, "[flags]", ...named.map(([name]) => name)].join(" ");
  const letters = new Map(Object.entries(parameters.aliases ?? {}).map(([letter, name]) => [name, letter]));
  const rows = flags.map(([name, flag]): Row => {
    const letter = letters.get(name);
    return [`${letter ? `-${letter},` : "   "} ${spelled(name, flag)}`, flag.brief + remarks(flag)];
  });
  return [
    `${texts.brief}.\n${texts.details ? `${paragraphs(texts.details)}\n` : ""}`,
    `USAGE\n  ${usage}\n`,
    named.length > 0 ? `ARGUMENTS\n${table(named)}` : "",
    `FLAGS\n${table([...rows, ["-h, --help", "Show this help"], ["    --", "What follows is an argument"]])}`,
    exampleLines(texts.examples),
  ].filter((part) => part !== "").join("\n");
}

/** The help of a command that has commands of its own. */
export const groupHelp = (prefix: readonly string[], texts: HelpTexts, routes: readonly Row[]): string =>
  `${texts.brief}.\n
USAGE
  ${prefix.join(" ")} COMMAND [flags] [arguments]\n
COMMANDS
${table(routes)}  \`${prefix.join(" ")} COMMAND --help\` shows more.\n
${exampleLines(texts.examples)}`;

/**
 * Sentences whose lines end where the source ends them, as lines that end where sentences or tables do: the terminal
 * breaks them anew. A line that is short was meant to end there.
 */
export const paragraphs = (text: string): string =>
  text.replace(/^( *)(?=\S)(.{60,}[^.:\n])\n\1(?=\S)/gm, "$1$2 ");

/** Two columns, indented by two; the first is as wide as its longest entry. */
export function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join("");
}

const exampleLines = (examples: readonly Example[]): string => `EXAMPLES\n${table(examples)}`;

/** Choices that take more characters stand behind what the flag does. */
const MAX_VALUES = 24;

const isRequired = (flag: DescribedFlag): boolean => !flag.optional && flag.default === undefined;

function spelled(name: string, flag: DescribedFlag): string {
  const values = flag.values?.join("|");
  const isLong = values !== undefined && values.length > MAX_VALUES;
  const value = flag.kind === "parsed" ? flag.placeholder ?? "value" : isLong ? name : values;
  const shown = value && (flag.inferEmpty ? `[${value.toUpperCase()}]` : value.toUpperCase());
  return `--${kebab(name)}${shown ? ` ${shown}` : ""}`;
}

/** A flag's name as it is typed. */
export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function remarks(flag: DescribedFlag): string {
  const values = flag.values ?? [];
  const all = [
    values.join("|").length > MAX_VALUES ? values.join(", ") : "",
    flag.variadic ? "may be repeated" : "",
    flag.kind !== "boolean" && flag.default !== undefined ? `default ${String(flag.default) || '""'}` : "",
  ].filter((remark) => remark !== "");
  return all.length > 0 ? ` (${all.join(", ")})` : "";
}

function argumentRows(positional: DescribedArguments | undefined): Row[] {
  if (!positional) return [];
  if (positional.kind === "array") {
    const { parameter, minimum } = positional;
    return [[`${bracketed(parameter.placeholder ?? "args", !minimum)}...`, parameter.brief]];
  }
  return positional.parameters.map((argument, i): Row => [
    bracketed(argument.placeholder ?? `arg${i + 1}`, argument.optional || argument.default !== undefined),
    argument.brief + (argument.default === undefined ? "" : ` (default ${argument.default})`),
  ]);
}

const bracketed = (name: string, optional: boolean | undefined): string =>
  optional ? `[${name.toUpperCase()}]` : name.toUpperCase();
